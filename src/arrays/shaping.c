/* Operators that keep all values and change what is known of them: Reshape, Flatten, Squeeze, Unsqueeze,
 * Identity, Dropout; and Shape. */
#include "arrays/call.h"
#include "base/memory.h"

#include <string.h>

cnn_status cnn_run_Identity(cnn_call *call) {
    return cnn_call_reshaped(call, 0, call->inputs[0], &call->inputs[0]->shape);
}

/* ---- Reshape, Flatten ------------------------------------------------------------------------------ */

/* One size may be -1: what is left of `elements`. */
static cnn_status fill_in(const cnn_call *call, const cnn_array *input, cnn_shape *shape) {
    int64_t known = 1;
    int open = -1;
    for (int i = 0; i < shape->rank; i++) {
        const bool is_open = shape->dim[i] == -1;
        if ((is_open && open >= 0) || !cnn_multiply(known, is_open ? 1 : shape->dim[i], &known))
            return cnn_call_fail(call, CNN_ERROR_FORMAT,
                                 "the new shape has more than one -1, or is out of range");
        if (is_open)
            open = i;
    }
    if (open >= 0)
        shape->dim[open] = known > 0 ? input->elements / known : 0;
    if (open >= 0 ? known > 0 && input->elements % known == 0 : input->elements == known)
        return CNN_OK;
    char text[CNN_SHAPE_TEXT];
    return cnn_call_fail(call, CNN_ERROR_SHAPE, "%s does not fit the new shape [%s]",
                         cnn_array_describe(input).text, cnn_shape_text(shape, text));
}

/* A 0 is the size of the input's axis, unless `allowzero`. */
cnn_status cnn_run_Reshape(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    int64_t zero_is_zero = 0, sizes[CNN_MAX_LIST];
    int count;
    cnn_status status = cnn_call_numbers(call, 1, "shape", call->opset >= 5, sizes, &count);
    if (status == CNN_OK && (count < 0 || count > CNN_MAX_RANK))
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "it has no new shape, or one of more than %d axes",
                             CNN_MAX_RANK);
    if (status == CNN_OK && call->opset >= 14)
        status = cnn_attribute_integer(&call->attributes, "allowzero", &zero_is_zero);
    if (status != CNN_OK)
        return status;
    cnn_shape shape = {.rank = count};
    for (int i = 0; i < shape.rank; i++) {
        shape.dim[i] = sizes[i];
        if (shape.dim[i] == 0 && !zero_is_zero)
            shape.dim[i] = i < input->shape.rank ? input->shape.dim[i] : -2;
    }
    status = fill_in(call, input, &shape);
    return status == CNN_OK ? cnn_call_reshaped(call, 0, input, &shape) : status;
}

cnn_status cnn_run_Flatten(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    cnn_shape shape = cnn_shape_2(1, 1);
    int axis = 0;
    cnn_status status = cnn_call_read_axis(call, 1, input->shape.rank, true, &axis);
    for (int i = 0; i < input->shape.rank; i++)
        shape.dim[i < axis ? 0 : 1] *= input->shape.dim[i];
    return status == CNN_OK ? cnn_call_reshaped(call, 0, input, &shape) : status;
}

/* ---- Squeeze, Unsqueeze ---------------------------------------------------------------------------- */

/* Without a list, all axes of size 1 go. */
cnn_status cnn_run_Squeeze(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    int64_t axes[CNN_MAX_LIST];
    bool gone[CNN_MAX_RANK];
    int count;
    cnn_status status = cnn_call_numbers(call, 1, "axes", call->opset >= 13, axes, &count);
    if (status == CNN_OK)
        status = cnn_call_mark_axes(call, axes, count, input->shape.rank, gone);
    if (status != CNN_OK)
        return status;
    cnn_shape shape = {0};
    for (int i = 0; i < input->shape.rank; i++) {
        if (count >= 0 && gone[i] && input->shape.dim[i] != 1)
            return cnn_call_fail(call, CNN_ERROR_SHAPE, "axis %d of %s does not have size 1", i,
                                 cnn_array_describe(input).text);
        if (count < 0 ? input->shape.dim[i] != 1 : !gone[i])
            shape.dim[shape.rank++] = input->shape.dim[i];
    }
    return cnn_call_reshaped(call, 0, input, &shape);
}

