/* Layers that resize and pad feature maps, take parts of them and move their values. */
#include "support/oracle_layer.h"

#include <math.h>

/* ---- Resize -------------------------------------------------------------------------------------------- */

static double position(const node_run *r, int axis, int64_t i) {
    const cnn_resize2d_options *resize = &r->node->options.resize2d;
    const double inputs = (double)r->in->dim[1 + axis], outputs = (double)r->out->dim[1 + axis];
    const double half_pixel = ((double)i + 0.5) / resize->scale[axis] - 0.5;
    return resize->coordinates == CNN_COORDINATES_ASYMMETRIC ? (double)i / resize->scale[axis]
           : resize->coordinates == CNN_COORDINATES_ALIGN_CORNERS
               ? (double)i * (inputs - 1) / fmax(outputs - 1, 1)
           : resize->coordinates == CNN_COORDINATES_PYTORCH_HALF_PIXEL ? (outputs > 1 ? half_pixel : 0)
                                                                       : half_pixel;
}

/* How much input `k` counts for an output at `x`; `last` is the last input. */
static double share(const cnn_resize2d_options *resize, double x, int64_t k, double last) {
    const double below = floor(x), rest = x - below;
    const bool up = resize->rounding == CNN_ROUNDING_CEIL          ? rest > 0
                    : resize->rounding == CNN_ROUNDING_PREFER_CEIL ? rest >= 0.5
                                                                   : rest > 0.5;
    const double inside = fmin(fmax(x, 0), last);
    if (resize->mode == CNN_INTERPOLATION_LINEAR)
        return fmax(0, 1 - fabs(inside - (double)k));
    return fmin(fmax(below + (resize->rounding != CNN_ROUNDING_FLOOR && up), 0), last) == (double)k;
}

static double resize_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const double y = position(r, 0, row), x = position(r, 1, column);
    double sum = 0;
    for (int64_t i = 0; i < r->in->dim[1]; i++)
        for (int64_t j = 0; j < r->in->dim[2]; j++)
            sum += share(&r->node->options.resize2d, y, i, (double)(r->in->dim[1] - 1)) *
                   share(&r->node->options.resize2d, x, j, (double)(r->in->dim[2] - 1)) *
                   oracle_pixel(r, c, i, j);
    return sum;
}

static void run_resize(const node_run *r) {
    oracle_each_position(r, resize_value);
}

ORACLE(resize2d, run_resize, {"resize nearest", "resize nearest scale 2"},
       {"resize nearest half pixel", "resize nearest scale 1.7x2.3"},
       {"resize nearest smaller", "resize nearest size 3x4 rounding round_prefer_ceil"},
       {"resize nearest asymmetric", "resize nearest scale 1.45x0.7 coordinates asymmetric rounding floor"},
       {"resize nearest corners", "resize nearest size 13x5 coordinates align_corners rounding ceil"},
       {"resize linear", "resize linear scale 2"},
       {"resize linear wide", "conv 19 1x1\nresize linear scale 0.6x1.9"},
       {"resize linear corners", "resize linear size 13x1 coordinates align_corners"},
       {"resize linear asymmetric", "resize linear scale 2x3 coordinates asymmetric"},
       {"resize linear to one", "resize linear size 1x9 coordinates pytorch_half_pixel"})

/* ---- Pad ----------------------------------------------------------------------------------------------- */

static double pad_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_pad2d_options *pad = &r->node->options.pad2d;
    int64_t i[2] = {row - pad->padding[0], column - pad->padding[1]};
    if (c < pad->channels[0] || c >= pad->channels[0] + r->in->dim[0])
        return pad->value;
    for (int axis = 0; axis < 2; axis++) {
        const int64_t last = r->in->dim[1 + axis] - 1;
        if (pad->mode == CNN_PAD_CONSTANT && (i[axis] < 0 || i[axis] > last))
            return pad->value;
        const int64_t edge = i[axis] < 0 ? 0 : last; /* if it is outside at all */
        if (i[axis] < 0 || i[axis] > last)
            i[axis] = pad->mode == CNN_PAD_EDGE ? edge : 2 * edge - i[axis];
    }
    return oracle_pixel(r, c - pad->channels[0], i[0], i[1]);
}

