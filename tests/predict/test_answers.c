/* cnn_answers of a network whose answers are known, and cnn_calibrate of answers that were counted by hand. */
#include "support/byte_data.h"
#include "support/cmocka.h"

#include <cnn_report.h>

#include <math.h>
#include <string.h>

enum { CLASSES = 3, IMAGES = 4 };

/* Weights of ten times the identity on an image of three pixels: the brightest one is what the network answers. */
static cnn_net *pixel_net(void) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 1, CLASSES});
    cnn_flatten(net);
    cnn_dense(net, .units = CLASSES, .name = "fc");
    cnn_softmax(net);
    const float weights[CLASSES * CLASSES] = {10, 0, 0, 0, 10, 0, 0, 0, 10};
    assert_int_equal(cnn_net_set_parameter(net, "fc.weight", weights, CLASSES * CLASSES, NULL), CNN_OK);
    return net;
}

static void gives_the_two_most_probable_classes(void **state) {
    (void)state;
    const uint8_t images[IMAGES * CLASSES] = {255, 0, 51, 0, 255, 51, 51, 0, 255, 0, 0, 0};
    const int32_t labels[IMAGES] = {0, 1, 0, 2};
    const int32_t predicted[IMAGES] = {0, 1, 2, 0}, second[IMAGES] = {2, 2, 0, 1};
    cnn_data *data = byte_data((cnn_input_options){1, 1, CLASSES}, IMAGES, images, labels, CLASSES);
    cnn_net *net = pixel_net();
    const double sum = exp(10) + exp(2) + 1;
    for (int threads = 1; threads <= 2; threads++) {
        cnn_answer answers[IMAGES];
        assert_int_equal(cnn_answers(net, data, threads, answers, IMAGES, NULL), CNN_OK);
        for (int i = 0; i < IMAGES; i++) {
            assert_int_equal(answers[i].label, labels[i]);
            assert_int_equal(answers[i].predicted, predicted[i]);
            assert_int_equal(answers[i].second, second[i]);
            const double first = i < 3 ? exp(10) / sum : 1.0 / 3, next = i < 3 ? exp(2) / sum : 1.0 / 3;
            assert_true(fabs((double)answers[i].probability - first) < 1e-6);
            assert_true(fabs((double)answers[i].second_probability - next) < 1e-6);
        }
    }
    cnn_net_free(net);
    cnn_data_free(data);
}

static void refuses_room_for_another_number_of_answers(void **state) {
    (void)state;
    const uint8_t image[CLASSES] = {0};
    const int32_t label = 0;
    cnn_data *data = byte_data((cnn_input_options){1, 1, CLASSES}, 1, image, &label, CLASSES);
    cnn_net *net = pixel_net();
    cnn_answer answers[2];
    cnn_error error;
    assert_int_equal(cnn_answers(net, data, 1, answers, 2, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "room for 2 answers"));
    cnn_net_free(net);
    cnn_data_free(data);
}

/* Ten answers in three bins: 4 of about 0.3, half of them right; 5 of 0.95, 4 right; one of 0.93, in the
 * bin below, wrong. */
static void expected_calibration_error_by_hand(void **state) {
    (void)state;
    const struct {
        float probability;
        bool right;
    } given[] = {{0.28F, true}, {0.30F, false}, {0.32F, true}, {0.30F, false}, {0.95F, true},
                 {0.95F, true}, {0.95F, true},  {0.95F, true}, {0.95F, false}, {0.93F, false}};
    cnn_answer answers[10];
    cnn_calibration c;
    for (int i = 0; i < 10; i++)
        answers[i] =
            (cnn_answer){.predicted = given[i].right, .label = 1, .probability = given[i].probability};
    assert_int_equal(cnn_calibrate(answers, 10, &c, NULL), CNN_OK);
    assert_int_equal(c.bins[4].images, 4); /* (4/15, 5/15] */
    assert_true(fabs(c.bins[4].confidence - 0.3) < 1e-6);
    assert_true(fabs(c.bins[4].accuracy - 0.5) < 1e-12);
    assert_int_equal(c.bins[14].images, 5);
    assert_true(fabs(c.bins[14].accuracy - 0.8) < 1e-12);
    assert_int_equal(c.bins[13].images, 1);
    assert_int_equal(c.bins[0].images, 0);
    assert_true(isnan(c.bins[0].accuracy));
    /* 0.4 x |0.5 - 0.3| + 0.5 x |0.8 - 0.95| + 0.1 x |0 - 0.93| */
    assert_true(fabs(c.expected_error - (0.08 + 0.075 + 0.093)) < 1e-6);
    assert_true(fabs(c.largest_error - 0.93) < 1e-6);
    assert_true(fabs(c.accuracy - 0.6) < 1e-12);
    assert_true(fabs(c.confidence - (1.2 + 4.75 + 0.93) / 10) < 1e-6);
}

static void the_surest_answers_are_in_the_last_bin(void **state) {
    (void)state;
    const cnn_answer answers[] = {{.probability = 1}, {.probability = 0}};
    cnn_calibration c;
    assert_int_equal(cnn_calibrate(answers, 2, &c, NULL), CNN_OK);
    assert_int_equal(c.bins[CNN_CALIBRATION_BINS - 1].images, 1);
    assert_int_equal(c.bins[0].images, 1);
}

static void refuses_what_is_no_probability(void **state) {
    (void)state;
    const cnn_answer answers[] = {{.probability = 0.5F}, {.probability = 1.5F}, {.probability = NAN}};
    cnn_calibration c;
    cnn_error error;
    assert_int_equal(cnn_calibrate(answers, 0, &c, &error), CNN_ERROR_ARGUMENT);
    assert_int_equal(cnn_calibrate(answers, 2, &c, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "answer 1"));
    assert_int_equal(cnn_calibrate(answers + 2, 1, &c, &error), CNN_ERROR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_two_most_probable_classes),
        cmocka_unit_test(refuses_room_for_another_number_of_answers),
        cmocka_unit_test(expected_calibration_error_by_hand),
        cmocka_unit_test(the_surest_answers_are_in_the_last_bin),
        cmocka_unit_test(refuses_what_is_no_probability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
