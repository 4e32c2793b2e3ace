/* What a network's outputs mean, and class probabilities from each kind of them. */
#include "support/cmocka.h"

#include <cnn.h>

#include <math.h>
#include <string.h>

static cnn_net *parse(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, "test", &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

static void assert_kind(const char *text, cnn_output_kind kind, int64_t classes) {
    cnn_net *net = parse(text);
    if (cnn_net_output_kind(net) != kind)
        fail_msg("%s: kind %d, not %d", text, (int)cnn_net_output_kind(net), (int)kind);
    assert_int_equal(cnn_net_classes(net), classes);
    cnn_net_free(net);
}

static void the_last_layer_says_what_the_outputs_are(void **state) {
    (void)state;
    assert_kind("input 1x2x2\nflatten\ndense 3\n", CNN_OUTPUT_LOGITS, 3);
    assert_kind("input 1x2x2\nconv 3 2x2\nrelu\nglobalavgpool\n", CNN_OUTPUT_LOGITS, 3);
    assert_kind("input 1x2x2\nflatten\ndense 3\nsoftmax\n", CNN_OUTPUT_PROBABILITIES, 3);
    assert_kind("input 1x2x2\nflatten\ndense 3\nlogsoftmax\n", CNN_OUTPUT_LOG_PROBABILITIES, 3);
    assert_kind("input 1x2x2\nflatten\ndense 1\nsigmoid\n", CNN_OUTPUT_BINARY, 2);
    assert_kind("input 1x2x2\nflatten\ndense 3\nsigmoid\n", CNN_OUTPUT_SIGMOIDS, 3);
}

static void layers_that_leave_values_as_they_are_do_not_count(void **state) {
    (void)state;
    assert_kind("input 1x2x2\nconv 3 2x2\nsoftmax\nflatten\n", CNN_OUTPUT_PROBABILITIES, 3);
    assert_kind("input 1x2x2\nconv 1 2x2\nsigmoid\nflatten\n", CNN_OUTPUT_BINARY, 2);
    assert_kind("input 1x2x2\nflatten\ndense 3\ndropout 0.5\n", CNN_OUTPUT_LOGITS, 3);
    assert_kind("input 1x2x2\nflatten\ndense 3\nsoftmax\ndroppath\n", CNN_OUTPUT_PROBABILITIES, 3);
}

static void what_is_no_score_of_classes(void **state) {
    (void)state;
    assert_kind("input 1x2x2\nflatten\ndense 3\ntanh\n", CNN_OUTPUT_VALUES, 3);
    assert_kind("input 1x2x2\nflatten\ndense 3 relu\n", CNN_OUTPUT_VALUES, 3);
    assert_kind("input 1x2x2\nflatten\ndense 1\n", CNN_OUTPUT_VALUES, 1);
    assert_kind("input 1x4x4\nconv 3 3x3\nsoftmax\n", CNN_OUTPUT_VALUES, 12);
    assert_kind("input 1x4x4\nconv 1 3x3\nsigmoid\n", CNN_OUTPUT_VALUES, 4);
}

static void assert_probabilities(const char *text, const float *outputs, const double *expected) {
    cnn_net *net = parse(text);
    float made[6];
    assert_int_equal(cnn_net_probabilities(net, outputs, 2, made, NULL), CNN_OK);
    for (int64_t i = 0; i < 2 * cnn_net_classes(net); i++)
        assert_true(fabs((double)made[i] - expected[i]) < 1e-6);
    cnn_net_free(net);
}

static void probabilities_of_each_kind(void **state) {
    (void)state;
    const double third = 1.0 / 3, a = 0.6590011, b = 0.2424330, c = 0.0985659;
    const double expected[] = {a, b, c, third, third, third};
    assert_probabilities("input 1x2x2\nflatten\ndense 3\n", (const float[]){2, 1, 0.1f, 300, 300, 300},
                         expected);
    assert_probabilities(
        "input 1x2x2\nflatten\ndense 3\nlogsoftmax\n",
        (const float[]){-0.4170300f, -1.4170300f, -2.3170300f, -1.0986123f, -1.0986123f, -1.0986123f},
        expected);
    assert_probabilities("input 1x2x2\nflatten\ndense 3\nsoftmax\n",
                         (const float[]){0.6590011f, 0.2424330f, 0.0985659f, 1 / 3.0f, 1 / 3.0f, 1 / 3.0f},
                         expected);
    assert_probabilities("input 1x2x2\nflatten\ndense 1\nsigmoid\n", (const float[]){0.25f, 1},
                         (const double[]){0.75, 0.25, 0, 1});
    cnn_net *net = parse("input 1x2x2\nflatten\ndense 3\ntanh\n");
    cnn_error error;
    float made[3];
    assert_int_equal(cnn_net_probabilities(net, made, 1, made, &error), CNN_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "tanh"));
    cnn_net_free(net);
}

static void a_binary_classifier_has_two_class_names(void **state) {
    (void)state;
    cnn_net *net = parse("input 1x2x2\nflatten\ndense 1\nsigmoid\n");
    assert_int_equal(cnn_net_set_classes(net, (const char *const[]){"cat"}, 1, NULL), CNN_ERROR_ARGUMENT);
    assert_int_equal(cnn_net_set_classes(net, (const char *const[]){"cat", "dog"}, 2, NULL), CNN_OK);
    assert_string_equal(cnn_net_class(net, 1), "dog");
    assert_null(cnn_net_class(net, 2));
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_layer_says_what_the_outputs_are),
        cmocka_unit_test(layers_that_leave_values_as_they_are_do_not_count),
        cmocka_unit_test(what_is_no_score_of_classes),
        cmocka_unit_test(probabilities_of_each_kind),
        cmocka_unit_test(a_binary_classifier_has_two_class_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
