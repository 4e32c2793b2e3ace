/* Two arrays met value by value. */
#ifndef CNN_KERNELS_PAIR_TEMPLATE_H
#define CNN_KERNELS_PAIR_TEMPLATE_H

#include "kernels/isa/tile.h"
#include "kernels/pair/loop.h"

/* The value of a pair, and its derivatives by a and by b times dy. Where both are as large, a wins. */
#define PAIR(name, value, by_a, by_b)                                                                        \
    static inline vec pair_##name(vec a, vec b) {                                                            \
        return value;                                                                                        \
    }                                                                                                        \
    static inline vec pair_##name##_by_a(vec a, vec b, vec dy) {                                             \
        (void)a, (void)b;                                                                                    \
        return by_a;                                                                                         \
    }                                                                                                        \
    static inline vec pair_##name##_by_b(vec a, vec b, vec dy) {                                             \
        (void)a, (void)b;                                                                                    \
        return by_b;                                                                                         \
    }

PAIR(mul, vec_mul(a, b), vec_mul(dy, b), vec_mul(dy, a))
PAIR(sub, vec_sub(a, b), dy, vec_sub(vec_set(0), dy))
PAIR(div, vec_div(a, b), vec_div(dy, b), vec_sub(vec_set(0), vec_div(vec_mul(dy, vec_div(a, b)), b)))
PAIR(max, vec_if_greater(b, a, b, a), vec_if_greater(b, a, vec_set(0), dy),
     vec_if_greater(b, a, dy, vec_set(0)))
PAIR(min, vec_if_greater(a, b, b, a), vec_if_greater(a, b, vec_set(0), dy),
     vec_if_greater(a, b, dy, vec_set(0)))

#undef PAIR

/* Some columns of a row, or the one value that it is. */
static inline vec pair_side(bool single, const float *row, int64_t c, int64_t n) {
    return single ? vec_set(*row) : load_some(row + c, n);
}

#define PAIR_FORWARD(KIND, name)                                                                             \
    case KIND:                                                                                               \
        FOR_CHANNELS(c, n, loop->columns)                                                                    \
            store_some(                                                                                      \
                y + c, n,                                                                                    \
                pair_##name(pair_side(loop->single[0], a, c, n), pair_side(loop->single[1], b, c, n)));      \
        break;

static void kernel_pair(const cnn_pair_loop *loop, const float *a, const float *b, float *y) {
    for (int64_t row = 0; row < loop->rows; row++, a += loop->row[0], b += loop->row[1], y += loop->columns)
        switch (loop->kind) {
            CNN_KERNEL_PAIRS(PAIR_FORWARD)
        case CNN_KERNEL_NO_PAIR:
            break;
        }
}

#define PAIR_BACKWARD(KIND, name)                                                                            \
    case KIND:                                                                                               \
        FOR_CHANNELS(c, n, loop->columns) {                                                                  \
            const vec first = pair_side(loop->single[0], a, c, n),                                           \
                      second = pair_side(loop->single[1], b, c, n), gradient = load_some(dy + c, n);         \
            store_some(dx + c, n,                                                                            \
                       side ? pair_##name##_by_b(first, second, gradient)                                    \
                            : pair_##name##_by_a(first, second, gradient));                                  \
        }                                                                                                    \
        break;

static void kernel_pair_backward(const cnn_pair_loop *loop, int side, const float *a, const float *b,
                                 const float *dy, float *dx) {
    for (int64_t row = 0; row < loop->rows; row++) {
        switch (loop->kind) {
            CNN_KERNEL_PAIRS(PAIR_BACKWARD)
        case CNN_KERNEL_NO_PAIR:
            break;
        }
        a += loop->row[0];
        b += loop->row[1];
        dy += loop->columns;
        dx += loop->columns;
    }
}

#endif
