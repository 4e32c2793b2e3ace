/* Branches that are added up become one convolution in inference: the values are those of a plan that keeps all. */
#include "plan/plan.h"

#include "support/cmocka.h"
#include "support/planned_case.h"

#include <stdlib.h>
#include <string.h>

static const planned_case cases[] = {
    {"two kernels",
     "input 6x9x9\nrelu name x\nconv 24 3x3 padding 1 name a\nconv 24 1x1 from x\nadd a\nrelu\n", 2},
    {"the smaller kernel first",
     "input 6x9x9\nrelu name x\nconv 24 1x1 stride 2 name a\nconv 24 3x3 padding 1 stride 2 from x\nadd "
     "a\nrelu\n",
     2},
    {"norms",
     "input 6x9x9\nconv 16 1x1 name x\nconv 16 3x3 padding 1 nobias\nbatchnorm name a\nconv 16 1x1 nobias "
     "from x\n"
     "batchnorm\nadd a name s\nbatchnorm from x\nadd s\nrelu\n",
     2},
    {"a norm first",
     "input 6x9x9\nconv 16 1x1 name x\nbatchnorm name a\nconv 16 5x5 padding 2 from x\nadd a\n", 2},
    {"depthwise",
     "input 6x9x9\nconv 16 1x1 name x\nconv 16 1x1 groups 16\nbatchnorm name a\nconv 16 3x3 padding 1 groups "
     "16 from x\n"
     "batchnorm\nadd a name s\nconv 16 3x3 padding 1 groups 16 from x\nbatchnorm\nadd s name t\nbatchnorm "
     "from x\nadd t\n"
     "relu\n",
     2},
    {"groups",
     "input 6x9x9\nconv 16 1x1 name x\nconv 16 3x3 padding 1 groups 4 name a\nconv 16 1x1 groups 4 from "
     "x\nbatchnorm\n"
     "add a name s\nbatchnorm from x\nadd s\n",
     2},
    {"one kernel four times",
     "input 6x9x9\nrelu name x\nconv 24 1x1 name a\nconv 24 1x1 from x\nadd a name b\nconv 24 1x1 from "
     "x\nadd b name c\n"
     "conv 24 1x1 from x\nadd c\n",
     2},
    {"a corner of the kernel",
     "input 6x9x9\nrelu name x\nconv 24 3x3 padding 1 name a\nconv 24 2x2 padding 0,0,1,1 from x\nadd a\n",
     2},
    {"wide and tall",
     "input 6x9x9\nrelu name x\nconv 24 3x3 padding 1 name a\nconv 24 1x3 padding 0x1 from x\nadd a name b\n"
     "conv 24 3x1 padding 1x0 from x\nadd b\n",
     2},
    {"Winograd's",
     "input 16x13x13\nrelu name x\nconv 32 3x3 padding 1 name a\nconv 32 1x1 from x\nadd a\nrelu\n", 2},
    {"a pooling behind",
     "input 16x12x12\nrelu name x\nconv 32 3x3 padding 1 name a\nconv 32 1x1 from x\nadd a\nrelu\nmaxpool "
     "2x2 stride 2\n",
     3},
    /* Branches of their own: */
    {"different inputs",
     "input 6x9x9\nrelu name x\ntanh name y\nconv 24 3x3 padding 1 from x name a\nconv 24 1x1 from y\nadd "
     "a\n",
     4},
    {"a ReLU",
     "input 6x9x9\nrelu name x\nconv 24 3x3 padding 1\nrelu name a\nconv 24 1x1 from x\nrelu\nadd a\n", 4},
    {"another reader",
     "input 6x9x9\nrelu name x\nconv 24 3x3 padding 1 name a\nconv 24 1x1 from x name b\nadd a\nconcat b\n",
     5},
    {"dilation",
     "input 6x9x9\nrelu name x\nconv 24 3x3 padding 2 dilation 2 name a\nconv 24 3x3 padding 1 from x\nadd "
     "a\n",
     3},
    {"crossed kernels",
     "input 6x9x9\nrelu name x\nconv 24 1x3 padding 0x1 name a\nconv 24 3x1 padding 1x0 from x\nadd a\n", 3},
    {"groups and none",
     "input 6x9x9\nconv 16 1x1 name x\nconv 16 3x3 padding 1 groups 4 name a\nconv 16 1x1 from x\nadd a\n",
     3},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void branches_have_their_values(void **state) {
    (void)state;
    planned_cases_check(cases, CASES, 3);
}

/* Values that are loaded again replace those that a step's weights contained. */
static void branches_are_loaded_anew(void **state) {
    (void)state;
    cnn_net *net = planned_net(cases[2].text);
    const cnn_plan_options options = {.batch = 1, .threads = 1};
    const size_t bytes = (size_t)planned_elements(net) * sizeof(float);
    float *images = planned_images(net, 1), *before = malloc(bytes);
    cnn_plan *plan;
    assert_int_equal(cnn_plan_new(&plan, net, &options, NULL), CNN_OK);
    cnn_plan_set_images(plan, images, 1);
    memcpy(before, cnn_plan_forward(plan, 1, 0), bytes);
    cnn_plan_load(plan, net->values);
    assert_memory_equal(before, cnn_plan_forward(plan, 1, 0), bytes);
    cnn_plan_free(plan);
    free(images);
    free(before);
    cnn_net_free(net);
}

/* Gradients are those of the layers. */
static void training_keeps_branches(void **state) {
    (void)state;
    cnn_net *net = planned_net(cases[0].text);
    cnn_plan *plan;
    const cnn_plan_options options = {.batch = 2, .threads = 1, .training = true};
    assert_int_equal(cnn_plan_new(&plan, net, &options, NULL), CNN_OK);
    assert_int_equal(cnn_plan_steps(plan), 4);
    cnn_plan_free(plan);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_have_their_values),
        cmocka_unit_test(branches_are_loaded_anew),
        cmocka_unit_test(training_keeps_branches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
