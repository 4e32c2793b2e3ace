/* ONNX nodes to layers, one function for each operator. */
#include "formats/onnx_reader.h"

#include "base/memory.h"

#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

/* ---- Windows: padding ------------------------------------------------------------------------------ */

/* auto_pad SAME_UPPER or SAME_LOWER: output size = ceil(input / stride), the odd zero at the end or the
 * beginning. */
static void same_padding(const cnn_shape *input, const int64_t kernel[2], const int64_t stride[2],
                         const int64_t dilation[2], bool upper, int64_t padding[4]) {
    for (int axis = 0; axis < 2; axis++) {
        int64_t size = input->dim[1 + axis], outputs = (size - 1) / stride[axis] + 1;
        int64_t total = (outputs - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - size;
        total = total > 0 ? total : 0;
        padding[axis] = upper ? total / 2 : total - total / 2;
        padding[2 + axis] = total - padding[axis];
    }
}

/* Replace `padding` by what auto_pad asks for, if it asks. Kernel, stride and dilation are checked by the
 * layer only later, so their products are kept small here. */
static cnn_status read_auto_pad(node *n, const cnn_shape *input, const int64_t kernel[2],
                                const int64_t stride[2], const int64_t dilation[2], int64_t padding[4]) {
    char word[16] = "NOTSET";
    cnn_status status = cnn_onnx_get_word(n, "auto_pad", word);
    if (status != CNN_OK || strcmp(word, "NOTSET") == 0)
        return status;
    for (int i = 0; i < 4; i++)
        if (padding[i] != 0)
            return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "it has both auto_pad and pads");
    for (int axis = 0; axis < 2; axis++)
        if (kernel[axis] > INT32_MAX || stride[axis] > INT32_MAX || dilation[axis] > INT32_MAX ||
            input->dim[1 + axis] > INT32_MAX)
            return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "kernel, stride, dilation or input is too large");
    if (strcmp(word, "SAME_UPPER") == 0 || strcmp(word, "SAME_LOWER") == 0)
        same_padding(input, kernel, stride, dilation, word[5] == 'U', padding);
    else if (strcmp(word, "VALID") != 0)
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "auto_pad \"%s\" is unknown",
                             cnn_onnx_printable(word).text);
    return CNN_OK;
}

/* The input of a window that slides: C,H,W. */
static cnn_status image_input(const reader *r, const node *n, cnn_onnx_value **x) {
    cnn_status status = cnn_onnx_feature(r, n, 0, x);
    if (status == CNN_OK && cnn_onnx_shape(r, *x)->rank != 3)
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "the input must have N,C,H,W, not N and a length");
    return status;
}

/* ---- Weights and biases ---------------------------------------------------------------------------- */

static void fill_bias(const reader *r, const cnn_onnx_tensor *bias, int64_t outputs) {
    float *to = cnn_onnx_parameter(r, 1);
    for (int64_t i = 0; i < outputs; i++)
        to[i] = bias->reals[bias->elements == 1 ? 0 : i];
}

/* The node's input `k`; bias->reals is NULL if it has none. */
static cnn_status own_bias(const reader *r, const node *n, size_t k, int64_t outputs, cnn_onnx_tensor *bias) {
    const CnnOnnx__TensorProto *proto;
    cnn_status status = cnn_onnx_constant(r, n, k, "bias", true, &proto);
    if (status == CNN_OK && proto)
        status = cnn_onnx_reals(n, proto, "bias", bias);
    if (status == CNN_OK && proto && !cnn_onnx_is_per_channel(bias, 2, outputs))
        status = cnn_onnx_fail(n, CNN_ERROR_FORMAT, "the bias has %lld elements, expected %lld",
                               (long long)bias->elements, (long long)outputs);
    return status;
}

/* An Add of one number for each channel that is the only reader of the node's output: then the layer does its
 * work. Where the constant is something else, bias->reals stays NULL, and reading the Add says what is wrong.
 */
static void absorb_bias(reader *r, const node *n, int rank, int64_t outputs, cnn_onnx_tensor *bias) {
    const cnn_onnx_value *output = cnn_onnx_output(r, n);
    if (output->uses != 1 || output->user == CNN_ONNX_NO_NODE)
        return;
    const node add = {.proto = r->graph.proto->node[output->user], .origin = n->origin};
    if (strcmp(add.proto->op_type, "Add") != 0)
        return;
    const cnn_onnx_value *first = cnn_onnx_input(r, &add, 0), *second = cnn_onnx_input(r, &add, 1);
    const cnn_onnx_value *other = first == output ? second : first;
    cnn_onnx_tensor found;
    if (!other || !other->constant || cnn_onnx_reals(&add, other->constant, "constant", &found) != CNN_OK ||
        !cnn_onnx_is_per_channel(&found, rank, outputs))
        return;
    *bias = found;
    r->absorbed_by[output->user] = (cnn_layer)r->net->node_count + 1;
}

