#include "inspect/reach.h"

#include "base/numbers.h"
#include "ops/pad2d.h"
#include "ops/resize2d.h"

#include <math.h>

/* One position of each axis. */
static cnn_reach reach_one(cnn_range channels, int64_t row, int64_t column) {
    return (cnn_reach){.channels = channels, .first = {row, column}, .step = {1, 1}, .count = {1, 1}};
}

static int64_t along(const cnn_question *question, int axis) {
    return axis ? question->at.column : question->at.row;
}

static cnn_range one_channel(const cnn_question *question) {
    return (cnn_range){question->at.channel, question->at.channel + 1};
}

/* All channels of the group that output channel `channel` of `outputs` belongs to. */
static cnn_range group_channels(int64_t channel, int64_t outputs, int64_t inputs, int64_t groups) {
    const int64_t group = channel / (outputs / groups), size = inputs / groups;
    return (cnn_range){group * size, (group + 1) * size};
}

/* ---- Windows --------------------------------------------------------------------------------------- */

cnn_reach cnn_reach_convolution(const cnn_question *question) {
    const cnn_conv2d_options *conv = &question->node->options.conv2d;
    cnn_reach reach = {.channels = group_channels(question->at.channel, conv->filters,
                                                  cnn_question_shape(question)->dim[0], conv->groups)};
    for (int axis = 0; axis < 2; axis++) {
        reach.first[axis] = along(question, axis) * conv->stride[axis] - conv->padding[axis];
        reach.step[axis] = conv->dilation[axis];
        reach.count[axis] = conv->kernel[axis];
    }
    return reach;
}

cnn_reach cnn_reach_pooling(const cnn_question *question) {
    const cnn_pool2d_options *pool = &question->node->options.pool2d;
    cnn_reach reach = {.channels = one_channel(question), .step = {1, 1}};
    for (int axis = 0; axis < 2; axis++) {
        reach.first[axis] = along(question, axis) * pool->stride[axis] - pool->padding[axis];
        reach.count[axis] = pool->kernel[axis];
    }
    return reach;
}

/* Whether `stride` divides what lies between an output and a kernel's tap. */
static bool meets(const cnn_conv_transpose2d_options *conv, int axis, int64_t at, int64_t tap) {
    return (at + conv->padding[axis] - tap * conv->dilation[axis]) % conv->stride[axis] == 0;
}

int64_t cnn_transposed_tap(const cnn_conv_transpose2d_options *conv, int axis, int64_t from, int64_t at) {
    return (at + conv->padding[axis] - from * conv->stride[axis]) / conv->dilation[axis];
}

/* The inputs whose windows cover the output, the last tap's first; they are equally far apart. */
static void transposed_axis(const cnn_conv_transpose2d_options *conv, int axis, int64_t at,
                            cnn_reach *reach) {
    reach->step[axis] = 1;
    for (int64_t tap = conv->kernel[axis] - 1; tap >= 0; tap--) {
        if (!meets(conv, axis, at, tap))
            continue;
        const int64_t from = (at + conv->padding[axis] - tap * conv->dilation[axis]) / conv->stride[axis];
        if (reach->count[axis] == 0)
            reach->first[axis] = from;
        if (reach->count[axis] == 1)
            reach->step[axis] = from - reach->first[axis];
        reach->count[axis]++;
    }
}

cnn_reach cnn_reach_transposed(const cnn_question *question) {
    const cnn_conv_transpose2d_options *conv = &question->node->options.conv_transpose2d;
    cnn_reach reach = {.channels = group_channels(question->at.channel, conv->filters,
                                                  cnn_question_shape(question)->dim[0], conv->groups)};
    for (int axis = 0; axis < 2; axis++)
        transposed_axis(conv, axis, along(question, axis), &reach);
    return reach;
}

/* ---- Maps and channels ----------------------------------------------------------------------------- */

static int64_t axis_size(const cnn_shape *shape, int axis) {
    return 1 + axis < shape->rank ? shape->dim[1 + axis] : 1;
}

static cnn_reach whole_maps(const cnn_question *question, cnn_range channels) {
    const cnn_shape *shape = cnn_question_shape(question);
    return (cnn_reach){
        .channels = channels, .step = {1, 1}, .count = {axis_size(shape, 0), axis_size(shape, 1)}};
}

cnn_reach cnn_reach_everything(const cnn_question *question) {
    return whole_maps(question, (cnn_range){0, cnn_question_shape(question)->dim[0]});
}

cnn_reach cnn_reach_map(const cnn_question *question) {
    return whole_maps(question, one_channel(question));
}

