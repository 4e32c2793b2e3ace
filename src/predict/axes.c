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
    int64_t size[CNN_ONNX_PARTS], stride[CNN_ONNX_PARTS];
} walk;

static walk walk_of(const cnn_onnx_view *view) {
    const int64_t strides[CNN_ONNX_PARTS] = {view->size[CNN_ONNX_ROWS] * view->size[CNN_ONNX_COLUMNS],
                                             view->size[CNN_ONNX_COLUMNS], 1};
    walk steps = {{1, 1, 1}, {0, 0, 0}};
    for (int k = 0; k < view->count; k++) {
        const int at = CNN_ONNX_PARTS - view->count + k;
        steps.size[at] = view->size[view->part[k]];
        steps.stride[at] = strides[view->part[k]];
    }
    return steps;
}

/* One image whose elements in C,H,W are `places`. */
static void copy_image(const walk *steps, const float *from, bool back, float *to) {
    for (int64_t i = 0; i < steps->size[0]; i++)
        for (int64_t j = 0; j < steps->size[1]; j++) {
            const int64_t place = i * steps->stride[0] + j * steps->stride[1], stride = steps->stride[2];
            const int64_t first = (i * steps->size[1] + j) * steps->size[2];
            for (int64_t k = 0; k < steps->size[2]; k++)
                if (back)
                    to[first + k] = from[place + k * stride];
                else
                    to[place + k * stride] = from[first + k];
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
