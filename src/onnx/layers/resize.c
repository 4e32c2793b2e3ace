/* Layers that change the size of a map without weights: Resize, its elder Upsample, and Pad. */
#include "onnx/layers/list.h"
#include "onnx/layers/slices.h"
#include "onnx/layers/weights.h"

#include "base/numbers.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

enum { AXES = 4 }; /* N,C,H,W */

/* Where the elements of a list that is given for some axes belong: the attribute or the input `axes`, or all. */
typedef struct axis_list {
    int64_t axis[AXES];
    int64_t count;
} axis_list;

/* Of a value of `rank` axes, at most AXES. */
static cnn_status set_axes(const node *n, int rank, const int64_t *axes, int64_t count, axis_list *list) {
    bool taken[AXES] = {false};
    list->count = axes ? count : rank;
    for (int64_t i = 0; i < list->count && i < rank; i++) {
        list->axis[i] = !axes ? i : axes[i] < 0 ? axes[i] + rank : axes[i];
        if (list->axis[i] < 0 || list->axis[i] >= rank || taken[list->axis[i]])
            return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "axes must be distinct and in -%d to %d", rank,
                                 rank - 1);
        taken[list->axis[i]] = true;
    }
    return list->count <= rank ? CNN_OK
                               : cnn_onnx_fail(n, CNN_ERROR_FORMAT,
                                               "it has %" PRId64 " axes, expected at most %d", count, rank);
}

static cnn_status wrong_count(const node *n, const char *what, int64_t found, int64_t expected) {
    return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "%s has %" PRId64 " elements, expected %" PRId64, what, found,
                         expected);
}

/* ---- Resize ---------------------------------------------------------------------------------------- */

static cnn_status set_scales(const node *n, const float *scales, int64_t count, const axis_list *list,
                             cnn_resize2d_options *resize) {
    double all[AXES] = {1, 1, 1, 1};
    if (count != list->count)
        return wrong_count(n, "scales", count, list->count);
    for (int64_t i = 0; i < list->count; i++)
        all[list->axis[i]] = cnn_shortest(scales[i]);
    if (all[0] != 1 || all[1] != 1)
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                             "only rows and columns can be resized, but the scales of batch and channels are "
                             "%g and %g",
                             all[0], all[1]);
    if (!(all[2] > 0) || !(all[3] > 0))
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "scales must be above 0, found %g and %g", all[2], all[3]);
    memcpy(resize->scale, all + 2, sizeof resize->scale);
    return CNN_OK;
}

/* Sizes that were calculated from a free batch, or constant ones: then both probes are the same. */
static cnn_status get_sizes(const reader *r, const node *n, cnn_onnx_tensor sizes[2]) {
    const cnn_onnx_value *value = cnn_onnx_input(r, n, 3);
    const CnnOnnx__TensorProto *proto;
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < 2; i++) {
        proto = value ? value->probe[i] : NULL;
        if (!proto)
            status = cnn_onnx_constant(r, n, 3, "sizes", false, &proto);
        if (status == CNN_OK)
            status = cnn_onnx_integers(n, proto, "sizes", &sizes[i]);
    }
    return status;
}

static cnn_status set_sizes(const reader *r, const node *n, const cnn_shape *input, const axis_list *list,
                            cnn_resize2d_options *resize) {
    cnn_onnx_tensor sizes[2];
    int64_t all[2][AXES];
    cnn_status status = get_sizes(r, n, sizes);
    if (status != CNN_OK)
        return status;
    for (int probe = 0; probe < 2; probe++) {
        all[probe][0] = r->batch ? r->batch : CNN_ONNX_PROBES[probe];
        memcpy(all[probe] + 1, input->dim, 3 * sizeof *input->dim);
        if (sizes[probe].elements != list->count)
            return wrong_count(n, "sizes", sizes[probe].elements, list->count);
        for (int64_t i = 0; i < list->count; i++) {
            const int64_t axis = list->axis[i], size = sizes[probe].integers[i];
            if (axis < 2 && size != all[probe][axis])
                return cnn_onnx_fail(
                    n, CNN_ERROR_UNSUPPORTED,
                    "only rows and columns can be resized, but the size of the %s is %" PRId64,
                    axis ? "channels" : "batch", size);
            all[probe][axis] = size;
        }
    }
    if (all[0][2] != all[1][2] || all[0][3] != all[1][3])
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "the sizes are calculated from the batch");
    if (all[0][2] < 1 || all[0][3] < 1)
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "sizes must be at least 1");
    memcpy(resize->size, all[0] + 2, sizeof resize->size);
    return CNN_OK;
}

