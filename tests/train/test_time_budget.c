/* Epochs of fewer updates than the images make, and how many fit into a time. */
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include <stdlib.h>
#include <string.h>

enum { IMAGES = 100, UPDATES = 3 };

static bool note_iterations(void *user, const cnn_progress *progress) {
    *(cnn_progress *)user = *progress;
    return true;
}

static cnn_train_options short_epochs(void) {
    cnn_train_options options = small_options();
    options.epoch_updates = UPDATES;
    return options;
}

/* Each epoch begins another order of all images. */
static void epochs_have_as_many_updates_as_asked(void **state) {
    (void)state;
    cnn_progress last = {0};
    cnn_data *data = small_data(IMAGES);
    cnn_net *one = small_net(), *two = small_net();
    cnn_train_options options = short_epochs();
    options.progress = note_iterations;
    options.user = &last;
    options.threads = 1;
    train_expecting(CNN_OK, one, data, &options, NULL);
    assert_int_equal(last.iterations, UPDATES);
    assert_int_equal(last.epoch, options.epochs);
    assert_true(last.accuracy > 0 && last.accuracy <= 1);
    options.threads = 2;
    train_expecting(CNN_OK, two, data, &options, NULL);
    assert_same_parameters(one, two);
    cnn_net_free(one);
    cnn_net_free(two);
    cnn_data_free(data);
}

static void more_than_the_images_make_is_all_of_them(void **state) {
    (void)state;
    cnn_data *data = small_data(IMAGES);
    cnn_net *all = small_net(), *more = small_net();
    cnn_train_options options = small_options();
    train_expecting(CNN_OK, all, data, &options, NULL);
    options.epoch_updates = 1000;
    train_expecting(CNN_OK, more, data, &options, NULL);
    assert_same_parameters(all, more);
    cnn_net_free(all);
    cnn_net_free(more);
    cnn_data_free(data);
}

static bool stop_in_second(void *user, const cnn_progress *progress) {
    (void)user;
    return !(progress->epoch == 2 && progress->iteration == 2);
}

/* ---- Epochs of different lengths --------------------------------------------------------------------- */

enum { EPOCHS = 5 };

/* What is seen of a training: the updates of each epoch. */
typedef struct seen {
    int64_t lengths[EPOCHS];
    int stop_epoch, stop_iteration; /* 0: it is not stopped */
} seen;

static bool note_lengths(void *user, const cnn_progress *progress) {
    seen *noted = user;
    if (progress->epoch_ended)
        noted->lengths[progress->epoch - 1] = progress->iterations;
    return progress->epoch != noted->stop_epoch || progress->iteration != noted->stop_iteration;
}

static cnn_train_options listed(seen *noted, const int64_t *lengths, int count) {
    cnn_train_options options = small_options();
    options.epochs = EPOCHS;
    options.epoch_lengths = lengths;
    options.epoch_length_count = count;
    options.swa_from = 2; /* an average at the ends of epochs */
    options.progress = note_lengths;
    options.user = noted;
    return options;
}

/* Later epochs are as long as the last one named, and none is longer than the images make. */
static void epochs_have_lengths_of_their_own(void **state) {
    (void)state;
    static const int64_t list[] = {2, 5, 1000, 3}, expected[EPOCHS] = {2, 5, 7, 3, 3};
    cnn_data *data = small_data(IMAGES);
    cnn_net *nets[3];
    for (int threads = 1; threads <= 3; threads++) {
        seen noted = {0};
        cnn_net *net = nets[threads - 1] = small_net();
        cnn_train_options options = listed(&noted, list, 4);
        options.threads = threads;
        train_expecting(CNN_OK, net, data, &options, NULL);
        assert_memory_equal(noted.lengths, expected, sizeof expected);
        assert_same_parameters(nets[0], net);
    }
    for (int i = 0; i < 3; i++)
        cnn_net_free(nets[i]);
    cnn_data_free(data);
}

/* None has no updates. */
static void lengths_that_are_none(void **state) {
    (void)state;
    static const int64_t list[] = {2, 0};
    seen noted = {0};
    cnn_error error;
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net();
    const cnn_train_options options = listed(&noted, list, 2);
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
    assert_non_null(strstr(error.message, "epoch_lengths must be at least 1 each, in epoch 2, too"));
    cnn_net_free(net);
    cnn_data_free(data);
}

static void a_list_of_one_is_that_number(void **state) {
    (void)state;
    static const int64_t three = UPDATES;
    seen noted = {0};
    cnn_data *data = small_data(IMAGES);
    cnn_net *one = small_net(), *two = small_net();
    cnn_train_options options = listed(&noted, &three, 1);
    train_expecting(CNN_OK, one, data, &options, NULL);
    options = listed(&noted, NULL, 0);
    options.epoch_updates = UPDATES;
    train_expecting(CNN_OK, two, data, &options, NULL);
    assert_same_parameters(one, two);
    cnn_net_free(one);
    cnn_net_free(two);
    cnn_data_free(data);
}

