#include "data/resize.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <math.h>
#include <string.h>

enum { WEIGHT_BITS = 22 }; /* fixed point: 8 bits of pixel, 2 bits of room in 32 */

/* One side of a picture: of `inputs` pixels, of which it fills `extent` from `begin` on, it is to have `outputs`. */
typedef struct axis {
    int64_t inputs, outputs;
    double begin, extent;
} axis;

/* For each output position the inputs it is made of: a run from `first`, `length` long. */
typedef struct filter {
    int64_t taps; /* room for weights of one output position */
    int64_t *first, *length;
    int32_t *weights; /* outputs x taps */
} filter;

static void filter_free(filter *f) {
    cnn_free(f->first);
    cnn_free(f->length);
    cnn_free(f->weights);
}

/* The filter of bilinear interpolation: 1 at 0, falling to 0 at distance 1. */
static double triangle(double x) {
    return fmax(0.0, 1.0 - fabs(x));
}

/* Output position o covers the input around (o + 1/2) x scale, `radius` to each side. */
static void fill_position(filter *f, int64_t o, axis axis, double scale) {
    const int64_t inputs = axis.inputs;
    double radius = fmax(scale, 1.0), centre = axis.begin + ((double)o + 0.5) * scale, sum = 0;
    int64_t first = (int64_t)fmax(centre - radius + 0.5, 0);
    int64_t end = (int64_t)fmin(centre + radius + 0.5, (double)inputs);
    f->first[o] = first;
    f->length[o] = end - first;
    for (int64_t i = first; i < end; i++)
        sum += triangle(((double)i + 0.5 - centre) / radius);
    for (int64_t i = first; i < end; i++) {
        double weight = triangle(((double)i + 0.5 - centre) / radius) / sum;
        f->weights[o * f->taps + i - first] = (int32_t)(weight * (1 << WEIGHT_BITS) + 0.5);
    }
}

/* For each output the inputs that it is made of and their weights; when shrinking the triangle is widened, which is
 * the antialiasing. */
static cnn_status filter_make(filter *f, axis axis, cnn_error *error) {
    const int64_t inputs = axis.inputs, outputs = axis.outputs;
    double scale = axis.extent / (double)outputs;
    int64_t widest = 2 * (int64_t)ceil(fmax(scale, 1.0)) + 1, weights;
    f->taps = cnn_min(widest, inputs);
    if (!cnn_multiply(outputs, f->taps, &weights))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the image's new size is too large");
    f->first = cnn_allocate((size_t)outputs, sizeof *f->first, "resizing", error);
    f->length = cnn_allocate((size_t)outputs, sizeof *f->length, "resizing", error);
    f->weights = cnn_allocate((size_t)weights, sizeof *f->weights, "resizing", error);
    if (!f->first || !f->length || !f->weights)
        return CNN_ERROR_MEMORY;
    for (int64_t o = 0; o < outputs; o++)
        fill_position(f, o, axis, scale);
    return CNN_OK;
}

/* One output position: `inner` neighbouring values, each a weighted sum along the axis. */
static void filter_position(const filter *f, int64_t o, const uint8_t *from, int64_t inner, uint8_t *to) {
    const int32_t *weights = f->weights + o * f->taps;
    from += f->first[o] * inner;
    for (int64_t j = 0; j < inner; j++) {
        int64_t sum = 1 << (WEIGHT_BITS - 1);
        for (int64_t t = 0; t < f->length[o]; t++)
            sum += (int64_t)weights[t] * from[t * inner + j];
        sum >>= WEIGHT_BITS;
        to[j] = (uint8_t)(sum < 255 ? sum : 255);
    }
}

/* Resize the middle axis: outer,inputs,inner -> outer,outputs,inner. Columns are H,W,C; rows are 1,H,WC. */
static cnn_status resize_axis(const uint8_t *from, int64_t outer, axis axis, int64_t inner, uint8_t *to,
                              cnn_error *error) {
    const int64_t inputs = axis.inputs, outputs = axis.outputs;
    if (inputs == outputs) {
        memcpy(to, from, (size_t)(outer * inputs * inner));
        return CNN_OK;
    }
    filter f = {0};
    cnn_status status = filter_make(&f, axis, error);
    for (int64_t i = 0; status == CNN_OK && i < outer; i++)
        for (int64_t o = 0; o < outputs; o++)
            filter_position(&f, o, from + i * inputs * inner, inner, to + (i * outputs + o) * inner);
    filter_free(&f);
    return status;
}

/* A reduced picture may end within its last row or column, which is the first where it was turned since. */
static axis axis_of(int64_t inputs, int64_t outputs, const cnn_image *image, int64_t whole, bool reversed) {
    const double extent = image->reduction ? (double)whole / image->reduction : (double)inputs;
    return (axis){inputs, outputs, reversed ? (double)inputs - extent : 0, extent};
}

cnn_status cnn_resize(const cnn_image *image, int64_t height, int64_t width, uint8_t *to, cnn_error *error) {
    const axis columns = axis_of(image->width, width, image, image->whole_width, image->mirrored),
               rows = axis_of(image->height, height, image, image->whole_height, image->flipped);
    int64_t row, bytes;
    if (image->height == height)
        return resize_axis(image->pixels, image->height, columns, image->channels, to, error);
    if (!cnn_multiply(width, image->channels, &row) || !cnn_multiply(row, image->height, &bytes))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the image's new size is too large");
    uint8_t *narrowed = cnn_allocate((size_t)bytes, 1, "resizing", error);
    if (!narrowed)
        return CNN_ERROR_MEMORY;
    cnn_status status = resize_axis(image->pixels, image->height, columns, image->channels, narrowed, error);
    if (status == CNN_OK)
        status = resize_axis(narrowed, 1, rows, row, to, error);
    cnn_free(narrowed);
    return status;
}