/* Input `k` or an Add behind the node. `rank` is that of the node's output, with the batch. */
static cnn_status find_bias(reader *r, const node *n, size_t k, int rank, int64_t outputs,
                            cnn_onnx_tensor *bias) {
    *bias = (cnn_onnx_tensor){0};
    cnn_status status = own_bias(r, n, k, outputs, bias);
    if (status == CNN_OK && !bias->reals)
        absorb_bias(r, n, rank, outputs, bias);
    return status;
}

static cnn_status read_weight(const reader *r, const node *n, int rank, cnn_onnx_tensor *weight) {
    const CnnOnnx__TensorProto *proto;
    cnn_status status = cnn_onnx_constant(r, n, 1, "weight", false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_reals(n, proto, "weight", weight);
    if (status == CNN_OK && (weight->shape.rank != rank || weight->elements == 0))
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                               "the weight has %d axes and %lld elements, expected %d axes",
                               weight->shape.rank, (long long)weight->elements, rank);
    return status;
}

/* ---- Conv ------------------------------------------------------------------------------------------ */

static cnn_status read_conv_options(node *n, const cnn_shape *input, const cnn_onnx_tensor *weight,
                                    cnn_conv2d_options *conv) {
    const int64_t *dim = weight->shape.dim; /* filters, channels / groups, rows, columns */
    cnn_options options = {0};
    int64_t channels;
    cnn_status status = cnn_onnx_get_fields(n, &cnn_op_conv2d, &options);
    if (status != CNN_OK)
        return status;
    *conv = options.conv2d;
    if (cnn_onnx_has(n, "kernel_shape") && (conv->kernel[0] != dim[2] || conv->kernel[1] != dim[3]))
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "kernel_shape is not the weight's");
    if (!cnn_multiply(dim[1], conv->groups, &channels) || channels != input->dim[0])
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT,
                             "the weight is for %lld channels in each of %lld groups, but the "
                             "input has %lld channels",
                             (long long)dim[1], (long long)conv->groups, (long long)input->dim[0]);
    conv->filters = dim[0];
    conv->kernel[0] = dim[2];
    conv->kernel[1] = dim[3];
    return read_auto_pad(n, input, conv->kernel, conv->stride, conv->dilation, conv->padding);
}

static cnn_status read_conv(reader *r, node *n) {
    cnn_onnx_value *x;
    cnn_onnx_tensor weight, bias;
    cnn_options options = {0};
    cnn_status status = image_input(r, n, &x);
    if (status == CNN_OK)
        status = read_weight(r, n, 4, &weight);
    if (status == CNN_OK)
        status = read_conv_options(n, cnn_onnx_shape(r, x), &weight, &options.conv2d);
    if (status == CNN_OK)
        status = find_bias(r, n, 2, 4, weight.shape.dim[0], &bias);
    if (status != CNN_OK)
        return status;
    options.conv2d.no_bias = !bias.reals;
    status = cnn_onnx_append(r, n, &cnn_op_conv2d, &options, x, NULL);
    if (status != CNN_OK)
        return status;
    memcpy(cnn_onnx_parameter(r, 0), weight.reals, (size_t)weight.elements * sizeof *weight.reals);
    if (bias.reals)
        fill_bias(r, &bias, weight.shape.dim[0]);
    return CNN_OK;
}

/* ---- Poolings -------------------------------------------------------------------------------------- */

static cnn_status read_pool(reader *r, node *n, const cnn_op *op) {
    static const int64_t no_dilation[2] = {1, 1};
    cnn_options options = {0};
    cnn_pool2d_options *pool = &options.pool2d;
    cnn_onnx_value *x;
    cnn_status status = image_input(r, n, &x);
    if (status == CNN_OK && !cnn_onnx_has(n, "kernel_shape"))
        status = cnn_onnx_fail(n, CNN_ERROR_FORMAT, "kernel_shape is missing");
    if (status == CNN_OK)
        status = cnn_onnx_get_fields(n, op, &options);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(n, "ceil_mode", 0);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(n, "storage_order", 0);
    if (status == CNN_OK)
        status = cnn_onnx_only_integers(n, "dilations", 1);
    if (status == CNN_OK)
        status =
            read_auto_pad(n, cnn_onnx_shape(r, x), pool->kernel, pool->stride, no_dilation, pool->padding);
    return status == CNN_OK ? cnn_onnx_append(r, n, op, &options, x, NULL) : status;
}

