#include "train/options.h"

#include "plan/plan.h"
#include "train/optimizers/optimizer.h"

#include <math.h>

const char *const cnn_schedule_words[] = {"default",    "constant",   "step",    "cosine", "onecycle",
                                          "polynomial", "triangular", "plateau", NULL};
const char *const cnn_precision_words[] = {"float32", "bf16", NULL};
const char *const cnn_best_words[] = {"default", "accuracy", "loss", NULL};

/* A number and where it may lie: least <= value <= most, or < most where `below`. */
typedef struct range {
    const char *name;
    double value, min, max;
    bool below;
} range;

/* The first number out of its range. */
static cnn_status check_ranges(const range *ranges, size_t count, cnn_error *error) {
    for (const range *r = ranges; r < ranges + count; r++) {
        if (r->value >= r->min && (r->below ? r->value < r->max : r->value <= r->max) && isfinite(r->value))
            continue;
        if (isinf(r->max))
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s must be a number of at least %g, not %g", r->name,
                            r->min, r->value);
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s must be at least %g and %s %g, not %g", r->name,
                        r->min, r->below ? "below" : "at most", r->max, r->value);
    }
    return CNN_OK;
}

/* Options that only apply together with others. */
typedef struct rule {
    bool broken;
    const char *message;
} rule;

/* The first option that would have no effect. */
static cnn_status check_rules(const rule *rules, size_t count, cnn_error *error) {
    for (const rule *r = rules; r < rules + count; r++)
        if (r->broken)
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s", r->message);
    return CNN_OK;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* `otherwise` if the value is 0. */
static void set_default(double *value, double otherwise) {
    if (*value == 0)
        *value = otherwise;
}

static void complete_optimizer(cnn_update_options *update) {
    if (update->optimizer == CNN_OPTIMIZER_DEFAULT) {
        update->optimizer = CNN_OPTIMIZER_SGD;
        set_default(&update->momentum, 0.9);
        set_default(&update->weight_decay, 5e-4);
    }
    const cnn_optimizer_kind *kind = cnn_optimizer_of(update->optimizer);
    set_default(&update->learning_rate, cnn_optimizer_rate(update));
    set_default(&update->momentum, kind->momentum);
    set_default(&update->beta1, kind->beta1);
    set_default(&update->beta2, kind->beta2);
    set_default(&update->epsilon, kind->epsilon);
}

cnn_status cnn_update_options_complete(cnn_update_options *update, cnn_error *error) {
    const range ranges[] = {
        {"optimizer", update->optimizer, CNN_OPTIMIZER_DEFAULT, cnn_optimizer_count(), false},
        {"loss", update->loss, CNN_LOSS_DEFAULT, CNN_LOSS_HUBER, false},
        {"learning_rate", update->learning_rate, 0, INFINITY, false},
        {"momentum", update->momentum, 0, 1, true},
        {"beta1", update->beta1, 0, 1, true},
        {"beta2", update->beta2, 0, 1, true},
        {"epsilon", update->epsilon, 0, INFINITY, false},
        {"weight_decay", update->weight_decay, 0, INFINITY, false},
        {"clip_norm", update->clip_norm, 0, INFINITY, false},
        {"label_smoothing", update->label_smoothing, 0, 1, true},
        {"focal", update->focal, 0, 100, false},
        {"layer_decay", update->layer_decay, 0, 1, false},
    };
    cnn_status status = check_ranges(ranges, COUNT(ranges), error);
    if (status == CNN_OK)
        status = cnn_precision_check(update->precision, error);
    if (status != CNN_OK)
        return status;
    complete_optimizer(update);
    set_default(&update->layer_decay, 1);
    const bool momentum = cnn_optimizer_of(update->optimizer)->takes_momentum;
    const bool of_numbers = update->loss == CNN_LOSS_MEAN_SQUARED || update->loss == CNN_LOSS_HUBER;
    const rule rules[] = {
        {update->momentum > 0 && !momentum,
         "momentum only applies to SGD and Muon; the other optimizers have beta1 instead"},
        {update->nesterov && (update->optimizer != CNN_OPTIMIZER_SGD || update->momentum == 0),
         "nesterov only applies to SGD with a momentum above 0"},
        {update->label_smoothing > 0 && of_numbers,
         "label_smoothing only applies to the cross-entropy losses"},
        {update->focal > 0 && of_numbers, "focal only applies to the cross-entropy losses"},
    };
    return check_rules(rules, COUNT(rules), error);
}

static bool has_steps(const cnn_train_options *options) {
    return options->schedule == CNN_SCHEDULE_STEP || options->schedule == CNN_SCHEDULE_PLATEAU;
}

static void complete_schedule(cnn_train_options *options) {
    if (options->schedule == CNN_SCHEDULE_DEFAULT)
        options->schedule = CNN_SCHEDULE_ONECYCLE;
    if (options->schedule == CNN_SCHEDULE_POLYNOMIAL)
        set_default(&options->power, 1);
    if (!has_steps(options))
        return;
    const int parts = options->schedule == CNN_SCHEDULE_STEP ? 3 : 10;
    set_default(&options->step_factor, 0.1);
    if (options->step_epochs == 0)
        options->step_epochs = options->epochs / parts + (options->epochs % parts != 0);
}

static cnn_status check_schedule(const cnn_train_options *options, cnn_error *error) {
    const rule rules[] = {
        {options->schedule == CNN_SCHEDULE_ONECYCLE && options->warmup_epochs > 0,
         "warmup_epochs cannot be used with the one-cycle schedule, which has its own warm-up over its first "
         "30 %"},
        {options->warmup_epochs >= options->epochs, "warmup_epochs must be fewer than the epochs"},
        {options->freeze_epochs >= options->epochs, "freeze_epochs must be fewer than the epochs"},
        {!has_steps(options) && (options->step_epochs || options->step_factor > 0),
         "step_epochs and step_factor only apply to the step schedule and to plateau"},
        {options->schedule != CNN_SCHEDULE_POLYNOMIAL && options->power > 0,
         "power only applies to the polynomial schedule"},
    };
    return check_rules(rules, COUNT(rules), error);
}

/* What cannot be asked for together, or alone. */
static cnn_status check_together(const cnn_train_options *options, cnn_error *error) {
    const rule rules[] = {
        {options->resume && !options->run_directory,
         "resume needs the run_directory whose checkpoint to continue from"},
        {options->resume && options->overwrite,
         "resume and overwrite cannot be used together: one continues the run, the other replaces it"},
        {options->test > 0 && !options->run_directory,
         "test needs a run_directory, whose split.csv lists the images that were held out"},
        {options->validation > 0 && options->validation_data,
         "validation and validation_data cannot be used together"},
        {options->folds == 1 || (options->folds > 0 && (options->fold < 1 || options->fold > options->folds)),
         "folds must be at least 2, and fold one of them, from 1"},
        {options->folds == 0 && options->fold != 0, "fold only applies together with folds"},
        {options->folds > 0 && (options->validation > 0 || options->validation_data),
         "folds cannot be used together with validation and validation_data"},
        {!options->teacher && (options->teacher_weight > 0 || options->temperature > 0),
         "teacher_weight and temperature only apply together with a teacher"},
        {options->freeze_epochs > 0 && !options->keep_parameters && !options->resume,
         "freeze_epochs keeps parameters for a while, but without keep_parameters they are drawn anew"},
        {options->unfreeze_gradually && options->freeze_epochs == 0,
         "unfreeze_gradually only applies together with freeze_epochs"},
        {options->balance_sampling && (options->balance_classes || options->class_weights),
         "balance_sampling cannot be used together with weights of classes"},
        {options->balance_classes && options->class_weights,
         "balance_classes and class_weights cannot be used together"},
        {(options->ema > 0) + (options->lookahead > 0) + (options->swa_from > 0) > 1,
         "ema, lookahead and swa_from cannot be used together: each is another average of the weights"},
    };
    return check_rules(rules, COUNT(rules), error);
}

/* The list begins with what all epochs have without one. */
static cnn_status complete_lengths(cnn_train_options *options, cnn_error *error) {
    for (int i = 0; i < options->epoch_length_count; i++)
        if (!options->epoch_lengths || options->epoch_lengths[i] < 1)
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "epoch_lengths must be at least 1 each, in epoch %d, too", i + 1);
    if (options->epoch_length_count > 0)
        options->epoch_updates = options->epoch_lengths[0];
    return CNN_OK;
}

