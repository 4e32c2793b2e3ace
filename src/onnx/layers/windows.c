/* Layers whose window slides over the image: convolutions and poolings. */
#include "onnx/layers/list.h"

#include "base/memory.h"

#include "onnx/layers/lines.h"
#include "onnx/layers/weights.h"
#include "base/numbers.h"

#include <inttypes.h>
#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

/* ---- Windows: padding ------------------------------------------------------------------------------ */

/* auto_pad SAME_UPPER or SAME_LOWER: output size = ceil(input / stride), the odd zero at the end or the
 * beginning. */
static void same_padding(const cnn_shape *input, const int64_t kernel[2], const int64_t stride[2],
                         const int64_t dilation[2], bool upper, int64_t padding[4]) {
    for (int axis = 0; axis < 2; axis++) {
        int64_t size = input->dim[1 + axis], outputs = (size - 1) / stride[axis] + 1;
        int64_t total = (outputs - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - size;
        total = total > 0 ? total : 0;
        padding[axis] = upper ? total / 2 : total - total / 2;
        padding[2 + axis] = total - padding[axis];
    }
}

/* Kernel, stride and the like are checked by the layer only later; until then their sums and products must not
 * overflow. */
static bool are_small(const int64_t *values, int count) {
    bool small = true;
    for (int i = 0; i < count; i++)
        small = small && values[i] >= 0 && values[i] <= INT32_MAX;
    return small;
}

/* Replace `padding` by what auto_pad asks for, if it asks. */
static cnn_status read_auto_pad(node *n, const cnn_shape *input, const int64_t kernel[2],
                                const int64_t stride[2], const int64_t dilation[2], int64_t padding[4]) {
    const char *word = "NOTSET";
    cnn_status status = cnn_attribute_text(&n->attributes, "auto_pad", &word);
    if (status != CNN_OK || strcmp(word, "NOTSET") == 0)
        return status;
    for (int i = 0; i < 4; i++)
        if (padding[i] != 0)
            return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "it has both auto_pad and pads");
    if (!are_small(kernel, 2) || !are_small(stride, 2) || !are_small(dilation, 2) ||
        !are_small(input->dim + 1, 2))
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "kernel, stride, dilation or input is too large");
    if (strcmp(word, "SAME_UPPER") == 0 || strcmp(word, "SAME_LOWER") == 0)
        same_padding(input, kernel, stride, dilation, word[5] == 'U', padding);
    else if (strcmp(word, "VALID") != 0)
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "auto_pad \"%s\" is unknown",
                             cnn_onnx_printable(word).text);
    return CNN_OK;
}

/* ---- Conv, ConvTranspose --------------------------------------------------------------------------- */

/* Where the options of either kind have what both are read for. */
typedef struct common {
    int64_t *filters, *kernel;
    bool *no_bias;
} common;

/* The kernel is the weight's, which kernel_shape may repeat. */
static cnn_status take_kernel(const node *n, const cnn_onnx_tensor *weight, int64_t kernel[2]) {
    const int64_t *size = weight->shape.dim + 2;
    if (cnn_attribute_given(&n->attributes, "kernel_shape") && (kernel[0] != size[0] || kernel[1] != size[1]))
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "kernel_shape does not match the weight");
    kernel[0] = size[0];
    kernel[1] = size[1];
    return CNN_OK;
}

/* The weight: filters, channels / groups, rows, columns. */
static cnn_status finish_conv(node *n, const cnn_shape *input, const cnn_onnx_tensor *weight,
                              cnn_options *options) {
    const int64_t *dim = weight->shape.dim;
    cnn_conv2d_options *conv = &options->conv2d;
    int64_t channels;
    if (!cnn_multiply(dim[1], conv->groups, &channels) || channels != input->dim[0])
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT,
                             "the weight is for %" PRId64 " channels in each of %" PRId64
                             " groups, but the input has %" PRId64 " channels",
                             dim[1], conv->groups, input->dim[0]);
    conv->filters = dim[0];
    return read_auto_pad(n, input, conv->kernel, conv->stride, conv->dilation, conv->padding);
}

