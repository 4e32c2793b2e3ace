/* Random calls of the kernels for Winograd's convolution. */
#include "kernels/draw.h"

#include "base/memory.h"
#include "support/cmocka.h"

#include <math.h>
#include <stddef.h>

/* The transforms subtract what they add elsewhere, so that absolute values do not tell how far rounding may go. Sums of
 * values below 1.5 with the transforms' factors stay below this, also the largest, of 48 products (the powers 0 .. 5 of points up
 * to 7/4 times 0 .. 3 of points up to 3/2); a wrong factor shows far sooner. */
static const float LARGEST_SUM = 600;
/* The same of nine weights; the factors are below 1. */
static const float LARGEST_WEIGHT_SUM = 9 * 1.5f;

static void fill(float *values, int64_t count, float value) {
    for (int64_t i = 0; i < count; i++)
        values[i] = value;
}

static int64_t draw_height(kernel_case *c) {
    return 2 * kernel_case_between(c, 1, 3);
}

/* Tiles, and an output that ends somewhere in the last of them; an output of the image is `pooled` ones of a tile both ways. */
static void draw_tiles(kernel_case *c, int64_t height, int64_t pooled) {
    cnn_winograd_loop *loop = &c->winograd;
    const int64_t rows = height / pooled, columns = 4 / pooled;
    loop->height = height;
    loop->tile_rows = kernel_case_between(c, 1, 3);
    loop->tile_columns = kernel_case_between(c, 1, 3);
    loop->channels = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 3);
    loop->pixel = loop->channels + CNN_POOLED_BLOCK * kernel_case_between(c, 0, 1);
    loop->tile = loop->channels + CNN_POOLED_BLOCK * kernel_case_between(c, 0, 1);
    loop->plane =
        loop->tile_rows * loop->tile_columns * loop->tile + CNN_POOLED_BLOCK * kernel_case_between(c, 0, 1);
    loop->rows = rows * loop->tile_rows - kernel_case_between(c, 0, rows - 1);
    loop->columns = columns * loop->tile_columns - kernel_case_between(c, 0, columns - 1);
}

static void call_winograd_input(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                bool absolute) {
    if (absolute)
        fill(b[1], c->buffer[1].count, LARGEST_SUM);
    else
        kernels->winograd_input(&c->winograd, b[0], b[1]);
}

void kernel_draw_winograd_input(kernel_case *c) {
    c->call = call_winograd_input;
    c->terms = 1;
    const int64_t height = draw_height(c);
    draw_tiles(c, height, 1);
    const int64_t rows = height * c->winograd.tile_rows + 2, columns = 4 * c->winograd.tile_columns + 2;
    c->winograd.image_row = columns * c->winograd.pixel;
    kernel_case_add_random(c, rows * c->winograd.image_row, false);
    kernel_case_add(c, 6 * (height + 2) * c->winograd.plane, true);
}

static void call_winograd_weights(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                  bool absolute) {
    const cnn_winograd_weights_loop *loop = &c->winograd_weights;
    if (absolute)
        fill(b[1], c->buffer[1].count, LARGEST_WEIGHT_SUM);
    else
        kernels->winograd_weights(loop, b[0] + (loop->tap < 0 ? -8 * loop->tap : 0), b[1]);
}

/* Buffers: weights, in one of the two orders and with the kernels turned around or not; their transforms. */
void kernel_draw_winograd_weights(kernel_case *c) {
    cnn_winograd_weights_loop *loop = &c->winograd_weights;
    const bool inputs_first = kernel_case_between(c, 0, 1), turned_around = kernel_case_between(c, 0, 1);
    c->call = call_winograd_weights;
    loop->height = draw_height(c);
    loop->inputs = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 2);
    loop->outputs = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 2);
    loop->row = loop->outputs;
    loop->plane = loop->inputs * loop->row;
    loop->input_step = inputs_first ? loop->outputs : 1;
    loop->output_step = inputs_first ? 1 : loop->inputs;
    loop->tap = turned_around ? -loop->plane : loop->plane;
    c->terms = 1;
    kernel_case_add_random(c, 9 * loop->plane, false);
    kernel_case_add(c, 6 * (loop->height + 2) * loop->plane, true);
}

static void call_winograd_output_gradient(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                          bool absolute) {
    if (absolute)
        fill(b[1], c->buffer[1].count, LARGEST_SUM);
    else
        kernels->winograd_output_gradient(&c->winograd, b[0], b[1]);
}

void kernel_draw_winograd_output_gradient(kernel_case *c) {
    c->call = call_winograd_output_gradient;
    c->terms = 1;
    draw_tiles(c, 4, 1);
    c->winograd.image_row = c->winograd.columns * c->winograd.pixel;
    kernel_case_add_random(c, c->winograd.rows * c->winograd.image_row, false);
    kernel_case_add(c, 36 * c->winograd.plane, true);
}

