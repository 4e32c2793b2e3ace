/* A convolution that reads the image itself, not a padded copy: taps beside the image are left out. Along each axis, neighbouring
 * positions that meet the same taps go together: all those in the middle, those at the edges one by one. */
#include "ops/convolution.h"

#include "base/numbers.h"

/* Positions along an axis of the output, and the taps that meet the image at all of them. */
typedef struct edge {
    cnn_range positions, taps;
} edge;

/* Where the first tap of a position lies along an axis of the image, or beside it. */
static int64_t first_input(const cnn_convolution *c, int axis, int64_t position) {
    return position * c->stride[axis] - c->padding[axis];
}

static cnn_range taps_at(const cnn_convolution *c, int axis, int64_t position) {
    const int64_t from = first_input(c, axis, position), left = c->size[axis] - from;
    const int64_t first = from < 0 ? cnn_ceil_div(-from, c->dilation[axis]) : 0;
    const int64_t end = left > 0 ? cnn_min(cnn_ceil_div(left, c->dilation[axis]), c->kernel[axis]) : 0;
    return (cnn_range){first, cnn_max(first, end)};
}

/* The positions from `first` on, before `end`, that meet the same taps. */
static edge next_edge(const cnn_convolution *c, int axis, int64_t first, int64_t end) {
    const int64_t room = c->size[axis] + c->padding[axis] - c->dilation[axis] * (c->kernel[axis] - 1);
    const cnn_range middle = {cnn_ceil_div(c->padding[axis], c->stride[axis]),
                              room > 0 ? cnn_ceil_div(room, c->stride[axis]) : 0};
    const bool is_in = first >= middle.first && first < middle.end;
    return (edge){{first, is_in ? cnn_min(middle.end, end) : first + 1}, taps_at(c, axis, first)};
}

/* A column of positions as a row, which has fuller tiles. */
static void turn_column(cnn_conv_loop *loop) {
    if (loop->columns > 1)
        return;
    *loop = (cnn_conv_loop){.rows = 1,
                            .columns = loop->rows,
                            .x_column = loop->x_row,
                            .y_column = loop->y_row,
                            .taps = loop->taps,
                            .tap = loop->tap,
                            .inputs = loop->inputs,
                            .outputs = loop->outputs,
                            .w_row = loop->w_row,
                            .limit = loop->limit};
}

/* The weights of a block of outputs, and what its sums begin from and end as. */
typedef struct block {
    const float *weights, *bias;
    int flags;
} block;

/* Where rows and columns meet, the sums of a run of taps that follow each other, from tap (row, column) on. */
static void add_run(const cnn_convolution *c, cnn_conv_loop loop, const block *b, const edge axes[2],
                    int64_t row, int64_t column, const float *x, int flags, float *y) {
    const int64_t from_row = first_input(c, 0, axes[0].positions.first) + row * c->dilation[0],
                  from_column = first_input(c, 1, axes[1].positions.first) + column * c->dilation[1];
    const float *image = loop.taps > 0 ? x + (from_row * c->size[1] + from_column) * c->channels : x;
    y += axes[0].positions.first * loop.y_row + axes[1].positions.first * loop.y_column;
    const float *weights = b->weights + (row * c->kernel[1] + column) * loop.inputs * loop.w_row;
    turn_column(&loop);
    c->kernels->conv(&loop, image, weights, flags & CNN_CONV_ACCUMULATE ? NULL : b->bias, flags, y);
}

/* All sums where rows and columns meet: at once if every row of taps is whole, otherwise row by row. */
static void add_rows(const cnn_convolution *c, cnn_conv_loop loop, const block *b, const edge axes[2],
                     const float *x, float *y) {
    enum { BOUNDS = CNN_CONV_RELU | CNN_CONV_LIMIT };
    const cnn_range rows = axes[0].taps, columns = axes[1].taps;
    const int64_t across = columns.end - columns.first, down = across > 0 ? rows.end - rows.first : 0;
    loop.rows = axes[0].positions.end - axes[0].positions.first;
    loop.columns = axes[1].positions.end - axes[1].positions.first;
    loop.taps = down * across;
    if (across == c->kernel[1] || loop.taps == 0) {
        add_run(c, loop, b, axes, rows.first, columns.first, x, b->flags, y);
        return;
    }
    loop.taps = across;
    for (int64_t row = rows.first; row < rows.end; row++) {
        const int begin = row == rows.first ? b->flags : (b->flags & CNN_CONV_FAR) | CNN_CONV_ACCUMULATE;
        const int bounds = row == rows.end - 1 ? b->flags & BOUNDS : 0;
        add_run(c, loop, b, axes, row, columns.first, x, (begin & ~BOUNDS) | bounds, y);
    }
}

void cnn_convolution_sum_inside(const cnn_convolution *c, const cnn_conv_loop *loop, const float *x,
                                const float *w, const float *bias, int flags, float *y) {
    const block b = {w, bias, flags};
    edge axes[2];
    for (int64_t row = c->rows.first; row < c->rows.end; row = axes[0].positions.end) {
        axes[0] = next_edge(c, 0, row, c->rows.end);
        for (int64_t column = 0; column < c->out[1]; column = axes[1].positions.end) {
            axes[1] = next_edge(c, 1, column, c->out[1]);
            add_rows(c, *loop, &b, axes, x, y);
        }
    }
}
