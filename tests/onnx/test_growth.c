/* Small files whose constants would grow to gigabytes: refused before memory is taken, by folding and by the interpreter. */
#include "onnx/onnx.h"
#include "onnx/program.h"

#include "base/file.h"
#include "cnn_model.h"

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

static const float ones[1 << 12];

/* ---- One operator each that makes much of little: "big", of 1 GiB and more ---------------------------- */

static void concat(graph_model *g) {
    static const char *const names[] = {"c0", "c1", "c2", "c3", "c4", "big"};
    graph_model_reals(g, "small", DIMS(1 << 12), ones);
    for (int i = 0; i < 6; i++) { /* 2^12 values, eight times as many in each step */
        const char *from = i ? names[i - 1] : "small";
        CnnOnnx__NodeProto *node =
            graph_model_node(g, "Concat", names[i], NAMES(from, from, from, from, from, from, from, from));
        cnn_onnx_add_integer(&g->arena, node, "axis", 0);
    }
}

static void constant_of_shape(graph_model *g) {
    static const int64_t shape[] = {1 << 14, 1 << 14};
    graph_model_integers(g, "shape", 2, shape);
    graph_model_node(g, "ConstantOfShape", "big", NAMES("shape"));
}

static void expand(graph_model *g) {
    static const int64_t shape[] = {1 << 14, 1 << 14};
    graph_model_integers(g, "shape", 2, shape);
    graph_model_reals(g, "small", DIMS(1), ones);
    graph_model_node(g, "Expand", "big", NAMES("small", "shape"));
}

static void pad(graph_model *g) {
    static const int64_t pads[] = {1 << 13, 1 << 13, 1 << 13, 1 << 13};
    graph_model_integers(g, "pads", 4, pads);
    graph_model_reals(g, "small", DIMS(1, 1), ones);
    graph_model_node(g, "Pad", "big", NAMES("small", "pads"));
}

static void resize(graph_model *g) {
    static const int64_t sizes[] = {1, 1, 1 << 14, 1 << 14};
    graph_model_integers(g, "sizes", 4, sizes);
    graph_model_reals(g, "small", DIMS(1, 1, 2, 2), ones);
    graph_model_node(g, "Resize", "big", NAMES("small", "", "", "sizes"));
}

static void gather(graph_model *g) {
    static const int64_t none[1 << 9];
    graph_model_integers(g, "none", 1 << 9, none);
    graph_model_reals(g, "small", DIMS(1, 1 << 12), ones);
    CnnOnnx__NodeProto *first = graph_model_node(g, "Gather", "some", NAMES("small", "none"));
    cnn_onnx_add_integer(&g->arena, first, "axis", 0);
    graph_model_integers(g, "again", 1 << 7, none);
    graph_model_reals(g, "tiny", DIMS(1, 1, 1), ones);
    graph_model_node(g, "Add", "wide", NAMES("some", "tiny")); /* 1,2^9,2^12 */
    graph_model_node(g, "Gather", "big", NAMES("wide", "again"));
}

static void broadcast(graph_model *g) {
    graph_model_reals(g, "row", DIMS(1, 1 << 12), ones);
    graph_model_reals(g, "column", DIMS(1 << 12, 1, 1), ones);
    graph_model_reals(g, "page", DIMS(16, 1), ones);
    graph_model_node(g, "Add", "rows", NAMES("row", "page"));
    graph_model_node(g, "Add", "big", NAMES("rows", "column"));
}

static void matrix_product(graph_model *g) {
    graph_model_reals(g, "row", DIMS(1, 1 << 12), ones);
    graph_model_reals(g, "columns", DIMS(16, 1 << 8, 1), ones);
    graph_model_reals(g, "pages", DIMS(16, 1, 1, 1), ones);
    graph_model_node(g, "Add", "many", NAMES("columns", "pages"));
    graph_model_node(g, "MatMul", "big", NAMES("many", "row"));
}

