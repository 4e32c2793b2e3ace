/* Random calls of the kernels for Winograd's convolution and for gradients behind a pooling. */
#include "support/kernel_draw.h"

#include "base/memory.h"
#include "support/cmocka.h"

/* Small whole numbers: the transforms' constants are whole too, so that every result is exact. */
static float *add_whole_numbers(kernel_case *c, int64_t count) {
    float *values = kernel_case_add(c, count, false);
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)kernel_case_between(c, -3, 3);
    return values;
}

/* Tiles, and an output that ends somewhere in the last of them; `tile`: its outputs along a tile. */
static void draw_tiles(kernel_case *c, int64_t tile) {
    cnn_winograd_loop *loop = &c->winograd;
    loop->tile_rows = kernel_case_between(c, 1, 3);
    loop->tile_columns = kernel_case_between(c, 1, 3);
    loop->channels = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 3);
    loop->rows = tile * loop->tile_rows - kernel_case_between(c, 0, tile - 1);
    loop->columns = tile * loop->tile_columns - kernel_case_between(c, 0, tile - 1);
}

static int64_t tile_values(const kernel_case *c) {
    return c->winograd.tile_rows * c->winograd.tile_columns * c->winograd.channels;
}

static void call_winograd_input(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                bool absolute) {
    (void)absolute;
    kernels->winograd_input(&c->winograd, b[0], b[1]);
}

void kernel_draw_winograd_input(kernel_case *c) {
    c->call = call_winograd_input;
    draw_tiles(c, 4);
    const int64_t rows = 4 * c->winograd.tile_rows + 2, columns = 4 * c->winograd.tile_columns + 2;
    c->winograd.image_row = columns * c->winograd.channels;
    add_whole_numbers(c, rows * c->winograd.image_row);
    kernel_case_add(c, 36 * tile_values(c), true);
}

/* Buffers: products, bias, output; the bias is left out where the case says so. */
static void draw_output(kernel_case *c, int64_t tile) {
    draw_tiles(c, tile);
    c->flags = kernel_case_between(c, 0, 1) ? CNN_CONV_RELU : 0;
    c->null = kernel_case_between(c, 0, 3) == 0;
    c->winograd.image_row = c->winograd.columns * c->winograd.channels;
    add_whole_numbers(c, 36 * tile_values(c));
    add_whole_numbers(c, c->winograd.channels);
    kernel_case_add(c, c->winograd.rows * c->winograd.image_row, true);
}

static void call_winograd_output(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                 bool absolute) {
    (void)absolute;
    kernels->winograd_output(&c->winograd, b[0], c->null ? NULL : b[1], c->flags, b[2]);
}

void kernel_draw_winograd_output(kernel_case *c) {
    c->call = call_winograd_output;
    draw_output(c, 4);
}

static void call_winograd_output_pooled(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                        bool absolute) {
    (void)absolute;
    kernels->winograd_output_pooled(&c->winograd, b[0], c->null ? NULL : b[1], c->flags, b[2], b[3]);
}

void kernel_draw_winograd_output_pooled(kernel_case *c) {
    c->call = call_winograd_output_pooled;
    draw_output(c, 2);
    kernel_case_add(c, c->winograd.rows * c->winograd.image_row, true);
}

/* ---- Gradients behind a pooling -------------------------------------------------------------------------
 */

static int64_t pooled_values(const kernel_case *c) {
    return c->pooled.rows * c->pooled.columns * c->pooled.filters;
}

static int64_t image_values(const kernel_case *c) {
    return (2 * c->pooled.rows + 2) * c->pooled.image_row;
}

/* Buffers: gradients, four in ten of them zero, and winners. */
static void draw_pooled(kernel_case *c) {
    cnn_pooled_loop *loop = &c->pooled;
    loop->rows = kernel_case_between(c, 1, 5);
    loop->columns = kernel_case_between(c, 1, 5);
    loop->filters = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 3);
    loop->channels = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 4);
    loop->image_row = (2 * loop->columns + 2 + kernel_case_between(c, 0, 2)) * loop->channels;
    c->terms = 4 * loop->filters + loop->rows * loop->columns;
    float *gradient = kernel_case_add_random(c, pooled_values(c), false);
    float *winner = kernel_case_add(c, pooled_values(c), false);
    for (int64_t i = 0; i < pooled_values(c); i++) {
        winner[i] = (float)kernel_case_between(c, 0, 3);
        if (kernel_case_between(c, 1, 10) <= 4)
            gradient[i] = 0;
    }
}

static float *scratch_for(const kernel_case *c) {
    float *scratch = cnn_allocate((size_t)cnn_pooled_scratch(&c->pooled), sizeof *scratch, "scratch", NULL);
    assert_non_null(scratch);
    return scratch;
}

static void call_pooled_input_gradient(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                       bool absolute) {
    (void)absolute;
    float *scratch = scratch_for(c);
    kernels->pooled_input_gradient(&c->pooled, b[0], b[1], b[2], scratch, b[3]);
    cnn_free(scratch);
}

void kernel_draw_pooled_input_gradient(kernel_case *c) {
    c->call = call_pooled_input_gradient;
    draw_pooled(c);
    kernel_case_add_random(c, 9 * c->pooled.filters * c->pooled.channels, false);
    kernel_case_add_random(c, image_values(c), true);
}

static void call_pooled_weight_gradient(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                        bool absolute) {
    (void)absolute;
    float *scratch = scratch_for(c);
    kernels->pooled_weight_gradient(&c->pooled, b[2], b[0], b[1], scratch, b[3]);
    cnn_free(scratch);
}

void kernel_draw_pooled_weight_gradient(kernel_case *c) {
    c->call = call_pooled_weight_gradient;
    draw_pooled(c);
    kernel_case_add_random(c, image_values(c), false);
    kernel_case_add_random(c, 9 * c->pooled.filters * c->pooled.channels, true);
}