cnn_status cnn_train_options_complete(cnn_train_options *options, cnn_error *error) {
    const range ranges[] = {
        {"epochs", options->epochs, 0, 1e6, false},
        {"batch", (double)options->batch, 0, 1 << 24, false},
        {"schedule", options->schedule, CNN_SCHEDULE_DEFAULT, CNN_SCHEDULE_PLATEAU, false},
        {"warmup_epochs", options->warmup_epochs, 0, INFINITY, false},
        {"step_epochs", options->step_epochs, 0, 1e6, false},
        {"step_factor", options->step_factor, 0, 1, false},
        {"test", options->test, 0, 1, true},
        {"validation", options->validation, 0, 1, true},
        {"best", options->best, CNN_BEST_DEFAULT, CNN_BEST_LOSS, false},
        {"patience", options->patience, 0, INFINITY, false},
        {"power", options->power, 0, 100, false},
        {"accumulate", options->accumulate, 0, 1 << 20, false},
        {"folds", options->folds, 0, 1000, false},
        {"epoch_updates", (double)options->epoch_updates, 0, INFINITY, false},
        {"ema", options->ema, 0, 1, true},
        {"lookahead", options->lookahead, 0, INFINITY, false},
        {"swa_from", options->swa_from, 0, 1e6, false},
        {"freeze_epochs", options->freeze_epochs, 0, 1e6, false},
        {"teacher_weight", options->teacher_weight, 0, 1, false},
        {"temperature", options->temperature, 0, 1000, false},
        {"epoch_length_count", options->epoch_length_count, 0, 1e6, false},
        {"seconds", options->seconds, 0, INFINITY, false},
    };
    cnn_status status = check_ranges(ranges, COUNT(ranges), error);
    if (status == CNN_OK)
        status = check_together(options, error);
    if (status == CNN_OK)
        status = complete_lengths(options, error);
    if (status == CNN_OK)
        status = cnn_update_options_complete(&options->update, error);
    if (status != CNN_OK)
        return status;
    if (options->epochs == 0)
        options->epochs = 10;
    if (options->batch == 0)
        options->batch = 128;
    if (options->accumulate == 0)
        options->accumulate = 1;
    if (options->best == CNN_BEST_DEFAULT)
        options->best = CNN_BEST_ACCURACY;
    if (options->teacher) {
        set_default(&options->teacher_weight, 0.5);
        set_default(&options->temperature, 4);
    }
    complete_schedule(options);
    if (options->swa_from > options->epochs)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "swa_from is epoch %d, but there are only %d epochs",
                        options->swa_from, options->epochs);
    return check_schedule(options, error);
}
