/* Activations: one function of each value, which kernels/activation/template.h knows. One op a kind. */
#include "ops/activation.h"

#include <math.h>

static const cnn_field slope_field[] = {
    CNN_FIELD("alpha", CNN_FIELD_REAL, activation.alpha, .positional = true, .onnx = "alpha"),
    {0},
};
static const cnn_field line_fields[] = {
    CNN_FIELD("alpha", CNN_FIELD_REAL, activation.alpha, .positional = true, .onnx = "alpha"),
    CNN_FIELD("beta", CNN_FIELD_REAL, activation.beta, .positional = true, .onnx = "beta"),
    {0},
};
static const cnn_field selu_fields[] = {
    CNN_FIELD("alpha", CNN_FIELD_REAL, activation.alpha, .onnx = "alpha"),
    CNN_FIELD("gamma", CNN_FIELD_REAL, activation.beta, .onnx = "gamma"),
    {0},
};
static const cnn_field clip_fields[] = {
    CNN_FIELD("min", CNN_FIELD_REAL, activation.alpha, .positional = true, .zero = true, .onnx = "min",
              .onnx_input = 1),
    CNN_FIELD("max", CNN_FIELD_REAL, activation.beta, .positional = true, .zero = true, .onnx = "max",
              .onnx_input = 2),
    {0},
};

/* Kind, word, ONNX operator, fields, defaults of alpha and beta, the operator set that has the operator first (0: any). */
#define ACTIVATIONS(X)                                                                                       \
    X(CNN_ACTIVATION_SIGMOID, sigmoid, "Sigmoid", NULL, 0, 0, 0)                                             \
    X(CNN_ACTIVATION_TANH, tanh, "Tanh", NULL, 0, 0, 0)                                                      \
    X(CNN_ACTIVATION_LEAKY_RELU, leakyrelu, "LeakyRelu", slope_field, 0.01, 0, 0)                            \
    X(CNN_ACTIVATION_ELU, elu, "Elu", slope_field, 1, 0, 0)                                                  \
    X(CNN_ACTIVATION_SELU, selu, "Selu", selu_fields, 1.6732632, 1.050701, 0)                                \
    X(CNN_ACTIVATION_HARD_SIGMOID, hardsigmoid, "HardSigmoid", line_fields, 0.2, 0.5, 0)                     \
    X(CNN_ACTIVATION_HARD_SWISH, hardswish, "HardSwish", NULL, 0, 0, 0)                                      \
    X(CNN_ACTIVATION_CLIP, clip, "Clip", clip_fields, 0, 0, 0)                                               \
    X(CNN_ACTIVATION_SOFTPLUS, softplus, "Softplus", NULL, 0, 0, 0)                                          \
    X(CNN_ACTIVATION_SOFTSIGN, softsign, "Softsign", NULL, 0, 0, 0)                                          \
    X(CNN_ACTIVATION_THRESHOLDED_RELU, thresholdedrelu, "ThresholdedRelu", slope_field, 1, 0, 0)             \
    X(CNN_ACTIVATION_SWISH, swish, "Swish", NULL, 0, 0, 0)                                                   \
    X(CNN_ACTIVATION_ABS, abs, "Abs", NULL, 0, 0, 0)                                                         \
    X(CNN_ACTIVATION_NEG, neg, "Neg", NULL, 0, 0, 0)                                                         \
    X(CNN_ACTIVATION_EXP, exp, "Exp", NULL, 0, 0, 0)                                                         \
    X(CNN_ACTIVATION_LOG, log, "Log", NULL, 0, 0, 0)                                                         \
    X(CNN_ACTIVATION_SQRT, sqrt, "Sqrt", NULL, 0, 0, 0)                                                      \
    X(CNN_ACTIVATION_GELU, gelu, "Gelu", NULL, 0, 0, 20)

