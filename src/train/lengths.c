#include "train/lengths.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/numbers.h"

#include <inttypes.h>

void cnn_lengths_free(cnn_lengths *lengths) {
    cnn_free(lengths->updates);
    *lengths = (cnn_lengths){0};
}

static cnn_status append(cnn_lengths *lengths, int64_t updates, cnn_error *error) {
    const cnn_status status = cnn_grow((void **)&lengths->updates, lengths->count, &lengths->capacity,
                                       sizeof *lengths->updates, "the lengths of the epochs", error);
    if (status == CNN_OK)
        lengths->updates[lengths->count++] = updates;
    return status;
}

cnn_status cnn_lengths_make(cnn_lengths *lengths, const cnn_train_options *options, int64_t most,
                            cnn_error *error) {
    const int64_t first = options->epoch_updates;
    lengths->most = most;
    cnn_status status = append(lengths, first ? cnn_min(first, most) : most, error);
    for (int i = 1; status == CNN_OK && i < options->epoch_length_count; i++)
        status = append(lengths, cnn_min(options->epoch_lengths[i], most), error);
    return status;
}

int64_t cnn_length_of(const cnn_lengths *lengths, int64_t epoch) {
    return lengths->updates[epoch < lengths->count ? epoch : lengths->count - 1];
}

int64_t cnn_lengths_before(const cnn_lengths *lengths, int64_t epoch) {
    int64_t sum = 0;
    for (int64_t i = 0; i < epoch; i++)
        sum += cnn_length_of(lengths, i);
    return sum;
}

cnn_status cnn_lengths_set(cnn_lengths *lengths, int64_t epoch, int64_t updates, cnn_error *error) {
    cnn_status status = CNN_OK;
    while (status == CNN_OK && lengths->count <= epoch)
        status = append(lengths, cnn_length_of(lengths, epoch), error);
    if (status == CNN_OK)
        lengths->updates[epoch] = updates;
    return status;
}

json_t *cnn_lengths_json(const cnn_lengths *lengths) {
    json_t *array = json_array();
    for (int64_t i = 0; i < lengths->count; i++)
        cnn_json_append(&array, json_integer(lengths->updates[i]));
    return array;
}

/* Whether the options name the same, as far as they name any. */
static cnn_status check_same(const cnn_lengths *lengths, const cnn_train_options *options, const char *path,
                             cnn_error *error) {
    for (int i = 0; i < options->epoch_length_count; i++)
        if (cnn_min(options->epoch_lengths[i], lengths->most) != cnn_length_of(lengths, i))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "cannot continue from %s: epoch %d had %" PRId64 " updates and has %" PRId64
                            " now; leave the numbers out, since the checkpoint knows them",
                            path, i + 1, cnn_length_of(lengths, i), options->epoch_lengths[i]);
    return CNN_OK;
}

cnn_status cnn_lengths_take(cnn_lengths *lengths, const json_t *json, const cnn_train_options *options,
                            const char *path, cnn_error *error) {
    cnn_status status = CNN_OK;
    if (!json)
        return CNN_OK;
    if (json_array_size(json) == 0)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s is not a whole checkpoint: no lengths of epochs", path);
    lengths->count = 0;
    for (size_t i = 0; status == CNN_OK && i < json_array_size(json); i++) {
        const int64_t updates = json_integer_value(json_array_get(json, i));
        status =
            updates > 0 && updates <= lengths->most
                ? append(lengths, updates, error)
                : cnn_fail(error, CNN_ERROR_FORMAT,
                           "%s is not a whole checkpoint: an epoch of %" PRId64 " updates", path, updates);
    }
    return status == CNN_OK ? check_same(lengths, options, path, error) : status;
}
