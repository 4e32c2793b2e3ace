/* Which pixels of the input and of the output a convolution's taps bring together, where taps that fall beside a small map are
 * left out. Pixels count along the rows. */
#ifndef CNN_OPS_PIXEL_PAIRS_H
#define CNN_OPS_PIXEL_PAIRS_H

#include "ops/convolution.h"

enum { CNN_MAX_USED_TAPS = 64 };

int64_t cnn_input_pixels(const cnn_convolution *c);
int64_t cnn_output_pixels(const cnn_convolution *c);

/* What a pixel of one side meets on the other one by a tap. */
typedef int64_t (*cnn_pixel_met)(const cnn_convolution *c, int64_t pixel, int64_t tap);

/* The pixel of the input that an output's pixel meets by a tap; -1: one beside the map. */
int64_t cnn_input_met(const cnn_convolution *c, int64_t output, int64_t tap);
/* The pixel of the output that meets an input's pixel by a tap; -1: none. */
int64_t cnn_output_met(const cnn_convolution *c, int64_t input, int64_t tap);

/* How many pairs of an output's and an input's pixel meet. */
int64_t cnn_pixel_pairs(const cnn_convolution *c);

/* The taps by which some output's pixel meets something, in order: only their weights are used. */
typedef struct cnn_used_taps {
    int64_t count, tap[CNN_MAX_USED_TAPS];
} cnn_used_taps;

/* The convolution has at most CNN_MAX_USED_TAPS taps. */
cnn_used_taps cnn_taps_used(const cnn_convolution *c);

#endif
