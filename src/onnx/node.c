#include "onnx/node.h"

#include "base/text.h"

#include <inttypes.h>

cnn_status cnn_onnx_name_node(const cnn_onnx_node *node, const char *origin, cnn_status status) {
    return cnn_fail_within(node->error, status, "%.400s: node \"%s\" (%s)", origin,
                           cnn_onnx_printable(node->proto->name).text,
                           cnn_onnx_printable(node->proto->op_type).text);
}

cnn_status cnn_onnx_get_real(cnn_onnx_node *node, const char *name, double *value) {
    double found = 0;
    cnn_status status = cnn_attribute_real(&node->attributes, name, &found);
    if (status == CNN_OK && cnn_attribute_given(&node->attributes, name))
        *value = cnn_shortest((float)found);
    return status;
}

/* ---- One value only -------------------------------------------------------------------------------- */

cnn_status cnn_onnx_only_integer(cnn_onnx_node *node, const char *name, int64_t value) {
    int64_t found = value;
    cnn_status status = cnn_attribute_integer(&node->attributes, name, &found);
    if (status == CNN_OK && found != value)
        status = cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "%s %" PRId64 " is not supported, only %" PRId64,
                               name, found, value);
    return status;
}

cnn_status cnn_onnx_only_integers(cnn_onnx_node *node, const char *name, int64_t value) {
    int64_t found[2] = {value, value};
    cnn_status status = cnn_attribute_copy_integers(&node->attributes, name, found, 2);
    if (status == CNN_OK && (found[0] != value || found[1] != value))
        status = cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                               "%s %" PRId64 ",%" PRId64 " is not supported, only %" PRId64 ",%" PRId64, name,
                               found[0], found[1], value, value);
    return status;
}

cnn_status cnn_onnx_only_real(cnn_onnx_node *node, const char *name, double value) {
    double found = value;
    cnn_status status = cnn_onnx_get_real(node, name, &found);
    if (status == CNN_OK && found != value)
        status =
            cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "%s %g is not supported, only %g", name, found, value);
    return status;
}

/* ---- An op's fields -------------------------------------------------------------------------------- */

/* Zero stands for a default in cnn_options, which may differ from ONNX's: a zero in a file must not get
 * there. */
static cnn_status refuse_zeros(const cnn_onnx_node *node, const char *name, const int64_t *values,
                               int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (values[i] < 1)
            return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "%s must be at least 1, found %" PRId64, name,
                                 values[i]);
    return CNN_OK;
}

static cnn_status get_counts(cnn_onnx_node *node, const char *name, int64_t *values, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        values[i] = 1;
    cnn_status status = count == 1 ? cnn_attribute_integer(&node->attributes, name, values)
                                   : cnn_attribute_copy_integers(&node->attributes, name, values, count);
    return status == CNN_OK ? refuse_zeros(node, name, values, count) : status;
}

static cnn_status get_flag(cnn_onnx_node *node, const char *name, bool *value) {
    int64_t integer = 0;
    cnn_status status = cnn_attribute_integer(&node->attributes, name, &integer);
    *value = integer != 0;
    return status;
}

static cnn_status get_field(cnn_onnx_node *node, const cnn_field *field, void *value) {
    switch (field->type) {
    case CNN_FIELD_INTEGER:
        return get_counts(node, field->onnx, value, 1);
    case CNN_FIELD_PAIR:
        return field->zero ? cnn_attribute_copy_integers(&node->attributes, field->onnx, value, 2)
                           : get_counts(node, field->onnx, value, 2);
    case CNN_FIELD_PADDING:
        return cnn_attribute_copy_integers(&node->attributes, field->onnx, value, 4);
    case CNN_FIELD_REAL:
        return cnn_onnx_get_real(node, field->onnx, value);
    case CNN_FIELD_FLAG:
        return get_flag(node, field->onnx, value);
    case CNN_FIELD_CHOICE:
        return cnn_attribute_choice(&node->attributes, field->onnx, field->choices, value);
    case CNN_FIELD_REAL_PAIR: /* no attribute is one */
    case CNN_FIELD_SPAN:
        break;
    }
    return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "the attribute %s is not supported", field->onnx);
}

cnn_status cnn_onnx_get_fields(cnn_onnx_node *node, const cnn_op *op, cnn_options *options) {
    cnn_status status = CNN_OK;
    for (const cnn_field *field = op->fields; status == CNN_OK && field && field->word; field++)
        if (field->onnx && !field->onnx_input)
            status = get_field(node, field, (char *)options + field->offset);
    return status;
}
