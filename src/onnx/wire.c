#include "onnx/wire.h"

#include "onnx.pb-c.h"

#include <inttypes.h>
#include <string.h>

enum {
    MAX_DEPTH = 32,     /* a model without control flow has 6 */
    MAX_FIELDS = 64,    /* of one message type; ONNX's have at most 16 */
    COST_OF_FIELD = 64, /* bytes that protobuf-c takes for a string, or for a field it does not know */
    FREE_MEMORY = 16 << 20,
    MEMORY_PER_BYTE = 16 /* unpacked bytes allowed for each byte of the file */
};

typedef struct walk {
    const uint8_t *bytes;
    const char *origin;
    uint64_t memory, max_memory; /* what unpacking takes, besides the contents; and what it may take */
    cnn_error *error;
} walk;

/* One field as it stands in the file: its key, and where its contents lie. */
typedef struct wire_field {
    size_t key, begin, end;
    uint32_t number;
    int wire_type;
} wire_field;

static cnn_status wrong(const walk *walk, size_t at, const char *what) {
    return cnn_fail(walk->error, CNN_ERROR_FORMAT,
                    "%s: byte %zu: %s; this is not an ONNX model, or it is damaged", walk->origin, at, what);
}

static cnn_status wrong_field(const walk *walk, size_t at, const ProtobufCMessageDescriptor *type,
                              const ProtobufCFieldDescriptor *field, const char *what) {
    return cnn_fail(walk->error, CNN_ERROR_FORMAT,
                    "%s: byte %zu: the field \"%s\" of a %s %s; the file is damaged", walk->origin, at,
                    field->name, type->short_name, what);
}