/* Stopped within the second epoch, and at the end of the third. */
static void resuming_keeps_the_lengths(void **state) {
    static const int64_t list[] = {2, 5, 3}, others[] = {2, 4, 3};
    seen noted = {0};
    cnn_error error;
    cnn_data *data = small_data(IMAGES);
    cnn_net *whole = small_net(), *parts = small_net();
    cnn_train_options options = listed(&noted, list, 3);
    train_expecting(CNN_OK, whole, data, &options, NULL);
    options.run_directory = *state;
    for (int stop = 2; stop <= 3; stop++) {
        noted.stop_epoch = stop;
        noted.stop_iteration = stop == 2 ? 4 : 3;
        train_expecting(CNN_STOPPED, parts, data, &options, NULL);
        options.resume = true;
        options.epoch_length_count = 0; /* the checkpoint knows them */
    }
    noted.stop_epoch = 0;
    options.epoch_lengths = others;
    options.epoch_length_count = 3;
    train_expecting(CNN_ERROR_ARGUMENT, parts, data, &options, &error);
    assert_non_null(strstr(error.message, "epoch 2 had 5 updates and has 4 now"));
    options.epoch_lengths = list;
    train_expecting(CNN_OK, parts, data, &options, NULL);
    assert_same_parameters(whole, parts);
    cnn_net_free(whole);
    cnn_net_free(parts);
    cnn_data_free(data);
}

/* What became of a time is repeated by the lengths, and by going on. */
static void a_time_is_kept_and_its_lengths_repeat_it(void **state) {
    (void)state;
    seen noted = {0};
    cnn_data *data = small_data(IMAGES);
    cnn_net *timed = small_net(), *repeated = small_net();
    cnn_train_options options = listed(&noted, NULL, 0);
    options.epoch_updates = 1;
    options.seconds = 0.0001; /* each epoch is as short as it can be */
    train_expecting(CNN_OK, timed, data, &options, NULL);
    assert_int_equal(noted.lengths[EPOCHS - 1], 1);
    options.seconds = 1000; /* as long as it can be, but for the first one */
    train_expecting(CNN_OK, timed, data, &options, NULL);
    assert_int_equal(noted.lengths[0], 1);
    assert_int_equal(noted.lengths[1], 7);
    const int64_t list[] = {noted.lengths[0], noted.lengths[1]};
    options = listed(&noted, list, 2);
    train_expecting(CNN_OK, repeated, data, &options, NULL);
    assert_same_parameters(timed, repeated);
    cnn_net_free(timed);
    cnn_net_free(repeated);
    cnn_data_free(data);
}

/* ---- One number for all epochs ----------------------------------------------------------------------- */

/* A resumed training takes the number from its checkpoint, and refuses another. */
static void resuming_keeps_the_number(void **state) {
    cnn_error error;
    cnn_data *data = small_data(IMAGES);
    cnn_net *whole = small_net(), *parts = small_net();
    cnn_train_options options = short_epochs();
    train_expecting(CNN_OK, whole, data, &options, NULL);
    options.run_directory = *state;
    options.progress = stop_in_second;
    train_expecting(CNN_STOPPED, parts, data, &options, NULL);
    options.progress = NULL;
    options.resume = true;
    options.epoch_updates = 4;
    train_expecting(CNN_ERROR_ARGUMENT, parts, data, &options, &error);
    assert_non_null(strstr(error.message, "epoch_updates was 3 and is now 4"));
    options.epoch_updates = 0;
    train_expecting(CNN_OK, parts, data, &options, NULL);
    assert_same_parameters(whole, parts);
    cnn_net_free(whole);
    cnn_net_free(parts);
    cnn_data_free(data);
}

static void a_length_fits_into_the_time(void **state) {
    (void)state;
    cnn_train_length length = {0};
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net(), *copy = small_net();
    cnn_train_options options = small_options();
    options.validation = 0.2;
    assert_int_equal(cnn_train_fit_time(net, data, &options, 0.3, &length, NULL), CNN_OK);
    assert_true(length.epochs >= 1 && length.epoch_updates >= 1);
    assert_true(length.epoch_updates <= 5); /* 80 images train, 16 at once */
    assert_true(length.seconds <= 0.31);
    assert_same_parameters(net, copy);
    cnn_net_free(net);
    cnn_net_free(copy);
    cnn_data_free(data);
}

/* What the options say of epochs must have its place in them. */
static void a_length_has_room_for_what_epochs_are_for(void **state) {
    (void)state;
    cnn_train_length length = {0};
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net();
    cnn_train_options options = small_options();
    options.epochs = 0;
    options.keep_parameters = true;
    options.freeze_epochs = 12;
    options.swa_from = 20;
    assert_int_equal(cnn_train_fit_time(net, data, &options, 0.001, &length, NULL), CNN_OK);
    assert_int_equal(length.epochs, 20);
    options.swa_from = 0;
    options.unfreeze_gradually = true;
    assert_int_equal(cnn_train_fit_time(net, data, &options, 0.001, &length, NULL), CNN_OK);
    assert_int_equal(length.epochs, 13);
    assert_int_equal(length.epoch_updates, 1);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void what_is_no_time(void **state) {
    (void)state;
    cnn_error error;
    cnn_train_length length;
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net();
    cnn_train_options options = short_epochs();
    assert_int_equal(cnn_train_fit_time(net, data, NULL, -1, &length, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "seconds must be a number above 0"));
    assert_int_equal(cnn_train_fit_time(net, data, &options, 1, &length, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "epoch_updates is what is looked for"));
    cnn_net_free(net);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epochs_have_as_many_updates_as_asked),
        cmocka_unit_test(more_than_the_images_make_is_all_of_them),
        cmocka_unit_test(epochs_have_lengths_of_their_own),
        cmocka_unit_test(lengths_that_are_none),
        cmocka_unit_test(a_list_of_one_is_that_number),
        cmocka_unit_test_setup_teardown(resuming_keeps_the_lengths, folder_new, folder_remove),
        cmocka_unit_test(a_time_is_kept_and_its_lengths_repeat_it),
        cmocka_unit_test_setup_teardown(resuming_keeps_the_number, folder_new, folder_remove),
        cmocka_unit_test(a_length_fits_into_the_time),
        cmocka_unit_test(a_length_has_room_for_what_epochs_are_for),
        cmocka_unit_test(what_is_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
