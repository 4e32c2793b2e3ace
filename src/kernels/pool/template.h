/* Pooling over channels-last images, vector by vector of channels. Windows of 2x2 and 3x3 that lie within the image have
 * instances of their own, in which the loops over a window are unrolled; `size` 0 is any other window. */
#ifndef CNN_KERNELS_POOL_TEMPLATE_H
#define CNN_KERNELS_POOL_TEMPLATE_H

#include "base/numbers.h"
#include "kernels/isa/tile.h"
#include "kernels/pool/loop.h"

#include <string.h>

/* The part of a window that lies within the image: kernel rows [top, bottom), columns [left, right), and the
 * image position of kernel element (0, 0), which may lie outside. */
typedef struct pool_window {
    int64_t top, bottom, left, right, row, column;
} pool_window;

/* How many elements, so far apart, have room in a length. */
static inline int64_t elements_in(int64_t length, int64_t apart) {
    return apart == 1 ? length : cnn_ceil_div(length, apart);
}

/* The window of one output. */
static pool_window pool_window_at(const cnn_pool_loop *loop, int64_t out_row, int64_t out_column) {
    pool_window window = {.row = out_row * loop->stride[0] - loop->pad[0],
                          .column = out_column * loop->stride[1] - loop->pad[1]};
    const int64_t down = loop->dilation[0], right = loop->dilation[1];
    window.top = elements_in(cnn_max(0, -window.row), down);
    window.left = elements_in(cnn_max(0, -window.column), right);
    window.bottom = cnn_min(loop->kernel[0], elements_in(loop->rows - window.row, down));
    window.right = cnn_min(loop->kernel[1], elements_in(loop->columns - window.column, right));
    return window;
}

/* 2 or 3 where that many rows and columns make the whole window, which lies within the image. */
static int whole_size(const cnn_pool_loop *loop, const pool_window *window) {
    const int64_t size = loop->kernel[0];
    const bool whole = window->bottom - window->top == size && window->right - window->left == size;
    return whole && size == loop->kernel[1] && (size == 2 || size == 3) ? (int)size : 0;
}

/* How many windows, from this one of output `column` on, meet the same of their columns: all that lie within the image side by
 * side. */
static int64_t windows_alike(const cnn_pool_loop *loop, const pool_window *window, int64_t column) {
    const int64_t span = (loop->kernel[1] - 1) * loop->dilation[1] + 1;
    const int64_t within = (loop->columns - span - window->column) / loop->stride[1] + 1;
    return window->left > 0 || window->right < loop->kernel[1] ? 1
                                                               : cnn_min(within, loop->out_columns - column);
}

/* One vector of channels at one window. */
typedef struct pool_place {
    const cnn_pool_loop *loop;
    const pool_window *window;
    int64_t channel, count; /* first, and how many: 1 .. VEC */
    int64_t y;              /* floats from the first output on */
} pool_place;

/* Float offset of kernel element (i, j) from the image's start. */
TILE_INLINE int64_t window_offset(const pool_place *p, int64_t i, int64_t j) {
    const cnn_pool_loop *loop = p->loop;
    const int64_t row = p->window->row + i * loop->dilation[0],
                  column = p->window->column + j * loop->dilation[1];
    return (row * loop->columns + column) * loop->channels + p->channel;
}

/* The channels of a place; partial: fewer than a vector. */
TILE_INLINE vec place_load(const pool_place *p, const float *from, const bool partial) {
    return partial ? vec_load_part(from, p->count) : vec_load(from);
}
TILE_INLINE void place_store(const pool_place *p, float *to, const bool partial, vec value) {
    if (partial)
        vec_store_part(to, p->count, value);
    else
        vec_store(to, value);
}

#define FOR_WINDOW(i, j, p, size)                                                                            \
    for (int64_t i = (size) ? 0 : (p)->window->top; i < ((size) ? (size) : (p)->window->bottom); i++)        \
        for (int64_t j = (size) ? 0 : (p)->window->left; j < ((size) ? (size) : (p)->window->right); j++)

