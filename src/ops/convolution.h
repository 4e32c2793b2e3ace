/* The arithmetic of one convolution of one image, whichever way round an op runs it: forward, and the gradients
 * of its weights and its input. A transposed convolution's forward is the gradient of an input. */
#ifndef CNN_OPS_CONVOLUTION_H
#define CNN_OPS_CONVOLUTION_H

#include "ops/op.h"
#include "ops/window.h"

/* Derived from a step each time it runs. */
typedef struct cnn_convolution {
    const cnn_kernels *kernels;
    float *prepared;
    int64_t kernel[2], stride[2], dilation[2], groups; /* rows, columns */
    int64_t padding[2];                                /* top, left */
    int64_t channels, size[2], padded[2];              /* of the input, with and without padding */
    int64_t filters, out[2];                           /* of the output */
    int64_t group_inputs, group_outputs, taps;
    int64_t
        group_numbers; /* of an input's group, in bfloat16: channels are pairs of them (cnn_bf16_pair_up); else 0 */
    int64_t
        gradient_numbers; /* likewise of the output's gradient's group: filters are pairs (cnn_bf16_pair_up_gradient) */
    bool pairs_columns; /* the gradient of the weights takes pairs of columns (cnn_bf16_pair_up_columns) */
    float limit;        /* with CNN_CONV_LIMIT, forward */
    bool unpadded; /* forward reads the image itself: one group, sums of floats, and the image has padding */
    /* What is to be computed: everything, unless it is narrowed to a part. Forward: rows of the output, outputs of
     * each group. The gradient of the weights: groups, outputs of each, taps. That of the input: its rows, its
     * channels of each group. */
    cnn_range rows, outputs, within_groups, within_taps, input_rows, inputs;
    /* Zeros around the output's gradient, so that every tap of the gradient of the input reads a value. */
    int64_t before[2], gradient_padded[2];
} cnn_convolution;

/* Whether anything of it lies in pairs. */
static inline bool cnn_is_paired(const cnn_convolution *c) {
    return c->group_numbers > 0 || c->gradient_numbers > 0 || c->pairs_columns;
}

/* Each channel is convolved by itself. */
static inline bool cnn_is_depthwise(const cnn_convolution *c) {
    return c->groups > 1 && c->group_inputs == 1 && c->group_outputs == 1 && !cnn_is_paired(c);
}

/* The weights of a block of so many outputs of a group are contiguous, as the kernel reads them; work is divided into
 * whole blocks. */
static inline int64_t cnn_convolution_block(const cnn_convolution *c) {
    return c->kernels->conv_outputs;
}

/* How the weights lie in memory: [groups][taps][inputs][outputs], counts of one group; depthwise (one input and one
 * output a group) [taps][groups], so that neighbouring channels are contiguous. */
cnn_order cnn_convolution_order(int64_t groups, int64_t inputs, int64_t outputs, int64_t taps);

/* Which algorithm computes a convolution with these options. */
const char *cnn_convolution_algorithm(int64_t groups, int64_t inputs, int64_t outputs);
/* Whether the groups fit, and the weight and the padded copies of input and output can be counted: `options` are complete,
 * `input` and `output` those of the convolution. `what` names the layer's kind. */
cnn_status cnn_convolution_check(const char *what, const cnn_conv2d_options *options, const cnn_shape *input,
                                 const cnn_shape *output, cnn_error *error);
/* From `input` to `output`, both C,H,W. The padding of the input's ends is what the output needs. */
cnn_convolution cnn_convolution_of(const cnn_step *step, const cnn_conv2d_options *options,
                                   const cnn_shape *input, const cnn_shape *output);
/* reads_pairs() and writes_pairs() of ops that sum up in bfloat16: no pair may lie across two pixels or two groups. */
static inline bool cnn_convolution_reads_pairs(const cnn_step *step) {
    return step->bf16 && step->input_shape[0].dim[0] / step->options.conv2d.groups % 2 == 0;
}
static inline bool cnn_convolution_writes_pairs(const cnn_step *step) {
    return step->bf16 && step->output_shape.dim[0] / step->options.conv2d.groups % 2 == 0;
}
/* The padded copies of the input and of the output's gradient that the functions below take. */
cnn_padded_copy cnn_convolution_padded_input(const cnn_convolution *c);
cnn_padded_copy cnn_convolution_padded_gradient(const cnn_convolution *c);

/* Into how many parts the forward pass and both gradients can be divided, and narrowing `c` to one of them. The sums
 * do not depend on the division. */
int64_t cnn_convolution_divisions(const cnn_convolution *c);
int64_t cnn_convolution_backward_divisions(const cnn_convolution *c);
void cnn_convolution_take_part(cnn_convolution *c, cnn_place place);
void cnn_convolution_take_backward_part(cnn_convolution *c, cnn_place place);
/* Where so many rows of a part of the output lie in the map that begins with them: from `first` on in `count` runs of `length`
 * floats, a pixel apart. */
typedef struct cnn_output_runs {
    int64_t first, count, length;
} cnn_output_runs;
cnn_output_runs cnn_convolution_runs(const cnn_convolution *c, int64_t rows);
/* y = the function's values, of the part of the output y. */
void cnn_convolution_activate(const cnn_convolution *c, const cnn_activation_function *function, float *y);

/* Have forward read the image itself, rather than a padded copy, where that has padding, it can and it pays: to be called before anything
 * that depends on it. */
void cnn_convolution_read_image(cnn_convolution *c);
/* The sums of one block of outputs from the image itself; `loop` is forward's over all positions, `w` the block's weights, y the
 * image's outputs from the block's first on. */
void cnn_convolution_sum_inside(const cnn_convolution *c, const cnn_conv_loop *loop, const float *x,
                                const float *w, const float *bias, int flags, float *y);
/* Whether forward reads a copy of the weights in blocks, not the weights; a single block of floats needs no copy. */
bool cnn_convolution_has_blocks(const cnn_convolution *c);
/* A row of a block of weights: those of one input and `count` outputs or, in bfloat16, those of two inputs, pair by pair; beside the
 * last number of a group is 0. `tap` is where the weights of the row's tap and the block's first output lie. */
void cnn_convolution_block_row(const cnn_convolution *c, const float *tap, int64_t input, int64_t count,
                               float *to);
/* Floats of `prepared`; `backward`: for the gradient of the input, too. */
int64_t cnn_convolution_prepared(const cnn_convolution *c, bool backward);
/* To be called after every change of the weights. */
void cnn_convolution_prepare(const cnn_convolution *c, const float *weights, bool backward);

/* y = the convolution of the padded x + bias (may be NULL); `flags` as of the kernel conv. */
void cnn_convolution_forward(const cnn_convolution *c, const float *x, const float *weights,
                             const float *bias, int flags, float *y);
/* dw = the gradient of the weights from the padded x and dy; flags: CNN_CONV_FAR, and CNN_CONV_ACCUMULATE to add it
 * to what is there. */
void cnn_convolution_weight_gradient(const cnn_convolution *c, const float *x, const float *dy, int flags,
                                     float *dw);
/* dx = the gradient of the input from the padded dy, + bias of each channel (may be NULL). */
void cnn_convolution_input_gradient(const cnn_convolution *c, const float *dy, const float *weights,
                                    const float *bias, int flags, float *dx);

#endif
