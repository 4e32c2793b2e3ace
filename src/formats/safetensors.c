#include "formats/safetensors_parts.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

typedef struct dtype {
    const char *name;
    int64_t bytes; /* one element */
} dtype;

static const dtype dtypes[] = {
    {"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2}, {"I64", 8},  {"I32", 4}, {"I16", 2},     {"I8", 1},
    {"U64", 8}, {"U32", 4}, {"U16", 2}, {"U8", 1},   {"BOOL", 1}, {"C64", 8}, {"F8_E4M3", 1}, {"F8_E5M2", 1},
};

static const dtype *find_dtype(const char *name) {
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++)
        if (strcmp(dtypes[i].name, name) == 0)
            return &dtypes[i];
    return NULL;
}

const char *cnn_safetensors_dtype(const char *name) {
    const dtype *found = find_dtype(name);
    return found ? found->name : NULL;
}

cnn_status cnn_safetensors_check(const cnn_safetensor *tensor, const char *origin, cnn_error *error) {
    const dtype *type = find_dtype(tensor->dtype);
    if (!type)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED, "%s: tensor \"%s\": the type \"%s\" is unknown", origin,
                        tensor->name, tensor->dtype);
    int64_t bytes = type->bytes;
    for (int i = 0; i < tensor->shape.rank; i++)
        if (!cnn_multiply(bytes, tensor->shape.dim[i], &bytes))
            return cnn_fail(error, CNN_ERROR_FORMAT, "%s: tensor \"%s\": its shape is negative or too large",
                            origin, tensor->name);
    char shape[CNN_SHAPE_TEXT];
    if ((uint64_t)bytes != tensor->size)
        return cnn_fail(
            error, CNN_ERROR_FORMAT, "%s: tensor \"%s\": %s of shape [%s] takes %" PRId64 " bytes, found %zu",
            origin, tensor->name, tensor->dtype, cnn_shape_text(&tensor->shape, shape), bytes, tensor->size);
    return CNN_OK;
}

void cnn_safetensors_free(cnn_safetensors *file) {
    for (int64_t i = 0; i < file->count; i++)
        cnn_free((void *)file->tensors[i].name);
    for (int64_t i = 0; i < file->metadata_count; i++) {
        cnn_free((void *)file->metadata[i].key);
        cnn_free((void *)file->metadata[i].value);
    }
    cnn_free(file->tensors);
    cnn_free(file->metadata);
    cnn_free(file->bytes.data);
    *file = (cnn_safetensors){0};
}

const cnn_safetensor *cnn_safetensors_find(const cnn_safetensors *file, const char *name) {
    for (int64_t i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *cnn_safetensors_metadata(const cnn_safetensors *file, const char *key) {
    for (int64_t i = 0; i < file->metadata_count; i++)
        if (strcmp(file->metadata[i].key, key) == 0)
            return file->metadata[i].value;
    return NULL;
}