/* Fill in the defaults (0 stands for them) and check the parameters; the same for all kinds. */
static cnn_status complete(cnn_activation_options *options, cnn_activation_kind kind, double alpha,
                           double beta, cnn_error *error) {
    options->kind = kind;
    if (options->alpha == 0)
        options->alpha = alpha;
    if (options->beta == 0)
        options->beta = beta;
    if (!isfinite((float)options->alpha) || !isfinite((float)options->beta))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the parameters must be finite as float32, not %g and %g",
                        options->alpha, options->beta);
    if (kind == CNN_ACTIVATION_CLIP && !(options->alpha < options->beta))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "clip: the minimum must be below the maximum, but they are %g and %g", options->alpha,
                        options->beta);
    return CNN_OK;
}

#define COMPLETE(kind, name, onnx, fields, alpha, beta, opset)                                               \
    static cnn_status complete_##name(cnn_options *options, cnn_error *error) {                              \
        return complete(&options->activation, kind, alpha, beta, error);                                     \
    }
ACTIVATIONS(COMPLETE)

/* The kernels' kind, by the word. */
enum {
#define KERNEL_KIND(kernel_kind, word) kernel_##word = kernel_kind,
    CNN_KERNEL_ACTIVATIONS(KERNEL_KIND)
};
static const cnn_kernel_activation kernel_kinds[] = {
#define KERNEL_KIND_OF(kind, name, ...) [kind] = (cnn_kernel_activation)kernel_##name,
    ACTIVATIONS(KERNEL_KIND_OF)};

cnn_activation_function cnn_activation_function_of(const cnn_activation_options *options) {
    return (cnn_activation_function){kernel_kinds[options->kind], (float)options->alpha,
                                     (float)options->beta};
}

/* y = f(x), element by element; when workers share an image, this worker's range of elements. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_activation_function function = cnn_activation_function_of(&step->options.activation);
    const cnn_range part = cnn_part_of(place, cnn_shape_elements(&step->output_shape));
    step->kernels->activate(&function, part.end - part.first,
                            cnn_buffer_at(&step->input[0], place.index, place.worker) + part.first,
                            cnn_buffer_at(&step->output, place.index, place.worker) + part.first);
}

/* dx = dy f'(x). Both x and y are at hand, since for some functions the derivative is cheaper in y. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_activation_function function = cnn_activation_function_of(&step->options.activation);
    if (step->input_gradient[0].data)
        step->kernels->activate_backward(&function, cnn_shape_elements(&step->output_shape),
                                         cnn_buffer_at(&step->input[0], place.index, place.worker),
                                         cnn_buffer_at(&step->output, place.index, place.worker),
                                         cnn_buffer_at(&step->output_gradient, place.index, place.worker),
                                         cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

#define OP(its_kind, name, onnx_operator, its_fields, alpha, beta, opset)                                    \
    const cnn_op cnn_op_##name = {                                                                           \
        .word = #name,                                                                                       \
        .prefix = #name,                                                                                     \
        .onnx = onnx_operator,                                                                               \
        .onnx_opset = opset,                                                                                 \
        .kind = CNN_IMAGEWISE,                                                                               \
        .inputs = 1,                                                                                         \
        .keeps_layout = true,                                                                                \
        .fields = its_fields,                                                                                \
        .complete = complete_##name,                                                                         \
        .infer = cnn_infer_same_shape,                                                                       \
        .divisions = cnn_divisions_of_elements,                                                              \
        .forward = forward,                                                                                  \
        .backward = backward,                                                                                \
    };
ACTIVATIONS(OP)

bool cnn_is_activation(const cnn_op *op) {
    return op->forward == forward;
}

#define OP_OF_KIND(kind, name, ...)                                                                          \
    case kind:                                                                                               \
        return &cnn_op_##name;

const cnn_op *cnn_activation_op(cnn_activation_kind kind) {
    switch (kind) {
        ACTIVATIONS(OP_OF_KIND)
    case CNN_ACTIVATION_NONE:
        break;
    }
    return NULL;
}
