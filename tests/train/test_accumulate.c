/* The gradients of several batches make one update, as those of one batch of all their images do. */
#include "support/cmocka.h"
#include "support/small_training.h"

#include <math.h>
#include <stdlib.h>

/* Without dropout, whose masks go by the place in a batch. */
static cnn_net *net_without_chance(void) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 8, 8});
    cnn_conv2d(net, .filters = 6, .kernel = {3, 3});
    cnn_relu(net);
    cnn_max_pool2d(net, .kernel = {2, 2});
    cnn_flatten(net);
    cnn_dense(net, .units = 4);
    assert_int_equal(cnn_net_status(net), CNN_OK);
    return net;
}

static bool note(void *user, const cnn_progress *progress) {
    if (progress->epoch_ended)
        *(cnn_progress *)user = *progress;
    return true;
}

static float *trained(cnn_net *net, cnn_train_options options, cnn_progress *last) {
    cnn_data *data = small_data(100);
    options.progress = note;
    options.user = last;
    train_expecting(CNN_OK, net, data, &options, NULL);
    float *values = parameters_of(net);
    cnn_data_free(data);
    return values;
}

/* 100 images: three updates of 32 images, one of 4. */
static void four_batches_are_one_of_four_times_the_size(void **state) {
    (void)state;
    cnn_net *net = net_without_chance();
    cnn_progress at_once, in_parts;
    cnn_train_options options = small_options();
    options.update =
        (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1, .momentum = 0.9};
    options.batch = 32;
    float *whole = trained(net, options, &at_once);
    options.batch = 8;
    options.accumulate = 4;
    float *parts = trained(net, options, &in_parts);
    for (int64_t i = 0; i < cnn_net_parameters(net); i++)
        if (!(fabsf(whole[i] - parts[i]) < 1e-5f))
            fail_msg("parameter %d: %g and %g", (int)i, (double)whole[i], (double)parts[i]);
    assert_int_equal(in_parts.iterations, 4);
    assert_int_equal(at_once.iterations, 4);
    assert_true(fabs(at_once.loss - in_parts.loss) < 1e-6 && at_once.accuracy == in_parts.accuracy);
    free(whole);
    free(parts);
    cnn_net_free(net);
}

/* Each image counts alike, also where the last batch of an update is smaller. */
static void a_smaller_batch_weighs_less(void **state) {
    (void)state;
    cnn_net *net = net_without_chance();
    cnn_progress last;
    cnn_train_options options = small_options();
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1};
    options.batch = 100;
    float *whole = trained(net, options, &last);
    options.batch = 30; /* 30, 30, 30 and 10 */
    options.accumulate = 9;
    float *parts = trained(net, options, &last);
    for (int64_t i = 0; i < cnn_net_parameters(net); i++)
        assert_true(fabsf(whole[i] - parts[i]) < 1e-5f);
    free(whole);
    free(parts);
    cnn_net_free(net);
}

static void the_number_of_threads_changes_nothing(void **state) {
    (void)state;
    cnn_net *one = small_net(), *three = small_net();
    cnn_progress last;
    cnn_train_options options = small_options();
    options.accumulate = 3;
    options.ema = 0.9;
    options.update.focal = 1;
    options.balance_classes = true;
    free(trained(one, options, &last));
    options.threads = 3;
    free(trained(three, options, &last));
    assert_same_parameters(one, three);
    cnn_net_free(one);
    cnn_net_free(three);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_batches_are_one_of_four_times_the_size),
        cmocka_unit_test(a_smaller_batch_weighs_less),
        cmocka_unit_test(the_number_of_threads_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
