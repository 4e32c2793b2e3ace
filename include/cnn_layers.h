/* cnn_layers.h - the layers of a network: adding them, what they are, what they cost. Included by cnn.h, which says
 * what holds for all calls. */
#ifndef CNN_LAYERS_H
#define CNN_LAYERS_H

#include "cnn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What layers have in common ----------------------------------------------------------------------- */

/* A layer's number within its network, from 1. 0 stands for "the layer added last" where an input is asked for, and
 * is returned by the functions that add a layer when they fail. */
typedef int cnn_layer;
/* As an `input`: the network's own input. */
#define CNN_NETWORK_INPUT (-1)

/* How weights start. Biases always start at zero. */
typedef enum cnn_init {
    CNN_INIT_DEFAULT, /* He for convolutions, Glorot for dense layers */
    CNN_INIT_HE,      /* normal, variance 2 / fan_in (He et al. 2015, arXiv:1502.01852) */
    CNN_INIT_GLOROT,  /* uniform, limit sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010) */
    CNN_INIT_ZEROS,
    /* in each group of a convolution, filter k passes on channel k; filters beyond the channels as He (Zagoruyko and
     * Komodakis 2017, arXiv:1706.00388); of dense layers likewise */
    CNN_INIT_DIRAC,
    /* of a convolution without groups that reads the network's input: before training, cnn_train sets its filters such
     * that their outputs are uncorrelated over the training images and have variance 1: first the directions of most
     * variance, then the same with the opposite sign (Jordan 2024, arXiv:2404.00498). Without images, and filters beyond
     * twice the values of a patch: as He */
    CNN_INIT_WHITEN
} cnn_init;

/* Every *_options struct of a layer ends with these two. */
#define CNN_LAYER_OPTIONS                                                                                    \
    const char *name; /* unique in the network; NULL: made from the kind and a number ("conv_1"); copied */  \
    cnn_layer input   /* the layer whose output is the input; 0: the layer added last */

typedef struct cnn_layer_options {
    CNN_LAYER_OPTIONS;
} cnn_layer_options;

/* ---- Options ------------------------------------------------------------------------------------------ */

typedef struct cnn_conv2d_options {
    int64_t filters;    /* number of output feature maps, >= 1 */
    int64_t kernel[2];  /* rows, columns; a 0 column count takes the row count */
    int64_t stride[2];  /* rows, columns; a 0 column stride takes that of the rows; 0: 1 */
    int64_t padding[4]; /* zeros added: top, left, bottom, right (the order of ONNX's pads) */
    bool same; /* instead of `padding`: output size = ceil(input / stride), the odd zero at the end */
    int64_t dilation[2]; /* distance between kernel elements; zeros as for `stride` */
    int64_t groups;      /* divides the channels and the filters; 0: 1 */
    bool no_bias;
    cnn_init init;
    CNN_LAYER_OPTIONS;
} cnn_conv2d_options;

typedef struct cnn_pool2d_options {
    int64_t kernel[2];  /* rows, columns; a 0 column count takes the row count */
    int64_t stride[2];  /* a 0 column stride takes that of the rows; 0: the kernel's size */
    int64_t padding[4]; /* top, left, bottom, right; each smaller than the window. Never a maximum itself */
    bool count_include_pad; /* average only: padding counts into the divisor */
    int64_t dilation[2];    /* maximum only: distance between the window's elements; a 0 column dilation takes
                             * that of the rows; 0: 1. Each window must meet the map */
    CNN_LAYER_OPTIONS;
} cnn_pool2d_options;

typedef struct cnn_dense_options {
    int64_t units; /* outputs, >= 1 */
    bool no_bias;
    cnn_init init;
    CNN_LAYER_OPTIONS;
} cnn_dense_options;

/* Dropout zeroes single values. Drop path, also called stochastic depth (Huang et al. 2016, arXiv:1603.09382), zeroes all
 * values of an image: at the end of a branch that is added to another, it leaves the branch out for that image. What is
 * kept is scaled by 1 / (1 - rate). Inference passes everything. */
typedef struct cnn_dropout_options {
    double rate; /* probability of being set to zero in training, 0 <= rate < 1; 0: 0.5, of drop path 0.1 */
    CNN_LAYER_OPTIONS;
} cnn_dropout_options;

/* Batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167) of each channel, or each value of a vector. In
 * training by mean and variance of the batch, which also move the running ones: running += momentum * (batch's -
 * running), the variance the unbiased one. In inference by the running ones. */
