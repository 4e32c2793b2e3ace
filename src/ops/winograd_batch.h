/* Winograd's algorithm over the tiles of all images of a batch. Image by image, all transformed weights, which are four times the
 * weights or more, are read for each image; here a block of outputs has its weights transformed once, and all images use them
 * while they are cached. Transforms lie in planes of [image][tile][channel]. */
#ifndef CNN_OPS_WINOGRAD_BATCH_H
#define CNN_OPS_WINOGRAD_BATCH_H

#include "ops/winograd.h"

typedef struct cnn_winograd_batch {
    const cnn_kernels *kernels;
    cnn_winograd shape; /* of one image */
    int64_t images;     /* of the run: results of an image do not depend on it */
} cnn_winograd_batch;

/* Whether it moves so many fewer bytes for batches of so many images that the detour by memory for the transforms pays. */
bool cnn_winograd_batch_pays(const cnn_winograd *shape, int64_t images);

/* Floats that the transforms of an image with so many channels take, in batches of two images or more. */
int64_t cnn_winograd_batch_floats(const cnn_winograd *shape, int64_t channels);
/* Transform the inputs of the `nth` image; as for cnn_winograd_multiply. */
void cnn_winograd_batch_input(const cnn_winograd_batch *batch, int64_t nth, const float *x, int64_t x_row,
                              float *transforms);

/* What comes out, for all images. */
typedef struct cnn_winograd_results {
    const float *bias; /* may be NULL */
    int flags;
    float limit;
    const cnn_buffer *y; /* rows of outputs one after another */
} cnn_winograd_results;

/* Results in pieces: each of a block of outputs, for all images. Scratch for one of them. */
int64_t cnn_winograd_batch_blocks(const cnn_winograd *shape);
int64_t cnn_winograd_batch_scratch(const cnn_winograd *shape);
/* From the transforms of all images and the weights `w`, as for cnn_winograd_weights. */
void cnn_winograd_batch_convolve(const cnn_winograd_batch *batch, int64_t block, const float *w,
                                 const cnn_weight_strides *strides, const float *transforms, float *scratch,
                                 const cnn_winograd_results *results);

/* ---- The gradient of the weights, with tiles of 4x4 ------------------------------------------------------------- */

/* Transform the gradient of the `nth` image's outputs, whose rows follow each other. */
void cnn_winograd_batch_output_gradient(const cnn_winograd_batch *batch, int64_t nth, const float *dy,
                                        float *transforms);
/* In pieces: each of a block of weights. Scratch for one of them. */
int64_t cnn_winograd_batch_gradient_blocks(const cnn_winograd *shape);
int64_t cnn_winograd_batch_gradient_scratch(void);
/* dw[tap][input][output] = the gradient, of the block's inputs and outputs. */
void cnn_winograd_batch_weight_gradient(const cnn_winograd_batch *batch, int64_t block, const float *inputs,
                                        const float *gradients, float *scratch, float *dw);

#endif
