/* Activations that convolutions apply in inference: the values are those of a plan that keeps all, and which activations are
 * fused so. */
#include "support/cmocka.h"
#include "support/planned_case.h"

enum { LARGEST_BATCH = 5 };

static const planned_case cases[] = {
    {"behind direct sums", "input 6x9x9\nconv 20 1x1\nswish\nconv 24 3x3 stride 2\nhardswish\n", 2},
    {"behind a norm", "input 6x9x9\nconv 20 1x1\nbatchnorm\nsigmoid\nconv 24 1x1\ngelu\n", 2},
    {"with constants", "input 6x9x9\nconv 20 1x1\nleakyrelu 0.3\nconv 24 1x1\nclip -1.5 2\n", 2},
    {"depthwise", "input 20x9x9\nconv 20 3x3 padding 1 groups 20\nswish\n", 1},
    {"groups", "input 8x9x9\nconv 24 3x3 padding 1 groups 4\nswish\n", 1},
    {"a single position", "input 40x3x3\nglobalavgpool\nconv 10 1x1\nswish\nconv 40 1x1\nsigmoid\n", 3},
    {"behind a sum", "input 6x9x9\nconv 20 1x1 name a\nconv 24 1x1\nconv 20 1x1\nadd a\nswish\n", 3},
    {"before a sum", "input 6x9x9\nconv 20 1x1 name a\nconv 24 1x1\nconv 20 1x1\nswish\nadd a\nconv 8 1x1\n",
     5},
    /* Not fused: */
    {"a second one", "input 6x9x9\nconv 20 1x1\nswish\ntanh\n", 2},
    {"a ReLU before", "input 6x9x9\nconv 20 1x1 relu\nswish\n", 2},
    {"a ReLU behind", "input 6x9x9\nconv 20 1x1\nswish\nrelu\n", 2},
    {"a bound behind", "input 6x9x9\nconv 20 1x1\nswish\nclip 0 0.25\n", 2},
    {"a norm behind", "input 6x9x9\nconv 20 1x1\nswish\nbatchnorm\n", 2},
    {"a pooling behind", "input 32x2x2\nconv 512 3x3 padding 1\nswish\nmaxpool 2x2 stride 2\n", 2},
    {"tiles", "input 16x12x12\nconv 16 3x3\nswish\n", 2},
    {"another reader", "input 6x9x9\nconv 20 1x1 name a\nswish\nconcat a\n", 3},
    {"the network's input", "input 6x9x9\nswish\n", 1},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void activations_have_their_values(void **state) {
    (void)state;
    planned_cases_check(cases, CASES, LARGEST_BATCH);
}

static void they_have_the_same_bits(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++)
        planned_case_check_bits(&cases[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_have_their_values),
        cmocka_unit_test(they_have_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