typedef struct cnn_batch_norm_options {
    double epsilon;  /* added to the variance, > 0; 0: 1e-5 */
    double momentum; /* 0 < momentum <= 1; 0: 0.1 */
    CNN_LAYER_OPTIONS;
} cnn_batch_norm_options;

/* Layers with two or more inputs: this one's `input`, then `other`, or all of `others` if there are any. */
typedef struct cnn_join_options {
    cnn_layer other;
    const cnn_layer *others; /* `count` of them, as for `input`; copied */
    int count;
    CNN_LAYER_OPTIONS;
} cnn_join_options;

/* The one list of activations: enumerator, its word in the text format, what it does to each value x. */
#define CNN_ACTIVATION_LIST(X)                                                                               \
    X(CNN_ACTIVATION_SIGMOID, sigmoid, "1 / (1 + exp(-x))")                                                  \
    X(CNN_ACTIVATION_TANH, tanh, "tanh(x)")                                                                  \
    X(CNN_ACTIVATION_LEAKY_RELU, leakyrelu, "x > 0 ? x : alpha x; alpha 0: 0.01")                            \
    X(CNN_ACTIVATION_ELU, elu, "x > 0 ? x : alpha (exp(x) - 1); alpha 0: 1")                                 \
    X(CNN_ACTIVATION_SELU, selu,                                                                             \
      "beta (x > 0 ? x : alpha (exp(x) - 1)); 0: Klambauer et al. 2017, arXiv:1706.02515")                   \
    X(CNN_ACTIVATION_HARD_SIGMOID, hardsigmoid, "min(1, max(0, alpha x + beta)); alpha 0: 0.2, beta 0: 0.5") \
    X(CNN_ACTIVATION_HARD_SWISH, hardswish, "x min(1, max(0, x / 6 + 1 / 2))")                               \
    X(CNN_ACTIVATION_CLIP, clip, "min(beta, max(alpha, x)); alpha < beta, 0 is a value like any other")      \
    X(CNN_ACTIVATION_SOFTPLUS, softplus, "log(1 + exp(x))")                                                  \
    X(CNN_ACTIVATION_SOFTSIGN, softsign, "x / (1 + |x|)")                                                    \
    X(CNN_ACTIVATION_THRESHOLDED_RELU, thresholdedrelu, "x > alpha ? x : 0; alpha 0: 1")                     \
    X(CNN_ACTIVATION_SWISH, swish, "x / (1 + exp(-x)), also called SiLU")                                    \
    X(CNN_ACTIVATION_ABS, abs, "|x|")                                                                        \
    X(CNN_ACTIVATION_NEG, neg, "-x")                                                                         \
    X(CNN_ACTIVATION_EXP, exp, "exp(x)")                                                                     \
    X(CNN_ACTIVATION_LOG, log, "log(x)")                                                                     \
    X(CNN_ACTIVATION_SQRT, sqrt, "the square root of x")                                                     \
    X(CNN_ACTIVATION_GELU, gelu, "x (1 + erf(x / sqrt(2))) / 2: Hendrycks and Gimpel 2016, arXiv:1606.08415")

typedef enum cnn_activation_kind {
    CNN_ACTIVATION_NONE, /* not to be asked for */
#define CNN_ACTIVATION_ENUMERATOR(name, word, formula) name,
    CNN_ACTIVATION_LIST(CNN_ACTIVATION_ENUMERATOR)
#undef CNN_ACTIVATION_ENUMERATOR
} cnn_activation_kind;

typedef struct cnn_activation_options {
    cnn_activation_kind kind;
    double alpha, beta; /* of those kinds that have them */
    CNN_LAYER_OPTIONS;
} cnn_activation_options;

/* Transposed convolution: output size = (input - 1) stride + dilation (kernel - 1) + 1 + output padding - padding.
 * Its weight has the shape channels, filters / groups, rows, columns. */
typedef struct cnn_conv_transpose2d_options {
    int64_t filters;    /* number of output feature maps, >= 1 */
    int64_t kernel[2];  /* rows, columns; a 0 column count takes the row count */
    int64_t stride[2];  /* between the outputs of neighbouring inputs; zeros as for cnn_conv2d_options */
    int64_t padding[4]; /* rows and columns taken off the output: top, left, bottom, right */
    int64_t output_padding[2]; /* rows and columns more at the end; less than the stride or the dilation */
    int64_t dilation[2];       /* distance between kernel elements; zeros as for `stride` */
    int64_t groups;            /* divides the channels and the filters; 0: 1 */
    bool no_bias;
    cnn_init init;
    CNN_LAYER_OPTIONS;
} cnn_conv_transpose2d_options;