/* The weight: channels, filters / groups, rows, columns. */
static cnn_status finish_conv_transpose(node *n, const cnn_shape *input, const cnn_onnx_tensor *weight,
                                        cnn_options *options) {
    const int64_t *dim = weight->shape.dim;
    cnn_conv_transpose2d_options *conv = &options->conv_transpose2d;
    const char *word = "NOTSET";
    cnn_status status = cnn_attribute_text(&n->attributes, "auto_pad", &word);
    if (status != CNN_OK)
        return status;
    if (strcmp(word, "NOTSET") != 0 && strcmp(word, "VALID") != 0)
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "auto_pad \"%s\" is not supported, only pads",
                             cnn_onnx_printable(word).text);
    if (dim[0] != input->dim[0] || !cnn_multiply(dim[1], conv->groups, &conv->filters))
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT,
                             "the weight is for %" PRId64 " channels, but the input has %" PRId64, dim[0],
                             input->dim[0]);
    return CNN_OK;
}

/* Append the layer and fill its weight, and its bias if there is one. */
static cnn_status append_convolution(reader *r, node *n, const cnn_op *op, const cnn_options *options,
                                     const cnn_onnx_value *x, const cnn_onnx_tensor *weight,
                                     const cnn_onnx_tensor *bias) {
    cnn_status status = cnn_onnx_append(r, n, op, options, x, NULL);
    if (status != CNN_OK)
        return status;
    memcpy(cnn_onnx_parameter(r, 0), weight->reals, (size_t)weight->elements * sizeof *weight->reals);
    if (bias->reals)
        cnn_onnx_fill_bias(r, bias, r->net->nodes[r->net->node_count - 1].output.dim[0], 1);
    return CNN_OK;
}

/* `to` points into `options`; `finish` is for what differs between the kinds. */
static cnn_status read_along(reader *r, node *n, const cnn_onnx_value *x, int line, const cnn_op *op,
                             cnn_options *options, common to,
                             cnn_status (*finish)(node *n, const cnn_shape *input,
                                                  const cnn_onnx_tensor *weight, cnn_options *options)) {
    cnn_onnx_tensor weight, bias;
    cnn_onnx_widened room;
    cnn_status status = cnn_onnx_weight(r, n, x->view.rank, &weight);
    if (status == CNN_OK)
        status = cnn_onnx_widen_attributes(n, line, &room);
    if (status == CNN_OK)
        status = cnn_onnx_get_fields(n, op, options);
    if (status != CNN_OK)
        return status;
    cnn_onnx_widen_weight(&weight, line);
    status = take_kernel(n, &weight, to.kernel);
    if (status == CNN_OK)
        status = finish(n, cnn_onnx_shape(r, x), &weight, options);
    if (status == CNN_OK)
        status = cnn_onnx_bias(r, n, 2, x->view.rank, *to.filters, &bias);
    if (status != CNN_OK)
        return status;
    *to.no_bias = !bias.reals;
    return append_convolution(r, n, op, options, x, &weight, &bias);
}

static cnn_status read_along_channels(reader *r, node *n, const cnn_onnx_value *x, cnn_options *options,
                                      common to) {
    const cnn_onnx_value *made = cnn_onnx_output(r, n);
    cnn_status status = cnn_onnx_lay_channels_out(r, n, x);
    if (status == CNN_OK)
        status = read_along(r, n, made, CNN_ONNX_COLUMNS, &cnn_op_conv2d, options, to, finish_conv);
    return status == CNN_OK && *to.filters == 1 ? cnn_onnx_gather_channels(r, n) : status;
}

cnn_status cnn_onnx_read_conv(reader *r, node *n) {
    cnn_options options = {0};
    cnn_conv2d_options *conv = &options.conv2d;
    const common to = {&conv->filters, conv->kernel, &conv->no_bias};
    cnn_onnx_value *x = cnn_onnx_input(r, n, 0);
    int line;
    if (x && x->layer && cnn_onnx_is_line_of_channels(x))
        return read_along_channels(r, n, x, &options, to);
    cnn_status status = cnn_onnx_image_or_line(r, n, &x, &line);
    return status == CNN_OK ? read_along(r, n, x, line, &cnn_op_conv2d, &options, to, finish_conv) : status;
}