static void run_pad(const node_run *r) {
    oracle_each_position(r, pad_value);
}

ORACLE(pad2d, run_pad, {"pad", "pad 1"}, {"pad value", "pad 0,1,2,3 value -0.5"},
       {"pad reflect", "pad 2,1,3,4 mode reflect"}, {"pad edge", "conv 19 1x1\npad 3x2 mode edge"},
       {"pad channels", "pad 1x0 value 0.5 channels 2x3"})

/* ---- Layers that move values ----------------------------------------------------------------------------- */

static double slice_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_slice_options *slice = &r->node->options.slice;
    return oracle_pixel(r, slice->channels[0] + c * slice->channels[2], slice->rows[0] + row * slice->rows[2],
                        slice->columns[0] + column * slice->columns[2]);
}

static void run_slice(const node_run *r) {
    const int64_t *span = r->node->options.slice.channels;
    if (r->out->rank == 3)
        oracle_each_position(r, slice_value);
    else
        for (int64_t i = 0; i < r->out->dim[0]; i++)
            r->y[i] = r->x[span[0] + i * span[2]];
}

ORACLE(slice, run_slice, {"slice of channels", "slice channels 1,2"},
       {"slice of all", "conv 19 1x1\nslice channels 2,6,3 rows 1,3,2 columns 3"},
       {"slices of one", "slice rows 0,0,2 name even\nslice rows 1,0,2 from conv_1\nadd even"},
       {"slice of a vector", "flatten\ndense 9\nslice channels 1,4,2"})

static double shuffle_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const int64_t groups = r->node->options.channel_shuffle.groups;
    return oracle_pixel(r, c % groups * (r->in->dim[0] / groups) + c / groups, row, column);
}

static void run_shuffle(const node_run *r) {
    oracle_each_position(r, shuffle_value);
}

ORACLE(channel_shuffle, run_shuffle, {"shuffle", "shuffle 2"}, {"shuffle wide", "conv 18 1x1\nshuffle 3"})

static double space_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_depth_to_space_options *options = &r->node->options.depth_to_space;
    const int64_t block = options->block, within = row % block * block + column % block;
    return oracle_pixel(
        r, options->mode == CNN_DEPTH_DCR ? within * r->out->dim[0] + c : c * block * block + within,
        row / block, column / block);
}

static void run_depth_to_space(const node_run *r) {
    oracle_each_position(r, space_value);
}

ORACLE(depth_to_space, run_depth_to_space, {"depth to space", "depthtospace 2"},
       {"depth to space CRD", "conv 18 1x1\ndepthtospace 3 mode CRD"})

static double depth_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_depth_to_space_options *options = &r->node->options.space_to_depth;
    const int64_t block = options->block, area = block * block, channels = r->in->dim[0];
    const bool blocks_first = options->mode == CNN_DEPTH_DCR;
    const int64_t within = blocks_first ? c / channels : c % area;
    return oracle_pixel(r, blocks_first ? c % channels : c / area, row * block + within / block,
                        column * block + within % block);
}

static void run_space_to_depth(const node_run *r) {
    oracle_each_position(r, depth_value);
}

ORACLE(space_to_depth, run_space_to_depth, {"space to depth", "spacetodepth 2"},
       {"space to depth CRD", "conv 3 1x1\nspacetodepth 2 mode CRD"})

static double unflatten_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    return r->x[(c * r->out->dim[1] + row) * r->out->dim[2] + column];
}

static void run_unflatten(const node_run *r) {
    oracle_each_position(r, unflatten_value);
}

ORACLE(unflatten, run_unflatten, {"unflatten", "flatten\ndense 30\nunflatten 3x5\nconv 3 2x2"},
       {"unflatten of maps, into smaller ones", "flatten\nunflatten 2x3\ntanh"},
       {"unflatten of maps, into larger ones", "maxpool 4x3\nflatten\nunflatten 2x4\ntanh"},
       {"softmax across branches",
        "globalavgpool\nflatten\nunflatten 1x2\nsoftmax\nflatten\nunflatten 1\nmul conv_1"},
       {"unflatten to one position", "globalavgpool\nflatten\ndense 4\nsigmoid\nunflatten 1\nmul conv_1"})
