#include "formats/safetensors_parts.h"

#include "base/json.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The specification's own limit. */
enum { LONGEST_HEADER = 100000000 };

/* Where the data begins and how much there is, in bytes of the file. */
typedef struct span {
    const char *origin;
    const uint8_t *data;
    uint64_t size;
} span;

static cnn_status header_length(const cnn_bytes *bytes, const char *origin, uint64_t *length,
                                cnn_error *error) {
    if (bytes->size < CNN_SAFETENSORS_LENGTH)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: a safetensors file has at least 8 bytes, found %zu",
                        origin, bytes->size);
    for (int i = 0; i < CNN_SAFETENSORS_LENGTH; i++)
        *length |= (uint64_t)bytes->data[i] << (8 * i);
    if (*length > LONGEST_HEADER)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: byte 0: expected a header length of at most %d, found %" PRIu64
                        "; this is not a safetensors file",
                        origin, LONGEST_HEADER, *length);
    if (*length > bytes->size - CNN_SAFETENSORS_LENGTH)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: the header should have %" PRIu64 " bytes, but the file ends after %zu", origin,
                        *length, bytes->size - CNN_SAFETENSORS_LENGTH);
    return CNN_OK;
}

static cnn_status parse_header(const cnn_bytes *bytes, uint64_t length, const char *origin, json_t **header,
                               cnn_error *error) {
    json_error_t reason;
    const char *text = (const char *)bytes->data + CNN_SAFETENSORS_LENGTH;
    const cnn_status status = cnn_json_parse(text, (size_t)length, header, &reason);
    if (status == CNN_ERROR_MEMORY)
        return cnn_fail(error, status, "out of memory: the header of %s", origin);
    if (status != CNN_OK)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: byte %d: the header is not JSON: %s", origin,
                        CNN_SAFETENSORS_LENGTH + reason.position, reason.text);
    if (!json_is_object(*header))
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: the header is not a JSON object", origin);
    return CNN_OK;
}

static cnn_status read_shape(const json_t *dims, cnn_safetensor *tensor, const char *origin,
                             cnn_error *error) {
    if (!json_is_array(dims))
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: tensor \"%s\": \"shape\" is missing or not a list",
                        origin, tensor->name);
    if (json_array_size(dims) > CNN_MAX_RANK)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "%s: tensor \"%s\": at most %d axes are supported, found %zu", origin, tensor->name,
                        CNN_MAX_RANK, json_array_size(dims));
    tensor->shape.rank = (int)json_array_size(dims);
    for (int i = 0; i < tensor->shape.rank; i++) {
        const json_t *size = json_array_get(dims, (size_t)i);
        if (!json_is_integer(size))
            return cnn_fail(error, CNN_ERROR_FORMAT,
                            "%s: tensor \"%s\": axis %d of its shape is not a whole number", origin,
                            tensor->name, i);
        tensor->shape.dim[i] = json_integer_value(size);
    }
    return CNN_OK;
}

/* Point the tensor at its bytes, which must lie within the data. */
static cnn_status read_offsets(const json_t *offsets, const span *data, cnn_safetensor *tensor,
                               cnn_error *error) {
    const json_t *first = json_array_get(offsets, 0), *last = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(first) || !json_is_integer(last))
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: tensor \"%s\": \"data_offsets\" must be two whole numbers", data->origin,
                        tensor->name);
    int64_t begin = json_integer_value(first), end = json_integer_value(last);
    if (begin < 0 || end < begin || (uint64_t)end > data->size)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: tensor \"%s\": its data should lie at %" PRId64 " to %" PRId64
                        ", but the file has %" PRIu64 " bytes of data",
                        data->origin, tensor->name, begin, end, data->size);
    tensor->data = data->data + begin;
    tensor->size = (size_t)(end - begin);
    return CNN_OK;
}

static cnn_status read_tensor(const json_t *about, const span *data, cnn_safetensor *tensor,
                              cnn_error *error) {
    const char *dtype = json_string_value(json_object_get(about, "dtype"));
    if (!dtype)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: tensor \"%s\": \"dtype\" is missing or not a string",
                        data->origin, tensor->name);
    tensor->dtype = cnn_safetensors_dtype(dtype);
    if (!tensor->dtype)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED, "%s: tensor \"%s\": the type \"%.32s\" is unknown",
                        data->origin, tensor->name, dtype);
    cnn_status status = read_shape(json_object_get(about, "shape"), tensor, data->origin, error);
    if (status == CNN_OK)
        status = read_offsets(json_object_get(about, "data_offsets"), data, tensor, error);
    return status == CNN_OK ? cnn_safetensors_check(tensor, data->origin, error) : status;
}

