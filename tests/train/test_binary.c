/* One sigmoid and two classes: trained, measured, written and read as a binary classifier. */
#define _GNU_SOURCE
#include "data/scratch.h"
#include "support/byte_data.h"
#include "support/cmocka.h"
#include "support/small_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 200, PIXELS = 64 };

static cnn_net *binary_net(void) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, "input 1x8x8\nflatten\ndense 1 name fc\nsigmoid\n", "test", &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

/* Class 1 is brighter above, class 0 below. */
static cnn_data *halves(void) {
    uint8_t *images = calloc(IMAGES, PIXELS);
    int32_t *labels = calloc(IMAGES, sizeof *labels);
    assert_true(images && labels);
    for (int i = 0; i < IMAGES; i++) {
        labels[i] = i % 2;
        for (int p = 0; p < PIXELS; p++)
            images[i * PIXELS + p] = (uint8_t)((p < PIXELS / 2) == labels[i] ? 120 + (i * 7 + p) % 80 : p);
    }
    cnn_data *data = byte_data((cnn_input_options){1, 8, 8}, IMAGES, images, labels, 2);
    free(images);
    free(labels);
    return data;
}

/* One output that is wholly sure of `answer` for every image. */
static void answer_always(cnn_net *net, float answer) {
    const float none[PIXELS] = {0}, bias = answer;
    assert_int_equal(cnn_net_set_parameter(net, "fc.weight", none, PIXELS, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_parameter(net, "fc.bias", &bias, 1, NULL), CNN_OK);
}

static void is_measured_in_two_classes(void **state) {
    (void)state;
    cnn_data *data = halves();
    cnn_net *net = binary_net();
    cnn_evaluation e;
    answer_always(net, 30); /* as float32 the sigmoid is 1: the loss must come from the logit */
    assert_int_equal(cnn_evaluate(net, data, 1, &e, NULL), CNN_OK);
    assert_int_equal(e.classes, 2);
    assert_memory_equal(e.confusion, ((int64_t[]){0, 100, 0, 100}), 4 * sizeof(int64_t));
    assert_int_equal(e.correct, 100);
    assert_true(fabs(e.loss - 15) < 1e-6);
    cnn_evaluation_free(&e);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void learns_and_agrees_with_its_file(void **state) {
    char path[PATH_BYTES];
    scratch_path(*state, "binary.onnx", path);
    cnn_data *data = halves();
    cnn_net *net = binary_net(), *read;
    cnn_train_options options = small_options();
    cnn_evaluation e, again;
    options.validation = 0.2;
    train_expecting(CNN_OK, net, data, &options, NULL);
    const char *const names[] = {"below", "above"};
    assert_int_equal(cnn_net_set_classes(net, names, 2, NULL), CNN_OK);
    assert_int_equal(cnn_evaluate(net, data, 1, &e, NULL), CNN_OK);
    assert_int_equal(e.correct, IMAGES);
    assert_true(e.loss < 0.1);
    assert_int_equal(cnn_net_save(net, path, NULL), CNN_OK);
    assert_int_equal(cnn_net_open(&read, path, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_net_output_kind(read), CNN_OUTPUT_BINARY);
    assert_string_equal(cnn_net_class(read, 0), "below");
    assert_string_equal(cnn_net_class(read, 1), "above");
    assert_int_equal(cnn_evaluate(read, data, 1, &again, NULL), CNN_OK);
    assert_true(again.loss == e.loss);
    cnn_evaluation_free(&e);
    cnn_evaluation_free(&again);
    cnn_net_free(read);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void a_loss_that_was_asked_for_is_the_default_one(void **state) {
    (void)state;
    cnn_data *data = halves();
    cnn_net *one = binary_net(), *other = binary_net();
    cnn_train_options options = small_options();
    train_expecting(CNN_OK, one, data, &options, NULL);
    options.update.loss = CNN_LOSS_BINARY_CROSS_ENTROPY;
    options.threads = 2;
    train_expecting(CNN_OK, other, data, &options, NULL);
    assert_same_parameters(one, other);
    options.update.loss = CNN_LOSS_CROSS_ENTROPY;
    cnn_error error;
    train_expecting(CNN_ERROR_ARGUMENT, one, data, &options, &error);
    assert_non_null(strstr(error.message, "single sigmoid"));
    cnn_net_free(one);
    cnn_net_free(other);
    cnn_data_free(data);
}

static void a_label_beyond_the_two(void **state) {
    (void)state;
    cnn_net *net = binary_net();
    cnn_trainer *trainer;
    const float images[PIXELS] = {0};
    const int32_t label = 2;
    double loss;
    assert_int_equal(cnn_trainer_new(&trainer, net, &(cnn_trainer_options){.batch = 1}, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_gradients(trainer, images, &label, 1, &loss, NULL, NULL),
                     CNN_ERROR_ARGUMENT);
    assert_int_equal(cnn_trainer_gradients(trainer, images, &(int32_t){1}, 1, &loss, NULL, NULL), CNN_OK);
    assert_true(fabs(loss - log(2)) < 1e-12);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_measured_in_two_classes),
        with_scratch(learns_and_agrees_with_its_file),
        cmocka_unit_test(a_loss_that_was_asked_for_is_the_default_one),
        cmocka_unit_test(a_label_beyond_the_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