cnn_status cnn_onnx_read_conv_transpose(reader *r, node *n) {
    cnn_options options = {0};
    cnn_conv_transpose2d_options *conv = &options.conv_transpose2d;
    const common to = {&conv->filters, conv->kernel, &conv->no_bias};
    cnn_onnx_value *x;
    int line;
    cnn_status status = cnn_onnx_image_or_line(r, n, &x, &line);
    return status == CNN_OK
               ? read_along(r, n, x, line, &cnn_op_conv_transpose2d, &options, to, finish_conv_transpose)
               : status;
}

/* ---- Poolings -------------------------------------------------------------------------------------- */

/* With ceil_mode a last window may hang over the end, as long as it does not begin beyond the image and its
 * padding before: padding at the end, which never counts into an average, stands for it. */
static void pad_for_ceil(const cnn_shape *input, cnn_pool2d_options *pool) {
    for (int axis = 0; axis < 2; axis++) {
        const int64_t kernel = pool->dilation[axis] * (pool->kernel[axis] - 1) + 1,
                      stride = pool->stride[axis];
        const int64_t begin = pool->padding[axis], size = input->dim[1 + axis] + begin;
        const int64_t room = size + pool->padding[2 + axis] - kernel;
        const int64_t last = room <= 0 ? 0 : cnn_round_up(room, stride);
        const int64_t over = (last < size ? last : last - stride) + kernel - size;
        if (over > pool->padding[2 + axis])
            pool->padding[2 + axis] = over;
    }
}

static bool is_padded(const cnn_pool2d_options *pool) {
    return pool->padding[0] || pool->padding[1] || pool->padding[2] || pool->padding[3];
}

static cnn_status read_ceil_mode(node *n, const cnn_shape *input, cnn_pool2d_options *pool) {
    int64_t ceil_mode = 0;
    cnn_status status = cnn_attribute_integer(&n->attributes, "ceil_mode", &ceil_mode);
    if (status != CNN_OK || !ceil_mode)
        return status;
    if (!are_small(pool->kernel, 2) || !are_small(pool->dilation, 2) || !are_small(pool->stride, 2) ||
        !are_small(pool->padding, 4) || !are_small(input->dim + 1, 2))
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                             "kernel, stride, dilation, pads or input is too large");
    const cnn_pool2d_options before = *pool;
    pad_for_ceil(input, pool);
    if (!pool->count_include_pad || memcmp(before.padding, pool->padding, sizeof before.padding) == 0)
        return CNN_OK;
    pool->count_include_pad = false;
    if (is_padded(&before))
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                             "ceil_mode and count_include_pad together with padding are not supported: the "
                             "padding would count in the average, but not the part of a window beyond it");
    return CNN_OK;
}

static cnn_status read_pool_options(node *n, const cnn_op *op, const cnn_shape *input, cnn_options *options) {
    cnn_pool2d_options *pool = &options->pool2d;
    cnn_status status = cnn_onnx_get_options(n, op, options);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(n, "storage_order", 0);
    if (op != &cnn_op_max_pool2d)
        pool->dilation[0] = pool->dilation[1] = 1;
    if (status == CNN_OK && op != &cnn_op_max_pool2d)
        status = cnn_onnx_only_integers(n, "dilations", 1);
    if (status == CNN_OK)
        status = read_auto_pad(n, input, pool->kernel, pool->stride, pool->dilation, pool->padding);
    return status == CNN_OK ? read_ceil_mode(n, input, pool) : status;
}

cnn_status cnn_onnx_read_pool(reader *r, node *n) {
    const cnn_op *op = cnn_op_by_onnx(n->proto->op_type);
    cnn_options options = {0};
    cnn_onnx_widened room;
    cnn_onnx_value *x;
    int line;
    cnn_status status = cnn_onnx_image_or_line(r, n, &x, &line);
    if (status == CNN_OK)
        status = cnn_onnx_widen_attributes(n, line, &room);
    if (status == CNN_OK)
        status = read_pool_options(n, op, cnn_onnx_shape(r, x), &options);
    return status == CNN_OK ? cnn_onnx_append(r, n, op, &options, x, NULL) : status;
}
