/* Weights of classes in a whole training. */
#include "data/dataset.h"
#include "support/cmocka.h"
#include "support/small_training.h"

#include <math.h>
#include <string.h>

/* 40, 25, 25 and 10 images of the classes. */
static cnn_data *unbalanced_data(void) {
    cnn_data *data = small_data(100);
    int changed = 0;
    for (int64_t i = 0; changed < 15; i++)
        if (data->labels[i] == 3) {
            data->labels[i] = 0;
            changed++;
        }
    return data;
}

static cnn_net *train_with(const cnn_train_options *options) {
    cnn_data *data = unbalanced_data();
    cnn_net *net = small_net();
    train_expecting(CNN_OK, net, data, options, NULL);
    cnn_data_free(data);
    return net;
}

static bool have_equal_biases(const cnn_net *a, const cnn_net *b) {
    float left[6], right[6];
    assert_int_equal(cnn_net_get_parameter(a, "conv_1.bias", left, 6, NULL), CNN_OK);
    assert_int_equal(cnn_net_get_parameter(b, "conv_1.bias", right, 6, NULL), CNN_OK);
    return memcmp(left, right, sizeof left) == 0;
}

static void balanced_means_images_by_classes_times_images(void **state) {
    (void)state;
    static const float weights[] = {100.0f / (4 * 40), 1, 1, 100.0f / (4 * 10)};
    cnn_train_options balanced = small_options(), given = balanced, none = balanced;
    balanced.balance_classes = true;
    given.class_weights = weights;
    given.class_weight_count = 4;
    cnn_net *a = train_with(&balanced), *b = train_with(&given), *c = train_with(&none);
    assert_same_parameters(a, b);
    assert_false(have_equal_biases(a, c));
    cnn_net_free(a);
    cnn_net_free(b);
    cnn_net_free(c);
}

/* Of the images that train, not of those held out. */
static void what_is_held_out_does_not_count(void **state) {
    (void)state;
    static const float weights[] = {80.0f / (4 * 32), 1, 1, 80.0f / (4 * 8)};
    cnn_train_options balanced = small_options(), given;
    balanced.validation = 0.2;
    given = balanced;
    balanced.balance_classes = true;
    given.class_weights = weights;
    given.class_weight_count = 4;
    cnn_net *a = train_with(&balanced), *b = train_with(&given);
    assert_same_parameters(a, b);
    cnn_net_free(a);
    cnn_net_free(b);
}

static void wrong_weights_are_refused(void **state) {
    (void)state;
    static const float negative[] = {1, 1, -2, 1}, nothing[4], endless[] = {1, INFINITY, 1, 1};
    static const struct {
        const float *weights;
        int64_t count;
        bool balance;
        const char *message;
    } cases[] = {
        {negative, 4, false, "the weight of class \"2\" must be a number of at least 0, not -2"},
        {endless, 4, false, "the weight of class \"1\" must be a number of at least 0, not inf"},
        {nothing, 4, false, "all class_weights are 0"},
        {negative, 3, false, "3 class_weights, but the data have 4 classes"},
        {negative, 4, true, "balance_classes and class_weights cannot be used together"},
    };
    cnn_data *data = unbalanced_data();
    cnn_net *net = small_net();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_error error;
        cnn_train_options options = small_options();
        options.class_weights = cases[i].weights;
        options.class_weight_count = cases[i].count;
        options.balance_classes = cases[i].balance;
        train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
        if (!strstr(error.message, cases[i].message))
            fail_msg("no '%s' in '%s'", cases[i].message, error.message);
    }
    cnn_net_free(net);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balanced_means_images_by_classes_times_images),
        cmocka_unit_test(what_is_held_out_does_not_count),
        cmocka_unit_test(wrong_weights_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
