/* Resizing of feature maps: nearest neighbour and bilinear, with ONNX's rules for where an output lies among the
 * inputs. Positions are float32 numbers, as in other tools: what is nearest hangs on their last bits. */
#include "ops/resize2d.h"

#include "base/text.h"
#include "ops/window.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MAX_SIZE = 1 << 22 }; /* of an axis: up to there its scale is exact enough in float32 */

static const char *const modes[] = {"nearest", "linear", NULL};
static const char *const coordinates[] = {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
                                          NULL};
static const char *const roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL};

static const cnn_field fields[] = {
    CNN_FIELD("mode", CNN_FIELD_CHOICE, resize2d.mode, .positional = true, .choices = modes, .onnx = "mode"),
    CNN_FIELD("scale", CNN_FIELD_REAL_PAIR, resize2d.scale, .onnx = "scales", .onnx_input = 2),
    CNN_FIELD("size", CNN_FIELD_PAIR, resize2d.size),
    CNN_FIELD("coordinates", CNN_FIELD_CHOICE, resize2d.coordinates, .choices = coordinates,
              .onnx = "coordinate_transformation_mode"),
    CNN_FIELD("rounding", CNN_FIELD_CHOICE, resize2d.rounding, .choices = roundings, .onnx = "nearest_mode"),
    {0},
};

/* ---- Shapes ---------------------------------------------------------------------------------------- */

static cnn_status complete(cnn_options *options, cnn_error *error) {
    cnn_resize2d_options *resize = &options->resize2d;
    const bool scaled = resize->scale[0] != 0 || resize->scale[1] != 0, sized = resize->size[0] != 0;
    if (scaled == sized)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "resize needs either a scale or a size");
    resize->size[1] = cnn_or(resize->size[1], resize->size[0]);
    if (resize->scale[1] == 0)
        resize->scale[1] = resize->scale[0];
    for (int axis = 0; axis < 2; axis++)
        if (sized ? resize->size[axis] < 1 || resize->size[axis] > MAX_SIZE
                  : !((float)resize->scale[axis] > 0 && (float)resize->scale[axis] <= (float)MAX_SIZE))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "a resized map must have 1 to %d %s, and its scale must be above 0", MAX_SIZE,
                            axis ? "columns" : "rows");
    return CNN_OK;
}

/* ONNX's rule for the output size, in single precision as its tools compute it. */
static float scaled_size(int64_t input, float scale) {
    return floorf((float)input * scale);
}

/* The float32 number that comes to this size, however exactly a tool multiplies: the quotient, or where that falls
 * short the next one. */
static double scale_to(int64_t input, int64_t size) {
    float scale = (float)size / (float)input;
    while ((double)input * (double)scale < (double)size)
        scale = nextafterf(scale, INFINITY);
    return cnn_shortest(scale);
}

/* A size becomes a scale, so that there is one way to say what the layer does. */
static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    cnn_resize2d_options *resize = &options->resize2d;
    cnn_status status = cnn_window_needs_map("resize", inputs, error);
    if (status != CNN_OK)
        return status;
    *output = *inputs;
    for (int axis = 0; axis < 2; axis++) {
        const int64_t input = inputs->dim[1 + axis];
        if (resize->size[axis] && input <= MAX_SIZE)
            resize->scale[axis] = scale_to(input, resize->size[axis]);
        const float size = scaled_size(input, (float)resize->scale[axis]);
        if (input > MAX_SIZE || size < 1 || size > (float)MAX_SIZE)
            return cnn_fail(error, CNN_ERROR_SHAPE,
                            "resize: %" PRId64 " %s times %g is %g, but must be 1 to %d", input,
                            axis ? "columns" : "rows", resize->scale[axis], (double)size, MAX_SIZE);
        output->dim[1 + axis] = (int64_t)size;
    }
    memset(resize->size, 0, sizeof resize->size);
    return CNN_OK;
}

/* ---- Where outputs lie among inputs ---------------------------------------------------------------- */

/* Where output `at` lies among the inputs along an axis, by ONNX's coordinate_transformation_mode. */
static float position(const cnn_resize2d_options *resize, int axis, cnn_resize2d_axis sizes, int64_t at) {
    const float scale = (float)resize->scale[axis], i = (float)at;
    switch (resize->coordinates) {
    case CNN_COORDINATES_ASYMMETRIC:
        return i / scale;
    case CNN_COORDINATES_ALIGN_CORNERS:
        return sizes.output == 1 ? 0 : i * (float)(sizes.input - 1) / (float)(sizes.output - 1);
    case CNN_COORDINATES_PYTORCH_HALF_PIXEL:
        if (sizes.output == 1)
            return 0;
        break;
    case CNN_COORDINATES_HALF_PIXEL:
        break;
    }
    return (i + 0.5f) / scale - 0.5f;
}

/* ONNX's nearest_mode. */
static float rounded(cnn_rounding rounding, float x) {
    switch (rounding) {
    case CNN_ROUNDING_FLOOR:
        return floorf(x);
    case CNN_ROUNDING_CEIL:
        return ceilf(x);
    case CNN_ROUNDING_PREFER_CEIL:
        return floorf(x + 0.5f);
    case CNN_ROUNDING_PREFER_FLOOR:
        break;
    }
    return ceilf(x - 0.5f);
}

