#include "train/history.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

cnn_status cnn_history_append(cnn_history *history, const cnn_epoch_record *epoch, cnn_error *error) {
    cnn_status status = cnn_grow((void **)&history->epochs, history->count, &history->capacity,
                                 sizeof *history->epochs, "the history", error);
    if (status == CNN_OK)
        history->epochs[history->count++] = *epoch;
    return status;
}

void cnn_history_free(cnn_history *history) {
    cnn_free(history->epochs);
    *history = (cnn_history){0};
}

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
