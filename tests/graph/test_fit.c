/* Networks that are not trained, built anew for the images and classes of some data. */
#include "graph/net.h"
#include "support/cmocka.h"

#include <string.h>

static cnn_net *parse(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, "test", &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

/* The fitted network must be the one that `expected` describes. */
static void assert_fitted(const char *text, const cnn_input_options *input, int64_t classes,
                          const char *expected) {
    cnn_net *net = parse(text), *other = parse(expected);
    cnn_error error;
    if (cnn_net_fit(net, input, classes, &error) != CNN_OK)
        fail_msg("%s", error.message);
    if (!cnn_net_same_layers(net, other)) {
        char *made = cnn_net_text(net);
        fail_msg("made %s instead of %s", made, expected);
    }
    cnn_net_free(net);
    cnn_net_free(other);
}

static void assert_refused(const char *text, const cnn_input_options *input, int64_t classes,
                           cnn_status status, const char *part, const char *other_part) {
    cnn_net *net = parse(text);
    char *before = cnn_net_text(net);
    cnn_error error = {0};
    assert_int_equal(cnn_net_fit(net, input, classes, &error), status);
    if (!strstr(error.message, part) || !strstr(error.message, other_part))
        fail_msg("\"%s\" should hold \"%s\" and \"%s\"", error.message, part, other_part);
    char *after = cnn_net_text(net);
    assert_string_equal(after, before);
    cnn_free(before);
    cnn_free(after);
    cnn_net_free(net);
}

static void input_and_classes_of_the_data(void **state) {
    (void)state;
    assert_fitted("input 1x28x28\nconv 4 3x3 relu\nmaxpool 2x2\nflatten\ndense 10\nsoftmax\n",
                  &(cnn_input_options){.channels = 3, .height = 48, .width = 64}, 12,
                  "input 3x48x64\nconv 4 3x3 relu\nmaxpool 2x2\nflatten\ndense 12 softmax\n");
}

static void what_is_zero_stays(void **state) {
    (void)state;
    static const char text[] = "input 1x28x20\nflatten\ndense 10\n";
    assert_fitted(text, &(cnn_input_options){.channels = 3}, 0, "input 3x28x20\nflatten\ndense 10\n");
    assert_fitted(text, &(cnn_input_options){.width = 5}, 0, "input 1x28x5\nflatten\ndense 10\n");
    assert_fitted(text, NULL, 7, "input 1x28x20\nflatten\ndense 7\n");
    assert_fitted(text, NULL, 0, text);
}

/* Neither a normalisation nor a pooling behind the last weights hides them. */
static void the_last_weights_are_the_head(void **state) {
    (void)state;
    assert_fitted("input 1x4x4\nflatten\ndense 10\nbatchnorm\nsoftmax\n", NULL, 3,
                  "input 1x4x4\nflatten\ndense 3\nbatchnorm softmax\n");
    assert_fitted("input 1x4x4\nconv 10 1x1\nglobalavgpool\nsoftmax\n", NULL, 3,
                  "input 1x4x4\nconv 3 1x1\nglobalavgpool softmax\n");
}

static void one_sigmoid_stays_for_two_classes(void **state) {
    (void)state;
    static const char text[] = "input 1x4x4\nflatten\ndense 1 sigmoid\n";
    assert_fitted(text, NULL, 2, text);
    assert_refused(text, NULL, 3, CNN_ERROR_UNSUPPORTED, "distinguishes two classes, not 3",
                   "dense 3 and softmax");
}

static void the_least_size_is_named(void **state) {
    (void)state;
    static const char text[] =
        "input 1x28x28\nconv 4 5x5 relu\nmaxpool 2x2\nconv 4 5x5 name deep\nflatten\ndense 10\n";
    assert_refused(text, &(cnn_input_options){.height = 12, .width = 28}, 0, CNN_ERROR_SHAPE,
                   "at deep: ", "the smallest size that fits is 14x14");
    assert_fitted(text, &(cnn_input_options){.height = 14, .width = 14}, 0,
                  "input 1x14x14\nconv 4 5x5 relu\nmaxpool 2x2\nconv 4 5x5 name deep\nflatten\ndense 10\n");
}

static void what_is_no_classifier(void **state) {
    (void)state;
    assert_refused("input 1x4x4\nconv 2 1x1\n", NULL, 3, CNN_ERROR_UNSUPPORTED, "conv_1", "not a classifier");
    assert_refused("input 1x4x4\nflatten\nsoftmax\n", NULL, 3, CNN_ERROR_UNSUPPORTED, "no dense layer",
                   "3 outputs");
    assert_refused("input 1x4x4\nflatten\ndense 4\n", NULL, 1, CNN_ERROR_ARGUMENT, "at least 2 classes",
                   "not 1");
    assert_refused("input 1x4x4\nflatten\ndense 4\n", &(cnn_input_options){.height = -1}, 0,
                   CNN_ERROR_ARGUMENT, "input must be", "1x-1x4");
}

static void a_network_that_fits_is_left_alone(void **state) {
    (void)state;
    cnn_net *net = parse("input 1x4x4\nflatten\ndense 4\n");
    assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    const float before = net->values[5];
    assert_true(before != 0);
    const cnn_input_options input = {1, 4, 4};
    assert_int_equal(cnn_net_fit(net, &input, 4, NULL), CNN_OK);
    assert_true(net->values[5] == before);
    cnn_net_free(net);
}

static void built_in_networks_take_photographs(void **state) {
    (void)state;
    for (const char *const *name = cnn_builtin_models(); *name; name++) {
        cnn_net *net;
        const cnn_input_options input = {3, 64, 64};
        int64_t shape[3];
        assert_int_equal(cnn_net_open(&net, *name, NULL, NULL), CNN_OK);
        assert_int_equal(cnn_net_fit(net, &input, 12, NULL), CNN_OK);
        cnn_net_input(net, shape);
        assert_memory_equal(shape, ((int64_t[]){3, 64, 64}), sizeof shape);
        assert_int_equal(cnn_net_classes(net), 12);
        cnn_net_free(net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_and_classes_of_the_data),
        cmocka_unit_test(what_is_zero_stays),
        cmocka_unit_test(the_last_weights_are_the_head),
        cmocka_unit_test(one_sigmoid_stays_for_two_classes),
        cmocka_unit_test(the_least_size_is_named),
        cmocka_unit_test(what_is_no_classifier),
        cmocka_unit_test(a_network_that_fits_is_left_alone),
        cmocka_unit_test(built_in_networks_take_photographs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
