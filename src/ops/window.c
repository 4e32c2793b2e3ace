#include "ops/window.h"

#include "base/numbers.h"

#include <inttypes.h>
#include <string.h>

static const char *const axis_names[] = {"height", "width"};
enum { LARGEST = 1 << 20 }; /* of kernel, stride, dilation, padding: products of a few stay within int64 */

static cnn_status check_range(const char *what, const int64_t *values, int count, int64_t min,
                              cnn_error *error) {
    for (int i = 0; i < count; i++)
        if (values[i] < min || values[i] > LARGEST)
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "the %s must be %" PRId64 " to %d, not %" PRId64, what,
                            min, LARGEST, values[i]);
    return CNN_OK;
}

cnn_status cnn_window_check(const cnn_window *window, cnn_error *error) {
    cnn_status status = check_range("kernel size", window->kernel, 2, 1, error);
    if (status == CNN_OK)
        status = check_range("stride", window->stride, 2, 1, error);
    if (status == CNN_OK)
        status = check_range("dilation", window->dilation, 2, 1, error);
    if (status == CNN_OK)
        status = check_range("padding", window->padding, 4, 0, error);
    return status;
}

/* As TensorFlow's SAME: output = ceil(input / stride), an odd zero at the end. */
static void set_same_padding(const cnn_window *window, const cnn_shape *input, int axis) {
    int64_t size = input->dim[1 + axis], stride = window->stride[axis];
    int64_t span = window->dilation[axis] * (window->kernel[axis] - 1) + 1;
    int64_t total = cnn_max(0, (cnn_ceil_div(size, stride) - 1) * stride + span - size);
    window->padding[axis] = total / 2;
    window->padding[2 + axis] = total - total / 2;
}

/* Say which axis is too small and what would fit. */
static cnn_status kernel_too_large(const cnn_window *window, const char *what, const cnn_shape *input,
                                   int axis, cnn_error *error) {
    char text[CNN_SHAPE_TEXT];
    int64_t padded = input->dim[1 + axis] + window->padding[axis] + window->padding[2 + axis];
    int64_t fits = (padded - 1) / window->dilation[axis] + 1;
    return cnn_fail(error, CNN_ERROR_SHAPE,
                    "%s: a kernel of %" PRId64 "x%" PRId64
                    " does not fit the input %s: its %s with padding is %" PRId64 ", so at most %" PRId64
                    " fits there (or use more padding)",
                    what, window->kernel[0], window->kernel[1], cnn_shape_text(input, text), axis_names[axis],
                    padded, fits);
}

cnn_status cnn_window_needs_map(const char *what, const cnn_shape *input, cnn_error *error) {
    char text[CNN_SHAPE_TEXT];
    if (input->rank == 3)
        return CNN_OK;
    return cnn_fail(
        error, CNN_ERROR_SHAPE,
        "%s needs feature maps (channels x height x width), but its input is a flat vector of %s: "
        "put it before flatten",
        what, cnn_shape_text(input, text));
}

cnn_status cnn_window_output(const cnn_window *window, const char *what, const cnn_shape *input,
                             int64_t output[2], cnn_error *error) {
    cnn_status status = cnn_window_needs_map(what, input, error);
    if (status != CNN_OK)
        return status;
    for (int axis = 0; axis < 2; axis++) {
        if (window->same)
            set_same_padding(window, input, axis);
        status = cnn_output_size(input->dim[1 + axis], window->kernel[axis], window->stride[axis],
                                 window->padding[axis], window->padding[2 + axis], window->dilation[axis],
                                 &output[axis], error);
        if (status == CNN_ERROR_SHAPE)
            return kernel_too_large(window, what, input, axis, error);
        if (status != CNN_OK)
            return status;
    }
    return CNN_OK;
}

/* Floats from one pixel of the padded copy to the next. */
static int64_t padded_pixel(const cnn_padded_copy *copy) {
    return copy->pixel ? copy->pixel : copy->channels;
}

bool cnn_is_padded(const cnn_padded_copy *copy) {
    return copy->padded_rows != copy->rows || copy->padded_columns != copy->columns ||
           padded_pixel(copy) != copy->channels;
}

int64_t cnn_padded_floats(const cnn_padded_copy *copy) {
    return cnn_is_padded(copy) ? copy->padded_rows * cnn_padded_row(copy) : 0;
}

int64_t cnn_padded_row(const cnn_padded_copy *copy) {
    return copy->padded_columns * padded_pixel(copy);
}

/* Where row i of the image begins in the padded one. */
static int64_t padded_at(const cnn_padded_copy *copy, int64_t i) {
    return (copy->top + i) * cnn_padded_row(copy) + copy->left * padded_pixel(copy);
}

/* Copy one row of the image into its place within the padded copy. */
static void fill_row(const cnn_padded_copy *copy, const float *image_row, float *padded_row) {
    const int64_t channels = copy->channels, pixel = padded_pixel(copy);
    const bool together = pixel == channels;
    const int64_t pieces = together ? 1 : copy->columns,
                  piece = together ? copy->columns * channels : channels;
    for (int64_t i = 0; i < pieces; i++)
        memcpy(padded_row + i * pixel, image_row + i * channels, (size_t)piece * sizeof *padded_row);
}

const float *cnn_padded_fill_rows(const cnn_padded_copy *copy, const float *image, float *room, int64_t first,
                                  int64_t end) {
    if (!cnn_is_padded(copy))
        return image;
    const int64_t row = copy->columns * copy->channels;
    memset(room + first * cnn_padded_row(copy), 0,
           (size_t)((end - first) * cnn_padded_row(copy)) * sizeof *room);
    for (int64_t i = 0; i < copy->rows; i++)
        if (copy->top + i >= first && copy->top + i < end)
            fill_row(copy, image + i * row, room + padded_at(copy, i));
    return room;
}

const float *cnn_padded_fill(const cnn_padded_copy *copy, const float *image, float *room) {
    return cnn_padded_fill_rows(copy, image, room, 0, copy->padded_rows);
}

void cnn_padded_crop(const cnn_padded_copy *copy, const float *padded, float *image) {
    const int64_t row = copy->columns * copy->channels;
    for (int64_t i = 0; i < copy->rows; i++)
        memcpy(image + i * row, padded + padded_at(copy, i), (size_t)row * sizeof *image);
}