/* The one list of pairs: enumerator, its word in the text format, what it makes of a value of `input` and one of
 * `other`. */
#define CNN_PAIR_LIST(X)                                                                                     \
    X(CNN_PAIR_MUL, mul, "a b")                                                                              \
    X(CNN_PAIR_SUB, sub, "a - b")                                                                            \
    X(CNN_PAIR_DIV, div, "a / b")                                                                            \
    X(CNN_PAIR_MAX, max, "the larger; a's where they are equal")                                             \
    X(CNN_PAIR_MIN, min, "the smaller; a's where they are equal")

typedef enum cnn_pair_kind {
    CNN_PAIR_NONE, /* not to be asked for */
#define CNN_PAIR_ENUMERATOR(name, word, formula) name,
    CNN_PAIR_LIST(CNN_PAIR_ENUMERATOR)
#undef CNN_PAIR_ENUMERATOR
} cnn_pair_kind;

/* Two inputs of one shape, or C,1,1 beside C,H,W, whose values count at every position, or 1,H,W, whose values count for every
 * channel. */
typedef struct cnn_pair_options {
    cnn_pair_kind kind;
    cnn_layer other; /* the second input */
    CNN_LAYER_OPTIONS;
} cnn_pair_options;

/* x where it is positive, else a trained slope times x. Slopes start at 0.25. */
typedef struct cnn_prelu_options {
    bool shared; /* one slope for all; else one for each channel, of a vector for each value */
    CNN_LAYER_OPTIONS;
} cnn_prelu_options;

/* ONNX's rules for where output i of an axis lies among the inputs 0, 1, ...; s is the axis' scale. */
typedef enum cnn_coordinates {
    CNN_COORDINATES_HALF_PIXEL,         /* (i + 1/2) / s - 1/2 */
    CNN_COORDINATES_PYTORCH_HALF_PIXEL, /* the same, but 0 for an axis of one output */
    CNN_COORDINATES_ALIGN_CORNERS,      /* i (inputs - 1) / (outputs - 1) */
    CNN_COORDINATES_ASYMMETRIC          /* i / s */
} cnn_coordinates;

/* Which input is nearest; the first two round, and differ halfway between two inputs. */
typedef enum cnn_rounding {
    CNN_ROUNDING_PREFER_FLOOR,
    CNN_ROUNDING_PREFER_CEIL,
    CNN_ROUNDING_FLOOR,
    CNN_ROUNDING_CEIL
} cnn_rounding;

typedef enum cnn_interpolation {
    CNN_INTERPOLATION_NEAREST, /* the nearest input */
    CNN_INTERPOLATION_LINEAR   /* bilinear interpolation */
} cnn_interpolation;

/* Either a scale or a size is given; a size becomes a scale. */
typedef struct cnn_resize2d_options {
    cnn_interpolation mode;
    double scale[2]; /* rows, columns: output size = floor(input * scale) in float32; 0 columns: as rows */
    int64_t size[2]; /* of the output: rows, columns; a 0 column count takes the row count */
    cnn_coordinates coordinates;
    cnn_rounding rounding;
    CNN_LAYER_OPTIONS;
} cnn_resize2d_options;

typedef enum cnn_pad_mode {
    CNN_PAD_CONSTANT, /* `value` */
    CNN_PAD_REFLECT,  /* mirrored at the outermost row or column, which is not repeated */
    CNN_PAD_EDGE      /* the outermost row or column again and again */
} cnn_pad_mode;

typedef struct cnn_pad2d_options {
    int64_t padding[4]; /* rows and columns added: top, left, bottom, right */
    cnn_pad_mode mode;
    double value;
    int64_t channels[2]; /* channels added before and behind, of `value`: CNN_PAD_CONSTANT only */
    CNN_LAYER_OPTIONS;
} cnn_pad2d_options;

/* A part of the input. Of each axis: the first one, from 0; how many, 0: all the rest; how far apart, 0: 1. Zeros take
 * all. Of a vector only `channels` can be given. */
