/* Matrix products that leave out the left factor's zeros, of which a ReLU makes many.
 *
 * A word has a bit for each of some neighbouring values that is not zero; the loop goes from bit to bit, keeps a row of sums in
 * registers and has nothing to decide. Sums are formed in the order of `conv` and `conv_weights`, and what is left out would
 * not have changed them, so that the results are the same bits. */
#ifndef CNN_KERNELS_SPARSE_TEMPLATE_H
#define CNN_KERNELS_SPARSE_TEMPLATE_H

#include "base/numbers.h"
#include "kernels/isa/tile.h"
#include "kernels/sparse/loop.h"
#include "kernels/words.h"

/* So many rows of the right factor, as wide as the sums, stay in the first-level cache while the whole left factor passes. */
enum { SPARSE_VECTORS = 8, SPARSE_ROWS = CNN_WORD_BITS };

/* Positions lie too far apart for the processor to prefetch the next ones by itself: it is done so many ahead. */
enum { AHEAD = 4 };

/* Which of `count` neighbouring inputs of a position are not zero. */
static uint64_t some_inputs(const float *x, int64_t count, int64_t x_column) {
    uint64_t some = 0;
    for (int64_t i = 0; i < count; i += VEC) {
        __builtin_prefetch(x + AHEAD * x_column + i);
        some |= (uint64_t)vec_unequal_bits(load_some(x + i, cnn_min(VEC, count - i)), vec_set(0)) << i;
    }
    return some;
}

/* One row of the product, or what some values of the left factor's row give of it. */
typedef struct sparse_sum {
    uint64_t some;       /* bit k: value k is not zero */
    const float *values; /* up to SPARSE_ROWS, which meet as many rows of the right factor */
    const float *right;
    int64_t right_row;  /* floats from one of its rows to the next */
    const float *start; /* NULL: from 0 */
    float *y;
    int64_t last; /* elements in the last vector */
    int flags;    /* bounds */
    float limit;
} sparse_sum;

/* One row of sums, bit by bit. */
TILE_INLINE void sparse_run(const sparse_sum *s, const int vectors, const bool partial) {
    const vec lower = lower_bound(s->flags), upper = upper_bound(s->flags, s->limit);
    vec sum[SPARSE_VECTORS];
    UNROLL_FOR(v, vectors)
        sum[v] = s->start ? tile_load(s->start, v, vectors, partial, s->last) : vec_set(0);
    for (uint64_t left = s->some; left; left &= left - 1) {
        const int64_t k = __builtin_ctzll(left);
        const vec value = vec_set(s->values[k]);
        const float *row = s->right + k * s->right_row;
        UNROLL_FOR(v, vectors)
            sum[v] = vec_fma(value, tile_load(row, v, vectors, partial, s->last), sum[v]);
    }
    UNROLL_FOR(v, vectors)
        tile_store(s->y, v, vectors, partial, s->last, vec_min(upper, vec_max(lower, sum[v])));
}

#define SPARSE_SIZES(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#define SPARSE_INSTANCES(vectors)                                                                            \
    static void sparse_##vectors##_partial(const sparse_sum *s) {                                            \
        sparse_run(s, vectors, true);                                                                        \
    }                                                                                                        \
    static void sparse_##vectors##_whole(const sparse_sum *s) {                                              \
        sparse_run(s, vectors, false);                                                                       \
    }
SPARSE_SIZES(SPARSE_INSTANCES)

typedef void (*sparse_instance)(const sparse_sum *);
#define SPARSE_ROW(vectors) {sparse_##vectors##_partial, sparse_##vectors##_whole},
static const sparse_instance sparse_instances[SPARSE_VECTORS][2] = {SPARSE_SIZES(SPARSE_ROW)};

/* A block of outputs that sums have registers for: its first, its vectors, the elements of the last of them. */
typedef struct sparse_block {
    int64_t first, vectors, last;
} sparse_block;

/* As wide as registers allow. */
static sparse_block sparse_block_at(int64_t first, int64_t outputs) {
    const int64_t width = cnn_min(SPARSE_VECTORS * VEC, outputs - first), vectors = (width + VEC - 1) / VEC;
    return (sparse_block){first, vectors, width - (vectors - 1) * VEC};
}

/* The function for blocks of that size. */
static sparse_instance sparse_instance_of(const sparse_block *block) {
    return sparse_instances[block->vectors - 1][block->last == VEC];
}

/* ---- sparse: a row of the left factor is a position ------------------------------------------------- */

