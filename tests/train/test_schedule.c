/* Schedules against the values of PyTorch's lr_scheduler. */
#include "train/schedule.h"

#include "train/options.h"

#include <math.h>

#include "support/cmocka.h"

#include "golden/schedules.h"

static void equals_pytorch(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof golden_schedules / sizeof golden_schedules[0]; i++) {
        const cnn_curve *curve = &golden_schedules[i].curve;
        for (int64_t update = 0; update < curve->updates; update++) {
            double expected = golden_schedules[i].factors[update], found = cnn_curve_factor(curve, update);
            assert_true(fabs(found - expected) <= 1e-10);
        }
    }
}

static void the_plateau_equals_pytorch(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof golden_plateaus / sizeof golden_plateaus[0]; i++) {
        const cnn_train_options options = {.schedule = CNN_SCHEDULE_PLATEAU,
                                           .step_epochs = golden_plateaus[i].patience,
                                           .step_factor = golden_plateaus[i].factor};
        cnn_epoch_record records[12];
        cnn_history history = {.epochs = records};
        for (int k = 0; k < golden_plateaus[i].epochs; k++) {
            /* by the validation images, where there are any */
            const double loss = golden_plateaus[i].losses[k];
            records[k] = k % 2 ? (cnn_epoch_record){.loss = 9, .validation_loss = loss}
                               : (cnn_epoch_record){.loss = loss, .validation_loss = NAN};
            history.count = k + 1;
            const double expected = golden_plateaus[i].factors[k];
            assert_true(fabs(cnn_plateau_factor(&options, &history) - expected) <= 1e-12);
        }
    }
}

static void one_cycle_has_its_constants(void **state) {
    (void)state;
    cnn_curve curve = {.kind = CNN_SCHEDULE_ONECYCLE, .updates = 1000};
    assert_true(fabs(cnn_curve_factor(&curve, 0) - 1.0 / 25) < 1e-12);
    assert_true(fabs(cnn_curve_factor(&curve, 299) - 1) < 1e-12);
    assert_true(fabs(cnn_curve_factor(&curve, 999) - 1.0 / 250000) < 1e-12);
}

/* From options in epochs to updates. */
static void counts_in_updates(void **state) {
    (void)state;
    cnn_train_options options = {.epochs = 10, .schedule = CNN_SCHEDULE_STEP, .warmup_epochs = 1.5};
    assert_int_equal(cnn_train_options_complete(&options, NULL), CNN_OK);
    cnn_curve curve;
    assert_int_equal(cnn_curve_of(&options, 100, &curve, NULL), CNN_OK);
    assert_int_equal(curve.updates, 1000);
    assert_int_equal(curve.warmup, 150);
    assert_int_equal(curve.step_updates, 400);
    assert_true(fabs(cnn_curve_factor(&curve, 0) - 1.0 / 150) < 1e-12);
    assert_true(cnn_curve_factor(&curve, 150) == 1);
    assert_true(fabs(cnn_curve_factor(&curve, 550) - 0.1) < 1e-12);
}

static void counts_that_do_not_fit(void **state) {
    (void)state;
    cnn_train_options options = {.epochs = 1000000, .schedule = CNN_SCHEDULE_CONSTANT};
    cnn_curve curve;
    assert_int_equal(cnn_curve_of(&options, INT64_MAX / 1000, &curve, NULL), CNN_ERROR_ARGUMENT);
}

