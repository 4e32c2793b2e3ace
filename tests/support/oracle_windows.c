/* Convolutions and poolings. */
#include "support/oracle_layer.h"

#include <math.h>

/* Zeros before the first row or column. */
static int64_t padding_before(const node_run *r, int axis) {
    const cnn_conv2d_options *conv = &r->node->options.conv2d;
    if (!conv->same)
        return conv->padding[axis];
    const int64_t size = r->in->dim[1 + axis], stride = conv->stride[axis];
    const int64_t outputs = (size + stride - 1) / stride;
    const int64_t span = (conv->kernel[axis] - 1) * conv->dilation[axis] + 1;
    const int64_t needed = (outputs - 1) * stride + span - size;
    return needed > 0 ? needed / 2 : 0;
}

/* What one row of a kernel finds in one row of an image that has `columns`. Outside there are zeros. */
static double kernel_row(const double *weight, int64_t taps, int64_t dilation, const double *x,
                         int64_t columns, int64_t left) {
    double sum = 0;
    for (int64_t j = 0; j < taps; j++, left += dilation)
        if (left >= 0 && left < columns)
            sum += weight[j] * x[left];
    return sum;
}

/* Most of the oracle's time goes by here: whole rows of the padding are passed over. */
static double conv_value(const node_run *r, int64_t f, int64_t row, int64_t column) {
    const cnn_conv2d_options *conv = &r->node->options.conv2d;
    const int64_t rows = r->in->dim[1], columns = r->in->dim[2];
    const int64_t inputs = r->in->dim[0] / conv->groups, group = f / (conv->filters / conv->groups);
    const int64_t top = row * conv->stride[0] - padding_before(r, 0);
    const int64_t left = column * conv->stride[1] - padding_before(r, 1);
    double sum = r->bias ? r->bias[f] : 0;
    for (int64_t c = 0; c < inputs; c++)
        for (int64_t i = 0; i < conv->kernel[0]; i++) {
            const int64_t y = top + i * conv->dilation[0];
            if (y < 0 || y >= rows)
                continue;
            sum += kernel_row(r->weight + ((f * inputs + c) * conv->kernel[0] + i) * conv->kernel[1],
                              conv->kernel[1], conv->dilation[1],
                              r->x + ((group * inputs + c) * rows + y) * columns, columns, left);
        }
    return sum;
}

static void run_conv(const node_run *r) {
    oracle_each_position(r, conv_value);
}

/* What kernel element (i, j) of channel c's weights for filter f adds to the output. */
static void spread_value(const node_run *r, int64_t c, int64_t row, int64_t column, int64_t f) {
    const cnn_conv_transpose2d_options *conv = &r->node->options.conv_transpose2d;
    const int64_t group = c / (r->in->dim[0] / conv->groups), filters = conv->filters / conv->groups;
    for (int64_t i = 0; i < conv->kernel[0]; i++)
        for (int64_t j = 0; j < conv->kernel[1]; j++) {
            const int64_t y = row * conv->stride[0] + i * conv->dilation[0] - conv->padding[0];
            const int64_t x = column * conv->stride[1] + j * conv->dilation[1] - conv->padding[1];
            const int64_t weight = ((c * filters + f) * conv->kernel[0] + i) * conv->kernel[1] + j;
            if (y >= 0 && y < r->out->dim[1] && x >= 0 && x < r->out->dim[2])
                r->y[((group * filters + f) * r->out->dim[1] + y) * r->out->dim[2] + x] +=
                    r->weight[weight] * oracle_pixel(r, c, row, column);
        }
}

static void run_conv_transpose(const node_run *r) {
    const cnn_conv_transpose2d_options *conv = &r->node->options.conv_transpose2d;
    const int64_t area = r->out->dim[1] * r->out->dim[2];
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = r->bias ? r->bias[k / area] : 0;
    for (int64_t c = 0; c < r->in->dim[0]; c++)
        for (int64_t at = 0; at < r->in->dim[1] * r->in->dim[2]; at++)
            for (int64_t f = 0; f < conv->filters / conv->groups; f++)
                spread_value(r, c, at / r->in->dim[2], at % r->in->dim[2], f);
}

/* What a pooling window holds. */
typedef struct window {
    double sum, largest;
    int64_t inside;
} window;

