/* Shared parameters and connections of the lab, against the deck's numbers and against brute force. */
#include "lab/lab_layers.h"
#include "cnn_lab.h"

#include "base/memory.h"
#include "lab/experiment.h"
#include "support/cmocka.h"

#include <string.h>

static cnn_net *net_of(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, NULL, &error) != CNN_OK)
        fail_msg("%s: %s", text, error.message);
    return net;
}

static cnn_lab geometry_of(const cnn_net *net) {
    cnn_lab lab = {0};
    cnn_error error;
    const cnn_lab_options options = {.net = net};
    cnn_experiment experiment = {.options = &options, .lab = &lab};
    if (cnn_experiment_geometry(&experiment, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return lab;
}

/* (3 x 3 x 1 + 1) x 32; 26 x 26 x 32 outputs with 10 numbers each; (784 + 1) x 21,632. */
static void the_decks_numbers_come_out(void **state) {
    (void)state;
    cnn_net *net;
    assert_int_equal(cnn_net_open(&net, "basic", NULL, NULL), CNN_OK);
    cnn_lab lab = geometry_of(net);
    const cnn_lab_layer *conv = layer_of(&lab, "conv_1"), *second = layer_of(&lab, "conv_2");
    assert_int_equal(conv->parameters, 320);
    assert_int_equal(conv->unshared_parameters, 216320);
    assert_int_equal(conv->dense_parameters, 16981120);
    assert_int_equal(conv->value_connections, 9);
    assert_int_equal(conv->inputs, 784);
    assert_int_equal(second->value_connections, 9 * 32);
    assert_int_equal(second->connections, (int64_t)24 * 24 * 64 * 9 * 32);
    assert_int_equal(layer_of(&lab, "fc_1")->connections, 9216 * 128);
    assert_int_equal(layer_of(&lab, "relu_1")->connections, 0);
    assert_int_equal(second->field.rows, 5);
    assert_int_equal(layer_of(&lab, "max_pool_1")->field.rows, 6);
    cnn_lab_free(&lab);
    cnn_net_free(net);
}

/* ---- Brute force -------------------------------------------------------------------------------------- */

static void run(cnn_inspector *inspector, const float *image, const char *layer, float *values,
                int64_t count) {
    assert_int_equal(cnn_inspector_run(inspector, image, 1, NULL), CNN_OK);
    assert_int_equal(cnn_inspector_output(inspector, layer, values, count, NULL), CNN_OK);
}

/* How many outputs change with each input, one input after the other made very bright; and the most inputs that change one
 * output. */
static void count_by_force(const cnn_net *net, const char *layer, int64_t outputs, int64_t *all,
                           int64_t *most) {
    float image[200] = {0}, before[400], after[400];
    int64_t changes[400] = {0};
    const int64_t inputs = cnn_shape_elements(&net->input);
    cnn_inspector *inspector;
    assert_true(inputs <= 200 && outputs <= 400);
    assert_int_equal(cnn_inspector_new(&inspector, net, NULL, NULL), CNN_OK);
    run(inspector, image, layer, before, outputs);
    *all = *most = 0;
    for (int64_t i = 0; i < inputs; i++) {
        image[i] = 1000;
        run(inspector, image, layer, after, outputs);
        image[i] = 0;
        for (int64_t k = 0; k < outputs; k++)
            changes[k] += after[k] != before[k];
    }
    for (int64_t k = 0; k < outputs; k++) {
        *all += changes[k];
        *most = changes[k] > *most ? changes[k] : *most;
    }
    cnn_inspector_free(inspector);
}

static void connections_are_those_that_change_something(void **state) {
    (void)state;
    static const char *const texts[] = {
        "input 2x6x5\nconv 3 3x3 name layer\nflatten\ndense 2",
        "input 2x7x6\nconv 4 3x2 stride 2 padding 1 name layer\nflatten\ndense 2",
        "input 4x6x6\nconv 4 3x3 dilation 2 padding 2 groups 2 name layer\nflatten\ndense 2",
        "input 2x4x4\nconvtranspose 3 3x3 stride 2 padding 1 name layer\nflatten\ndense 2",
        "input 2x6x6\nmaxpool 3x3 stride 2 padding 1 name layer\nflatten\ndense 2",
        "input 2x6x6\nmaxpool 2x2 name layer\nflatten\ndense 2",
        "input 3x4x4\nglobalavgpool name layer\nflatten\ndense 2",
        "input 1x4x4\nflatten\ndense 5 name layer",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cnn_net *net = net_of(texts[i]);
        assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
        cnn_lab lab = geometry_of(net);
        const cnn_lab_layer *layer = layer_of(&lab, "layer");
        const int64_t outputs = layer->possible / layer->inputs;
        int64_t all, most;
        count_by_force(net, "layer", outputs, &all, &most);
        if (layer->connections != all || layer->value_connections != most)
            fail_msg("%s: %d connections, %d of a value; by force %d and %d", texts[i],
                     (int)layer->connections, (int)layer->value_connections, (int)all, (int)most);
        cnn_lab_free(&lab);
        cnn_net_free(net);
    }
}

static void an_unshared_layer_has_a_weight_for_each_connection(void **state) {
    (void)state;
    cnn_net *net = net_of("input 1x4x4\nconv 2 3x3 padding 1 name with\nconv 2 3x3 nobias name without\n"
                          "flatten\ndense 2");
    cnn_lab lab = geometry_of(net);
    const cnn_lab_layer *with = layer_of(&lab, "with"), *without = layer_of(&lab, "without");
    assert_int_equal(with->connections, 2 * (4 * 4 + 8 * 6 + 4 * 9)); /* corners, edges, interior */
    assert_int_equal(with->unshared_parameters, with->connections + 2 * 16);
    assert_int_equal(with->dense_parameters, 16 * 32 + 32);
    assert_int_equal(without->unshared_parameters, 2 * 4 * 9 * 2);
    assert_int_equal(without->dense_parameters, 32 * 8);
    cnn_lab_free(&lab);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_decks_numbers_come_out),
        cmocka_unit_test(connections_are_those_that_change_something),
        cmocka_unit_test(an_unshared_layer_has_a_weight_for_each_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
