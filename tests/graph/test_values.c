#define _GNU_SOURCE
/* The memory of parameters: taken when one is written, zeros until then. */
#include "graph/net.h"
#include "support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static cnn_net *parsed(void) {
    cnn_net *net;
    assert_int_equal(
        cnn_net_parse(&net, "input 1x2x2\nflatten\ndense 2 name a\ndense 2 name b\n", NULL, NULL), CNN_OK);
    assert_int_equal(net->value_count, 10 + 6);
    return net;
}

static void a_network_that_is_described_has_none(void **state) {
    (void)state;
    cnn_net *net = parsed();
    float values[6] = {1, 1, 1, 1, 1, 1};
    cnn_memory memory;
    char *text = cnn_net_text(net);
    assert_int_equal(cnn_net_memory(net, 4, NULL, 1, &memory, NULL), CNN_OK);
    assert_int_equal(cnn_net_get_parameter(net, "b.bias", values, 2, NULL), CNN_OK);
    assert_true(values[0] == 0 && values[1] == 0);
    assert_int_equal(cnn_net_check_finite(net, NULL), CNN_OK);
    assert_int_equal(cnn_net_freeze(net, "a", NULL), CNN_OK);
    assert_null(net->values);
    cnn_free(text);
    cnn_net_free(net);
}

static void one_that_is_written_brings_all(void **state) {
    (void)state;
    cnn_net *net = parsed();
    const float written[2] = {3, 4};
    float values[8] = {1};
    assert_int_equal(cnn_net_set_parameter(net, "b.bias", written, 2, NULL), CNN_OK);
    assert_non_null(net->values);
    assert_int_equal(cnn_net_get_parameter(net, "a.weight", values, 8, NULL), CNN_OK);
    for (int i = 0; i < 8; i++)
        assert_true(values[i] == 0);
    /* a layer that is added now finds the others' values where they were, and its own are zero */
    assert_int_equal(cnn_dense(net, .units = 9, .name = "c"), 4);
    float more[18];
    assert_int_equal(cnn_net_get_parameter(net, "b.bias", values, 2, NULL), CNN_OK);
    assert_int_equal(cnn_net_get_parameter(net, "c.weight", more, 18, NULL), CNN_OK);
    assert_true(values[0] == 3 && values[1] == 4 && more[0] == 0 && more[17] == 0);
    cnn_net_free(net);
}

static void zeros_predict_and_are_saved(void **state) {
    (void)state;
    cnn_net *net = parsed(), *read;
    const float image[4] = {1, 2, 3, 4};
    float outputs[2] = {1, 1};
    bool trained;
    char path[] = "/tmp/test_values_XXXXXX.safetensors";
    cnn_predictor *predictor;
    assert_int_equal(cnn_predictor_new(&predictor, net, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_predictor_run(predictor, image, 1, outputs, NULL), CNN_OK);
    assert_true(outputs[0] == 0 && outputs[1] == 0);
    cnn_predictor_free(predictor);
    const int file = mkstemps(path, 12);
    assert_true(file >= 0 && close(file) == 0);
    assert_int_equal(cnn_net_save(net, path, NULL), CNN_OK);
    assert_int_equal(cnn_net_open(&read, path, &trained, NULL), CNN_OK);
    assert_true(trained && read->values && read->values[15] == 0);
    assert_null(net->values);
    remove(path);
    cnn_net_free(read);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_that_is_described_has_none),
        cmocka_unit_test(one_that_is_written_brings_all),
        cmocka_unit_test(zeros_predict_and_are_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