static void convolution(graph_model *g) {
    static const int64_t pads[] = {1 << 13, 1 << 13, 1 << 13, 1 << 13};
    graph_model_reals(g, "small", DIMS(1, 1, 1, 1), ones);
    CnnOnnx__NodeProto *node = graph_model_node(g, "Conv", "big", NAMES("small", "small"));
    cnn_onnx_add_integers(&g->arena, node, "pads", pads, 4);
}

static void transposed_convolution(graph_model *g) {
    static const int64_t strides[] = {1 << 14, 1 << 14};
    graph_model_reals(g, "small", DIMS(1, 1, 2, 2), ones);
    CnnOnnx__NodeProto *node = graph_model_node(g, "ConvTranspose", "big", NAMES("small", "small"));
    cnn_onnx_add_integers(&g->arena, node, "strides", strides, 2);
}

static void cast(graph_model *g) {
    static const int64_t shape[] = {180 << 20};
    graph_model_integers(g, "shape", 1, shape);
    graph_model_node(g, "ConstantOfShape", "reals", NAMES("shape")); /* 720 MiB */
    CnnOnnx__NodeProto *node = graph_model_node(g, "Cast", "big", NAMES("reals"));
    cnn_onnx_add_integer(&g->arena, node, "to", CNN_ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE);
}

/* A graph whose output does not need its input's values, N,1,2,2, but the big constant. */
static unsigned char *growing_graph(void (*add)(graph_model *), size_t *size) {
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(1, 2, 2));
    graph_model_output(&g, "y", DIMS(1));
    add(&g);
    graph_model_node(&g, "Shape", "extent", NAMES("big"));
    CnnOnnx__NodeProto *real = graph_model_node(&g, "Cast", "reals_of_it", NAMES("extent"));
    cnn_onnx_add_integer(&g.arena, real, "to", CNN_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    CnnOnnx__NodeProto *mean = graph_model_node(&g, "ReduceMean", "number", NAMES("reals_of_it"));
    cnn_onnx_add_integer(&g.arena, mean, "keepdims", 0);
    graph_model_node(&g, "Add", "y", NAMES("x", "number"));
    unsigned char *bytes = graph_model_bytes(&g, size);
    graph_model_free(&g);
    return bytes;
}

static cnn_status run_program(const unsigned char *bytes, size_t size, cnn_error *error) {
    const cnn_shape shape = cnn_shape_of(4, (const int64_t[]){1, 1, 2, 2});
    const cnn_array x = cnn_array_over(CNN_TYPE_FLOAT32, &shape, ones), *inputs[] = {&x};
    cnn_array output = {0};
    cnn_program *program;
    assert_int_equal(cnn_program_open(&program, bytes, size, "g.onnx", NULL, NULL, error), CNN_OK);
    cnn_status status = cnn_program_run(program, inputs, &output, NULL, NULL, error);
    cnn_array_free(&output, NULL);
    cnn_program_free(program);
    return status;
}

static void constants_grow_no_further_than_the_file_lets_them(void **state) {
    (void)state;
    static const struct {
        const char *of; /* part of the messages */
        void (*add)(graph_model *);
    } cases[] = {{"(Concat)", concat},    {"(ConstantOfShape)", constant_of_shape},
                 {"(Expand)", expand},    {"(Pad)", pad},
                 {"(Resize)", resize},    {"(Gather)", gather},
                 {"(Add)", broadcast},    {"(MatMul)", matrix_product},
                 {"(Conv)", convolution}, {"(ConvTranspose)", transposed_convolution},
                 {"(Cast)", cast}};
    static const char limit[] =
        "are left: what is calculated from constants may take 768 MiB and 16 times the file";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size;
        cnn_error error = {0};
        cnn_net *net = NULL;
        unsigned char *bytes = growing_graph(cases[i].add, &size);
        assert_int_equal(cnn_onnx_read(&net, bytes, size, "g.onnx", NULL, &error), CNN_ERROR_UNSUPPORTED);
        if (!strstr(error.message, cases[i].of) || !strstr(error.message, limit))
            fail_msg("%s: %s", cases[i].of, error.message);
        assert_int_equal(run_program(bytes, size, &error), CNN_ERROR_UNSUPPORTED);
        if (!strstr(error.message, cases[i].of) || !strstr(error.message, limit))
            fail_msg("%s: %s", cases[i].of, error.message);
        free(bytes);
    }
}

