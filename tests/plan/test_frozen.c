/* A frozen layer between others: its own gradients are left out, the others' are what they were. */
#include "base/memory.h"
#include "base/random.h"
#include "plan/internal.h"
#include "support/cmocka.h"

#include <stdio.h>
#include <string.h>

enum { BATCH = 5 };

static void draw(cnn_random *random, int64_t count, float *values) {
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(2 * cnn_random_uniform(random) - 1);
}

/* The gradients of all parameters, for cnn_free. */
static float *gradients_of(const cnn_net *net, int threads) {
    cnn_plan *plan;
    cnn_error error;
    const cnn_plan_options options = {.batch = BATCH, .threads = threads, .training = true};
    if (cnn_plan_new(&plan, net, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    cnn_random random;
    cnn_random_seed(&random, 7);
    draw(&random, BATCH * cnn_shape_elements(&net->input), cnn_plan_input(plan));
    cnn_plan_forward(plan, BATCH, 0);
    draw(&random, BATCH * cnn_plan_outputs(plan), cnn_plan_output_gradient(plan));
    cnn_plan_backward(plan, BATCH, 0);
    float *gradients = cnn_allocate((size_t)net->value_count, sizeof *gradients, "a test", NULL);
    int64_t floats;
    const float *found = cnn_plan_gradients(plan, &floats);
    cnn_plan_to_logical(plan, found, gradients);
    cnn_plan_free(plan);
    return gradients;
}

static bool all_zero(const float *values, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (values[i] != 0)
            return false;
    return true;
}

static void check_layer_between(const char *layer, int threads) {
    char text[256];
    snprintf(text, sizeof text, "input 3x12x12\nconv 4 3x3 padding 1\n%s\nconv 5 3x3\nflatten\ndense 4\n",
             layer);
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, "text", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    float *whole = gradients_of(net, threads);
    cnn_net_freeze(net, net->nodes[net->parameters[2].node].name, NULL);
    float *held = gradients_of(net, threads);
    for (int64_t i = 0; i < net->parameter_count; i++) {
        const cnn_parameter *p = &net->parameters[i];
        const bool frozen = net->nodes[p->node].frozen;
        assert_int_equal(frozen, i == 2 || i == 3);
        assert_false(all_zero(whole + p->offset, p->elements));
        if (frozen)
            assert_true(all_zero(held + p->offset, p->elements));
        else
            assert_memory_equal(held + p->offset, whole + p->offset, (size_t)p->elements * sizeof *held);
    }
    cnn_free(whole);
    cnn_free(held);
    cnn_net_free(net);
}

static void frozen_layers_leave_their_gradients_out(void **state) {
    (void)state;
    static const char *const layers[] = {
        "conv 6 3x3 relu",              /* Winograd */
        "conv 6 5x5 stride 2",          /* direct */
        "conv 4 3x3 groups 4",          /* depthwise */
        "conv 6 3x3 relu\nmaxpool 2x2", /* straight out of the pooled gradient */
        "convtranspose 6 3x3 stride 2",
    };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        for (int threads = 1; threads <= 2; threads++)
            check_layer_between(layers[i], threads);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(frozen_layers_leave_their_gradients_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
