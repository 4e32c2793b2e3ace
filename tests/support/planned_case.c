#define _GNU_SOURCE
#include "support/planned_case.h"

#include "support/cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 3 };

cnn_net *planned_net(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, "a test", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    for (int64_t i = 0; i < net->value_count; i++) /* biases, means and deviations that are not 0 and 1 */
        net->values[i] += 0.1F * (float)(i % 7);
    return net;
}

int64_t planned_elements(const cnn_net *net) {
    return cnn_shape_elements(&net->nodes[net->node_count - 1].output);
}

float *planned_images(const cnn_net *net, int64_t batch) {
    const int64_t count = batch * cnn_shape_elements(&net->input);
    float *images = malloc((size_t)count * sizeof *images);
    for (int64_t i = 0; i < count; i++)
        images[i] = sinf(0.3F * (float)i);
    return images;
}

float *planned_run(const cnn_net *net, cnn_plan_options options, int *steps) {
    cnn_plan *plan;
    cnn_error error;
    float *images = planned_images(net, options.batch);
    const size_t bytes = (size_t)(options.batch * planned_elements(net)) * sizeof(float);
    float *copy = malloc(bytes);
    if (cnn_plan_new(&plan, net, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    cnn_plan_set_images(plan, images, options.batch);
    memcpy(copy, cnn_plan_forward(plan, options.batch, 0), bytes);
    *steps = cnn_plan_steps(plan);
    cnn_plan_free(plan);
    free(images);
    return copy;
}

static void is_close(const planned_case *c, int64_t count, const float *found, const float *expected,
                     float tolerance) {
    float largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(expected[i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabsf(found[i] - expected[i]) <= tolerance * largest))
            fail_msg("%s: %g instead of %g", c->name, (double)found[i], (double)expected[i]);
}

/* The same bits as of one thread. */
static void check_threads(const cnn_net *net, int64_t batch, const float *alone) {
    int steps;
    for (int threads = 2; threads <= MOST_THREADS; threads++) {
        float *together = planned_run(net, (cnn_plan_options){.batch = batch, .threads = threads}, &steps);
        assert_memory_equal(together, alone, (size_t)(batch * planned_elements(net)) * sizeof *alone);
        free(together);
    }
}

void planned_case_check(const planned_case *c, int64_t batch) {
    cnn_net *net = planned_net(c->text);
    const int64_t count = batch * planned_elements(net);
    cnn_plan_options options = {.batch = batch, .threads = 1};
    int steps;
    float *alone = planned_run(net, options, &steps);
    if (batch == 1 && steps != c->steps)
        fail_msg("%s: %d steps", c->name, steps);
    options.keep = true;
    float *expected = planned_run(net, options, &steps);
    is_close(c, count, alone, expected, 1e-5F);
    options.keep = false;
    options.precision = CNN_PRECISION_BF16;
    float *half = planned_run(net, options, &steps);
    is_close(c, count, half, expected, 0.02F);
    check_threads(net, batch, alone);
    free(expected);
    free(alone);
    free(half);
    cnn_net_free(net);
}

void planned_cases_check(const planned_case *cases, int count, int64_t largest_batch) {
    for (int i = 0; i < count; i++)
        for (int64_t batch = 1; batch <= largest_batch; batch += 2)
            planned_case_check(&cases[i], batch);
}

void planned_case_check_bits(const planned_case *c) {
    if (strstr(c->text, "batchnorm"))
        return;
    int steps;
    setenv("CNN_WINOGRAD", "0", 1);
    cnn_net *net = planned_net(c->text);
    float *expected = planned_run(net, (cnn_plan_options){.batch = 1, .threads = 1, .keep = true}, &steps);
    float *found = planned_run(net, (cnn_plan_options){.batch = 1, .threads = 1}, &steps);
    if (memcmp(found, expected, (size_t)planned_elements(net) * sizeof *found) != 0)
        fail_msg("%s: other bits", c->name);
    free(expected);
    free(found);
    cnn_net_free(net);
    unsetenv("CNN_WINOGRAD");
}
