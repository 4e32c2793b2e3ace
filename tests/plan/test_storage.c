/* Values that are stored in bfloat16 between the steps of a plan for inference: which they are, that between direct sums no bit of the
 * outputs tells, and what memory they take. */
#define _GNU_SOURCE
#include "plan/internal.h"
#include "plan/random_net.h"
#include "support/cmocka.h"
#include "support/planned_case.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NODES = 16 };

/* ---- The same bits ------------------------------------------------------------------------------------------ */

/* Values that convolutions and dense layers alone would round, and poolings between them. */
static const char *const chains[] = {
    "input 3x17x15\nconv 32 3x3 padding 1 relu\nmaxpool 3x3 stride 2 padding 1\nconv 48 1x1\n"
    "conv 64 3x3 groups 2 stride 2 padding 1\nclip 0 0.7\nconv 6 1x1\nconv 33 1x1\nconv 40 1x1\nflatten\n"
    "dense 10\n",
    "input 4x12x13\nconv 24 1x1\nconv 24 3x3 groups 24 padding 1\nrelu\nconv 26 1x1\ntanh\n"
    "conv 26 5x5 groups 13 stride 2 padding 2\nconv 20 3x3\nglobalmaxpool\nflatten\ndense 8\n",
    "input 64x2x2\nconv 256 3x3 padding 1 relu\nconv 288 3x3 padding 1\nconv 512 3x3 stride 2 padding 1\n"
    "flatten\ndense 9 relu\n",
};

/* The network's outputs where every layer's value is asked for, and therefore float. */
static float *run_in_float(const cnn_net *net, cnn_plan_options options) {
    int nodes[MAX_NODES], steps;
    assert_true(net->node_count <= MAX_NODES);
    for (int i = 0; i < net->node_count; i++)
        nodes[i] = i;
    options.outputs = nodes;
    options.output_count = (int)net->node_count;
    return planned_run(net, options, &steps);
}

static int stored_values(const cnn_net *net, cnn_plan_options options) {
    cnn_plan *plan = plan_of(net, options);
    int count = 0;
    for (int i = 0; i <= net->node_count; i++)
        count += plan->values[i].data.pairs;
    cnn_plan_free(plan);
    return count;
}

static void between_direct_sums_no_bit_changes(void **state) {
    (void)state;
    setenv("CNN_WINOGRAD", "0", 1);
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++)
        for (int64_t batch = 1; batch <= 31; batch += 30) {
            cnn_net *net = planned_net(chains[i]);
            cnn_plan_options options = {.batch = batch, .threads = 1, .precision = CNN_PRECISION_BF16};
            int steps;
            assert_true(stored_values(net, options) >= 2);
            float *plain = run_in_float(net, options);
            options.threads = batch == 1 ? 3 : 1; /* which share the image */
            float *stored = planned_run(net, options, &steps);
            assert_memory_equal(stored, plain, (size_t)(batch * planned_elements(net)) * sizeof *plain);
            free(stored);
            free(plain);
            cnn_net_free(net);
        }
}

/* ---- Which ---------------------------------------------------------------------------------------------------- */

/* A letter for each step: whether its output is stored as pairs or as floats. */
typedef struct storage_case {
    const char *text, *stored;
} storage_case;

static const storage_case storages[] = {
    /* Convolutions of all kinds, and maxima between them; the network's output. */
    {"input 3x20x20\nconv 32 3x3 padding 1\nmaxpool 2x2\nconv 32 3x3 padding 1\nconv 48 1x1\nconv 8 3x3\n",
     "ppppf"},
    {"input 64x2x2\nconv 256 3x3 padding 1\nconv 512 3x3 stride 2 padding 1\nflatten\ndense 8\n", "ppf"},
    /* Pairs of numbers would lie across two pixels or two groups. */
    {"input 3x9x9\nconv 15 3x3\nconv 6 3x3 groups 3\nconv 6 3x3 groups 2\nconv 4 1x1\n", "ffff"},
    /* Depthwise convolutions write, but do not read them. */
    {"input 3x9x9\nconv 16 1x1\nconv 16 3x3 groups 16\nconv 8 1x1\n", "fpf"},
    /* The other part of a sum, where a convolution forms it. */
    {"input 3x9x9\nconv 16 1x1 name a\nconv 16 3x3 padding 1 relu\nconv 16 1x1\nadd a\nrelu\nconv 8 1x1\n",
     "pppf"},
    {"input 3x9x9\nconv 16 1x1 name a\nconv 16 3x3 padding 1 relu\nadd a\nrelu\nconv 8 1x1\n", "ffff"},
    /* All readers have to agree, and maxima for floats are of floats. */
    {"input 3x9x9\nconv 16 1x1\nconv 8 1x1\ntanh\n", "pff"},
    {"input 3x9x9\nconv 16 1x1 name a\nconv 16 3x3 padding 1\nconcat a\nconv 8 1x1\n", "ffff"},
    {"input 3x9x9\nconv 16 1x1\nmaxpool 2x2\ntanh\n", "fff"},
};

