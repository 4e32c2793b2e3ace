/* Pow by a constant exponent: in a network the layers that give the same, in the interpreter the operator. */
#include "onnx/onnx.h"

#include "support/both_engines.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/graph_model.h"

#include <stdlib.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const int64_t map[] = {1, 2, 2};
static const float x[] = {0, 1, 2.25F, 9};
static const cnn_tensor input = {
    .name = "x", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 1, 2, 2}, .data = x};

/* x to the power of the initialiser "p", which comes next. */
static void begin(graph_model *g) {
    graph_model_begin(g, 13);
    graph_model_input(g, "x", 3, map);
    graph_model_output(g, "y", 3, map);
    graph_model_node(g, "Pow", "y", NAMES("x", "p"));
}

static void a_square_is_a_product(void **state) {
    static const float two[] = {2};
    static const int64_t whole[] = {2};
    static const float expected[] = {0, 1, 5.0625F, 81};
    graph_model g;
    begin(&g);
    graph_model_reals(&g, "p", 0, NULL, two);
    expect_from_both(&g, *state, &input, 4, expected);
    begin(&g);
    graph_model_integers(&g, "p", 1, whole);
    expect_from_both(&g, *state, &input, 4, expected);
}

static void half_is_a_root(void **state) {
    static const float half[] = {0.5F};
    graph_model g;
    begin(&g);
    graph_model_reals(&g, "p", 0, NULL, half);
    expect_from_both(&g, *state, &input, 4, (const float[]){0, 1, 1.5F, 3});
}

static void other_exponents_are_no_layers(void **state) {
    static const float three[] = {3};
    graph_model g;
    size_t size;
    cnn_net *net;
    cnn_error error;
    (void)state;
    begin(&g);
    graph_model_reals(&g, "p", 0, NULL, three);
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    assert_int_equal(cnn_onnx_read(&net, bytes, size, "m.onnx", NULL, &error), CNN_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "the exponent must be one number, 2 or 0.5"));
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_square_is_a_product, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(half_is_a_root, folder_new, folder_remove),
        cmocka_unit_test(other_exponents_are_no_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
