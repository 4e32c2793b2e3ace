/* Images of one's own to validate with, which epoch is best, and that what training says of it is what is measured. */
#include "support/class_names.h"
#include "support/cmocka.h"
#include "support/small_training.h"

#include <math.h>
#include <string.h>

enum { EPOCHS = 12 };

typedef struct seen {
    cnn_progress epoch[EPOCHS];
    int count;
} seen;

static bool note(void *user, const cnn_progress *progress) {
    seen *all = user;
    if (progress->epoch_ended)
        all->epoch[all->count++] = *progress;
    return true;
}

static cnn_train_options options_for(seen *all, const cnn_data *validation, cnn_best best) {
    cnn_train_options options = small_options();
    options.epochs = EPOCHS;
    options.schedule = CNN_SCHEDULE_CONSTANT;
    options.validation_data = validation;
    options.best = best;
    options.progress = note;
    options.user = all;
    return options;
}

/* What the progress of the last epoch says is kept is what the network measures. */
static void assert_agrees(const cnn_net *net, const cnn_data *validation, const seen *all) {
    const cnn_progress *last = &all->epoch[all->count - 1];
    cnn_evaluation e;
    assert_int_equal(cnn_evaluate(net, validation, 1, &e, NULL), CNN_OK);
    assert_true(fabs(e.accuracy - last->kept_accuracy) < 1e-12);
    assert_true(fabs(e.loss - last->kept_loss) < 1e-6); /* logits in training, probabilities here */
    cnn_evaluation_free(&e);
}

/* Labels that follow from nothing: loss and accuracy rarely are best in the same epoch. */
static void the_best_epoch_is_that_of_the_measure(void **state) {
    (void)state;
    cnn_data *data = small_noise(80), *validation = small_noise(41);
    for (int best = CNN_BEST_DEFAULT; best <= CNN_BEST_LOSS; best++) {
        cnn_net *net = small_net();
        seen all = {.count = 0};
        cnn_train_options options = options_for(&all, validation, (cnn_best)best);
        train_expecting(CNN_OK, net, data, &options, NULL);
        int expected = 0;
        for (int i = 1; i < all.count; i++) {
            const cnn_progress *now = &all.epoch[i], *then = &all.epoch[expected];
            bool lower = now->validation_loss < then->validation_loss;
            bool better = best == CNN_BEST_LOSS || now->validation_accuracy == then->validation_accuracy
                              ? lower
                              : now->validation_accuracy > then->validation_accuracy;
            expected = better ? i : expected;
        }
        assert_int_equal(all.epoch[all.count - 1].kept_epoch, expected + 1);
        assert_agrees(net, validation, &all);
        cnn_net_free(net);
    }
    cnn_data_free(data);
    cnn_data_free(validation);
}

static void without_validation_the_last_epoch_is_kept(void **state) {
    (void)state;
    cnn_data *data = small_data(80);
    cnn_net *net = small_net();
    seen all = {.count = 0};
    cnn_train_options options = options_for(&all, NULL, CNN_BEST_LOSS);
    train_expecting(CNN_OK, net, data, &options, NULL);
    assert_int_equal(all.epoch[EPOCHS - 1].kept_epoch, EPOCHS);
    assert_true(all.epoch[EPOCHS - 1].kept_loss == all.epoch[EPOCHS - 1].loss);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* The images to validate with sort their classes differently, and lack one. */
static void images_to_validate_with_are_matched_by_name(void **state) {
    (void)state;
    static const char *const names[] = {"ant", "bee", "cat", "dog"},
                             *const turned[] = {"dog", "bee", "cat", "ant"},
                             *const strange[] = {"dog", "bee", "cat", "emu"};
    cnn_data *data = small_data(100), *validation = small_data(40);
    cnn_net *net = small_net();
    seen all = {.count = 0};
    cnn_train_options options = options_for(&all, validation, CNN_BEST_DEFAULT);
    cnn_error error;
    rename_classes(data, names);
    rename_classes(validation, turned);
    for (int64_t i = 0; i < validation->count; i++) /* what lies in dog/ are dogs */
        validation->labels[i] = (int32_t[]){3, 1, 2, 0}[validation->labels[i]];
    train_expecting(CNN_OK, net, data, &options, NULL);
    assert_true(all.epoch[EPOCHS - 1].kept_accuracy == 1);
    rename_classes(validation, strange);
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
    assert_non_null(strstr(error.message, "\"emu\""));
    cnn_net_free(net);
    cnn_data_free(data);
    cnn_data_free(validation);
}

static void one_way_to_validate_is_enough(void **state) {
    (void)state;
    cnn_data *data = small_data(80);
    cnn_net *net = small_net();
    seen all = {.count = 0};
    cnn_train_options options = options_for(&all, data, CNN_BEST_DEFAULT);
    options.validation = 0.2;
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, NULL);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* Forward alone, as in inference: the dropout of the small network would show. */
static void a_trainer_measures_as_evaluation_does(void **state) {
    (void)state;
    enum { IMAGES = 30 };
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net();
    cnn_trainer *trainer;
    float images[IMAGES * 64];
    int32_t labels[IMAGES];
    double loss, again;
    int64_t correct;
    for (int64_t i = 0; i < IMAGES; i++)
        labels[i] = cnn_data_label(data, i);
    assert_int_equal(cnn_data_images(data, 0, IMAGES, images, NULL), CNN_OK);
    cnn_net_initialise(net, 4);
    const cnn_trainer_options options = {.update.optimizer = CNN_OPTIMIZER_ADAM, .batch = 8, .threads = 1};
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
    for (int step = 0; step < 3; step++) {
        assert_int_equal(cnn_trainer_gradients(trainer, images, labels, 8, NULL, NULL, NULL), CNN_OK);
        assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
        cnn_evaluation e;
        assert_int_equal(cnn_trainer_loss(trainer, images, labels, IMAGES, &loss, &correct, NULL), CNN_OK);
        assert_int_equal(cnn_trainer_store(trainer, net, NULL), CNN_OK);
        assert_int_equal(cnn_evaluate(net, data, 1, &e, NULL), CNN_OK);
        assert_int_equal(correct, e.correct);
        assert_true(fabs(loss - e.loss) < 1e-6);
        assert_int_equal(cnn_trainer_loss(trainer, images, labels, IMAGES, &again, NULL, NULL), CNN_OK);
        assert_true(again == loss);
        cnn_evaluation_free(&e);
    }
    labels[17] = 4;
    assert_int_equal(cnn_trainer_loss(trainer, images, labels, IMAGES, &loss, NULL, NULL),
                     CNN_ERROR_ARGUMENT);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_epoch_is_that_of_the_measure),
        cmocka_unit_test(without_validation_the_last_epoch_is_kept),
        cmocka_unit_test(images_to_validate_with_are_matched_by_name),
        cmocka_unit_test(one_way_to_validate_is_enough),
        cmocka_unit_test(a_trainer_measures_as_evaluation_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
