#include "train/conditions.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/augment/augment.h"
#include "data/dataset.h"
#include "predict/loss_choice.h"
#include "train/optimizers/optimizer.h"
#include "train/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The names of the frozen layers. */
static json_t *frozen_layers(const cnn_net *net) {
    json_t *names = json_array();
    for (int64_t i = 0; i < net->node_count; i++)
        if (net->nodes[i].frozen)
            cnn_json_append(&names, json_string(net->nodes[i].name));
    return names;
}

/* Mean and deviation of each channel where the caller gave them. */
static json_t *normalisation(const cnn_train_options *options, const cnn_net *net) {
    if (!options->keep_normalisation)
        return json_string("of the data");
    json_t *values = json_array();
    for (int64_t c = 0; c < net->input.dim[0]; c++) {
        cnn_json_append(&values, json_real((double)net->mean[c]));
        cnn_json_append(&values, json_real((double)net->deviation[c]));
    }
    return values;
}

/* "flip:0.5,crop:4" */
static json_t *augmentations(const cnn_train_options *options) {
    cnn_text list = {0};
    cnn_text_append(&list, "%s", "");
    for (int i = 0; i < options->augmentation_count; i++) {
        const cnn_augmentation *one = &options->augmentations[i];
        cnn_text_append(&list, "%s%s:%.17g", i ? "," : "", cnn_augmentation_word(one->kind), one->amount);
    }
    json_t *text = list.data ? json_string(list.data) : NULL;
    cnn_free(list.data);
    return text;
}

/* ["*.bias", 64.0, ...] */
static json_t *factors(const cnn_parameter_factor *list, int count) {
    json_t *values = json_array();
    for (int i = 0; i < count; i++) {
        cnn_json_append(&values, json_string(list[i].pattern));
        cnn_json_append(&values, json_real(list[i].factor));
    }
    return values;
}

static json_t *class_weights(const cnn_train_options *options) {
    if (options->balance_classes)
        return json_string("balanced");
    json_t *values = json_array();
    for (int64_t i = 0; options->class_weights && i < options->class_weight_count; i++)
        cnn_json_append(&values, json_real((double)options->class_weights[i]));
    return values;
}

static json_t *names_of(char *const *names, int64_t count) {
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        cnn_json_append(&list, json_string(names[i]));
    return list;
}

/* What an epoch trains, how much a teacher says, which images it has, and which of them validate. False: out of memory. */
static bool add_epochs(json_t *conditions, const cnn_train_options *options) {
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"balance_sampling", json_boolean(options->balance_sampling)},
        {"folds", json_integer(options->folds)},
        {"fold", json_integer(options->fold)},
        {"epoch_updates", json_integer(options->epoch_updates)},
        {"freeze_epochs", json_integer(options->freeze_epochs)},
        {"unfreeze_gradually", json_boolean(options->unfreeze_gradually)},
        {"layer_decay", json_real(options->update.layer_decay)},
        {"teacher_weight", json_real(options->teacher_weight)},
        {"temperature", json_real(options->temperature)},
        {"precision", json_string(cnn_precision_words[options->update.precision])},
    };
    bool added = true;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        added &= json_object_set_new(conditions, members[i].name, members[i].value) == 0;
    return added;
}

json_t *cnn_conditions(const cnn_train_options *options, const cnn_net *net, const cnn_data *data,
                       int64_t images, const cnn_fingerprints *fingerprints) {
    const cnn_update_options *update = &options->update;
    char seed[32]; /* as a string: other readers of JSON keep only 53 bits of a number */
    snprintf(seed, sizeof seed, "%" PRIu64, options->seed);
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"optimizer", json_string(cnn_optimizer_name(update->optimizer))},
        {"momentum", json_real(update->momentum)},
        {"nesterov", json_boolean(update->nesterov)},
        {"beta1", json_real(update->beta1)},
        {"beta2", json_real(update->beta2)},
        {"epsilon", json_real(update->epsilon)},
        {"weight_decay", json_real(update->weight_decay)},
        {"clip_norm", json_real(update->clip_norm)},
        {"label_smoothing", json_real(update->label_smoothing)},
        {"loss", json_string(cnn_loss_words[update->loss])},
        {"batch", json_integer(options->batch)},
        {"schedule", json_string(cnn_schedule_words[options->schedule])},
        {"warmup_epochs", json_real(options->warmup_epochs)},
        {"step_epochs", json_integer(options->step_epochs)},
        {"step_factor", json_real(options->step_factor)},
        {"test", json_real(options->test)},
        {"validation", json_real(options->validation)},
        {"validation_images",
         json_integer(options->validation_data ? cnn_data_count(options->validation_data) : 0)},
        {"best", json_string(cnn_best_words[options->best])},
        {"seed", json_string(seed)},
        {"augment", json_boolean(options->augment)},
        {"augmentations", augmentations(options)},
        {"focal", json_real(update->focal)},
        {"rate_factors", factors(update->rate_factors, update->rate_factor_count)},
        {"decay_factors", factors(update->decay_factors, update->decay_factor_count)},
        {"class_weights", class_weights(options)},
        {"accumulate", json_integer(options->accumulate)},
        {"power", json_real(options->power)},
        {"ema", json_real(options->ema)},
        {"lookahead", json_integer(options->lookahead)},
        {"swa_from", json_integer(options->swa_from)},
        {"frozen", frozen_layers(net)},
        {"normalisation", normalisation(options, net)},
        {"classes", names_of(data->names, data->classes)},
        {"outputs", names_of(net->classes, net->class_count)},
        {"images", json_integer(images)},
        {"targets", json_integer(data->targets_per_image)},
        {"fingerprint", json_string(fingerprints->images)},
        {"validation_fingerprint", json_string(fingerprints->validation)},
        {"teacher", json_string(fingerprints->teacher)},
    };
    json_t *conditions = json_object();
    bool failed = !conditions || !add_epochs(conditions, options);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        failed |= json_object_set_new(conditions, members[i].name, members[i].value) != 0;
    if (failed)
        json_decref(conditions);
    return failed ? NULL : conditions;
}