typedef struct cnn_slice_options {
    int64_t channels[3], rows[3], columns[3];
    CNN_LAYER_OPTIONS;
} cnn_slice_options;

/* Channel shuffle (Zhang et al. 2018, arXiv:1707.01083): of neighbouring channels in groups, the first of each group, then
 * the second of each, and so on. */
typedef struct cnn_channel_shuffle_options {
    int64_t groups; /* divides the channels; >= 1 */
    CNN_LAYER_OPTIONS;
} cnn_channel_shuffle_options;

/* How the channels of a block of `block` x `block` positions lie where they are deep. */
typedef enum cnn_depth_mode {
    CNN_DEPTH_DCR, /* position by position: row, column, channel */
    CNN_DEPTH_CRD  /* channel by channel: channel, row, column; as PyTorch's pixel shuffle */
} cnn_depth_mode;

/* Depth to space: C,H,W becomes C / block^2, H block, W block (Shi et al. 2016, arXiv:1609.05158). Space to depth is the
 * way back. */
typedef struct cnn_depth_to_space_options {
    int64_t block; /* >= 1; its square divides the channels, or it divides rows and columns */
    cnn_depth_mode mode;
    CNN_LAYER_OPTIONS;
} cnn_depth_to_space_options;

/* A vector becomes feature maps, channel by channel. */
typedef struct cnn_unflatten_options {
    int64_t size[2]; /* rows, columns of the maps; a 0 column count takes the row count */
    CNN_LAYER_OPTIONS;
} cnn_unflatten_options;

/* Group normalisation (Wu and He 2018, arXiv:1803.08494): the channels of each image in groups of neighbours; the
 * values of each group get mean 0 and variance 1, then each channel a trained scale and shift. */
typedef struct cnn_group_norm_options {
    int64_t groups; /* divides the channels; >= 1 */
    double epsilon; /* added to the variance, > 0; 0: 1e-5 */
    CNN_LAYER_OPTIONS;
} cnn_group_norm_options;

/* Instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022): each map of each image gets mean 0 and variance 1,
 * then a trained scale and shift of its channel. */
typedef struct cnn_instance_norm_options {
    double epsilon; /* added to the variance, > 0; 0: 1e-5 */
    CNN_LAYER_OPTIONS;
} cnn_instance_norm_options;

/* Layer normalisation (Ba et al. 2016, arXiv:1607.06450): the channels of each position of feature maps, or all values of a
 * vector, get mean 0 and variance 1, then each channel a trained scale and shift. */
typedef struct cnn_layer_norm_options {
    double epsilon; /* added to the variance, > 0; 0: 1e-5 */
    CNN_LAYER_OPTIONS;
} cnn_layer_norm_options;

typedef enum cnn_channel_pool_mode {
    CNN_CHANNEL_POOL_MEAN,
    CNN_CHANNEL_POOL_MAX,
    CNN_CHANNEL_POOL_SUM
} cnn_channel_pool_mode;

/* Of each position of feature maps the mean, the largest or the sum of all channels; or of `branches` of equally many channels,
 * one branch after another: then channel k of the output is made of channel k of each. */
typedef struct cnn_channel_pool_options {
    cnn_channel_pool_mode mode;
    int64_t branches; /* divides the channels; 0: each channel is a branch, and one map comes out */
    CNN_LAYER_OPTIONS;
} cnn_channel_pool_options;

/* Local response normalisation: y = x (bias + alpha / size * sum of x^2)^-beta, the sum over `size` neighbouring
 * channels of one position. */
typedef struct cnn_lrn_options {
    int64_t size; /* >= 1; of an even number, one channel more behind than before */
    double alpha; /* > 0; 0: 0.0001 */
    double beta;  /* 0: 0.75 */
    double bias;  /* > 0; 0: 1 */
    CNN_LAYER_OPTIONS;
} cnn_lrn_options;

/* The one list of layers but for activations and pairs, which have lists of their own: X(how, layer, options, the least
 * options that it takes). cnn_add_LAYER adds one with a cnn_OPTIONS_options: GIVEN must be given; DEFAULT may be NULL,
 * since each has a default; PLAIN is the same where there are none but name and input; JOIN has several inputs. */
