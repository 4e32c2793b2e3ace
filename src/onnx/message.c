#include "onnx/message.h"

#include "base/memory.h"

#include <string.h>

/* raw_data is little-endian whatever the machine is; this library copies it as it lies in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "ONNX tensors are written for little-endian machines");

typedef struct cnn_onnx_block {
    struct cnn_onnx_block *next;
    _Alignas(max_align_t) unsigned char bytes[];
} block;

void *cnn_onnx_take(cnn_onnx_arena *arena, size_t count, size_t size) {
    size_t bytes;
    bool fits = !__builtin_mul_overflow(count, size, &bytes) && bytes <= SIZE_MAX - sizeof(block);
    block *taken = fits ? cnn_allocate(1, sizeof(block) + bytes, "an ONNX message", NULL) : NULL;
    if (!taken) {
        arena->failed = true;
        return NULL;
    }
    taken->next = arena->blocks;
    arena->blocks = taken;
    return taken->bytes;
}

void cnn_onnx_release(cnn_onnx_arena *arena) {
    while (arena->blocks) {
        block *next = arena->blocks->next;
        cnn_free(arena->blocks);
        arena->blocks = next;
    }
}

char *cnn_onnx_join(cnn_onnx_arena *arena, const char *first, const char *second) {
    size_t length = strlen(first), rest = strlen(second) + 1;
    char *joined = cnn_onnx_take(arena, length + rest, 1);
    if (joined) {
        memcpy(joined, first, length);
        memcpy(joined + length, second, rest);
    }
    return joined;
}

CnnOnnx__NodeProto *cnn_onnx_make_node(cnn_onnx_arena *arena, const char *op, const char *name, size_t inputs,
                                       size_t attributes) {
    CnnOnnx__NodeProto *node = cnn_onnx_take(arena, 1, sizeof *node);
    if (!node)
        return NULL;
    cnn_onnx__node_proto__init(node);
    node->op_type = (char *)op;
    node->name = (char *)name;
    node->input = cnn_onnx_take(arena, inputs, sizeof *node->input);
    node->output = cnn_onnx_take(arena, 1, sizeof *node->output);
    node->attribute = cnn_onnx_take(arena, attributes, sizeof(CnnOnnx__AttributeProto *));
    return arena->failed ? NULL : node;
}

void cnn_onnx_add_input(CnnOnnx__NodeProto *node, const char *value) {
    if (node)
        node->input[node->n_input++] = (char *)value;
}

static CnnOnnx__AttributeProto *add_attribute(cnn_onnx_arena *arena, CnnOnnx__NodeProto *node,
                                              const char *name, CnnOnnx__AttributeProto__AttributeType type) {
    CnnOnnx__AttributeProto *attribute = node ? cnn_onnx_take(arena, 1, sizeof *attribute) : NULL;
    if (!attribute)
        return NULL;
    cnn_onnx__attribute_proto__init(attribute);
    attribute->name = (char *)name;
    attribute->has_type = true;
    attribute->type = type;
    return node->attribute[node->n_attribute++] = attribute;
}

void cnn_onnx_add_integer(cnn_onnx_arena *arena, CnnOnnx__NodeProto *node, const char *name, int64_t value) {
    CnnOnnx__AttributeProto *attribute =
        add_attribute(arena, node, name, CNN_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    if (!attribute)
        return;
    attribute->has_i = true;
    attribute->i = value;
}

void cnn_onnx_add_integers(cnn_onnx_arena *arena, CnnOnnx__NodeProto *node, const char *name,
                           const int64_t *values, size_t count) {
    CnnOnnx__AttributeProto *attribute =
        add_attribute(arena, node, name, CNN_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    if (!attribute)
        return;
    attribute->n_ints = count;
    attribute->ints = (int64_t *)values;
}

void cnn_onnx_add_real(cnn_onnx_arena *arena, CnnOnnx__NodeProto *node, const char *name, double value) {
    CnnOnnx__AttributeProto *attribute =
        add_attribute(arena, node, name, CNN_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    if (!attribute)
        return;
    attribute->has_f = true;
    attribute->f = (float)value;
}

void cnn_onnx_add_word(cnn_onnx_arena *arena, CnnOnnx__NodeProto *node, const char *name, const char *word) {
    CnnOnnx__AttributeProto *attribute =
        add_attribute(arena, node, name, CNN_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
    if (!attribute)
        return;
    attribute->has_s = true;
    attribute->s.len = strlen(word);
    attribute->s.data = (uint8_t *)word;
}

/* ONNX numbers its types as this library does. */
CnnOnnx__TensorProto *cnn_onnx_make_constant(cnn_onnx_arena *arena, const cnn_array *array) {
    CnnOnnx__TensorProto *tensor = cnn_onnx_take(arena, 1, sizeof *tensor);
    if (!tensor)
        return NULL;
    cnn_onnx__tensor_proto__init(tensor);
    tensor->n_dims = (size_t)array->shape.rank;
    tensor->dims = (int64_t *)array->shape.dim;
    tensor->has_data_type = true;
    tensor->data_type = (int32_t)array->type;
    tensor->has_raw_data = true;
    tensor->raw_data.len = (size_t)array->elements * cnn_type_size(array->type);
    tensor->raw_data.data = array->data;
    return tensor;
}

