/* Maps of three axes, N,C,L: in a network they are maps of a single row, or of a single column. */
#include "onnx/onnx.h"

#include "support/both_engines.h"
#include "support/cmocka.h"
#include "support/folder.h"

#include <stdlib.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIMS(...)                                                                                            \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                           \
        __VA_ARGS__                                                                                          \
    }

static const float line[] = {1, 2, 3, 4, 5, 6, 0, -1, 2, -2, 1, 3};
static const cnn_tensor input = {
    .name = "x", .type = CNN_TYPE_FLOAT32, .rank = 3, .shape = {1, 2, 6}, .data = line};
static const float weight[] = {1, 0, -1, 2, 1, 0, 0.5F, 0.5F, 0.5F, -1, 0, 1};

/* x (N,2,6) and the weight 2,2,3; what gives y, of N and these axes, comes next. */
static void begin(graph_model *g, int rank, const int64_t *sizes) {
    graph_model_begin(g, 13);
    graph_model_input(g, "x", DIMS(2, 6));
    graph_model_output(g, "y", rank, sizes);
    graph_model_reals(g, "w", DIMS(2, 2, 3), weight);
}

/* An attribute of one number, or of two. */
static void add_list(graph_model *g, CnnOnnx__NodeProto *node, const char *name, size_t count, int64_t first,
                     int64_t second) {
    int64_t *list = cnn_onnx_take(&g->arena, 2, sizeof *list);
    assert_non_null(list);
    list[0] = first;
    list[1] = second;
    cnn_onnx_add_integers(&g->arena, node, name, list, count);
}

static CnnOnnx__NodeProto *add_window(graph_model *g, const char *op, const char *output,
                                      const char *const *inputs, int64_t kernel, int64_t stride) {
    CnnOnnx__NodeProto *node = graph_model_node(g, op, output, inputs);
    add_list(g, node, "kernel_shape", 1, kernel, 0);
    add_list(g, node, "strides", 1, stride, 0);
    return node;
}

static void windows_go_along_the_line(void **state) {
    graph_model g;
    begin(&g, DIMS(2, 3));
    add_list(&g, add_window(&g, "Conv", "c", NAMES("x", "w"), 3, 2), "pads", 2, 1, 0);
    graph_model_node(&g, "Relu", "y", NAMES("c"));
    expect_from_both(&g, *state, &input, 6, (const float[]){0, 0, 0, 0.5F, 3.5F, 12.5F});
    begin(&g, DIMS(2, 2));
    add_list(&g, add_window(&g, "MaxPool", "y", NAMES("x"), 3, 3), "pads", 2, 1, 1);
    expect_from_both(&g, *state, &input, 4, (const float[]){2, 5, 0, 2});
    begin(&g, DIMS(2, 3));
    add_window(&g, "AveragePool", "y", NAMES("x"), 2, 2);
    expect_from_both(&g, *state, &input, 6, (const float[]){1.5F, 3.5F, 5.5F, -0.5F, 0, 2});
}

static void transposed_windows_do_too(void **state) {
    graph_model g;
    begin(&g, DIMS(2, 11));
    add_list(&g, add_window(&g, "ConvTranspose", "c", NAMES("x", "w"), 3, 2), "pads", 2, 1, 1);
    graph_model_node(&g, "Neg", "y", NAMES("c"));
    expect_from_both(&g, *state, &input, 22,
                     (const float[]){0,  -0.5F, 0.5F, -1.5F, -1, -1,  1,  -0.5F, -0.5F, -3,  -1.5F,
                                     -1, -5,    -2,   -3,    -3, -12, -4, -7,    -5,    -10, -6});
}

static void lines_are_padded(void **state) {
    static const int64_t pads[] = {0, 0, 2, 0, 0, 1};
    graph_model g;
    begin(&g, DIMS(2, 9));
    graph_model_integers(&g, "p", 6, pads);
    cnn_onnx_add_word(&g.arena, graph_model_node(&g, "Pad", "y", NAMES("x", "p")), "mode", "reflect");
    expect_from_both(&g, *state, &input, 18,
                     (const float[]){3, 2, 1, 2, 3, 4, 5, 6, 5, 2, -1, 0, -1, 2, -2, 1, 3, 1});
}

