/* Normalisations that join the concatenation before them in inference: the values are those of a plan that keeps all, and which do
 * so. */
#include "support/cmocka.h"
#include "support/planned_case.h"

#include <stdlib.h>

enum { LARGEST_BATCH = 5 };

#define TWO_MAPS "input 6x9x9\nconv 20 1x1 name a\nconv 13 3x3 padding 1\n"

static const planned_case cases[] = {
    {"two maps", TWO_MAPS "concat a\nbatchnorm\nconv 8 1x1\n", 4},
    {"with a ReLU", TWO_MAPS "concat a\nbatchnorm\nrelu\nconv 8 1x1\n", 4},
    {"with a bound", TWO_MAPS "concat a\nbatchnorm\nclip 0 2\nconv 8 1x1\n", 4},
    {"at the end", TWO_MAPS "concat a\nbatchnorm\n", 3},
    {"dense blocks",
     "input 6x9x9\nconv 20 1x1 name a\nbatchnorm\nrelu\nconv 12 3x3 padding 1 name b\nconcat "
     "a\nbatchnorm\nrelu\n"
     "conv 12 3x3 padding 1 name c\nconcat a b\nbatchnorm\nrelu\nconv 8 1x1\n",
     7},
    {"many positions", "input 3x40x40\nconv 600 1x1 name a\nconv 8 1x1\nconcat a\nbatchnorm\nrelu\n", 3},
    {"more channels than go at once", "input 3x4x4\nconv 5000 1x1 name a\nconv 8 1x1\nconcat a\nbatchnorm\n",
     3},
    /* Not joined: */
    {"another reader", TWO_MAPS "concat a name c\nbatchnorm\nadd c\n", 5},
    {"a ReLU before", TWO_MAPS "concat a\nrelu\nbatchnorm\n", 4},
    {"vectors", "input 20x1x1\nflatten\ndense 9 name a\ndense 7\nconcat a\nbatchnorm\n", 4},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void joined_norms_have_their_values(void **state) {
    (void)state;
    planned_cases_check(cases, CASES, LARGEST_BATCH);
}

static int last_concatenation(const cnn_net *net) {
    int node = (int)net->node_count - 1;
    while (net->nodes[node].op != &cnn_op_concat)
        node--;
    return node;
}

/* As where the concatenation is wanted, too, and stays a step of its own. */
static void they_have_the_bits_of_two_steps(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++) {
        cnn_net *net = planned_net(cases[i].text);
        const int wanted = last_concatenation(net);
        int steps;
        float *joined = planned_run(net, (cnn_plan_options){.batch = 2, .threads = 1}, &steps);
        float *apart = planned_run(
            net, (cnn_plan_options){.batch = 2, .threads = 1, .outputs = &wanted, .output_count = 1}, &steps);
        assert_memory_equal(joined, apart, (size_t)(2 * planned_elements(net)) * sizeof *joined);
        free(apart);
        free(joined);
        cnn_net_free(net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined_norms_have_their_values),
        cmocka_unit_test(they_have_the_bits_of_two_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
