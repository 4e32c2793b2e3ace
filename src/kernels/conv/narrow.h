/* The kernel conv where its tiles, several positions by two vectors of outputs, would be nearly empty. Both ways form
 *
 *     y[p][o] = start + sum over taps t and inputs i of x[p + tap[t] + i] * w[(t, i)][o]
 *
 * A single position: a vector by a matrix. Every weight is used once, so memory decides: weights are read in the order in which
 * they lie, STREAM_ROWS (8) rows at a time, and the sums are kept in y.
 *
 *     outputs o           0   1   2   3   ...
 *     row i     of w      .   .   .   .        * x[i]
 *     row i + 1 of w      .   .   .   .        * x[i + 1]
 *     ...
 *     row i + 7 of w      .   .   .   .        * x[i + 7]
 *     y                   .   .   .   .        += their sum, one vector of outputs after the other
 *
 * Few outputs: a vector of outputs would hold little, so a vector holds neighbouring inputs instead. VEC inputs of one tap are a
 * unit, the last of a tap may hold fewer; weights are transposed, so that those of a unit and an output lie side by side.
 *
 *     unit u              0                1             2                3
 *     tap                 0                0             1                1
 *     x[p + offset[u]]  | i = 0 .. VEC-1 | i = VEC ..  | i = 0 .. VEC-1 | i = VEC ..  |
 *                         *                *             *                *              element by element
 *     weight[u][o]      | i = 0 .. VEC-1 | i = VEC .. 0| i = 0 .. VEC-1 | i = VEC .. 0|   0 beyond a tap's inputs
 *
 *     y[p][o] = start + vec_sum(the sum over units of these products) */
#ifndef CNN_KERNELS_CONV_NARROW_H
#define CNN_KERNELS_CONV_NARROW_H

#include "base/numbers.h"
#include "kernels/conv/loop.h"
#include "kernels/isa/tile.h"

#include <string.h>

/* ---- A single position ------------------------------------------------------------------------------ */

enum { STREAM_ROWS = 8 }; /* of weights at a time */

/* y[o] += sum over `rows` neighbouring inputs of x * w, at all outputs o. */
TILE_INLINE void stream_run(const float *x, const float *w, int64_t w_row, float *y, int64_t outputs,
                            const int rows) {
    vec value[STREAM_ROWS];
    UNROLL_FOR(r, rows)
        value[r] = vec_set(x[r]);
    int64_t o = 0;
    for (; o + VEC <= outputs; o += VEC) {
        vec sum = vec_load(y + o);
        UNROLL_FOR(r, rows)
            sum = vec_fma(value[r], vec_load(w + r * w_row + o), sum);
        vec_store(y + o, sum);
    }
    if (o == outputs)
        return;
    vec sum = vec_load_part(y + o, outputs - o);
    UNROLL_FOR(r, rows)
        sum = vec_fma(value[r], vec_load_part(w + r * w_row + o, outputs - o), sum);
    vec_store_part(y + o, outputs - o, sum);
}

/* The bounds of all outputs, once their sums are complete. */
static void stream_bound(const cnn_conv_loop *loop, int flags, float *y) {
    const vec lower = lower_bound(flags), upper = upper_bound(flags, loop->limit);
    for (int64_t o = 0; o < loop->outputs; o += VEC) {
        const int64_t count = cnn_min(VEC, loop->outputs - o);
        vec_store_part(y + o, count, vec_min(upper, vec_max(lower, vec_load_part(y + o, count))));
    }
}

/* conv where rows and columns are 1. */
static void conv_position(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                          int flags, float *y) {
    for (int64_t o = 0; o < loop->outputs && !(flags & CNN_CONV_ACCUMULATE); o++)
        y[o] = bias ? bias[o] : 0;
    for (int64_t tap = 0; tap < loop->taps; tap++) {
        const float *from = x + loop->tap[tap];
        int64_t i = 0;
        for (; i + STREAM_ROWS <= loop->inputs; i += STREAM_ROWS, w += STREAM_ROWS * loop->w_row)
            stream_run(from + i, w, loop->w_row, y, loop->outputs, STREAM_ROWS);
        for (; i < loop->inputs; i++, w += loop->w_row)
            stream_run(from + i, w, loop->w_row, y, loop->outputs, 1);
    }
    if (flags & (CNN_CONV_RELU | CNN_CONV_LIMIT))
        stream_bound(loop, flags, y);
}

