#define _GNU_SOURCE
/* What an inspector reads out of a network: outputs and gradients of every layer. */
#include "inspect_case.h"

#include "base/memory.h"
#include "base/random.h"
#include "graph/output.h"
#include "support/cmocka.h"
#include "support/oracle.h"
#include "support/small_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 3, PROBES = 3 };

/* ---- Outputs --------------------------------------------------------------------------------------- */

static void compare_outputs(const net_case *c) {
    inspect_case made = inspect_case_new(c, BATCH, 2);
    oracle exact = oracle_new(made.net, made.images, BATCH);
    oracle_run(&exact, 0);
    for (int64_t n = 0; n < made.net->node_count; n++) {
        int64_t count;
        float *values = inspect_case_output(&made, made.net->nodes[n].name, &count);
        const double distance = inspect_distance(values, exact.value[n], count);
        if (!(distance < 1e-4))
            fail_msg("%s: %s is %g away", c->name, made.net->nodes[n].name, distance);
        cnn_free(values);
    }
    oracle_free(&exact);
    inspect_case_free(&made);
}

static void the_output_of_every_layer_is_the_oracles(void **state) {
    (void)state;
    for_each_net_case(compare_outputs);
}

static bool has_norm(const cnn_net *net) {
    for (int64_t n = 0; n < net->node_count; n++)
        if (net->nodes[n].op == &cnn_op_batch_norm)
            return true;
    return false;
}

static void compare_with_predictor(const net_case *c) {
    inspect_case made = inspect_case_new(c, BATCH, 1);
    int64_t count;
    cnn_predictor *predictor;
    const cnn_node *last = &made.net->nodes[made.net->node_count - 1];
    float *values = inspect_case_output(&made, last->name, &count);
    float *outputs = cnn_allocate((size_t)count, sizeof *outputs, "a test", NULL);
    assert_int_equal(cnn_predictor_new(&predictor, made.net, &(cnn_predictor_options){.batch = BATCH}, NULL),
                     CNN_OK);
    assert_int_equal(cnn_predictor_run(predictor, made.images, BATCH, outputs, NULL), CNN_OK);
    if (!has_norm(made.net) && memcmp(values, outputs, (size_t)count * sizeof *values) != 0)
        fail_msg("%s: the inspector's outputs are not the predictor's", c->name);
    cnn_predictor_free(predictor);
    cnn_free(values);
    cnn_free(outputs);
    inspect_case_free(&made);
}

static void outputs_are_the_predictors_bit_for_bit_without_winograd_and_folding(void **state) {
    (void)state;
    setenv("CNN_WINOGRAD", "0", 1);
    for_each_net_case(compare_with_predictor);
    unsetenv("CNN_WINOGRAD");
}

static void the_input_is_read_normalised(void **state) {
    (void)state;
    int64_t count;
    inspect_case made = inspect_case_of_text("input 2x3x3\nflatten\ndense 2", 2);
    assert_int_equal(cnn_net_set_normalisation(made.net, (float[]){0.5f, 0}, (float[]){0.25f, 2}, NULL),
                     CNN_OK);
    cnn_inspector_free(made.inspector);
    assert_int_equal(cnn_inspector_new(&made.inspector, made.net, &(cnn_inspector_options){.batch = 2}, NULL),
                     CNN_OK);
    assert_int_equal(cnn_inspector_run(made.inspector, made.images, 2, NULL), CNN_OK);
    float *values = inspect_case_output(&made, "input", &count);
    assert_int_equal(count, 36);
    for (int64_t i = 0; i < count; i++) {
        const float x = made.images[i];
        assert_true(values[i] == (i / 9 % 2 ? x / 2 : (x - 0.5f) / 0.25f));
    }
    cnn_free(values);
    inspect_case_free(&made);
}

/* ---- Gradients ------------------------------------------------------------------------------------- */

/* Whether the inspector's loss is one of this network. */
static bool has_loss(const inspect_case *made) {
    return cnn_net_output_kind(made->net) != CNN_OUTPUT_VALUES;
}

