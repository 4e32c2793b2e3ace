#include "arrays/product.h"

#include "base/numbers.h"
#include "kernels/kernels.h"

#include <string.h>

/* Blocks of the second matrix stay in the second-level cache. They do not depend on what is multiplied. */
enum { BLOCK_ROWS = 512, BLOCK_COLUMNS = 64 };
enum { FEW_COLUMNS = 16 }; /* that are turned together: a line of memory of what is written */
/* 256 x 255 x 255 < 2^24: integers up to there are exact in float32. */
enum { EXACT_PRODUCTS = 256 };

cnn_status cnn_multiplier_open(cnn_call *call, cnn_multiplier *multiplier) {
    const cnn_shape shape = cnn_shape_2(BLOCK_ROWS, BLOCK_COLUMNS);
    *multiplier = (cnn_multiplier){.kernels = cnn_kernels_select(call->error)};
    if (!multiplier->kernels)
        return CNN_ERROR_ARGUMENT;
    return cnn_array_new(&multiplier->room, CNN_TYPE_FLOAT32, &shape, call->budget, call->error);
}

void cnn_multiplier_close(cnn_call *call, cnn_multiplier *multiplier) {
    cnn_array_free(&multiplier->room, call->budget);
}

/* Rows of `first`, from `x` on, by a matrix whose rows lie w_row floats apart. */
static void multiply(const cnn_multiplier *multiplier, const cnn_product *p, int64_t inner, int64_t columns,
                     const float *x, const float *w, int64_t w_row, float *y) {
    static const int64_t no_offset[1] = {0};
    const cnn_conv_loop loop = {.rows = 1,
                                .columns = p->rows,
                                .x_column = p->first_row,
                                .y_column = p->columns,
                                .taps = 1,
                                .tap = no_offset,
                                .inputs = inner,
                                .outputs = columns,
                                .w_row = w_row};
    multiplier->kernels->conv(&loop, x, w, NULL, CNN_CONV_ACCUMULATE, y);
}

void cnn_multiply_matrices(const cnn_multiplier *multiplier, const cnn_product *p) {
    float *room = multiplier->room.data;
    for (int64_t column = 0; column < p->columns; column += BLOCK_COLUMNS)
        for (int64_t row = 0; row < p->inner; row += BLOCK_ROWS) {
            const cnn_block block = {p->skipped + row, cnn_min(BLOCK_ROWS, p->inner - row), column,
                                     cnn_min(BLOCK_COLUMNS, p->columns - column)};
            p->pack(p->second, &block, room);
            multiply(multiplier, p, block.rows, block.columns, p->first + row, room, block.columns,
                     p->result + column);
        }
}

void cnn_multiply_integers(const cnn_multiplier *multiplier, const cnn_product *product, int32_t *sums) {
    const int64_t count = product->rows * product->columns;
    for (int64_t row = 0; row < product->inner; row += EXACT_PRODUCTS) {
        cnn_product part = *product;
        part.first += row;
        part.skipped += row;
        part.inner = cnn_min(EXACT_PRODUCTS, product->inner - row);
        memset(part.result, 0, (size_t)count * sizeof *part.result);
        cnn_multiply_matrices(multiplier, &part);
        for (int64_t i = 0; i < count; i++)
            sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)(int32_t)part.result[i]); /* wraps around */
    }
}

void cnn_pack_matrix(const void *matrix, const cnn_block *block, float *to) {
    const cnn_matrix *m = matrix;
    const float *from = m->values + block->row * m->row + block->column * m->column;
    if (m->column == 1) {
        for (int64_t r = 0; r < block->rows; r++)
            memcpy(to + r * block->columns, from + r * m->row, (size_t)block->columns * sizeof *to);
        return;
    }
    for (int64_t first = 0; first < block->columns; first += FEW_COLUMNS) {
        const int64_t end = cnn_min(first + FEW_COLUMNS, block->columns);
        for (int64_t r = 0; r < block->rows; r++)
            for (int64_t c = first; c < end; c++)
                to[r * block->columns + c] = from[r * m->row + c * m->column];
    }
}

/* One row: the second matrix is read as it lies, without a copy of it. */
static bool multiply_row(const cnn_multiplier *multiplier, const cnn_product *p, const cnn_matrix *second) {
    if (p->rows != 1 || (second->column != 1 && second->row != 1))
        return false;
    if (second->column == 1) {
        multiply(multiplier, p, p->inner, p->columns, p->first, second->values, second->row, p->result);
        return true;
    }
    const cnn_product turned = {.rows = p->columns, .first_row = second->column, .columns = 1};
    multiply(multiplier, &turned, p->inner, 1, second->values, p->first, 1, p->result);
    return true;
}

void cnn_multiply_strided(const cnn_multiplier *multiplier, const float *first, const cnn_matrix *second,
                          int64_t rows, int64_t inner, int64_t columns, float *result) {
    const cnn_product p = {.rows = rows,
                           .inner = inner,
                           .columns = columns,
                           .first = first,
                           .first_row = inner,
                           .pack = cnn_pack_matrix,
                           .second = second,
                           .result = result};
    if (!multiply_row(multiplier, &p, second))
        cnn_multiply_matrices(multiplier, &p);
}
