#include "onnx/evaluate.h"

#include "arrays/operators.h"
#include "onnx/graph.h"
#include "onnx/unpack.h"

#include <stdio.h>
#include <string.h>

#define TYPE(name) CNN_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

/* A node's attributes, translated, and what they point to. */
typedef struct attributes {
    int count;
    cnn_attribute all[CNN_MAX_ATTRIBUTES];
    cnn_array arrays[CNN_MAX_ATTRIBUTES];
    char texts[CNN_MAX_ATTRIBUTES][40]; /* longer than every word that an operator knows */
} attributes;

static const char *copy_text(const ProtobufCBinaryData *from, char *to, size_t size) {
    const size_t length = from->len < size - 1 ? from->len : size - 1;
    if (length > 0)
        memcpy(to, from->data, length);
    to[length] = '\0';
    return to;
}

static cnn_status translate(attributes *a, const CnnOnnx__AttributeProto *proto,
                            const cnn_onnx_source *source) {
    cnn_attribute *one = &a->all[a->count];
    *one = (cnn_attribute){.name = proto->name ? proto->name : "", .kind = CNN_ATTRIBUTE_OTHER};
    a->arrays[a->count] = (cnn_array){0};
    cnn_status status = CNN_OK;
    switch (proto->type) {
    case TYPE(INT):
        one->kind = CNN_ATTRIBUTE_INTEGER;
        one->integer = proto->i;
        break;
    case TYPE(FLOAT):
        one->kind = CNN_ATTRIBUTE_REAL;
        one->real = proto->f;
        break;
    case TYPE(STRING):
        one->kind = CNN_ATTRIBUTE_TEXT;
        one->text = copy_text(&proto->s, a->texts[a->count], sizeof a->texts[0]);
        break;
    case TYPE(INTS):
        one->kind = CNN_ATTRIBUTE_INTEGERS;
        one->integers = proto->ints;
        one->count = (int64_t)proto->n_ints;
        break;
    case TYPE(FLOATS):
        one->kind = CNN_ATTRIBUTE_REALS;
        one->reals = proto->floats;
        one->count = (int64_t)proto->n_floats;
        break;
    case TYPE(TENSOR):
        if (!proto->t)
            break;
        one->kind = CNN_ATTRIBUTE_ARRAY;
        one->array = &a->arrays[a->count];
        status = cnn_onnx_array(&a->arrays[a->count], proto->t, source);
        break;
    default:
        break;
    }
    a->count++;
    return status;
}

static cnn_status translate_all(attributes *a, const CnnOnnx__NodeProto *node, const char *where,
                                const cnn_onnx_source *source) {
    cnn_status status = CNN_OK;
    a->count = 0;
    if (node->n_attribute > CNN_MAX_ATTRIBUTES)
        return cnn_fail(source->error, CNN_ERROR_UNSUPPORTED,
                        "%s: it has %zu attributes; at most %d are supported", where, node->n_attribute,
                        CNN_MAX_ATTRIBUTES);
    for (size_t i = 0; status == CNN_OK && i < node->n_attribute; i++) {
        if (node->attribute[i]->ref_attr_name && *node->attribute[i]->ref_attr_name)
            return cnn_fail(source->error, CNN_ERROR_UNSUPPORTED, "%s: an attribute refers to a function's",
                            where);
        status = translate(a, node->attribute[i], source);
    }
    return status;
}

/* "FILE: node "NAME"", as messages begin. */
typedef struct place {
    char text[512];
} place;

static place place_of(const CnnOnnx__NodeProto *node, const cnn_onnx_source *source) {
    place where;
    snprintf(where.text, sizeof where.text, "%.400s: node \"%s\"", source->origin,
             cnn_onnx_printable(node->name).text);
    return where;
}

cnn_status cnn_onnx_check_operator(const CnnOnnx__NodeProto *node, const cnn_onnx_source *source) {
    const bool own = cnn_onnx_is_own_domain(node->domain);
    if (own && node->op_type && cnn_operator_known(node->op_type))
        return CNN_OK;
    return cnn_fail(source->error, CNN_ERROR_UNSUPPORTED,
                    "%s (%s%s%s): this operator is not supported; docs/onnx.md lists those that are",
                    place_of(node, source).text, own ? "" : cnn_onnx_printable(node->domain).text,
                    own ? "" : ".", cnn_onnx_printable(node->op_type).text);
}

cnn_status cnn_onnx_evaluate(const CnnOnnx__NodeProto *node, int64_t opset, const cnn_onnx_source *source,
                             const cnn_array *const *inputs, cnn_array *outputs, const bool *wanted) {
    attributes a;
    const place where = place_of(node, source);
    cnn_status status = cnn_onnx_check_operator(node, source);
    if (status != CNN_OK)
        return status;
    status = translate_all(&a, node, where.text, source);
    cnn_call call = {.name = node->op_type,
                     .opset = opset,
                     .where = where.text,
                     .inputs = inputs,
                     .input_count = (int)node->n_input,
                     .outputs = outputs,
                     .wanted = wanted,
                     .output_count = (int)node->n_output,
                     .attributes = a.all,
                     .attribute_count = a.count,
                     .budget = source->budget,
                     .error = source->error};
    if (status == CNN_OK)
        status = cnn_operator_run(&call);
    for (int i = 0; i < a.count; i++)
        cnn_array_free(&a.arrays[i], source->budget);
    return status;
}
