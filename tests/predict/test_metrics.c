/* cnn_metrics_of by hand, its bootstrap against the binomial distribution, and what it refuses. scikit-learn is compared
 * with in python/tests/test_metrics.py. */
#include "cnn_metrics.h"
#include "support/cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 6, CLASSES = 3 };

/* Three of six are right; the labels' places are 1 1 2 1 3 2. */
static const float values[IMAGES * CLASSES] = {
    0.7F, 0.2F, 0.1F, 0.5F, 0.3F, 0.2F, 0.4F, 0.5F, 0.1F,
    0.1F, 0.8F, 0.1F, 0.3F, 0.6F, 0.1F, 0.6F, 0.1F, 0.3F,
};
static const int32_t labels[IMAGES] = {0, 0, 0, 1, 2, 2};

static void assert_is(double found, double expected) {
    if (!(fabs(found - expected) < 1e-12))
        fail_msg("%.17g instead of %.17g", found, expected);
}

static void figures_by_hand(void **state) {
    cnn_metrics m;
    (void)state;
    assert_int_equal(
        cnn_metrics_of(values, labels, IMAGES, CLASSES, &(cnn_metrics_options){.top = 2}, &m, NULL), CNN_OK);
    assert_is(m.accuracy.value, 0.5);
    assert_is(m.balanced_accuracy.value, (2.0 / 3 + 1 + 0) / 3);
    assert_is(m.f1_macro.value, (4.0 / 6 + 2.0 / 4 + 0) / 3);
    assert_is(m.f1_weighted, (3 * 4.0 / 6 + 1 * 2.0 / 4) / 6);
    assert_int_equal(m.top, 2);
    assert_is(m.top_accuracy, 5.0 / 6);
    assert_is(m.of_class[0].roc_auc, (3 + 2 + 2) / 9.0); /* of 0.7 0.5 0.4 against 0.1 0.3 0.6 */
    assert_is(m.of_class[0].average_precision, (1 + 2.0 / 3 + 3.0 / 4) / 3);
    assert_is(m.of_class[2].roc_auc,
              (1.5 + 4) / 8); /* 0.1, which ties with three, and 0.3 against 0.1 0.2 0.1 0.1 */
    assert_is(m.of_class[2].average_precision, (1 + 2.0 / 6) / 2);
    assert_int_equal(m.of_class[1].predicted, 3);
    assert_is(m.of_class[1].precision, 1.0 / 3);
    assert_true(isnan(m.of_class[2].precision));
    assert_is(m.of_class[2].f1, 0);
    cnn_metrics_free(&m);
    assert_null(m.of_class);
    cnn_metrics_free(NULL);
}

/* The defaults; more classes than five are not there. */
static void top_is_at_most_the_number_of_classes(void **state) {
    cnn_metrics m;
    (void)state;
    assert_int_equal(cnn_metrics_of(values, labels, IMAGES, CLASSES, NULL, &m, NULL), CNN_OK);
    assert_int_equal(m.top, CLASSES);
    assert_is(m.top_accuracy, 1);
    cnn_metrics_free(&m);
}

/* The number of right ones among images drawn with replacement is binomial: 80 of 400 are wrong. */
static void accuracy_is_resampled_as_the_binomial_says(void **state) {
    enum { MANY = 400, RIGHT = 320 };
    static float scores[MANY * 2];
    static int32_t zeros[MANY];
    cnn_metrics m, other;
    (void)state;
    for (int i = 0; i < MANY; i++)
        scores[2 * i + (i >= RIGHT)] = 1;
    const cnn_metrics_options options = {.resamples = 4000};
    assert_int_equal(cnn_metrics_of(scores, zeros, MANY, 2, &options, &m, NULL), CNN_OK);
    double below = 0, low = -1, high = -1, term = pow(0.2, MANY); /* of k right ones */
    for (int k = 0; k <= MANY && high < 0; k++) {
        below += term;
        low = low < 0 && below >= 0.025 ? k : low;
        high = below >= 0.975 ? k : -1;
        term *= (double)(MANY - k) / (k + 1) * 4;
    }
    assert_true(fabs(m.accuracy.low * MANY - low) <= 1.5); /* 8 is the standard deviation */
    assert_true(fabs(m.accuracy.high * MANY - high) <= 1.5);
    assert_true(isnan(m.of_class[1].recall) && isnan(m.roc_auc)); /* there are no images of class 1 */
    assert_int_equal(cnn_metrics_of(scores, zeros, MANY, 2, &options, &other, NULL), CNN_OK);
    assert_memory_equal(&m.accuracy, &other.accuracy, sizeof m.accuracy);
    assert_memory_equal(&m.f1_macro, &other.f1_macro, sizeof m.f1_macro);
    cnn_metrics_free(&m);
    cnn_metrics_free(&other);
}