/* False when it is cut off at `end` or longer than ten bytes. */
static bool read_varint(const uint8_t *bytes, size_t *at, size_t end, uint64_t *value) {
    *value = 0;
    for (int shift = 0; shift < 70 && *at < end; shift += 7) {
        uint8_t byte = bytes[(*at)++];
        *value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* How long the contents are; moves *at to their beginning. */
static bool read_length(const uint8_t *bytes, int wire_type, size_t *at, size_t end, uint64_t *length) {
    size_t after = *at;
    uint64_t ignored;
    switch (wire_type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        if (!read_varint(bytes, &after, end, &ignored))
            return false;
        *length = after - *at;
        return true;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        *length = 8;
        return true;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        *length = 4;
        return true;
    default:
        return read_varint(bytes, at, end, length);
    }
}

static cnn_status read_field(const walk *walk, size_t *at, size_t end, wire_field *field) {
    uint64_t key, length;
    field->key = *at;
    if (!read_varint(walk->bytes, at, end, &key) || key > UINT32_MAX || key < 8)
        return wrong(walk, field->key, "a field's key is truncated or out of range");
    field->number = (uint32_t)(key >> 3);
    field->wire_type = (int)(key & 7);
    if (field->wire_type == 3 || field->wire_type == 4 || field->wire_type > 5)
        return wrong(walk, field->key, "a field has a wire type that ONNX does not use");
    if (!read_length(walk->bytes, field->wire_type, at, end, &length) || length > end - *at)
        return wrong(walk, field->key, "a field is longer than the message that contains it");
    field->begin = *at;
    field->end = *at += (size_t)length;
    return CNN_OK;
}

/* The wire type of one value. */
static int wire_type_of(ProtobufCType type) {
    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    case PROTOBUF_C_TYPE_FLOAT:
        return PROTOBUF_C_WIRE_TYPE_32BIT;
    case PROTOBUF_C_TYPE_DOUBLE:
        return PROTOBUF_C_WIRE_TYPE_64BIT;
    default:
        return PROTOBUF_C_WIRE_TYPE_VARINT; /* int32, int64, uint64, enum: ONNX has no other types */
    }
}

/* Several numbers in one field. */
static cnn_status check_packed(const walk *walk, const ProtobufCMessageDescriptor *type,
                               const ProtobufCFieldDescriptor *field, const wire_field *found) {
    uint64_t length;
    for (size_t at = found->begin; at < found->end; at += (size_t)length)
        if (!read_length(walk->bytes, wire_type_of(field->type), &at, found->end, &length) ||
            length > found->end - at)
            return wrong_field(walk, found->key, type, field, "ends in the middle of a number");
    return CNN_OK;
}

static cnn_status take_memory(walk *walk, const wire_field *found, const ProtobufCFieldDescriptor *field) {
    if (!field || field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_BYTES)
        walk->memory += COST_OF_FIELD;
    else if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        walk->memory += ((const ProtobufCMessageDescriptor *)field->descriptor)->sizeof_message;
    if (walk->memory > walk->max_memory)
        return cnn_fail(walk->error, CNN_ERROR_FORMAT,
                        "%s: byte %zu: far more messages than data; unpacking would need over %" PRIu64
                        " bytes",
                        walk->origin, found->key, walk->max_memory);
    return CNN_OK;
}

static cnn_status check_message(walk *walk, const ProtobufCMessageDescriptor *type, size_t begin, size_t end,
                                int depth);

/* `seen` has a bit for each field of the message that stood before. */
static cnn_status check_field(walk *walk, const ProtobufCMessageDescriptor *type,
                              const ProtobufCFieldDescriptor *field, const wire_field *found, uint64_t *seen,
                              int depth) {
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    uint64_t bit = UINT64_C(1) << (field - type->fields) % MAX_FIELDS;
    if (!repeated && *seen & bit)
        return wrong_field(walk, found->key, type, field, "appears twice");
    *seen |= bit;
    int expected = wire_type_of(field->type);
    if (repeated && expected != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
        found->wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
        return check_packed(walk, type, field, found);
    if (found->wire_type != expected)
        return wrong_field(walk, found->key, type, field, "has the wrong wire type");
    if (field->type == PROTOBUF_C_TYPE_STRING &&
        memchr(walk->bytes + found->begin, 0, found->end - found->begin))
        return wrong_field(walk, found->key, type, field, "has a zero byte in its text");
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return check_message(walk, field->descriptor, found->begin, found->end, depth + 1);
    return CNN_OK;
}

static cnn_status check_message(walk *walk, const ProtobufCMessageDescriptor *type, size_t begin, size_t end,
                                int depth) {
    uint64_t seen = 0;
    cnn_status status = CNN_OK;
    if (depth > MAX_DEPTH)
        return wrong(walk, begin, "messages are nested too deeply");
    for (size_t at = begin; status == CNN_OK && at < end;) {
        wire_field found = {0};
        status = read_field(walk, &at, end, &found);
        if (status != CNN_OK)
            return status;
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(type, found.number);
        status = take_memory(walk, &found, field);
        if (status == CNN_OK && field)
            status = check_field(walk, type, field, &found, &seen, depth);
    }
    return status;
}

static cnn_status check(const void *bytes, size_t size, const ProtobufCMessageDescriptor *type,
                        const char *origin, cnn_error *error) {
    walk walk = {.bytes = bytes,
                 .origin = origin,
                 .max_memory = FREE_MEMORY + (uint64_t)size * MEMORY_PER_BYTE,
                 .error = error};
    if (size == 0)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: the file is empty; an ONNX model was expected", origin);
    return check_message(&walk, type, 0, size, 0);
}

cnn_status cnn_onnx_check_wire(const void *bytes, size_t size, const char *origin, cnn_error *error) {
    return check(bytes, size, &cnn_onnx__model_proto__descriptor, origin, error);
}

cnn_status cnn_onnx_check_tensor_wire(const void *bytes, size_t size, const char *origin, cnn_error *error) {
    return check(bytes, size, &cnn_onnx__tensor_proto__descriptor, origin, error);
}