/* The public call: defaults filled in, every wrong number refused. */
static void tells_a_loop_of_ones_own(void **state) {
    (void)state;
    cnn_error error;
    double factor = -1;
    const cnn_train_options step_options = {.epochs = 6, .schedule = CNN_SCHEDULE_STEP};
    assert_int_equal(cnn_train_factor(&step_options, 100, 399, &factor, &error), CNN_OK);
    assert_true(fabs(factor - 0.1) < 1e-12); /* a step of a tenth after each third of the epochs */
    assert_int_equal(cnn_train_factor(&(cnn_train_options){0}, 100, 299, &factor, &error), CNN_OK);
    assert_true(factor == 1); /* the top of the one cycle of 10 epochs */
    assert_int_equal(cnn_train_factor(&step_options, 100, 600, &factor, &error), CNN_ERROR_ARGUMENT);
    assert_string_equal(error.message, "update must be 0 to 599, not 600");
    assert_int_equal(cnn_train_factor(&step_options, 100, -1, &factor, &error), CNN_ERROR_ARGUMENT);
    assert_int_equal(cnn_train_factor(&step_options, 0, 0, &factor, &error), CNN_ERROR_ARGUMENT);
    assert_string_equal(error.message, "updates must be at least 1, not 0");
    assert_int_equal(cnn_train_factor(&(cnn_train_options){.epochs = -1}, 1, 0, &factor, &error),
                     CNN_ERROR_ARGUMENT);
}

/* Where the head is trained alone first, the schedule is that of a training of so many epochs, then that of the rest. */
static void a_frozen_body_has_the_schedule_twice(void **state) {
    (void)state;
    static const cnn_schedule kinds[] = {CNN_SCHEDULE_ONECYCLE, CNN_SCHEDULE_COSINE, CNN_SCHEDULE_TRIANGULAR};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const double warmup = kinds[i] == CNN_SCHEDULE_COSINE ? 1.5 : 0;
        cnn_train_options options = {.schedule = kinds[i], .warmup_epochs = warmup, .keep_parameters = true};
        for (int64_t update = 0; update < 50; update++) {
            double factor, expected;
            options.epochs = 5;
            options.freeze_epochs = 2;
            assert_int_equal(cnn_train_factor(&options, 10, update, &factor, NULL), CNN_OK);
            options.freeze_epochs = 0;
            options.epochs = update < 20 ? 2 : 3;
            assert_int_equal(
                cnn_train_factor(&options, 10, update < 20 ? update : update - 20, &expected, NULL), CNN_OK);
            assert_true(factor == expected);
        }
    }
}

/* Where layers join epoch by epoch, each of these epochs is a training of one epoch. */
static void each_stage_has_the_schedule(void **state) {
    (void)state;
    cnn_train_options options = {
        .epochs = 5, .freeze_epochs = 2, .unfreeze_gradually = true, .keep_parameters = true};
    for (int64_t update = 0; update < 50; update++) {
        double factor, expected;
        const cnn_train_options part = {.epochs = update < 20 ? 1 : 3};
        assert_int_equal(cnn_train_factor(&options, 10, update, &factor, NULL), CNN_OK);
        assert_int_equal(
            cnn_train_factor(&part, 10, update < 20 ? update % 10 : update - 20, &expected, NULL), CNN_OK);
        assert_true(factor == expected);
    }
}

/* Every schedule stays within 0..1, whatever the length of the training. */
static void stays_within_bounds(void **state) {
    (void)state;
    for (int kind = CNN_SCHEDULE_CONSTANT; kind <= CNN_SCHEDULE_PLATEAU; kind++)
        for (int64_t updates = 1; updates <= 50; updates++) {
            cnn_curve curve = {kind, updates, updates / 4, 3, 0.1, 2, updates / 3, updates / 3};
            for (int64_t update = 0; update < updates; update++) {
                double factor = cnn_curve_factor(&curve, update);
                assert_true(factor > 0 && factor <= 1);
            }
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_pytorch),
        cmocka_unit_test(the_plateau_equals_pytorch),
        cmocka_unit_test(one_cycle_has_its_constants),
        cmocka_unit_test(counts_in_updates),
        cmocka_unit_test(a_frozen_body_has_the_schedule_twice),
        cmocka_unit_test(each_stage_has_the_schedule),
        cmocka_unit_test(counts_that_do_not_fit),
        cmocka_unit_test(tells_a_loop_of_ones_own),
        cmocka_unit_test(stays_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