CnnOnnx__TensorProto *cnn_onnx_make_tensor(cnn_onnx_arena *arena, const char *name, const cnn_shape *shape,
                                           const float *values) {
    const cnn_array array = cnn_array_over(CNN_TYPE_FLOAT32, shape, values);
    CnnOnnx__TensorProto *tensor = cnn_onnx_make_constant(arena, &array);
    if (!tensor)
        return NULL;
    tensor->name = (char *)name;
    tensor->dims = (int64_t *)shape->dim;
    return tensor;
}

/* N of any size when `axis` is 0, else axis - 1 of the shape. */
static CnnOnnx__TensorShapeProto__Dimension *make_dimension(cnn_onnx_arena *arena, const cnn_shape *shape,
                                                            int axis) {
    CnnOnnx__TensorShapeProto__Dimension *dimension = cnn_onnx_take(arena, 1, sizeof *dimension);
    if (!dimension)
        return NULL;
    cnn_onnx__tensor_shape_proto__dimension__init(dimension);
    if (axis == 0) {
        dimension->value_case = CNN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        dimension->dim_param = (char *)"N";
    } else {
        dimension->value_case = CNN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        dimension->dim_value = shape->dim[axis - 1];
    }
    return dimension;
}

static CnnOnnx__TensorShapeProto *make_shape(cnn_onnx_arena *arena, const cnn_shape *shape) {
    CnnOnnx__TensorShapeProto *made = cnn_onnx_take(arena, 1, sizeof *made);
    if (!made)
        return NULL;
    cnn_onnx__tensor_shape_proto__init(made);
    made->dim = cnn_onnx_take(arena, (size_t)shape->rank + 1, sizeof *made->dim);
    for (int axis = 0; made->dim && axis <= shape->rank; axis++)
        made->dim[made->n_dim++] = make_dimension(arena, shape, axis);
    return made;
}

CnnOnnx__ValueInfoProto *cnn_onnx_make_value(cnn_onnx_arena *arena, const char *name,
                                             const cnn_shape *shape) {
    CnnOnnx__ValueInfoProto *value = cnn_onnx_take(arena, 1, sizeof *value);
    CnnOnnx__TypeProto *type = cnn_onnx_take(arena, 1, sizeof *type);
    CnnOnnx__TypeProto__Tensor *tensor = cnn_onnx_take(arena, 1, sizeof *tensor);
    if (!value || !type || !tensor)
        return NULL;
    cnn_onnx__value_info_proto__init(value);
    cnn_onnx__type_proto__init(type);
    cnn_onnx__type_proto__tensor__init(tensor);
    tensor->has_elem_type = true;
    tensor->elem_type = CNN_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->shape = make_shape(arena, shape);
    type->value_case = CNN_ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type->tensor_type = tensor;
    value->name = (char *)name;
    value->type = type;
    return value;
}

CnnOnnx__StringStringEntryProto *cnn_onnx_make_entry(cnn_onnx_arena *arena, const char *key,
                                                     const char *value) {
    CnnOnnx__StringStringEntryProto *entry = cnn_onnx_take(arena, 1, sizeof *entry);
    if (!entry)
        return NULL;
    cnn_onnx__string_string_entry_proto__init(entry);
    entry->key = (char *)key;
    entry->value = (char *)value;
    return entry;
}
