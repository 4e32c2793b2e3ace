#include "train/run_record.h"

#include "base/file.h"
#include "base/memory.h"
#include "formats/safetensors.h"
#include "predict/loss_choice.h"
#include "train/checkpoint.h"
#include "train/optimizers/optimizer.h"
#include "train/options.h"
#include "train/run_folder.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cnn_optimizer optimizer_named(const char *name) {
#define IF_NAMED(enumerator, word, rate)                                                                     \
    if (strcmp(name, #word) == 0)                                                                            \
        return enumerator;
    CNN_OPTIMIZERS(IF_NAMED)
#undef IF_NAMED
    return CNN_OPTIMIZER_DEFAULT;
}

/* The place of a word in a list of them, ended by NULL; 0: it is in none, or first. */
static int place_of(const char *const *words, const char *word) {
    for (int i = 0; words[i]; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return 0;
}

static const char *text_of(const json_t *conditions, const char *name) {
    const char *text = json_string_value(json_object_get(conditions, name));
    return text ? text : "";
}

static double number_of(const json_t *conditions, const char *name) {
    return json_number_value(json_object_get(conditions, name));
}

static void take_conditions(const json_t *conditions, cnn_train_options *options) {
    options->update = (cnn_update_options){
        .optimizer = optimizer_named(text_of(conditions, "optimizer")),
        .momentum = number_of(conditions, "momentum"),
        .nesterov = json_boolean_value(json_object_get(conditions, "nesterov")),
        .beta1 = number_of(conditions, "beta1"),
        .beta2 = number_of(conditions, "beta2"),
        .epsilon = number_of(conditions, "epsilon"),
        .weight_decay = number_of(conditions, "weight_decay"),
        .clip_norm = number_of(conditions, "clip_norm"),
        .label_smoothing = number_of(conditions, "label_smoothing"),
        .loss = (cnn_loss)place_of(cnn_loss_words, text_of(conditions, "loss")),
    };
    options->batch = json_integer_value(json_object_get(conditions, "batch"));
    options->schedule = (cnn_schedule)place_of(cnn_schedule_words, text_of(conditions, "schedule"));
    options->warmup_epochs = number_of(conditions, "warmup_epochs");
    options->step_epochs = (int)json_integer_value(json_object_get(conditions, "step_epochs"));
    options->step_factor = number_of(conditions, "step_factor");
    options->best = (cnn_best)place_of(cnn_best_words, text_of(conditions, "best"));
    options->augment = json_boolean_value(json_object_get(conditions, "augment"));
    options->update.focal = number_of(conditions, "focal");
    options->update.precision =
        (cnn_precision)place_of(cnn_precision_words, text_of(conditions, "precision"));
    options->balance_classes = !strcmp(text_of(conditions, "class_weights"), "balanced");
    options->accumulate = (int)json_integer_value(json_object_get(conditions, "accumulate"));
    options->power = number_of(conditions, "power");
    options->ema = number_of(conditions, "ema");
    options->lookahead = (int)json_integer_value(json_object_get(conditions, "lookahead"));
    options->balance_sampling = json_boolean_value(json_object_get(conditions, "balance_sampling"));
    options->folds = (int)json_integer_value(json_object_get(conditions, "folds"));
    options->fold = (int)json_integer_value(json_object_get(conditions, "fold"));
    options->epoch_updates = json_integer_value(json_object_get(conditions, "epoch_updates"));
    options->swa_from = (int)json_integer_value(json_object_get(conditions, "swa_from"));
    options->seed = strtoull(text_of(conditions, "seed"), NULL, 10);
    options->keep_normalisation = json_is_array(json_object_get(conditions, "normalisation"));
}

/* The list of changes to the images; runs of before had none. */
static cnn_status take_augmentations(const json_t *conditions, cnn_run_record *record, cnn_error *error) {
    const char *text = text_of(conditions, "augmentations");
    if (!*text)
        return CNN_OK;
    record->options.augmentations = record->augmentations;
    return cnn_augmentations_parse(text, record->augmentations, &record->options.augmentation_count, error);
}

/* Of a run whose epochs are not all alike they are a list of the options. */
static cnn_status take_lengths(const json_t *json, const char *path, cnn_run_record *record,
                               cnn_error *error) {
    cnn_lengths *lengths = &record->lengths;
    lengths->most = INT64_MAX;
    const cnn_status status =
        cnn_lengths_take(lengths, json_object_get(json, "epoch_lengths"), &record->options, path, error);
    if (status == CNN_OK && lengths->count > 1) {
        record->options.epoch_lengths = lengths->updates;
        record->options.epoch_length_count = (int)lengths->count;
    }
    return status;
}

static cnn_status take_training(const cnn_safetensors *file, const char *path, cnn_run_record *record,
                                cnn_error *error) {
    json_t *json;
    cnn_status status = cnn_checkpoint_training(file, path, &json, error);
    const json_t *conditions = json_object_get(json, "conditions");
    if (status == CNN_OK && !json_is_object(conditions))
        status = cnn_fail(error, CNN_ERROR_FORMAT,
                          "%s is not a whole checkpoint: it does not say how it was trained", path);
    if (status == CNN_OK) {
        take_conditions(conditions, &record->options);
        record->options.update.learning_rate = number_of(json, "learning_rate");
        record->options.epochs = (int)json_integer_value(json_object_get(json, "epochs"));
        record->images = json_integer_value(json_object_get(conditions, "images"));
        record->test = number_of(conditions, "test");
        record->validation = number_of(conditions, "validation");
        snprintf(record->fingerprint, sizeof record->fingerprint, "%s", text_of(conditions, "fingerprint"));
        status = take_augmentations(conditions, record, error);
    }
    if (status == CNN_OK)
        status = take_lengths(json, path, record, error);
    json_decref(json);
    return status;
}

/* A row of doubles for each epoch; none before the first epoch is over. */
static cnn_status take_history(const cnn_safetensors *file, const char *path, cnn_history *history,
                               cnn_error *error) {
    const cnn_safetensor *rows = cnn_safetensors_find(file, "history");
    if (!rows)
        return CNN_OK;
    if (strcmp(rows->dtype, "F64") != 0 || rows->size % sizeof(cnn_epoch_record) != 0)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: its history does not have rows of %d numbers", path,
                        CNN_EPOCH_FIELDS);
    cnn_status status = CNN_OK;
    for (size_t at = 0; status == CNN_OK && at < rows->size; at += sizeof(cnn_epoch_record)) {
        cnn_epoch_record epoch;
        memcpy(&epoch, (const char *)rows->data + at, sizeof epoch);
        status = cnn_history_append(history, &epoch, error);
    }
    return status;
}

static cnn_status take_layer(const cnn_safetensor *rows, const char *path, cnn_history *history,
                             cnn_error *error) {
    const cnn_shape shape = cnn_shape_2(history->count + 1, CNN_LAYER_FIELDS);
    if (!cnn_shape_equal(&rows->shape, &shape))
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: %s does not have a row for each epoch and one more",
                        path, rows->name);
    cnn_status status = cnn_history_add_layer(history, rows->name + strlen(CNN_LAYER_HISTORY), error);
    if (status == CNN_OK)
        memcpy(history->layers[history->layer_count - 1].epochs, rows->data, rows->size);
    return status;
}

