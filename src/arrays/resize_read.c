/* Attributes and inputs of a Resize node, of all operator sets. */
#include "arrays/resize.h"

#include <inttypes.h>
#include <math.h>

/* ---- Attributes ------------------------------------------------------------------------------------ */

static cnn_status read_words(cnn_call *call, cnn_resize *r) {
    static const char *const modes[] = {"nearest", "linear", "cubic", NULL};
    static const cnn_resize_mode mode_values[] = {CNN_RESIZE_NEAREST, CNN_RESIZE_LINEAR, CNN_RESIZE_CUBIC};
    static const char *const coordinates[] = {
        "half_pixel",           "pytorch_half_pixel", "align_corners",        "asymmetric",
        "tf_half_pixel_for_nn", "tf_crop_and_resize", "half_pixel_symmetric", NULL};
    static const char *const rules[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL};
    const bool old = call->opset < 11;
    int mode = 0, how = old ? CNN_RESIZE_ASYMMETRIC : CNN_RESIZE_HALF_PIXEL;
    int rule = old ? CNN_RESIZE_FLOOR : CNN_RESIZE_ROUND_PREFER_FLOOR;
    cnn_status status = cnn_attribute_choice(&call->attributes, "mode", modes, &mode);
    if (status == CNN_OK && !old)
        status = cnn_attribute_choice(&call->attributes, "coordinate_transformation_mode", coordinates, &how);
    if (status == CNN_OK && !old)
        status = cnn_attribute_choice(&call->attributes, "nearest_mode", rules, &rule);
    r->mode = mode_values[mode];
    r->coordinates = (cnn_resize_coordinates)how;
    r->nearest = (cnn_resize_nearest)rule;
    return status;
}

static cnn_status read_attributes(cnn_call *call, cnn_resize *r) {
    int64_t exclude = 0, antialias = 0;
    *r = (cnn_resize){.cubic_a = -0.75};
    cnn_status status = read_words(call, r);
    if (status != CNN_OK || call->opset < 11)
        return status;
    status = cnn_attribute_real(&call->attributes, "cubic_coeff_a", &r->cubic_a);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "extrapolation_value", &r->extrapolation);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "exclude_outside", &exclude);
    if (status == CNN_OK && call->opset >= 18)
        status = cnn_attribute_integer(&call->attributes, "antialias", &antialias);
    if (status == CNN_OK && antialias)
        status = cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "antialias is not supported");
    r->exclude_outside = exclude != 0;
    return status;
}

/* ---- Inputs ---------------------------------------------------------------------------------------- */

/* Input `k`, a list of float32; NULL if it is left out or empty. */
static cnn_status read_reals(cnn_call *call, int k, const char *what, int expected, const float **values) {
    const cnn_array *list = cnn_call_input(call, k);
    *values = NULL;
    if (!list || list->elements == 0)
        return CNN_OK;
    if (list->type != CNN_TYPE_FLOAT32 || list->elements != expected)
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "%s (input %d) is %s, expected %d float32", what, k,
                             cnn_array_describe(list).text, expected);
    *values = list->data;
    return CNN_OK;
}

/* What the lists of scales, sizes and regions hold, for `count` axes. */
typedef struct request {
    int64_t axes[CNN_MAX_RANK];
    int count;
    const float *scales, *region;
    const cnn_array *sizes;
} request;

static cnn_status read_axes(cnn_call *call, int rank, request *wanted) {
    const int64_t *axes = NULL;
    int64_t count = -1;
    bool ignored[CNN_MAX_RANK];
    cnn_status status =
        call->opset >= 18 ? cnn_attribute_integers(&call->attributes, "axes", &axes, &count) : CNN_OK;
    if (status == CNN_OK && count > rank)
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "it lists %" PRId64 " axes for a tensor of %d axes",
                               count, rank);
    if (status == CNN_OK)
        status = cnn_call_mark_axes(call, axes, (int)count, rank, ignored);
    wanted->count = status != CNN_OK ? 0 : count < 0 ? rank : (int)count;
    for (int i = 0; i < wanted->count; i++)
        wanted->axes[i] = count < 0 ? i : axes[i] < 0 ? axes[i] + rank : axes[i];
    return status;
}

/* The attribute of an Upsample before operator set 9. */
static cnn_status read_old_scales(cnn_call *call, int rank, request *wanted) {
    int64_t count = 0;
    cnn_status status = cnn_attribute_reals(&call->attributes, "scales", &wanted->scales, &count);
    wanted->count = rank;
    for (int i = 0; i < rank; i++)
        wanted->axes[i] = i;
    if (status == CNN_OK && count != rank)
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "it has %" PRId64 " scales, expected %d", count, rank);
    return status;
}

