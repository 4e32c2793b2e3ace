/* What a data set tells about what was read and what was not. */
#include "data/dataset.h"

#include "base/memory.h"

void cnn_data_free_report(cnn_data *data) {
    for (int64_t i = 0; data->skips && i < data->skipped; i++) {
        cnn_free(data->skips[i].name);
        cnn_free(data->skips[i].reason);
    }
    cnn_free(data->skips);
    cnn_ignored_free(&data->ignored);
    for (int64_t i = 0; i < data->notes_count; i++)
        cnn_free(data->notes[i]);
    cnn_free(data->notes);
}

cnn_status cnn_data_note_add(cnn_data *data, const char *note, cnn_error *error) {
    cnn_status status = cnn_grow((void **)&data->notes, data->notes_count, &data->notes_capacity,
                                 sizeof *data->notes, "the notes on the data", error);
    if (status != CNN_OK)
        return status;
    data->notes[data->notes_count] = cnn_copy_string(note, error);
    return data->notes[data->notes_count] ? (data->notes_count++, CNN_OK) : CNN_ERROR_MEMORY;
}

int64_t cnn_data_notes(const cnn_data *data) {
    return data ? data->notes_count : 0;
}

const char *cnn_data_note(const cnn_data *data, int64_t index) {
    return data && index >= 0 && index < data->notes_count ? data->notes[index] : NULL;
}

int64_t cnn_data_skipped(const cnn_data *data) {
    return data ? data->skipped : 0;
}

const char *cnn_data_skipped_name(const cnn_data *data, int64_t index) {
    return data && index >= 0 && index < data->skipped ? data->skips[index].name : NULL;
}

const char *cnn_data_skipped_reason(const cnn_data *data, int64_t index) {
    return data && index >= 0 && index < data->skipped ? data->skips[index].reason : NULL;
}

const char *cnn_data_ignored(const cnn_data *data, int64_t index, int64_t *count) {
    if (!data || index < 0 || index >= data->ignored.count)
        return NULL;
    if (count)
        *count = data->ignored.kinds[index].count;
    return data->ignored.kinds[index].ending;
}
