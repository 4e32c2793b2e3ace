/* Losses and hits of outputs, against numbers worked out by hand. */
#include "predict/score.h"

#include "support/cmocka.h"

#include <math.h>

static void logits_go_through_a_softmax(void **state) {
    (void)state;
    const float outputs[] = {2.0f, 1.0f, 0.1f, 0, 0, 0}; /* 2 rows; the deck's logits first */
    const int32_t labels[] = {0, 2};
    cnn_score score = cnn_score_outputs(outputs, labels, 2, 3, CNN_LOSS_CROSS_ENTROPY);
    assert_true(fabs(score.loss - (0.4170300 + log(3))) < 1e-6); /* -log 0.659 */
    assert_int_equal(score.correct, 1);
}

static void large_logits_do_not_overflow(void **state) {
    (void)state;
    const float outputs[] = {1e30f, -1e30f};
    const int32_t right = 0, wrong = 1;
    assert_true(cnn_score_outputs(outputs, &right, 1, 2, CNN_LOSS_CROSS_ENTROPY).loss == 0);
    double loss = cnn_score_outputs(outputs, &wrong, 1, 2, CNN_LOSS_CROSS_ENTROPY).loss;
    assert_true(isfinite(loss) && loss > 1e30);
}

/* log(1 + exp(z)) - y z; the values by numpy.logaddexp in double precision. */
static void one_logit_of_two_classes(void **state) {
    (void)state;
    const float logits[] = {0.3f, -2, 0};
    const int32_t labels[] = {1, 1, 0};
    cnn_score score = cnn_score_outputs(logits, labels, 3, 1, CNN_LOSS_BINARY_CROSS_ENTROPY);
    assert_true(fabs(score.loss - (0.554355235 + 2.126928011 + 0.693147181)) < 1e-7);
    assert_int_equal(score.correct, 2); /* a probability of one half is not above it */
}

static void a_large_logit_of_two_classes_does_not_overflow(void **state) {
    (void)state;
    const float logit = 1e30f;
    const int32_t right = 1, wrong = 0;
    assert_true(cnn_score_outputs(&logit, &right, 1, 1, CNN_LOSS_BINARY_CROSS_ENTROPY).loss == 0);
    assert_true(fabs(cnn_score_outputs(&logit, &wrong, 1, 1, CNN_LOSS_BINARY_CROSS_ENTROPY).loss / 1e30 - 1) <
                1e-6);
}

static void a_single_output_is_compared_with_the_label(void **state) {
    (void)state;
    const float outputs[] = {0.75f, 0.25f};
    const int32_t labels[] = {1, 1};
    cnn_score score = cnn_score_outputs(outputs, labels, 2, 1, CNN_LOSS_MEAN_SQUARED);
    assert_true(fabs(score.loss - (0.0625 + 0.5625)) < 1e-12);
    assert_int_equal(score.correct, 1);
}

static void squares_are_averaged_over_outputs(void **state) {
    (void)state;
    const float outputs[] = {0.5f, 0.25f, 1, 0};
    const int32_t labels[] = {0, 0};
    cnn_score score = cnn_score_outputs(outputs, labels, 2, 2, CNN_LOSS_MEAN_SQUARED);
    assert_true(fabs(score.loss - (0.25 + 0.0625) / 2) < 1e-12);
    assert_int_equal(score.correct, 2);
}

static void what_is_no_number_is_not_hidden(void **state) {
    (void)state;
    const float outputs[] = {NAN, NAN};
    const int32_t label = 0;
    assert_true(isnan(cnn_score_outputs(outputs, &label, 1, 2, CNN_LOSS_CROSS_ENTROPY).loss));
    assert_true(isnan(cnn_score_outputs(outputs, &label, 1, 1, CNN_LOSS_BINARY_CROSS_ENTROPY).loss));
}

static void the_first_of_equal_values_is_the_largest(void **state) {
    (void)state;
    assert_int_equal(cnn_largest((const float[]){1, 3, 3}, 3), 1);
    assert_int_equal(cnn_largest((const float[]){-1}, 1), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_go_through_a_softmax),
        cmocka_unit_test(large_logits_do_not_overflow),
        cmocka_unit_test(one_logit_of_two_classes),
        cmocka_unit_test(a_large_logit_of_two_classes_does_not_overflow),
        cmocka_unit_test(a_single_output_is_compared_with_the_label),
        cmocka_unit_test(squares_are_averaged_over_outputs),
        cmocka_unit_test(what_is_no_number_is_not_hidden),
        cmocka_unit_test(the_first_of_equal_values_is_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
