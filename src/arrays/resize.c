/* Resize: one axis after the other, each output a weighted sum of one, two or four inputs. */
#include "arrays/resize.h"

#include "base/memory.h"

#include <math.h>

/* ---- One axis -------------------------------------------------------------------------------------- */

enum { MAX_TAPS = 4 };

/* For each output its inputs and their weights. */
typedef struct taps {
    int64_t index[MAX_TAPS];
    double weight[MAX_TAPS];
    int count;
    bool outside; /* of the input: the extrapolation value */
} taps;

/* Where output `i` lies among the inputs. */
static double position(const cnn_resize *r, const cnn_resize_axis *a, int64_t i) {
    const double input = (double)a->input, output = a->scale * input, at = (double)i;
    switch (r->coordinates) {
    case CNN_RESIZE_ASYMMETRIC:
        return at / a->scale;
    case CNN_RESIZE_ALIGN_CORNERS:
        return a->output == 1 ? 0 : at * (input - 1) / (output - 1);
    case CNN_RESIZE_PYTORCH_HALF_PIXEL:
        return a->output > 1 ? (at + 0.5) / a->scale - 0.5 : 0;
    case CNN_RESIZE_TF_HALF_PIXEL_FOR_NN:
        return (at + 0.5) / a->scale;
    case CNN_RESIZE_TF_CROP:
        return a->output > 1
                   ? a->start * (input - 1) + at * (a->end - a->start) * (input - 1) / (double)(a->output - 1)
                   : 0.5 * (a->start + a->end) * (input - 1);
    case CNN_RESIZE_HALF_PIXEL_SYMMETRIC:
        return input / 2 * (1 - (double)a->output / output) + (at + 0.5) / a->scale - 0.5;
    case CNN_RESIZE_HALF_PIXEL:
        break;
    }
    return (at + 0.5) / a->scale - 0.5;
}

static double nearest(cnn_resize_nearest rule, double x) {
    switch (rule) {
    case CNN_RESIZE_FLOOR:
        return floor(x);
    case CNN_RESIZE_CEIL:
        return ceil(x);
    case CNN_RESIZE_ROUND_PREFER_CEIL:
        return floor(x + 0.5);
    case CNN_RESIZE_ROUND_PREFER_FLOOR:
        break;
    }
    return ceil(x - 0.5);
}

/* Keys' cubic convolution: the weight at a distance of 0 to 2. */
static double cubic(double a, double distance) {
    const double d = fabs(distance);
    if (d <= 1)
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/* To an index; not-a-number (a region may be anything) to the first. */
static int64_t clamp(double x, int64_t size) {
    return !(x > 0) ? 0 : x > (double)(size - 1) ? size - 1 : (int64_t)x;
}

/* With exclude_outside, inputs that do not exist count nothing, and the others more. */
static void exclude(taps *t, const bool missing[MAX_TAPS]) {
    double sum = 0;
    for (int k = 0; k < t->count; k++) {
        t->weight[k] = missing[k] ? 0 : t->weight[k];
        sum += t->weight[k];
    }
    for (int k = 0; k < t->count; k++)
        t->weight[k] /= sum;
}

static taps taps_of(const cnn_resize *r, const cnn_resize_axis *a, int64_t i) {
    const double x = position(r, a, i);
    const double last = (double)(a->input - 1);
    taps t = {.count = (int)r->mode, .outside = r->coordinates == CNN_RESIZE_TF_CROP && (x < 0 || x > last)};
    bool missing[MAX_TAPS];
    const double first = r->mode == CNN_RESIZE_NEAREST  ? nearest(r->nearest, x)
                         : r->mode == CNN_RESIZE_LINEAR ? floor(x)
                                                        : floor(x) - 1;
    for (int k = 0; k < t.count; k++) {
        const double at = first + k;
        missing[k] = at < 0 || at > last;
        t.index[k] = clamp(at, a->input);
        t.weight[k] = r->mode == CNN_RESIZE_NEAREST  ? 1
                      : r->mode == CNN_RESIZE_LINEAR ? 1 - fabs(x - at)
                                                     : cubic(r->cubic_a, x - at);
    }
    if (r->exclude_outside && r->mode == CNN_RESIZE_CUBIC)
        exclude(&t, missing);
    return t;
}

/* ---- All axes -------------------------------------------------------------------------------------- */

/* `behind`: values of the axes behind this one. */
static void resize_line(const taps *t, const float *from, float *to, int64_t behind, float extrapolation) {
    for (int64_t i = 0; i < behind; i++) {
        double sum = 0;
        for (int k = 0; k < t->count; k++)
            sum += t->weight[k] * (double)from[t->index[k] * behind + i];
        to[i] = t->outside ? extrapolation : (float)sum;
    }
}

static void resize_axis(const cnn_resize *r, int axis, const cnn_array *from, cnn_array *to) {
    const cnn_resize_axis *a = &r->axis[axis];
    int64_t before = 1, behind = 1;
    for (int i = 0; i < axis; i++)
        before *= from->shape.dim[i];
    for (int i = axis + 1; i < from->shape.rank; i++)
        behind *= from->shape.dim[i];
    for (int64_t i = 0; i < a->output; i++) {
        const taps t = taps_of(r, a, i);
        for (int64_t b = 0; b < before; b++)
            resize_line(&t, (const float *)from->data + b * a->input * behind,
                        (float *)to->data + (b * a->output + i) * behind, behind, (float)r->extrapolation);
    }
}

/* What is outside on one axis must not be mixed with other values on a later one: the extrapolation value is
 * one number, so a sum with weights that add up to 1 keeps it. */
static cnn_status resize(cnn_call *call, const cnn_resize *r, cnn_array *current) {
    for (int axis = 0; axis < current->shape.rank; axis++) {
        cnn_array next;
        cnn_shape shape = current->shape;
        if (!r->axis[axis].resized)
            continue;
        shape.dim[axis] = r->axis[axis].output;
        cnn_status status = cnn_array_new(&next, CNN_TYPE_FLOAT32, &shape, call->budget, call->error);
        if (status == CNN_OK)
            status = cnn_call_work(call, next.elements, (int64_t)r->mode);
        if (status != CNN_OK) {
            cnn_array_free(&next, call->budget);
            return status;
        }
        if (next.elements > 0)
            resize_axis(r, axis, current, &next);
        cnn_array_free(current, call->budget);
        *current = next;
    }
    return CNN_OK;
}

cnn_status cnn_run_Resize(cnn_call *call) {
    const cnn_array *input;
    cnn_array current = {0};
    cnn_resize r;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK)
        status = cnn_resize_read(call, &r);
    if (status == CNN_OK)
        status = cnn_array_copy(&current, input, call->budget, call->error);
    if (status == CNN_OK)
        status = resize(call, &r, &current);
    if (status == CNN_OK)
        status = cnn_call_work(call, current.elements, 1);
    if (status == CNN_OK)
        call->outputs[0] = current;
    else
        cnn_array_free(&current, call->budget);
    return status;
}

/* What a Resize of operator set 10 was called before. */
cnn_status cnn_run_Upsample(cnn_call *call) {
    if (call->opset > 10)
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "there is no such operator since operator set 10");
    return cnn_run_Resize(call);
}
