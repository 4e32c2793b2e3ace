#include "predict/axes.h"

#include <string.h>

cnn_shape cnn_axes_shape(const cnn_onnx_view *view, int64_t images) {
    cnn_shape shape = {.rank = view->rank, .dim = {images}};
    for (int axis = 1; axis < view->rank; axis++)
        shape.dim[axis] = cnn_onnx_view_size(view, axis);
    return shape;
}

/* The file's axes of an image, outermost first, padded with ones in front: sizes, and how far apart neighbours stand in
 * C,H,W. */
typedef struct walk {
    int64_t size[CNN_ONNX_ALL_PARTS], stride[CNN_ONNX_ALL_PARTS];
} walk;

static walk walk_of(const cnn_onnx_view *view) {
    const int64_t columns = view->size[CNN_ONNX_COLUMNS], area = view->size[CNN_ONNX_ROWS] * columns;
    const int64_t strides[CNN_ONNX_ALL_PARTS] = {area, columns, 1, view->size[CNN_ONNX_CHANNELS] * area};
    walk steps = {{1, 1, 1, 1}, {0}};
    for (int k = 0; k < view->count; k++) {
        const int at = CNN_ONNX_ALL_PARTS - view->count + k;
        steps.size[at] = view->size[view->part[k]];
        steps.stride[at] = strides[view->part[k]];
    }
    return steps;
}

/* Along the innermost axis. */
static void copy_row(int64_t count, int64_t stride, const float *from, bool back, float *to) {
    for (int64_t k = 0; k < count; k++)
        if (back)
            to[k] = from[k * stride];
        else
            to[k * stride] = from[k];
}

static void copy_image(const walk *steps, const float *from, bool back, float *to) {
    const int64_t *size = steps->size, *stride = steps->stride;
    int64_t first = 0;
    for (int64_t h = 0; h < size[0]; h++)
        for (int64_t i = 0; i < size[1]; i++)
            for (int64_t j = 0; j < size[2]; j++, first += size[3]) {
                const int64_t place = h * stride[0] + i * stride[1] + j * stride[2];
                copy_row(size[3], stride[3], from + (back ? place : first), back,
                         to + (back ? first : place));
            }
}

static void copy_images(const cnn_onnx_view *view, const float *from, int64_t images, bool back, float *to) {
    const int64_t elements = cnn_onnx_view_elements(view);
    const walk steps = walk_of(view);
    if (cnn_onnx_view_is_in_order(view)) {
        memcpy(to, from, (size_t)(images * elements) * sizeof *to);
        return;
    }
    for (int64_t n = 0; n < images; n++)
        copy_image(&steps, from + n * elements, back, to + n * elements);
}

void cnn_axes_to_network(const cnn_onnx_view *view, const float *from, int64_t images, float *to) {
    copy_images(view, from, images, false, to);
}

void cnn_axes_from_network(const cnn_onnx_view *view, const float *from, int64_t images, float *to) {
    copy_images(view, from, images, true, to);
}
