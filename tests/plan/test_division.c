/* One image on several threads: they share every step, and the result is the same bit for bit. The sizes are
 * those at which steps are cut by rows, by rows of tiles, by filters, or not at all. */
#include "base/memory.h"
#include "base/random.h"
#include "plan/internal.h"
#include "plan/random_net.h"
#include "support/cmocka.h"

#include <string.h>

enum { MAX_THREADS = 5 };

typedef struct division_case {
    const char *name, *text;
    int64_t least_parts; /* on five threads */
} division_case;

/* least_parts of the first step. */
static const division_case cases[] = {
    {"rows", "input 3x40x36\nconv 20 5x5 stride 2 padding 2 relu\n", 5},
    {"filters", "input 48x9x9\nconv 100 3x3 stride 2 padding 1 relu\n", 3},
    {"few filters", "input 3x9x9\nconv 8 3x3 stride 2\n", 0},
    {"groups", "input 8x30x30\nconv 16 3x3 padding 1 groups 4 relu\n", 5},
    {"depthwise", "input 20x30x30\nconv 20 3x3 padding 1 groups 20 relu\n", 5},
    {"depthwise channels", "input 100x7x7\nconv 100 3x3 padding 1 groups 100 relu\n", 3},
    {"rows of a small map", "input 48x14x14\nconv 100 1x1 relu\n", 5},
    {"filters of a small map", "input 200x14x14\nconv 200 1x1 relu\n", 5},
    {"filters of few rows", "input 48x7x7\nconv 100 1x1 relu\n", 3},
    {"activated rows", "input 3x40x36\nconv 20 5x5 stride 2 padding 2\nswish\n", 5},
    {"activated filters", "input 48x9x9\nconv 100 3x3 stride 2 padding 1\nswish\n", 3},
    {"activated channels", "input 100x7x7\nconv 100 3x3 padding 1 groups 100\nswish\n", 3},
    {"rows of tiles", "input 16x33x30\nconv 32 3x3 padding 1 relu\n", 5},
    {"bands of tiles", "input 16x83x90\nconv 32 3x3 padding 1 relu\n", 5},
    {"pooled bands of tiles", "input 16x84x90\nconv 32 3x3 padding 1 relu\nmaxpool 2x2 stride 2\n", 5},
    {"filters of tiles", "input 32x14x14\nconv 128 3x3 padding 1 relu\n", 4},
    {"pooled rows of tiles", "input 16x34x30\nconv 32 3x3 padding 1 relu\nmaxpool 2x2 stride 2\n", 5},
    {"pooled filters of tiles", "input 32x14x14\nconv 128 3x3 padding 1 relu\nmaxpool 2x2 stride 2\n", 4},
    {"elements",
     "input 4x9x9\nrelu name a\ntanh\nadd a\nconcat a\nbatchnorm relu name b\nglobalavgpool\nmul "
     "b\nflatten\ndense "
     "7\n",
     5},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* The layer in question comes second, so that somebody wants the gradient of its input; least_parts of its backward. */
static const division_case training_cases[] = {
    {"rows and taps", "input 3x40x36\nconv 20 3x3 padding 1\nconv 24 5x5 stride 2 padding 2 relu\n", 5},
    {"gaps", "input 3x40x36\nconv 20 3x3 padding 1\nconv 40 1x1 stride 2\n", 5},
    {"channels and outputs", "input 3x16x16\nconv 150 3x3 padding 1\nconv 100 3x3 stride 2 padding 1 relu\n",
     4},
    {"groups", "input 3x30x30\nconv 24 3x3\nconv 30 3x3 padding 1 groups 6 relu\n", 5},
    {"depthwise", "input 3x30x30\nconv 100 3x3\nconv 100 3x3 padding 1 groups 100 relu\n", 5},
    {"depthwise with stride", "input 3x30x30\nconv 70 3x3\nconv 70 5x5 stride 2 groups 70\n", 5},
    {"tiles", "input 3x33x30\nconv 48 3x3\nconv 32 3x3 padding 1 relu\n", 5},
    {"bands", "input 3x83x90\nconv 32 3x3 padding 1\nconv 32 3x3 padding 1 relu\n", 5},
    {"pooled bands",
     "input 3x84x90\nconv 32 3x3 padding 1\nconv 32 3x3 padding 1 relu\nmaxpool 2x2 stride 2\n", 2},
    {"few tiles", "input 3x10x10\nconv 128 3x3 padding 1\nconv 128 3x3 padding 1\n", 4},
    {"very few tiles", "input 3x6x6\nconv 128 3x3 padding 1\nconv 128 3x3 padding 1\n", 4},
    {"pooled", "input 3x34x30\nconv 32 3x3\nconv 32 3x3 padding 1 relu\nmaxpool 2x2 stride 2\n", 2},
    {"two readers", "input 3x20x20\nconv 32 3x3 padding 1\nrelu name a\nconv 32 3x3 padding 1\nadd a\n", 5},
};
enum { TRAINING_CASES = sizeof training_cases / sizeof training_cases[0] };

static cnn_net *build(const char *text) {
    cnn_net *net;
    cnn_error error;
    cnn_random random;
    if (cnn_net_parse(&net, text, "a test", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_make_values(net, NULL), CNN_OK);
    cnn_random_seed(&random, 7);
    for (int64_t i = 0; i < net->value_count; i++)
        net->values[i] = (float)(0.5 + cnn_random_uniform(&random)); /* variances are positive */
    return net;
}

static cnn_plan *plan_of_one(const cnn_net *net, int threads, bool training) {
    return plan_of(net, (cnn_plan_options){.batch = 1, .threads = threads, .training = training});
}

static const float *outputs_of(cnn_plan *plan, const cnn_net *net, int64_t *count) {
    random_fill(cnn_plan_input(plan), cnn_shape_elements(&net->input), 8);
    *count = cnn_plan_outputs(plan);
    return cnn_plan_forward(plan, 1, 0);
}

/* Twice: what the first run leaves behind must not show. */
static const float *gradients_of(cnn_plan *plan, const cnn_net *net, int64_t *count) {
    for (int run = 0; run < 2; run++) {
        outputs_of(plan, net, count);
        random_fill(cnn_plan_output_gradient(plan), cnn_plan_outputs(plan), 9);
        cnn_plan_backward(plan, 1, 0);
    }
    return cnn_plan_gradients(plan, count);
}

static int64_t parts_of(const cnn_plan *plan, bool training) {
    return training ? plan->segments[1].backward_parts : plan->segments[0].parts;
}

static void check_case(const division_case *c, bool training) {
    int64_t count;
    const float *(*const results_of)(cnn_plan *, const cnn_net *, int64_t *) =
        training ? gradients_of : outputs_of;
    cnn_net *net = build(c->text);
    cnn_plan *whole = plan_of_one(net, 1, training);
    const float *expected = results_of(whole, net, &count);
    for (int threads = 2; threads <= MAX_THREADS; threads++) {
        cnn_plan *divided = plan_of_one(net, threads, training);
        if (memcmp(expected, results_of(divided, net, &count), (size_t)count * sizeof *expected))
            fail_msg("%s: %d threads give something else than one", c->name, threads);
        if (threads == MAX_THREADS && parts_of(divided, training) < c->least_parts)
            fail_msg("%s: %d parts", c->name, (int)parts_of(divided, training));
        cnn_plan_free(divided);
    }
    cnn_plan_free(whole);
    cnn_net_free(net);
}

static void threads_share_an_image(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++)
        check_case(&cases[i], false);
}

static void threads_share_the_gradients_of_an_image(void **state) {
    (void)state;
    for (int i = 0; i < TRAINING_CASES; i++)
        check_case(&training_cases[i], true);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_share_an_image),
                                       cmocka_unit_test(threads_share_the_gradients_of_an_image)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