cnn_reach cnn_reach_group(const cnn_question *question) {
    const int64_t size = cnn_alike_group(question->net, question->node);
    const int64_t first = question->at.channel / size * size;
    return whole_maps(question, (cnn_range){first, first + size});
}

cnn_reach cnn_reach_channels(const cnn_question *question) {
    return reach_one((cnn_range){0, cnn_question_shape(question)->dim[0]}, question->at.row,
                     question->at.column);
}

cnn_reach cnn_reach_same(const cnn_question *question) {
    const bool spread =
        cnn_shape_elements(cnn_question_shape(question)) < cnn_shape_elements(&question->node->output);
    return reach_one(one_channel(question), spread ? 0 : question->at.row, spread ? 0 : question->at.column);
}

cnn_reach cnn_reach_neighbours(const cnn_question *question) {
    const int64_t size = question->node->options.lrn.size, below = (size - 1) / 2,
                  channel = question->at.channel;
    const cnn_range channels = {
        cnn_max(0, channel - below),
        cnn_min(cnn_question_shape(question)->dim[0], channel + size - below),
    };
    return reach_one(channels, question->at.row, question->at.column);
}

cnn_reach cnn_reach_flattened(const cnn_question *question) {
    const cnn_spot from =
        cnn_spot_of(cnn_question_shape(question), cnn_spot_index(&question->node->output, question->at));
    return reach_one((cnn_range){from.channel, from.channel + 1}, from.row, from.column);
}

cnn_reach cnn_reach_concatenated(const cnn_question *question) {
    int64_t channel = question->at.channel;
    for (int k = 0; k < question->input; k++)
        channel -= cnn_node_input_shape(question->net, question->node, k)->dim[0];
    const bool inside = channel >= 0 && channel < cnn_question_shape(question)->dim[0];
    return reach_one(inside ? (cnn_range){channel, channel + 1} : (cnn_range){0, 0}, question->at.row,
                     question->at.column);
}

/* ---- Padding and resizing -------------------------------------------------------------------------- */

cnn_reach cnn_reach_padded(const cnn_question *question) {
    const cnn_shape *shape = cnn_question_shape(question);
    const cnn_pad2d_options *pad = &question->node->options.pad2d;
    int64_t from[2];
    for (int axis = 0; axis < 2; axis++)
        from[axis] = question->edgeless
                         ? along(question, axis) - pad->padding[axis]
                         : cnn_pad2d_source(pad, axis, shape->dim[1 + axis], along(question, axis));
    return reach_one(one_channel(question), from[0], from[1]);
}

/* Where a resized map's output lies among inputs that go on without end. */
static void resized_axis(const cnn_question *question, int axis, cnn_reach *reach) {
    const cnn_resize2d_options *resize = &question->node->options.resize2d;
    const bool linear = resize->mode == CNN_INTERPOLATION_LINEAR;
    const cnn_resize2d_axis sizes = {cnn_question_shape(question)->dim[1 + axis],
                                     question->node->output.dim[1 + axis]};
    const int64_t at = along(question, axis);
    reach->step[axis] = reach->count[axis] = 1;
    if (question->edgeless) {
        reach->first[axis] = (int64_t)floor((double)at / resize->scale[axis]);
        reach->count[axis] = linear && resize->scale[axis] != 1 ? 2 : 1;
        return;
    }
    if (!linear) {
        reach->first[axis] = cnn_resize2d_nearest(resize, axis, sizes, at);
        return;
    }
    const cnn_resize2d_taps taps = cnn_resize2d_taps_of(resize, axis, sizes, at);
    reach->first[axis] = taps.weight[0] != 0 ? taps.index[0] : taps.index[1];
    reach->count[axis] = taps.weight[0] != 0 && taps.weight[1] != 0 && taps.index[1] > taps.index[0] ? 2 : 1;
}

cnn_reach cnn_reach_resized(const cnn_question *question) {
    cnn_reach reach = {.channels = one_channel(question)};
    for (int axis = 0; axis < 2; axis++)
        resized_axis(question, axis, &reach);
    return reach;
}

/* ---- Channels of the output that look at the same inputs ------------------------------------------- */

int64_t cnn_alike_convolution(const cnn_net *net, const cnn_node *node) {
    (void)net;
    return node->options.conv2d.filters / node->options.conv2d.groups;
}

int64_t cnn_alike_transposed(const cnn_net *net, const cnn_node *node) {
    (void)net;
    return node->options.conv_transpose2d.filters / node->options.conv_transpose2d.groups;
}

int64_t cnn_alike_everything(const cnn_net *net, const cnn_node *node) {
    (void)net;
    return node->output.dim[0];
}

int64_t cnn_alike_group(const cnn_net *net, const cnn_node *node) {
    (void)net;
    return node->output.dim[0] / node->options.group_norm.groups;
}