/* The rows of the right factor that the next part of the left factor wants. They are prefetched evenly: beside each of
 * `positions` SPARSE_ROWS more become due, and that many positions make a row. */
typedef struct sparse_ahead {
    const float *row;
    int64_t row_step, outputs;
    int64_t positions, due;
} sparse_ahead;

/* What became due beside one position. */
static void prefetch_rows(sparse_ahead *ahead) {
    for (ahead->due += SPARSE_ROWS; ahead->due >= ahead->positions; ahead->due -= ahead->positions) {
        for (int64_t o = 0; o < ahead->outputs; o += LINE)
            __builtin_prefetch(ahead->row + o);
        ahead->row += ahead->row_step;
    }
}

enum { FEW_POSITIONS = 8 }; /* fewer leave whole rows out */

/* The part of the sums that inputs `first` to `end` give. */
static void sparse_inputs(const cnn_conv_loop *loop, const sparse_block *block, int64_t first, int64_t end,
                          const float *x, sparse_sum sum) {
    const sparse_instance run = sparse_instance_of(block);
    const bool from_y = first > 0 || sum.flags & CNN_CONV_ACCUMULATE;
    sparse_ahead ahead = {.row = sum.right + SPARSE_ROWS * sum.right_row,
                          .row_step = sum.right_row,
                          .outputs = loop->columns < FEW_POSITIONS ? 0 : block->vectors * VEC,
                          .positions = loop->columns};
    sum.last = block->last;
    sum.flags = end == loop->inputs ? sum.flags : 0;
    for (int64_t column = 0; column < loop->columns; column++, x += loop->x_column, sum.y += loop->y_column) {
        prefetch_rows(&ahead);
        sum.values = x + first;
        sum.some = some_inputs(sum.values, end - first, loop->x_column);
        if (from_y)
            sum.start = sum.y;
        run(&sum);
    }
}

static void kernel_sparse(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                          int flags, float *y) {
    for (int64_t o = 0; o < loop->outputs; o += SPARSE_VECTORS * VEC) {
        const sparse_block block = sparse_block_at(o, loop->outputs);
        for (int64_t first = 0; first < loop->inputs; first += SPARSE_ROWS) {
            const sparse_sum sum = {.right = w + first * loop->w_row + o,
                                    .right_row = loop->w_row,
                                    .start = bias ? bias + o : NULL,
                                    .y = y + o,
                                    .flags = flags,
                                    .limit = loop->limit};
            sparse_inputs(loop, &block, first, cnn_min(loop->inputs, first + SPARSE_ROWS), x, sum);
        }
    }
}

/* ---- sparse_weights: a row of the left factor is an input, its values are those at positions --------- */

/* Up to VEC neighbouring inputs at up to SPARSE_ROWS positions. */
typedef struct sparse_transposed {
    uint64_t some[VEC];
    float values[VEC][SPARSE_ROWS];
} sparse_transposed;

/* Transpose up to VEC inputs of `count` positions. */
static void transpose_inputs(const cnn_conv_loop *loop, int64_t count, int64_t inputs, const float *x,
                             sparse_transposed *transposed) {
    for (int64_t i = 0; i < inputs; i++)
        transposed->some[i] = 0;
    for (int64_t first = 0; first < count; first += VEC) {
        vec values[VEC];
        for (int64_t p = 0; p < VEC; p++)
            __builtin_prefetch(x + (first + p) * loop->x_column + VEC);
        for (int64_t p = 0; p < VEC; p++)
            values[p] = first + p < count ? load_some(x + (first + p) * loop->x_column, inputs) : vec_set(0);
        vec_transpose(values);
        for (int64_t i = 0; i < inputs; i++) {
            vec_store(transposed->values[i] + first, values[i]);
            transposed->some[i] |= (uint64_t)vec_unequal_bits(values[i], vec_set(0)) << first;
        }
    }
}

/* The part of the sums of one block of outputs that positions `first` to `end` give. */
static void sparse_positions(const cnn_conv_loop *loop, const sparse_block *block, int64_t first, int64_t end,
                             const float *x, const float *dy, int flags, float *dw) {
    const sparse_instance run = sparse_instance_of(block);
    sparse_transposed transposed;
    sparse_sum sum = {.right = dy + first * loop->y_column + block->first,
                      .right_row = loop->y_column,
                      .last = block->last};
    for (int64_t begin = 0; begin < loop->inputs; begin += VEC) {
        const int64_t inputs = cnn_min(VEC, loop->inputs - begin);
        transpose_inputs(loop, end - first, inputs, x + first * loop->x_column + begin, &transposed);
        for (int64_t i = 0; i < inputs; i++) {
            sum.some = transposed.some[i];
            sum.values = transposed.values[i];
            sum.y = dw + (begin + i) * loop->w_row + block->first;
            sum.start = first > 0 || flags & CNN_CONV_ACCUMULATE ? sum.y : NULL;
            run(&sum);
        }
    }
}

