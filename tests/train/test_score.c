/* Losses and hits of outputs, against numbers worked out by hand. */
#include "train/score.h"
#include "train/trainer.h"

#include "support/cmocka.h"

#include <math.h>

static void logits_go_through_a_softmax(void **state) {
    (void)state;
    const float outputs[] = {2.0f, 1.0f, 0.1f, 0, 0, 0}; /* 2 rows; the deck's logits first */
    const int32_t labels[] = {0, 2};
    cnn_score score = cnn_score_outputs(outputs, labels, 2, 3, CNN_CROSS_ENTROPY, false);
    assert_true(fabs(score.loss - (0.4170300 + log(3))) < 1e-6); /* -log 0.659 */
    assert_int_equal(score.correct, 1);
}

static void large_logits_do_not_overflow(void **state) {
    (void)state;
    const float outputs[] = {1e30f, -1e30f};
    const int32_t right = 0, wrong = 1;
    assert_true(cnn_score_outputs(outputs, &right, 1, 2, CNN_CROSS_ENTROPY, false).loss == 0);
    double loss = cnn_score_outputs(outputs, &wrong, 1, 2, CNN_CROSS_ENTROPY, false).loss;
    assert_true(isfinite(loss) && loss > 1e30);
}

static void probabilities_are_taken_as_they_are(void **state) {
    (void)state;
    const float outputs[] = {0.25f, 0.75f};
    const int32_t label = 0;
    cnn_score score = cnn_score_outputs(outputs, &label, 1, 2, CNN_CROSS_ENTROPY, true);
    assert_true(fabs(score.loss - log(4)) < 1e-7);
    assert_int_equal(score.correct, 0);
    const float certain[] = {0, 1};
    score = cnn_score_outputs(certain, &label, 1, 2, CNN_CROSS_ENTROPY, true);
    assert_true(score.loss > 87 && score.loss < 88); /* not infinite */
}

static void squares_are_averaged_over_outputs(void **state) {
    (void)state;
    const float outputs[] = {0.5f, 0.25f, 1, 0};
    const int32_t labels[] = {0, 0};
    cnn_score score = cnn_score_outputs(outputs, labels, 2, 2, CNN_MEAN_SQUARED, false);
    assert_true(fabs(score.loss - (0.25 + 0.0625) / 2) < 1e-12);
    assert_int_equal(score.correct, 2);
}

static void what_is_no_number_is_not_hidden(void **state) {
    (void)state;
    const float outputs[] = {NAN, NAN};
    const int32_t label = 0;
    for (int probabilities = 0; probabilities < 2; probabilities++)
        assert_true(isnan(cnn_score_outputs(outputs, &label, 1, 2, CNN_CROSS_ENTROPY, probabilities).loss));
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
        cmocka_unit_test(probabilities_are_taken_as_they_are),
        cmocka_unit_test(squares_are_averaged_over_outputs),
        cmocka_unit_test(what_is_no_number_is_not_hidden),
        cmocka_unit_test(the_first_of_equal_values_is_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