#define CNN_LAYER_LIST(X)                                                                                    \
    X(GIVEN, conv2d, conv2d, .filters = 1, .kernel = {1})                                                    \
    X(PLAIN, relu, layer, .input = 0)                                                                        \
    X(GIVEN, max_pool2d, pool2d, .kernel = {1})                                                              \
    X(GIVEN, avg_pool2d, pool2d, .kernel = {1})                                                              \
    X(DEFAULT, batch_norm, batch_norm, .epsilon = 0)                                                         \
    X(PLAIN, global_avg_pool2d, layer, .input = 0)                                                           \
    X(PLAIN, global_max_pool2d, layer, .input = 0)                                                           \
    X(PLAIN, flatten, layer, .input = 0)                                                                     \
    X(GIVEN, dense, dense, .units = 1)                                                                       \
    X(DEFAULT, dropout, dropout, .rate = 0)                                                                  \
    X(PLAIN, softmax, layer, .input = 0)                                                                     \
    X(JOIN, add, join, .other = 0)                                                                           \
    X(JOIN, concat, join, .other = 0)                                                                        \
    X(DEFAULT, prelu, prelu, .shared = false)                                                                \
    X(PLAIN, log_softmax, layer, .input = 0)                                                                 \
    X(GIVEN, resize2d, resize2d, .scale = {1})                                                               \
    X(GIVEN, pad2d, pad2d, .padding = {1})                                                                   \
    X(GIVEN, group_norm, group_norm, .groups = 1)                                                            \
    X(DEFAULT, instance_norm, instance_norm, .epsilon = 0)                                                   \
    X(GIVEN, lrn, lrn, .size = 1)                                                                            \
    X(GIVEN, conv_transpose2d, conv_transpose2d, .filters = 1, .kernel = {1})                                \
    X(GIVEN, slice, slice, .channels = {0})                                                                  \
    X(GIVEN, channel_shuffle, channel_shuffle, .groups = 1)                                                  \
    X(GIVEN, depth_to_space, depth_to_space, .block = 1)                                                     \
    X(GIVEN, space_to_depth, depth_to_space, .block = 1)                                                     \
    X(GIVEN, unflatten, unflatten, .size = {1})                                                              \
    X(DEFAULT, layer_norm, layer_norm, .epsilon = 0)                                                         \
    X(DEFAULT, drop_path, dropout, .rate = 0)                                                                \
    X(PLAIN, global_l2_pool2d, layer, .input = 0)                                                            \
    X(DEFAULT, channel_pool, channel_pool, .branches = 0)

/* ---- Adding a layer ----------------------------------------------------------------------------------- */

/* Add a layer; return its number, or 0 on failure. The first failure is kept (cnn_net_error) and makes every later
 * call fail too, so that a chain of calls is checked once at its end. Fails with CNN_ERROR_SHAPE when the layer does
 * not fit its input, CNN_ERROR_ARGUMENT for a value out of range. Parameters are zero until cnn_net_initialise,
 * cnn_net_set_parameter or cnn_train. */