static cnn_status read_request(cnn_call *call, int rank, request *wanted) {
    const int scales = call->opset < 11 ? 1 : 2;
    *wanted = (request){0};
    if (call->opset < 9)
        return read_old_scales(call, rank, wanted);
    cnn_status status = read_axes(call, rank, wanted);
    if (status == CNN_OK)
        status = read_reals(call, scales, "scales", wanted->count, &wanted->scales);
    if (status == CNN_OK && call->opset >= 11)
        status = read_reals(call, 1, "roi", 2 * wanted->count, &wanted->region);
    if (status == CNN_OK && call->opset >= 11)
        status = cnn_call_list(call, 3, "sizes", CNN_MAX_RANK, &wanted->sizes);
    if (status == CNN_OK && wanted->sizes && wanted->sizes->elements == 0)
        wanted->sizes = NULL;
    if (status == CNN_OK && !wanted->scales == !wanted->sizes)
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "it must have either scales or sizes");
    if (status == CNN_OK && wanted->sizes && wanted->sizes->elements != wanted->count)
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "it has %" PRId64 " sizes, expected %d",
                               wanted->sizes->elements, wanted->count);
    return status;
}

/* ---- Sizes ----------------------------------------------------------------------------------------- */

static cnn_status set_axis(const cnn_call *call, const request *wanted, int i, double scale,
                           cnn_resize_axis *axis) {
    const double size = wanted->sizes && scale == 0 ? (double)cnn_array_integer(wanted->sizes, i)
                                                    : scale * (double)axis->input;
    axis->scale = scale != 0 ? scale : size / (double)axis->input;
    /* A scale such as 0.6 is a little more or less as float32 than what was meant. */
    const double whole = wanted->sizes ? floor(size + 0.5) : floor(size + 1e-6);
    if (!(axis->input >= 1 && axis->scale > 0 && whole >= 1 && whole <= INT32_MAX))
        return cnn_call_fail(call, CNN_ERROR_SHAPE,
                             "an axis of %" PRId64 " values cannot be resized by %g to %g values",
                             axis->input, axis->scale, whole);
    axis->output = (int64_t)whole;
    axis->resized = axis->output != axis->input || axis->scale != 1 || axis->start != 0 || axis->end != 1;
    return CNN_OK;
}

/* keep_aspect_ratio_policy: one scale for all axes, the smallest or the largest. 0: each its own. */
static cnn_status common_scale(cnn_call *call, const request *wanted, const cnn_resize *r, double *scale) {
    static const char *const policies[] = {"stretch", "not_larger", "not_smaller", NULL};
    int policy = 0;
    *scale = 0;
    cnn_status status =
        call->opset >= 18
            ? cnn_attribute_choice(&call->attributes, "keep_aspect_ratio_policy", policies, &policy)
            : CNN_OK;
    for (int i = 0; status == CNN_OK && policy && wanted->sizes && i < wanted->count; i++) {
        const double own =
            (double)cnn_array_integer(wanted->sizes, i) / (double)r->axis[wanted->axes[i]].input;
        if (*scale == 0 || (policy == 1 ? own < *scale : own > *scale))
            *scale = own;
    }
    return status;
}

cnn_status cnn_resize_read(cnn_call *call, cnn_resize *r) {
    const cnn_shape *input = &call->inputs[0]->shape;
    request wanted;
    double scale = 0;
    cnn_status status = read_attributes(call, r);
    if (status == CNN_OK)
        status = read_request(call, input->rank, &wanted);
    for (int i = 0; i < input->rank; i++)
        r->axis[i] = (cnn_resize_axis){input->dim[i], input->dim[i], 1, 0, 1, false};
    if (status == CNN_OK)
        status = common_scale(call, &wanted, r, &scale);
    for (int i = 0; status == CNN_OK && i < wanted.count; i++) {
        cnn_resize_axis *axis = &r->axis[wanted.axes[i]];
        if (wanted.region && r->coordinates == CNN_RESIZE_TF_CROP) {
            axis->start = (double)wanted.region[i];
            axis->end = (double)wanted.region[wanted.count + i];
        }
        status = set_axis(call, &wanted, i, wanted.scales ? (double)wanted.scales[i] : scale, axis);
    }
    return status;
}