static void assert_stored(const char *text, const cnn_plan *plan, const char *stored) {
    char found[MAX_NODES + 1] = "";
    for (int i = 0; i < plan->step_count; i++)
        found[i] = plan->steps[i].step.output.pairs ? 'p' : 'f';
    if (strcmp(found, stored) != 0)
        fail_msg("%s is stored as %s, expected %s", text, found, stored);
}

static void values_are_stored_so_where_all_steps_can(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof storages / sizeof storages[0]; i++)
        for (int64_t batch = 1; batch <= 4; batch += 3) {
            cnn_net *net = planned_net(storages[i].text);
            cnn_plan *plan =
                plan_of(net, (cnn_plan_options){.batch = batch, .precision = CNN_PRECISION_BF16});
            assert_stored(storages[i].text, plan, storages[i].stored);
            cnn_plan_free(plan);
            cnn_net_free(net);
        }
}

static void nothing_is_in_float32(void **state) {
    (void)state;
    cnn_net *net = planned_net(storages[0].text);
    cnn_plan *plan = plan_of(net, (cnn_plan_options){.batch = 2});
    assert_stored(storages[0].text, plan, "fffff");
    cnn_plan_free(plan);
    cnn_net_free(net);
}

/* A value that is asked for is a float, and can be read. */
static void values_for_the_caller_are_floats(void **state) {
    (void)state;
    cnn_net *net = planned_net(storages[0].text);
    cnn_plan *plan = plan_of(
        net, (cnn_plan_options){
                 .batch = 1, .precision = CNN_PRECISION_BF16, .outputs = (int[]){2}, .output_count = 1});
    assert_stored(storages[0].text, plan, "ppfpf");
    cnn_plan_free(plan);
    cnn_net_free(net);
}

/* ---- How much --------------------------------------------------------------------------------------------- */

static const char *const wide = "input 2x40x40\nconv 64 1x1\nconv 64 1x1\nconv 2 1x1\n";

static void they_take_half_the_memory(void **state) {
    (void)state;
    cnn_net *net = planned_net(wide);
    cnn_plan_size size[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            cnn_plan_measure(net,
                             &(cnn_plan_options){.batch = 1,
                                                 .threads = 1,
                                                 .precision = i ? CNN_PRECISION_BF16 : CNN_PRECISION_FLOAT32},
                             &size[i], NULL),
            CNN_OK);
    const int64_t map = 64 * 40 * 40 * (int64_t)sizeof(float), few = 5 * 2 * 40 * 40 * (int64_t)sizeof(float);
    assert_true(size[0].bytes > 2 * map && size[0].bytes < 2 * map + 65536 + few);
    assert_true(size[1].bytes > map && size[1].bytes < map + 65536 + few);
    cnn_net_free(net);
}

static void the_bytes_of_a_step_are_those_that_are_moved(void **state) {
    (void)state;
    cnn_net *net = planned_net(wide);
    cnn_plan *plan = plan_of(net, (cnn_plan_options){.batch = 2, .precision = CNN_PRECISION_BF16});
    cnn_layer_time layer;
    cnn_plan_describe_step(plan, 1, &layer);
    const double weights = 64 * 64 * 2, biases = 64 * 4, map = 64 * 40 * 40 * 2;
    assert_true(layer.forward_bytes == 2 * map + (weights + biases) / 2);
    assert_int_equal(layer.stored, CNN_PRECISION_BF16);
    cnn_plan_describe_step(plan, 2, &layer);
    assert_true(layer.forward_bytes == map + 2 * 40 * 40 * 4 + (double)(64 * 2 * 2 + 2 * 4) / 2);
    assert_int_equal(layer.stored, CNN_PRECISION_FLOAT32);
    cnn_plan_free(plan);
    cnn_net_free(net);
}

static int with_winograd(void **state) {
    (void)state;
    return unsetenv("CNN_WINOGRAD");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(between_direct_sums_no_bit_changes, with_winograd),
        cmocka_unit_test(values_are_stored_so_where_all_steps_can),
        cmocka_unit_test(nothing_is_in_float32),
        cmocka_unit_test(values_for_the_caller_are_floats),
        cmocka_unit_test(they_take_half_the_memory),
        cmocka_unit_test(the_bytes_of_a_step_are_those_that_are_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