/* What is done with a vector: from one or two arrays of outputs' shape and one of inputs' shape. */
typedef struct pool_arrays {
    const float *x, *dy, *chosen;
    float *y, *winner, *dx;
    bool apart; /* windows do not overlap, and nothing has to be added */
} pool_arrays;

/* The maximum and its number, the first of equals. */
TILE_INLINE void max_forward(const pool_place *p, const pool_arrays *at, const int size, const bool partial) {
    const int64_t columns = p->loop->kernel[1], top = size ? 0 : p->window->top,
                  left = size ? 0 : p->window->left;
    vec best = place_load(p, at->x + window_offset(p, top, left), partial);
    vec best_number = vec_set((float)(top * columns + left));
    FOR_WINDOW(i, j, p, size) {
        const vec value = place_load(p, at->x + window_offset(p, i, j), partial);
        best_number =
            vec_if_greater(value, best, vec_set((float)(i * (size ? size : columns) + j)), best_number);
        best = vec_if_greater(value, best, value, best);
    }
    place_store(p, at->y + p->y, partial, best);
    place_store(p, at->winner + p->y, partial, best_number);
}

/* The maximum alone. */
TILE_INLINE void max_values(const pool_place *p, const pool_arrays *at, const int size, const bool partial) {
    vec best = place_load(p, at->x + window_offset(p, size ? 0 : p->window->top, size ? 0 : p->window->left),
                          partial);
    FOR_WINDOW(i, j, p, size)
        best = vec_max(place_load(p, at->x + window_offset(p, i, j), partial), best);
    place_store(p, at->y + p->y, partial, best);
}

/* The window's part of dx, to which other windows add where they overlap. */
TILE_INLINE void pass_back(const pool_place *p, const pool_arrays *at, int64_t offset, vec gradient,
                           const bool partial) {
    float *to = at->dx + offset;
    if (!at->apart)
        gradient = vec_add(place_load(p, to, partial), gradient);
    place_store(p, to, partial, gradient);
}

/* The gradient to the winner, zeros to the others. */
TILE_INLINE void max_backward(const pool_place *p, const pool_arrays *at, const int size,
                              const bool partial) {
    const vec number = place_load(p, at->chosen + p->y, partial),
              gradient = place_load(p, at->dy + p->y, partial);
    const int64_t columns = size ? size : p->loop->kernel[1];
    FOR_WINDOW(i, j, p, size) {
        const vec here = vec_set((float)(i * columns + j));
        pass_back(p, at, window_offset(p, i, j), vec_if_equal(number, here, gradient, vec_set(0)), partial);
    }
}

/* What the window's sum is divided by. */
static float divisor(const cnn_pool_loop *loop, const pool_window *window) {
    if (loop->count_padding)
        return (float)(loop->kernel[0] * loop->kernel[1]);
    return (float)((window->bottom - window->top) * (window->right - window->left));
}

/* The mean. */
TILE_INLINE void avg_forward(const pool_place *p, const pool_arrays *at, const int size, const bool partial) {
    vec sum = vec_set(0);
    FOR_WINDOW(i, j, p, size)
        sum = vec_add(sum, place_load(p, at->x + window_offset(p, i, j), partial));
    place_store(p, at->y + p->y, partial, vec_div(sum, vec_set(divisor(p->loop, p->window))));
}

/* An equal share of the gradient to each element. */
TILE_INLINE void avg_backward(const pool_place *p, const pool_arrays *at, const int size,
                              const bool partial) {
    const vec share = vec_div(place_load(p, at->dy + p->y, partial), vec_set(divisor(p->loop, p->window)));
    FOR_WINDOW(i, j, p, size)
        pass_back(p, at, window_offset(p, i, j), share, partial);
}

