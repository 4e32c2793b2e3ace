#include "onnx/node.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef CnnOnnx__AttributeProto attribute;
#define TYPE(name) CNN_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

cnn_status cnn_onnx_fail(const cnn_onnx_node *node, cnn_status status, const char *format, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return cnn_fail(node->error, status, "%s: node \"%s\" (%s): %s", node->origin,
                    cnn_onnx_printable(node->proto->name).text, cnn_onnx_printable(node->proto->op_type).text,
                    message);
}

/* ---- Finding --------------------------------------------------------------------------------------- */

static const attribute *find(const cnn_onnx_node *node, const char *name, size_t *index) {
    for (*index = 0; *index < node->proto->n_attribute; ++*index) {
        const attribute *candidate = node->proto->attribute[*index];
        if (candidate->name && strcmp(candidate->name, name) == 0)
            return candidate;
    }
    return NULL;
}

bool cnn_onnx_has(const cnn_onnx_node *node, const char *name) {
    size_t index;
    return find(node, name, &index) != NULL;
}

/* The attribute of that name and type, noted as read; *found is NULL if there is none. */
static cnn_status get(cnn_onnx_node *node, const char *name, int type, const attribute **found) {
    size_t index;
    *found = find(node, name, &index);
    if (!*found)
        return CNN_OK;
    if (index >= 64)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "a node may have at most 64 attributes, not %zu",
                             node->proto->n_attribute);
    node->read |= UINT64_C(1) << index;
    if ((*found)->ref_attr_name && *(*found)->ref_attr_name)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "the attribute %s refers to a function's", name);
    if ((*found)->has_type && (int)(*found)->type != type)
        return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "the attribute %s has type %d, expected %d", name,
                             (int)(*found)->type, type);
    return CNN_OK;
}

cnn_status cnn_onnx_all_read(const cnn_onnx_node *node) {
    for (size_t i = 0; i < node->proto->n_attribute; i++)
        if (i >= 64 || !(node->read >> i & 1))
            return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                                 "the attribute \"%s\" is not supported; docs/onnx.md lists what is",
                                 cnn_onnx_printable(node->proto->attribute[i]->name).text);
    return CNN_OK;
}

/* ---- Values ---------------------------------------------------------------------------------------- */

cnn_status cnn_onnx_get_integer(cnn_onnx_node *node, const char *name, int64_t *value) {
    const attribute *found;
    cnn_status status = get(node, name, TYPE(INT), &found);
    if (status == CNN_OK && found)
        *value = found->i;
    return status;
}

cnn_status cnn_onnx_get_real(cnn_onnx_node *node, const char *name, double *value) {
    const attribute *found;
    cnn_status status = get(node, name, TYPE(FLOAT), &found);
    if (status == CNN_OK && found)
        *value = cnn_shortest(found->f);
    return status;
}

cnn_status cnn_onnx_get_integers(cnn_onnx_node *node, const char *name, int64_t *values, size_t count) {
    const attribute *found;
    cnn_status status = get(node, name, TYPE(INTS), &found);
    if (status != CNN_OK || !found)
        return status;
    if (found->n_ints != count)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                             "the attribute %s has %zu values, expected %zu (two-dimensional images)", name,
                             found->n_ints, count);
    memcpy(values, found->ints, count * sizeof *values);
    return CNN_OK;
}

cnn_status cnn_onnx_get_list(cnn_onnx_node *node, const char *name, const int64_t **values, size_t *count) {
    const attribute *found;
    cnn_status status = get(node, name, TYPE(INTS), &found);
    if (status == CNN_OK && found) {
        *values = found->ints;
        *count = found->n_ints;
    }
    return status;
}

cnn_status cnn_onnx_get_real_list(cnn_onnx_node *node, const char *name, const float **values,
                                  size_t *count) {
    const attribute *found;
    cnn_status status = get(node, name, TYPE(FLOATS), &found);
    if (status == CNN_OK && found) {
        *values = found->floats;
        *count = found->n_floats;
    }
    return status;
}

