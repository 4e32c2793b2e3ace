/* Add, Sub, Mul, Div, Max and Min of two feature maps, or of one and a constant. Sum and Concat of any number of feature
 * maps. */
#include "onnx/layers/affine.h"
#include "onnx/layers/gelu.h"
#include "onnx/layers/list.h"

#include "base/text.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A bound by one number is half a Clip. */
static cnn_status read_bound(cnn_onnx_reader *reader, const cnn_onnx_node *node,
                             const cnn_onnx_value *feature, const CnnOnnx__TensorProto *constant) {
    const double largest = cnn_shortest(FLT_MAX);
    const bool above = strcmp(node->proto->op_type, "Max") == 0;
    cnn_onnx_tensor bound;
    cnn_status status = cnn_onnx_reals(node, constant, "bound", &bound);
    if (status == CNN_OK &&
        (bound.elements != 1 || bound.shape.rank > feature->view.rank || !isfinite(*bound.reals)))
        status = cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "a bound must be one finite number");
    if (status != CNN_OK)
        return status;
    const double limit = cnn_shortest(*bound.reals);
    const cnn_options options = {
        .activation = {.alpha = above ? limit : -largest, .beta = above ? largest : limit}};
    return above && limit == 0 ? cnn_onnx_append(reader, node, &cnn_op_relu, NULL, feature, NULL)
                               : cnn_onnx_append(reader, node, &cnn_op_clip, &options, feature, NULL);
}

static cnn_status read_with_constant(cnn_onnx_reader *reader, const cnn_onnx_node *node,
                                     const cnn_onnx_value *feature, const cnn_onnx_value *other,
                                     bool constant_first) {
    bool found;
    cnn_status status = cnn_onnx_read_composed_gelu(reader, node, feature, &found);
    if (status != CNN_OK || found)
        return status;
    return cnn_onnx_read_affine(reader, node, feature, other->constant, constant_first);
}

/* The layer of two feature maps, or of a feature map and a constant. */
static cnn_status read_two(cnn_onnx_reader *reader, const cnn_onnx_node *node, const cnn_op *op,
                           bool bounds) {
    const cnn_onnx_value *first = cnn_onnx_input(reader, node, 0), *second = cnn_onnx_input(reader, node, 1);
    if (!first || !second)
        return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "one of its inputs is missing");
    const bool constant_first = first->constant && second->layer;
    const cnn_onnx_value *feature = constant_first ? second : first, *other = constant_first ? first : second;
    if (!other->constant || !feature->layer)
        return cnn_onnx_append_joined(reader, node, op);
    return bounds ? read_bound(reader, node, feature, other->constant)
                  : read_with_constant(reader, node, feature, other, constant_first);
}

cnn_status cnn_onnx_read_pair(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    return read_two(reader, node, cnn_op_by_onnx(node->proto->op_type), true);
}

cnn_status cnn_onnx_read_arithmetic(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    return read_two(reader, node, cnn_op_by_onnx(node->proto->op_type), false);
}

/* Whether an input's channels lie on the axis, and its rows and columns, if it has any, elsewhere. */
static bool has_channels_on(const cnn_onnx_reader *reader, const cnn_onnx_value *x, int64_t axis) {
    if (cnn_onnx_shape(reader, x)->rank == 1)
        return axis == 1 && cnn_onnx_view_is_flat(&x->view) && cnn_onnx_view_is_in_order(&x->view);
    return axis > 0 && axis < x->view.rank && cnn_onnx_view_holds(&x->view, (int)axis, CNN_ONNX_CHANNELS);
}

/* The first input's axes, with the channels of all. */
static cnn_onnx_view joined_view(const cnn_onnx_view *first, int axis, const cnn_shape *output) {
    cnn_onnx_view joined = {.rank = first->rank, .size = {output->dim[0], output->dim[1], output->dim[2], 1}};
    for (int at = 1; at < first->rank; at++)
        for (int k = 0; k < first->count || (k == first->count && at == axis); k++) {
            const bool channels = k == first->count;
            if (!channels && (first->axis[k] != at || first->part[k] == CNN_ONNX_CHANNELS))
                continue;
            joined.part[joined.count] = channels ? CNN_ONNX_CHANNELS : first->part[k];
            joined.axis[joined.count++] = at;
        }
    return joined;
}

/* Whether all inputs see their values alike, with a single one on the axis: along it they become branches. */
static bool stacks(const cnn_onnx_reader *reader, const cnn_onnx_node *node, int64_t axis,
                   cnn_onnx_view *view) {
    const cnn_onnx_value *first = cnn_onnx_input(reader, node, 0);
    bool same = first && first->layer && node->proto->n_input > 1 && cnn_onnx_shape(reader, first)->rank == 3;
    for (size_t k = 1; same && k < node->proto->n_input; k++) {
        const cnn_onnx_value *x = cnn_onnx_input(reader, node, k);
        same = x && x->layer && cnn_shape_equal(cnn_onnx_shape(reader, x), cnn_onnx_shape(reader, first)) &&
               cnn_onnx_view_meets(&first->view, &x->view);
    }
    if (!same)
        return false;
    *view = first->view;
    const int64_t real = axis < 0 ? axis + view->rank : axis;
    return view->size[CNN_ONNX_CHANNELS] > 1 &&
           cnn_onnx_view_stack(view, (int)real, (int64_t)node->proto->n_input);
}

cnn_status cnn_onnx_read_concat(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    int64_t axis = 1;
    char text[CNN_ONNX_VIEW_TEXT];
    cnn_onnx_value *x;
    cnn_onnx_view stacked;
    cnn_status status = cnn_attribute_integer(&node->attributes, "axis", &axis);
    const bool stack = status == CNN_OK && stacks(reader, node, axis, &stacked);
    for (size_t k = 0; !stack && status == CNN_OK && k < node->proto->n_input; k++) {
        status = cnn_onnx_feature(reader, node, k, &x);
        if (status == CNN_OK && axis < 0)
            axis += x->view.rank;
        if (status == CNN_OK && !has_channels_on(reader, x, axis))
            status = cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                                   "axis %" PRId64
                                   " is not supported, only the channels; its input %zu has the axes %s",
                                   axis, k, cnn_onnx_view_text(&x->view, text));
    }
    if (status == CNN_OK)
        status = cnn_onnx_append_joined(reader, node, &cnn_op_concat);
    cnn_onnx_value *output = cnn_onnx_output(reader, node);
    if (status == CNN_OK && stack)
        output->view = stacked;
    else if (status == CNN_OK && node->proto->n_input > 1 && output->view.rank > 2)
        output->view =
            joined_view(&cnn_onnx_input(reader, node, 0)->view, (int)axis, cnn_onnx_shape(reader, output));
    return status;
}

cnn_status cnn_onnx_read_sum(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    return cnn_onnx_append_joined(reader, node, &cnn_op_add);
}

/* ONNX's Add has two inputs, its Sum any number. */
void cnn_onnx_write_sum(cnn_onnx_writer *writer, const cnn_node *layer) {
    cnn_onnx_write_as(writer, layer, layer->inputs > 2 ? "Sum" : "Add");
}
