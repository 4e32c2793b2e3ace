/* Set-ups from which nothing can be learned are refused before the first epoch, by name. */
#include "support/byte_data.h"
#include "support/cmocka.h"
#include "support/small_training.h"

#include <stdlib.h>
#include <string.h>

#define HIDDEN "input 1x8x8\nflatten\ndense 6 relu\n"

static cnn_net *parse(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, "test", &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

/* Train for one epoch and expect a refusal that says both. */
static void assert_refused(const char *text, const cnn_data *data, const cnn_train_options *options,
                           const char *what, const char *advice) {
    cnn_net *net = parse(text);
    cnn_error error = {0};
    train_expecting(CNN_ERROR_ARGUMENT, net, data, options, &error);
    if (!strstr(error.message, what) || !strstr(error.message, advice))
        fail_msg("\"%s\" should hold \"%s\" and \"%s\"", error.message, what, advice);
    cnn_net_free(net);
}

static void assert_end_refused(const char *text, const char *what, const char *advice) {
    cnn_data *data = small_data(32);
    cnn_train_options options = small_options();
    options.epochs = 1;
    assert_refused(text, data, &options, what, advice);
    cnn_data_free(data);
}

static void assert_trains(const char *text, int64_t images, int64_t batch) {
    cnn_data *data = small_data(images);
    cnn_net *net = parse(text);
    cnn_train_options options = small_options();
    options.epochs = 1;
    options.batch = batch;
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void cross_entropy_behind_an_activation(void **state) {
    (void)state;
    assert_end_refused(HIDDEN "dense 4 relu\n", "relu_2 (relu), whose outputs are never negative", "remove");
    assert_end_refused(HIDDEN "dense 4 relu\nsoftmax\n", "relu_2 (relu)", "dense layer after it");
    assert_end_refused(HIDDEN "dense 4\ntanh\n", "tanh_1 (tanh), whose outputs are between -1 and 1",
                       "remove");
    assert_end_refused(HIDDEN "dense 4\nclip 0 6\nsoftmax\n", "clip_1 (clip)", "remove");
    assert_trains(HIDDEN "dense 4\nsigmoid\n", 32, 16); /* by binary cross-entropy */
    assert_trains(HIDDEN "dense 4\nleakyrelu\n", 32, 16);
    assert_trains("input 1x8x8\nconv 4 3x3 relu\nglobalavgpool\nsoftmax\n", 32, 16);
}

static void squared_error_behind_an_activation_is_left_alone(void **state) {
    (void)state;
    cnn_data *data = small_data(32);
    cnn_net *net = parse(HIDDEN "dense 4\nsigmoid\n");
    cnn_train_options options = small_options();
    options.update.loss = CNN_LOSS_MEAN_SQUARED;
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void a_softmax_that_is_not_the_last(void **state) {
    (void)state;
    assert_end_refused(HIDDEN "dense 4\nsoftmax\nsoftmax\n", "softmax_1 (softmax) is followed by softmax_2",
                       "remove softmax_2");
    assert_end_refused(HIDDEN "dense 4\nsoftmax\ndropout 0.5\n", "followed by dropout_1", "remove dropout_1");
    assert_end_refused(HIDDEN "dense 4\nlogsoftmax\nsoftmax\n", "log_softmax_1 (logsoftmax)",
                       "remove softmax_1");
    assert_trains(HIDDEN "dense 4\nsoftmax\ndense 4\nsoftmax\n", 32, 16);
}

static void a_loss_that_does_not_belong_to_the_outputs(void **state) {
    (void)state;
    cnn_data *data = small_data(32);
    cnn_train_options options = small_options();
    options.update.loss = CNN_LOSS_BINARY_CROSS_ENTROPY;
    assert_refused(HIDDEN "dense 4\nsoftmax\n", data, &options, "4 outputs", "leave the loss at its default");
    cnn_data_free(data);
}

/* Pictures of classes 0 and 1 in turn, or all of class `only` if it is not negative. */
static cnn_data *two_classes(int64_t count, int32_t only) {
    uint8_t *images = calloc((size_t)count, 64);
    int32_t *labels = calloc((size_t)count, sizeof *labels);
    assert_true(images && labels);
    for (int64_t i = 0; i < count; i++) {
        labels[i] = only < 0 ? (int32_t)(i % 2) : only;
        images[i * 64] = (uint8_t)i;
    }
    cnn_data *data = byte_data((cnn_input_options){1, 8, 8}, count, images, labels, 2);
    free(images);
    free(labels);
    return data;
}

static void assert_too_few_outputs(const char *text, const cnn_data *data) {
    cnn_train_options options = small_options();
    cnn_net *net = parse(text);
    cnn_error error;
    train_expecting(CNN_ERROR_SHAPE, net, data, &options, &error);
    assert_non_null(
        strstr(error.message, "a single output distinguishes two classes, but only with a sigmoid"));
    cnn_net_free(net);
}

static void a_single_output_for_too_many_classes(void **state) {
    (void)state;
    cnn_data *two = two_classes(40, -1), *four = small_data(40);
    assert_too_few_outputs(HIDDEN "dense 1\n", two);
    assert_too_few_outputs(HIDDEN "dense 1\nsigmoid\n", four);
    cnn_data_free(two);
    cnn_data_free(four);
}

static void labels_that_are_all_one_class(void **state) {
    (void)state;
    cnn_data *data = two_classes(40, 1);
    cnn_train_options options = small_options();
    options.validation = 0.25;
    assert_refused(HIDDEN "dense 2\nsoftmax\n", data, &options,
                   "all 30 training images of memory belong to class \"1\"", "at least two classes");
    cnn_data_free(data);
}

static void batch_normalisation_of_one_value(void **state) {
    (void)state;
    static const char vectors[] = "input 1x8x8\nflatten\ndense 6\nbatchnorm\nrelu\ndense 4\nsoftmax\n";
    static const char maps[] = "input 1x8x8\nconv 4 3x3\nbatchnorm\nrelu\nflatten\ndense 4\nsoftmax\n";
    cnn_data *data = small_data(33);
    cnn_train_options options = small_options();
    options.batch = 1;
    assert_refused(vectors, data, &options, "batch_norm_1 (batchnorm)", "batch size of 31");
    options.batch = 16; /* 33 = 16 + 16 + 1 */
    assert_refused(vectors, data, &options, "the last batch of an epoch has 1 image", "batch size of 15");
    cnn_data_free(data);
    assert_trains(vectors, 33, 15);
    assert_trains(vectors, 32, 16);
    assert_trains(maps, 33, 1);
}

/* ---- Losses that are finite and absurd ----------------------------------------------------------------- */

static void a_finite_but_absurd_loss_is_divergence(void **state) {
    (void)state;
    cnn_data *data = small_data(64);
    cnn_net *net = parse(HIDDEN "dense 4\n");
    cnn_train_options options = small_options();
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 3e5};
    options.schedule = CNN_SCHEDULE_CONSTANT;
    cnn_error error;
    train_expecting(CNN_ERROR_DIVERGED, net, data, &options, &error);
    if (!strstr(error.message, "training has diverged") ||
        !strstr(error.message, "try a learning rate below 300000"))
        fail_msg("%s", error.message);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void before_the_first_update_the_learning_rate_is_not_blamed(void **state) {
    (void)state;
    cnn_data *data = small_data(64);
    cnn_net *net = parse(HIDDEN "dense 4\n");
    const float mean = 0, deviation = 1e-9f;
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    assert_int_equal(cnn_net_set_normalisation(net, &mean, &deviation, NULL), CNN_OK);
    cnn_train_options options = small_options();
    options.keep_parameters = true;
    cnn_error error;
    train_expecting(CNN_ERROR_DIVERGED, net, data, &options, &error);
    if (!strstr(error.message, "no update has been made yet") || !strstr(error.message, "deviation 1e-09") ||
        strstr(error.message, "learning rate"))
        fail_msg("%s", error.message);
    cnn_net_free(net);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cross_entropy_behind_an_activation),
        cmocka_unit_test(squared_error_behind_an_activation_is_left_alone),
        cmocka_unit_test(a_softmax_that_is_not_the_last),
        cmocka_unit_test(a_loss_that_does_not_belong_to_the_outputs),
        cmocka_unit_test(a_single_output_for_too_many_classes),
        cmocka_unit_test(labels_that_are_all_one_class),
        cmocka_unit_test(batch_normalisation_of_one_value),
        cmocka_unit_test(a_finite_but_absurd_loss_is_divergence),
        cmocka_unit_test(before_the_first_update_the_learning_rate_is_not_blamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
