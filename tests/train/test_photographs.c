/* The Basic CNN on real images: Fashion-MNIST of Debian's package and MNIST of CNN_TEST_DATA. */
#include "support/cmocka.h"
#include "support/small_training.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

static cnn_data *open_data(const char *source, cnn_split split, int64_t limit) {
    cnn_data *data;
    cnn_error error;
    const cnn_data_options options = {.split = split, .limit = limit};
    if (cnn_data_open(&data, source, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return data;
}

static cnn_net *basic(void) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_open(&net, "basic", NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

static bool keep_losses(void *user, const cnn_progress *progress) {
    double *losses = user;
    if (progress->iteration == 1)
        losses[0] = progress->loss;
    losses[1] = progress->loss;
    return true;
}

/* 1,200 images, one epoch: the loss falls, and images never seen are told apart far better than by chance. */
static void one_epoch_on_photographs(void **state) {
    (void)state;
    if (!cnn_is_folder("/usr/share/datasets/fashion-mnist"))
        skip();
    cnn_data *training = open_data("fashion-mnist", CNN_SPLIT_TRAIN, 1200);
    cnn_data *test = open_data("fashion-mnist", CNN_SPLIT_TEST, 500);
    cnn_net *net = basic();
    double losses[2] = {0};
    const cnn_train_options options = {
        .epochs = 1, .batch = 32, .seed = 1, .progress = keep_losses, .user = losses};
    train_expecting(CNN_OK, net, training, &options, NULL);
    assert_true(losses[0] > 2.0 && losses[0] < 3.5); /* near log 10 = 2.3, which is guessing */
    assert_true(losses[1] < 0.6 * losses[0]);
    cnn_evaluation evaluation;
    assert_int_equal(cnn_evaluate(net, test, 0, &evaluation, NULL), CNN_OK);
    assert_true(evaluation.accuracy > 0.65);
    cnn_evaluation_free(&evaluation);
    cnn_net_free(net);
    cnn_data_free(training);
    cnn_data_free(test);
}

/* The same seed on 1, 2 and 3 threads: the same weights, bit for bit, after an epoch. */
static void an_epoch_of_digits_on_one_two_and_three_threads(void **state) {
    (void)state;
    char folder[4096];
    const char *root = getenv("CNN_TEST_DATA");
    snprintf(folder, sizeof folder, "%s/mnist", root ? root : "");
    if (!root || !cnn_is_folder(folder))
        skip();
    cnn_data *data = open_data(folder, CNN_SPLIT_TRAIN, 700);
    cnn_net *nets[3];
    for (int i = 0; i < 3; i++) {
        const cnn_train_options options = {.epochs = 1, .seed = 9, .threads = i + 1, .validation = 0.05};
        nets[i] = basic();
        train_expecting(CNN_OK, nets[i], data, &options, NULL);
    }
    assert_same_parameters(nets[0], nets[1]);
    assert_same_parameters(nets[0], nets[2]);
    for (int i = 0; i < 3; i++)
        cnn_net_free(nets[i]);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_epoch_on_photographs),
        cmocka_unit_test(an_epoch_of_digits_on_one_two_and_three_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
