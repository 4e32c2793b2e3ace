#include "ops/winograd.h"

#include <stdlib.h>
#include <string.h>

enum { PLANES = 36, TILE = 4, LEAST_CHANNELS = 16 };

static int64_t tiles_along(int64_t size) {
    return (size + TILE - 1) / TILE;
}

static int64_t tiles_of(const cnn_winograd *shape) {
    return tiles_along(shape->rows) * tiles_along(shape->columns);
}

cnn_status cnn_winograd_wanted(bool *wanted, cnn_error *error) {
    const char *word = getenv("CNN_WINOGRAD");
    const bool no = word && !strcmp(word, "0"), yes = !word || !*word || !strcmp(word, "1");
    *wanted = yes;
    if (yes || no)
        return CNN_OK;
    return cnn_fail(
        error, CNN_ERROR_ARGUMENT,
        "CNN_WINOGRAD=%s: expected 0 (convolutions are summed directly) or 1 (by Winograd's algorithm "
        "where it pays)",
        word);
}

bool cnn_winograd_fits(const cnn_winograd *shape) {
    return shape->inputs >= LEAST_CHANNELS && shape->inputs % CNN_POOLED_BLOCK == 0 &&
           shape->outputs >= LEAST_CHANNELS && shape->outputs % CNN_POOLED_BLOCK == 0;
}

int64_t cnn_winograd_patch(int64_t outputs) {
    return tiles_along(outputs) * TILE + 2;
}

int64_t cnn_winograd_weight_floats(const cnn_winograd *shape) {
    return PLANES * shape->inputs * shape->outputs;
}

int64_t cnn_winograd_scratch_floats(const cnn_winograd *shape) {
    return PLANES * tiles_of(shape) * (shape->inputs + shape->outputs);
}

#define NEAR CNN_WINOGRAD_NEAR
#define FAR  CNN_WINOGRAD_FAR

/* G g: three weights of a kernel's row or column into six. */
static void weight_transform(const float g[3], float t[6]) {
    static const float near = (float)NEAR, far = (float)FAR;
    static const float near_scale = (float)(1 / (2 * NEAR * NEAR * (NEAR * NEAR - FAR * FAR)));
    static const float far_scale = (float)(1 / (2 * FAR * FAR * (FAR * FAR - NEAR * NEAR)));
    const float near_even = g[0] + near * near * g[2], far_even = g[0] + far * far * g[2];
    t[0] = g[0]; /* over (NEAR FAR)^2, which is 1 */
    t[1] = near_scale * (near_even + near * g[1]);
    t[2] = near_scale * (near_even - near * g[1]);
    t[3] = far_scale * (far_even + far * g[1]);
    t[4] = far_scale * (far_even - far * g[1]);
    t[5] = g[2];
}

/* One 3x3 kernel, its elements `tap` apart, into 36 values `plane` apart. */
static void transform_kernel(const float *w, int64_t tap, float *transformed, int64_t plane) {
    float half[3][6];
    for (int i = 0; i < 3; i++)
        weight_transform((const float[]){w[3 * i * tap], w[(3 * i + 1) * tap], w[(3 * i + 2) * tap]},
                         half[i]);
    for (int j = 0; j < 6; j++) {
        float t[6];
        weight_transform((const float[]){half[0][j], half[1][j], half[2][j]}, t);
        for (int i = 0; i < 6; i++)
            transformed[(i * 6 + j) * plane] = t[i];
    }
}

void cnn_winograd_weights(const cnn_winograd *shape, const float *w, const cnn_weight_strides *strides,
                          float *transformed) {
    const int64_t plane = shape->inputs * shape->outputs;
    for (int64_t c = 0; c < shape->inputs; c++)
        for (int64_t o = 0; o < shape->outputs; o++)
            transform_kernel(w + c * strides->input + o * strides->output, strides->tap,
                             transformed + c * shape->outputs + o, plane);
}

const float *cnn_winograd_multiply(const cnn_kernels *kernels, const cnn_winograd *shape, const float *x,
                                   int64_t x_row, const float *transformed, float *scratch) {
    static const int64_t no_offset[1] = {0};
    const int64_t tiles = tiles_of(shape);
    float *patches = scratch, *products = scratch + PLANES * tiles * shape->inputs;
    const cnn_winograd_loop input = {.tile_rows = tiles_along(shape->rows),
                                     .tile_columns = tiles_along(shape->columns),
                                     .channels = shape->inputs,
                                     .image_row = x_row};
    const cnn_conv_loop product = {.rows = 1,
                                   .columns = tiles,
                                   .x_column = shape->inputs,
                                   .y_column = shape->outputs,
                                   .taps = 1,
                                   .tap = no_offset,
                                   .inputs = shape->inputs,
                                   .outputs = shape->outputs,
                                   .w_row = shape->outputs};
    kernels->winograd_input(&input, x, patches);
    for (int64_t plane = 0; plane < PLANES; plane++)
        kernels->conv(&product, patches + plane * tiles * shape->inputs,
                      transformed + plane * shape->inputs * shape->outputs, NULL, 0,
                      products + plane * tiles * shape->outputs);
    return products;
}