static void check_parameter(const inspect_case *made, oracle *exact, const cnn_parameter *p) {
    const cnn_update_options update = {.loss = CNN_LOSS_DEFAULT};
    float *gradient = cnn_allocate((size_t)p->elements, sizeof *gradient, "a test", NULL);
    float probed[PROBES];
    double derivative[PROBES];
    assert_int_equal(cnn_inspector_parameter_gradient(made->inspector, p->name, gradient, p->elements, NULL),
                     CNN_OK);
    for (int64_t k = 0; k < PROBES; k++) {
        const int64_t index = (int64_t)(cnn_random_hash(3, (uint64_t)k) % (uint64_t)p->elements);
        probed[k] = gradient[index];
        derivative[k] = BATCH * oracle_derivative(exact, p->offset + index, p->node, made->labels, &update);
    }
    double norm = 0;
    for (int64_t i = 0; i < p->elements; i++)
        norm = fmax(norm, fabs((double)gradient[i]));
    for (int64_t k = 0; k < PROBES; k++)
        if (!(fabs((double)probed[k] - derivative[k]) <= 1e-4 * norm + 1e-7))
            fail_msg("%s: gradient by %s: %g, should be %g", made->name, p->name, (double)probed[k],
                     derivative[k]);
    cnn_free(gradient);
}

static void compare_parameter_gradients(const net_case *c) {
    inspect_case made = inspect_case_new(c, BATCH, 2);
    double losses[BATCH], sum = 0;
    if (has_loss(&made)) {
        oracle exact = oracle_new(made.net, made.images, BATCH);
        oracle_run(&exact, 0);
        assert_int_equal(cnn_inspector_loss(made.inspector, made.labels, losses, NULL), CNN_OK);
        for (int i = 0; i < BATCH; i++)
            sum += losses[i];
        assert_float_equal(
            sum, BATCH * oracle_loss(&exact, made.labels, &(cnn_update_options){.learning_rate = 0}), 1e-4);
        for (int64_t p = 0; p < made.net->parameter_count; p++)
            if (!made.net->parameters[p].spec.statistic)
                check_parameter(&made, &exact, &made.net->parameters[p]);
        oracle_free(&exact);
    }
    inspect_case_free(&made);
}

static void the_gradient_of_every_parameter_is_the_oracles(void **state) {
    (void)state;
    for_each_net_case(compare_parameter_gradients);
}

/* d loss / d output of node n by central differences of the oracle, whose later nodes are computed anew. */
static double derivative_by_output(oracle *exact, int64_t node, int64_t index, const int32_t *labels) {
    const cnn_update_options update = {.loss = CNN_LOSS_DEFAULT};
    const double step = 1e-6, value = exact->value[node][index];
    double loss[2];
    for (int side = 0; side < 2; side++) {
        exact->value[node][index] = value + (side ? step : -step);
        oracle_run(exact, node + 1);
        loss[side] = oracle_loss(exact, labels, &update);
    }
    exact->value[node][index] = value;
    oracle_run(exact, node + 1);
    return BATCH * (loss[1] - loss[0]) / (2 * step);
}

/* The layers up to the scores, which the loss depends on. */
static int64_t layers_before_scores(const cnn_net *net) {
    const cnn_output_kind kind = cnn_net_output_kind(net);
    const int node = cnn_output_node(net);
    return kind == CNN_OUTPUT_PROBABILITIES || kind == CNN_OUTPUT_BINARY ? node : net->node_count;
}

/* A view or a dropout shares the gradient of the layer before it, which others may read, too. */
static bool only_passes_on(const cnn_node *node) {
    return node->op->kind == CNN_VIEW || node->op->idle_in_inference;
}

static void check_output_gradient(const inspect_case *made, oracle *exact, int64_t node) {
    int64_t count;
    const char *name = made->net->nodes[node].name;
    float *gradient = inspect_case_gradient(made, name, &count);
    double norm = 0;
    for (int64_t i = 0; i < count; i++)
        norm = fmax(norm, fabs((double)gradient[i]));
    for (uint64_t k = 0; k < PROBES; k++) {
        const int64_t index = (int64_t)(cnn_random_hash(9, k) % (uint64_t)count);
        const double derivative = derivative_by_output(exact, node, index, made->labels);
        if (!(fabs((double)gradient[index] - derivative) <= 1e-4 * norm + 1e-7))
            fail_msg("%s: gradient by output %lld of %s: %g, should be %g", made->name, (long long)index,
                     name, (double)gradient[index], derivative);
    }
    cnn_free(gradient);
}

