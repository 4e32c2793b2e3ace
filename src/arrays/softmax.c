#include "arrays/softmax.h"

#include "arrays/call.h"
#include "arrays/sums.h"
#include "kernels/kernels.h"

#include <math.h>

/* The values that are normalised together: `length` of them, `inner` apart. */
typedef struct runs {
    int64_t outer, length, inner;
} runs;

/* Before operator set 13 all axes from `axis` on are one; since then it is that axis alone. */
static cnn_status read_runs(cnn_call *call, const cnn_shape *shape, runs *r) {
    int axis = 0;
    const bool one_axis = call->opset >= 13;
    cnn_status status = cnn_call_read_axis(call, one_axis ? -1 : 1, shape->rank, !one_axis, &axis);
    *r = (runs){1, 1, 1};
    for (int i = 0; status == CNN_OK && i < shape->rank; i++) {
        int64_t *part = i < axis ? &r->outer : i == axis || !one_axis ? &r->length : &r->inner;
        *part *= shape->dim[i];
    }
    return status;
}

void cnn_softmax_along(const float *from, float *to, int64_t length, int64_t step, bool logarithm) {
    double max = -INFINITY, sum = 0;
    for (int64_t i = 0; i < length; i++)
        max = fmax(max, (double)from[i * step]);
    for (int64_t i = 0; i < length; i++)
        sum += exp((double)from[i * step] - max);
    for (int64_t i = 0; i < length; i++) {
        const double difference = (double)from[i * step] - max;
        to[i * step] = (float)(logarithm ? difference - log(sum) : exp(difference) / sum);
    }
}

/* Values that lie side by side, by the kernel of exp. */
static void softmax_row(const cnn_kernels *kernels, const float *from, float *to, int64_t length) {
    static const cnn_activation_function exponential = {.kind = CNN_KERNEL_EXP};
    const float max = cnn_largest_of(from, length);
    for (int64_t i = 0; i < length; i++)
        to[i] = from[i] - max;
    kernels->activate(&exponential, length, to, to);
    const double sum = cnn_sum_of(to, length);
    const float inverse = (float)(1 / sum);
    for (int64_t i = 0; i < length; i++)
        to[i] *= inverse;
}

static cnn_status run(cnn_call *call, bool logarithm) {
    const cnn_array *input;
    cnn_array *output;
    runs r;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK)
        status = read_runs(call, &input->shape, &r);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    if (status != CNN_OK || input->elements == 0)
        return status;
    const cnn_kernels *kernels = cnn_kernels_select(call->error);
    if (!kernels)
        return CNN_ERROR_ARGUMENT;
    for (int64_t outer = 0; outer < r.outer; outer++)
        for (int64_t inner = 0; inner < r.inner; inner++) {
            const int64_t at = outer * r.length * r.inner + inner;
            const float *from = (const float *)input->data + at;
            float *to = (float *)output->data + at;
            if (r.inner == 1 && !logarithm)
                softmax_row(kernels, from, to, r.length);
            else
                cnn_softmax_along(from, to, r.length, r.inner, logarithm);
        }
    return CNN_OK;
}

cnn_status cnn_run_Softmax(cnn_call *call) {
    return run(call, false);
}

cnn_status cnn_run_LogSoftmax(cnn_call *call) {
    return run(call, true);
}
