#include "onnx/evaluate.h"

#include "arrays/operators.h"
#include "onnx/attributes.h"
#include "onnx/control.h"
#include "onnx/graph.h"
#include "onnx/unpack.h"

#include <stdio.h>

/* A node's attributes, and what they point to. */
typedef struct attributes {
    cnn_onnx_attributes room;
    cnn_array arrays[CNN_MAX_ATTRIBUTES]; /* of tensors */
} attributes;

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

/* Put before the message of a failure where it was. */
static cnn_status name_place(const CnnOnnx__NodeProto *node, const cnn_onnx_source *source,
                             cnn_status status) {
    return status == CNN_OK ? CNN_OK
                            : cnn_fail_within(source->error, status, "%s (%s)", place_of(node, source).text,
                                              node->op_type);
}

static cnn_status open_attributes(attributes *a, const CnnOnnx__NodeProto *node, cnn_attributes *opened,
                                  const cnn_onnx_source *source) {
    cnn_status status =
        name_place(node, source, cnn_onnx_open_attributes(opened, &a->room, node, source->error));
    for (int i = 0; i < opened->count; i++) {
        a->arrays[i] = (cnn_array){0};
        if (status != CNN_OK || a->room.all[i].kind != CNN_ATTRIBUTE_ARRAY)
            continue;
        a->room.all[i].array = &a->arrays[i];
        status = cnn_onnx_array(&a->arrays[i], node->attribute[i]->t, source);
    }
    return status;
}

cnn_status cnn_onnx_check_operator(const CnnOnnx__NodeProto *node, const cnn_onnx_source *source) {
    const bool own = cnn_onnx_is_own_domain(node->domain);
    if (own && node->op_type && (cnn_operator_known(node->op_type) || cnn_onnx_is_control(node->op_type)))
        return CNN_OK;
    return cnn_fail(source->error, CNN_ERROR_UNSUPPORTED,
                    "%s (%s%s%s): this operator is not supported; docs/onnx.md lists those that are",
                    place_of(node, source).text, own ? "" : cnn_onnx_printable(node->domain).text,
                    own ? "" : ".", cnn_onnx_printable(node->op_type).text);
}

cnn_status cnn_onnx_evaluate(const CnnOnnx__NodeProto *node, int64_t opset, const cnn_onnx_source *source,
                             const cnn_array *const *inputs, cnn_array *outputs, const bool *wanted) {
    attributes a;
    cnn_call call = {.name = node->op_type,
                     .opset = opset,
                     .inputs = inputs,
                     .input_count = (int)node->n_input,
                     .outputs = outputs,
                     .wanted = wanted,
                     .output_count = (int)node->n_output,
                     .budget = source->budget,
                     .error = source->error};
    cnn_status status = open_attributes(&a, node, &call.attributes, source);
    if (status == CNN_OK)
        status = name_place(node, source, cnn_operator_run(&call));
    for (int i = 0; i < call.attributes.count; i++)
        cnn_array_free(&a.arrays[i], source->budget);
    return status;
}
