/* Layers on maps whose channels do not lie on axis 1: no network has them, so that the interpreter runs the model. */
#include "onnx/onnx.h"

#include "base/file.h"
#include "cnn_model.h"

#include "support/both_engines.h"
#include "support/cmocka.h"
#include "support/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIMS(...)                                                                                            \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                           \
        __VA_ARGS__                                                                                          \
    }

/* x (N,C,H,W) through a convolution that changes nothing, turned to N,H,W,C, then `op`. */
static unsigned char *turned_graph(const char *op, size_t *size) {
    static const float identity[] = {1, 0, 0, 1};
    static const int64_t channels_last[] = {0, 2, 3, 1};
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2, 2, 2));
    graph_model_output(&g, "y", DIMS(2, 1, 1));
    graph_model_reals(&g, "w", DIMS(2, 2, 1, 1), identity);
    graph_model_node(&g, "Conv", "c", NAMES("x", "w"));
    CnnOnnx__NodeProto *turn = graph_model_node(&g, "Transpose", "t", NAMES("c"));
    cnn_onnx_add_integers(&g.arena, turn, "perm", channels_last, 4);
    graph_model_node(&g, op, "y", NAMES("t"));
    unsigned char *bytes = graph_model_bytes(&g, size);
    graph_model_free(&g);
    return bytes;
}

static void expect_interpreted(const char *folder, const char *op, const float expected[2]) {
    static const float x[] = {1, 2, 3, 4, 5, 6, 7, 8};
    const cnn_tensor input = {
        .name = "x", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 2, 2, 2}, .data = x};
    char path[256];
    size_t size;
    cnn_net *net;
    cnn_model *model;
    cnn_error error = {0};
    unsigned char *bytes = turned_graph(op, &size);
    assert_int_equal(cnn_onnx_read(&net, bytes, size, "g.onnx", NULL, &error), CNN_ERROR_UNSUPPORTED);
    if (!strstr(error.message, op) ||
        !strstr(error.message, "its input has the axes N,H,W,C, expected the channels first"))
        fail_msg("%s", error.message);
    snprintf(path, sizeof path, "%s/turned.onnx", folder);
    assert_int_equal(cnn_file_replace(path, bytes, size, NULL), CNN_OK);
    free(bytes);
    assert_int_equal(cnn_model_open(&model, path, NULL, &error), CNN_OK);
    assert_int_equal(cnn_model_engine(model), CNN_ENGINE_INTERPRETER);
    assert_int_equal(cnn_model_run(model, &input, 1, &error), CNN_OK);
    for (int i = 0; i < 2; i++)
        assert_float_equal(((const float *)cnn_model_result(model, 0)->data)[i], expected[i], 0);
    cnn_model_free(model);
}

/* What they pool is then the columns and channels of each row. */
static void global_pools_of_channels_last_are_not_layers(void **state) {
    expect_interpreted(*state, "GlobalAveragePool",
                       (const float[]){(1 + 2 + 5 + 6) / 4.F, (3 + 4 + 7 + 8) / 4.F});
    expect_interpreted(*state, "GlobalMaxPool", (const float[]){6, 8});
}

/* A vector with axes of size 1 behind it; before operator set 13 a softmax takes all axes from the one it names. */
static void a_softmax_may_have_axes_of_size_1_behind_it(void **state) {
    static const float x[] = {1, 2}, twice[] = {2, 0, 0, 2};
    static const int64_t sizes[] = {0, 2, 1, 1};
    const cnn_tensor input = {
        .name = "x", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 2, 1, 1}, .data = x};
    for (int64_t opset = 11; opset <= 13; opset += 2) {
        graph_model g;
        graph_model_begin(&g, opset);
        graph_model_input(&g, "x", DIMS(2, 1, 1));
        graph_model_output(&g, "y", DIMS(2, 1, 1));
        graph_model_reals(&g, "w", DIMS(2, 2), twice);
        graph_model_integers(&g, "s", 4, sizes);
        graph_model_node(&g, "Flatten", "f", NAMES("x"));
        graph_model_node(&g, "MatMul", "m", NAMES("f", "w"));
        graph_model_node(&g, "Reshape", "r", NAMES("m", "s"));
        cnn_onnx_add_integer(&g.arena, graph_model_node(&g, "Softmax", "y", NAMES("r")), "axis", 1);
        expect_from_both(&g, *state, &input, 2, (const float[]){0.11920292F, 0.88079708F});
    }
}

/* x (N,2,2,2) and the mean of its channels; or that of its maps, or both. */
static void maps_of_one_channel_are_repeated(void **state) {
    static const float x[] = {1, 2, 3, 4, 5, 6, 7, 8}, half[] = {0.5F, 0.5F};
    static const float by_map[] = {3, 8, 15, 24, 15, 24, 35, 48},
                       by_both[] = {7.5F, 10, 12.5F, 15, 19.5F, 26, 32.5F, 39};
    const cnn_tensor input = {
        .name = "x", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 2, 2, 2}, .data = x};
    for (int both = 0; both < 2; both++) {
        graph_model g;
        graph_model_begin(&g, 13);
        graph_model_input(&g, "x", DIMS(2, 2, 2));
        graph_model_output(&g, "y", DIMS(2, 2, 2));
        graph_model_reals(&g, "w", DIMS(1, 2, 1, 1), half);
        graph_model_node(&g, "Conv", "map", NAMES("x", "w"));
        graph_model_node(&g, "GlobalAveragePool", "means", NAMES("x"));
        graph_model_node(&g, "Mul", "y", both ? NAMES("means", "map") : NAMES("map", "x"));
        expect_from_both(&g, *state, &input, 8, both ? by_both : by_map);
    }
}

/* A single image as a line, of which all values are taken in other axes: a view. */
static void a_gather_of_all_values_is_a_view(void **state) {
    static const float x[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const int64_t line[] = {-1}, order[] = {0, 1}, channels[] = {0, 3, 1, 2}, last[] = {0, 2, 3, 1};
    const cnn_tensor input = {
        .name = "x", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 2, 2, 2}, .data = x};
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2, 2, 2));
    g.inputs[0]->type->tensor_type->shape->dim[0]->value_case =
        CNN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    g.inputs[0]->type->tensor_type->shape->dim[0]->dim_value = 1;
    graph_model_output(&g, "y", DIMS(1, 1, 2));
    graph_model_integers(&g, "line", 1, line);
    graph_model_integers(&g, "order", 2, order);
    CnnOnnx__TensorProto *indices = g.tensors[1];
    indices->n_dims = 4;
    indices->dims = (int64_t[]){1, 2, 1, 1};
    graph_model_node(&g, "GlobalAveragePool", "m", NAMES("x"));
    graph_model_node(&g, "Reshape", "l", NAMES("m", "line"));
    graph_model_node(&g, "Gather", "g", NAMES("l", "order"));
    cnn_onnx_add_integers(&g.arena, graph_model_node(&g, "Transpose", "t", NAMES("g")), "perm", last, 4);
    cnn_onnx_add_integers(&g.arena, graph_model_node(&g, "Transpose", "b", NAMES("t")), "perm", channels, 4);
    cnn_onnx_add_integers(&g.arena, graph_model_node(&g, "Transpose", "y", NAMES("b")), "perm", last, 4);
    expect_from_both(&g, *state, &input, 2, (const float[]){2.5F, 6.5F});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(global_pools_of_channels_last_are_not_layers, folder_new,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_softmax_may_have_axes_of_size_1_behind_it, folder_new,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_gather_of_all_values_is_a_view, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(maps_of_one_channel_are_repeated, folder_new, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