/* Append the value as a person reads it. */
static void append_value(cnn_text *text, const json_t *value) {
    char *written = value ? cnn_json_dump(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6), NULL) : NULL;
    if (!value)
        cnn_text_append(text, "not there");
    else if (written)
        cnn_text_append(text, "%s", written);
    else
        text->failed = true;
    cnn_free(written);
}

/* Of two lists of names the first that differ; `name` becomes that of the element. */
static void narrow(cnn_text *name, const json_t **saved, const json_t **now) {
    size_t count = json_array_size(*saved) < json_array_size(*now) ? json_array_size(*saved)
                                                                   : json_array_size(*now),
           i = 0;
    while (i < count && json_equal(json_array_get(*saved, i), json_array_get(*now, i)))
        i++;
    cnn_text_append(name, "[%zu]", i);
    *saved = json_array_get(*saved, i);
    *now = json_array_get(*now, i);
}

/* Report the first condition that differs, with both values. */
static cnn_status differs(const char *path, const char *name, const json_t *saved, const json_t *now,
                          cnn_error *error) {
    cnn_text what = {0}, then = {0}, asked = {0};
    cnn_text_append(&what, "%s", name);
    if (json_is_string(json_array_get(saved, 0)) && json_is_string(json_array_get(now, 0)))
        narrow(&what, &saved, &now);
    append_value(&then, saved);
    append_value(&asked, now);
    cnn_status status =
        what.failed || then.failed || asked.failed
            ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: what the run in %s was trained with", path)
            : cnn_fail(error, CNN_ERROR_ARGUMENT,
                       "cannot continue from %s: %s was %s and is now %s; give the same as before, or start "
                       "a new training in another run directory",
                       path, what.data, then.data, asked.data);
    cnn_free(what.data);
    cnn_free(then.data);
    cnn_free(asked.data);
    return status;
}

/* Conditions that were added after the first ones, with what they were before in JSON; NULL: not known. */
static const struct {
    const char *name, *before;
} added[] = {
    {"test", "0.0"},
    {"validation_images", "0"},
    {"loss", "\"cross-entropy\""},
    {"best", "\"loss\""},
    {"targets", "0"},
    {"augmentations", "\"\""},
    {"focal", "0.0"},
    {"rate_factors", "[]"},
    {"decay_factors", "[]"},
    {"class_weights", "[]"},
    {"accumulate", "1"},
    {"power", "0.0"},
    {"ema", "0.0"},
    {"lookahead", "0"},
    {"epoch_updates", "0"},
    {"freeze_epochs", "0"},
    {"unfreeze_gradually", "false"},
    {"layer_decay", "1.0"},
    {"teacher", "\"\""},
    {"teacher_weight", "0.0"},
    {"temperature", "0.0"},
    {"balance_sampling", "false"},
    {"folds", "0"},
    {"fold", "0"},
    {"swa_from", "0"},
    {"precision", "\"float32\""},
    {"outputs", NULL},
    {"fingerprint", NULL},
    {"validation_fingerprint", NULL},
};

/* Whether a condition that a checkpoint does not name was then what it is now, as far as one can know. */
static bool was_so_before(const char *name, const json_t *now) {
    for (size_t i = 0; i < sizeof added / sizeof added[0]; i++) {
        if (strcmp(added[i].name, name) != 0)
            continue;
        json_t *before = added[i].before ? json_loads(added[i].before, JSON_DECODE_ANY, NULL) : NULL;
        const bool same = !added[i].before || (before && json_equal(before, now));
        json_decref(before);
        return same;
    }
    return false;
}

static cnn_status other_images(const char *path, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "cannot go on from %s: as many images as before, but other ones, or with other labels or "
                    "targets; give the "
                    "same data, or train anew in another run directory",
                    path);
}

cnn_status cnn_conditions_check(const json_t *saved, const json_t *now, const char *path, cnn_error *error) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)now, name, value) {
        const json_t *before = json_object_get(saved, name);
        if (before ? json_equal(before, value) : was_so_before(name, value))
            continue;
        return before && strstr(name, "fingerprint") ? other_images(path, error)
                                                     : differs(path, name, before, value, error);
    }
    return CNN_OK;
}