CNN_API cnn_layer cnn_add_conv2d(cnn_net *net, const cnn_conv2d_options *options);
CNN_API cnn_layer cnn_add_batch_norm(cnn_net *net, const cnn_batch_norm_options *options);
CNN_API cnn_layer cnn_add_max_pool2d(cnn_net *net, const cnn_pool2d_options *options);
CNN_API cnn_layer cnn_add_avg_pool2d(cnn_net *net, const cnn_pool2d_options *options);
/* Mean, largest value or root of the sum of squares of each whole map, C,1,1. */
CNN_API cnn_layer cnn_add_global_avg_pool2d(cnn_net *net, const cnn_layer_options *options);
CNN_API cnn_layer cnn_add_global_max_pool2d(cnn_net *net, const cnn_layer_options *options);
CNN_API cnn_layer cnn_add_global_l2_pool2d(cnn_net *net, const cnn_layer_options *options);
CNN_API cnn_layer cnn_add_channel_pool(cnn_net *net, const cnn_channel_pool_options *options);
CNN_API cnn_layer cnn_add_dense(cnn_net *net, const cnn_dense_options *options);
CNN_API cnn_layer cnn_add_dropout(cnn_net *net, const cnn_dropout_options *options);
CNN_API cnn_layer cnn_add_drop_path(cnn_net *net, const cnn_dropout_options *options);
CNN_API cnn_layer cnn_add_conv_transpose2d(cnn_net *net, const cnn_conv_transpose2d_options *options);
CNN_API cnn_layer cnn_add_pair(cnn_net *net, const cnn_pair_options *options);
CNN_API cnn_layer cnn_add_prelu(cnn_net *net, const cnn_prelu_options *options);
CNN_API cnn_layer cnn_add_resize2d(cnn_net *net, const cnn_resize2d_options *options);
CNN_API cnn_layer cnn_add_pad2d(cnn_net *net, const cnn_pad2d_options *options);
CNN_API cnn_layer cnn_add_slice(cnn_net *net, const cnn_slice_options *options);
CNN_API cnn_layer cnn_add_channel_shuffle(cnn_net *net, const cnn_channel_shuffle_options *options);
CNN_API cnn_layer cnn_add_depth_to_space(cnn_net *net, const cnn_depth_to_space_options *options);
CNN_API cnn_layer cnn_add_space_to_depth(cnn_net *net, const cnn_depth_to_space_options *options);
CNN_API cnn_layer cnn_add_unflatten(cnn_net *net, const cnn_unflatten_options *options);
CNN_API cnn_layer cnn_add_group_norm(cnn_net *net, const cnn_group_norm_options *options);
CNN_API cnn_layer cnn_add_instance_norm(cnn_net *net, const cnn_instance_norm_options *options);
CNN_API cnn_layer cnn_add_layer_norm(cnn_net *net, const cnn_layer_norm_options *options);
CNN_API cnn_layer cnn_add_lrn(cnn_net *net, const cnn_lrn_options *options);
CNN_API cnn_layer cnn_add_activation(cnn_net *net, const cnn_activation_options *options);
CNN_API cnn_layer cnn_add_relu(cnn_net *net, const cnn_layer_options *options);
CNN_API cnn_layer cnn_add_flatten(cnn_net *net, const cnn_layer_options *options);
CNN_API cnn_layer cnn_add_softmax(cnn_net *net, const cnn_layer_options *options);
CNN_API cnn_layer cnn_add_log_softmax(cnn_net *net, const cnn_layer_options *options);
/* The sum of inputs of one shape. */
CNN_API cnn_layer cnn_add_add(cnn_net *net, const cnn_join_options *options);
/* The inputs' channels one after another; height and width must be the same. Vectors: end to end. */
CNN_API cnn_layer cnn_add_concat(cnn_net *net, const cnn_join_options *options);

/* The same, as one reads them: cnn_conv2d(net, .filters = 32, .kernel = {3, 3}); cnn_relu(net); cnn_relu(net, .name =
 * "a"). In C++ these need its designated initialisers, so C++20. */
#define cnn_conv2d(...) CNN_LAYER(cnn_add_conv2d, cnn_conv2d_options, __VA_ARGS__, )
#define cnn_conv_transpose2d(...)                                                                            \
    CNN_LAYER(cnn_add_conv_transpose2d, cnn_conv_transpose2d_options, __VA_ARGS__, )
