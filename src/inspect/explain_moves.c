/* Layers that move values: what an output is a copy, or a blend, of. */
#include "inspect/reach.h"
#include "ops/pad2d.h"
#include "ops/resize2d.h"
#include "ops/slice.h"

#include <math.h>

static cnn_reach reach_flattened(const cnn_question *question) {
    const cnn_spot from =
        cnn_spot_of(cnn_question_shape(question), cnn_spot_index(&question->node->output, question->at));
    return cnn_reach_one((cnn_range){from.channel, from.channel + 1}, from.row, from.column);
}

static cnn_reach reach_concatenated(const cnn_question *question) {
    int64_t channel = question->at.channel;
    for (int k = 0; k < question->input; k++)
        channel -= cnn_node_input_shape(question->net, question->node, k)->dim[0];
    const bool inside = channel >= 0 && channel < cnn_question_shape(question)->dim[0];
    return cnn_reach_one(inside ? (cnn_range){channel, channel + 1} : (cnn_range){0, 0}, question->at.row,
                         question->at.column);
}

static cnn_reach reach_unflattened(const cnn_question *question) {
    const int64_t index = cnn_spot_index(&question->node->output, question->at);
    return cnn_reach_one((cnn_range){index, index + 1}, 0, 0);
}

static cnn_reach reach_sliced(const cnn_question *question) {
    const cnn_slice_options *slice = &question->node->options.slice;
    const int64_t at[3] = {question->at.channel, question->at.row, question->at.column};
    int64_t from[3];
    for (int axis = 0; axis < 3; axis++) {
        const int64_t *span = cnn_slice_span(slice, axis); /* first, count, step */
        from[axis] = span[0] + at[axis] * span[2];
    }
    return cnn_reach_one((cnn_range){from[0], from[0] + 1}, from[1], from[2]);
}

static cnn_reach reach_shuffled(const cnn_question *question) {
    const int64_t groups = question->node->options.channel_shuffle.groups, at = question->at.channel;
    const int64_t from = at % groups * (question->node->output.dim[0] / groups) + at / groups;
    return cnn_reach_one((cnn_range){from, from + 1}, question->at.row, question->at.column);
}

/* Which block a position lies in, also of maps that go on beyond their edges. */
static int64_t block_of(int64_t at, int64_t block) {
    return at >= 0 ? at / block : -((block - 1 - at) / block);
}

static cnn_reach reach_of_space(const cnn_question *question) {
    const cnn_depth_to_space_options *options = &question->node->options.depth_to_space;
    const int64_t block = options->block, channel = question->at.channel;
    const int64_t row = block_of(question->at.row, block), column = block_of(question->at.column, block);
    const int64_t within = (question->at.row - row * block) * block + question->at.column - column * block;
    const int64_t from = options->mode == CNN_DEPTH_DCR ? within * question->node->output.dim[0] + channel
                                                        : channel * block * block + within;
    return cnn_reach_one((cnn_range){from, from + 1}, row, column);
}

static cnn_reach reach_of_depth(const cnn_question *question) {
    const cnn_depth_to_space_options *options = &question->node->options.space_to_depth;
    const int64_t block = options->block, area = block * block, channel = question->at.channel;
    const int64_t channels = cnn_question_shape(question)->dim[0];
    const bool blocks_first = options->mode == CNN_DEPTH_DCR;
    const int64_t from = blocks_first ? channel % channels : channel / area,
                  within = blocks_first ? channel / channels : channel % area;
    cnn_reach reach = cnn_reach_one((cnn_range){from, from + 1}, question->at.row * block + within / block,
                                    question->at.column * block + within % block);
    if (question->edgeless) /* then it is asked of all channels together */
        reach = (cnn_reach){.channels = reach.channels,
                            .first = {question->at.row * block, question->at.column * block},
                            .step = {1, 1},
                            .count = {block, block}};
    return reach;
}

/* Of all inputs one has the value. */
static void explain_copy(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    cnn_reach (*const reach)(const cnn_question *) = cnn_inspected_kind_of(subject->node->op)->reach;
    double value = 0;
    for (int k = 0; k < subject->node->inputs; k++) {
        const cnn_question question = {.net = subject->net, .node = subject->node, .input = k, .at = at};
        const cnn_reach found = reach(&question);
        if (found.channels.end == found.channels.first)
            continue;
        const int64_t index = cnn_reach_only_index(subject, k, at, reach);
        value = cnn_subject_value(subject, k, index);
        cnn_tally_add(tally, k, index, value, -1, 1);
    }
    cnn_tally_is_function(tally, "the input", value, fabs(value), 0);
}

const cnn_inspected_kind cnn_inspected_concat = {.reach = reach_concatenated, .account = explain_copy};
const cnn_inspected_kind cnn_inspected_flatten = {.reach = reach_flattened, .account = explain_copy};
const cnn_inspected_kind cnn_inspected_unflatten = {
    .reach = reach_unflattened, .account = explain_copy, .looks_everywhere = true};
