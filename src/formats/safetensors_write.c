#include "formats/safetensors_parts.h"

#include "base/json.h"
#include "base/memory.h"

#include <string.h>

/* NULL when out of memory or when a key or value is no UTF-8. */
static json_t *metadata_object(const cnn_metadata *metadata, int64_t count) {
    json_t *object = json_object();
    for (int64_t i = 0; i < count; i++)
        if (json_object_set_new(object, metadata[i].key, json_string(metadata[i].value)) != 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static json_t *tensor_object(const cnn_safetensor *tensor, size_t offset) {
    json_t *shape = json_array();
    for (int i = 0; i < tensor->shape.rank; i++)
        cnn_json_append(&shape, json_integer(tensor->shape.dim[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", tensor->dtype, "shape", shape, "data_offsets",
                     (json_int_t)offset, (json_int_t)(offset + tensor->size));
}

/* Add one tensor to the header; its data begins at *offset, which moves on. */
static cnn_status add_tensor(json_t *header, const char *path, const cnn_safetensor *tensor, size_t *offset,
                             cnn_error *error) {
    cnn_status status = cnn_safetensors_check(tensor, path, error);
    if (status != CNN_OK)
        return status;
    if (json_object_get(header, tensor->name))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s: two tensors are named \"%s\"", path, tensor->name);
    if (json_object_set_new(header, tensor->name, tensor_object(tensor, *offset)) != 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "%s: tensor \"%s\": its name is not UTF-8, or memory ran out", path, tensor->name);
    *offset += tensor->size;
    return CNN_OK;
}

/* The header as JSON text, padded with spaces so that the data after it is aligned to 8 bytes. */
static cnn_status header_text(json_t *header, char **text, size_t *length, const char *path,
                              cnn_error *error) {
    size_t used = json_dumpb(header, NULL, 0, JSON_COMPACT);
    *length = (used + 7) / 8 * 8;
    *text = used ? cnn_allocate(*length, 1, "a safetensors header", error) : NULL;
    if (!*text)
        return cnn_fail(error, CNN_ERROR_MEMORY, "%s: out of memory: the header", path);
    memset(*text, ' ', *length);
    if (json_dumpb(header, *text, used, JSON_COMPACT) != used)
        return cnn_fail(error, CNN_ERROR_MEMORY, "%s: out of memory: the header", path);
    return CNN_OK;
}

/* The length of the header, the header, each tensor from where it lies: a checkpoint is as large as all that training keeps,
 * so it is not copied. */
static cnn_status write_file(const char *path, const char *header, size_t length,
                             const cnn_safetensor *tensors, int64_t count, cnn_error *error) {
    uint8_t before[CNN_SAFETENSORS_LENGTH];
    cnn_part *parts =
        cnn_allocate((size_t)count + 2, sizeof *parts, "the parts of a safetensors file", error);
    if (!parts)
        return CNN_ERROR_MEMORY;
    for (int i = 0; i < CNN_SAFETENSORS_LENGTH; i++)
        before[i] = (uint8_t)((uint64_t)length >> (8 * i));
    parts[0] = (cnn_part){before, sizeof before};
    parts[1] = (cnn_part){header, length};
    for (int64_t i = 0; i < count; i++)
        parts[2 + i] = (cnn_part){tensors[i].data, tensors[i].size};
    const cnn_status status = cnn_file_replace_parts(path, parts, count + 2, error);
    cnn_free(parts);
    return status;
}

cnn_status cnn_safetensors_write(const char *path, const cnn_safetensor *tensors, int64_t count,
                                 const cnn_metadata *metadata, int64_t metadata_count, cnn_error *error) {
    json_t *header = json_object();
    char *text = NULL;
    size_t length = 0, data_size = 0;
    cnn_status status = CNN_OK;
    if (metadata_count > 0 &&
        json_object_set_new(header, "__metadata__", metadata_object(metadata, metadata_count)) != 0)
        status =
            cnn_fail(error, CNN_ERROR_ARGUMENT, "%s: the metadata is not UTF-8, or memory ran out", path);
    for (int64_t i = 0; status == CNN_OK && i < count; i++)
        status = add_tensor(header, path, &tensors[i], &data_size, error);
    if (status == CNN_OK)
        status = header_text(header, &text, &length, path, error);
    if (status == CNN_OK)
        status = write_file(path, text, length, tensors, count, error);
    cnn_free(text);
    json_decref(header);
    return status;
}
