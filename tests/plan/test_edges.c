/* Convolutions that read the image itself, in inference: bit for bit what a plan for training sums up from a padded copy. */
#include "plan/plan.h"

#include "support/cmocka.h"
#include "support/planned_case.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 3 };

static const char *const convolutions[] = {
    "input 5x15x15\nconv 32 3x3 padding 1\nrelu\n",
    "input 3x33x27\nconv 48 7x7 padding 3 stride 2\nrelu\n",
    "input 8x28x25\nconv 32 3x3 padding 1 stride 2\nclip 0 0.5\n",
    "input 8x16x13\nconv 16 5x5 padding 4 dilation 2\n",
    "input 6x13x13\nconv 32 3x3 padding 12 dilation 12\n", /* taps far beside the image */
    "input 6x11x12\nconv 32 3x3 padding 4\nrelu\n",        /* positions that meet no tap at all */
    "input 6x13x14\nconv 32 1x1 padding 1\n",
    "input 6x1x160\nconv 32 1x5 padding 0x2\n",
    "input 6x460x1\nconv 32 5x1 padding 2x0 stride 3\n",
    "input 6x2x2\nconv 32 5x5 padding 8\n", /* a kernel larger than the image */
    "input 6x14x14\nconv 32 4x3 padding 0,1,2,0\n",
    "input 9x14x14\nconv 64 3x3 padding 1 nobias\nbatchnorm\n",
    "input 6x9x9\nconv 32 3x3 padding 1\n",   /* few positions: a copy */
    "input 6x15x15\nconv 5 3x3 padding 1\n",  /* few outputs: likewise */
    "input 6x15x15\nconv 20 3x3 padding 1\n", /* in its last block */
};
enum { CONVOLUTIONS = sizeof convolutions / sizeof convolutions[0] };

static void check(const char *text, int64_t batch) {
    cnn_net *net = planned_net(text);
    const size_t count = (size_t)(batch * planned_elements(net));
    int steps;
    const bool has_norm = strstr(text, "batchnorm"); /* folded in inference */
    float *expected =
        planned_run(net, (cnn_plan_options){.batch = batch, .threads = 1, .training = !has_norm}, &steps);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        float *found = planned_run(net, (cnn_plan_options){.batch = batch, .threads = threads}, &steps);
        for (size_t i = 0; i < count; i++)
            if (found[i] != expected[i])
                fail_msg("%s%d threads: value %zu is %g instead of %g", text, threads, i, (double)found[i],
                         (double)expected[i]);
        free(found);
    }
    free(expected);
    cnn_net_free(net);
}

static void sums_are_those_from_a_padded_copy(void **state) {
    (void)state;
    for (int i = 0; i < CONVOLUTIONS; i++) {
        check(convolutions[i], 1);
        check(convolutions[i], 2);
    }
}

/* No copy, no memory for one. */
static void an_image_has_no_copy(void **state) {
    (void)state;
    cnn_net *net = planned_net("input 16x64x64\nconv 16 3x3 padding 1 stride 2\n");
    const cnn_plan_options inference = {.batch = 1, .threads = 1};
    const int64_t maps = (16 * 64 * 64 + 16 * 32 * 32) * (int64_t)sizeof(float);
    cnn_plan_size size;
    assert_int_equal(cnn_plan_measure(net, &inference, &size, NULL), CNN_OK);
    if (size.bytes >= maps + 128 * 1024)
        fail_msg("%d bytes, %d of them maps", (int)size.bytes, (int)maps); /* a copy would take 272 KiB */
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_from_a_padded_copy),
        cmocka_unit_test(an_image_has_no_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
