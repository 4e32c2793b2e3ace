#include "train/history.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Layers ---------------------------------------------------------------------------------------- */

static cnn_status append_record(cnn_layer_history *layer, cnn_layer_record record, cnn_error *error) {
    cnn_status status = cnn_grow((void **)&layer->epochs, layer->count, &layer->capacity,
                                 sizeof *layer->epochs, "the history of a layer", error);
    if (status == CNN_OK)
        layer->epochs[layer->count++] = record;
    return status;
}

cnn_status cnn_history_add_layer(cnn_history *history, const char *name, cnn_error *error) {
    cnn_status status = cnn_grow((void **)&history->layers, history->layer_count, &history->layer_capacity,
                                 sizeof *history->layers, "the history", error);
    if (status != CNN_OK)
        return status;
    cnn_layer_history *layer = &history->layers[history->layer_count++];
    *layer = (cnn_layer_history){.layer = cnn_copy_string(name, error)};
    status = layer->layer ? CNN_OK : CNN_ERROR_MEMORY;
    for (int64_t i = 0; status == CNN_OK && i < history->count; i++)
        status = append_record(layer, (cnn_layer_record){NAN, NAN}, error);
    return status == CNN_OK ? append_record(layer, (cnn_layer_record){0}, error) : status;
}

/* ---- Epochs ---------------------------------------------------------------------------------------- */

cnn_status cnn_history_append(cnn_history *history, const cnn_epoch_record *epoch, cnn_error *error) {
    cnn_status status = cnn_grow((void **)&history->epochs, history->count, &history->capacity,
                                 sizeof *history->epochs, "the history", error);
    for (int64_t i = 0; status == CNN_OK && i < history->layer_count; i++)
        status = append_record(&history->layers[i], (cnn_layer_record){0}, error);
    if (status == CNN_OK)
        history->epochs[history->count++] = *epoch;
    return status;
}

void cnn_history_free(cnn_history *history) {
    for (int64_t i = 0; i < history->layer_count; i++) {
        cnn_free(history->layers[i].layer);
        cnn_free(history->layers[i].epochs);
    }
    cnn_free(history->layers);
    cnn_free(history->epochs);
    *history = (cnn_history){0};
}

/* ---- As a table ------------------------------------------------------------------------------------ */

/* With a decimal point in any locale, because a comma would start another column. */
static void append_number(cnn_text *text, double value) {
    char digits[64];
    snprintf(digits, sizeof digits, "%.9g", value);
    const char *point = localeconv()->decimal_point, *found = strstr(digits, point);
    cnn_text_append(text, ",");
    if (isnan(value))
        return;
    if (found)
        cnn_text_append(text, "%.*s.%s", (int)(found - digits), digits, found + strlen(point));
    else
        cnn_text_append(text, "%s", digits);
}

cnn_status cnn_history_write(const cnn_history *history, const char *path, cnn_error *error) {
    cnn_text text = {0};
    cnn_text_append(
        &text,
        "epoch,seconds,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy\n");
    for (int64_t i = 0; i < history->count; i++) {
        double fields[CNN_EPOCH_FIELDS];
        memcpy(fields, &history->epochs[i], sizeof fields);
        cnn_text_append(&text, "%" PRId64, i + 1);
        for (int field = 0; field < CNN_EPOCH_FIELDS; field++)
            append_number(&text, fields[field]);
        cnn_text_append(&text, "\n");
    }
    cnn_status status = text.failed ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the text of %s", path)
                                    : cnn_file_replace(path, text.data, text.length, error);
    cnn_free(text.data);
    return status;
}
