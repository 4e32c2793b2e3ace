/* Products of matrices by the project's kernels: what MatMul, Gemm, convolutions and recurrent layers take their time
 * with. */
#ifndef CNN_ARRAYS_PRODUCT_H
#define CNN_ARRAYS_PRODUCT_H

#include "arrays/call.h"

/* A block of the second matrix, `rows` x `columns` from (row, column) on, to `to`, whose rows lie without a gap. */
typedef struct cnn_block {
    int64_t row, rows, column, columns;
} cnn_block;
typedef void (*cnn_packer)(const void *second, const cnn_block *block, float *to);

/* result += first x second; rows x inner, inner x columns. */
typedef struct cnn_product {
    int64_t rows, inner, columns;
    const float *first; /* row-major; rows lie first_row floats apart */
    int64_t first_row;
    cnn_packer pack;    /* gives the second matrix, block by block */
    const void *second; /* its context */
    int64_t skipped;    /* rows of the second matrix before those that are multiplied */
    float *result;      /* row-major, rows without a gap */
} cnn_product;

/* Kernels, and room for a block. */
typedef struct cnn_multiplier {
    const struct cnn_kernels *kernels;
    cnn_array room;
} cnn_multiplier;

/* Close it with the same call, also after a failure. */
cnn_status cnn_multiplier_open(cnn_call *call, cnn_multiplier *multiplier);
void cnn_multiplier_close(cnn_call *call, cnn_multiplier *multiplier);
void cnn_multiply_matrices(const cnn_multiplier *multiplier, const cnn_product *product);

/* The same of integers: sums += first x second. All values lie within -255 and 255, so that sums of 256 products are exact
 * in float32; `result` is room for them. */
void cnn_multiply_integers(const cnn_multiplier *multiplier, const cnn_product *product, int32_t *sums);

/* A matrix within an array, as the context of cnn_pack_matrix: how far its rows and its columns lie apart. */
typedef struct cnn_matrix {
    const float *values;
    int64_t row, column;
} cnn_matrix;
void cnn_pack_matrix(const void *matrix, const cnn_block *block, float *to);

/* result += first x second, whatever the strides of the second one are; the first one is row-major without gaps. */
void cnn_multiply_strided(const cnn_multiplier *multiplier, const float *first, const cnn_matrix *second,
                          int64_t rows, int64_t inner, int64_t columns, float *result);

#endif
