/* Attributes and shapes near the ends of 64 bits: products and sums of them are checked before they are made, by the
 * interpreter and where a graph becomes a network. */
#include "onnx/onnx.h"
#include "onnx/program.h"

#include "support/cmocka.h"
#include "support/graph_model.h"

#include <stdlib.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIMS(...)                                                                                            \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                           \
        __VA_ARGS__                                                                                          \
    }

static const int64_t two_31 = (int64_t)1 << 31, two_40 = (int64_t)1 << 40, two_62 = (int64_t)1 << 62;
static const int64_t kernels[] = {INT32_MAX, INT32_MAX},
                     giant_kernels[] = {(int64_t)1 << 31, (int64_t)1 << 31},
                     all_62[] = {(int64_t)1 << 62, (int64_t)1 << 62, (int64_t)1 << 62, (int64_t)1 << 62},
                     all_40[] = {(int64_t)1 << 40, (int64_t)1 << 40}, threes[] = {3, 3},
                     strides[] = {INT32_MAX, INT32_MAX};

/* A node on x (N,2,4,4) and the weight w (2,2,3,3). */
typedef struct giant {
    const char *op;
    const char *attribute; /* NULL: none */
    const int64_t *values;
    size_t count; /* 0: one integer */
    bool has_kernel;
} giant;

static unsigned char *make_graph(const giant *given, size_t *size) {
    static const float weight[36];
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2, 4, 4));
    graph_model_output(&g, "y", DIMS(2, 4, 4));
    const bool weighs = strncmp(given->op, "Conv", 4) == 0;
    if (weighs)
        graph_model_reals(&g, "w", DIMS(2, 2, 3, 3), weight);
    CnnOnnx__NodeProto *node = graph_model_node(&g, given->op, "y", weighs ? NAMES("x", "w") : NAMES("x"));
    if (given->has_kernel)
        cnn_onnx_add_integers(&g.arena, node, "kernel_shape", threes, 2);
    if (given->attribute && given->count)
        cnn_onnx_add_integers(&g.arena, node, given->attribute, given->values, given->count);
    else if (given->attribute)
        cnn_onnx_add_integer(&g.arena, node, given->attribute, *given->values);
    unsigned char *bytes = graph_model_bytes(&g, size);
    graph_model_free(&g);
    return bytes;
}

static cnn_status run_program(const unsigned char *bytes, size_t size, cnn_error *error) {
    static const float values[32];
    const cnn_shape shape = cnn_shape_of(4, (const int64_t[]){1, 2, 4, 4});
    const cnn_array x = cnn_array_over(CNN_TYPE_FLOAT32, &shape, values), *inputs[] = {&x};
    cnn_array output = {0};
    cnn_program *program;
    cnn_budget budget = {.bytes = 1 << 20, .work = 1 << 20};
    cnn_status status = cnn_program_open(&program, bytes, size, "g.onnx", NULL, NULL, error);
    if (status != CNN_OK)
        return status;
    status = cnn_program_run(program, inputs, &output, NULL, &budget, error);
    cnn_array_free(&output, &budget);
    cnn_program_free(program);
    return status;
}

