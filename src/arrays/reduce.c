/* ReduceMean. */
#include "arrays/call.h"
#include "arrays/walk.h"

/* Which axes go: none given are all, or none with noop_with_empty_axes. */
static cnn_status read_axes(cnn_call *call, int rank, bool reduced[CNN_MAX_RANK]) {
    int64_t axes[CNN_MAX_LIST], none_is_none = 0;
    int count;
    cnn_status status = cnn_call_numbers(call, 1, "axes", call->opset >= 18, axes, &count);
    if (status == CNN_OK && call->opset >= 18)
        status = cnn_attribute_integer(&call->attributes, "noop_with_empty_axes", &none_is_none);
    if (status == CNN_OK)
        status = cnn_call_mark_axes(call, axes, count, rank, reduced);
    for (int i = 0; status == CNN_OK && count <= 0 && i < rank; i++)
        reduced[i] = !none_is_none;
    return status;
}

/* `sums` has the input's rank, with 1 for the axes that go. */
static void sum(const cnn_array *input, cnn_array *sums) {
    const cnn_strides strides[] = {cnn_strides_of(&input->shape),
                                   cnn_strides_broadcast(&sums->shape, &input->shape)};
    const double *from = input->data;
    double *to = sums->data;
    cnn_walk walk = cnn_walk_begin(&input->shape, 2, strides);
    while (cnn_walk_next(&walk))
        for (int64_t i = 0; i < walk.length; i++)
            to[walk.at[1] + i * walk.step[1]] += from[walk.at[0] + i];
}

static cnn_status make_means(cnn_call *call, const cnn_shape *kept, cnn_array *wide, cnn_array *means) {
    const cnn_array *input = call->inputs[0];
    cnn_status status = cnn_array_new(wide, CNN_TYPE_FLOAT64, &input->shape, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_array_new(means, CNN_TYPE_FLOAT64, kept, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_call_work(call, input->elements, 1);
    if (status != CNN_OK)
        return status;
    cnn_array_cast(input, wide);
    sum(wide, means);
    for (int64_t i = 0; i < means->elements; i++)
        ((double *)means->data)[i] /= (double)input->elements / (double)means->elements;
    return CNN_OK;
}

cnn_status cnn_run_ReduceMean(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    cnn_shape kept = input->shape, shape = {0};
    cnn_array wide = {0}, means = {0}, *output;
    bool reduced[CNN_MAX_RANK];
    int64_t keep = 1;
    cnn_status status = read_axes(call, input->shape.rank, reduced);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "keepdims", &keep);
    for (int i = 0; status == CNN_OK && i < input->shape.rank; i++) {
        if (reduced[i])
            kept.dim[i] = 1;
        if (!reduced[i] || keep)
            shape.dim[shape.rank++] = kept.dim[i];
    }
    if (status == CNN_OK)
        status = make_means(call, &kept, &wide, &means);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &shape, &output);
    if (status == CNN_OK)
        cnn_array_cast(&means, output);
    cnn_array_free(&wide, call->budget);
    cnn_array_free(&means, call->budget);
    return status;
}