/* ---- Few outputs ------------------------------------------------------------------------------------- */

enum { DOT_OUTPUTS = 6, DOT_POSITIONS = 8, DOT_UNITS = 32 }; /* upper bounds; a tile has DOT_SUMS sums */

/* Up to DOT_UNITS units, which all positions meet before the next: weight[(unit * outputs + output) * VEC + input]. */
typedef struct dot_tile {
    const cnn_conv_loop *loop;
    int64_t units;
    int64_t offset[DOT_UNITS],
        length[DOT_UNITS]; /* from a position of x to a unit's inputs; how many they are */
    float weight[DOT_UNITS * DOT_OUTPUTS * VEC];
    const float *x, *bias;
    float *y;
    bool begins,
        ends; /* has the loop's first units: begin from the bias; has its last: end with the bounds */
    int flags;
} dot_tile;

/* One output within the bounds. */
static float dot_bounded(const dot_tile *t, float value) {
    if (t->flags & CNN_CONV_RELU && value < 0)
        value = 0;
    return t->flags & CNN_CONV_LIMIT && value > t->loop->limit ? t->loop->limit : value;
}

/* Add a sum to one output, which begins from the bias. */
static void dot_write(const dot_tile *t, float sum, int64_t output, float *y) {
    const bool fresh = t->begins && !(t->flags & CNN_CONV_ACCUMULATE);
    const float start = !fresh ? *y : t->bias ? t->bias[output] : 0;
    *y = t->ends ? dot_bounded(t, start + sum) : start + sum;
}

/* The sums at `positions` neighbouring positions, of which x and y are the first. */
TILE_INLINE void dot_run(const dot_tile *t, const float *x, float *y, const int positions, const int outputs,
                         const bool partial) {
    const int64_t x_column = t->loop->x_column;
    const float *w = t->weight;
    vec sum[DOT_POSITIONS][DOT_OUTPUTS];
    UNROLL_FOR(p, positions)
        UNROLL_FOR(o, outputs)
            sum[p][o] = vec_set(0);
    for (int64_t u = 0; u < t->units; u++, w += outputs * VEC) {
        const float *from = x + t->offset[u];
        UNROLL_LOOP(int p = 0; p < positions; p++, from += x_column) {
            const vec value = vec_keep(partial ? vec_load_part(from, t->length[u]) : vec_load(from));
            UNROLL_FOR(o, outputs)
                sum[p][o] = vec_fma(value, vec_load(w + o * VEC), sum[p][o]);
        }
    }
    UNROLL_FOR(p, positions)
        UNROLL_FOR(o, outputs)
            dot_write(t, vec_sum(sum[p][o]), o, y + p * t->loop->y_column + o);
}

/* All positions, as many at a time as registers have room for the sums of. */
TILE_INLINE void dot_positions(const dot_tile *t, const int outputs, const bool partial) {
    const int at_once = DOT_SUMS / outputs < DOT_POSITIONS ? DOT_SUMS / outputs : DOT_POSITIONS;
    const cnn_conv_loop *loop = t->loop;
    for (int64_t row = 0; row < loop->rows; row++) {
        const float *x = t->x + row * loop->x_row;
        float *y = t->y + row * loop->y_row;
        int64_t column = 0;
        for (; column + at_once <= loop->columns; column += at_once)
            dot_run(t, x + column * loop->x_column, y + column * loop->y_column, at_once, outputs, partial);
        for (; column < loop->columns; column++)
            dot_run(t, x + column * loop->x_column, y + column * loop->y_column, 1, outputs, partial);
    }
}

#define DOT_INSTANCE(outputs)                                                                                \
    static void dot_##outputs(const dot_tile *t) {                                                           \
        if (t->loop->inputs % VEC == 0)                                                                      \
            dot_positions(t, outputs, false);                                                                \
        else                                                                                                 \
            dot_positions(t, outputs, true);                                                                 \
    }
