/* MaxUnpool: values back to where a MaxPool found them. */
#include "arrays/slide.h"
#include "arrays/walk.h"

/* What the pooling that is undone was given; `slide` is the window over that. */
static cnn_status read_unpooled(cnn_call *call, const cnn_slide *slide, cnn_shape *shape, cnn_shape *wanted) {
    const cnn_array *input = call->inputs[0], *list;
    cnn_status status = cnn_call_list(call, 2, "output shape", CNN_MAX_RANK, &list);
    *shape = input->shape;
    for (int i = 2; status == CNN_OK && i < shape->rank; i++) {
        const int axis = CNN_SLIDE_AXES - slide->axes + i - 2;
        shape->dim[i] = (shape->dim[i] - 1) * slide->stride[axis] + slide->kernel[axis] -
                        slide->before[axis] - slide->after[axis];
    }
    *wanted = *shape;
    bool fits = status == CNN_OK && (!list || list->elements == shape->rank);
    for (int i = 0; fits && list && i < shape->rank; i++) {
        wanted->dim[i] = cnn_array_integer(list, i);
        fits = wanted->dim[i] >= shape->dim[i];
    }
    return fits || status != CNN_OK ? status
                                    : cnn_call_fail(call, CNN_ERROR_SHAPE,
                                                    "its output shape does not hold what was pooled into %s",
                                                    cnn_array_describe(input).text);
}

/* Each value to the place in `whole` that its index names. */
static cnn_status put_back(cnn_call *call, cnn_array *whole) {
    const cnn_array *input = call->inputs[0], *positions = call->inputs[1];
    for (int64_t i = 0; i < input->elements; i++) {
        const int64_t at = cnn_array_integer(positions, i);
        if (at < 0 || at >= whole->elements)
            return cnn_call_fail(call, CNN_ERROR_ARGUMENT, "an index is outside %s",
                                 cnn_array_describe(whole).text);
        ((float *)whole->data)[at] = ((const float *)input->data)[i];
    }
    return CNN_OK;
}

static cnn_status unpool(cnn_call *call, const cnn_shape *shape, const cnn_shape *wanted) {
    cnn_array whole, *output;
    cnn_status status = cnn_array_new(&whole, CNN_TYPE_FLOAT32, shape, call->budget, call->error);
    if (status == CNN_OK)
        status = put_back(call, &whole);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, wanted, &output);
    if (status == CNN_OK) {
        const cnn_strides from = cnn_strides_of(shape), to = cnn_strides_of(wanted);
        cnn_copy_strided(output->data, &to, whole.data, &from, shape, sizeof(float));
    }
    cnn_array_free(&whole, call->budget);
    return status;
}

cnn_status cnn_run_MaxUnpool(cnn_call *call) {
    const cnn_array *input, *positions;
    cnn_shape shape, wanted;
    cnn_slide slide;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK)
        status = cnn_call_typed(call, 1, "indices", CNN_TYPE_INT64, &positions);
    if (status == CNN_OK && !cnn_shape_equal(&input->shape, &positions->shape))
        status = cnn_call_fail(call, CNN_ERROR_SHAPE, "the indices, %s, do not fit %s",
                               cnn_array_describe(positions).text, cnn_array_describe(input).text);
    if (status == CNN_OK)
        status = cnn_slide_read(call, &input->shape, NULL, &slide);
    if (status == CNN_OK)
        status = read_unpooled(call, &slide, &shape, &wanted);
    return status == CNN_OK ? unpool(call, &shape, &wanted) : status;
}