static void giant_attributes_are_refused_by_both_engines(void **state) {
    (void)state;
    static const giant cases[] = {
        {"Conv", "group", &two_62, 0, false},
        {"Conv", "group", &two_40, 0, false},
        {"Conv", "dilations", all_40, 2, false},
        {"Conv", "dilations", kernels, 2, false},
        {"Conv", "pads", all_62, 4, false},
        {"Conv", "kernel_shape", giant_kernels, 2, false},
        {"ConvTranspose", "group", &two_62, 0, false},
        {"ConvTranspose", "group", &two_31, 0, false},
        {"ConvTranspose", "strides", all_62, 2, false},
        {"ConvTranspose", "dilations", kernels, 2, false},
        {"ConvTranspose", "output_padding", all_62, 2, false},
        {"ConvTranspose", "pads", all_62, 4, false},
        {"MaxPool", "kernel_shape", kernels, 2, false},
        {"MaxPool", "kernel_shape", giant_kernels, 2, false},
        {"MaxPool", "pads", all_62, 4, true},
        {"AveragePool", "kernel_shape", all_62, 2, false},
        {"AveragePool", "pads", all_62, 4, true},
        {"Transpose", "perm", all_62, 4, false},
        {"Flatten", "axis", &two_62, 0, false},
        {"Softmax", "axis", &two_62, 0, false},
        {"Concat", "axis", &two_62, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size;
        cnn_net *net = NULL;
        cnn_error error = {0};
        unsigned char *bytes = make_graph(&cases[i], &size);
        if (cnn_onnx_read(&net, bytes, size, "g.onnx", NULL, &error) == CNN_OK || error.message[0] == '\0')
            fail_msg("case %zu: %s is read", i, cases[i].op);
        if (run_program(bytes, size, &error) == CNN_OK || !strstr(error.message, cases[i].op))
            fail_msg("case %zu: %s runs: %s", i, cases[i].op, error.message);
        free(bytes);
    }
}

/* Strides beyond the image take its first value: nothing is multiplied with what lies behind. */
static void giant_strides_take_one_value(void **state) {
    (void)state;
    static const giant pool = {"MaxPool", "strides", strides, 2, true};
    size_t size;
    cnn_error error = {0};
    unsigned char *bytes = make_graph(&pool, &size);
    if (run_program(bytes, size, &error) != CNN_OK)
        fail_msg("%s", error.message);
    free(bytes);
}

/* y = Reshape, Expand, Pad, Resize or ConstantOfShape of what the list says. */
static void expect_list_refused(const char *op, const int64_t *list, int64_t count) {
    graph_model g;
    size_t size;
    cnn_net *net = NULL;
    cnn_error error = {0};
    const bool resizes = strcmp(op, "Resize") == 0, shapes = strcmp(op, "ConstantOfShape") == 0;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2, 4, 4));
    graph_model_output(&g, "y", DIMS(2, 4, 4));
    graph_model_integers(&g, "list", count, list);
    graph_model_node(&g, op, shapes ? "c" : "y",
                     resizes  ? NAMES("x", "", "", "list")
                     : shapes ? NAMES("list")
                              : NAMES("x", "list"));
    if (shapes)
        graph_model_node(&g, "Add", "y", NAMES("x", "c"));
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    assert_int_not_equal(cnn_onnx_read(&net, bytes, size, "g.onnx", NULL, &error), CNN_OK);
    if (run_program(bytes, size, &error) == CNN_OK || !strstr(error.message, op))
        fail_msg("%s: %s", op, error.message);
    free(bytes);
}

static void giant_shapes_are_refused_by_both_engines(void **state) {
    (void)state;
    static const int64_t square[] = {1, 2, (int64_t)1 << 32, (int64_t)1 << 32},
                         wrapping[] = {(int64_t)1 << 62, 4, 1, 1}, negative[] = {1, 2, INT64_MIN, INT64_MIN},
                         pads[] = {0, 0, (int64_t)1 << 62, 0, 0, 0, (int64_t)1 << 62, 0};
    static const char *const shaped[] = {"Reshape", "Expand", "ConstantOfShape", "Resize"};
    for (size_t i = 0; i < sizeof shaped / sizeof shaped[0]; i++) {
        expect_list_refused(shaped[i], square, 4);
        expect_list_refused(shaped[i], wrapping, 4);
        expect_list_refused(shaped[i], negative, 4);
    }
    expect_list_refused("Pad", pads, 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(giant_attributes_are_refused_by_both_engines),
        cmocka_unit_test(giant_strides_take_one_value),
        cmocka_unit_test(giant_shapes_are_refused_by_both_engines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