#define cnn_dense(...)             CNN_LAYER(cnn_add_dense, cnn_dense_options, __VA_ARGS__, )
#define cnn_max_pool2d(...)        CNN_LAYER(cnn_add_max_pool2d, cnn_pool2d_options, __VA_ARGS__, )
#define cnn_avg_pool2d(...)        CNN_LAYER(cnn_add_avg_pool2d, cnn_pool2d_options, __VA_ARGS__, )
#define cnn_global_avg_pool2d(...) CNN_LAYER(cnn_add_global_avg_pool2d, cnn_layer_options, __VA_ARGS__, )
#define cnn_global_max_pool2d(...) CNN_LAYER(cnn_add_global_max_pool2d, cnn_layer_options, __VA_ARGS__, )
#define cnn_global_l2_pool2d(...)  CNN_LAYER(cnn_add_global_l2_pool2d, cnn_layer_options, __VA_ARGS__, )
#define cnn_channel_pool(...)      CNN_LAYER(cnn_add_channel_pool, cnn_channel_pool_options, __VA_ARGS__, )
#define cnn_batch_norm(...)        CNN_LAYER(cnn_add_batch_norm, cnn_batch_norm_options, __VA_ARGS__, )
#define cnn_group_norm(...)        CNN_LAYER(cnn_add_group_norm, cnn_group_norm_options, __VA_ARGS__, )
#define cnn_instance_norm(...)     CNN_LAYER(cnn_add_instance_norm, cnn_instance_norm_options, __VA_ARGS__, )
#define cnn_layer_norm(...)        CNN_LAYER(cnn_add_layer_norm, cnn_layer_norm_options, __VA_ARGS__, )
#define cnn_lrn(...)               CNN_LAYER(cnn_add_lrn, cnn_lrn_options, __VA_ARGS__, )
#define cnn_dropout(...)           CNN_LAYER(cnn_add_dropout, cnn_dropout_options, __VA_ARGS__, )
#define cnn_drop_path(...)         CNN_LAYER(cnn_add_drop_path, cnn_dropout_options, __VA_ARGS__, )
#define cnn_relu(...)              CNN_LAYER(cnn_add_relu, cnn_layer_options, __VA_ARGS__, )
#define cnn_prelu(...)             CNN_LAYER(cnn_add_prelu, cnn_prelu_options, __VA_ARGS__, )
#define cnn_activation(...)        CNN_LAYER(cnn_add_activation, cnn_activation_options, __VA_ARGS__, )
#define cnn_softmax(...)           CNN_LAYER(cnn_add_softmax, cnn_layer_options, __VA_ARGS__, )
#define cnn_log_softmax(...)       CNN_LAYER(cnn_add_log_softmax, cnn_layer_options, __VA_ARGS__, )
#define cnn_flatten(...)           CNN_LAYER(cnn_add_flatten, cnn_layer_options, __VA_ARGS__, )
#define cnn_resize2d(...)          CNN_LAYER(cnn_add_resize2d, cnn_resize2d_options, __VA_ARGS__, )
#define cnn_pad2d(...)             CNN_LAYER(cnn_add_pad2d, cnn_pad2d_options, __VA_ARGS__, )
#define cnn_slice(...)             CNN_LAYER(cnn_add_slice, cnn_slice_options, __VA_ARGS__, )
#define cnn_channel_shuffle(...)                                                                             \
    CNN_LAYER(cnn_add_channel_shuffle, cnn_channel_shuffle_options, __VA_ARGS__, )
#define cnn_depth_to_space(...) CNN_LAYER(cnn_add_depth_to_space, cnn_depth_to_space_options, __VA_ARGS__, )
#define cnn_space_to_depth(...) CNN_LAYER(cnn_add_space_to_depth, cnn_depth_to_space_options, __VA_ARGS__, )
#define cnn_unflatten(...)      CNN_LAYER(cnn_add_unflatten, cnn_unflatten_options, __VA_ARGS__, )
#define cnn_add(...)            CNN_LAYER(cnn_add_add, cnn_join_options, __VA_ARGS__, )
#define cnn_concat(...)         CNN_LAYER(cnn_add_concat, cnn_join_options, __VA_ARGS__, )
#define cnn_pair(...)           CNN_LAYER(cnn_add_pair, cnn_pair_options, __VA_ARGS__, )

/* ---- What a layer is, and what it costs --------------------------------------------------------------- */

/* What a layer is. Strings belong to the network and live until it is changed or freed. */
typedef struct cnn_layer_info {
    const char *name; /* "conv_1" */
    const char *kind; /* the word of the text format: "conv", "relu", "maxpool", ... */
    const char *text; /* the layer as a line of the text format, without its name */
    int inputs;       /* how many inputs, 1 or more */
    /* that many; CNN_NETWORK_INPUT for the network's own. Lives as long as the strings */
    const cnn_layer *input;
    int rank;           /* of the output without the batch: 3 for C,H,W; 1 for a flat vector */
    int64_t output[3];  /* C,H,W or the length */
    int64_t parameters; /* trainable values */
    int64_t statistics; /* values that training keeps but does not train: running mean and variance */
    int64_t macs;       /* multiply-accumulate operations for one image, forward; at most INT64_MAX */
    bool frozen;        /* held by cnn_net_freeze */
    cnn_layer shares;   /* the layer whose parameters are this one's, too, and counted there; 0: none */
} cnn_layer_info;

CNN_API int cnn_net_layers(const cnn_net *net);
CNN_API cnn_status cnn_net_layer(const cnn_net *net, cnn_layer layer, cnn_layer_info *info, cnn_error *error);

/* Parameter tensors by number, 0 .. cnn_net_tensors() - 1, in the order of the layers. */
typedef struct cnn_tensor_info {
    const char *name; /* "conv_1.weight", "fc_2.bias" */
    int rank;
    /* conv weight: filters, channels / groups, rows, columns; dense weight: units, inputs */
    int64_t shape[4];
    int64_t elements;
} cnn_tensor_info;