static window look_through(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_pool2d_options *pool = &r->node->options.pool2d;
    window w = {.largest = -INFINITY};
    for (int64_t i = 0; i < pool->kernel[0]; i++)
        for (int64_t j = 0; j < pool->kernel[1]; j++) {
            int64_t y = row * pool->stride[0] - pool->padding[0] + i * pool->dilation[0];
            int64_t x = column * pool->stride[1] - pool->padding[1] + j * pool->dilation[1];
            if (y < 0 || y >= r->in->dim[1] || x < 0 || x >= r->in->dim[2])
                continue;
            w.inside++;
            w.sum += oracle_pixel(r, c, y, x);
            w.largest = fmax(w.largest, oracle_pixel(r, c, y, x));
        }
    return w;
}

static double max_pool_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    return look_through(r, c, row, column).largest;
}

static double avg_pool_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_pool2d_options *pool = &r->node->options.pool2d;
    window w = look_through(r, c, row, column);
    return w.sum / (double)(pool->count_include_pad ? pool->kernel[0] * pool->kernel[1] : w.inside);
}

static void run_max_pool(const node_run *r) {
    oracle_each_position(r, max_pool_value);
}

static void run_avg_pool(const node_run *r) {
    oracle_each_position(r, avg_pool_value);
}

ORACLE(conv2d, run_conv)
ORACLE(conv_transpose2d, run_conv_transpose, {"convtranspose", "convtranspose 3 3x2"},
       {"convtranspose stride", "convtranspose 3 2x2 stride 2 relu"},
       {"convtranspose stride padding", "convtranspose 5 3x3 stride 2 padding 1 outputpadding 1"},
       {"convtranspose stride past kernel", "convtranspose 3 1x2 stride 3x4"},
       {"convtranspose everything",
        "convtranspose 6 3x2 stride 2x3 padding 2,0,1,3 dilation 2x3 outputpadding 0x2 groups 2 nobias"},
       {"convtranspose depthwise", "convtranspose 4 2x3 stride 2x1 groups 4"},
       {"convtranspose wide", "conv 17 1x1\nconvtranspose 33 3x3 stride 2"})
ORACLE(max_pool2d, run_max_pool, {"maxpool dilation", "maxpool 2x3 stride 1 dilation 3x2"},
       {"maxpool dilation padding", "maxpool 3x2 stride 2x1 padding 2,1,1,2 dilation 2x3"})
ORACLE(global_max_pool2d, run_max_pool)
ORACLE(avg_pool2d, run_avg_pool)
ORACLE(global_avg_pool2d, run_avg_pool)

static double l2_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    double sum = 0;
    (void)row, (void)column;
    for (int64_t i = 0; i < r->in->dim[1]; i++)
        for (int64_t j = 0; j < r->in->dim[2]; j++)
            sum += oracle_pixel(r, c, i, j) * oracle_pixel(r, c, i, j);
    return sqrt(sum);
}

static void run_l2_pool(const node_run *r) {
    oracle_each_position(r, l2_value);
}

ORACLE(global_l2_pool2d, run_l2_pool, {"globall2pool", "conv 19 1x1\ngloball2pool\nsoftmax"},
       {"global response norm", "conv 5 1x1 name a\ngloball2pool name n\nchannelpool mean name m\n"
                                "div m from n\nmul a\nbatchnorm\nadd a"})

static double branches_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const int64_t apart = r->out->dim[0];
    const cnn_channel_pool_mode mode = r->node->options.channel_pool.mode;
    double sum = 0, largest = -INFINITY;
    for (int64_t k = c; k < r->in->dim[0]; k += apart) {
        sum += oracle_pixel(r, k, row, column);
        largest = fmax(largest, oracle_pixel(r, k, row, column));
    }
    return mode == CNN_CHANNEL_POOL_MAX    ? largest
           : mode == CNN_CHANNEL_POOL_MEAN ? sum * (double)apart / (double)r->in->dim[0]
                                           : sum;
}

static void run_channel_pool(const node_run *r) {
    oracle_each_position(r, branches_value);
}

ORACLE(channel_pool, run_channel_pool, {"channelpool mean", "conv 11 1x1\nchannelpool mean"},
       {"channelpool max", "conv 9 1x1\nchannelpool max"}, {"channelpool sum", "channelpool sum"},
       {"channelpool sum of branches", "conv 38 1x1\nchannelpool sum branches 2"},
       {"channelpool max of branches", "conv 15 1x1\nchannelpool max branches 5"},
       {"channelpool mean of branches", "conv 51 1x1\nchannelpool mean branches 3"})