static void compare_output_gradients(const net_case *c) {
    inspect_case made = inspect_case_new(c, BATCH, 1);
    if (has_loss(&made)) {
        oracle exact = oracle_new(made.net, made.images, BATCH);
        oracle_run(&exact, 0);
        assert_int_equal(cnn_inspector_loss(made.inspector, made.labels, NULL, NULL), CNN_OK);
        for (int64_t n = 0; n < layers_before_scores(made.net); n++)
            if (!only_passes_on(&made.net->nodes[n]))
                check_output_gradient(&made, &exact, n);
        oracle_free(&exact);
    }
    inspect_case_free(&made);
}

static void the_gradient_by_every_layers_output_is_the_oracles(void **state) {
    (void)state;
    for_each_net_case(compare_output_gradients);
}

static void the_gradient_by_the_input_is_the_oracles(void **state) {
    (void)state;
    const cnn_update_options update = {.loss = CNN_LOSS_DEFAULT};
    int64_t count;
    inspect_case made = inspect_case_of_text("input 2x8x8\nconv 3 3x3 padding 1 name a\nconv 3 3x3 padding 1 "
                                             "from input name b\nadd a b\nrelu\nflatten\n"
                                             "dense 4\nsoftmax",
                                             BATCH);
    oracle exact = oracle_new(made.net, made.images, BATCH);
    assert_int_equal(cnn_inspector_loss(made.inspector, made.labels, NULL, NULL), CNN_OK);
    float *gradient = inspect_case_gradient(&made, "input", &count);
    for (int64_t i = 0; i < count; i += 17) {
        const double value = exact.input[i], step = 1e-6;
        double loss[2];
        for (int side = 0; side < 2; side++) {
            exact.input[i] = value + (side ? step : -step);
            oracle_run(&exact, 0);
            loss[side] = oracle_loss(&exact, made.labels, &update);
        }
        exact.input[i] = value;
        assert_float_equal(gradient[i], BATCH * (loss[1] - loss[0]) / (2 * step), 1e-5);
    }
    cnn_free(gradient);
    oracle_free(&exact);
    inspect_case_free(&made);
}

static void backward_from_one_value_leaves_what_lies_behind_at_zero(void **state) {
    (void)state;
    int64_t count;
    inspect_case made =
        inspect_case_of_text("input 1x6x6\nconv 2 3x3 name c\nrelu\nflatten\ndense 3 name d\nsoftmax", 1);
    assert_int_equal(cnn_inspector_loss(made.inspector, NULL, NULL, NULL), CNN_OK);
    float one[32] = {0}, weight[18];
    one[5] = 2;
    assert_int_equal(cnn_inspector_backward(made.inspector, "c", one, 32, NULL), CNN_OK);
    float *gradient = inspect_case_gradient(&made, "d", &count);
    for (int64_t i = 0; i < count; i++)
        assert_true(gradient[i] == 0);
    cnn_free(gradient);
    float *input = inspect_case_output(&made, "input", &count);
    assert_int_equal(cnn_inspector_parameter_gradient(made.inspector, "c.weight", weight, 18, NULL), CNN_OK);
    for (int k = 0; k < 18; k++) /* value 5 of 4x4 is row 1, column 1 of filter 0 */
        assert_float_equal(weight[k], k < 9 ? 2 * input[(1 + k / 3) * 6 + 1 + k % 3] : 0, 1e-6);
    cnn_free(input);
    inspect_case_free(&made);
}

static void gradients_are_the_same_bits_on_any_number_of_threads(void **state) {
    (void)state;
    for (const net_case *c = net_case_list(); c->name; c++) {
        inspect_case one = inspect_case_new(c, BATCH, 1), three = inspect_case_new(c, BATCH, 3);
        if (has_loss(&one)) {
            int64_t count;
            cnn_inspector_loss(one.inspector, one.labels, NULL, NULL);
            cnn_inspector_loss(three.inspector, one.labels, NULL, NULL);
            float *a = inspect_case_gradient(&one, "input", &count);
            float *b = inspect_case_gradient(&three, "input", &count);
            assert_memory_equal(a, b, (size_t)count * sizeof *a);
            cnn_free(a);
            cnn_free(b);
        }
        inspect_case_free(&one);
        inspect_case_free(&three);
    }
}

