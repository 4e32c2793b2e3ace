#include "ops/pool2d.h"

#include "base/numbers.h"
#include "ops/window.h"

#include <inttypes.h>

/* Rows or columns from a window's first element to its last. */
static int64_t span_of(const cnn_pool2d_options *pool, int axis) {
    return pool->dilation[axis] * (pool->kernel[axis] - 1) + 1;
}

cnn_status cnn_pool2d_complete(cnn_options *options, cnn_error *error) {
    cnn_pool2d_options *pool = &options->pool2d;
    pool->kernel[1] = cnn_or(pool->kernel[1], pool->kernel[0]);
    if (!pool->stride[1])
        pool->stride[1] = pool->stride[0] ? pool->stride[0] : pool->kernel[1];
    pool->stride[0] = cnn_or(pool->stride[0], pool->kernel[0]);
    pool->dilation[0] = cnn_or(pool->dilation[0], 1);
    pool->dilation[1] = cnn_or(pool->dilation[1], pool->dilation[0]);
    cnn_window window = {pool->kernel, pool->stride, pool->dilation, pool->padding, false};
    cnn_status status = cnn_window_check(&window, error);
    for (int side = 0; status == CNN_OK && side < 4; side++)
        if (pool->padding[side] >= span_of(pool, side % 2))
            status = cnn_fail(error, CNN_ERROR_ARGUMENT,
                              "the padding of a pooling must be smaller than its window (%" PRId64
                              "), not %" PRId64 ": otherwise a window could hold nothing but padding",
                              span_of(pool, side % 2), pool->padding[side]);
    return status;
}

/* Whether each window along the axis has an element on the map: one of wide dilation may pass over a small map. */
static bool all_meet(const cnn_pool2d_options *pool, int axis, int64_t size, int64_t outputs) {
    bool meet = true;
    for (int64_t i = 0; meet && i < outputs; i++) {
        const int64_t start = i * pool->stride[axis] - pool->padding[axis], apart = pool->dilation[axis];
        const int64_t first = start < 0 ? cnn_ceil_div(-start, apart) : 0;
        meet = first < pool->kernel[axis] && start + first * apart < size;
    }
    return meet;
}

cnn_status cnn_pool2d_infer(const char *what, cnn_options *options, const cnn_shape *input, cnn_shape *output,
                            cnn_error *error) {
    cnn_pool2d_options *pool = &options->pool2d;
    cnn_window window = {pool->kernel, pool->stride, pool->dilation, pool->padding, false};
    int64_t size[2];
    cnn_status status = cnn_window_output(&window, what, input, size, error);
    for (int axis = 0; status == CNN_OK && axis < 2; axis++)
        if (!all_meet(pool, axis, input->dim[1 + axis], size[axis]))
            status =
                cnn_fail(error, CNN_ERROR_SHAPE,
                         "%s: a window of dilation %" PRId64 " holds nothing but padding: its elements lie "
                         "beside the %" PRId64 " %s of the map; choose a smaller dilation or padding",
                         what, pool->dilation[axis], input->dim[1 + axis], axis ? "columns" : "rows");
    if (status == CNN_OK)
        *output = cnn_shape_3(input->dim[0], size[0], size[1]);
    return status;
}

cnn_status cnn_global_pool2d_infer(cnn_options *options, const cnn_shape *input, cnn_shape *output,
                                   cnn_error *error) {
    char text[CNN_SHAPE_TEXT];
    if (input->rank != 3)
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "a global pooling needs feature maps C,H,W, but its input is %s",
                        cnn_shape_text(input, text));
    options->pool2d = (cnn_pool2d_options){.kernel = {input->dim[1], input->dim[2]},
                                           .stride = {input->dim[1], input->dim[2]},
                                           .dilation = {1, 1}};
    *output = cnn_shape_3(input->dim[0], 1, 1);
    return CNN_OK;
}

cnn_pool_loop cnn_pool2d_loop(const cnn_step *step) {
    const cnn_pool2d_options *pool = &step->options.pool2d;
    const int64_t *input = step->input_shape[0].dim, *output = step->output_shape.dim;
    return (cnn_pool_loop){
        .channels = input[0],
        .rows = input[1],
        .columns = input[2],
        .out_rows = output[1],
        .out_columns = output[2],
        .kernel = {pool->kernel[0], pool->kernel[1]},
        .stride = {pool->stride[0], pool->stride[1]},
        .dilation = {pool->dilation[0], pool->dilation[1]},
        .pad = {pool->padding[0], pool->padding[1]},
        .count_padding = pool->count_include_pad,
    };
}
