/* Two rows of positions at once: an input that both of them meet is read once. For square kernels of up to MAX_TWO_ROW_TAPS taps
 * a side whose rows are as far apart as their columns, `stride` tap steps. Here 3 taps and stride 1:
 *
 *     row k of x           0      1      2      3         k tap steps on from the tile's first_row; stride + taps rows
 *     position row 0     tap 0  tap 1  tap 2
 *     position row 1            tap 0  tap 1  tap 2
 *
 * Row k thus meets row k - r * stride of the taps of position row r (TAPS_MEET); columns are met as in tile.h. */
#ifndef CNN_KERNELS_DEPTHWISE_TWO_ROWS_H
#define CNN_KERNELS_DEPTHWISE_TWO_ROWS_H

#include "kernels/depthwise/loop.h"
#include "kernels/depthwise/tile.h"
#include "kernels/isa/tile.h"

enum { MAX_TWO_ROW_TAPS = 3 };

/* Row k of those that the two rows of positions meet. */
TILE_INLINE const float *met_row(const depthwise_tile *t, int64_t k) {
    const cnn_depthwise_axis *rows = &t->loop->axis[0];
    return t->at.x + (t->two.first_row + k * rows->tap_step) * rows->x_step;
}

/* A share of what the two rows below need, with row k of those met here: all of it at once would be more than the processor
 * can wait for. */
TILE_INLINE void prefetch_two_rows_below(const depthwise_tile *t, const int k, const int positions,
                                         const int taps, const int stride) {
    const int left = taps - stride; /* rows met here when the inputs below have been prefetched */
    if (!(t->at.flags & CNN_CONV_FAR))
        return;
    if (k < 2 * stride)
        prefetch_inputs_below(t, k, positions, stride);
    UNROLL_FOR(row, 2)
        if (k == 2 * stride + row * (left - 1))
            prefetch_positions_below(t, 2 + row, positions);
}

/* Whether row k meets a row of taps of position row r: of number k - r * stride. */
#define TAPS_MEET(k, r) ((k) >= (r)*stride && (k) - (r)*stride < taps)

/* Forward; all weights stay in registers. */
TILE_INLINE void depthwise_forward_two_rows(const depthwise_tile *t, const int positions, const int taps,
                                            const int stride, const bool partial) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    const int64_t step = axis[1].tap_step * axis[1].x_step;
    unsigned inside = t->columns_inside;
    vec sum[2][DEPTHWISE_POSITIONS], weight[MAX_TWO_ROW_TAPS][MAX_TWO_ROW_TAPS];
    UNROLL_FOR(r, 2)
        depthwise_start(t, sum[r], positions, partial);
    UNROLL_FOR(i, taps)
        UNROLL_FOR(j, taps)
            weight[i][j] = vec_keep(
                channels_load(t->at.w + i * axis[0].w_step + j * axis[1].w_step, t->channels, partial));
    UNROLL_FOR(k, stride + taps)
        if (LIKELY(t->two.rows_inside >> k & 1)) {
            const float *x = met_row(t, k);
            const depthwise_columns columns = depthwise_columns_at(x + t->column * axis[1].x_step, step);
            prefetch_two_rows_below(t, k, positions, taps, stride);
            OPAQUE(inside); /* so that a bit is tested where it is wanted, not all of them ahead */
            UNROLL_FOR(q, (positions - 1) * stride + taps) {
                if (LIKELY(inside >> q & 1)) {
                    const vec value =
                        vec_keep(channels_load(depthwise_column(&columns, q, step), t->channels, partial));
                    UNROLL_FOR(r, 2)
                        UNROLL_FOR(j, taps)
                            if (TAPS_MEET(k, r) && DEPTHWISE_MEETS(q, j))
                                sum[r][(q - j) / stride] =
                                    vec_fma(weight[k - r * stride][j], value, sum[r][(q - j) / stride]);
                }
            }
        }
    UNROLL_FOR(r, 2)
        depthwise_finish(t, sum[r], t->at.y + r * axis[0].y_step, positions, partial);
}

/* The gradient of the weights; all of its sums stay in registers. */
TILE_INLINE void depthwise_gather_two_rows(const depthwise_tile *t, const int positions, const int taps,
                                           const int stride, const bool partial) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    const int64_t step = axis[1].tap_step * axis[1].x_step;
    unsigned inside = t->columns_inside;
    vec gradient[2][DEPTHWISE_POSITIONS], sum[MAX_TWO_ROW_TAPS][MAX_TWO_ROW_TAPS];
    UNROLL_FOR(r, 2)
        UNROLL_FOR(p, positions)
            gradient[r][p] = vec_keep(
                channels_load(t->at.dy + r * axis[0].y_step + p * axis[1].y_step, t->channels, partial));
    UNROLL_FOR(i, taps)
        UNROLL_FOR(j, taps)
            sum[i][j] =
                channels_load(t->at.dw + i * axis[0].w_step + j * axis[1].w_step, t->channels, partial);
    UNROLL_FOR(k, stride + taps)
        if (LIKELY(t->two.rows_inside >> k & 1)) {
            const float *x = met_row(t, k);
            const depthwise_columns columns = depthwise_columns_at(x + t->column * axis[1].x_step, step);
            prefetch_two_rows_below(t, k, positions, taps, stride);
            OPAQUE(inside); /* as above */
            UNROLL_FOR(q, (positions - 1) * stride + taps) {
                if (LIKELY(inside >> q & 1)) {
                    const vec value =
                        vec_keep(channels_load(depthwise_column(&columns, q, step), t->channels, partial));
                    UNROLL_FOR(r, 2)
                        UNROLL_FOR(j, taps)
                            if (TAPS_MEET(k, r) && DEPTHWISE_MEETS(q, j))
                                sum[k - r * stride][j] =
                                    vec_fma(gradient[r][(q - j) / stride], value, sum[k - r * stride][j]);
                }
            }
        }
    UNROLL_FOR(i, taps)
        UNROLL_FOR(j, taps)
            channels_store(t->at.dw + i * axis[0].w_step + j * axis[1].w_step, t->channels, partial,
                           sum[i][j]);
}

#endif