static void kernel_sparse_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags,
                                  float *dw) {
    for (int64_t o = 0; o < loop->outputs; o += SPARSE_VECTORS * VEC) {
        const sparse_block block = sparse_block_at(o, loop->outputs);
        for (int64_t first = 0; first < loop->columns; first += SPARSE_ROWS)
            sparse_positions(loop, &block, first, cnn_min(loop->columns, first + SPARSE_ROWS), x, dy, flags,
                             dw);
    }
}

/* ---- sparse_gradient: what is not zero is what is wanted ---------------------------------------------- */

/* As many as pointers to them stay in registers. */
enum { DOTS = VEC < 8 ? VEC : 8 };

/* The products of dy with DOTS listed rows of w, not yet summed up. */
static inline void sparse_products(const float *dy, int64_t outputs, const float *w, int64_t w_row,
                                   const int32_t *listed, vec sum[DOTS]) {
    const float *row[DOTS];
    UNROLL_FOR(r, DOTS)
        row[r] = w + listed[r] * w_row;
    UNROLL_FOR(r, DOTS)
        sum[r] = vec_set(0);
    int64_t o = 0;
    for (; o + VEC <= outputs; o += VEC) {
        const vec gradient = vec_keep(vec_load(dy + o));
        UNROLL_FOR(r, DOTS)
            sum[r] = vec_fma(gradient, vec_load(row[r] + o), sum[r]);
    }
    if (o < outputs) {
        const vec gradient = vec_load_part(dy + o, outputs - o);
        UNROLL_FOR(r, DOTS)
            sum[r] = vec_fma(gradient, vec_load_part(row[r] + o, outputs - o), sum[r]);
    }
}

/* The bits' numbers in ascending order, and zeros up to a whole vector of them. Returns how many there are. */
static int64_t list_bits(uint64_t bits, int32_t listed[SPARSE_ROWS + VEC]) {
    int64_t count = 0;
    for (; bits; bits &= bits - 1)
        listed[count++] = (int32_t)__builtin_ctzll(bits);
    for (int64_t e = count; e < count + VEC; e++)
        listed[e] = 0;
    return count;
}

/* The gradients of one position's inputs of which there is some. */
static void sparse_dots(const cnn_conv_loop *loop, uint64_t some, const float *dy, const float *w,
                        float *dx) {
    int32_t listed[SPARSE_ROWS + VEC];
    const int64_t count = list_bits(some, listed);
    for (int64_t e = 0; e < count; e += VEC) {
        const int64_t here = cnn_min(VEC, count - e);
        const int32_t *rows = listed + e;
        vec products[VEC];
        UNROLL_LOOP(int64_t r = 0; r < VEC; r += DOTS)
            if (r < here)
                sparse_products(dy, loop->outputs, w, loop->w_row, rows + r, products + r);
            else
                UNROLL_LOOP(int64_t k = r; k < r + DOTS; k++)
                    products[k] = vec_set(0);
        float sums[VEC];
        vec_store(sums, vec_sums(products));
        for (int64_t r = 0; r < here; r++)
            dx[rows[r]] = sums[r];
    }
}

static void kernel_sparse_gradient(const cnn_conv_loop *loop, const float *x, const float *dy, const float *w,
                                   int64_t dx_column, float *dx) {
    for (int64_t first = 0; first < loop->inputs; first += SPARSE_ROWS) {
        const int64_t count = cnn_min(SPARSE_ROWS, loop->inputs - first);
        for (int64_t column = 0; column < loop->columns; column++) {
            float *to = dx + column * dx_column + first;
            const uint64_t some = some_inputs(x + column * loop->x_column + first, count, loop->x_column);
            for (int64_t i = 0; i < count; i += VEC) {
                __builtin_prefetch(to + AHEAD * dx_column + i, 1);
                store_some(to + i, cnn_min(VEC, count - i), vec_set(0));
            }
            sparse_dots(loop, some, dy + column * loop->y_column, w + first * loop->w_row, to);
        }
    }
}

#endif