static cnn_status take_layers(const cnn_safetensors *file, const char *path, cnn_history *history,
                              cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < file->count; i++) {
        const cnn_safetensor *rows = &file->tensors[i];
        if (strncmp(rows->name, CNN_LAYER_HISTORY, strlen(CNN_LAYER_HISTORY)) == 0 &&
            strcmp(rows->dtype, "F64") == 0)
            status = take_layer(rows, path, history, error);
    }
    return status;
}

static cnn_status read_checkpoint(cnn_run_record *record, const char *path, cnn_error *error) {
    cnn_safetensors file;
    cnn_status status = cnn_safetensors_read(path, &file, error);
    if (status != CNN_OK)
        return status;
    status = take_training(&file, path, record, error);
    if (status == CNN_OK)
        status = take_history(&file, path, &record->history, error);
    if (status == CNN_OK)
        status = take_layers(&file, path, &record->history, error);
    record->there = status == CNN_OK;
    cnn_safetensors_free(&file);
    return status;
}

cnn_status cnn_run_record_read(cnn_run_record *record, const char *folder, cnn_error *error) {
    cnn_run_folder files;
    *record = (cnn_run_record){0};
    cnn_status status = cnn_run_folder_name(&files, folder, error);
    if (status == CNN_OK && folder && cnn_is_file(files.checkpoint))
        status = read_checkpoint(record, files.checkpoint, error);
    cnn_run_folder_free(&files);
    return status;
}

void cnn_run_record_free(cnn_run_record *record) {
    cnn_history_free(&record->history);
    cnn_lengths_free(&record->lengths);
}
