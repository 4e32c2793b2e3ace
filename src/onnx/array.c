#include "onnx/array.h"

#include "arrays/half.h"
#include "base/file_below.h"
#include "base/memory.h"
#include "onnx/graph.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DATA(name) CNN_ONNX__TENSOR_PROTO__DATA_TYPE__##name

static cnn_status wrong(const cnn_onnx_source *source, const CnnOnnx__TensorProto *proto, cnn_status status,
                        const char *what) {
    return cnn_fail(source->error, status, "%s: the tensor \"%s\" %s", source->origin,
                    cnn_onnx_printable(proto->name).text, what);
}

/* ---- Data within the message ----------------------------------------------------------------------- */

/* The list of the message that holds a type's elements, as it lies in memory. Small integers stand in it as
 * int32: `type` is that of the list. */
typedef struct list {
    cnn_type type;
    const void *values;
    size_t count;
} list;

static list list_of(const CnnOnnx__TensorProto *proto, cnn_type type) {
    switch (type) {
    case CNN_TYPE_FLOAT32:
        return (list){type, proto->float_data, proto->n_float_data};
    case CNN_TYPE_FLOAT64:
        return (list){type, proto->double_data, proto->n_double_data};
    case CNN_TYPE_INT64:
        return (list){type, proto->int64_data, proto->n_int64_data};
    case CNN_TYPE_UINT32:
    case CNN_TYPE_UINT64:
        return (list){CNN_TYPE_UINT64, proto->uint64_data, proto->n_uint64_data};
    default:
        return (list){CNN_TYPE_INT32, proto->int32_data, proto->n_int32_data};
    }
}

static cnn_status take_list(cnn_array *array, const CnnOnnx__TensorProto *proto,
                            const cnn_onnx_source *source) {
    const list found = list_of(proto, array->type);
    if (found.count != (size_t)array->elements)
        return wrong(source, proto, CNN_ERROR_FORMAT, "does not have as many elements as its shape says");
    if (found.type == array->type && found.count > 0) {
        *array = cnn_array_over(array->type, &array->shape, found.values);
        return CNN_OK;
    }
    cnn_status status = cnn_array_new(array, array->type, &array->shape, source->budget, source->error);
    if (status == CNN_OK && found.count > 0) {
        const cnn_array from = cnn_array_over(found.type, &array->shape, found.values);
        cnn_array_cast(&from, array);
    }
    return status;
}

/* Bytes of bools may be anything; here they are 0 or 1. */
static void make_truths(cnn_array *array) {
    uint8_t *truths = array->data;
    for (int64_t i = 0; array->type == CNN_TYPE_BOOL && i < array->elements; i++)
        truths[i] = truths[i] != 0;
}

static cnn_status take_raw(cnn_array *array, const CnnOnnx__TensorProto *proto,
                           const cnn_onnx_source *source) {
    const size_t bytes = proto->raw_data.len;
    if (bytes != (size_t)array->elements * cnn_type_size(array->type))
        return wrong(source, proto, CNN_ERROR_FORMAT, "does not have as many bytes as its shape says");
    if (bytes > 0 && array->type != CNN_TYPE_BOOL) {
        *array = cnn_array_over(array->type, &array->shape, proto->raw_data.data);
        return CNN_OK;
    }
    cnn_status status = cnn_array_new(array, array->type, &array->shape, source->budget, source->error);
    if (status == CNN_OK && bytes > 0)
        memcpy(array->data, proto->raw_data.data, bytes);
    if (status == CNN_OK)
        make_truths(array);
    return status;
}

/* ---- Data in another file -------------------------------------------------------------------------- */

bool cnn_onnx_is_external(const CnnOnnx__TensorProto *proto) {
    return proto->data_location == CNN_ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
}

/* A decimal number of bytes; false if it is none. */
static bool read_bytes(const char *text, int64_t *bytes) {
    char *end;
    if (*text < '0' || *text > '9' || strlen(text) > 18)
        return false;
    *bytes = strtoll(text, &end, 10);
    return *end == '\0';
}

/* What external_data says: a list of keys and values. */
typedef struct place {
    const char *location;
    int64_t offset, length; /* length -1: as the shape says */
} place;

static cnn_status find_place(const CnnOnnx__TensorProto *proto, const cnn_onnx_source *source, place *found) {
    *found = (place){.length = -1};
    for (size_t i = 0; i < proto->n_external_data; i++) {
        const CnnOnnx__StringStringEntryProto *entry = proto->external_data[i];
        bool fits = entry->key && entry->value;
        if (fits && strcmp(entry->key, "location") == 0)
            found->location = entry->value;
        else if (fits && strcmp(entry->key, "offset") == 0)
            fits = read_bytes(entry->value, &found->offset);
        else if (fits && strcmp(entry->key, "length") == 0)
            fits = read_bytes(entry->value, &found->length);
        if (!fits)
            return wrong(source, proto, CNN_ERROR_FORMAT,
                         "has external data without a valid place in a file");
    }
    if (!found->location || !cnn_name_is_below(found->location))
        return wrong(source, proto, CNN_ERROR_FORMAT,
                     "lies in a file outside the model's folder (external data), which is refused");
    return CNN_OK;
}

