#include "ops/window.h"

#include "base/numbers.h"

#include <string.h>

static const char *const axis_names[] = {"height", "width"};
enum { LARGEST = 1 << 20 }; /* of kernel, stride, dilation, padding: products of a few stay within int64 */

static cnn_status check_range(const char *what, const int64_t *values, int count, int64_t min,
                              cnn_error *error) {
    for (int i = 0; i < count; i++)
        if (values[i] < min || values[i] > LARGEST)
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "the %s must be %lld to %d, not %lld", what,
                            (long long)min, LARGEST, (long long)values[i]);
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

static void set_same_padding(const cnn_window *window, const cnn_shape *input, int axis) {
    int64_t size = input->dim[1 + axis], stride = window->stride[axis];
    int64_t span = window->dilation[axis] * (window->kernel[axis] - 1) + 1;
    int64_t total = cnn_max(0, (cnn_ceil_div(size, stride) - 1) * stride + span - size);
    window->padding[axis] = total / 2;
    window->padding[2 + axis] = total - total / 2;
}

static cnn_status kernel_too_large(const cnn_window *window, const char *what, const cnn_shape *input,
                                   int axis, cnn_error *error) {
    char text[CNN_SHAPE_TEXT];
    int64_t padded = input->dim[1 + axis] + window->padding[axis] + window->padding[2 + axis];
    int64_t fits = (padded - 1) / window->dilation[axis] + 1;
    return cnn_fail(
        error, CNN_ERROR_SHAPE,
        "%s: a kernel of %lldx%lld does not fit the input %s: its %s with padding is %lld, so at most "
        "%lld fits there (or use more padding)",
        what, (long long)window->kernel[0], (long long)window->kernel[1], cnn_shape_text(input, text),
        axis_names[axis], (long long)padded, (long long)fits);
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

static int64_t framed_pixel(const cnn_frame *frame) {
    return frame->pixel ? frame->pixel : frame->channels;
}

bool cnn_is_framed(const cnn_frame *frame) {
    return frame->framed_rows != frame->rows || frame->framed_columns != frame->columns ||
           framed_pixel(frame) != frame->channels;
}

int64_t cnn_frame_floats(const cnn_frame *frame) {
    return cnn_is_framed(frame) ? frame->framed_rows * cnn_frame_row(frame) : 0;
}

int64_t cnn_frame_row(const cnn_frame *frame) {
    return frame->framed_columns * framed_pixel(frame);
}

/* Where row i of the image begins in the framed one. */
static int64_t framed_at(const cnn_frame *frame, int64_t i) {
    return (frame->top + i) * cnn_frame_row(frame) + frame->left * framed_pixel(frame);
}

static void fill_row(const cnn_frame *frame, const float *image_row, float *framed_row) {
    const int64_t channels = frame->channels, pixel = framed_pixel(frame);
    const bool together = pixel == channels;
    const int64_t pieces = together ? 1 : frame->columns,
                  piece = together ? frame->columns * channels : channels;
    for (int64_t i = 0; i < pieces; i++)
        memcpy(framed_row + i * pixel, image_row + i * channels, (size_t)piece * sizeof *framed_row);
}

const float *cnn_frame_fill_rows(const cnn_frame *frame, const float *image, float *room, int64_t first,
                                 int64_t end) {
    if (!cnn_is_framed(frame))
        return image;
    const int64_t row = frame->columns * frame->channels;
    memset(room + first * cnn_frame_row(frame), 0,
           (size_t)((end - first) * cnn_frame_row(frame)) * sizeof *room);
    for (int64_t i = 0; i < frame->rows; i++)
        if (frame->top + i >= first && frame->top + i < end)
            fill_row(frame, image + i * row, room + framed_at(frame, i));
    return room;
}

const float *cnn_frame_fill(const cnn_frame *frame, const float *image, float *room) {
    return cnn_frame_fill_rows(frame, image, room, 0, frame->framed_rows);
}

void cnn_frame_crop(const cnn_frame *frame, const float *framed, float *image) {
    const int64_t row = frame->columns * frame->channels;
    for (int64_t i = 0; i < frame->rows; i++)
        memcpy(image + i * row, framed + framed_at(frame, i), (size_t)row * sizeof *image);
}
