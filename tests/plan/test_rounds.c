/* The rounds of batch normalisation in training: whether an image goes through them as soon as its neighbours in the network have it, or
 * all images of the batch one round after the other, shows in no bit. */
#include "plan/internal.h"
#include "plan/random_net.h"
#include "support/cmocka.h"
#include "support/planned_case.h"

#include <string.h>

enum { BATCH = 32, MAX_NODES = 20 };

/* Convolutions image by image with a bias and without, depthwise, over the batch by Winograd's algorithm and by direct sums; a sum, and
 * a pooling, that a norm reads; a norm that two layers read; one behind a dense layer. */
static const char *const texts[] = {
    "input 3x13x11\nconv 8 3x3 padding 1\nbatchnorm relu\n"
    "conv 8 3x3 padding 1 groups 8 nobias\nbatchnorm\nclip 0 6 name a\n"
    "conv 8 1x1 nobias\nbatchnorm\nadd a\nbatchnorm relu\nmaxpool 2x2\nbatchnorm\n"
    "flatten\ndense 9 nobias\nbatchnorm relu\ndense 4\n",
    "input 96x7x7\nbatchnorm\nconv 112 3x3 padding 1 nobias\nbatchnorm relu\n"
    "conv 112 3x3 padding 1\nbatchnorm\nrelu\nconv 144 3x3 padding 1\n",
    "input 112x2x2\nconv 144 3x3 padding 1 nobias\nbatchnorm\nrelu\n"
    "conv 144 3x3 padding 1 nobias\nbatchnorm\n"};
enum { TEXTS = sizeof texts / sizeof texts[0] };

/* `apart`: each round for the whole batch before the next begins. What a caller may read is in memory for all images; and no
 * segment goes through a round of another. */
static cnn_plan *plan_with(const cnn_net *net, int threads, bool apart) {
    int all[MAX_NODES];
    assert_true(net->node_count <= MAX_NODES);
    for (int i = 0; i < net->node_count; i++)
        all[i] = i;
    const cnn_plan_options options = {.batch = BATCH,
                                      .threads = threads,
                                      .training = true,
                                      .outputs = all,
                                      .output_count = apart ? net->node_count : 0};
    cnn_plan *plan = plan_of(net, options);
    for (int s = 0; apart && s < plan->segment_count; s++)
        plan->segments[s].then = plan->segments[s].then_backward = -1;
    return plan;
}

static void run(cnn_plan *plan, const cnn_net *net, int64_t count) {
    random_fill(cnn_plan_input(plan), count * cnn_shape_elements(&net->input), 1);
    cnn_plan_forward(plan, count, 0);
    random_fill(cnn_plan_output_gradient(plan), count * cnn_plan_outputs(plan), 2);
    cnn_plan_backward(plan, count, 0);
}

static void assert_same(const cnn_plan *a, const cnn_plan *b, float *(*values)(const cnn_plan *, int64_t *)) {
    int64_t count;
    const float *expected = values(a, &count);
    assert_memory_equal(expected, values(b, &count), (size_t)count * sizeof *expected);
}

/* What every number of images, in slices of one or several, gives on one thread, few, and more than there are slices. */
static void check(const cnn_net *net, cnn_plan *apart, int threads) {
    static const int64_t counts[] = {1, 8, 12, 16, 19, BATCH};
    cnn_plan *plan = plan_with(net, threads, false);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        cnn_plan_load(apart, net->values);
        cnn_plan_load(plan, net->values);
        run(apart, net, counts[i]);
        run(plan, net, counts[i]);
        assert_same(apart, plan, cnn_plan_gradients);
        assert_same(apart, plan, cnn_plan_weights); /* running statistics */
    }
    cnn_plan_free(plan);
}

static void rounds_that_are_put_off_change_no_bit(void **state) {
    (void)state;
    for (int text = 0; text < TEXTS; text++) {
        cnn_net *net = planned_net(texts[text]);
        cnn_plan *apart = plan_with(net, 1, true);
        check(net, apart, 1);
        check(net, apart, 3);
        check(net, apart, 20);
        cnn_plan_free(apart);
        cnn_net_free(net);
    }
}

/* So that the test above tests something: how many values and gradients are late, how many segments go through a round
 * of the step behind them, and of that before them. */
static void rounds_are_put_off(void **state) {
    (void)state;
    static const int expected[TEXTS][4] = {{3, 5, 5, 3}, {3, 1, 0, 0}, {1, 2, 0, 0}};
    for (int text = 0; text < TEXTS; text++) {
        cnn_net *net = planned_net(texts[text]);
        cnn_plan *plan = plan_with(net, 1, false);
        int late = 0, gradients = 0, then = 0, then_backward = 0;
        for (int i = 0; i <= net->node_count; i++) {
            late += plan->values[i].is_late;
            gradients += plan->values[i].gradient_is_late;
        }
        for (int s = 0; s < plan->segment_count; s++) {
            then += plan->segments[s].then >= 0;
            then_backward += plan->segments[s].then_backward >= 0;
        }
        const int found[4] = {late, gradients, then, then_backward};
        assert_memory_equal(found, expected[text], sizeof found);
        cnn_plan_free(plan);
        cnn_net_free(net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_that_are_put_off_change_no_bit),
        cmocka_unit_test(rounds_are_put_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
