/* Batch normalisation beyond its outputs and gradients (test_gradients.c): running statistics, large means, and
 * what inference makes of it. */
#include "base/memory.h"
#include "base/random.h"
#include "graph/net.h"
#include "plan/plan.h"
#include "support/cmocka.h"
#include "support/golden.h"
#include "support/oracle.h"
#include "support/net_cases.h"

#include <math.h>
#include <string.h>

static cnn_net *parse(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, "a test", &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

static cnn_plan *plan_of(const cnn_net *net, int64_t batch, bool training, int threads) {
    cnn_plan *plan;
    cnn_error error;
    const cnn_plan_options options = {.batch = batch, .training = training, .threads = threads};
    if (cnn_plan_new(&plan, net, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return plan;
}

/* All values anew, variances positive. */
static void fill(cnn_net *net, uint64_t seed) {
    cnn_random random;
    cnn_random_seed(&random, seed);
    assert_int_equal(cnn_net_make_values(net, NULL), CNN_OK);
    for (int64_t p = 0; p < net->parameter_count; p++) {
        const bool variance = strcmp(net->parameters[p].spec.suffix, "running_var") == 0;
        for (int64_t k = 0; k < net->parameters[p].elements; k++)
            net->values[net->parameters[p].offset + k] =
                (float)(cnn_random_uniform(&random) + (variance ? 0.1 : -0.5));
    }
}

/* Largest difference from the oracle, by the largest output. */
static double difference(const cnn_net *net, const cnn_plan *plan, const float *outputs, const float *images,
                         int64_t batch, bool training) {
    oracle exact = oracle_new(net, images, batch);
    exact.training = training;
    const double *expected = oracle_run(&exact, 0);
    double most = 0, largest = 0;
    for (int64_t k = 0; k < batch * cnn_plan_outputs(plan); k++) {
        most = fmax(most, fabs(outputs[k] - expected[k]));
        largest = fmax(largest, fabs(expected[k]));
    }
    oracle_free(&exact);
    assert_true(largest > 0.01);
    return most / largest;
}

static double forward_difference(const cnn_net *net, cnn_plan *plan, int64_t batch, bool training) {
    float *images = net_case_images(net, batch);
    cnn_plan_set_images(plan, images, batch);
    const double most = difference(net, plan, cnn_plan_forward(plan, batch, 0), images, batch, training);
    cnn_free(images);
    return most;
}

/* ---- Training ------------------------------------------------------------------------------------------ */

static void it_starts_as_the_identity(void **state) {
    (void)state;
    static const float start[] = {1, 0, 0, 1};
    cnn_net *net = parse("input 3x4x4\nbatchnorm\n");
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    assert_int_equal(net->parameter_count, 4);
    for (int p = 0; p < 4; p++)
        for (int c = 0; c < 3; c++)
            assert_true(net->values[net->parameters[p].offset + c] == start[p]);
    cnn_net_free(net);
}

/* Pixels 0..1 about a mean of 20000: their squares have no digit left for the variance. */
static void large_means_do_not_hide_the_variance(void **state) {
    (void)state;
    static const float mean[] = {-2000, 0, 5000}, deviation[] = {0.1f, 1, 0.25f};
    cnn_net *net = parse("input 3x9x8\nbatchnorm\n");
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    assert_int_equal(cnn_net_set_normalisation(net, mean, deviation, NULL), CNN_OK);
    cnn_plan *plan = plan_of(net, 20, true, 2);
    /* The values themselves are rounded by 1e-3 of their deviation. */
    assert_true(forward_difference(net, plan, 20, true) < 2e-3);
    int64_t floats;
    float *values = cnn_allocate((size_t)net->value_count, sizeof *values, "a test", NULL);
    assert_non_null(values);
    cnn_plan_to_logical(plan, cnn_plan_weights(plan, &floats), values);
    for (int c = 0; c < 3; c++) {
        const double variance = 1 / 12.0 / (deviation[c] * deviation[c]); /* of pixels between 0 and 1 */
        assert_true(fabs(values[9 + c] - (0.9 + 0.1 * variance)) < 0.01 * variance);
    }
    cnn_free(values);
    cnn_plan_free(plan);
    cnn_net_free(net);
}

static void train_step(cnn_trainer *trainer, const float *images, const int32_t *labels, int64_t count) {
    double loss;
    assert_int_equal(cnn_trainer_gradients(trainer, images, labels, count, &loss, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
}

static float *trained_values(const cnn_net *net, int threads) {
    cnn_trainer *trainer;
    cnn_trainer_options options = {
        .batch = 19, .threads = threads, .update = {.optimizer = CNN_OPTIMIZER_ADAMW, .weight_decay = 0.1}};
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
    float *images = net_case_images(net, 19);
    int32_t *labels = net_case_labels(net, 19);
    for (int step = 0; step < 3; step++)
        train_step(trainer, images, labels, step ? 19 : 18);
    cnn_net *after = cnn_net_copy(net, NULL);
    assert_non_null(after);
    assert_int_equal(cnn_trainer_store(trainer, after, NULL), CNN_OK);
    float *values = cnn_allocate((size_t)net->value_count, sizeof *values, "a test", NULL);
    assert_non_null(values);
    memcpy(values, after->values, (size_t)net->value_count * sizeof *values);
    cnn_net_free(after);
    cnn_free(images);
    cnn_free(labels);
    cnn_trainer_free(trainer);
    return values;
}

static void threads_do_not_show_in_the_statistics(void **state) {
    (void)state;
    cnn_net *net = parse("input 2x9x7\nconv 5 3x3\nbatchnorm relu\nflatten\ndense 6\nbatchnorm\ndense 3\n");
    assert_int_equal(cnn_net_initialise(net, 4), CNN_OK);
    float *values = trained_values(net, 1);
    for (int threads = 2; threads <= 3; threads++) {
        float *other = trained_values(net, threads);
        assert_memory_equal(values, other, (size_t)net->value_count * sizeof *values);
        cnn_free(other);
    }
    cnn_free(values);
    cnn_net_free(net);
}

/* A frozen one takes the running statistics, in training too, and passes gradients on by them. */
static void frozen_it_stays_as_it_is(void **state) {
    (void)state;
    cnn_net *net = parse("input 2x9x7\nconv 5 3x3\nbatchnorm relu\nflatten\ndense 3\n");
    fill(net, 5);
    assert_int_equal(cnn_net_freeze(net, "batch_norm*", NULL), CNN_OK);
    float *values = trained_values(net, 2);
    for (int64_t p = 0; p < net->parameter_count; p++) {
        const cnn_parameter *parameter = &net->parameters[p];
        const size_t bytes = (size_t)parameter->elements * sizeof *values;
        const bool same = memcmp(values + parameter->offset, net->values + parameter->offset, bytes) == 0;
        assert_int_equal(same, net->nodes[parameter->node].op == &cnn_op_batch_norm);
    }
    cnn_free(values);
    cnn_net_free(net);
}

static void frozen_it_passes_gradients_on(void **state) {
    (void)state;
    cnn_net *net = parse("input 2x9x7\nconv 5 3x3\nbatchnorm relu\nflatten\ndense 3\n");
    const cnn_update_options update = {0};
    cnn_trainer *trainer;
    float gradients[5 * 2 * 9];
    double loss;
    fill(net, 5);
    assert_int_equal(cnn_net_freeze(net, "batch_norm*", NULL), CNN_OK);
    float *images = net_case_images(net, 4);
    int32_t *labels = net_case_labels(net, 4);
    assert_int_equal(cnn_trainer_new(&trainer, net, &(cnn_trainer_options){.batch = 4}, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_gradients(trainer, images, labels, 4, &loss, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_get_gradient(trainer, "conv_1.weight", gradients, 90, NULL), CNN_OK);
    oracle exact = oracle_new(net, images, 4);
    oracle_run(&exact, 0);
    assert_true(fabs(oracle_loss(&exact, labels, &update) - loss) < 1e-5 * loss);
    double derivatives[5 * 2 * 9];
    for (int64_t k = 0; k < 90; k++)
        derivatives[k] = oracle_derivative(&exact, k, 0, labels, &update);
    assert_true(golden_difference(gradients, derivatives, 90) < 1e-4);
    oracle_free(&exact);
    cnn_trainer_free(trainer);
    cnn_free(images);
    cnn_free(labels);
    cnn_net_free(net);
}

/* Three forward passes in training, then inference: PyTorch's running statistics, and its outputs by them. */
static void statistics_run_as_in_pytorch(void **state) {
    (void)state;
    int64_t count;
    cnn_safetensors file = golden_open("batch_norm.safetensors");
    cnn_net *net = golden_net(&file, "network", "initial");
    float *images = golden_floats(&file, &count, "images");
    const int64_t pixels = cnn_shape_elements(&net->input), batch = count / pixels / 3;
    cnn_plan *plan = plan_of(net, batch, true, 0);
    for (int64_t pass = 0; pass < 3; pass++) {
        cnn_plan_set_images(plan, images + pass * batch * pixels, batch);
        cnn_plan_forward(plan, batch, (uint64_t)pass);
    }
    int64_t floats;
    cnn_plan_to_logical(plan, cnn_plan_weights(plan, &floats), net->values);
    for (int64_t p = 0; p < net->parameter_count; p++) {
        const cnn_parameter *parameter = &net->parameters[p];
        double *expected = golden_values(&file, &count, "after/%s", parameter->name);
        assert_int_equal(count, parameter->elements);
        assert_true(golden_difference(net->values + parameter->offset, expected, count) < 1e-6);
        cnn_free(expected);
    }
    cnn_plan *inference = plan_of(net, batch, false, 0);
    double *expected = golden_values(&file, &count, "outputs");
    cnn_plan_set_images(inference, images, batch);
    assert_true(golden_difference(cnn_plan_forward(inference, batch, 0), expected, count) < 1e-5);
    cnn_free(expected);
    cnn_plan_free(inference);
    cnn_plan_free(plan);
    cnn_free(images);
    cnn_net_free(net);
    cnn_safetensors_free(&file);
}

/* ---- Inference ----------------------------------------------------------------------------------------- */

typedef struct folding {
    const char *text;
    int steps; /* of the plan in inference */
} folding;

static const folding foldings[] = {
    {"input 2x9x7\nconv 5 3x3\nbatchnorm epsilon 0.1 relu\n", 1},
    {"input 4x9x7\nconv 6 3x2 groups 2 nobias\nbatchnorm relu\nconv 6 3x3 groups 6\nbatchnorm\n", 2},
    {"input 16x12x12\nconv 16 3x3 padding 1\nbatchnorm relu\nmaxpool 2x2\nconv 32 3x3\nbatchnorm\n", 2},
    {"input 2x5x4\nflatten\ndense 33\nbatchnorm relu\ndense 5 nobias\nbatchnorm\n", 2},
    /* Not to be folded: behind a ReLU, behind another reader's layer, or with nothing before it. */
    {"input 2x9x7\nconv 5 3x3 relu\nbatchnorm\n", 2},
    {"input 2x9x7\nconv 5 3x3\nbatchnorm\nadd conv_1\n", 3},
    {"input 2x9x7\nbatchnorm relu\nflatten\nbatchnorm\n", 2},
};

static void inference_folds_it_into_the_layer_before(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof foldings / sizeof foldings[0]; i++) {
        cnn_net *net = parse(foldings[i].text);
        fill(net, 21);
        cnn_plan *plan = plan_of(net, 3, false, 1);
        assert_int_equal(cnn_plan_steps(plan), foldings[i].steps);
        assert_true(forward_difference(net, plan, 3, false) < 1e-5);
        fill(net, 22); /* other weights later */
        cnn_plan_load(plan, net->values);
        assert_true(forward_difference(net, plan, 3, false) < 1e-5);
        cnn_plan_free(plan);
        cnn_net_free(net);
    }
}

static void options_out_of_range_are_refused(void **state) {
    (void)state;
    static const struct {
        double epsilon, momentum;
        const char *message;
    } wrong[] = {
        {-1, 0, "layer 1: batchnorm's epsilon must be greater than 0, not -1"},
        {NAN, 0, "layer 1: batchnorm's epsilon must be greater than 0"},
        {0, 1.5, "layer 1: batchnorm's momentum must be above 0 and at most 1, not 1.5"},
        {0, -0.1, "layer 1: batchnorm's momentum must be above 0 and at most 1, not -0.1"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cnn_net *net = cnn_net_new(&(cnn_input_options){1, 4, 4});
        assert_int_equal(cnn_batch_norm(net, .epsilon = wrong[i].epsilon, .momentum = wrong[i].momentum), 0);
        assert_int_equal(strncmp(cnn_net_error(net), wrong[i].message, strlen(wrong[i].message)), 0);
        cnn_net_free(net);
    }
}

static void statistics_are_counted_apart(void **state) {
    (void)state;
    cnn_layer_info info;
    cnn_net *net = parse("input 2x9x7\nconv 5 3x3 nobias\nbatchnorm relu\n");
    assert_int_equal(cnn_net_layer(net, 2, &info, NULL), CNN_OK);
    assert_int_equal(info.parameters, 10);
    assert_int_equal(info.statistics, 10);
    assert_int_equal(cnn_net_parameters(net), 2 * 5 * 9 + 10);
    assert_int_equal(cnn_net_statistics(net), 10);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_as_the_identity),
        cmocka_unit_test(large_means_do_not_hide_the_variance),
        cmocka_unit_test(threads_do_not_show_in_the_statistics),
        cmocka_unit_test(frozen_it_stays_as_it_is),
        cmocka_unit_test(frozen_it_passes_gradients_on),
        cmocka_unit_test(statistics_run_as_in_pytorch),
        cmocka_unit_test(inference_folds_it_into_the_layer_before),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(statistics_are_counted_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
