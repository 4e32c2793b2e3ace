/* Any number of tensors, element by element, with broadcasting: Sum, Mean, Max, Min. */
#include "arrays/elementwise.h"
#include "arrays/walk.h"

CNN_ROWS(divide, x / y, x / y, x / y)

static cnn_status common_shape(cnn_call *call, cnn_shape *shape) {
    *shape = (cnn_shape){0};
    for (int k = 0; k < call->input_count; k++) {
        const cnn_array *input = call->inputs[k];
        if (!input || input->type != call->inputs[0]->type || input->type == CNN_TYPE_BOOL)
            return cnn_call_fail(call, CNN_ERROR_FORMAT, "input %d is %s, expected numbers of one type", k,
                                 input ? cnn_array_describe(input).text : "left out");
        if (!cnn_shape_broadcast(shape, &input->shape, shape))
            return cnn_call_fail(call, CNN_ERROR_SHAPE,
                                 "input %d, %s, cannot be broadcast with those before it", k,
                                 cnn_array_describe(input).text);
    }
    return CNN_OK;
}

/* `total` combined with one more input, in place: a row is read before it is written. */
static cnn_status take(cnn_call *call, const cnn_rows *rows, const cnn_array *input, cnn_array *total) {
    cnn_array room;
    const cnn_array *wide;
    cnn_status status = cnn_call_widen(call, input, total->type, &room, &wide);
    if (status == CNN_OK)
        status = cnn_call_work(call, total->elements, 1);
    if (status == CNN_OK)
        cnn_combine(rows, total, wide, total);
    cnn_array_free(&room, call->budget);
    return status;
}

/* The first input, broadcast. */
static void begin(const cnn_array *input, cnn_array *wide, cnn_array *total) {
    const cnn_strides to = cnn_strides_of(&total->shape);
    const cnn_strides from = cnn_strides_broadcast(&input->shape, &total->shape);
    cnn_array_cast(input, wide);
    cnn_copy_strided(total->data, &to, wide->data, &from, &total->shape, cnn_type_size(total->type));
}

static cnn_status fold(cnn_call *call, const cnn_rows *rows, cnn_array *total) {
    cnn_array wide;
    cnn_status status = cnn_array_new(&wide, total->type, &call->inputs[0]->shape, call->budget, call->error);
    if (status == CNN_OK)
        begin(call->inputs[0], &wide, total);
    cnn_array_free(&wide, call->budget);
    for (int k = 1; status == CNN_OK && k < call->input_count; k++)
        status = take(call, rows, call->inputs[k], total);
    return status;
}

static cnn_status reduce(cnn_call *call, const cnn_rows *rows, bool mean) {
    cnn_shape shape;
    cnn_array total = {0}, *output;
    const double count = call->input_count;
    const cnn_shape one = {0};
    const cnn_array divisor = cnn_array_over(CNN_TYPE_FLOAT64, &one, &count);
    cnn_status status = common_shape(call, &shape);
    if (status == CNN_OK)
        status =
            cnn_array_new(&total, cnn_wide_type(call->inputs[0]->type), &shape, call->budget, call->error);
    if (status == CNN_OK)
        status = fold(call, rows, &total);
    if (status == CNN_OK && mean)
        status = take(call, &divide, &divisor, &total);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, call->inputs[0]->type, &shape, &output);
    if (status == CNN_OK)
        cnn_array_cast(&total, output);
    cnn_array_free(&total, call->budget);
    return status;
}

cnn_status cnn_run_Sum(cnn_call *call) {
    return reduce(call, &cnn_rows_add, false);
}

cnn_status cnn_run_Mean(cnn_call *call) {
    return reduce(call, &cnn_rows_add, true);
}

cnn_status cnn_run_Max(cnn_call *call) {
    return reduce(call, &cnn_rows_larger, false);
}

cnn_status cnn_run_Min(cnn_call *call) {
    return reduce(call, &cnn_rows_smaller, false);
}
