#include "ops/pool2d.h"

#include "ops/window.h"

#include <inttypes.h>

static const int64_t no_dilation[2] = {1, 1};

cnn_status cnn_pool2d_complete(cnn_options *options, cnn_error *error) {
    cnn_pool2d_options *pool = &options->pool2d;
    pool->kernel[1] = cnn_or(pool->kernel[1], pool->kernel[0]);
    if (!pool->stride[1])
        pool->stride[1] = pool->stride[0] ? pool->stride[0] : pool->kernel[1];
    pool->stride[0] = cnn_or(pool->stride[0], pool->kernel[0]);
    cnn_window window = {pool->kernel, pool->stride, no_dilation, pool->padding, false};
    cnn_status status = cnn_window_check(&window, error);
    for (int side = 0; status == CNN_OK && side < 4; side++)
        if (pool->padding[side] >= pool->kernel[side % 2])
            status = cnn_fail(error, CNN_ERROR_ARGUMENT,
                              "the padding of a pooling must be smaller than its kernel (%" PRId64
                              "), not %" PRId64 ": otherwise a window could hold nothing but padding",
                              pool->kernel[side % 2], pool->padding[side]);
    return status;
}

cnn_status cnn_pool2d_infer(const char *what, cnn_options *options, const cnn_shape *input, cnn_shape *output,
                            cnn_error *error) {
    cnn_pool2d_options *pool = &options->pool2d;
    cnn_window window = {pool->kernel, pool->stride, no_dilation, pool->padding, false};
    int64_t size[2];
    cnn_status status = cnn_window_output(&window, what, input, size, error);
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
                                           .stride = {input->dim[1], input->dim[2]}};
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
        .pad = {pool->padding[0], pool->padding[1]},
        .count_padding = pool->count_include_pad,
    };
}
