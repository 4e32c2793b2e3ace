/* Clip: limits as attributes before operator set 11, as inputs from then on. */
#include "arrays/elementwise.h"

CNN_ROWS(larger, x < y ? y : x, x < y ? y : x, x < y ? y : x)
CNN_ROWS(smaller, x > y ? y : x, x > y ? y : x, x > y ? y : x)

static cnn_status read_attribute(cnn_call *call, const char *name, double *value, cnn_array *limit) {
    const cnn_shape one = {0};
    if (!cnn_attribute_given(&call->attributes, name))
        return CNN_OK;
    *limit = cnn_array_over(CNN_TYPE_FLOAT64, &one, value);
    return cnn_attribute_real(&call->attributes, name, value);
}

static cnn_status read_input(cnn_call *call, int k, cnn_array *limit) {
    const cnn_array *input = cnn_call_input(call, k);
    if (!input)
        return CNN_OK;
    if (input->elements != 1 || input->type != call->inputs[0]->type)
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "the limit (input %d) is %s, expected one %s", k,
                             cnn_array_describe(input).text, cnn_type_name(call->inputs[0]->type));
    *limit = *input;
    limit->shape.rank = 0;
    return CNN_OK;
}

/* `clipped` within one limit, in place. */
static cnn_status apply(cnn_call *call, const cnn_rows *rows, const cnn_array *limit, cnn_array *clipped) {
    cnn_array room;
    const cnn_array *wide;
    if (cnn_array_empty(limit))
        return CNN_OK;
    cnn_status status = cnn_call_widen(call, limit, clipped->type, &room, &wide);
    if (status == CNN_OK)
        cnn_combine(rows, clipped, wide, clipped);
    cnn_array_free(&room, call->budget);
    return status;
}

static cnn_status clip(cnn_call *call, const cnn_array *min, const cnn_array *max, cnn_array *clipped) {
    const cnn_array *input = call->inputs[0];
    cnn_array *output;
    cnn_status status =
        cnn_array_new(clipped, cnn_wide_type(input->type), &input->shape, call->budget, call->error);
    if (status != CNN_OK)
        return status;
    cnn_array_cast(input, clipped);
    status = apply(call, &larger, min, clipped);
    if (status == CNN_OK)
        status = apply(call, &smaller, max, clipped);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &input->shape, &output);
    if (status == CNN_OK)
        cnn_array_cast(clipped, output);
    return status;
}

cnn_status cnn_run_Clip(cnn_call *call) {
    double values[2];
    cnn_array min = {0}, max = {0}, clipped = {0};
    const bool as_input = call->opset >= 11;
    cnn_status status = as_input ? read_input(call, 1, &min) : read_attribute(call, "min", &values[0], &min);
    if (status == CNN_OK)
        status = as_input ? read_input(call, 2, &max) : read_attribute(call, "max", &values[1], &max);
    if (status == CNN_OK)
        status = clip(call, &min, &max, &clipped);
    cnn_array_free(&clipped, call->budget);
    return status;
}
