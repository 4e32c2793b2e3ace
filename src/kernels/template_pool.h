/* Pooling over channels-last images, vector by vector of channels. */
#include "kernels/kernels.h"

#define FOR_CHANNELS(c, n, channels)                                                                         \
    for (int64_t c = 0, n; c < (channels) && (n = (channels)-c < VEC ? (channels)-c : VEC) > 0; c += VEC)

static inline vec load_some(const float *from, int64_t count) {
    return count == VEC ? vec_load(from) : vec_load_part(from, count);
}
static inline void store_some(float *to, int64_t count, vec value) {
    if (count == VEC)
        vec_store(to, value);
    else
        vec_store_part(to, count, value);
}

/* The part of a window that lies within the image: kernel rows [top, bottom), columns [left, right), and the
 * image position of kernel element (0, 0), which may lie outside. */
typedef struct pool_window {
    int64_t top, bottom, left, right, row, column;
} pool_window;

static int64_t at_least(int64_t least, int64_t value) {
    return value < least ? least : value;
}

static pool_window pool_window_at(const cnn_pool_loop *loop, int64_t out_row, int64_t out_column) {
    pool_window window = {.row = out_row * loop->stride[0] - loop->pad[0],
                          .column = out_column * loop->stride[1] - loop->pad[1]};
    window.top = at_least(0, -window.row);
    window.left = at_least(0, -window.column);
    window.bottom = at_most(loop->kernel[0], loop->rows - window.row);
    window.right = at_most(loop->kernel[1], loop->columns - window.column);
    return window;
}

/* Float offset of kernel element (i, j) from the image's start. */
static int64_t window_offset(const cnn_pool_loop *loop, const pool_window *window, int64_t i, int64_t j) {
    return ((window->row + i) * loop->columns + window->column + j) * loop->channels;
}

static void max_window(const cnn_pool_loop *loop, const pool_window *window, const float *x, float *y,
                       float *winner) {
    FOR_CHANNELS(c, n, loop->channels) {
        int64_t start = window->top * loop->kernel[1] + window->left;
        vec best = load_some(x + window_offset(loop, window, window->top, window->left) + c, n);
        vec best_number = vec_set((float)start);
        for (int64_t i = window->top; i < window->bottom; i++)
            for (int64_t j = window->left; j < window->right; j++) {
                vec value = load_some(x + window_offset(loop, window, i, j) + c, n);
                vec number = vec_set((float)(i * loop->kernel[1] + j));
                best_number = vec_if_greater(value, best, number, best_number);
                best = vec_if_greater(value, best, value, best);
            }
        store_some(y + c, n, best);
        store_some(winner + c, n, best_number);
    }
}

static void kernel_max_pool(const cnn_pool_loop *loop, const float *x, float *y, float *winner) {
    for (int64_t row = 0; row < loop->out_rows; row++)
        for (int64_t column = 0; column < loop->out_columns; column++) {
            pool_window window = pool_window_at(loop, row, column);
            max_window(loop, &window, x, y, winner);
            y += loop->channels;
            winner += loop->channels;
        }
}

static void clear(int64_t count, float *values) {
    FOR_CHANNELS(c, n, count)
    store_some(values + c, n, vec_set(0));
}

static void max_window_backward(const cnn_pool_loop *loop, const pool_window *window, const float *winner,
                                const float *dy, float *dx) {
    FOR_CHANNELS(c, n, loop->channels) {
        vec number = load_some(winner + c, n), gradient = load_some(dy + c, n);
        for (int64_t i = window->top; i < window->bottom; i++)
            for (int64_t j = window->left; j < window->right; j++) {
                float *to = dx + window_offset(loop, window, i, j) + c;
                vec here = vec_set((float)(i * loop->kernel[1] + j));
                store_some(to, n,
                           vec_add(load_some(to, n), vec_if_equal(number, here, gradient, vec_set(0))));
            }
    }
}

static void kernel_max_pool_backward(const cnn_pool_loop *loop, const float *winner, const float *dy,
                                     float *dx) {
    clear(loop->rows * loop->columns * loop->channels, dx);
    for (int64_t row = 0; row < loop->out_rows; row++)
        for (int64_t column = 0; column < loop->out_columns; column++) {
            pool_window window = pool_window_at(loop, row, column);
            max_window_backward(loop, &window, winner, dy, dx);
            dy += loop->channels;
            winner += loop->channels;
        }
}

/* What the window's sum is divided by. */
static float divisor(const cnn_pool_loop *loop, const pool_window *window) {
    if (loop->count_padding)
        return (float)(loop->kernel[0] * loop->kernel[1]);
    return (float)((window->bottom - window->top) * (window->right - window->left));
}

static void kernel_avg_pool(const cnn_pool_loop *loop, const float *x, float *y) {
    for (int64_t row = 0; row < loop->out_rows; row++)
        for (int64_t column = 0; column < loop->out_columns; column++, y += loop->channels) {
            pool_window window = pool_window_at(loop, row, column);
            vec count = vec_set(divisor(loop, &window));
            FOR_CHANNELS(c, n, loop->channels) {
                vec sum = vec_set(0);
                for (int64_t i = window.top; i < window.bottom; i++)
                    for (int64_t j = window.left; j < window.right; j++)
                        sum = vec_add(sum, load_some(x + window_offset(loop, &window, i, j) + c, n));
                store_some(y + c, n, vec_div(sum, count));
            }
        }
}

static void kernel_avg_pool_backward(const cnn_pool_loop *loop, const float *dy, float *dx) {
    clear(loop->rows * loop->columns * loop->channels, dx);
    for (int64_t row = 0; row < loop->out_rows; row++)
        for (int64_t column = 0; column < loop->out_columns; column++, dy += loop->channels) {
            pool_window window = pool_window_at(loop, row, column);
            vec count = vec_set(divisor(loop, &window));
            FOR_CHANNELS(c, n, loop->channels) {
                vec share = vec_div(load_some(dy + c, n), count);
                for (int64_t i = window.top; i < window.bottom; i++)
                    for (int64_t j = window.left; j < window.right; j++) {
                        float *to = dx + window_offset(loop, &window, i, j) + c;
                        store_some(to, n, vec_add(load_some(to, n), share));
                    }
            }
        }
}
