/* One tensor, element by element: activations, and functions of mathematics. */
#include "arrays/elementwise.h"

#include <math.h>

/* `p` are the operator's parameters. */
typedef double (*real_function)(double x, const double p[2]);
typedef int64_t (*integer_function)(int64_t x);

typedef struct parameter {
    const char *name; /* NULL: none */
    double value;     /* the default, then what the node says */
} parameter;

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

/* `integers` is NULL for functions of real numbers alone. */
static cnn_status map(cnn_call *call, real_function reals, integer_function integers,
                      const parameter defaults[2]) {
    const cnn_type type = call->inputs[0]->type;
    double p[2] = {0, 0};
    for (int i = 0; defaults && i < 2 && defaults[i].name; i++) {
        p[i] = defaults[i].value;
        cnn_status status = cnn_attribute_real(&call->attributes, defaults[i].name, &p[i]);
        if (status != CNN_OK)
            return status;
    }
    if (type == CNN_TYPE_FLOAT32 || type == CNN_TYPE_FLOAT64)
        return map_reals(call, reals, p);
    if (integers && type != CNN_TYPE_BOOL && type != CNN_TYPE_UINT64)
        return map_integers(call, integers);
    return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "it is given %s, expected float32",
                         cnn_array_describe(call->inputs[0]).text);
}

/* An operator that is a function of real numbers, without parameters or with one or two. */
#define REALS(name, expression)                                                                              \
    static double name(double x, const double p[2]) {                                                        \
        (void)p;                                                                                             \
        return expression;                                                                                   \
    }                                                                                                        \
    cnn_status cnn_run_##name(cnn_call *call) {                                                              \
        return map(call, name, NULL, NULL);                                                                  \
    }
#define PARAMETERS(name, expression, ...)                                                                    \
    static double name(double x, const double p[2]) {                                                        \
        return expression;                                                                                   \
    }                                                                                                        \
    cnn_status cnn_run_##name(cnn_call *call) {                                                              \
        return map(call, name, NULL, (const parameter[2]){__VA_ARGS__});                                     \
    }
#define NUMBERS(name, expression, integers)                                                                  \
    static double name(double x, const double p[2]) {                                                        \
        (void)p;                                                                                             \
        return expression;                                                                                   \
    }                                                                                                        \
    static int64_t name##_of_integer(int64_t x) {                                                            \
        return integers;                                                                                     \
    }                                                                                                        \
    cnn_status cnn_run_##name(cnn_call *call) {                                                              \
        return map(call, name, name##_of_integer, NULL);                                                     \
    }

static double limit(double x, double min, double max) {
    return x < min ? min : x > max ? max : x;
}

static double softplus(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

NUMBERS(Abs, fabs(x), (int64_t)(x < 0 ? 0 - (uint64_t)x : (uint64_t)x))
NUMBERS(Neg, -x, (int64_t)(0 - (uint64_t)x))
NUMBERS(Relu, x < 0 ? 0 : x, x < 0 ? 0 : x)
NUMBERS(Sign, x > 0 ? 1 : x < 0 ? -1 : x, (x > 0) - (x < 0))
REALS(Ceil, ceil(x))
REALS(Floor, floor(x))
REALS(Round, rint(x)) /* halves to even ones, as the processor rounds */
REALS(Reciprocal, 1 / x)
REALS(Sin, sin(x))
REALS(Cos, cos(x))
REALS(Tan, tan(x))
REALS(Asin, asin(x))
REALS(Acos, acos(x))
REALS(Atan, atan(x))
REALS(Sinh, sinh(x))
REALS(Cosh, cosh(x))
REALS(Asinh, asinh(x))
REALS(Acosh, acosh(x))
REALS(Atanh, atanh(x))
REALS(Erf, erf(x))
REALS(Exp, exp(x))
REALS(Log, log(x))
REALS(Sqrt, sqrt(x))
REALS(Sigmoid, 1 / (1 + exp(-x)))
REALS(Tanh, tanh(x))
REALS(Softplus, softplus(x))
REALS(Softsign, x / (1 + fabs(x)))
REALS(HardSwish, x *limit(x / 6 + 0.5, 0, 1))
REALS(Mish, x *tanh(softplus(x)))
PARAMETERS(Celu, x < 0 ? p[0] * expm1(x / p[0]) : x, {"alpha", 1})
PARAMETERS(Shrink, x<-p[1] ? x + p[0] : x> p[1] ? x - p[0] : 0, {"bias", 0}, {"lambd", 0.5})
PARAMETERS(Swish, x / (1 + exp(-p[0] * x)), {"alpha", 1})
PARAMETERS(LeakyRelu, x < 0 ? p[0] * x : x, {"alpha", 0.01})
PARAMETERS(Elu, x < 0 ? p[0] * expm1(x) : x, {"alpha", 1})
PARAMETERS(Selu, p[1] * (x > 0 ? x : p[0] * expm1(x)), {"alpha", 1.67326319217681884765625},
           {"gamma", 1.05070102214813232421875})
PARAMETERS(HardSigmoid, limit(p[0] * x + p[1], 0, 1), {"alpha", 0.2}, {"beta", 0.5})
PARAMETERS(ThresholdedRelu, x > p[0] ? x : 0, {"alpha", 1})

/* ---- What is none of these ------------------------------------------------------------------------- */

static double gelu(double x, const double p[2]) {
    (void)p;
    return x / 2 * (1 + erf(x / sqrt(2)));
}

static double gelu_by_tanh(double x, const double p[2]) {
    (void)p;
    return x / 2 * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
}

cnn_status cnn_run_Gelu(cnn_call *call) {
    static const char *const words[] = {"none", "tanh", NULL};
    int choice = 0;
    cnn_status status = cnn_attribute_choice(&call->attributes, "approximate", words, &choice);
    return status == CNN_OK ? map(call, choice ? gelu_by_tanh : gelu, NULL, NULL) : status;
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
