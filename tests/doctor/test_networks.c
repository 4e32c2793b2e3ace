/* What the doctor says of networks, settings and the course of a training. */
#include "doctor/sick.h"

#include "base/file.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"
#include "train/run_record.h"

#include <stdlib.h>
#include <string.h>

static void expect_text(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static cnn_diagnosis examine(const cnn_doctor_options *options) {
    cnn_diagnosis diagnosis = {0};
    cnn_error error;
    if (cnn_doctor(&diagnosis, options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return diagnosis;
}

static cnn_net *net_of(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

/* What training a network that has no weights yet would show. */
static cnn_diagnosis examine_untrained(const cnn_net *net, const cnn_train_options *train) {
    sick_data data = sick_data_new();
    cnn_diagnosis diagnosis = examine(&(cnn_doctor_options){
        .training = data.training, .test = data.test, .net = net, .train = train, .seed = 1, .threads = 1});
    sick_data_free(&data);
    return diagnosis;
}

/* ---- Before training ---------------------------------------------------------------------------------- */

static void a_healthy_network_gives_no_finding(void **state) {
    (void)state;
    cnn_net *net = small_net();
    cnn_diagnosis diagnosis = examine_untrained(net, NULL);
    expect_no_finding(&diagnosis);
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
}

static void twenty_layers_of_sigmoids_let_gradients_vanish(void **state) {
    (void)state;
    char text[1024] = "input 1x8x8\nflatten\n";
    for (int i = 0; i < 20; i++)
        strcat(text, "dense 16\nsigmoid\n");
    cnn_net *net = net_of(strcat(text, "dense 4\nsoftmax\n"));
    cnn_diagnosis diagnosis = examine_untrained(net, NULL);
    const cnn_finding *finding = only_finding(&diagnosis, "gradients");
    expect_text(finding->where, "layer fc_1");
    expect_text(finding->what, "vanish");
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
}

static void a_rate_a_hundred_times_too_high_is_told_with_layer_and_iteration(void **state) {
    (void)state;
    cnn_net *net = small_net();
    cnn_diagnosis diagnosis = examine_untrained(net, &(cnn_train_options){.update.learning_rate = 5});
    const cnn_finding *finding = finding_of(&diagnosis, "updates");
    expect_text(finding->what, "the learning rate is too high");
    expect_text(finding->where, "iteration ");
    expect_text(finding->where, "learning rate 5");
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
}

static void a_rate_that_changes_nothing_is_told(void **state) {
    (void)state;
    cnn_net *net = small_net();
    cnn_diagnosis diagnosis = examine_untrained(net, &(cnn_train_options){.update.learning_rate = 1e-9});
    expect_text(only_finding(&diagnosis, "updates")->what, "the learning rate is too low");
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
}

/* Without a ReLU that would stop them, values grow until they are infinite. */
static void the_first_layer_that_is_not_finite_is_named(void **state) {
    (void)state;
    cnn_net *net = net_of("input 1x8x8\nconv 4 3x3\nflatten\ndense 8\ndense 4\nsoftmax\n");
    cnn_diagnosis diagnosis = examine_untrained(net, &(cnn_train_options){.update.learning_rate = 1e6});
    const cnn_finding *finding = finding_of(&diagnosis, "not_finite");
    expect_text(finding->where, "iteration ");
    assert_int_equal(finding->severity, CNN_FAULT);
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
}

static void batch_normalisation_of_two_images_is_told(void **state) {
    (void)state;
    cnn_net *net = net_of("input 1x8x8\nconv 4 3x3\nbatchnorm relu\nflatten\ndense 4\nsoftmax\n");
    cnn_diagnosis diagnosis = examine_untrained(net, &(cnn_train_options){.batch = 2});
    const cnn_finding *finding = finding_of(&diagnosis, "batch_norm");
    expect_text(finding->where, "layer batch_norm_1");
    expect_text(finding->evidence, "a batch has 2 images");
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
}

/* ---- After training ----------------------------------------------------------------------------------- */

/* Trained well, in a folder of its own unless that is NULL. */
static cnn_net *trained_net(const cnn_data *data, const char *folder, bool normalised) {
    cnn_net *net = small_net();
    cnn_train_options options = small_options();
    options.run_directory = folder;
    options.keep_normalisation = !normalised;
    options.overwrite = true;
    options.epochs = 6;
    train_expecting(CNN_OK, net, data, &options, NULL);
    return net;
}

static cnn_diagnosis examine_trained(const sick_data *data, const cnn_net *net, const char *folder) {
    return examine(&(cnn_doctor_options){.training = data->training,
                                         .test = data->test,
                                         .net = net,
                                         .trained = true,
                                         .run_directory = folder,
                                         .threads = 1,
                                         .quick = true});
}

static void a_healthy_run_gives_no_finding(void **state) {
    sick_data data = sick_data_new();
    cnn_net *net = trained_net(data.training, *state, true);
    cnn_diagnosis diagnosis = examine_trained(&data, net, *state);
    expect_no_finding(&diagnosis);
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
    sick_data_free(&data);
}

static void set_all(cnn_net *net, const char *parameter, int64_t count, float value) {
    float values[512];
    for (int64_t i = 0; i < count; i++)
        values[i] = value;
    assert_int_equal(cnn_net_set_parameter(net, parameter, values, count, NULL), CNN_OK);
}

static void a_relu_that_is_never_positive_is_named(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    cnn_net *net = trained_net(data.training, NULL, true);
    set_all(net, "conv_1.bias", 6, -1000);
    cnn_diagnosis diagnosis = examine_trained(&data, net, NULL);
    const cnn_finding *finding = finding_of(&diagnosis, "dead_relus");
    expect_text(finding->what, "6 of 6 channels");
    expect_text(finding->where, "layer relu_1");
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
    sick_data_free(&data);
}

static void one_class_for_everything_is_told(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    cnn_net *net = trained_net(data.training, NULL, true);
    const float bias[4] = {0, 0, 1000, 0};
    assert_int_equal(cnn_net_set_parameter(net, "fc_1.bias", bias, 4, NULL), CNN_OK);
    cnn_diagnosis diagnosis = examine_trained(&data, net, NULL);
    const cnn_finding *finding = only_finding(&diagnosis, "one_class");
    expect_text(finding->where, "output 2");
    expect_text(finding->evidence, "100.0 % of 400 images are predicted as it, 25.0 % are labelled so");
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
    sick_data_free(&data);
}

static void a_run_without_normalisation_is_told(void **state) {
    sick_data data = sick_data_new();
    cnn_net *net = trained_net(data.training, *state, false);
    cnn_diagnosis diagnosis = examine_trained(&data, net, *state);
    const cnn_finding *finding = only_finding(&diagnosis, "normalisation");
    expect_text(finding->where, "input");
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
    sick_data_free(&data);
}

/* The network knows the mean of the images that it was trained on. */
static void inverted_images_are_told_by_the_network(void **state) {
    sick_data data = sick_data_new();
    cnn_net *net = trained_net(data.training, *state, true);
    for (int64_t k = 0; k < TEST_IMAGES * 64; k++)
        data.test->pixels[k] = (uint8_t)(255 - data.test->pixels[k]);
    cnn_diagnosis diagnosis = examine(&(cnn_doctor_options){
        .test = data.test, .net = net, .trained = true, .run_directory = *state, .threads = 1});
    const cnn_finding *finding = finding_of(&diagnosis, "range");
    expect_text(finding->evidence, "the images that the network was trained on");
    cnn_diagnosis_free(&diagnosis);
    cnn_net_free(net);
    sick_data_free(&data);
}

static void the_record_of_a_run_has_its_options_and_history(void **state) {
    sick_data data = sick_data_new();
    cnn_net *net = trained_net(data.training, *state, true);
    cnn_run_record record;
    assert_int_equal(cnn_run_record_read(&record, *state, NULL), CNN_OK);
    assert_true(record.there && !record.options.keep_normalisation);
    assert_int_equal(record.options.update.optimizer, small_options().update.optimizer);
    assert_int_equal(record.options.batch, 16);
    assert_int_equal(record.options.epochs, 6);
    assert_int_equal(record.options.schedule, CNN_SCHEDULE_ONECYCLE);
    assert_int_equal(record.options.augmentation_count, 0);
    assert_int_equal(record.history.count, 6);
    assert_true(record.history.epochs[5].accuracy > 0.9);
    cnn_run_record_free(&record);
    assert_int_equal(cnn_run_record_read(&record, "no-such-folder", NULL), CNN_OK);
    assert_false(record.there);
    cnn_net_free(net);
    sick_data_free(&data);
}

/* ---- While training goes on --------------------------------------------------------------------------- */

static void an_epoch_at_the_loss_of_guessing_is_told_once(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    cnn_net *net = trained_net(data.training, NULL, true);
    cnn_watch *watch;
    assert_int_equal(cnn_watch_new(&watch, net, data.training, 1, NULL), CNN_OK);
    cnn_progress progress = {
        .epoch = 1, .iteration = 50, .iterations = 50, .epoch_ended = true, .loss = 1.386};
    assert_int_equal(cnn_watch_epoch(watch, &progress, NULL), CNN_OK);
    assert_int_equal(cnn_watch_found(watch)->count, 0); /* it has hardly begun */
    for (progress.epoch = 2; progress.epoch < 5; progress.epoch++)
        assert_int_equal(cnn_watch_epoch(watch, &progress, NULL), CNN_OK);
    const cnn_finding *finding = only_finding(cnn_watch_found(watch), "stuck");
    expect_text(finding->where, "epoch 2");
    expect_text(finding->evidence, "1.3863");
    cnn_watch_free(watch);
    cnn_net_free(net);
    sick_data_free(&data);
}

static void training_accuracy_far_above_validation_is_told(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    cnn_net *net = trained_net(data.training, NULL, true);
    cnn_watch *watch;
    assert_int_equal(cnn_watch_new(&watch, net, data.training, 1, NULL), CNN_OK);
    cnn_progress progress = {.epoch = 7,
                             .iteration = 50,
                             .iterations = 50,
                             .epoch_ended = true,
                             .loss = 0.01,
                             .accuracy = 0.99,
                             .validated = true,
                             .validation_accuracy = 0.9};
    assert_int_equal(cnn_watch_epoch(watch, &progress, NULL), CNN_OK);
    assert_int_equal(cnn_watch_found(watch)->count, 0);
    progress.validation_accuracy = 0.85;
    assert_int_equal(cnn_watch_epoch(watch, &progress, NULL), CNN_OK);
    expect_text(only_finding(cnn_watch_found(watch), "overfitting")->where, "epoch 7");
    cnn_watch_free(watch);
    cnn_net_free(net);
    sick_data_free(&data);
}

static bool watch_epoch(void *user, const cnn_progress *progress) {
    assert_int_equal(cnn_watch_epoch(user, progress, NULL), CNN_OK);
    return true;
}

/* 5 epochs of 25 iterations. */
static void train_watched(cnn_net *net, const sick_data *data, double rate, cnn_watch **watch) {
    cnn_train_options options = small_options();
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = rate};
    options.epochs = 5;
    options.schedule = CNN_SCHEDULE_CONSTANT;
    options.progress = watch_epoch;
    assert_int_equal(cnn_watch_new(watch, net, data->training, 1, NULL), CNN_OK);
    options.user = *watch;
    train_expecting(CNN_OK, net, data->training, &options, NULL);
}

static void an_epoch_in_which_gradients_vanish_is_told_with_its_layer(void **state) {
    (void)state;
    char text[1024] = "input 1x8x8\nflatten\n";
    for (int i = 0; i < 20; i++)
        strcat(text, "dense 16\nsigmoid\n");
    sick_data data = sick_data_new();
    cnn_net *net = net_of(strcat(text, "dense 4\nsoftmax\n"));
    cnn_watch *watch;
    train_watched(net, &data, 0.05, &watch);
    const cnn_finding *finding = finding_of(cnn_watch_found(watch), "gradients");
    expect_text(finding->what, "vanish");
    expect_text(finding->where, "epoch 4, layer fc_1"); /* the first epoch with 100 updates behind it */
    cnn_watch_free(watch);
    cnn_net_free(net);
    sick_data_free(&data);
}

static void an_epoch_that_changes_nothing_is_told(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    cnn_net *net = small_net();
    cnn_watch *watch;
    train_watched(net, &data, 1e-8, &watch);
    const cnn_finding *finding = finding_of(cnn_watch_found(watch), "updates");
    expect_text(finding->what, "the learning rate is too low");
    expect_text(finding->where, "learning rate 1e-08");
    cnn_watch_free(watch);
    cnn_net_free(net);
    sick_data_free(&data);
}

static void an_epoch_of_updates_too_large_is_told(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    cnn_net *net = small_net();
    cnn_watch *watch;
    cnn_layer_update layers[] = {{"conv_1", 54, 1, 0.09}, {"fc_1", 216, 1, 0.02}};
    cnn_progress progress = {.epoch = 4,
                             .iterations = 25,
                             .epoch_ended = true,
                             .learning_rate = 0.5,
                             .layers = layers,
                             .layer_count = 2};
    assert_int_equal(cnn_watch_new(&watch, net, data.training, 1, NULL), CNN_OK);
    assert_int_equal(cnn_watch_epoch(watch, &progress, NULL), CNN_OK);
    assert_int_equal(cnn_watch_found(watch)->count, 0);
    layers[0].update = 0.11;
    assert_int_equal(cnn_watch_epoch(watch, &progress, NULL), CNN_OK);
    const cnn_finding *finding = only_finding(cnn_watch_found(watch), "updates");
    expect_text(finding->what, "the learning rate is too high");
    expect_text(finding->where, "epoch 4, layer conv_1, learning rate 0.5");
    cnn_watch_free(watch);
    cnn_net_free(net);
    sick_data_free(&data);
}

static void a_healthy_training_is_watched_in_silence(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    cnn_net *net = small_net();
    cnn_watch *watch;
    train_watched(net, &data, 0.05, &watch);
    expect_no_finding(cnn_watch_found(watch));
    cnn_watch_free(watch);
    cnn_net_free(net);
    sick_data_free(&data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_network_gives_no_finding),
        cmocka_unit_test(twenty_layers_of_sigmoids_let_gradients_vanish),
        cmocka_unit_test(a_rate_a_hundred_times_too_high_is_told_with_layer_and_iteration),
        cmocka_unit_test(a_rate_that_changes_nothing_is_told),
        cmocka_unit_test(the_first_layer_that_is_not_finite_is_named),
        cmocka_unit_test(batch_normalisation_of_two_images_is_told),
        cmocka_unit_test_setup_teardown(a_healthy_run_gives_no_finding, folder_new, folder_remove),
        cmocka_unit_test(a_relu_that_is_never_positive_is_named),
        cmocka_unit_test(one_class_for_everything_is_told),
        cmocka_unit_test_setup_teardown(a_run_without_normalisation_is_told, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(inverted_images_are_told_by_the_network, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(the_record_of_a_run_has_its_options_and_history, folder_new,
                                        folder_remove),
        cmocka_unit_test(an_epoch_at_the_loss_of_guessing_is_told_once),
        cmocka_unit_test(training_accuracy_far_above_validation_is_told),
        cmocka_unit_test(an_epoch_in_which_gradients_vanish_is_told_with_its_layer),
        cmocka_unit_test(an_epoch_that_changes_nothing_is_told),
        cmocka_unit_test(an_epoch_of_updates_too_large_is_told),
        cmocka_unit_test(a_healthy_training_is_watched_in_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
