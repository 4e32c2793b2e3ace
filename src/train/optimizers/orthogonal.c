#include "train/optimizers/orthogonal.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <math.h>
#include <string.h>

/* With X tall, every step is X <- X (a I + b A + c A^2) of A = X^T X, and all these matrices commute: their product Q
 * is gathered in the size of A, and X is multiplied once at the end. That takes a quarter of the work of the steps on
 * X itself where X has four times as many rows as columns. */
enum { STEPS = 5, PIECE_ROWS = 96, PIECE_COLUMNS = 64 };
static const float step_a = 3.4445f, step_b = -4.7750f, step_c = 2.0315f;
static const double least_norm = 1e-7; /* added to the norm, so that zeros stay zeros */

enum { GRAM, GRAM_SQUARED, STEP, OTHER, PRODUCT }; /* the squares */

int64_t cnn_orthogonal_bytes(int64_t elements, int64_t columns, int threads) {
    return (elements + 5 * columns * columns + threads * PIECE_ROWS * columns) * (int64_t)sizeof(float);
}

cnn_status cnn_orthogonal_make(cnn_orthogonal *o, const cnn_kernels *kernels, cnn_pool *pool,
                               int64_t elements, int64_t columns, cnn_error *error) {
    const size_t square = (size_t)(columns * columns);
    *o = (cnn_orthogonal){
        .kernels = kernels, .pool = pool, .most_elements = elements, .most_columns = columns};
    o->tall = cnn_allocate((size_t)elements, sizeof *o->tall, "Muon's matrices", error);
    o->rows = cnn_allocate((size_t)(pool ? cnn_pool_threads(pool) : 1),
                           (size_t)(PIECE_ROWS * columns) * sizeof *o->rows, "Muon's matrices", error);
    o->squares = cnn_allocate((size_t)cnn_ceil_div(elements, PIECE_ROWS) + 1, sizeof *o->squares,
                              "Muon's matrices", error);
    bool complete = o->tall && o->rows && o->squares;
    for (int i = 0; complete && i < 5; i++) {
        o->square[i] = cnn_allocate(square, sizeof(float), "Muon's matrices", error);
        complete = o->square[i] != NULL;
    }
    return complete ? CNN_OK : CNN_ERROR_MEMORY;
}

void cnn_orthogonal_free(cnn_orthogonal *o) {
    for (int i = 0; i < 5; i++)
        cnn_free(o->square[i]);
    cnn_free(o->squares);
    cnn_free(o->rows);
    cnn_free(o->tall);
    *o = (cnn_orthogonal){0};
}

/* What the pieces of one matrix share. */
typedef struct work {
    cnn_orthogonal *o;
    const cnn_matrix_step *step;
    bool turned;        /* the matrix is wider than tall: `tall` has its columns as rows */
    int64_t n, m;       /* of the tall one: n x m, n >= m */
    const float *x, *w; /* of a product of squares */
    float *y;
    float *result;
} work;

typedef struct range {
    int64_t first, end;
} range;

static range piece_of(int64_t index, int64_t size, int64_t count) {
    return (range){index * size, cnn_min((index + 1) * size, count)};
}

static void run(work *w, cnn_piece piece, int64_t pieces) {
    if (w->o->pool)
        cnn_pool_run(w->o->pool, piece, w, pieces);
    else
        for (int64_t i = 0; i < pieces; i++)
            piece(w, i, 0);
}

/* ---- The matrix, with its momentum ------------------------------------------------------------------- */

/* Some rows of the matrix as it lies; the sum of their squares. */
static void take_rows(void *context, int64_t index, int worker) {
    (void)worker;
    const work *w = context;
    const cnn_matrix_step *step = w->step;
    const range rows = piece_of(index, PIECE_ROWS, step->rows);
    double squares = 0;
    for (int64_t r = rows.first; r < rows.end; r++)
        for (int64_t c = 0; c < step->columns; c++) {
            const int64_t at = r * step->columns + c;
            const float g = step->gradient_scale * step->gradient[at];
            const float m = step->momentum_state[at] = step->momentum * step->momentum_state[at] + g;
            const float value = g + step->momentum * m;
            squares += (double)value * (double)value;
            w->o->tall[w->turned ? c * step->rows + r : at] = value;
        }
    w->o->squares[index] = squares;
}

/* Returns the norm. */
static double take_matrix(work *w) {
    const int64_t pieces = cnn_ceil_div(w->step->rows, PIECE_ROWS);
    double squares = 0;
    run(w, take_rows, pieces);
    for (int64_t i = 0; i < pieces; i++)
        squares += w->o->squares[i];
    return sqrt(squares) + least_norm;
}

/* ---- Products ---------------------------------------------------------------------------------------- */

static const int64_t no_offset[1] = {0};