static cnn_status read_max_pool(reader *r, node *n) {
    return read_pool(r, n, &cnn_op_max_pool2d);
}

static cnn_status read_average_pool(reader *r, node *n) {
    return read_pool(r, n, &cnn_op_avg_pool2d);
}

/* ---- Gemm and MatMul ------------------------------------------------------------------------------- */

/* The weight of a dense layer is [units][inputs]; in the file it may be [inputs][units]. */
static void fill_weight(const reader *r, const cnn_onnx_tensor *weight, bool transposed, int64_t units,
                        int64_t inputs) {
    float *to = cnn_onnx_parameter(r, 0);
    for (int64_t i = 0; i < units; i++)
        for (int64_t j = 0; j < inputs; j++)
            to[i * inputs + j] = weight->reals[transposed ? i * inputs + j : j * units + i];
}

/* `transposed`: the weight is [units][inputs]. `bias_input`: which input may be a bias. */
static cnn_status append_dense(reader *r, node *n, bool transposed, size_t bias_input) {
    cnn_onnx_value *x;
    cnn_onnx_tensor weight, bias;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = read_weight(r, n, 2, &weight);
    if (status != CNN_OK)
        return status;
    const cnn_shape *input = cnn_onnx_shape(r, x);
    const int64_t units = weight.shape.dim[transposed ? 0 : 1], inputs = weight.shape.dim[transposed ? 1 : 0];
    if (input->rank != 1 || input->dim[0] != inputs) {
        char text[CNN_SHAPE_TEXT];
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "the weight is for a vector of %lld, but the input is %s",
                             (long long)inputs, cnn_shape_text(input, text));
    }
    status = find_bias(r, n, bias_input, 2, units, &bias);
    const cnn_options options = {.dense = {.units = units, .no_bias = !bias.reals}};
    if (status == CNN_OK)
        status = cnn_onnx_append(r, n, &cnn_op_dense, &options, x, NULL);
    if (status != CNN_OK)
        return status;
    fill_weight(r, &weight, transposed, units, inputs);
    if (bias.reals)
        fill_bias(r, &bias, units);
    return CNN_OK;
}

static cnn_status read_gemm(reader *r, node *n) {
    int64_t transposed = 0;
    cnn_status status = cnn_onnx_only_real(n, "alpha", 1);
    if (status == CNN_OK)
        status = cnn_onnx_only_real(n, "beta", 1);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(n, "transA", 0);
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(n, "transB", &transposed);
    return status == CNN_OK ? append_dense(r, n, transposed != 0, 2) : status;
}

static cnn_status read_matmul(reader *r, node *n) {
    return append_dense(r, n, false, n->proto->n_input);
}

/* ---- Flatten and Reshape --------------------------------------------------------------------------- */

static cnn_status read_flatten(reader *r, node *n) {
    int64_t axis = 1;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(n, "axis", &axis);
    if (status == CNN_OK && axis != 1 && axis != -cnn_onnx_shape(r, x)->rank)
        status =
            cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "axis %lld is not supported, only 1", (long long)axis);
    return status == CNN_OK ? cnn_onnx_append(r, n, &cnn_op_flatten, NULL, x, NULL) : status;
}

/* Whether the target keeps the batch and makes one axis of the rest: [0,-1], [-1,K], [N,-1], ... */
static bool is_flat(const reader *r, const cnn_onnx_tensor *target, int64_t elements) {
    if (target->shape.rank != 1 || target->elements != 2)
        return false;
    const int64_t batch = target->integers[0], rest = target->integers[1];
    bool keeps_batch = batch == 0 || batch == -1 || (r->batch > 0 && batch == r->batch);
    return keeps_batch && (rest == elements || (rest == -1 && batch != -1));
}

static cnn_status read_reshape(reader *r, node *n) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor target;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_constant(r, n, 1, "shape", false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_integers(n, proto, "shape", &target);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(n, "allowzero", 0);
    if (status == CNN_OK && !is_flat(r, &target, cnn_shape_elements(cnn_onnx_shape(r, x))))
        status =
            cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "a Reshape must flatten all but the batch: shape [0,-1]");
    if (status != CNN_OK)
        return status;
    if (cnn_onnx_shape(r, x)->rank == 1)
        return cnn_onnx_pass_on(r, n, x);
    return cnn_onnx_append(r, n, &cnn_op_flatten, NULL, x, NULL);
}

