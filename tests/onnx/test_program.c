/* The interpreter of graphs: the order of nodes, inputs, limits, damage. */
#include "onnx/program.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"

#include "support/cmocka.h"
#include "support/graph_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIMS(...)                                                                                            \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                           \
        __VA_ARGS__                                                                                          \
    }

static const float eight[16] = {1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1};

static cnn_array array_of(const float *values, int rank, const int64_t *dim) {
    const cnn_shape shape = cnn_shape_of(rank, dim);
    return cnn_array_over(CNN_TYPE_FLOAT32, &shape, values);
}

/* Pack, open; fails the test if it does not open. */
static cnn_program *open_graph(graph_model *g, const char *folder) {
    cnn_program *program;
    cnn_error error;
    size_t size;
    unsigned char *bytes = graph_model_bytes(g, &size);
    if (cnn_program_open(&program, bytes, size, "g.onnx", folder, NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    free(bytes);
    graph_model_free(g);
    return program;
}

static void expect_refused(graph_model *g, cnn_status status, const char *part) {
    cnn_program *program;
    cnn_error error;
    size_t size;
    unsigned char *bytes = graph_model_bytes(g, &size);
    assert_int_equal(cnn_program_open(&program, bytes, size, "g.onnx", "/nowhere", NULL, &error), status);
    assert_null(program);
    if (strncmp(error.message, "g.onnx: ", 8) != 0 || !strstr(error.message, part))
        fail_msg("%s", error.message);
    free(bytes);
    graph_model_free(g);
}

/* Run with one input, and compare the first output. */
static void expect_values(const cnn_program *program, const cnn_array *input, int count,
                          const float *values) {
    const cnn_array *inputs[4] = {input};
    cnn_array output = {0};
    cnn_error error;
    cnn_budget budget = {.bytes = 1 << 20, .work = 1 << 20};
    if (cnn_program_run(program, inputs, &output, NULL, &budget, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(output.elements, count);
    for (int i = 0; i < count; i++)
        assert_float_equal(((float *)output.data)[i], values[i], 1e-6);
    cnn_array_free(&output, &budget);
    assert_int_equal(budget.bytes, 1 << 20); /* all intermediate results are gone */
}

static void calculated_shapes_and_three_axes_run(void **state) {
    (void)state;
    size_t size;
    cnn_error error;
    cnn_program *program;
    unsigned char *bytes = graph_model_small(&size);
    if (cnn_program_open(&program, bytes, size, "small.onnx", NULL, NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    free(bytes);
    /* Row 1 of x rises by 1: x0 - x1 + x2 / 2 = -1 + (k + 3) / 2; row 2 falls: 0.25 (8 - k) + 2 (7 - k) - 2 (6 - k)
     * = 4 - k / 4. c = 4.5 + k / 4 for k = 0..5; backwards by two: c5, c3, c1; a zero before; as two rows. */
    const float c[] = {4.5F, 4.75F, 5, 5.25F, 5.5F, 5.75F};
    const float r[2][2] = {{0, c[5]}, {c[3], c[1]}};
    const float m[2][4] = {{1, 2, -1, 0.5F}, {3, 1, 0, 1}};
    float y[4];
    for (int j = 0; j < 4; j++)
        y[j] = ((r[0][0] + r[1][0]) * m[0][j] + (r[0][1] + r[1][1]) * m[1][j]) / 2;
    const cnn_array x = array_of(eight, DIMS(1, 2, 8));
    expect_values(program, &x, 4, y);
    cnn_program_free(program);
}

static void nodes_may_stand_in_any_order(void **state) {
    (void)state;
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2));
    graph_model_output(&g, "y", DIMS(2));
    graph_model_node(&g, "Neg", "y", NAMES("b"));
    graph_model_node(&g, "Relu", "b", NAMES("a"));
    graph_model_node(&g, "Abs", "a", NAMES("x"));
    cnn_program *program = open_graph(&g, NULL);
    const cnn_array x = array_of((const float[]){-3, 4}, DIMS(1, 2));
    expect_values(program, &x, 2, (const float[]){-3, -4});
    cnn_program_free(program);
}

static void cycles_and_names_that_nothing_makes_are_refused(void **state) {
    (void)state;
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2));
    graph_model_output(&g, "y", DIMS(2));
    graph_model_node(&g, "Add", "y", NAMES("x", "a"));
    graph_model_node(&g, "Neg", "a", NAMES("y"));
    expect_refused(&g, CNN_ERROR_FORMAT, "cycle: node \"y\"");
    graph_model_begin(&g, 13);
    graph_model_output(&g, "y", DIMS(2));
    graph_model_node(&g, "Neg", "y", NAMES("nobody"));
    expect_refused(&g, CNN_ERROR_FORMAT, "reads \"nobody\", which no node produces");
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2));
    graph_model_output(&g, "y", DIMS(2));
    graph_model_node(&g, "Neg", "y", NAMES("x"));
    graph_model_node(&g, "Abs", "y", NAMES("x"));
    expect_refused(&g, CNN_ERROR_FORMAT, "\"y\" is produced twice");
}

