/* Sums that convolutions form in inference: the values are those of a plan that keeps all, and which sums are formed so. */
#include "plan/plan.h"

#include "support/cmocka.h"
#include "support/planned_case.h"

#include <stdlib.h>

enum { LARGEST_BATCH = 5 };

static const planned_case cases[] = {
    {"direct",
     "input 6x9x9\nconv 20 1x1\nrelu name a\nconv 24 1x1\nconv 20 1x1\nadd a\nrelu\nglobalavgpool\n", 4},
    {"few outputs", "input 40x9x9\nconv 3 1x1\nrelu name a\nconv 40 1x1\nconv 3 1x1\nadd a\nrelu\n", 3},
    {"a single position", "input 40x1x1\nconv 20 1x1 name a\nconv 40 1x1 relu\nconv 20 1x1\nadd a\nrelu\n",
     3},
    {"tiles",
     "input 16x13x14\nconv 32 3x3 padding 1 name a\nconv 48 1x1\nconv 32 3x3 padding 1\nbatchnorm\n"
     "add a\nrelu\n",
     3},
    {"strides and groups",
     "input 8x12x12\nconv 32 3x3 padding 1 stride 2 name a\nconv 16 1x1\nconv 32 3x3 padding 1 groups 4\nadd "
     "a\n",
     3},
    {"the later one adds",
     "input 4x12x12\nrelu name x\nconv 24 3x3 padding 1\nbatchnorm name a\ntanh from x\nconv 24 "
     "1x1\nbatchnorm\n"
     "add a\nrelu\n",
     4},
    {"one after another",
     "input 4x12x12\nconv 24 1x1\nrelu name a\nconv 16 1x1\nconv 24 3x3 padding 1\nadd a\nrelu name b\n"
     "conv 16 1x1 relu\nconv 24 3x3 padding 1\nadd b\nrelu name c\nconv 16 1x1\nconv 24 1x1\nadd c\n",
     7},
    {"over the batch",
     "input 8x7x7\nconv 256 1x1 name a\nconv 16 1x1\nconv 256 1x1\nconv 256 3x3 padding 1\nadd a\nrelu\n", 4},
    {"few pixels", "input 8x2x2\nconv 512 1x1 name a\nconv 16 1x1\nconv 512 3x3 padding 1\nadd a\nrelu\n", 3},
    {"a bound", "input 4x12x12\nconv 24 1x1 name a\nconv 16 1x1\nconv 24 3x3 padding 1\nadd a\nclip 0 0.5\n",
     3},
    /* Not formed by the convolution: */
    {"its own input", "input 4x12x12\nconv 24 1x1 name a\nconv 24 3x3 padding 1\nadd a\n", 3},
    {"the network's input", "input 24x12x12\nconv 16 1x1\nconv 24 3x3 padding 1\nadd input\n", 3},
    {"a ReLU between", "input 4x12x12\nconv 24 1x1 name a\nconv 16 1x1\nconv 24 3x3 padding 1 relu\nadd a\n",
     4},
    {"depthwise", "input 4x12x12\nconv 24 1x1 name a\nconv 24 1x1\nconv 24 3x3 padding 1 groups 24\nadd a\n",
     4},
    {"a later reader",
     "input 4x12x12\nconv 24 1x1 name a\nconv 16 1x1\nconv 24 3x3 padding 1\nadd a\nconv 24 1x1\nconcat a\n",
     6},
    {"another reader",
     "input 4x12x12\nconv 24 1x1 name a\nconv 16 1x1\nconv 24 3x3 padding 1 name b\nadd a\nconcat b\n", 5},
    {"three", "input 4x12x12\nconv 24 1x1 name a\nconv 24 1x1 name b\nconv 24 3x3 padding 1\nadd a b\n", 4},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void sums_have_their_values(void **state) {
    (void)state;
    planned_cases_check(cases, CASES, LARGEST_BATCH);
}

static void direct_sums_have_the_same_bits(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++)
        planned_case_check_bits(&cases[i]);
}

/* What a caller asks for is not added to. */
static void asked_for_values_stay(void **state) {
    (void)state;
    cnn_net *net =
        planned_net("input 4x12x12\nconv 24 1x1 name a\nconv 16 1x1\nconv 24 3x3 padding 1\nadd a\nrelu\n");
    const int first = 0;
    cnn_plan *plan;
    float *images = planned_images(net, 1);
    const cnn_plan_options options = {.batch = 1, .threads = 1, .outputs = &first, .output_count = 1};
    assert_int_equal(cnn_plan_new(&plan, net, &options, NULL), CNN_OK);
    assert_int_equal(cnn_plan_steps(plan), 4);
    cnn_plan_set_images(plan, images, 1);
    cnn_plan_forward(plan, 1, 0);
    cnn_plan_free(plan);
    free(images);
    cnn_net_free(net);
}

/* A layer's account names the sum, and what it reads. */
static void a_sum_is_described(void **state) {
    (void)state;
    cnn_net *net =
        planned_net("input 4x12x12\nconv 24 1x1 name a\nconv 16 1x1\nconv 24 3x3 padding 1 name b\nadd "
                    "a name s\nrelu name r\n");
    cnn_plan *plan;
    cnn_layer_time layer;
    const cnn_plan_options options = {.batch = 1, .threads = 1};
    assert_int_equal(cnn_plan_new(&plan, net, &options, NULL), CNN_OK);
    cnn_plan_describe_step(plan, 2, &layer);
    assert_string_equal(layer.layers, "b + s + r");
    const double map = 24 * 12 * 12, read = 16 * 12 * 12, weights = 16 * 24 * 9 + 24;
    assert_float_equal(layer.forward_bytes, 4 * (read + 2 * map + weights), 0.5);
    cnn_plan_describe_step(plan, 0, &layer);
    assert_string_equal(layer.layers, "a");
    cnn_plan_free(plan);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_have_their_values),
        cmocka_unit_test(direct_sums_have_the_same_bits),
        cmocka_unit_test(asked_for_values_stay),
        cmocka_unit_test(a_sum_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
