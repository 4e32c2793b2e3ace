/* Random calls of sums in bfloat16, which have to agree with the reference bit for bit. */
#include "kernels/bf16/number.h"
#include "kernels/draw.h"
#include "kernels/draw_conv.h"
#include "support/guarded.h"

/* The floats that were drawn for a buffer become pairs of numbers. */
static void pair_up(kernel_case *c, int buffer) {
    float *value = c->buffer[buffer].start;
    for (int64_t i = 0; i < c->buffer[buffer].count; i++)
        if (!guarded_is_untouched(value[i]))
            value[i] = cnn_bf16_pair(value[i], kernel_case_value(c));
}

static void call_bf16_conv(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                           bool absolute) {
    const cnn_conv_loop loop = kernel_case_conv_loop(c);
    kernels->bf16_conv(&loop, b[0] + c->first_position, b[1], c->null ? NULL : b[2],
                       kernel_case_conv_flags(c, absolute), b[3]);
}

/* Whether the outputs become pairs, which take half the room in each row of them: what they are added to has to be pairs, too. */
static bool gives_pairs(kernel_case *c) {
    return !(c->flags & CNN_CONV_ACCUMULATE) && kernel_case_flip(c);
}

void kernel_draw_bf16_conv(kernel_case *c) {
    kernel_draw_conv(c);
    pair_up(c, 0);
    pair_up(c, 1);
    c->terms = 0;
    if (c->conv.outputs % 2 == 0 && gives_pairs(c)) {
        c->flags |= CNN_CONV_PAIRS;
        pair_up(c, 3);
    }
    c->call = call_bf16_conv;
}

static void call_bf16_round(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                            bool absolute) {
    (void)absolute;
    kernels->bf16_round(c->count, c->step, b[0], b[1]);
}

void kernel_draw_bf16_round(kernel_case *c) {
    c->call = call_bf16_round;
    c->count = kernel_case_size(c, 33);
    c->step = kernel_case_size(c, 131);
    kernel_case_add_random(c, c->count * c->step, false);
    kernel_case_add(c, c->count * ((c->step + 1) / 2), true);
}

static void call_bf16_widen(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                            bool absolute) {
    (void)absolute;
    kernels->bf16_widen(c->count, b[0], b[1]);
}

void kernel_draw_bf16_widen(kernel_case *c) {
    c->call = call_bf16_widen;
    c->count = kernel_case_size(c, 131);
    kernel_case_add_random(c, (c->count + 1) / 2, false);
    pair_up(c, 0);
    kernel_case_add(c, c->count, true);
}

static void call_bf16_pair(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                           bool absolute) {
    (void)absolute;
    kernels->bf16_pair(c->count, c->conv.columns, c->step, c->null ? NULL : b[0], c->in_place ? NULL : b[1],
                       b[2]);
}

/* Either side may be left out. */
void kernel_draw_bf16_pair(kernel_case *c) {
    c->call = call_bf16_pair;
    c->count = kernel_case_size(c, 9);
    c->conv.columns = kernel_case_size(c, 131);
    c->step = c->conv.columns + kernel_case_between(c, 0, 3);
    c->null = kernel_case_between(c, 0, 3) == 0;
    c->in_place = kernel_case_between(c, 0, 3) == 0;
    kernel_case_add_random(c, c->count * c->step, false);
    kernel_case_add_random(c, c->count * c->step, false);
    kernel_case_add(c, c->count * c->conv.columns, true);
}

static void call_bf16_conv_weights(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                   bool absolute) {
    (void)absolute;
    const cnn_conv_loop loop = kernel_case_conv_loop(c);
    kernels->bf16_conv_weights(&loop, b[0] + c->first_position, b[1], c->flags, b[2]);
}

void kernel_draw_bf16_conv_weights(kernel_case *c) {
    kernel_draw_conv_weights(c);
    pair_up(c, 0);
    pair_up(c, 1);
    c->terms = 0;
    c->call = call_bf16_conv_weights;
}

/* Tiles of 2x2, and an output that ends somewhere in the last of them. */
static void draw_tiles(kernel_case *c) {
    cnn_winograd_loop *loop = &c->winograd;
    loop->tile_rows = kernel_case_between(c, 1, 3);
    loop->tile_columns = kernel_case_between(c, 1, 4);
    loop->channels = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 3);
    loop->pixel = loop->channels + CNN_POOLED_BLOCK * kernel_case_between(c, 0, 1);
    loop->tile = loop->channels + CNN_POOLED_BLOCK * kernel_case_between(c, 0, 1);
    loop->plane =
        loop->tile_rows * loop->tile_columns * loop->tile + CNN_POOLED_BLOCK * kernel_case_between(c, 0, 1);
    loop->rows = 2 * loop->tile_rows - kernel_case_between(c, 0, 1);
    loop->columns = 2 * loop->tile_columns - kernel_case_between(c, 0, 1);
}

static void call_bf16_winograd_input(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                     bool absolute) {
    (void)absolute;
    kernels->bf16_winograd_input(&c->winograd, b[0], b[1]);
}

void kernel_draw_bf16_winograd_input(kernel_case *c) {
    c->call = call_bf16_winograd_input;
    draw_tiles(c);
    c->winograd.image_row = (2 * c->winograd.tile_columns + 2) * c->winograd.pixel;
    kernel_case_add_random(c, (2 * c->winograd.tile_rows + 2) * c->winograd.image_row, false);
    kernel_case_add(c, 16 * c->winograd.plane, true);
}

static void call_bf16_winograd_output(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                      bool absolute) {
    (void)absolute;
    kernels->bf16_winograd_output(&c->winograd, b[0], c->null ? NULL : b[1], c->flags, b[2]);
}

void kernel_draw_bf16_winograd_output(kernel_case *c) {
    c->call = call_bf16_winograd_output;
    c->flags = (int)kernel_case_between(c, 0, 3) * CNN_CONV_RELU + (kernel_case_flip(c) ? CNN_CONV_ADD : 0);
    c->null = kernel_case_flip(c);
    draw_tiles(c);
    c->winograd.limit = kernel_case_value(c);
    if (gives_pairs(c)) {
        c->flags |= CNN_CONV_PAIRS;
        c->winograd.pixel /= 2;
    }
    c->winograd.image_row = c->winograd.columns * c->winograd.pixel;
    kernel_case_add_random(c, 16 * c->winograd.plane, false);
    kernel_case_add_random(c, c->winograd.channels, false);
    kernel_case_add_random(c, c->winograd.rows * c->winograd.image_row, true);
    if (c->flags & CNN_CONV_PAIRS)
        pair_up(c, 2);
}
