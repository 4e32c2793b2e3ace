#include "support/oracle_maps.h"

#include <math.h>

/* x[c][row][column], which must exist. */
static double at(const map_run *r, int64_t c, int64_t row, int64_t column) {
    return r->x[(c * r->in->dim[1] + row) * r->in->dim[2] + column];
}

typedef double (*position_function)(const map_run *r, int64_t channel, int64_t row, int64_t column);

static void each_position(const map_run *r, position_function value) {
    double *y = r->y;
    for (int64_t c = 0; c < r->out->dim[0]; c++)
        for (int64_t row = 0; row < r->out->dim[1]; row++)
            for (int64_t column = 0; column < r->out->dim[2]; column++)
                *y++ = value(r, c, row, column);
}

/* ---- Resize -------------------------------------------------------------------------------------------- */

static double position(const map_run *r, int axis, int64_t i) {
    const cnn_resize2d_options *resize = &r->options->resize2d;
    const double inputs = (double)r->in->dim[1 + axis], outputs = (double)r->out->dim[1 + axis];
    const double half_pixel = ((double)i + 0.5) / resize->scale[axis] - 0.5;
    return resize->coordinates == CNN_COORDINATES_ASYMMETRIC ? (double)i / resize->scale[axis]
           : resize->coordinates == CNN_COORDINATES_ALIGN_CORNERS
               ? (double)i * (inputs - 1) / fmax(outputs - 1, 1)
           : resize->coordinates == CNN_COORDINATES_PYTORCH_HALF_PIXEL ? (outputs > 1 ? half_pixel : 0)
                                                                       : half_pixel;
}

/* How much input `k` counts for an output at `x`; `last` is the last input. */
static double share(const cnn_resize2d_options *resize, double x, int64_t k, double last) {
    const double below = floor(x), rest = x - below;
    const bool up = resize->rounding == CNN_ROUNDING_CEIL          ? rest > 0
                    : resize->rounding == CNN_ROUNDING_PREFER_CEIL ? rest >= 0.5
                                                                   : rest > 0.5;
    const double inside = fmin(fmax(x, 0), last);
    if (resize->mode == CNN_INTERPOLATION_LINEAR)
        return fmax(0, 1 - fabs(inside - (double)k));
    return fmin(fmax(below + (resize->rounding != CNN_ROUNDING_FLOOR && up), 0), last) == (double)k;
}

static double resize_value(const map_run *r, int64_t c, int64_t row, int64_t column) {
    const double y = position(r, 0, row), x = position(r, 1, column);
    double sum = 0;
    for (int64_t i = 0; i < r->in->dim[1]; i++)
        for (int64_t j = 0; j < r->in->dim[2]; j++)
            sum += share(&r->options->resize2d, y, i, (double)(r->in->dim[1] - 1)) *
                   share(&r->options->resize2d, x, j, (double)(r->in->dim[2] - 1)) * at(r, c, i, j);
    return sum;
}

void oracle_resize(const map_run *r) {
    each_position(r, resize_value);
}

/* ---- Pad ----------------------------------------------------------------------------------------------- */

static double pad_value(const map_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_pad2d_options *pad = &r->options->pad2d;
    int64_t i[2] = {row - pad->padding[0], column - pad->padding[1]};
    for (int axis = 0; axis < 2; axis++) {
        const int64_t last = r->in->dim[1 + axis] - 1;
        if (pad->mode == CNN_PAD_CONSTANT && (i[axis] < 0 || i[axis] > last))
            return pad->value;
        const int64_t edge = i[axis] < 0 ? 0 : last; /* if it is outside at all */
        if (i[axis] < 0 || i[axis] > last)
            i[axis] = pad->mode == CNN_PAD_EDGE ? edge : 2 * edge - i[axis];
    }
    return at(r, c, i[0], i[1]);
}

void oracle_pad(const map_run *r) {
    each_position(r, pad_value);
}

/* ---- Normalisations ------------------------------------------------------------------------------------ */

void oracle_instance_norm(const map_run *r) {
    const int64_t area = r->in->dim[1] * r->in->dim[2];
    for (int64_t c = 0; c < r->in->dim[0]; c++) {
        const double *x = r->x + c * area;
        double mean = 0, variance = 0;
        for (int64_t k = 0; k < area; k++)
            mean += x[k] / (double)area;
        for (int64_t k = 0; k < area; k++)
            variance += (x[k] - mean) * (x[k] - mean) / (double)area;
        for (int64_t k = 0; k < area; k++)
            r->y[c * area + k] =
                (x[k] - mean) / sqrt(variance + r->options->instance_norm.epsilon) * r->weight[c] +
                r->bias[c];
    }
}

static double lrn_value(const map_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_lrn_options *lrn = &r->options->lrn;
    const int64_t first = c - (lrn->size - 1) / 2;
    double squares = 0;
    for (int64_t k = first; k < first + lrn->size; k++)
        if (k >= 0 && k < r->in->dim[0])
            squares += pow(at(r, k, row, column), 2);
    return at(r, c, row, column) * pow(lrn->bias + lrn->alpha / (double)lrn->size * squares, -lrn->beta);
}

void oracle_lrn(const map_run *r) {
    each_position(r, lrn_value);
}
