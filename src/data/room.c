#include "data/room.h"

#include "base/memory.h"
#include "base/spill.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* How many bytes may lie in memory. */
static cnn_status find_limit(int64_t available, int64_t *limit, cnn_error *error) {
    const char *text = getenv("CNN_DATA_MEMORY");
    char *end;
    *limit = available / 2;
    if (!text || !*text)
        return CNN_OK;
    const double megabytes = strtod(text, &end);
    if (*end || !(megabytes >= 0 && megabytes <= 1e9))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "CNN_DATA_MEMORY is %s, which is no number of megabytes",
                        text);
    *limit = (int64_t)(megabytes * 1e6);
    return CNN_OK;
}

static cnn_status hold(int64_t bytes, const char *what, void **room, cnn_error *error) {
    *room = cnn_allocate((size_t)bytes, 1, what, error);
    return *room ? CNN_OK : CNN_ERROR_MEMORY;
}

cnn_status cnn_data_make_room(cnn_data *data, int64_t bytes, const char *what, void **room,
                              cnn_error *error) {
    const int64_t available = cnn_memory_available();
    int64_t limit;
    cnn_error why = {0};
    cnn_status status = find_limit(available, &limit, error);
    *room = NULL;
    if (status != CNN_OK)
        return status;
    if (bytes <= limit)
        return hold(bytes, what, room, error);
    *room = cnn_spill_allocate((size_t)bytes, &why);
    data->spilled = *room ? bytes : 0;
    if (*room)
        return CNN_OK;
    if (bytes <= available)
        return hold(bytes, what, room, error);
    return cnn_fail(
        error, CNN_ERROR_MEMORY,
        "out of memory: %s need %.1f MB, %.1f MB are available; fewer (a limit) or smaller images "
        "would need less, or a TMPDIR with as much room (%s)",
        what, (double)bytes / 1e6, (double)available / 1e6, why.message);
}

void cnn_data_free_room(cnn_data *data) {
    void *room = data->pixels ? (void *)data->pixels : data->values;
    if (data->spilled)
        cnn_spill_free(room, (size_t)data->spilled);
    else
        cnn_free(room);
    data->pixels = NULL;
    data->values = NULL;
    data->spilled = 0;
}

cnn_status cnn_data_note_room(cnn_data *data, cnn_error *error) {
    char note[400];
    if (!data->spilled)
        return CNN_OK;
    snprintf(note, sizeof note,
             "%s: the %" PRId64
             " images, %.1f MB, lie in a temporary file in %s, since that is more than half of "
             "the memory (CNN_DATA_MEMORY=MB sets another limit)",
             data->origin, data->count, (double)data->spilled / 1e6, cnn_spill_folder());
    return cnn_data_note_add(data, note, error);
}

void cnn_data_expect(const cnn_data *data, const int64_t *indices, int64_t count) {
    const int64_t values = cnn_data_image_bytes(data);
    for (int64_t i = 0; data->spilled && i < count; i++)
        if (data->values)
            cnn_spill_expect(cnn_data_values(data, indices[i]), (size_t)values * sizeof *data->values);
        else
            cnn_spill_expect(cnn_data_pixels(data, indices[i]), (size_t)values);
}

void cnn_data_expect_behind(const cnn_data *data, const int64_t *indices, int64_t i, int64_t count) {
    enum { AHEAD = 32 };
    if (!data->spilled || i + AHEAD >= count)
        return;
    const int64_t index = indices ? indices[i + AHEAD] : i + AHEAD;
    cnn_data_expect(data, &index, 1);
}