/* The scales, input `k`, which may be empty where there are sizes. */
static cnn_status read_scales(const reader *r, const node *n, size_t k, const cnn_shape *input,
                              const axis_list *list, cnn_resize2d_options *resize) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor scales = {0};
    cnn_status status = cnn_onnx_constant(r, n, k, "scales", true, &proto);
    if (status == CNN_OK && proto)
        status = cnn_onnx_reals(n, proto, "scales", &scales);
    if (status == CNN_OK && scales.elements > 0)
        return set_scales(n, scales.reals, scales.elements, list, resize);
    return status == CNN_OK ? set_sizes(r, n, input, list, resize) : status;
}

/* What says nothing about nearest and linear, or has one value that is understood. */
static cnn_status check_attributes(node *n) {
    static const char *const policies[] = {"stretch", NULL};
    double ignored;
    int64_t also_ignored;
    int policy;
    cnn_status status = cnn_onnx_get_real(n, "cubic_coeff_a", &ignored);
    if (status == CNN_OK)
        status = cnn_onnx_get_real(n, "extrapolation_value", &ignored);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "exclude_outside", &also_ignored);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(n, "antialias", 0);
    return status == CNN_OK
               ? cnn_attribute_choice(&n->attributes, "keep_aspect_ratio_policy", policies, &policy)
               : status;
}

/* Before operator set 11 an output lay at i / scale, and the input before it was the nearest. */
static cnn_options first_options(const reader *r) {
    const bool old = r->opset < 11;
    return (cnn_options){
        .resize2d = {.coordinates = old ? CNN_COORDINATES_ASYMMETRIC : CNN_COORDINATES_HALF_PIXEL,
                     .rounding = old ? CNN_ROUNDING_FLOOR : CNN_ROUNDING_PREFER_FLOOR}};
}

cnn_status cnn_onnx_read_resize(reader *r, node *n) {
    const int64_t *axes = NULL;
    int64_t count = 0;
    axis_list list;
    cnn_onnx_value *x;
    cnn_options options = first_options(r);
    cnn_status status = cnn_onnx_image(r, n, &x);
    if (status == CNN_OK)
        status = cnn_onnx_get_fields(n, &cnn_op_resize2d, &options);
    if (status == CNN_OK)
        status = check_attributes(n);
    if (status == CNN_OK)
        status = cnn_attribute_integers(&n->attributes, "axes", &axes, &count);
    if (status == CNN_OK)
        status = set_axes(n, AXES, axes, count, &list);
    if (status == CNN_OK)
        status = read_scales(r, n, r->opset < 11 ? 1 : 2, cnn_onnx_shape(r, x), &list, &options.resize2d);
    return status == CNN_OK ? cnn_onnx_append(r, n, &cnn_op_resize2d, &options, x, NULL) : status;
}

/* Scales are an attribute before operator set 9. */
cnn_status cnn_onnx_read_upsample(reader *r, node *n) {
    static const char *const modes[] = {"nearest", "linear", NULL};
    const float *scales = NULL;
    int64_t count = 0;
    int mode = CNN_INTERPOLATION_NEAREST;
    axis_list list;
    cnn_onnx_value *x;
    cnn_options options = {
        .resize2d = {.coordinates = CNN_COORDINATES_ASYMMETRIC, .rounding = CNN_ROUNDING_FLOOR}};
    cnn_status status = cnn_onnx_image(r, n, &x);
    if (status == CNN_OK)
        status = cnn_attribute_choice(&n->attributes, "mode", modes, &mode);
    if (status == CNN_OK)
        status = cnn_attribute_reals(&n->attributes, "scales", &scales, &count);
    options.resize2d.mode = (cnn_interpolation)mode;
    if (status == CNN_OK)
        status = set_axes(n, AXES, NULL, 0, &list);
    if (status == CNN_OK)
        status = scales ? set_scales(n, scales, count, &list, &options.resize2d)
                        : read_scales(r, n, 1, cnn_onnx_shape(r, x), &list, &options.resize2d);
    return status == CNN_OK ? cnn_onnx_append(r, n, &cnn_op_resize2d, &options, x, NULL) : status;
}