/* As ONNX's checker has it: such a graph is invalid, and the file perhaps damaged. */
static void names_that_nothing_makes_are_refused_where_no_output_needs_them(void **state) {
    (void)state;
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2));
    graph_model_output(&g, "y", DIMS(2));
    graph_model_node(&g, "Neg", "y", NAMES("x"));
    graph_model_node(&g, "Add", "unused", NAMES("x", "nobody"));
    expect_refused(&g, CNN_ERROR_FORMAT, "node \"unused\" reads \"nobody\", which no node produces");
}

/* Only where the output needs it. */
static void an_unknown_operator_is_named(void **state) {
    (void)state;
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2));
    graph_model_output(&g, "y", DIMS(2));
    graph_model_node(&g, "Wavelet", "w", NAMES("x"));
    graph_model_node(&g, "Neg", "y", NAMES("w"));
    expect_refused(&g, CNN_ERROR_UNSUPPORTED,
                   "node \"w\" (Wavelet): this operator is not supported; docs/onnx.md");
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2));
    graph_model_output(&g, "y", DIMS(2));
    graph_model_node(&g, "Wavelet", "w", NAMES("x"));
    graph_model_node(&g, "Neg", "y", NAMES("x"));
    cnn_program_free(open_graph(&g, NULL));
}

/* Each with one of its nodes; nodes that no output needs do not count. */
static void all_operators_that_are_missing_are_named(void **state) {
    (void)state;
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2));
    graph_model_output(&g, "y", DIMS(2));
    graph_model_node(&g, "Wavelet", "a", NAMES("x"));
    graph_model_node(&g, "Curvelet", "b", NAMES("a"));
    graph_model_node(&g, "Wavelet", "y", NAMES("b"));
    graph_model_node(&g, "Ridgelet", "unused", NAMES("b"));
    expect_refused(
        &g, CNN_ERROR_UNSUPPORTED,
        "2 operators are not supported (docs/onnx.md lists those that are): Curvelet (node \"b\"), "
        "Wavelet (node \"a\" and 1 more)");
}

/* As IR 3 had them: an input with a value need not be given, and may be. */
static void initialisers_may_be_inputs(void **state) {
    (void)state;
    static const float initial[] = {10, 20};
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "b", DIMS(2));
    graph_model_input(&g, "x", DIMS(2));
    graph_model_output(&g, "y", DIMS(2));
    graph_model_reals(&g, "b", DIMS(1, 2), initial);
    graph_model_node(&g, "Add", "y", NAMES("x", "b"));
    cnn_program *program = open_graph(&g, NULL);
    assert_int_equal(cnn_program_inputs(program), 2);
    assert_int_equal(cnn_program_needed_inputs(program), 1);
    assert_string_equal(cnn_program_input(program, 0)->name, "x");
    const cnn_array x = array_of((const float[]){1, 2}, DIMS(1, 2));
    expect_values(program, &x, 2, (const float[]){11, 22});
    const cnn_array b = array_of((const float[]){5, 5}, DIMS(1, 2)), *inputs[] = {&x, &b};
    cnn_array output = {0};
    assert_int_equal(cnn_program_run(program, inputs, &output, NULL, NULL, NULL), CNN_OK);
    assert_float_equal(((float *)output.data)[1], 7, 0);
    cnn_array_free(&output, NULL);
    cnn_program_free(program);
}