static int64_t clamped(float x, int64_t size) {
    return x <= 0 ? 0 : x >= (float)(size - 1) ? size - 1 : (int64_t)x;
}

int64_t cnn_resize2d_nearest(const cnn_resize2d_options *resize, int axis, cnn_resize2d_axis sizes,
                             int64_t at) {
    return clamped(rounded(resize->rounding, position(resize, axis, sizes, at)), sizes.input);
}

cnn_resize2d_taps cnn_resize2d_taps_of(const cnn_resize2d_options *resize, int axis, cnn_resize2d_axis sizes,
                                       int64_t at) {
    const int64_t size = sizes.input;
    const float x = fminf(fmaxf(position(resize, axis, sizes, at), 0), (float)(size - 1));
    const int64_t first = clamped(floorf(x), size);
    const float behind = x - (float)first;
    return (cnn_resize2d_taps){{first, first + 1 < size ? first + 1 : first}, {1 - behind, behind}};
}

static cnn_resize2d_axis sizes_of(const cnn_step *step, int axis) {
    return (cnn_resize2d_axis){step->input_shape[0].dim[1 + axis], step->output_shape.dim[1 + axis]};
}

/* The input that output `at` copies. */
static int64_t nearest(const cnn_step *step, int axis, int64_t at) {
    return cnn_resize2d_nearest(&step->options.resize2d, axis, sizes_of(step, axis), at);
}

static cnn_resize2d_taps taps_of(const cnn_step *step, int axis, int64_t at) {
    return cnn_resize2d_taps_of(&step->options.resize2d, axis, sizes_of(step, axis), at);
}

/* ---- Running --------------------------------------------------------------------------------------- */

/* Where the `channels` floats of a pixel begin. */
static int64_t pixel(const cnn_step *step, int64_t row, int64_t column) {
    return (row * step->input_shape[0].dim[2] + column) * step->input_shape[0].dim[0];
}

/* Bilinear: one output pixel from four input pixels, all channels. */
static void blend(const cnn_step *step, const cnn_resize2d_taps *y, const cnn_resize2d_taps *x,
                  const float *input, float *output) {
    const float *a = input + pixel(step, y->index[0], x->index[0]);
    const float *b = input + pixel(step, y->index[0], x->index[1]);
    const float *c = input + pixel(step, y->index[1], x->index[0]);
    const float *d = input + pixel(step, y->index[1], x->index[1]);
    for (int64_t k = 0; k < step->output_shape.dim[0]; k++)
        output[k] = y->weight[0] * (x->weight[0] * a[k] + x->weight[1] * b[k]) +
                    y->weight[1] * (x->weight[0] * c[k] + x->weight[1] * d[k]);
}

/* Row by row, pixel by pixel; all channels of a pixel are contiguous. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_shape *shape = &step->output_shape;
    const bool linear = step->options.resize2d.mode == CNN_INTERPOLATION_LINEAR;
    const float *input = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *output = cnn_buffer_at(&step->output, place.index, place.worker);
    for (int64_t row = 0; row < shape->dim[1]; row++) {
        const cnn_resize2d_taps y = taps_of(step, 0, row);
        const int64_t near = nearest(step, 0, row);
        for (int64_t column = 0; column < shape->dim[2]; column++, output += shape->dim[0])
            if (linear) {
                const cnn_resize2d_taps x = taps_of(step, 1, column);
                blend(step, &y, &x, input, output);
            } else
                memcpy(output, input + pixel(step, near, nearest(step, 1, column)),
                       (size_t)shape->dim[0] * sizeof *output);
    }
}

/* The transpose of blend: the gradient of one output pixel is added to four input pixels. */
static void spread(const cnn_step *step, const cnn_resize2d_taps *y, const cnn_resize2d_taps *x,
                   const float *dy, float *gradient) {
    for (int corner = 0; corner < 4; corner++) {
        const float weight = y->weight[corner / 2] * x->weight[corner % 2];
        float *dx = gradient + pixel(step, y->index[corner / 2], x->index[corner % 2]);
        for (int64_t k = 0; k < step->output_shape.dim[0]; k++)
            dx[k] += weight * dy[k];
    }
}

/* The transpose of forward: each gradient is added to the inputs that its output came from. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_shape *shape = &step->output_shape;
    const bool linear = step->options.resize2d.mode == CNN_INTERPOLATION_LINEAR;
    if (!step->input_gradient[0].data)
        return;
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    float *dx = cnn_buffer_at(&step->input_gradient[0], place.index, place.worker);
    memset(dx, 0, (size_t)cnn_shape_elements(&step->input_shape[0]) * sizeof *dx);
    for (int64_t row = 0; row < shape->dim[1]; row++) {
        const cnn_resize2d_taps y = taps_of(step, 0, row);
        const int64_t near = nearest(step, 0, row);
        for (int64_t column = 0; column < shape->dim[2]; column++, dy += shape->dim[0])
            if (linear) {
                const cnn_resize2d_taps x = taps_of(step, 1, column);
                spread(step, &y, &x, dy, dx);
            } else
                step->kernels->add(shape->dim[0], dy, dx + pixel(step, near, nearest(step, 1, column)));
    }
}

const cnn_op cnn_op_resize2d = {
    .word = "resize",
    .prefix = "resize",
    .onnx = "Resize",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_inputs = true,
    .forgets_output = true,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