/* The file's size is compared before memory is taken. */
static cnn_status read_external(cnn_array *array, const cnn_open_file *file, const place *found,
                                const cnn_onnx_source *source) {
    const int64_t bytes = cnn_array_bytes(array);
    if (found->offset > file->size || bytes > file->size - found->offset)
        return cnn_fail(source->error, CNN_ERROR_FORMAT,
                        "%s is truncated at byte %" PRId64 ": expected %" PRId64 " bytes at offset %" PRId64,
                        cnn_onnx_printable(found->location).text, file->size, bytes, found->offset);
    cnn_status status = cnn_array_new(array, array->type, &array->shape, source->budget, source->error);
    if (status == CNN_OK)
        status = cnn_file_read_part(file, found->location, found->offset, array->data, bytes, source->error);
    if (status == CNN_OK)
        make_truths(array);
    else
        cnn_array_free(array, source->budget);
    return status;
}

static cnn_status take_external(cnn_array *array, const CnnOnnx__TensorProto *proto,
                                const cnn_onnx_source *source) {
    place found;
    if (!source->folder)
        return wrong(source, proto, CNN_ERROR_UNSUPPORTED,
                     "lies in another file (external data), and there "
                     "is no folder to look in");
    cnn_status status = find_place(proto, source, &found);
    if (status == CNN_OK && found.length >= 0 && found.length != cnn_array_bytes(array))
        status =
            wrong(source, proto, CNN_ERROR_FORMAT, "does not have as many external bytes as its shape says");
    if (status != CNN_OK)
        return status;
    cnn_open_file file;
    status = cnn_file_open_below(source->folder, found.location, &file, source->error);
    if (status == CNN_OK)
        status = read_external(array, &file, &found, source);
    cnn_file_close(&file);
    return status == CNN_OK ? CNN_OK
                            : cnn_fail_within(source->error, status, "%s: the tensor \"%s\"", source->origin,
                                              cnn_onnx_printable(proto->name).text);
}

/* ---- Limits ---------------------------------------------------------------------------------------- */

enum { FREE_BYTES = 768 << 20, BYTES_PER_BYTE = 16 }; /* as the message says, too */

cnn_budget cnn_onnx_constant_budget(int64_t stored) {
    return (cnn_budget){.bytes = FREE_BYTES + stored * BYTES_PER_BYTE,
                        .work = INT64_MAX,
                        .limit = "what is calculated from constants may take 768 MiB and 16 times the file"};
}

/* ---- The whole ------------------------------------------------------------------------------------- */

/* Type, shape and number of elements; none of it is trusted before it has been compared with the data. Halves
 * stand in the file as uint16. */
static cnn_status read_head(cnn_array *array, const CnnOnnx__TensorProto *proto,
                            const cnn_onnx_source *source) {
    cnn_type held;
    if (!cnn_type_held(proto->data_type, &held))
        return cnn_fail(source->error, CNN_ERROR_UNSUPPORTED,
                        "%s: the tensor \"%s\" has elements of %s (type %d), which are not supported "
                        "(docs/onnx.md)",
                        source->origin, cnn_onnx_printable(proto->name).text,
                        cnn_type_name((cnn_type)proto->data_type), (int)proto->data_type);
    if (proto->n_dims > CNN_MAX_RANK || proto->segment)
        return wrong(source, proto, CNN_ERROR_UNSUPPORTED, "has more than 8 axes, or is stored in segments");
    *array = (cnn_array){.type = cnn_type_is_half(proto->data_type) ? CNN_TYPE_UINT16 : held, .elements = 1};
    array->shape = cnn_shape_of((int)proto->n_dims, proto->dims);
    int64_t span = (int64_t)cnn_type_size(array->type);
    for (int i = 0; i < array->shape.rank; i++)
        if (!cnn_multiply(span, array->shape.dim[i] == 0 ? 1 : array->shape.dim[i], &span))
            return wrong(source, proto, CNN_ERROR_FORMAT, "has a negative or too large shape");
    array->elements = cnn_shape_elements(&array->shape);
    return CNN_OK;
}

/* The elements as they stand in the file. */
static cnn_status read_stored(cnn_array *array, const CnnOnnx__TensorProto *proto,
                              const cnn_onnx_source *source) {
    *array = (cnn_array){0};
    cnn_status status = read_head(array, proto, source);
    if (status == CNN_OK) {
        if (cnn_onnx_is_external(proto))
            status = take_external(array, proto, source);
        else
            status = proto->has_raw_data ? take_raw(array, proto, source) : take_list(array, proto, source);
    }
    if (status != CNN_OK)
        *array = (cnn_array){0};
    return status;
}

cnn_status cnn_onnx_array(cnn_array *array, const CnnOnnx__TensorProto *proto,
                          const cnn_onnx_source *source) {
    cnn_array bits;
    cnn_status status = read_stored(array, proto, source);
    if (status != CNN_OK || !cnn_type_is_half(proto->data_type))
        return status;
    bits = *array;
    status = cnn_array_new(array, CNN_TYPE_FLOAT32, &bits.shape, source->budget, source->error);
    if (status == CNN_OK)
        cnn_halves_widen(proto->data_type, &bits, array);
    cnn_array_free(&bits, source->budget);
    return status;
}
