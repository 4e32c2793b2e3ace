/* cnn_training_record_read: what a run directory says of its training. */
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include <cnn_report.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct noted {
    cnn_progress epochs[3];
} noted;

static bool note_epoch(void *user, const cnn_progress *progress) {
    noted *to = user;
    if (progress->epoch_ended)
        to->epochs[progress->epoch - 1] = *progress;
    return true;
}

static void says_options_and_each_epoch(void **state) {
    noted seen;
    cnn_net *net = small_net();
    cnn_data *data = small_data(100);
    cnn_train_options options = small_options();
    options.run_directory = *state;
    options.validation = 0.2;
    options.schedule = CNN_SCHEDULE_STEP;
    options.step_epochs = 2;
    options.step_factor = 0.5;
    options.seed = UINT64_MAX;
    options.augment = true;
    options.update.precision = CNN_PRECISION_BF16;
    options.progress = note_epoch;
    options.user = &seen;
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_training_record run;
    assert_int_equal(cnn_training_record_read(&run, *state, NULL), CNN_OK);
    assert_true(run.there);
    assert_int_equal(run.images, 100);
    assert_int_equal(strlen(run.fingerprint), 16);
    assert_int_equal(run.options.update.optimizer, CNN_OPTIMIZER_ADAM);
    assert_int_equal(run.options.update.precision, CNN_PRECISION_BF16);
    assert_int_equal(run.options.schedule, CNN_SCHEDULE_STEP);
    assert_int_equal(run.options.step_epochs, 2);
    assert_true(fabs(run.options.step_factor - 0.5) < 1e-12);
    assert_true(fabs(run.options.validation - 0.2) < 1e-12);
    assert_int_equal(run.options.best, CNN_BEST_ACCURACY);
    assert_true(run.options.seed == UINT64_MAX);
    assert_true(run.options.augment);
    assert_int_equal(run.options.epochs, 3);
    assert_int_equal(run.epoch_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_true(fabs(run.epochs[i].loss - seen.epochs[i].loss) < 1e-12);
        assert_true(fabs(run.epochs[i].accuracy - seen.epochs[i].accuracy) < 1e-12);
        assert_true(fabs(run.epochs[i].validation_loss - seen.epochs[i].validation_loss) < 1e-12);
        assert_true(fabs(run.epochs[i].validation_accuracy - seen.epochs[i].validation_accuracy) < 1e-12);
        assert_true(fabs(run.epochs[i].learning_rate - seen.epochs[i].learning_rate) < 1e-12);
    }
    cnn_training_record_free(&run);
    cnn_data_free(data);
    cnn_net_free(net);
}

static void a_folder_without_a_checkpoint_is_no_run(void **state) {
    cnn_training_record run;
    assert_int_equal(cnn_training_record_read(&run, *state, NULL), CNN_OK);
    assert_false(run.there);
    assert_int_equal(run.epoch_count, 0);
    assert_int_equal(cnn_training_record_read(&run, "no-such-folder", NULL), CNN_OK);
    assert_false(run.there);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(says_options_and_each_epoch, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(a_folder_without_a_checkpoint_is_no_run, folder_new, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