/* ---- What is refused ------------------------------------------------------------------------------- */

static void assert_says(cnn_status status, const cnn_error *error, const char *words) {
    assert_int_not_equal(status, CNN_OK);
    if (!strstr(error->message, words))
        fail_msg("\"%s\" does not say \"%s\"", error->message, words);
}

static void what_does_not_exist_is_refused_with_what_would_do(void **state) {
    (void)state;
    cnn_error error;
    float room[4];
    cnn_layer layer;
    int64_t index;
    inspect_case made = inspect_case_of_text("input 1x6x6\nconv 2 3x3\nflatten\ndense 3\nsoftmax", 1);
    const cnn_inspector *inspector = made.inspector;
    assert_says(cnn_inspector_find(inspector, "conv1", &layer, &error), &error,
                "no layer named \"conv1\": did you mean \"conv_1\"?");
    assert_says(cnn_inspector_output(inspector, "conv_1", room, 4, &error), &error,
                "conv_1 has 32 values, but room for 4 was given");
    assert_says(cnn_inspector_index(inspector, "conv_1", (int64_t[]){1, 4, 0}, &index, &error), &error,
                "row 4 is outside layer conv_1, whose output is 2x4x4: it must be 0 to 3");
    assert_says(cnn_inspector_gradient(inspector, "fc_1", room, 3, &error), &error, "cnn_inspector_loss");
    assert_says(cnn_inspector_parameter_gradient(inspector, "fc_1.bia", room, 3, &error), &error,
                "fc_1.bias");
    assert_says(cnn_inspector_loss(made.inspector, (int32_t[]){3}, NULL, &error), &error,
                "class 3 of image 0 is outside the network's 3 classes");
    assert_says(cnn_inspector_run(made.inspector, made.images, 2, &error), &error, "1 to 1 images");
    inspect_case_free(&made);
}

static void without_gradients_only_outputs_are_read(void **state) {
    (void)state;
    cnn_error error;
    inspect_case made = inspect_case_of_text("input 1x6x6\nconv 2 3x3\nflatten\ndense 3\nsoftmax", 1);
    cnn_inspector_free(made.inspector);
    assert_int_equal(
        cnn_inspector_new(&made.inspector, made.net, &(cnn_inspector_options){.no_gradients = true}, NULL),
        CNN_OK);
    assert_int_equal(cnn_inspector_run(made.inspector, made.images, 1, NULL), CNN_OK);
    assert_says(cnn_inspector_loss(made.inspector, NULL, NULL, &error), &error, "no_gradients");
    inspect_case_free(&made);
}

static void values_that_are_not_finite_are_counted_apart(void **state) {
    (void)state;
    cnn_value_summary summary;
    const float values[] = {1, 0, NAN, -3, INFINITY, 0};
    assert_int_equal(cnn_summarise(values, 6, &summary, NULL), CNN_OK);
    assert_int_equal(summary.count, 6);
    assert_int_equal(summary.zeros, 2);
    assert_int_equal(summary.not_finite, 2);
    assert_true(summary.smallest == -3 && summary.largest == 1 && summary.mean == -0.5);
    assert_float_equal(summary.deviation, sqrt(9.0 / 4), 1e-12); /* 1.5, 0.5, -2.5, 0.5 about the mean */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_output_of_every_layer_is_the_oracles),
        cmocka_unit_test(outputs_are_the_predictors_bit_for_bit_without_winograd_and_folding),
        cmocka_unit_test(the_input_is_read_normalised),
        cmocka_unit_test(the_gradient_of_every_parameter_is_the_oracles),
        cmocka_unit_test(the_gradient_by_every_layers_output_is_the_oracles),
        cmocka_unit_test(the_gradient_by_the_input_is_the_oracles),
        cmocka_unit_test(backward_from_one_value_leaves_what_lies_behind_at_zero),
        cmocka_unit_test(gradients_are_the_same_bits_on_any_number_of_threads),
        cmocka_unit_test(what_does_not_exist_is_refused_with_what_would_do),
        cmocka_unit_test(without_gradients_only_outputs_are_read),
        cmocka_unit_test(values_that_are_not_finite_are_counted_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
