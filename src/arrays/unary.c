/* One tensor, element by element: activations, and functions of mathematics. */
#include "arrays/elementwise.h"
#include "arrays/erf.h"

#include "kernels/kernels.h"

#include <math.h>

/* `p` are the operator's parameters. */
typedef double (*real_function)(double x, const double p[2]);
typedef int64_t (*integer_function)(int64_t x);

typedef struct parameter {
    const char *name; /* NULL: none */
    double value;     /* the default, then what the node says */
} parameter;

/* An operator. */
typedef struct mapping {
    real_function reals;
    integer_function integers;    /* NULL: of real numbers alone */
    cnn_kernel_activation kernel; /* does the same in float32; none: `reals` does */
    parameter parameters[2];
} mapping;

static cnn_status map_reals(cnn_call *call, real_function function, const double p[2]) {
    const cnn_array *input = call->inputs[0];
    cnn_array *output;
    cnn_status status = cnn_call_output(call, 0, input->type, &input->shape, &output);
    if (status != CNN_OK)
        return status;
    for (int64_t i = 0; i < input->elements; i++)
        if (input->type == CNN_TYPE_FLOAT32)
            ((float *)output->data)[i] = (float)function((double)((const float *)input->data)[i], p);
        else
            ((double *)output->data)[i] = function(((const double *)input->data)[i], p);
    return CNN_OK;
}

static cnn_status map_by_kernel(cnn_call *call, cnn_kernel_activation kernel, const double p[2]) {
    const cnn_array *input = call->inputs[0];
    const cnn_kernels *kernels = cnn_kernels_select(call->error);
    const cnn_activation_function function = {kernel, (float)p[0], (float)p[1]};
    cnn_array *output;
    if (!kernels)
        return CNN_ERROR_ARGUMENT;
    cnn_status status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    if (status == CNN_OK)
        kernels->activate(&function, input->elements, input->data, output->data);
    return status;
}

static cnn_status map_integers(cnn_call *call, integer_function function) {
    cnn_array *output, wide;
    const cnn_array *input = call->inputs[0];
    cnn_status status = cnn_array_new(&wide, CNN_TYPE_INT64, &input->shape, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &input->shape, &output);
    if (status == CNN_OK) {
        cnn_array_cast(input, &wide);
        for (int64_t i = 0; i < wide.elements; i++)
            ((int64_t *)wide.data)[i] = function(((int64_t *)wide.data)[i]);
        cnn_array_cast(&wide, output);
    }
    cnn_array_free(&wide, call->budget);
    return status;
}

static cnn_status map(cnn_call *call, const mapping *m) {
    const cnn_type type = call->inputs[0]->type;
    double p[2] = {0, 0};
    for (int i = 0; i < 2 && m->parameters[i].name; i++) {
        p[i] = m->parameters[i].value;
        cnn_status status = cnn_attribute_real(&call->attributes, m->parameters[i].name, &p[i]);
        if (status != CNN_OK)
            return status;
    }
    if (type == CNN_TYPE_FLOAT32 && m->kernel)
        return map_by_kernel(call, m->kernel, p);
    if (cnn_type_is_real(type))
        return map_reals(call, m->reals, p);
    if (m->integers && type != CNN_TYPE_BOOL && type != CNN_TYPE_UINT64)
        return map_integers(call, m->integers);
    return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "it is given %s, expected float32",
                         cnn_array_describe(call->inputs[0]).text);
}

/* An operator that is a function of real numbers, with none, one or two parameters; and one that is also a function of
 * integers. */
