#include "support/odd_model.h"

#include "support/cmocka.h"

#include <string.h>

const char odd_model_text[] = "input 2x13x9\n"
                              "conv 4 3x2 stride 2x1 padding 1,0,2,1 dilation 1x2 nobias name first relu\n"
                              "conv 4 3x3 padding 1 groups 2\n"
                              "batchnorm epsilon 0.25 momentum 0.01\n"
                              "add first conv_2\n"
                              "maxpool 3x2 stride 2x1 padding 1,0,0,1\n"
                              "conv 4 2x2 stride 2x1 padding 0,0,0,1 name side from relu_1\n"
                              "softmax\n"
                              "add max_pool_1 name joined relu\n"
                              "concat joined max_pool_1 side\n"
                              "conv 2 2x1 padding 1x0 name odd.name/with-signs\n"
                              "avgpool 2x3 stride 1 countpad\n"
                              "avgpool 2x2 padding 1,0,0,1\n"
                              "dropout 0.3\n"
                              "flatten\n"
                              "dense 5 nobias name head relu\n"
                              "dense 3\n"
                              "softmax\n";

cnn_net *odd_model(void) {
    static const float mean[2] = {0.25f, 0.1f}, deviation[2] = {0.3f, 1.7f};
    static const char *const classes[3] = {"cat", "Hündchen \"Rex\"", ""};
    cnn_net *net;
    cnn_error error = {0};
    if (cnn_net_parse(&net, odd_model_text, "odd_model_text", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_initialise(net, 7), CNN_OK);
    for (int64_t i = 0; i < net->value_count; i++)
        net->values[i] += 0.01f; /* biases, too */
    assert_int_equal(cnn_net_set_normalisation(net, mean, deviation, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_classes(net, classes, 3, NULL), CNN_OK);
    return net;
}

/* Bit for bit; a network without memory of values has zeros. */
static void assert_same_values(const cnn_net *a, const cnn_net *b) {
    cnn_net *copies[2] = {cnn_net_copy(a, NULL), cnn_net_copy(b, NULL)};
    assert_true(copies[0] && copies[1]);
    if (a->value_count)
        assert_memory_equal(copies[0]->values, copies[1]->values, (size_t)a->value_count * sizeof(float));
    cnn_net_free(copies[0]);
    cnn_net_free(copies[1]);
}

void assert_same_net(const cnn_net *a, const cnn_net *b) {
    const size_t channels = (size_t)a->input.dim[0];
    assert_true(cnn_net_same_layers(a, b));
    for (int64_t i = 0; i < a->node_count; i++)
        assert_string_equal(a->nodes[i].name, b->nodes[i].name);
    assert_int_equal(a->value_count, b->value_count);
    assert_same_values(a, b);
    assert_memory_equal(a->mean, b->mean, channels * sizeof *a->mean);
    assert_memory_equal(a->deviation, b->deviation, channels * sizeof *a->deviation);
    assert_int_equal(a->pixels, b->pixels);
    assert_int_equal(a->preprocessing.bgr, b->preprocessing.bgr);
    assert_int_equal(a->preprocessing.resize, b->preprocessing.resize);
    assert_int_equal(a->preprocessing.invert, b->preprocessing.invert);
    assert_int_equal(a->preprocessing.centre, b->preprocessing.centre);
    assert_int_equal(a->preprocessing.background, b->preprocessing.background);
    assert_int_equal(a->class_count, b->class_count);
    for (int64_t i = 0; i < a->class_count; i++)
        assert_string_equal(a->classes[i], b->classes[i]);
}