/* y = x w for `rows` rows of x, which are as long as those of y and w: m. */
static void multiply(const work *w, int64_t rows, const float *x, const float *right, int64_t columns,
                     float *y) {
    const cnn_conv_loop loop = {.rows = 1,
                                .columns = rows,
                                .x_column = w->m,
                                .y_column = w->m,
                                .taps = 1,
                                .tap = no_offset,
                                .inputs = w->m,
                                .outputs = columns,
                                .w_row = w->m};
    w->o->kernels->conv(&loop, x, right, NULL, 0, y);
}

static void product_columns(void *context, int64_t index, int worker) {
    (void)worker;
    const work *w = context;
    const range columns = piece_of(index, PIECE_COLUMNS, w->m);
    multiply(w, w->m, w->x, w->w + columns.first, columns.end - columns.first, w->y + columns.first);
}

/* square[to] = square[x] square[y] */
static void multiply_squares(work *w, int x, int y, int to) {
    w->x = w->o->square[x];
    w->w = w->o->square[y];
    w->y = w->o->square[to];
    run(w, product_columns, cnn_ceil_div(w->m, PIECE_COLUMNS));
}

/* Some columns of X^T X. */
static void gram_columns(void *context, int64_t index, int worker) {
    (void)worker;
    const work *w = context;
    const range columns = piece_of(index, PIECE_COLUMNS, w->m);
    const cnn_conv_loop loop = {.rows = 1,
                                .columns = w->n,
                                .x_column = w->m,
                                .y_column = w->m,
                                .taps = 1,
                                .tap = no_offset,
                                .inputs = w->m,
                                .outputs = columns.end - columns.first,
                                .w_row = w->m};
    w->o->kernels->conv_weights(&loop, w->o->tall, w->o->tall + columns.first, 0,
                                w->o->square[GRAM] + columns.first);
}

/* Some rows of X Q, to where the matrix has them. */
static void result_rows(void *context, int64_t index, int worker) {
    const work *w = context;
    const range rows = piece_of(index, PIECE_ROWS, w->n);
    const int64_t m = w->m;
    float *room =
        w->turned ? w->o->rows + worker * PIECE_ROWS * w->o->most_columns : w->result + rows.first * m;
    multiply(w, rows.end - rows.first, w->o->tall + rows.first * m, w->w, m, room);
    for (int64_t c = 0; w->turned && c < m; c++)
        for (int64_t r = rows.first; r < rows.end; r++)
            w->result[c * w->n + r] = room[(r - rows.first) * m + c];
}

/* ---- The iteration ------------------------------------------------------------------------------------- */

static void swap(cnn_orthogonal *o, int a, int b) {
    float *square = o->square[a];
    o->square[a] = o->square[b];
    o->square[b] = square;
}

/* STEP = a I + b A + c A^2. */
static void make_step(const work *w) {
    float *const *square = w->o->square;
    for (int64_t i = 0; i < w->m * w->m; i++)
        square[STEP][i] = step_b * square[GRAM][i] + step_c * square[GRAM_SQUARED][i];
    for (int64_t i = 0; i < w->m; i++)
        square[STEP][i * (w->m + 1)] += step_a;
}

/* Q gets the step, and A becomes that of the next: (X S)^T (X S) = S A S. */
static void iterate(work *w, int step) {
    multiply_squares(w, GRAM, GRAM, GRAM_SQUARED);
    make_step(w);
    if (step == 0)
        memcpy(w->o->square[PRODUCT], w->o->square[STEP], (size_t)(w->m * w->m) * sizeof(float));
    else {
        multiply_squares(w, PRODUCT, STEP, OTHER);
        swap(w->o, PRODUCT, OTHER);
    }
    if (step == STEPS - 1)
        return;
    multiply_squares(w, STEP, GRAM, OTHER);
    multiply_squares(w, OTHER, STEP, GRAM);
}

static void scale(const work *w, int square, double factor) {
    for (int64_t i = 0; i < w->m * w->m; i++)
        w->o->square[square][i] *= (float)factor;
}

void cnn_orthogonalise(cnn_orthogonal *o, const cnn_matrix_step *step, float *result) {
    const bool turned = step->rows < step->columns;
    work w = {.o = o,
              .step = step,
              .turned = turned,
              .n = turned ? step->columns : step->rows,
              .m = turned ? step->rows : step->columns,
              .result = result};
    const double norm = take_matrix(&w);
    run(&w, gram_columns, cnn_ceil_div(w.m, PIECE_COLUMNS));
    scale(&w, GRAM, 1 / (norm * norm));
    for (int i = 0; i < STEPS; i++)
        iterate(&w, i);
    scale(&w, PRODUCT, step->result_scale / norm);
    w.w = o->square[PRODUCT];
    run(&w, result_rows, cnn_ceil_div(w.n, PIECE_ROWS));
}