const cnn_inspected_kind cnn_inspected_slice = {.reach = reach_sliced, .account = explain_copy};
const cnn_inspected_kind cnn_inspected_channel_shuffle = {.reach = reach_shuffled, .account = explain_copy};
const cnn_inspected_kind cnn_inspected_depth_to_space = {.reach = reach_of_space, .account = explain_copy};
const cnn_inspected_kind cnn_inspected_space_to_depth = {.reach = reach_of_depth, .account = explain_copy};
const cnn_inspected_kind cnn_inspected_dropout = {.reach = cnn_reach_same, .account = explain_copy};
const cnn_inspected_kind cnn_inspected_drop_path = {.reach = cnn_reach_same, .account = explain_copy};

/* ---- Padding --------------------------------------------------------------------------------------- */

static cnn_reach reach_padded(const cnn_question *question) {
    const cnn_shape *shape = cnn_question_shape(question);
    const cnn_pad2d_options *pad = &question->node->options.pad2d;
    const int64_t channel = question->at.channel - pad->channels[0];
    const bool inside = channel >= 0 && channel < shape->dim[0];
    int64_t from[2];
    for (int axis = 0; axis < 2; axis++)
        from[axis] = question->edgeless
                         ? cnn_reach_along(question, axis) - pad->padding[axis]
                         : cnn_pad2d_source(pad, axis, shape->dim[1 + axis], cnn_reach_along(question, axis));
    return cnn_reach_one(inside ? (cnn_range){channel, channel + 1} : (cnn_range){0, 0}, from[0], from[1]);
}

static void explain_padded(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const int64_t channel = at.channel - subject->node->options.pad2d.channels[0];
    const bool inside =
        channel >= 0 && channel < cnn_node_input_shape(subject->net, subject->node, 0)->dim[0];
    const int64_t index = inside ? cnn_reach_only_index(subject, 0, at, reach_padded) : -1;
    const double filling = (double)(float)subject->node->options.pad2d.value;
    const double value = index < 0 ? filling : cnn_subject_value(subject, 0, index);
    cnn_tally_add(tally, 0, index, value, -1, 1);
    cnn_tally_is_function(tally, index < 0 ? "the padding's value" : "the input", value, fabs(value), 0);
}

const cnn_inspected_kind cnn_inspected_pad2d = {.reach = reach_padded, .account = explain_padded};

/* ---- Resizing -------------------------------------------------------------------------------------- */

/* Where a resized map's output lies among inputs that go on without end. */
static void resized_axis(const cnn_question *question, int axis, cnn_reach *reach) {
    const cnn_resize2d_options *resize = &question->node->options.resize2d;
    const bool linear = resize->mode == CNN_INTERPOLATION_LINEAR;
    const cnn_resize2d_axis sizes = {cnn_question_shape(question)->dim[1 + axis],
                                     question->node->output.dim[1 + axis]};
    const int64_t at = cnn_reach_along(question, axis);
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

static cnn_reach reach_resized(const cnn_question *question) {
    cnn_reach reach = {.channels = cnn_reach_one_channel(question)};
    for (int axis = 0; axis < 2; axis++)
        resized_axis(question, axis, &reach);
    return reach;
}

/* The inputs that an axis blends and their weights, in single precision as the engine has them. */
static cnn_resize2d_taps taps_along(const cnn_subject *subject, int axis, int64_t at) {
    const cnn_resize2d_options *resize = &subject->node->options.resize2d;
    const cnn_resize2d_axis sizes = {
        cnn_node_input_shape(subject->net, subject->node, 0)->dim[1 + axis],
        subject->node->output.dim[1 + axis],
    };
    if (resize->mode == CNN_INTERPOLATION_LINEAR)
        return cnn_resize2d_taps_of(resize, axis, sizes, at);
    const int64_t nearest = cnn_resize2d_nearest(resize, axis, sizes, at);
    return (cnn_resize2d_taps){{nearest, nearest}, {1, 0}};
}

static void explain_resized(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_shape *shape = cnn_node_input_shape(subject->net, subject->node, 0);
    const cnn_resize2d_taps y = taps_along(subject, 0, at.row), x = taps_along(subject, 1, at.column);
    for (int corner = 0; corner < 4; corner++) {
        const double weight = (double)y.weight[corner / 2] * (double)x.weight[corner % 2];
        const int64_t index =
            cnn_spot_index(shape, (cnn_spot){at.channel, y.index[corner / 2], x.index[corner % 2]});
        if (weight != 0)
            cnn_tally_add(tally, 0, index, subject->input[0][index], -1, weight);
    }
    cnn_tally_is_sum(tally, "sum of input x share");
    tally->roundings++; /* a share is a product itself */
}

const cnn_inspected_kind cnn_inspected_resize2d = {.reach = reach_resized, .account = explain_resized};