/* A map of one column that lost it is a line, too; what is pooled keeps as many axes as it had. */
static void what_is_pooled_keeps_its_axes(void **state) {
    static const int64_t last[] = {3}, second[] = {2};
    const cnn_tensor column = {
        .name = "x", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 2, 6, 1}, .data = line};
    graph_model g;
    begin(&g, DIMS(2));
    graph_model_input(&g, "x", DIMS(2, 6, 1));
    g.inputs[0] = g.inputs[1];
    g.graph.n_input = 1;
    graph_model_integers(&g, "last", 1, last);
    graph_model_integers(&g, "second", 1, second);
    graph_model_node(&g, "Squeeze", "s", NAMES("x", "last"));
    add_window(&g, "MaxPool", "p", NAMES("s"), 1, 1);
    graph_model_node(&g, "GlobalMaxPool", "m", NAMES("p"));
    graph_model_node(&g, "Squeeze", "y", NAMES("m", "second"));
    expect_from_both(&g, *state, &column, 2, (const float[]){6, 3});
}

/* Efficient channel attention: means of the maps, a convolution along the channels, gates. */
static void channels_may_be_a_line(void **state) {
    static const float maps[] = {1, 2, 3, 4, 0, 0, 4, 4, -1, -2, -3, -2}, along[] = {0.5F, 1, -1};
    static const int64_t line_of_channels[] = {0, 1, -1}, channels[] = {0, 3, 1, 1};
    const cnn_tensor image = {
        .name = "x", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 3, 2, 2}, .data = maps};
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(3, 2, 2));
    graph_model_output(&g, "y", DIMS(3, 2, 2));
    graph_model_reals(&g, "w", DIMS(1, 1, 3), along);
    graph_model_integers(&g, "line", 3, line_of_channels);
    graph_model_integers(&g, "channels", 4, channels);
    graph_model_node(&g, "GlobalAveragePool", "m", NAMES("x"));
    graph_model_node(&g, "Reshape", "l", NAMES("m", "line"));
    add_list(&g, graph_model_node(&g, "Conv", "c", NAMES("l", "w")), "pads", 2, 1, 1);
    graph_model_node(&g, "Neg", "s", NAMES("c"));
    graph_model_node(&g, "Reshape", "r", NAMES("s", "channels"));
    graph_model_node(&g, "Shape", "sizes", NAMES("x"));
    graph_model_node(&g, "Expand", "e", NAMES("r", "sizes"));
    graph_model_node(&g, "Mul", "y", NAMES("x", "e"));
    /* means 2.5, 2, -2; along the channels 0.5, 5.25, -1 */
    expect_from_both(&g, *state, &image, 12,
                     (const float[]){-0.5F, -1, -1.5F, -2, 0, 0, -21, -21, -1, -2, -3, -2});
}

/* What is expanded for a sum would have to be repeated. */
static void what_is_expanded_for_another_reader_is_refused(void **state) {
    graph_model g;
    size_t size;
    cnn_net *net;
    cnn_error error;
    (void)state;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(3, 2, 2));
    graph_model_output(&g, "y", DIMS(3, 2, 2));
    graph_model_node(&g, "GlobalAveragePool", "m", NAMES("x"));
    graph_model_node(&g, "Shape", "sizes", NAMES("x"));
    graph_model_node(&g, "Expand", "e", NAMES("m", "sizes"));
    graph_model_node(&g, "Add", "y", NAMES("x", "e"));
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    assert_int_equal(cnn_onnx_read(&net, bytes, size, "m.onnx", NULL, &error), CNN_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "a map of that size can be expanded"));
    free(bytes);
}

static void windows_of_two_axes_are_refused(void **state) {
    graph_model g;
    size_t size;
    cnn_net *net;
    cnn_error error;
    (void)state;
    begin(&g, DIMS(2, 5));
    add_list(&g, graph_model_node(&g, "MaxPool", "y", NAMES("x")), "kernel_shape", 2, 1, 2);
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    assert_int_equal(cnn_onnx_read(&net, bytes, size, "m.onnx", NULL, &error), CNN_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "kernel_shape has 2 values, expected 1 beside N,C,L"));
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(windows_go_along_the_line, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(transposed_windows_do_too, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(lines_are_padded, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(what_is_pooled_keeps_its_axes, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(channels_may_be_a_line, folder_new, folder_remove),
        cmocka_unit_test(what_is_expanded_for_another_reader_is_refused),
        cmocka_unit_test(windows_of_two_axes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