static cnn_status read_metadata(json_t *object, const char *origin, cnn_safetensors *file, cnn_error *error) {
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: \"__metadata__\" is not a JSON object", origin);
    file->metadata = cnn_allocate(json_object_size(object), sizeof *file->metadata, "metadata", error);
    if (!file->metadata)
        return CNN_ERROR_MEMORY;
    json_object_foreach(object, key, value) {
        if (!json_is_string(value))
            return cnn_fail(error, CNN_ERROR_FORMAT, "%s: the value of metadata \"%s\" is not a string",
                            origin, key);
        cnn_metadata *entry = &file->metadata[file->metadata_count++];
        entry->key = cnn_copy_string(key, error);
        entry->value = cnn_copy_string(json_string_value(value), error);
        if (!entry->key || !entry->value)
            return CNN_ERROR_MEMORY;
    }
    return CNN_OK;
}

static int by_place(const void *a, const void *b) {
    const cnn_safetensor *const *first = a, *const *second = b;
    const char *x = (*first)->data, *y = (*second)->data;
    if (x != y)
        return x < y ? -1 : 1;
    return ((*first)->size > (*second)->size) - ((*first)->size < (*second)->size); /* empty ones first */
}

/* The tensors must cover the data exactly: neither holes nor overlaps, so that nothing can be hidden in a
 * file. */
static cnn_status check_cover(const cnn_safetensors *file, const span *data, cnn_error *error) {
    const cnn_safetensor **order =
        cnn_allocate((size_t)file->count, sizeof *order, "the tensors' order", error);
    if (!order)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < file->count; i++)
        order[i] = &file->tensors[i];
    qsort(order, (size_t)file->count, sizeof *order, by_place);
    cnn_status status = CNN_OK;
    uint64_t covered = 0;
    for (int64_t i = 0; status == CNN_OK && i < file->count; i++) {
        uint64_t begin = (uint64_t)((const uint8_t *)order[i]->data - data->data);
        if (begin != covered)
            status = cnn_fail(error, CNN_ERROR_FORMAT,
                              "%s: tensor \"%s\": its data begins at %" PRIu64 ", which %s; %" PRIu64
                              " was expected",
                              data->origin, order[i]->name, begin,
                              begin < covered ? "overlaps another tensor's" : "leaves a gap", covered);
        covered = begin + order[i]->size;
    }
    if (status == CNN_OK && covered != data->size)
        status = cnn_fail(error, CNN_ERROR_FORMAT,
                          "%s: the tensors take %" PRIu64 " bytes, but the file has %" PRIu64 " of data",
                          data->origin, covered, data->size);
    cnn_free(order);
    return status;
}

static cnn_status read_entries(json_t *header, const span *data, cnn_safetensors *file, cnn_error *error) {
    const char *key;
    json_t *value;
    cnn_status status = CNN_OK;
    file->tensors =
        cnn_allocate(json_object_size(header), sizeof *file->tensors, "the list of tensors", error);
    if (!file->tensors)
        return CNN_ERROR_MEMORY;
    json_object_foreach(header, key, value) {
        if (strcmp(key, "__metadata__") == 0) {
            status = read_metadata(value, data->origin, file, error);
        } else {
            cnn_safetensor *tensor = &file->tensors[file->count++];
            tensor->name = cnn_copy_string(key, error);
            status = tensor->name ? read_tensor(value, data, tensor, error) : CNN_ERROR_MEMORY;
        }
        if (status != CNN_OK)
            return status;
    }
    return check_cover(file, data, error);
}

cnn_status cnn_safetensors_parse(cnn_bytes bytes, const char *origin, cnn_safetensors *file,
                                 cnn_error *error) {
    *file = (cnn_safetensors){.bytes = bytes};
    json_t *header = NULL;
    uint64_t length = 0;
    cnn_status status = header_length(&bytes, origin, &length, error);
    if (status == CNN_OK)
        status = parse_header(&bytes, length, origin, &header, error);
    if (status == CNN_OK) {
        uint64_t begin = CNN_SAFETENSORS_LENGTH + length;
        const span data = {.origin = origin, .data = bytes.data + begin, .size = bytes.size - begin};
        status = read_entries(header, &data, file, error);
    }
    json_decref(header);
    if (status != CNN_OK)
        cnn_safetensors_free(file);
    return status;
}

cnn_status cnn_safetensors_read(const char *path, cnn_safetensors *file, cnn_error *error) {
    cnn_bytes bytes;
    *file = (cnn_safetensors){0};
    cnn_status status = cnn_file_read(path, &bytes, error);
    return status == CNN_OK ? cnn_safetensors_parse(bytes, path, file, error) : status;
}