/* All channels of a window, and of `count` that are alike. */
#define POOL_WINDOW(pass, size)                                                                              \
    static void pass##_##size(const cnn_pool_loop *loop, pool_window window, int64_t count,                  \
                              const pool_arrays *at, int64_t y) {                                            \
        for (; count > 0; count--, window.column += loop->stride[1], y += loop->channels) {                  \
            pool_place p = {.loop = loop, .window = &window};                                                \
            for (; p.channel + VEC <= loop->channels; p.channel += VEC) {                                    \
                p.y = y + p.channel;                                                                         \
                pass(&p, at, size, false);                                                                   \
            }                                                                                                \
            p.y = y + p.channel;                                                                             \
            p.count = loop->channels - p.channel;                                                            \
            if (p.count)                                                                                     \
                pass(&p, at, size, true);                                                                    \
        }                                                                                                    \
    }
#define POOL_WINDOWS(pass) POOL_WINDOW(pass, 0) POOL_WINDOW(pass, 2) POOL_WINDOW(pass, 3)
POOL_WINDOWS(max_forward)
POOL_WINDOWS(max_values)
POOL_WINDOWS(max_backward)
POOL_WINDOWS(avg_forward)
POOL_WINDOWS(avg_backward)

/* By a window's size, of which 1 has none. */
typedef void (*pool_pass)(const cnn_pool_loop *loop, pool_window window, int64_t count, const pool_arrays *at,
                          int64_t y);
static const pool_pass max_forward_of[] = {max_forward_0, NULL, max_forward_2, max_forward_3};
static const pool_pass max_values_of[] = {max_values_0, NULL, max_values_2, max_values_3};
static const pool_pass max_backward_of[] = {max_backward_0, NULL, max_backward_2, max_backward_3};
static const pool_pass avg_forward_of[] = {avg_forward_0, NULL, avg_forward_2, avg_forward_3};
static const pool_pass avg_backward_of[] = {avg_backward_0, NULL, avg_backward_2, avg_backward_3};

/* All windows, by the instances of their sizes. */
static void pool_windows(const cnn_pool_loop *loop, const pool_arrays *at, const pool_pass passes[]) {
    for (int64_t row = 0, y = 0; row < loop->out_rows; row++)
        for (int64_t column = 0, alike; column < loop->out_columns;
             column += alike, y += alike * loop->channels) {
            const pool_window window = pool_window_at(loop, row, column);
            alike = windows_alike(loop, &window, column);
            passes[whole_size(loop, &window)](loop, window, alike, at, y);
        }
}

static void kernel_max_pool(const cnn_pool_loop *loop, const float *x, float *y, float *winner) {
    pool_windows(loop, &(pool_arrays){.x = x, .y = y, .winner = winner},
                 winner ? max_forward_of : max_values_of);
}

static void kernel_avg_pool(const cnn_pool_loop *loop, const float *x, float *y) {
    pool_windows(loop, &(pool_arrays){.x = x, .y = y}, avg_forward_of);
}

/* Whether the windows, side by side, are the image. */
static bool covers_image(const cnn_pool_loop *loop) {
    return loop->pad[0] == 0 && loop->pad[1] == 0 && loop->dilation[0] == 1 && loop->dilation[1] == 1 &&
           loop->stride[0] == loop->kernel[0] && loop->stride[1] == loop->kernel[1] &&
           loop->out_rows * loop->stride[0] == loop->rows &&
           loop->out_columns * loop->stride[1] == loop->columns;
}

/* Into dx, all of which is written. */
static void pool_back(const cnn_pool_loop *loop, pool_arrays at, const pool_pass passes[]) {
    at.apart = covers_image(loop);
    if (!at.apart)
        memset(at.dx, 0, (size_t)(loop->rows * loop->columns * loop->channels) * sizeof *at.dx);
    pool_windows(loop, &at, passes);
}

static void kernel_max_pool_backward(const cnn_pool_loop *loop, const float *winner, const float *dy,
                                     float *dx) {
    pool_back(loop, (pool_arrays){.chosen = winner, .dy = dy, .dx = dx}, max_backward_of);
}

static void kernel_avg_pool_backward(const cnn_pool_loop *loop, const float *dy, float *dx) {
    pool_back(loop, (pool_arrays){.dy = dy, .dx = dx}, avg_backward_of);
}

#endif
