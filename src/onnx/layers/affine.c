/* Arithmetic with a constant scales and shifts each channel. On the network's input it is its normalisation; behind a layer
 * whose outputs can be scaled, and that nobody else reads, it goes into the weights of that layer; elsewhere it is a
 * convolution of its own, with a 1x1 kernel for each channel. */
#include "onnx/layers/affine.h"

#include <inttypes.h>
#include <math.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

/* y = scale x + shift */
typedef struct affine {
    double scale, shift;
} affine;

/* For each channel; `given` has one number or one for each channel. */
typedef struct affines {
    char op; /* the first letter of the operator */
    bool constant_first;
    cnn_onnx_tensor given;
} affines;

static affine affine_of(const affines *all, int64_t channel) {
    const double c = (double)all->given.reals[all->given.elements == 1 ? 0 : channel];
    switch (all->op) {
    case 'A':
        return (affine){1, c};
    case 'S':
        return all->constant_first ? (affine){-1, c} : (affine){1, -c};
    case 'M':
        return (affine){c, 0};
    default:
        return (affine){1 / c, 0};
    }
}

/* ---- Normalisation --------------------------------------------------------------------------------- */

/* Whether it is one: deviations are positive. */
static bool is_normalisation(const affines *all) {
    bool is = true;
    for (int64_t k = 0; k < all->given.elements; k++)
        is = is && affine_of(all, k).scale > 0;
    return is;
}

/* With x' = (x - mean) / deviation, what scale x' + shift does to mean and deviation. */
static void normalise(const reader *r, const affines *all) {
    for (int64_t c = 0; c < r->net->input.dim[0]; c++) {
        const affine by = affine_of(all, c);
        r->mean[c] -= by.shift * r->deviation[c] / by.scale;
        r->deviation[c] /= by.scale;
    }
}

/* ---- Into the layer before ------------------------------------------------------------------------- */

/* Whether each value that the layer gives, in whatever axes, is read by one node alone: the last of them is this one. */
static bool is_read_once(const reader *r, cnn_layer layer) {
    bool once = true;
    for (int64_t i = 0; i < r->graph.count; i++)
        once = once && (r->values[i].layer != layer || r->values[i].symbol->uses == 1);
    return once;
}

static bool shares_parameters(const cnn_net *net, int64_t index) {
    bool shares = net->nodes[index].shares >= 0;
    for (int64_t i = 0; i < net->node_count; i++)
        shares = shares || net->nodes[i].shares == index;
    return shares;
}

static bool shifts(const affines *all) {
    bool any = false;
    for (int64_t k = 0; k < all->given.elements; k++)
        any = any || affine_of(all, k).shift != 0;
    return any;
}

/* Whether the rows of the layer's first parameter belong to its outputs, one each, and its second shifts them. */
static bool takes(const reader *r, const cnn_onnx_value *feature, const affines *all) {
    if (feature->layer < 1)
        return false;
    const cnn_node *before = &r->net->nodes[feature->layer - 1];
    const bool kind =
        before->op == &cnn_op_conv2d || before->op == &cnn_op_dense || before->op == &cnn_op_batch_norm;
    return kind && (before->parameters > 1 || !shifts(all)) && is_read_once(r, feature->layer) &&
           !shares_parameters(r->net, feature->layer - 1);
}

static void multiply_into(const reader *r, cnn_layer layer, const affines *all) {
    const cnn_node *before = &r->net->nodes[layer - 1];
    const cnn_parameter *weight = &r->net->parameters[before->first_parameter];
    float *weights = r->net->values + weight->offset,
          *biases = before->parameters > 1 ? r->net->values + weight[1].offset : NULL;
    const int64_t outputs = weight->spec.shape.dim[0], row = weight->elements / outputs;
    for (int64_t o = 0; o < outputs; o++) {
        const affine by = affine_of(all, o);
        for (int64_t i = 0; i < row; i++)
            weights[o * row + i] = (float)(weights[o * row + i] * by.scale);
        if (biases)
            biases[o] = (float)(biases[o] * by.scale + by.shift);
    }
}

/* ---- A layer of its own ---------------------------------------------------------------------------- */

static cnn_status append_scaling(reader *r, const node *n, const cnn_onnx_value *feature,
                                 const affines *all) {
    const cnn_onnx_view view = feature->view;
    const int64_t channels = cnn_onnx_shape(r, feature)->dim[0];
    const cnn_options options = {.conv2d = {.filters = channels, .kernel = {1, 1}, .groups = channels}};
    cnn_status status = cnn_onnx_append(r, n, &cnn_op_conv2d, &options, feature, NULL);
    if (status != CNN_OK)
        return status;
    float *weights = cnn_onnx_parameter(r, 0), *biases = cnn_onnx_parameter(r, 1);
    for (int64_t c = 0; c < channels; c++) {
        weights[c] = (float)affine_of(all, c).scale;
        biases[c] = (float)affine_of(all, c).shift;
    }
    cnn_onnx_output(r, n)->view = view;
    return CNN_OK;
}

/* A convolution works on maps: a vector becomes one of a single row and column, and then a vector again. */
static cnn_status append_scaling_of_vector(reader *r, const node *n, const cnn_onnx_value *feature,
                                           const affines *all) {
    const cnn_options single = {.unflatten = {.size = {1, 1}}};
    const cnn_onnx_view view = feature->view;
    cnn_onnx_value *output = cnn_onnx_output(r, n);
    cnn_status status = cnn_onnx_append(r, n, &cnn_op_unflatten, &single, feature, NULL);
    if (status == CNN_OK)
        status = append_scaling(r, n, output, all);
    if (status == CNN_OK)
        status = cnn_onnx_append(r, n, &cnn_op_flatten, NULL, output, NULL);
    output->view = view;
    return status;
}

/* ---- The node -------------------------------------------------------------------------------------- */

static cnn_status read_constant(const node *n, const cnn_onnx_value *feature,
                                const CnnOnnx__TensorProto *constant, affines *all) {
    cnn_status status = cnn_onnx_reals(n, constant, "constant", &all->given);
    if (status == CNN_OK && !cnn_onnx_is_per_channel(&all->given, &feature->view))
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                             "the constant must be one number or one for each of %" PRId64
                             " channels, shape [1,C,1,1] beside N,C,H,W",
                             feature->view.size[CNN_ONNX_CHANNELS]);
    for (int64_t k = 0; status == CNN_OK && k < all->given.elements; k++)
        if (!isfinite(affine_of(all, k).scale) || !isfinite(affine_of(all, k).shift))
            return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                                 "the constant is infinite, no number, or divides by 0");
    return status;
}

cnn_status cnn_onnx_read_affine(reader *r, const node *n, const cnn_onnx_value *feature,
                                const CnnOnnx__TensorProto *constant, bool constant_first) {
    affines all = {.op = n->proto->op_type[0], .constant_first = constant_first};
    if (all.op == 'D' && constant_first)
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                             "a constant divided by a feature map is not supported");
    cnn_status status = read_constant(n, feature, constant, &all);
    if (status != CNN_OK)
        return status;
    if (feature->layer == CNN_NETWORK_INPUT && feature->symbol->uses == 1 && is_normalisation(&all))
        normalise(r, &all);
    else if (takes(r, feature, &all))
        multiply_into(r, feature->layer, &all);
    else if (cnn_onnx_shape(r, feature)->rank == 1)
        return append_scaling_of_vector(r, n, feature, &all);
    else
        return append_scaling(r, n, feature, &all);
    return cnn_onnx_pass_on(r, n, feature);
}
