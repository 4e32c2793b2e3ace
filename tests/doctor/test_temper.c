/* Probabilities that are surer than they are right are made less sure. */
#include "doctor/temper.h"

#include "support/cmocka.h"

#include <math.h>
#include <string.h>

enum { IMAGES = 100 };

/* Each image is of class 0 with this probability; of the first `right` it is the label. */
static void make(float probabilities[IMAGES][2], int32_t labels[IMAGES], float sure, int right) {
    for (int i = 0; i < IMAGES; i++) {
        probabilities[i][0] = sure;
        probabilities[i][1] = 1 - sure;
        labels[i] = i >= right;
    }
}

static void probabilities_become_as_sure_as_they_are_right(void **state) {
    (void)state;
    float probabilities[IMAGES][2];
    int32_t labels[IMAGES];
    make(probabilities, labels, 0.99f, 80);
    assert_float_equal(cnn_temper(*probabilities, labels, IMAGES, 2), log(99) / log(4), 1e-4);
    assert_float_equal(probabilities[0][0], 0.8, 1e-5);
    assert_float_equal(probabilities[99][1], 0.2, 1e-5);
}

static void modest_probabilities_stay_as_they_are(void **state) {
    (void)state;
    float probabilities[IMAGES][2], before[IMAGES][2];
    int32_t labels[IMAGES];
    make(probabilities, labels, 0.6f, 90);
    memcpy(before, probabilities, sizeof before);
    assert_float_equal(cnn_temper(*probabilities, labels, IMAGES, 2), 1, 0);
    assert_memory_equal(probabilities, before, sizeof before);
}

static void a_label_without_any_probability_is_no_infinite_loss(void **state) {
    (void)state;
    float probabilities[] = {1, 0, 0, 1, 0, 0, 0.5f, 0.25f, 0.25f};
    const int32_t labels[] = {0, 2, 1};
    const double temperature = cnn_temper(probabilities, labels, 3, 3);
    assert_true(temperature > 1 && temperature <= 20);
    for (int i = 0; i < 9; i++)
        assert_true(isfinite(probabilities[i]));
    assert_float_equal(probabilities[6] + probabilities[7] + probabilities[8], 1, 1e-6);
    assert_true(probabilities[6] > probabilities[7] && probabilities[7] == probabilities[8]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_become_as_sure_as_they_are_right),
        cmocka_unit_test(modest_probabilities_stay_as_they_are),
        cmocka_unit_test(a_label_without_any_probability_is_no_infinite_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
