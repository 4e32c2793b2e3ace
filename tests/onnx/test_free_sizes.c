/* Files that leave the size of their images free. */
#include "base/file.h"
#include "cnn.h"

#include "support/cmocka.h"
#include "support/folder.h"
#include "support/graph_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIMS(...)                                                                                            \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                           \
        __VA_ARGS__                                                                                          \
    }

static char path[256];

/* x (N,2,?,?; the columns have a name) through a convolution and an average: two values an image. */
static void write_free(const char *folder) {
    static const float mixed[] = {1, 0, 1, 1};
    graph_model g;
    size_t size;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2, 0, 0));
    CnnOnnx__TensorShapeProto__Dimension *columns = g.inputs[0]->type->tensor_type->shape->dim[3];
    columns->value_case = CNN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    columns->dim_param = (char *)"width";
    graph_model_output(&g, "y", DIMS(2, 1, 1));
    graph_model_reals(&g, "w", DIMS(2, 2, 1, 1), mixed);
    graph_model_node(&g, "Conv", "c", NAMES("x", "w"));
    graph_model_node(&g, "GlobalAveragePool", "y", NAMES("c"));
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    snprintf(path, sizeof path, "%s/free.onnx", folder);
    assert_int_equal(cnn_file_replace(path, bytes, size, NULL), CNN_OK);
    free(bytes);
}

static void expect_size(const char *model, const cnn_input_size *size, int64_t rows, int64_t columns) {
    cnn_net *net;
    cnn_error error;
    int64_t input[3];
    if (cnn_net_open_sized(&net, model, size, NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    cnn_net_input(net, input);
    assert_int_equal(input[0], 2);
    assert_int_equal(input[1], rows);
    assert_int_equal(input[2], columns);
    cnn_net_free(net);
}

static void expect_refused(const char *model, const cnn_input_size *size, cnn_status status,
                           const char *said) {
    cnn_net *net;
    cnn_error error;
    assert_int_equal(cnn_net_open_sized(&net, model, size, NULL, &error), status);
    assert_null(net);
    if (!strstr(error.message, said))
        fail_msg("%s", error.message);
}

static void a_network_takes_the_size_that_is_chosen(void **state) {
    write_free(*state);
    expect_size(path, &(cnn_input_size){.shape = {1, 2, 3, 5}}, 3, 5);
    expect_size(path, &(cnn_input_size){.name = "x", .shape = {7, 2, 8, 4}}, 8, 4);
}

static void a_size_that_nobody_chose_is_asked_for(void **state) {
    write_free(*state);
    expect_refused(
        path, NULL, CNN_ERROR_UNSUPPORTED,
        "its input \"x\" is any x 2 x any x any, and a network's images have one size: choose it with "
        "--input-shape");
}

static void what_the_file_says_cannot_be_chosen(void **state) {
    write_free(*state);
    expect_refused(path, &(cnn_input_size){.shape = {1, 3, 4, 4}}, CNN_ERROR_ARGUMENT,
                   "is any x 2 x any x any, so that 1 x 3 x 4 x 4 does not fit");
    expect_refused(path, &(cnn_input_size){.shape = {1, 2, 0, 4}}, CNN_ERROR_ARGUMENT, "does not fit");
    expect_refused(path, &(cnn_input_size){.name = "z", .shape = {1, 2, 4, 4}}, CNN_ERROR_ARGUMENT,
                   "it has no input \"z\"; its input is \"x\"");
}

/* x (N,2,?) through a convolution along L. */
static void write_free_line(const char *folder) {
    static const float kernel[] = {1, 2, 3, 4};
    graph_model g;
    size_t size;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2, 0));
    graph_model_output(&g, "y", DIMS(1, 1));
    graph_model_reals(&g, "w", DIMS(1, 2, 2), kernel);
    graph_model_node(&g, "Conv", "c", NAMES("x", "w"));
    graph_model_node(&g, "GlobalAveragePool", "y", NAMES("c"));
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    snprintf(path, sizeof path, "%s/line.onnx", folder);
    assert_int_equal(cnn_file_replace(path, bytes, size, NULL), CNN_OK);
    free(bytes);
}

static void lines_have_three_axes(void **state) {
    write_free_line(*state);
    expect_size(path, &(cnn_input_size){.shape = {1, 2, 9}, .axes = 3}, 1, 9);
    expect_refused(path, NULL, CNN_ERROR_UNSUPPORTED, "as --input-shape 1x2x224");
    expect_refused(path, &(cnn_input_size){.shape = {1, 2, 1, 9}}, CNN_ERROR_ARGUMENT,
                   "is any x 2 x any, so that 1 x 2 x 1 x 9 does not fit: all of its axes have to be given");
    expect_refused(path, &(cnn_input_size){.shape = {1, 2}, .axes = 2}, CNN_ERROR_ARGUMENT,
                   "so that 1 x 2 does not fit");
    write_free(*state);
    expect_refused(path, &(cnn_input_size){.shape = {1, 2, 9}, .axes = 3}, CNN_ERROR_ARGUMENT,
                   "is any x 2 x any x any, so that 1 x 2 x 9 does not fit");
    expect_refused("basic", &(cnn_input_size){.shape = {1, 28, 28}, .axes = 3}, CNN_ERROR_ARGUMENT,
                   "1 x 28 x 28");
}

/* What is saved has the size that was chosen, and no other. */
static void other_models_have_one_size(void **state) {
    const cnn_input_size size = {.shape = {1, 2, 6, 6}}, other = {.shape = {1, 2, 7, 7}};
    const char *const names[] = {"fixed.onnx", "fixed.safetensors", "fixed.txt"};
    cnn_net *net;
    write_free(*state);
    assert_int_equal(cnn_net_open_sized(&net, path, &size, NULL, NULL), CNN_OK);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", (const char *)*state, names[i]);
        assert_int_equal(cnn_net_save(net, path, NULL), CNN_OK);
        expect_size(path, NULL, 6, 6);
        expect_size(path, &size, 6, 6);
        expect_refused(path, &other, CNN_ERROR_ARGUMENT, "only");
    }
    cnn_net_free(net);
    expect_refused("lenet5", &size, CNN_ERROR_ARGUMENT, "lenet5: its images are 1 x 28 x 28");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_network_takes_the_size_that_is_chosen, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(a_size_that_nobody_chose_is_asked_for, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(what_the_file_says_cannot_be_chosen, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(lines_have_three_axes, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(other_models_have_one_size, folder_new, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
