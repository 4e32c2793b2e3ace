/* The gradients of a 3x3 convolution of stride 1 behind a 2x2 max pooling of stride 2. */
#ifndef CNN_KERNELS_POOLED_LOOP_H
#define CNN_KERNELS_POOLED_LOOP_H

#include "kernels/words.h"

#include <stdint.h>

/* What pooled_weight_gradient reads. */
typedef struct cnn_pooled_maps {
    const float *x, *dy, *winner;
} cnn_pooled_maps;

/* Channels and filters are multiples of CNN_POOLED_BLOCK. */
typedef struct cnn_pooled_loop {
    int64_t rows, columns, filters; /* of the pooled map */
    int64_t channels;               /* of the convolution's input */
    int64_t image_row; /* floats from one of its rows to the next; positions are `channels` apart */
    /* Of the image that comes next, whose first rows are prefetched meanwhile; NULLs: of none. */
    cnn_pooled_maps next;
} cnn_pooled_loop;

enum {
    CNN_POOLED_BLOCK = 16,
    CNN_POOLED_BAND = 4,             /* pooled rows at a time in the gradient of the weights */
    CNN_POOLED_MAX_COLUMNS = 1 << 19 /* the gradient of the weights reckons positions of a band in floats */
};

/* What winograd_output_pooled notes in place of the winner's number where the ReLU is closed. */
static const float cnn_pooled_closed = 4;

/* Floats of scratch memory that both kernels need: a bit for each filter and place of each position's window; for a block of
 * filters a bit, a gradient and a place of each position of a band, and where its windows begin. */
static inline int64_t cnn_pooled_scratch(const cnn_pooled_loop *loop) {
    const int64_t band = CNN_POOLED_BAND * loop->columns + CNN_POOLED_BLOCK;
    const int64_t by_position = 2 * 4 * loop->rows * loop->columns * cnn_words(loop->filters);
    const int64_t by_filter = 2 * CNN_POOLED_BLOCK * cnn_words(band) + (1 + 2 * CNN_POOLED_BLOCK) * band;
    return by_position > by_filter ? by_position : by_filter;
}

/* pooled_input_gradient   dx[2 row + place / 2 + i][2 column + place % 2 + j][c] = the sum of dy * w, for each dy that is not
 *                         zero, at its winner's place unless that is cnn_pooled_closed; w: [c / BLOCK][filter][i][j][c % BLOCK].
 *                         All 2 rows + 2 by 2 columns + 2 positions are written
 * pooled_weight_gradient  dw[filter][i][j][c] += dy * x[2 row + place / 2 + i][2 column + place % 2 + j][c], and
 *                         bias[filter] += dy; places as before. bias may be NULL */
#define CNN_POOLED_KERNELS(X)                                                                                \
    X(pooled_input_gradient, (const cnn_pooled_loop *loop, const float *dy, const float *winner,             \
                              const float *w, float *scratch, float *dx))                                    \
    X(pooled_weight_gradient, (const cnn_pooled_loop *loop, const float *x, const float *dy,                 \
                               const float *winner, float *scratch, float *dw, float *bias))

#endif