/* The axes count in the output. */
cnn_status cnn_run_Unsqueeze(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    int64_t axes[CNN_MAX_LIST];
    bool added[CNN_MAX_RANK];
    int count;
    cnn_status status = cnn_call_numbers(call, 1, "axes", call->opset >= 13, axes, &count);
    if (status != CNN_OK)
        return status;
    if (count < 0 || input->shape.rank + count > CNN_MAX_RANK)
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "it has no axes, or more than %d", CNN_MAX_RANK);
    cnn_shape shape = {.rank = input->shape.rank + count};
    status = cnn_call_mark_axes(call, axes, count, shape.rank, added);
    for (int i = 0, from = 0; status == CNN_OK && i < shape.rank; i++)
        shape.dim[i] = added[i] ? 1 : input->shape.dim[from++];
    return status == CNN_OK ? cnn_call_reshaped(call, 0, input, &shape) : status;
}

/* ---- Dropout --------------------------------------------------------------------------------------- */

/* Its rate and whether it trains: attributes at first, inputs since operator set 12. */
static cnn_status read_dropout(cnn_call *call, double *rate, bool *training) {
    int64_t ignored;
    *rate = 0.5;
    *training = false;
    if (call->opset < 12) {
        cnn_status status = cnn_attribute_real(&call->attributes, "ratio", rate);
        return status == CNN_OK && call->opset < 7
                   ? cnn_attribute_integer(&call->attributes, "is_test", &ignored)
                   : status;
    }
    const cnn_array *given = cnn_call_input(call, 1), *mode = cnn_call_input(call, 2);
    cnn_status status = cnn_attribute_integer(&call->attributes, "seed", &ignored);
    if (status == CNN_OK && given && (given->type != CNN_TYPE_FLOAT32 || given->elements != 1))
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "the rate is %s, expected one float32",
                               cnn_array_describe(given).text);
    if (status == CNN_OK && mode && (mode->type != CNN_TYPE_BOOL || mode->elements != 1))
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "the mode is %s, expected one bool",
                               cnn_array_describe(mode).text);
    if (status == CNN_OK && given)
        *rate = (double)*(const float *)given->data;
    if (status == CNN_OK && mode)
        *training = *(const uint8_t *)mode->data != 0;
    return status;
}

/* Does nothing in inference. The mask was of the input's type before operator set 10. */
cnn_status cnn_run_Dropout(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    const uint8_t one = 1;
    const cnn_shape scalar = {0};
    const cnn_array truth = cnn_array_over(CNN_TYPE_BOOL, &scalar, &one);
    cnn_array *mask;
    double rate;
    bool training;
    cnn_status status = read_dropout(call, &rate, &training);
    if (status == CNN_OK && training && rate != 0)
        status = cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "random values of training are not supported");
    if (status == CNN_OK)
        status = cnn_call_reshaped(call, 0, input, &input->shape);
    if (status != CNN_OK || call->output_count < 2)
        return status;
    status = cnn_call_output(call, 1, call->opset < 10 ? input->type : CNN_TYPE_BOOL, &input->shape, &mask);
    if (status == CNN_OK) {
        cnn_array kept = *mask; /* one element after the other: rarely asked for, never large */
        const size_t size = cnn_type_size(mask->type);
        kept.elements = 1;
        for (int64_t i = 0; i < mask->elements; i++) {
            kept.data = (char *)mask->data + (size_t)i * size;
            cnn_array from = truth;
            cnn_array_cast(&from, &kept);
        }
    }
    return status;
}

/* ---- Shape ----------------------------------------------------------------------------------------- */

static int64_t within(int64_t position, int rank) {
    if (position < 0)
        position += rank;
    return position < 0 ? 0 : position > rank ? rank : position;
}

cnn_status cnn_run_Shape(cnn_call *call) {
    const cnn_shape *input = &call->inputs[0]->shape;
    int64_t start = 0, end = input->rank;
    cnn_array *output;
    cnn_status status = CNN_OK;
    if (call->opset >= 15)
        status = cnn_attribute_integer(&call->attributes, "start", &start);
    if (status == CNN_OK && call->opset >= 15)
        status = cnn_attribute_integer(&call->attributes, "end", &end);
    if (status != CNN_OK)
        return status;
    start = within(start, input->rank);
    end = within(end, input->rank);
    const cnn_shape shape = cnn_shape_1(end > start ? end - start : 0);
    status = cnn_call_output(call, 0, CNN_TYPE_INT64, &shape, &output);
    for (int64_t i = 0; status == CNN_OK && i < output->elements; i++)
        ((int64_t *)output->data)[i] = input->dim[start + i];
    return status;
}