/* ---- Pad ------------------------------------------------------------------------------------------- */

/* What is added before and behind each axis; less than 0: what is taken off. */
typedef struct pads {
    int64_t before[AXES], behind[AXES];
} pads;

/* `values`: before each of the axes, then behind each. */
static cnn_status set_pads(const node *n, const int64_t *values, int64_t count, const axis_list *list,
                           pads *pads) {
    if (count != 2 * list->count)
        return wrong_count(n, "pads", count, 2 * list->count);
    for (int64_t i = 0; i < list->count; i++) {
        pads->before[list->axis[i]] = values[i];
        pads->behind[list->axis[i]] = values[list->count + i];
    }
    if (pads->before[0] || pads->behind[0])
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "the batch cannot be padded");
    return CNN_OK;
}

/* An attribute before operator set 11, then an input. */
static cnn_status read_pads(const reader *r, node *n, const axis_list *list, pads *pads) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor found;
    const int64_t *values = NULL;
    int64_t count = 0;
    if (r->opset < 11) {
        cnn_status status = cnn_attribute_integers(&n->attributes, "pads", &values, &count);
        return status == CNN_OK ? set_pads(n, values, count, list, pads) : status;
    }
    cnn_status status = cnn_onnx_constant(r, n, 1, "pads", false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_integers(n, proto, "pads", &found);
    return status == CNN_OK ? set_pads(n, found.integers, found.elements, list, pads) : status;
}

static cnn_status read_pad_value(const reader *r, node *n, cnn_pad2d_options *pad) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor value;
    if (r->opset < 11)
        return cnn_onnx_get_real(n, "value", &pad->value);
    cnn_status status = cnn_onnx_constant(r, n, 2, "value", true, &proto);
    if (status != CNN_OK || !proto)
        return status;
    status = cnn_onnx_reals(n, proto, "value", &value);
    if (status == CNN_OK && value.elements != 1)
        status = wrong_count(n, "the value", value.elements, 1);
    if (status == CNN_OK)
        pad->value = cnn_shortest(value.reals[0]);
    return status;
}

static cnn_status read_pad_axes(const reader *r, const node *n, int rank, axis_list *list) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor axes = {0};
    cnn_status status = cnn_onnx_constant(r, n, 3, "axes", true, &proto);
    if (status == CNN_OK && proto)
        status = cnn_onnx_integers(n, proto, "axes", &axes);
    return status == CNN_OK ? set_axes(n, rank, axes.integers, axes.elements, list) : status;
}

/* ---- The file's axes ------------------------------------------------------------------------------- */

/* A map in any order of its axes, each part on one of its own; or N,C,L. */
static cnn_status padded_map(const reader *r, const node *n, cnn_onnx_value **x) {
    cnn_status status = cnn_onnx_feature(r, n, 0, x);
    char text[CNN_ONNX_VIEW_TEXT];
    if (status != CNN_OK)
        return status;
    const cnn_onnx_view *view = &(*x)->view;
    bool alone = view->rank == AXES || (view->rank == AXES - 1 && cnn_onnx_shape(r, *x)->rank == 3);
    alone = alone && !cnn_onnx_view_has_branches(view);
    for (int k = 1; k < view->count; k++)
        alone = alone && view->axis[k] != view->axis[k - 1];
    return alone ? CNN_OK
                 : cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "its input has the axes %s, expected N,C,H,W",
                                 cnn_onnx_view_text(view, text));
}

/* The part of the map on an axis of the file; -1: none that is longer than 1. */
static int part_of(const cnn_onnx_view *view, int axis) {
    if (cnn_onnx_view_is_map(view))
        return axis - 1;
    for (int k = 0; k < view->count; k++)
        if (view->axis[k] == axis)
            return view->part[k];
    return -1;
}