static void inputs_are_compared_with_what_is_declared(void **state) {
    (void)state;
    graph_model g;
    cnn_error error;
    cnn_array output = {0};
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2));
    graph_model_output(&g, "y", DIMS(2));
    graph_model_node(&g, "Neg", "y", NAMES("x"));
    cnn_program *program = open_graph(&g, NULL);
    const cnn_array three = array_of(eight, DIMS(1, 3)), *inputs[] = {&three};
    assert_int_equal(cnn_program_run(program, inputs, &output, NULL, NULL, &error), CNN_ERROR_SHAPE);
    assert_string_equal(error.message,
                        "g.onnx: the input \"x\" is float32 [1x3], expected float32 [-1x2] (-1: any "
                        "size)");
    inputs[0] = NULL;
    assert_int_equal(cnn_program_run(program, inputs, &output, NULL, NULL, &error), CNN_ERROR_ARGUMENT);
    assert_string_equal(error.message, "g.onnx: the input \"x\" is missing");
    cnn_program_free(program);
}

/* ---- Limits ---------------------------------------------------------------------------------------- */

static void large_results_are_refused_by_name(void **state) {
    (void)state;
    static const int64_t huge[] = {1 << 20, 1 << 20};
    graph_model g;
    cnn_error error;
    cnn_array output = {0};
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(1));
    graph_model_output(&g, "y", DIMS(1));
    graph_model_integers(&g, "huge", 2, huge);
    graph_model_node(&g, "Expand", "y", NAMES("x", "huge"));
    cnn_program *program = open_graph(&g, NULL);
    const cnn_array x = array_of(eight, DIMS(1, 1)), *inputs[] = {&x};
    assert_int_equal(cnn_program_run(program, inputs, &output, NULL, NULL, &error), CNN_ERROR_MEMORY);
    assert_non_null(
        strstr(error.message, "g.onnx: node \"y\" (Expand): an array of float32 [1048576x1048576] needs"));
    cnn_program_free(program);
}

/* ---- Damage ---------------------------------------------------------------------------------------- */

/* Whether the bytes open and run. They lie in memory of their own, so that a sanitizer sees each read past
 * their end. */
static bool runs(const unsigned char *bytes, size_t size) {
    cnn_program *program;
    cnn_error error = {0};
    cnn_budget budget = {.bytes = 64 << 20, .work = 1 << 22};
    const cnn_array x = array_of(eight, DIMS(1, 2, 8)), *inputs[16] = {&x};
    cnn_array outputs[16] = {{0}};
    unsigned char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    cnn_status status = cnn_program_open(&program, copy, size, "damaged.onnx", NULL, &budget, &error);
    free(copy);
    if (status == CNN_OK && cnn_program_inputs(program) <= 16 && cnn_program_outputs(program) <= 16)
        status = cnn_program_run(program, inputs, outputs, NULL, &budget, &error);
    for (int k = 0; k < 16; k++)
        cnn_array_free(&outputs[k], &budget);
    cnn_program_free(program);
    assert_int_equal(budget.bytes, 64 << 20);
    if (status != CNN_OK)
        assert_int_equal(strncmp(error.message, "damaged.onnx: ", 14), 0);
    return status == CNN_OK;
}

static void every_beginning_is_refused_or_runs(void **state) {
    (void)state;
    size_t size, sound = 0;
    unsigned char *bytes = graph_model_small(&size);
    for (size_t length = 0; length < size; length++)
        sound += runs(bytes, length);
    assert_true(runs(bytes, size));
    assert_true(sound < 4);
    free(bytes);
}

static void changed_bytes_are_refused_or_run(void **state) {
    (void)state;
    cnn_random random;
    int refused = 0;
    size_t size;
    unsigned char *bytes = graph_model_small(&size);
    cnn_random_seed(&random, 5);
    for (int i = 0; i < 10000; i++) {
        const int64_t at = cnn_random_below(&random, (int64_t)size);
        const unsigned char before = bytes[at];
        bytes[at] ^= (unsigned char)(1 + cnn_random_below(&random, 255));
        refused += !runs(bytes, size);
        bytes[at] = before;
    }
    assert_true(refused > 1000 && refused < 9900);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calculated_shapes_and_three_axes_run),
        cmocka_unit_test(nodes_may_stand_in_any_order),
        cmocka_unit_test(cycles_and_names_that_nothing_makes_are_refused),
        cmocka_unit_test(names_that_nothing_makes_are_refused_where_no_output_needs_them),
        cmocka_unit_test(an_unknown_operator_is_named),
        cmocka_unit_test(all_operators_that_are_missing_are_named),
        cmocka_unit_test(initialisers_may_be_inputs),
        cmocka_unit_test(inputs_are_compared_with_what_is_declared),
        cmocka_unit_test(large_results_are_refused_by_name),
        cmocka_unit_test(every_beginning_is_refused_or_runs),
        cmocka_unit_test(changed_bytes_are_refused_or_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