TILE_SIZES_6(DOT_INSTANCE)
#define DOT_ROW(outputs) dot_##outputs,
static void (*const dot_instances[DOT_OUTPUTS])(const dot_tile *) = {TILE_SIZES_6(DOT_ROW)};

/* Unit `number` of the loop becomes the tile's next. */
static void dot_take_unit(dot_tile *t, const float *w, int64_t number) {
    const cnn_conv_loop *loop = t->loop;
    const int64_t in_tap = (loop->inputs + VEC - 1) / VEC, tap = number / in_tap;
    const int64_t first = number % in_tap * VEC, length = cnn_min(VEC, loop->inputs - first);
    const float *from = w + (tap * loop->inputs + first) * loop->w_row;
    float *to = t->weight + t->units * loop->outputs * VEC;
    for (int64_t o = 0; o < loop->outputs; o++)
        for (int64_t i = 0; i < VEC; i++)
            to[o * VEC + i] = i < length ? from[i * loop->w_row + o] : 0;
    t->offset[t->units] = loop->tap[tap] + first;
    t->length[t->units++] = length;
}

/* Vectors of inputs must be at least twice as full as those of outputs, and the sums long enough to pay for adding a
 * vector's elements up. */
static bool has_few_outputs(const cnn_conv_loop *loop) {
    enum { MIN_UNITS = 4 };
    const int64_t units = loop->taps * ((loop->inputs + VEC - 1) / VEC);
    return loop->outputs <= DOT_OUTPUTS && 2 * loop->outputs <= cnn_min(VEC, loop->inputs) &&
           units >= MIN_UNITS;
}

/* conv of few outputs, tile by tile of units. */
static void conv_dot(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias, int flags,
                     float *y) {
    dot_tile tile; /* its weights are written before they are read, and many */
    tile.loop = loop;
    tile.x = x;
    tile.y = y;
    tile.bias = bias;
    tile.flags = flags;
    const int64_t units = loop->taps * ((loop->inputs + VEC - 1) / VEC);
    for (int64_t unit = 0; unit < units;) {
        tile.begins = unit == 0;
        for (tile.units = 0; tile.units < DOT_UNITS && unit < units; unit++)
            dot_take_unit(&tile, w, unit);
        tile.ends = unit == units;
        dot_instances[loop->outputs - 1](&tile);
    }
}

/* ---- Sums that are added to y ------------------------------------------------------------------------ */

typedef void (*narrow_sums)(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                            int flags, float *y);

/* Both keep their sums in y, so what y holds is kept beside, for some outputs of one position after the other. */
static void sum_beside(narrow_sums sums, const cnn_conv_loop *loop, const float *x, const float *w,
                       const float *bias, int flags, float *y) {
    enum { AT_ONCE = 64, BOUNDS = CNN_CONV_RELU | CNN_CONV_LIMIT };
    cnn_conv_loop part = *loop;
    part.rows = part.columns = 1;
    for (int64_t at = 0; at < loop->rows * loop->columns; at++)
        for (int64_t o = 0; o < loop->outputs; o += AT_ONCE) {
            const int64_t row = at / loop->columns, column = at % loop->columns;
            float *to = y + row * loop->y_row + column * loop->y_column + o, before[AT_ONCE];
            part.outputs = cnn_min(AT_ONCE, loop->outputs - o);
            memcpy(before, to, (size_t)part.outputs * sizeof *to);
            sums(&part, x + row * loop->x_row + column * loop->x_column, w + o, bias ? bias + o : NULL,
                 flags & ~(BOUNDS | CNN_CONV_ADD), to);
            for (int64_t i = 0; i < part.outputs; i++)
                to[i] += before[i];
            stream_bound(&part, flags, to);
        }
}

/* The sums, into y or added to it. */
static void narrow_conv(narrow_sums sums, const cnn_conv_loop *loop, const float *x, const float *w,
                        const float *bias, int flags, float *y) {
    if (flags & CNN_CONV_ADD)
        sum_beside(sums, loop, x, w, bias, flags, y);
    else
        sums(loop, x, w, bias, flags, y);
}

#endif
