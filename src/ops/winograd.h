/* Winograd's F(2x4, 3x3), F(4x4, 3x3) and F(6x4, 3x3) for whole images: weights and outputs on top of the kernels. */
#ifndef CNN_OPS_WINOGRAD_H
#define CNN_OPS_WINOGRAD_H

#include "ops/op.h"

/* One image: its outputs before pooling, and the channels on both sides. */
typedef struct cnn_winograd {
    int64_t rows, columns; /* of the output */
    int64_t inputs, outputs;
    int64_t height;         /* of a tile: 2 outputs, 4 or 6 */
    int64_t weight_outputs; /* of a plane of transformed weights; 0: outputs */
    int64_t pixel;          /* floats from one pixel of the input to the next; 0: inputs */
} cnn_winograd;

int64_t cnn_winograd_tiles(const cnn_winograd *shape);
/* Values of a transformed tile, (height + 2) x 6: each one has a plane of all tiles and channels. */
int64_t cnn_winograd_planes(const cnn_winograd *shape);
/* At least so many floats, in an odd number of cache lines: things an even number apart, as powers of two are, would
 * compete for the same set of the first-level cache. */
int64_t cnn_odd_lines(int64_t floats);

/* With tiles of the height, 4 or 6, that needs fewer products. */
cnn_winograd cnn_winograd_of(int64_t rows, int64_t columns, int64_t inputs, int64_t outputs);
/* The same for one image at a time: low tiles need 3 products per output instead of 2.25, but two thirds of the weights, each of
 * which serves twice as many tiles. That is faster where weights are many and come from memory for each image. */
cnn_winograd cnn_winograd_alone(cnn_winograd shape);
/* The name of the algorithm. */
const char *cnn_winograd_algorithm(const cnn_winograd *shape);

/* One image's work cut into parts: by rows of tiles or, where there are few of them, by outputs. */
int64_t cnn_winograd_divisions(const cnn_kernels *kernels, const cnn_winograd *shape);
/* Make `shape` that of a part; the part begins at this row of the output and at this output. */
typedef struct cnn_winograd_part {
    int64_t row, output;
    int64_t weights; /* floats before the first that the part reads, in each plane */
} cnn_winograd_part;
cnn_winograd_part cnn_winograd_take_part(const cnn_kernels *kernels, cnn_winograd *shape, cnn_place place);

/* The environment variable CNN_WINOGRAD: 0 is no; 1, or unset, is yes. CNN_ERROR_ARGUMENT for anything else. */
cnn_status cnn_winograd_wanted(bool *wanted, cnn_error *error);
/* Outputs of a block of transformed weights. */
int64_t cnn_winograd_weight_block(const cnn_kernels *kernels);
/* Whether it can be used (whole vectors of channels) and is faster (enough of them). */
bool cnn_winograd_fits(const cnn_winograd *shape);
/* Whether, image by image, it is also faster by the bytes of its weights, four times those of a direct convolution. */
bool cnn_winograd_pays_alone(const cnn_winograd *shape);
/* The padded copy must be at least this large: it is read in whole patches, also for gradients. */
int64_t cnn_winograd_patch_rows(const cnn_winograd *shape);
int64_t cnn_winograd_patch_columns(const cnn_winograd *shape);
/* How many of its rows are read for the shape, or for a part of it. */
int64_t cnn_winograd_read_rows(const cnn_winograd *shape);
int64_t cnn_winograd_weight_floats(const cnn_winograd *shape);
int64_t cnn_winograd_scratch_floats(const cnn_winograd *shape);
/* Into how many bands of rows of tiles the place's part of an image is best cut, one after the other, the place of one of them, and
 * scratch for the largest. What lies between the transforms then stays in the second-level cache, and so do the weights, which
 * each band reads again. */
int64_t cnn_winograd_bands(const cnn_winograd *shape, cnn_place place);
cnn_place cnn_winograd_band(cnn_place place, int64_t bands, int64_t number);
int64_t cnn_winograd_band_scratch(const cnn_winograd *shape);

/* Where weight (tap row i, tap column j, input c, output o) lies: w[(i * 3 + j) * tap + c * input + o *
 * output]; one of input and output is 1. */
typedef struct cnn_weight_strides {
    int64_t tap, input, output;
} cnn_weight_strides;

/* Transform the weights of some inputs and outputs into planes, `plane` floats apart, that begin with those of the first of these
 * outputs: [block][input][output of the block], blocks as the kernels want them, of all inputs. */
void cnn_winograd_transform(const cnn_kernels *kernels, const cnn_winograd *shape, const float *w,
                            const cnn_weight_strides *strides, cnn_range inputs, cnn_range outputs,
                            int64_t plane, float *transformed);
/* The transform of all weights, in pieces: each of CNN_POOLED_BLOCK inputs. Planes of [block][inputs][outputs of the block]: rows
 * of all outputs, powers of two, would compete for cache sets. */
int64_t cnn_winograd_weight_pieces(const cnn_winograd *shape);
void cnn_winograd_weights(const cnn_kernels *kernels, const cnn_winograd *shape, const float *w,
                          const cnn_weight_strides *strides, int64_t piece, float *transformed);

/* Whether products sum up the halves of the inputs by themselves: tall tiles make errors larger. */
bool cnn_winograd_halves_sums(const cnn_winograd *shape);
/* The products of one image's tiles, ready for winograd_output or winograd_output_pooled. `x_row`: floats between the image's
 * rows. Returns them, within `scratch`. */
const float *cnn_winograd_multiply(const cnn_kernels *kernels, const cnn_winograd *shape, const float *x,
                                   int64_t x_row, const float *transformed, float *scratch);
/* Their layout, for winograd_output and winograd_output_pooled. */
cnn_winograd_loop cnn_winograd_products_loop(const cnn_winograd *shape);

/* ---- The gradient of the weights, with tiles of 4x4: the transforms of several images are gathered, then multiplied together ---- */

/* Of how many images, at most `most`. */
int64_t cnn_winograd_gathered_images(const cnn_winograd *shape, int64_t max);
/* Whether it is faster with this many. */
bool cnn_winograd_gradient_fits(const cnn_winograd *shape, int64_t images);
int64_t cnn_winograd_gathered_floats(const cnn_winograd *shape, int64_t images);
int64_t cnn_winograd_gradient_scratch_floats(void);
/* One image's work cut into parts, by inputs. Make `shape` that of a part (no inputs: nothing to do), which begins with the
 * input that is returned. */
int64_t cnn_winograd_gradient_divisions(const cnn_winograd *shape);
int64_t cnn_winograd_take_gradient_part(cnn_winograd *shape, cnn_place place);
/* Transform an image as the `nth` of `images`. `x` as for cnn_winograd_multiply; `dy`: rows of outputs one after
 * another. */
void cnn_winograd_gather(const cnn_kernels *kernels, const cnn_winograd *shape, int64_t images, int64_t nth,
                         const float *x, int64_t x_row, const float *dy, float *gathered);
/* dw[tap][input of all in a pixel][output] += the gradient of the first `count` images of what has room for `images`. */
void cnn_winograd_weight_gradient(const cnn_kernels *kernels, const cnn_winograd *shape, int64_t images,
                                  int64_t count, float *gathered, float *scratch, float *dw);

#endif