/* From the axes of the file to N,C,H,W. */
static cnn_status order_pads(const node *n, const cnn_onnx_view *view, pads *pads) {
    struct pads ordered = {{0}, {0}};
    for (int axis = 1; axis < AXES; axis++) {
        const int part = part_of(view, axis);
        if (!pads->before[axis] && !pads->behind[axis])
            continue;
        if (part < 0)
            return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                                 "axis %d, of size 1, can only be padded in N,C,H,W", axis);
        ordered.before[part + 1] = pads->before[axis];
        ordered.behind[part + 1] = pads->behind[axis];
    }
    *pads = ordered;
    return CNN_OK;
}

/* What a Pad takes off is cut off before it adds anything. */
static cnn_status cut_off(reader *r, const node *n, const cnn_onnx_value **x, const pads *pads) {
    cnn_onnx_cut cut = cnn_onnx_cut_of(*x);
    const cnn_shape *shape = cnn_onnx_shape(r, *x);
    for (int part = 0; part < CNN_ONNX_PARTS; part++) {
        const int64_t before = cnn_min(pads->before[part + 1], 0),
                      behind = cnn_min(pads->behind[part + 1], 0);
        if (before == 0 && behind == 0)
            continue;
        if (before <= -shape->dim[part] || behind <= -shape->dim[part] ||
            before + behind <= -shape->dim[part])
            return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "its pads leave nothing of axis %d", part + 1);
        cnn_onnx_cut_part(&cut, part, -before, shape->dim[part] + before + behind, 1);
    }
    if (cut.takes_all)
        return CNN_OK;
    cnn_status status = cnn_onnx_append_cut(r, n, 0, *x, &cut);
    *x = cnn_onnx_output(r, n);
    return status;
}

/* The output has the axes of the input. */
static cnn_status append_padding(reader *r, const node *n, const cnn_onnx_value *x,
                                 const cnn_options *options) {
    cnn_onnx_view axes = x->view;
    cnn_status status = cnn_onnx_append(r, n, &cnn_op_pad2d, options, x, NULL);
    cnn_onnx_value *output = cnn_onnx_output(r, n);
    if (status != CNN_OK || cnn_onnx_view_is_map(&axes)) /* of which parts of size 1 may have grown */
        return status;
    memcpy(axes.size, cnn_onnx_shape(r, output)->dim, CNN_ONNX_PARTS * sizeof *axes.size);
    output->view = axes;
    return CNN_OK;
}

static cnn_status append_pad(reader *r, node *n, const cnn_onnx_value *x, const pads *pads,
                             cnn_options *options) {
    int64_t added = 0;
    cnn_pad2d_options *pad = &options->pad2d;
    cnn_status status = cut_off(r, n, &x, pads);
    for (int part = 0; part < CNN_ONNX_PARTS; part++) {
        const int64_t before = cnn_max(pads->before[part + 1], 0),
                      behind = cnn_max(pads->behind[part + 1], 0);
        *(part ? &pad->padding[part - 1] : &pad->channels[0]) = before;
        *(part ? &pad->padding[part + 1] : &pad->channels[1]) = behind;
        added |= before | behind;
    }
    if (status != CNN_OK || (added == 0 && cnn_onnx_output(r, n)->layer))
        return status; /* nothing but a cut */
    return append_padding(r, n, x, options);
}

cnn_status cnn_onnx_read_pad(reader *r, node *n) {
    axis_list list;
    pads pads = {0};
    cnn_onnx_value *x;
    cnn_options options = {0};
    cnn_status status = padded_map(r, n, &x);
    if (status == CNN_OK)
        status = cnn_onnx_get_fields(n, &cnn_op_pad2d, &options);
    if (status == CNN_OK)
        status = read_pad_axes(r, n, x->view.rank, &list);
    if (status == CNN_OK)
        status = read_pads(r, n, &list, &pads);
    if (status == CNN_OK)
        status = order_pads(n, &x->view, &pads);
    if (status == CNN_OK)
        status = read_pad_value(r, n, &options.pad2d);
    return status == CNN_OK ? append_pad(r, n, x, &pads, &options) : status;
}