/* Two images of three classes: one pair is missed, one is too much; a class with a probability that ties. */
static void several_classes_by_hand(void **state) {
    const float found[] = {0.9F, 0.2F, 0.5F, 0.6F, 0.7F, 0.5F}, wanted[] = {1, 1, 1, 0, 1, 0};
    cnn_multi_label_metrics m;
    (void)state;
    assert_int_equal(cnn_multi_label_metrics_of(found, wanted, 2, 3, &m, NULL), CNN_OK);
    assert_is(m.exact_match, 0);
    assert_is(m.f1_micro, 2 * 3.0 / (4 + 5));
    assert_is(m.f1_macro, (2.0 / 3 + 2.0 / 3 + 2.0 / 3) / 3);
    assert_is(m.average_precision, (1 + 1 + 0.5) / 3);
    assert_is(m.roc_auc, (1 + 0.5) / 2); /* class 1 has no negative */
    assert_true(isnan(m.of_class[1].roc_auc));
    cnn_multi_label_metrics_free(&m);
    cnn_multi_label_metrics_free(NULL);
    assert_int_equal(cnn_multi_label_metrics_of(found, wanted, 0, 3, &m, NULL), CNN_ERROR_ARGUMENT);
}

static void numbers_by_hand(void **state) {
    const float found[] = {1, 5, 2, 5, 6, 5}, wanted[] = {1, 5, 3, 5, 5, 5}, bad[] = {NAN};
    cnn_number_metrics all, each[2];
    cnn_error error;
    (void)state;
    assert_int_equal(cnn_number_metrics_of(found, wanted, 3, 2, &all, each, NULL), CNN_OK);
    assert_is(each[0].mean_absolute_error, 2.0 / 3);
    assert_is(each[0].root_mean_squared_error, sqrt(2.0 / 3));
    assert_is(each[0].r2, 1 - 2.0 / 8);
    assert_true(isnan(each[1].r2) && each[1].mean_absolute_error < 1e-12);
    assert_is(all.root_mean_squared_error, sqrt(1.0 / 3));
    assert_is(all.r2, 0.75);
    assert_int_equal(cnn_number_metrics_of(bad, wanted, 1, 1, &all, NULL, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "a value of image 0"));
}

static void refuse(const float *given, const int32_t *wanted, int64_t images,
                   const cnn_metrics_options *options, const char *words) {
    cnn_metrics m;
    cnn_error error;
    assert_int_equal(cnn_metrics_of(given, wanted, images, CLASSES, options, &m, &error), CNN_ERROR_ARGUMENT);
    if (!strstr(error.message, words))
        fail_msg("'%s' is not in: %s", words, error.message);
}

static void what_has_no_figures_is_refused(void **state) {
    const float bad[IMAGES * CLASSES] = {[4] = NAN};
    const int32_t beyond[IMAGES] = {0, 0, 3}, negative[IMAGES] = {-1};
    (void)state;
    refuse(values, labels, 0, NULL, "at least one image");
    refuse(bad, labels, IMAGES, NULL, "a value of image 1 (from 0)");
    refuse(values, beyond, IMAGES, NULL, "the label of image 2 (from 0) must be within 0..2, but is 3");
    refuse(values, negative, IMAGES, NULL, "but is -1");
    refuse(values, labels, IMAGES, &(cnn_metrics_options){.top = -1}, "top must not be negative");
    refuse(values, labels, IMAGES, &(cnn_metrics_options){.resamples = 100001}, "within 0..100000");
    refuse(values, labels, IMAGES, &(cnn_metrics_options){.confidence = 1}, "the confidence must be");
    refuse(values, labels, IMAGES, &(cnn_metrics_options){.confidence = NAN}, "the confidence must be");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_by_hand),
        cmocka_unit_test(top_is_at_most_the_number_of_classes),
        cmocka_unit_test(accuracy_is_resampled_as_the_binomial_says),
        cmocka_unit_test(several_classes_by_hand),
        cmocka_unit_test(numbers_by_hand),
        cmocka_unit_test(what_has_no_figures_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