CNN_API int cnn_net_tensors(const cnn_net *net);
CNN_API cnn_status cnn_net_tensor(const cnn_net *net, int tensor, cnn_tensor_info *info, cnn_error *error);
/* Copy a parameter tensor out of or into the network, in the order of its `shape`. `elements` must match. */
CNN_API cnn_status cnn_net_get_parameter(const cnn_net *net, const char *name, float *values,
                                         int64_t elements, cnn_error *error);
CNN_API cnn_status cnn_net_set_parameter(cnn_net *net, const char *name, const float *values,
                                         int64_t elements, cnn_error *error);
/* CNN_ERROR_DIVERGED names the first layer and its parameter that holds a value that is infinite or not a number:
 * such a network cannot predict. */
CNN_API cnn_status cnn_net_check_finite(const cnn_net *net, cnn_error *error);

/* The size of a window's output along one axis: floor((n + padding_begin + padding_end - dilation (kernel - 1) - 1) /
 * stride) + 1. CNN_ERROR_SHAPE when the kernel does not fit into the padded input. */
CNN_API cnn_status cnn_output_size(int64_t input, int64_t kernel, int64_t stride, int64_t padding_begin,
                                   int64_t padding_end, int64_t dilation, int64_t *output, cnn_error *error);

/* One step of a run: a layer with those that are fused into it. */
typedef struct cnn_layer_time {
    char layers[120];      /* their names: "conv_2 + relu_2 + max_pool_1" */
    const char *algorithm; /* how it is computed: "Winograd F(4x4,3x3)"; a string literal */
    /* Additions and multiplications for one image as the layer is defined, a plain sum for each output and each
     * gradient; 0 for layers without weights. An algorithm may get by with fewer. */
    double forward_flops, backward_flops;
    double forward,
        backward; /* seconds for one image: those of all threads together, divided by their number */
    /* What has to be read or written for one image at least: what goes in and comes out, gradients, and an image's share of
     * the parameters, once each. Caches keep some of it from memory; an algorithm may move more. */
    double forward_bytes, backward_bytes;
    /* Of inference that is not in float32: how far the step's outputs are from those in float32, at most, relative to the largest of
     * these, on up to 8 made-up images. The network runs as a whole, so that errors of layers before it count. Every step's outputs are
     * looked at, and stored in float32 therefore. */
    double error;
    cnn_precision stored; /* what the step's outputs lie in until others have read them */
} cnn_layer_time;

typedef struct cnn_layer_times {
    int count;
    cnn_layer_time *layers; /* in the order of execution; owned by this struct */
    double seconds;         /* for one image, of whole runs: with loss, update, and waiting for each other */
    double peak; /* FLOP/s of one thread: multiplications and additions in registers, measured anew */
    int threads;
    double
        bandwidth; /* bytes a second, of all threads together, copying what no cache holds; 0: not measured */
} cnn_layer_times;

typedef struct cnn_layer_times_options {
    bool inference; /* rather than training: forward, backward and update */
    int64_t batch;  /* 0: 128 */
    int threads;    /* 0: one for each processor the process may use */
    double seconds; /* how long to measure; 0: 1 */
    cnn_precision precision;
} cnn_layer_times_options;

/* Run `net`, which is not changed, on made-up images and measure layer by layer. Release with cnn_layer_times_free. */
CNN_API cnn_status cnn_time_layers(const cnn_net *net, const cnn_layer_times_options *options,
                                   cnn_layer_times *times, cnn_error *error);
CNN_API void cnn_layer_times_free(cnn_layer_times *times);

#ifdef __cplusplus
}
#endif

/* What the macros that add a layer stand for; `net` and the options come with a comma behind, which the braces take. */
#if defined(__cplusplus)
#if defined(__GNUC__)
#pragma GCC system_header /* g++ would warn of every option that is not given */
#endif
#define CNN_LAYER(call, type, net, ...) call((net), cnn_options_of(type{__VA_ARGS__}))
extern "C++" {
template <class Options> inline const Options *cnn_options_of(const Options &options) {
    return &options; /* lives until the call is over */
}
}
#elif defined(__GNUC__) /* empty braces are no ISO C before C23: __extension__ silences that warning */
#define CNN_LAYER(call, type, net, ...) call((net), __extension__ &(type){__VA_ARGS__})
#else
#define CNN_LAYER(call, type, net, ...) call((net), &(type){__VA_ARGS__})
#endif

#endif