#define REALS(name, kernel, expression, ...)                                                                 \
    static double name(double x, const double p[2]) {                                                        \
        (void)p;                                                                                             \
        return expression;                                                                                   \
    }                                                                                                        \
    cnn_status cnn_run_##name(cnn_call *call) {                                                              \
        return map(call, &(mapping){name, NULL, CNN_KERNEL_##kernel, {__VA_ARGS__}});                        \
    }
#define NUMBERS(name, kernel, expression, of_integers)                                                       \
    static double name(double x, const double p[2]) {                                                        \
        (void)p;                                                                                             \
        return expression;                                                                                   \
    }                                                                                                        \
    static int64_t name##_of_integer(int64_t x) {                                                            \
        return of_integers;                                                                                  \
    }                                                                                                        \
    cnn_status cnn_run_##name(cnn_call *call) {                                                              \
        return map(call, &(mapping){name, name##_of_integer, CNN_KERNEL_##kernel, {NONE}});                  \
    }
#define NONE                                                                                                 \
    { NULL, 0 }

static double limit(double x, double min, double max) {
    return x < min ? min : x > max ? max : x;
}

static double softplus(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

NUMBERS(Abs, ABS, fabs(x), (int64_t)(x < 0 ? 0 - (uint64_t)x : (uint64_t)x))
NUMBERS(Neg, NEG, -x, (int64_t)(0 - (uint64_t)x))
NUMBERS(Relu, THRESHOLDED_RELU, x < 0 ? 0 : x, x < 0 ? 0 : x)
NUMBERS(Sign, NO_ACTIVATION, x > 0 ? 1 : x < 0 ? -1 : x, (x > 0) - (x < 0))
REALS(Ceil, NO_ACTIVATION, ceil(x), NONE)
REALS(Floor, NO_ACTIVATION, floor(x), NONE)
REALS(Round, NO_ACTIVATION, rint(x), NONE) /* halves to even ones, as the processor rounds */
REALS(Reciprocal, NO_ACTIVATION, 1 / x, NONE)
REALS(Sin, NO_ACTIVATION, sin(x), NONE)
REALS(Cos, NO_ACTIVATION, cos(x), NONE)
REALS(Tan, NO_ACTIVATION, tan(x), NONE)
REALS(Asin, NO_ACTIVATION, asin(x), NONE)
REALS(Acos, NO_ACTIVATION, acos(x), NONE)
REALS(Atan, NO_ACTIVATION, atan(x), NONE)
REALS(Sinh, NO_ACTIVATION, sinh(x), NONE)
REALS(Cosh, NO_ACTIVATION, cosh(x), NONE)
REALS(Asinh, NO_ACTIVATION, asinh(x), NONE)
REALS(Acosh, NO_ACTIVATION, acosh(x), NONE)
REALS(Atanh, NO_ACTIVATION, atanh(x), NONE)
REALS(Exp, EXP, exp(x), NONE)
REALS(Log, LOG, log(x), NONE)
REALS(Sqrt, SQRT, sqrt(x), NONE)
REALS(Sigmoid, SIGMOID, 1 / (1 + exp(-x)), NONE)
REALS(Tanh, TANH, tanh(x), NONE)
REALS(Softplus, SOFTPLUS, softplus(x), NONE)
REALS(Softsign, SOFTSIGN, x / (1 + fabs(x)), NONE)
REALS(HardSwish, HARD_SWISH, x *limit(x / 6 + 0.5, 0, 1), NONE)
REALS(Mish, NO_ACTIVATION, x *tanh(softplus(x)), NONE)
REALS(Celu, NO_ACTIVATION, x < 0 ? p[0] * expm1(x / p[0]) : x, {"alpha", 1})
REALS(Shrink, NO_ACTIVATION, x<-p[1] ? x + p[0] : x> p[1] ? x - p[0] : 0, {"bias", 0}, {"lambd", 0.5})
REALS(Swish, NO_ACTIVATION, x / (1 + exp(-p[0] * x)), {"alpha", 1})
REALS(LeakyRelu, LEAKY_RELU, x < 0 ? p[0] * x : x, {"alpha", 0.01})
REALS(Elu, ELU, x < 0 ? p[0] * expm1(x) : x, {"alpha", 1})
REALS(Selu, SELU, p[1] * (x > 0 ? x : p[0] * expm1(x)), {"alpha", 1.67326319217681884765625},
      {"gamma", 1.05070102214813232421875})
REALS(HardSigmoid, HARD_SIGMOID, limit(p[0] * x + p[1], 0, 1), {"alpha", 0.2}, {"beta", 0.5})
REALS(ThresholdedRelu, THRESHOLDED_RELU, x > p[0] ? x : 0, {"alpha", 1})

/* ---- What is none of these ------------------------------------------------------------------------- */

static double gelu(double x, const double p[2]) {
    (void)p;
    return x / 2 * (1 + erf(x / sqrt(2)));
}

static double gelu_by_tanh(double x, const double p[2]) {
    (void)p;
    return x / 2 * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
}

static cnn_status map_by_erf(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    const cnn_kernels *kernels = cnn_kernels_select(call->error);
    cnn_array *output;
    if (!kernels)
        return CNN_ERROR_ARGUMENT;
    cnn_status status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    if (status != CNN_OK)
        return status;
    cnn_erf(kernels, input->elements, input->data, output->data);
    return CNN_OK;
}

static double error_function(double x, const double p[2]) {
    (void)p;
    return erf(x);
}

cnn_status cnn_run_Erf(cnn_call *call) {
    if (call->inputs[0]->type == CNN_TYPE_FLOAT32)
        return map_by_erf(call);
    return map(call, &(mapping){error_function, NULL, CNN_KERNEL_NO_ACTIVATION, {NONE}});
}

cnn_status cnn_run_Gelu(cnn_call *call) {
    static const char *const words[] = {"none", "tanh", NULL};
    int choice = 0;
    cnn_status status = cnn_attribute_choice(&call->attributes, "approximate", words, &choice);
    if (status != CNN_OK)
        return status;
    return choice ? map(call, &(mapping){gelu_by_tanh, NULL, CNN_KERNEL_NO_ACTIVATION, {NONE}})
                  : map(call, &(mapping){gelu, NULL, CNN_KERNEL_GELU, {NONE}});
}

static int64_t complement(int64_t x) {
    return ~x;
}

cnn_status cnn_run_BitwiseNot(cnn_call *call) {
    const cnn_type type = call->inputs[0]->type;
    if (cnn_type_is_real(type) || type == CNN_TYPE_BOOL)
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "it is given %s, expected integers",
                             cnn_array_describe(call->inputs[0]).text);
    return map_integers(call, complement); /* the bits of an uint64 come back as they are */
}