static void call_winograd_weight_gradient(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                          bool absolute) {
    if (absolute)
        fill(b[1], c->buffer[1].count, LARGEST_SUM);
    else
        kernels->winograd_weight_gradient(&c->winograd_weights, b[0], b[1]);
}

/* Buffers: gradients by the transforms, gradients by the weights. */
void kernel_draw_winograd_weight_gradient(kernel_case *c) {
    cnn_winograd_weights_loop *loop = &c->winograd_weights;
    c->call = call_winograd_weight_gradient;
    c->terms = 1;
    loop->height = 4;
    loop->inputs = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 2);
    loop->outputs = loop->row = loop->input_step = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 2);
    loop->output_step = 1;
    loop->plane = loop->tap = loop->inputs * loop->row;
    kernel_case_add_random(c, 36 * loop->plane, false);
    kernel_case_add_random(c, 9 * loop->plane, true);
}

/* Buffers: products, bias, output; the bias is left out where the case says so. */
static void draw_output(kernel_case *c, int64_t pooled, int more_flags) {
    const int64_t height = draw_height(c);
    draw_tiles(c, pooled > 1 && height < 4 ? 4 : height, pooled);
    c->flags =
        (kernel_case_between(c, 0, 1) ? CNN_CONV_RELU : 0) | (kernel_case_between(c, 0, 1) ? more_flags : 0);
    c->null = kernel_case_between(c, 0, 3) == 0;
    c->winograd.image_row = c->winograd.columns * c->winograd.pixel;
    c->terms = 1;
    kernel_case_add_random(c, 6 * (c->winograd.height + 2) * c->winograd.plane, false);
    kernel_case_add_random(c, c->winograd.channels, false);
    if (c->flags & CNN_CONV_ADD)
        kernel_case_add_random(c, c->winograd.rows * c->winograd.image_row, true);
    else
        kernel_case_add(c, c->winograd.rows * c->winograd.image_row, true);
}

static void call_winograd_output(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                 bool absolute) {
    if (absolute)
        fill(b[2], c->buffer[2].count, LARGEST_SUM);
    else
        kernels->winograd_output(&c->winograd, b[0], c->null ? NULL : b[1], c->flags, b[2]);
}

void kernel_draw_winograd_output(kernel_case *c) {
    c->call = call_winograd_output;
    draw_output(c, 1, CNN_CONV_ADD);
    c->flags |= kernel_case_between(c, 0, 1) ? CNN_CONV_LIMIT : 0;
    c->winograd.limit = kernel_case_value(c);
}

static void call_winograd_output_pooled(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                        bool absolute) {
    if (absolute) {
        fill(b[2], c->buffer[2].count, LARGEST_SUM);
        if (c->buffers > 3)
            fill(b[3], c->buffer[3].count, 0);
    } else
        kernels->winograd_output_pooled(&c->winograd, b[0], c->null ? NULL : b[1], c->flags, b[2],
                                        c->buffers > 3 ? b[3] : NULL);
}

/* Whether two outputs of one window, or one and zero, are so close that rounding could decide between them. */
static bool has_close_call(const cnn_winograd_loop *loop, const float *y) {
    static const float close = 1e-3f;
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t c = 0; c < loop->channels; c++) {
                const float value = y[row * loop->image_row + column * loop->pixel + c];
                bool found = fabsf(value) < close;
                for (int64_t place = 1; place < 4; place++) {
                    const int64_t other_row = row ^ (place / 2), other_column = column ^ (place % 2);
                    found |= fabsf(value - y[other_row * loop->image_row + other_column * loop->pixel + c]) <
                             close;
                }
                if (found)
                    return true;
            }
    return false;
}

/* The outputs before pooling, by the reference. */
static bool is_close_call(const kernel_case *c) {
    cnn_winograd_loop whole = c->winograd;
    whole.rows *= 2;
    whole.columns *= 2;
    whole.image_row = whole.columns * whole.pixel;
    float *y = cnn_allocate((size_t)(whole.rows * whole.image_row), sizeof *y, "a test", NULL);
    assert_non_null(y);
    cnn_kernels_reference.winograd_output(&whole, c->buffer[0].start, c->null ? NULL : c->buffer[1].start, 0,
                                          y);
    const bool close = has_close_call(&whole, y);
    cnn_free(y);
    return close;
}

void kernel_draw_winograd_output_pooled(kernel_case *c) {
    c->call = call_winograd_output_pooled;
    draw_output(c, 2, 0);
    while (is_close_call(c))
        for (int64_t i = 0; i < c->buffer[0].count; i++)
            c->buffer[0].start[i] = kernel_case_value(c);
    if (kernel_case_between(c, 0, 1)) /* else nobody wants the winners */
        kernel_case_add(c, c->winograd.rows * c->winograd.image_row, true);
}