/* A folded network keeps all of its constants, the interpreter lets each go: 13 times 128 MiB. */
static void what_is_too_much_to_fold_is_interpreted(void **state) {
    static const char *const names[] = {"n0", "n1", "n2", "n3", "n4",  "n5",
                                        "n6", "n7", "n8", "n9", "n10", "n11"};
    static const int64_t length[] = {1 << 25};
    graph_model g;
    char path[256];
    size_t size;
    cnn_model *model;
    cnn_error error = {0};
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(1, 2, 2));
    graph_model_output(&g, "y", DIMS(1, 2, 2));
    graph_model_integers(&g, "length", 1, length);
    graph_model_node(&g, "ConstantOfShape", "zeroes", NAMES("length"));
    graph_model_node(&g, "Exp", "n0", NAMES("zeroes"));
    for (int i = 1; i < 12; i++)
        graph_model_node(&g, "Neg", names[i], NAMES(names[i - 1]));
    CnnOnnx__NodeProto *mean = graph_model_node(&g, "ReduceMean", "mean", NAMES("n11"));
    cnn_onnx_add_integer(&g.arena, mean, "keepdims", 0);
    graph_model_node(&g, "Add", "y", NAMES("x", "mean"));
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    snprintf(path, sizeof path, "%s/folds.onnx", (const char *)*state);
    assert_int_equal(cnn_file_replace(path, bytes, size, NULL), CNN_OK);
    free(bytes);
    if (cnn_model_open(&model, path, NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_model_engine(model), CNN_ENGINE_INTERPRETER);
    const float x[] = {1, 2, 3, 4};
    const cnn_tensor input = {
        .name = "x", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 1, 2, 2}, .data = x};
    if (cnn_model_run(model, &input, 1, &error) != CNN_OK)
        fail_msg("%s", error.message);
    for (int i = 0; i < 4; i++)
        assert_float_equal(((const float *)cnn_model_result(model, 0)->data)[i], x[i] - 1, 0);
    cnn_model_free(model);
}

/* What comes from the input may take what the machine has, and no more. */
static void values_beyond_memory_say_what_they_need(void **state) {
    (void)state;
    static const int64_t shape[] = {(int64_t)1 << 24, (int64_t)1 << 24, 1, 1};
    graph_model g;
    size_t size;
    cnn_error error = {0};
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(1, 2, 2));
    graph_model_output(&g, "y", DIMS(1, 2, 2));
    graph_model_integers(&g, "shape", 4, shape);
    graph_model_node(&g, "Expand", "y", NAMES("x", "shape"));
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    assert_int_equal(run_program(bytes, size, &error), CNN_ERROR_MEMORY);
    if (!strstr(error.message, "[16777216x16777216x2x2] needs 4503599627370496 bytes, but only"))
        fail_msg("%s", error.message);
    free(bytes);
}

static void channels_without_values_are_refused(void **state) {
    (void)state;
    graph_model g;
    size_t size;
    cnn_net *net;
    cnn_error error = {0};
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS((int64_t)1 << 29, 2, 2));
    graph_model_output(&g, "y", DIMS((int64_t)1 << 29, 2, 2));
    graph_model_node(&g, "Relu", "y", NAMES("x"));
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    assert_int_equal(cnn_onnx_read(&net, bytes, size, "g.onnx", NULL, &error), CNN_ERROR_ARGUMENT);
    if (!strstr(error.message, "with at most 65536 channels"))
        fail_msg("%s", error.message);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_grow_no_further_than_the_file_lets_them),
        cmocka_unit_test_setup_teardown(what_is_too_much_to_fold_is_interpreted, folder_new, folder_remove),
        cmocka_unit_test(values_beyond_memory_say_what_they_need),
        cmocka_unit_test(channels_without_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
