/* The range test of the learning rate. */
#include "support/cmocka.h"
#include "support/small_training.h"

#include <math.h>
#include <string.h>

enum { IMAGES = 100 };

static cnn_rate_curve find(const cnn_net *net, const cnn_rate_range *range, int threads) {
    cnn_data *data = small_data(IMAGES);
    cnn_train_options options = small_options();
    options.threads = threads;
    options.validation = 0.2;
    cnn_rate_curve curve;
    assert_int_equal(cnn_train_find_rate(net, data, &options, range, &curve, NULL), CNN_OK);
    cnn_data_free(data);
    return curve;
}

/* Rates rise by the same factor; the suggestion is a tenth of that with the least loss, and no weight has moved. */
static void rates_rise_and_one_is_suggested(void **state) {
    (void)state;
    cnn_net *net = small_net(), *before = small_net();
    cnn_rate_curve curve = find(net, NULL, 2), again = find(net, NULL, 1);
    assert_in_range(curve.count, 10, 100);
    assert_float_equal(curve.points[0].rate, 1e-5, 1e-12);
    int64_t least = 0;
    for (int64_t i = 1; i < curve.count; i++) {
        assert_float_equal(curve.points[i].rate / curve.points[i - 1].rate, pow(1e6, 1 / 99.0), 1e-9);
        least = curve.points[i].smoothed < curve.points[least].smoothed ? i : least;
    }
    assert_true(least > 0);
    assert_float_equal(curve.suggestion, curve.points[least].rate / 10, 1e-12);
    assert_float_equal(curve.points[0].smoothed, curve.points[0].loss, 1e-9);
    assert_int_equal(again.count, curve.count);
    assert_memory_equal(again.points, curve.points, (size_t)curve.count * sizeof *curve.points);
    assert_same_parameters(net, before);
    cnn_rate_curve_free(&curve);
    cnn_rate_curve_free(&again);
    cnn_net_free(net);
    cnn_net_free(before);
}

/* Rates that are far too large end the trial, which is no failure. */
static void a_lost_training_ends_the_trial(void **state) {
    (void)state;
    cnn_net *net = small_net();
    cnn_rate_curve curve = find(net, &(cnn_rate_range){.least = 1e-3, .most = 1e9, .updates = 200}, 2);
    assert_in_range(curve.count, 10, 199);
    cnn_rate_curve_free(&curve);
    cnn_net_free(net);
}

static void refuses(const cnn_rate_range *range, const char *message) {
    cnn_error error;
    cnn_rate_curve curve;
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net();
    assert_int_equal(cnn_train_find_rate(net, data, NULL, range, &curve, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, message));
    cnn_net_free(net);
    cnn_data_free(data);
}

static void ranges_that_are_none(void **state) {
    (void)state;
    refuses(&(cnn_rate_range){.least = 1, .most = 0.1}, "the rates must rise from a number above 0");
    refuses(&(cnn_rate_range){.least = -1}, "the rates must rise");
    refuses(&(cnn_rate_range){.updates = 3}, "updates must be 10 to 100000, not 3");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_rise_and_one_is_suggested),
        cmocka_unit_test(a_lost_training_ends_the_trial),
        cmocka_unit_test(ranges_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
