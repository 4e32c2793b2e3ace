/* Graphs within nodes: a loop is stopped when its steps are used up, memory comes back whole, damage is refused or runs. */
#include "onnx/program.h"

#include "base/random.h"

#include "support/cmocka.h"
#include "support/graph_model.h"

#include <stdlib.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const int64_t two[] = {2};

/* A graph with a loop, and the loop's body. */
typedef struct looping {
    bool takes_step; /* `step` may be given another value */
    graph_model outer, body;
    CnnOnnx__AttributeProto attribute, *attributes[1];
} looping;

/* y: x, to which `step`, a value around the loop, is added in each of `rounds`; NULL: for ever. For free(). */
static unsigned char *make_loop(looping *l, const int64_t *rounds, size_t *size) {
    static const float step[] = {1, 10}, zero[] = {0};
    graph_model *outer = &l->outer, *body = &l->body;
    graph_model_begin(body, 13);
    graph_model_input(body, "i", 0, NULL);
    graph_model_input(body, "c", 0, NULL);
    graph_model_input(body, "s", 1, two);
    graph_model_node(body, "Identity", "go_on", NAMES("c"));
    graph_model_reals(body, "zero", 1, (const int64_t[]){1}, zero);
    graph_model_node(body, "Add", "increment", NAMES("doubled", "zero"));
    graph_model_node(body, "Add", "t", NAMES("s", "increment"));
    graph_model_output(body, "go_on", 0, NULL);
    graph_model_output(body, "t", 1, two);
    graph_model_begin(outer, 13);
    graph_model_input(outer, "x", 1, two);
    graph_model_reals(outer, "step", 1, two, step);
    if (l->takes_step)
        graph_model_input(outer, "step", 0, NULL);
    graph_model_node(outer, "Add", "doubled", NAMES("step", "step"));
    if (rounds)
        graph_model_integers(outer, "rounds", 1, rounds);
    CnnOnnx__NodeProto *node = graph_model_node(outer, "Loop", "y", NAMES(rounds ? "rounds" : "", "", "x"));
    graph_model_output(outer, "y", 1, two);
    cnn_onnx__attribute_proto__init(&l->attribute);
    l->attribute.name = (char *)"body";
    l->attribute.has_type = true;
    l->attribute.type = CNN_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH;
    l->attribute.g = &body->graph;
    l->attributes[0] = &l->attribute;
    node->n_attribute = 1;
    node->attribute = l->attributes;
    unsigned char *bytes = graph_model_bytes(outer, size);
    graph_model_free(outer);
    graph_model_free(body);
    return bytes;
}

enum { BYTES = 1 << 20, WORK = 10000 };

/* Open and run within limits; the first output's two values. `step` is NULL, or given. */
static cnn_status run_with(const unsigned char *bytes, size_t size, const float *step, float values[2],
                           cnn_error *error) {
    static const float x[] = {3, 4};
    const cnn_shape shape = cnn_shape_2(1, 2), one = {.rank = 1, .dim = {1}};
    const cnn_array input = cnn_array_over(CNN_TYPE_FLOAT32, &shape, x);
    const cnn_array given = cnn_array_over(CNN_TYPE_FLOAT32, &one, step);
    const cnn_array *inputs[8] = {&input, step ? &given : NULL};
    cnn_array outputs[8] = {{0}};
    cnn_budget budget = {.bytes = BYTES, .work = WORK};
    cnn_program *program;
    *error = (cnn_error){0};
    cnn_status status = cnn_program_open(&program, bytes, size, "loop.onnx", NULL, &budget, error);
    if (status == CNN_OK && cnn_program_inputs(program) <= 8 && cnn_program_outputs(program) <= 8)
        status = cnn_program_run(program, inputs, outputs, NULL, &budget, error);
    if (status == CNN_OK && outputs[0].type == CNN_TYPE_FLOAT32 && outputs[0].elements == 2)
        memcpy(values, outputs[0].data, 2 * sizeof *values);
    for (int k = 0; k < 8; k++)
        cnn_array_free(&outputs[k], &budget);
    cnn_program_free(program);
    assert_int_equal(budget.bytes, BYTES);
    assert_true(status == CNN_OK || error->message[0]);
    return status;
}

static cnn_status run(const unsigned char *bytes, size_t size, float values[2], cnn_error *error) {
    return run_with(bytes, size, NULL, values, error);
}

static void a_loop_reads_what_lies_around_it(void **state) {
    (void)state;
    looping l = {0};
    size_t size;
    float values[2] = {0};
    cnn_error error;
    const int64_t rounds = 5;
    unsigned char *bytes = make_loop(&l, &rounds, &size);
    if (run(bytes, size, values, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_float_equal(values[0], 3 + 5 * 2, 0);
    assert_float_equal(values[1], 4 + 5 * 20, 0);
    free(bytes);
}

/* What is calculated from an initialiser when the file is opened must not be what a run gives another value. */
static void what_a_loop_reads_may_be_given(void **state) {
    (void)state;
    looping l = {.takes_step = true};
    size_t size;
    float values[2] = {0};
    cnn_error error;
    const int64_t rounds = 5;
    const float step = 2;
    unsigned char *bytes = make_loop(&l, &rounds, &size);
    if (run_with(bytes, size, &step, values, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_float_equal(values[0], 3 + 5 * 4, 0);
    assert_float_equal(values[1], 4 + 5 * 4, 0);
    if (run(bytes, size, values, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_float_equal(values[1], 4 + 5 * 20, 0);
    free(bytes);
}

static void a_loop_without_an_end_is_stopped(void **state) {
    (void)state;
    looping l = {0};
    size_t size;
    float values[2];
    cnn_error error;
    unsigned char *bytes = make_loop(&l, NULL, &size);
    assert_int_equal(run(bytes, size, values, &error), CNN_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "steps"));
    free(bytes);
}

static void damage_is_refused_or_runs(void **state) {
    (void)state;
    looping l = {0};
    size_t size;
    float values[2];
    cnn_error error;
    cnn_random random;
    const int64_t rounds = 3;
    int refused = 0;
    unsigned char *bytes = make_loop(&l, &rounds, &size);
    for (size_t cut = 0; cut < size; cut++)
        refused += run(bytes, cut, values, &error) != CNN_OK;
    assert_true(refused > (int)size / 2);
    cnn_random_seed(&random, 7);
    for (int i = 0; i < 3000; i++) {
        const int64_t at = cnn_random_below(&random, (int64_t)size);
        const unsigned char before = bytes[at];
        bytes[at] ^= (unsigned char)(1 + cnn_random_below(&random, 255));
        run(bytes, size, values, &error);
        bytes[at] = before;
    }
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_reads_what_lies_around_it), cmocka_unit_test(what_a_loop_reads_may_be_given),
        cmocka_unit_test(a_loop_without_an_end_is_stopped), cmocka_unit_test(damage_is_refused_or_runs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