/* ---- Element by element ---------------------------------------------------------------------------- */

/* The rate: an attribute before opset 12, then an input. ONNX's default is 0.5. */
static cnn_status read_rate(const reader *r, node *n, double *rate) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor ratio;
    *rate = 0.5;
    cnn_status status = cnn_onnx_get_real(n, "ratio", rate);
    if (status == CNN_OK)
        status = cnn_onnx_constant(r, n, 1, "ratio", true, &proto);
    if (status != CNN_OK || !proto)
        return status;
    status = cnn_onnx_reals(n, proto, "ratio", &ratio);
    if (status == CNN_OK && ratio.elements != 1)
        status = cnn_onnx_fail(n, CNN_ERROR_FORMAT, "the ratio must be one number");
    if (status == CNN_OK)
        *rate = cnn_onnx_shortest(ratio.reals[0]);
    return status;
}

static cnn_status read_dropout(reader *r, node *n) {
    const CnnOnnx__TensorProto *mode;
    cnn_onnx_value *x;
    cnn_options options = {0};
    int64_t seed;
    bool training = false;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = read_rate(r, n, &options.dropout.rate);
    if (status == CNN_OK)
        status = cnn_onnx_constant(r, n, 2, "training mode", true, &mode);
    if (status == CNN_OK && mode)
        status = cnn_onnx_truth(n, mode, "training mode", &training);
    if (status == CNN_OK && training)
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "it drops values in inference, too (training_mode)");
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(n, "seed", &seed); /* of training in another tool: of no use here */
    if (status != CNN_OK)
        return status;
    return options.dropout.rate == 0 ? cnn_onnx_pass_on(r, n, x)
                                     : cnn_onnx_append(r, n, &cnn_op_dropout, &options, x, NULL);
}

/* Over the channels. Before opset 13 Softmax took all axes behind `axis` together, 1 by default. */
static cnn_status read_softmax(reader *r, node *n) {
    int64_t axis = r->opset < 13 ? 1 : -1;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(n, "axis", &axis);
    if (status != CNN_OK)
        return status;
    const int rank = cnn_onnx_shape(r, x)->rank;
    if ((axis != 1 && axis != -rank) || (rank > 1 && r->opset < 13))
        return cnn_onnx_fail(
            n, CNN_ERROR_UNSUPPORTED,
            "axis %lld is not supported, only the channels (axis 1; before opset 13 of a vector only)",
            (long long)axis);
    return cnn_onnx_append(r, n, &cnn_op_softmax, NULL, x, NULL);
}

static cnn_status read_relu(reader *r, node *n) {
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    return status == CNN_OK ? cnn_onnx_append(r, n, &cnn_op_relu, NULL, x, NULL) : status;
}

static cnn_status read_identity(reader *r, node *n) {
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    return status == CNN_OK ? cnn_onnx_pass_on(r, n, x) : status;
}

/* ---- The list -------------------------------------------------------------------------------------- */

static const cnn_onnx_operator operators[] = {
    {"Conv", 2, 3, read_conv},
    {"Relu", 1, 1, read_relu},
    {"MaxPool", 1, 1, read_max_pool},
    {"AveragePool", 1, 1, read_average_pool},
    {"Flatten", 1, 1, read_flatten},
    {"Reshape", 2, 2, read_reshape},
    {"Gemm", 2, 3, read_gemm},
    {"MatMul", 2, 2, read_matmul},
    {"Dropout", 1, 3, read_dropout},
    {"Softmax", 1, 1, read_softmax},
    {"Identity", 1, 1, read_identity},
    {"Concat", 1, INT16_MAX, cnn_onnx_read_concat},
    {"Sum", 1, INT16_MAX, cnn_onnx_read_sum},
    {"Add", 2, 2, cnn_onnx_read_arithmetic},
    {"Sub", 2, 2, cnn_onnx_read_arithmetic},
    {"Mul", 2, 2, cnn_onnx_read_arithmetic},
    {"Div", 2, 2, cnn_onnx_read_arithmetic},
};

const cnn_onnx_operator *cnn_onnx_find_operator(const char *name) {
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strcmp(operators[i].name, name) == 0)
            return &operators[i];
    return NULL;
}
