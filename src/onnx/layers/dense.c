/* Gemm and MatMul: dense layers. */
#include "onnx/layers/list.h"
#include "onnx/layers/weights.h"

#include "base/numbers.h"

#include <inttypes.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

/* ---- Gemm and MatMul ------------------------------------------------------------------------------- */

/* y = alpha x W + beta b, with W in the file [units][inputs] if it is transposed, else [inputs][units]. */
typedef struct product {
    bool transposed;
    size_t bias_input; /* which input may be a bias */
    double alpha, beta;
} product;

enum { FEW_UNITS = 16 }; /* whose rows are gone through together: a line of memory of the other order */

/* The weight of a dense layer is [units][inputs]; its inputs stand in the order in which a map is flattened here, C,H,W,
 * whatever the file's order is. */
static void fill_weight(const reader *r, const cnn_onnx_tensor *weight, const product *gemm,
                        const cnn_onnx_view *view, int64_t units, int64_t inputs) {
    const float alpha = (float)gemm->alpha;
    const int64_t by_unit = gemm->transposed ? inputs : 1, by_input = gemm->transposed ? 1 : units;
    float *to = cnn_onnx_parameter(r, 0);
    for (int64_t first = 0; first < units; first += FEW_UNITS)
        for (int64_t j = 0; j < inputs; j++) {
            const int64_t place = cnn_onnx_view_place(view, j), end = cnn_min(first + FEW_UNITS, units);
            for (int64_t i = first; i < end; i++)
                to[i * inputs + place] = alpha * weight->reals[i * by_unit + j * by_input];
        }
}

static cnn_status check_input(const reader *r, const node *n, const cnn_onnx_value *x, int64_t inputs) {
    const cnn_shape *input = cnn_onnx_shape(r, x);
    char text[CNN_SHAPE_TEXT];
    if (input->rank == 1 && input->dim[0] == inputs && cnn_onnx_view_is_flat(&x->view))
        return CNN_OK;
    return cnn_onnx_fail(n, CNN_ERROR_FORMAT,
                         "the weight is for a vector of %" PRId64 ", but the input is %s", inputs,
                         cnn_shape_text(input, text));
}

static cnn_status append_dense(reader *r, node *n, const product *gemm) {
    cnn_onnx_value *x;
    cnn_onnx_tensor weight, bias;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_weight(r, n, 2, &weight);
    if (status != CNN_OK)
        return status;
    const int64_t units = weight.shape.dim[gemm->transposed ? 0 : 1],
                  inputs = weight.shape.dim[gemm->transposed ? 1 : 0];
    status = check_input(r, n, x, inputs);
    if (status == CNN_OK)
        status = cnn_onnx_bias(r, n, gemm->bias_input, 2, units, &bias);
    if (status != CNN_OK)
        return status;
    const cnn_options options = {.dense = {.units = units, .no_bias = !bias.reals}};
    status = cnn_onnx_append(r, n, &cnn_op_dense, &options, x, NULL);
    if (status != CNN_OK)
        return status;
    fill_weight(r, &weight, gemm, &x->view, units, inputs);
    if (bias.reals)
        cnn_onnx_fill_bias(r, &bias, units, (float)gemm->beta);
    return CNN_OK;
}

/* `beta` scales the node's own bias; an Add behind it that was taken in stands for itself. */
cnn_status cnn_onnx_read_gemm(reader *r, node *n) {
    int64_t transposed = 0;
    product gemm = {.bias_input = 2, .alpha = 1, .beta = 1};
    cnn_status status = cnn_onnx_get_real(n, "alpha", &gemm.alpha);
    if (status == CNN_OK)
        status = cnn_onnx_get_real(n, "beta", &gemm.beta);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(n, "transA", 0);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "transB", &transposed);
    gemm.transposed = transposed != 0;
    if (!cnn_onnx_input(r, n, 2))
        gemm.beta = 1;
    return status == CNN_OK ? append_dense(r, n, &gemm) : status;
}

/* ---- MatMul over the channels of a map ---------------------------------------------------------------- */

/* The axes of x with other channels on the last of them. */
static cnn_onnx_view view_with_channels(const cnn_onnx_view *x, int64_t channels) {
    cnn_onnx_view view = {.rank = x->rank,
                          .size = {channels, x->size[CNN_ONNX_ROWS], x->size[CNN_ONNX_COLUMNS], 1}};
    for (int k = 0; k < x->count; k++) {
        if (x->part[k] == CNN_ONNX_CHANNELS)
            continue;
        view.part[view.count] = x->part[k];
        view.axis[view.count++] = x->axis[k];
    }
    if (channels > 1) {
        view.part[view.count] = CNN_ONNX_CHANNELS;
        view.axis[view.count++] = x->rank - 1;
    }
    return view;
}

/* W in the file is [channels][filters]. */
static void fill_filters(const reader *r, const cnn_onnx_tensor *weight) {
    const int64_t channels = weight->shape.dim[0], filters = weight->shape.dim[1];
    float *to = cnn_onnx_parameter(r, 0);
    for (int64_t i = 0; i < channels; i++)
        for (int64_t o = 0; o < filters; o++)
            to[o * channels + i] = weight->reals[i * filters + o];
}

/* Each position is multiplied by the same matrix: a convolution with a kernel of 1x1. */
static cnn_status append_pointwise(reader *r, node *n, const cnn_onnx_value *x) {
    cnn_onnx_tensor weight, bias;
    cnn_status status = cnn_onnx_weight(r, n, 2, &weight);
    if (status == CNN_OK && weight.shape.dim[0] != x->view.size[CNN_ONNX_CHANNELS])
        status = cnn_onnx_fail(n, CNN_ERROR_FORMAT,
                               "the weight is for %" PRId64 " channels, but the input has %" PRId64,
                               weight.shape.dim[0], x->view.size[CNN_ONNX_CHANNELS]);
    if (status == CNN_OK)
        status = cnn_onnx_bias(r, n, n->proto->n_input, 2, weight.shape.dim[1], &bias);
    if (status != CNN_OK)
        return status;
    const cnn_onnx_view view = view_with_channels(&x->view, weight.shape.dim[1]);
    const cnn_options options = {
        .conv2d = {.filters = weight.shape.dim[1], .kernel = {1, 1}, .no_bias = !bias.reals}};
    status = cnn_onnx_append(r, n, &cnn_op_conv2d, &options, x, NULL);
    if (status != CNN_OK)
        return status;
    cnn_onnx_output(r, n)->view = view;
    fill_filters(r, &weight);
    if (bias.reals)
        cnn_onnx_fill_bias(r, &bias, weight.shape.dim[1], 1);
    return CNN_OK;
}

cnn_status cnn_onnx_read_matmul(reader *r, node *n) {
    const product matmul = {.bias_input = n->proto->n_input, .alpha = 1, .beta = 1};
    const cnn_onnx_value *x = cnn_onnx_input(r, n, 0);
    if (x && x->layer && cnn_onnx_shape(r, x)->rank == 3 &&
        cnn_onnx_view_channel_axis(&x->view) == x->view.rank - 1)
        return append_pointwise(r, n, x);
    return append_dense(r, n, &matmul);
}

void cnn_onnx_write_gemm(cnn_onnx_writer *w, const cnn_node *layer) {
    cnn_onnx_add_integer(&w->arena, cnn_onnx_write_as(w, layer, "Gemm"), "transB", 1);
}