cnn_status cnn_onnx_get_choice(cnn_onnx_node *node, const char *name, const char *const *choices,
                               int *value) {
    const attribute *found;
    cnn_text all = {0};
    cnn_status status = get(node, name, TYPE(STRING), &found);
    if (status != CNN_OK || !found)
        return status;
    for (*value = 0; choices[*value]; ++*value)
        if (strlen(choices[*value]) == found->s.len &&
            memcmp(choices[*value], found->s.data, found->s.len) == 0)
            return CNN_OK;
    for (const char *const *choice = choices; *choice; choice++)
        cnn_text_append(&all, choice == choices ? "%s" : ", %s", *choice);
    status =
        cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "%s must be one of %s", name, all.data ? all.data : "");
    cnn_free(all.data);
    return status;
}

cnn_status cnn_onnx_get_word(cnn_onnx_node *node, const char *name, char word[16]) {
    const attribute *found;
    cnn_status status = get(node, name, TYPE(STRING), &found);
    if (status != CNN_OK || !found)
        return status;
    if (found->s.len >= 16)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "the attribute %s has an unknown value", name);
    memset(word, 0, 16);
    if (found->s.len)
        memcpy(word, found->s.data, found->s.len);
    return CNN_OK;
}

cnn_status cnn_onnx_get_tensor(cnn_onnx_node *node, const char *name, const CnnOnnx__TensorProto **tensor) {
    const attribute *found;
    cnn_status status = get(node, name, TYPE(TENSOR), &found);
    if (status == CNN_OK && found)
        *tensor = found->t;
    return status;
}

/* ---- One value only -------------------------------------------------------------------------------- */

cnn_status cnn_onnx_only_integer(cnn_onnx_node *node, const char *name, int64_t value) {
    int64_t found = value;
    cnn_status status = cnn_onnx_get_integer(node, name, &found);
    if (status == CNN_OK && found != value)
        status = cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "%s %lld is not supported, only %lld", name,
                               (long long)found, (long long)value);
    return status;
}

cnn_status cnn_onnx_only_integers(cnn_onnx_node *node, const char *name, int64_t value) {
    int64_t found[2] = {value, value};
    cnn_status status = cnn_onnx_get_integers(node, name, found, 2);
    if (status == CNN_OK && (found[0] != value || found[1] != value))
        status =
            cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "%s %lld,%lld is not supported, only %lld,%lld", name,
                          (long long)found[0], (long long)found[1], (long long)value, (long long)value);
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
                               size_t count) {
    for (size_t i = 0; i < count; i++)
        if (values[i] < 1)
            return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "%s must be at least 1, found %lld", name,
                                 (long long)values[i]);
    return CNN_OK;
}

static cnn_status get_counts(cnn_onnx_node *node, const char *name, int64_t *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        values[i] = 1;
    cnn_status status = count == 1 ? cnn_onnx_get_integer(node, name, values)
                                   : cnn_onnx_get_integers(node, name, values, count);
    return status == CNN_OK ? refuse_zeros(node, name, values, count) : status;
}

static cnn_status get_flag(cnn_onnx_node *node, const char *name, bool *value) {
    int64_t integer = 0;
    cnn_status status = cnn_onnx_get_integer(node, name, &integer);
    *value = integer != 0;
    return status;
}

static cnn_status get_field(cnn_onnx_node *node, const cnn_field *field, void *value) {
    switch (field->type) {
    case CNN_FIELD_INTEGER:
        return get_counts(node, field->onnx, value, 1);
    case CNN_FIELD_PAIR:
        return field->zero ? cnn_onnx_get_integers(node, field->onnx, value, 2)
                           : get_counts(node, field->onnx, value, 2);
    case CNN_FIELD_PADDING:
        return cnn_onnx_get_integers(node, field->onnx, value, 4);
    case CNN_FIELD_REAL:
        return cnn_onnx_get_real(node, field->onnx, value);
    case CNN_FIELD_FLAG:
        return get_flag(node, field->onnx, value);
    case CNN_FIELD_CHOICE:
        return cnn_onnx_get_choice(node, field->onnx, field->choices, value);
    case CNN_FIELD_REAL_PAIR: /* no attribute is one */
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
