/* Add, Sub, Mul and Div: the sum of two feature maps, or constants between the input and the first layer,
 * which are the network's normalisation. Sum and Concat of any number of feature maps. */
#include "onnx/layers/list.h"

#include <inttypes.h>
#include <string.h>

/* With x' = (x - mean) / deviation: what x' + c, x' - c, x' * c and x' / c do to mean and deviation. */
static void combine(const char *op, double c, double *mean, double *deviation) {
    switch (op[0]) {
    case 'A':
        *mean -= c * *deviation;
        break;
    case 'S':
        *mean += c * *deviation;
        break;
    case 'M':
        *deviation /= c;
        break;
    default:
        *deviation *= c;
        break;
    }
}

static cnn_status read_normalisation(cnn_onnx_reader *reader, const cnn_onnx_node *node,
                                     const cnn_onnx_value *feature, const CnnOnnx__TensorProto *constant) {
    const int64_t channels = reader->net->input.dim[0];
    cnn_onnx_tensor tensor;
    if (feature->layer != CNN_NETWORK_INPUT)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                             "arithmetic with a constant is only supported on the network's input "
                             "(normalisation), and Add after a Conv, Gemm or MatMul without bias");
    if (feature->symbol->uses > 1)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                             "the network's input is used both with and without this operation");
    cnn_status status = cnn_onnx_reals(node, constant, "constant", &tensor);
    if (status != CNN_OK)
        return status;
    if (!cnn_onnx_is_per_channel(&tensor, &feature->view))
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                             "the constant must be one number or one for each of %" PRId64
                             " channels, shape [1,C,1,1] beside N,C,H,W",
                             channels);
    for (int64_t c = 0; c < channels; c++)
        combine(node->proto->op_type, (double)tensor.reals[tensor.elements == 1 ? 0 : c], &reader->mean[c],
                &reader->deviation[c]);
    return cnn_onnx_pass_on(reader, node, feature);
}

cnn_status cnn_onnx_read_pair(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    return cnn_onnx_append_joined(reader, node, cnn_op_by_onnx(node->proto->op_type));
}

cnn_status cnn_onnx_read_arithmetic(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    const char *op = node->proto->op_type;
    const cnn_onnx_value *first = cnn_onnx_input(reader, node, 0), *second = cnn_onnx_input(reader, node, 1);
    bool commutes = strcmp(op, "Add") == 0 || strcmp(op, "Mul") == 0;
    if (!first || !second)
        return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "one of its inputs is missing");
    if (second->constant && first->layer)
        return read_normalisation(reader, node, first, second->constant);
    if (commutes && first->constant && second->layer)
        return read_normalisation(reader, node, second, first->constant);
    if (strcmp(op, "Add") == 0)
        return cnn_onnx_append_joined(reader, node, &cnn_op_add);
    if (first->constant)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                             "only a constant as the second input, after a feature map, is supported");
    return cnn_onnx_read_pair(reader, node);
}

/* Whether an input's channels lie on the axis, and its rows and columns, if it has any, elsewhere. */
static bool has_channels_on(const cnn_onnx_reader *reader, const cnn_onnx_value *x, int64_t axis) {
    if (cnn_onnx_shape(reader, x)->rank == 1)
        return axis == 1 && cnn_onnx_view_is_flat(&x->view) && cnn_onnx_view_is_in_order(&x->view);
    return axis > 0 && axis < x->view.rank && cnn_onnx_view_holds(&x->view, (int)axis, CNN_ONNX_CHANNELS);
}

/* The first input's axes, with the channels of all. */
static cnn_onnx_view joined_view(const cnn_onnx_view *first, int axis, const cnn_shape *output) {
    cnn_onnx_view joined = {.rank = first->rank, .size = {output->dim[0], output->dim[1], output->dim[2]}};
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

cnn_status cnn_onnx_read_concat(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    int64_t axis = 1;
    char text[CNN_ONNX_VIEW_TEXT];
    cnn_onnx_value *x;
    cnn_status status = cnn_attribute_integer(&node->attributes, "axis", &axis);
    for (size_t k = 0; status == CNN_OK && k < node->proto->n_input; k++) {
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
    if (status == CNN_OK && node->proto->n_input > 1 && output->view.rank > 2)
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
