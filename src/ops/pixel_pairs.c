#include "ops/pixel_pairs.h"

#include "base/numbers.h"

int64_t cnn_input_pixels(const cnn_convolution *c) {
    return c->size[0] * c->size[1];
}
int64_t cnn_output_pixels(const cnn_convolution *c) {
    return c->out[0] * c->out[1];
}

/* Along an axis: where the input is met from a place of the output by an element of the kernel; -1: beside the map. */
static int64_t input_along(const cnn_convolution *c, int axis, int64_t output, int64_t element) {
    const int64_t met = output * c->stride[axis] + element * c->dilation[axis] - c->padding[axis];
    return met < c->size[axis] ? cnn_max(met, -1) : -1;
}

/* The reverse; -1: no place of the output meets the input there. */
static int64_t output_along(const cnn_convolution *c, int axis, int64_t input, int64_t element) {
    const int64_t reach = input + c->padding[axis] - element * c->dilation[axis];
    return reach >= 0 && reach % c->stride[axis] == 0 && reach / c->stride[axis] < c->out[axis]
               ? reach / c->stride[axis]
               : -1;
}

int64_t cnn_input_met(const cnn_convolution *c, int64_t output, int64_t tap) {
    const int64_t row = input_along(c, 0, output / c->out[1], tap / c->kernel[1]);
    const int64_t column = input_along(c, 1, output % c->out[1], tap % c->kernel[1]);
    return row < 0 || column < 0 ? -1 : row * c->size[1] + column;
}

int64_t cnn_output_met(const cnn_convolution *c, int64_t input, int64_t tap) {
    const int64_t row = output_along(c, 0, input / c->size[1], tap / c->kernel[1]);
    const int64_t column = output_along(c, 1, input % c->size[1], tap % c->kernel[1]);
    return row < 0 || column < 0 ? -1 : row * c->out[1] + column;
}

int64_t cnn_pixel_pairs(const cnn_convolution *c) {
    int64_t pairs = 0;
    for (int64_t pixel = 0; pixel < cnn_output_pixels(c); pixel++)
        for (int64_t tap = 0; tap < c->taps; tap++)
            pairs += cnn_input_met(c, pixel, tap) >= 0;
    return pairs;
}

static bool is_used(const cnn_convolution *c, int axis, int64_t element) {
    bool used = false;
    for (int64_t output = 0; output < c->out[axis]; output++)
        used = used || input_along(c, axis, output, element) >= 0;
    return used;
}

cnn_used_taps cnn_taps_used(const cnn_convolution *c) {
    cnn_used_taps used = {0};
    for (int64_t tap = 0; tap < c->taps; tap++)
        if (is_used(c, 0, tap / c->kernel[1]) && is_used(c, 1, tap % c->kernel[1]))
            used.tap[used.count++] = tap;
    return used;
}
