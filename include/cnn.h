/* cnn.h - convolutional neural networks in plain C. The only public header of libcnn.
 *
 * Shapes are written and stored N,C,H,W: images, channels, rows, columns (the order of ONNX and PyTorch).
 *
 * Pixels are float32 in 0..1. A network carries its own normalisation (mean and standard deviation of each
 * channel) and applies it itself, so that a caller never has to.
 *
 * Options structs: zero means the documented default, so designated initialisers read well. Where zero is a
 * meaningful value the field is named so that zero is the default (`no_bias`).
 *
 * Errors: every call that can fail returns a cnn_status; the message goes into the cnn_error that the caller
 * hands in (NULL if not wanted). The library never prints, aborts or exits.
 *
 * NULL is allowed for the cnn_error, for what a call that frees is to free, for options where each of them has a
 * default, and where a comment says so. Any other pointer that is NULL is CNN_ERROR_ARGUMENT, and the message names
 * the argument; calls that give no cnn_status then do nothing and return 0 or NULL. An array of 0 elements may be NULL.
 *
 * Threads: different objects may be used in different threads at the same time; one object only in one thread
 * at a time. Reading functions (those that take a const pointer) may run side by side.
 */
#ifndef CNN_H
#define CNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define CNN_API
#else
#define CNN_API __attribute__((visibility("default")))
#endif

#define CNN_VERSION "0.1.0"

/* The largest number of threads that may be asked for. */
#define CNN_MOST_THREADS 256

/* ---- Errors ------------------------------------------------------------------------------------------- */

/* The one list of errors: enumerator, what it means. */
#define CNN_STATUS_LIST(X)                                                                                   \
    X(CNN_OK, "done")                                                                                        \
    X(CNN_STOPPED, "stopped on request; everything is saved")                                                \
    X(CNN_ERROR_ARGUMENT, "an argument is out of range")                                                     \
    X(CNN_ERROR_SHAPE, "a layer does not fit its input")                                                     \
    X(CNN_ERROR_MEMORY, "out of memory")                                                                     \
    X(CNN_ERROR_IO, "a file could not be read or written")                                                   \
    X(CNN_ERROR_FORMAT, "a file does not hold what its format promises")                                     \
    X(CNN_ERROR_UNSUPPORTED, "the format allows it, this library does not know it")                          \
    X(CNN_ERROR_DIVERGED, "the loss became infinite or not a number")

typedef enum cnn_status {
#define CNN_STATUS_ENUMERATOR(name, meaning) name,
    CNN_STATUS_LIST(CNN_STATUS_ENUMERATOR)
#undef CNN_STATUS_ENUMERATOR
} cnn_status;

/* What went wrong, kept by the caller: what, where (file, line, byte, layer), what was expected, what to do.
 * `message` is UTF-8, one line, always terminated. Needs no initialisation and no freeing. */
typedef struct cnn_error {
    cnn_status status;
    char message[1024];
} cnn_error;

/* "CNN_OK", "CNN_ERROR_SHAPE", ...; never NULL. */
CNN_API const char *cnn_status_name(cnn_status status);
/* The version of the library in use, as opposed to CNN_VERSION of the header compiled against. */
CNN_API const char *cnn_version(void);
/* The instruction set the kernels will use: "scalar", "avx2" or "avx512". The environment variable CNN_CPU
 * forces one; NULL (and the error) if it names one that is unknown or that this processor lacks. */
CNN_API const char *cnn_cpu(cnn_error *error);
/* The number of threads for which `threads` stands in an options struct: itself, or for 0 as many as there are processors that
 * this process may use, by its affinity and the quota of its control groups (rounded up). */
CNN_API int cnn_thread_count(int threads);
/* The environment variable CNN_WINOGRAD=0 has predictors and trainers sum all convolutions directly, which is slower
 * and rounds less; 1, and the default: by Winograd's algorithm where it pays. docs/performance.md has the errors. */

/* ---- Tensors ------------------------------------------------------------------------------------------ */

/* The types of elements: enumerator, its number in ONNX (TensorProto.DataType), in C, its name. A bool is a
 * byte that is 0 or 1. */
#define CNN_TYPE_LIST(X)                                                                                     \
    X(CNN_TYPE_FLOAT32, 1, float, "float32")                                                                 \
    X(CNN_TYPE_UINT8, 2, uint8_t, "uint8")                                                                   \
    X(CNN_TYPE_INT8, 3, int8_t, "int8")                                                                      \
    X(CNN_TYPE_UINT16, 4, uint16_t, "uint16")                                                                \
    X(CNN_TYPE_INT16, 5, int16_t, "int16")                                                                   \
    X(CNN_TYPE_INT32, 6, int32_t, "int32")                                                                   \
    X(CNN_TYPE_INT64, 7, int64_t, "int64")                                                                   \
    X(CNN_TYPE_BOOL, 9, uint8_t, "bool")                                                                     \
    X(CNN_TYPE_FLOAT64, 11, double, "float64")                                                               \
    X(CNN_TYPE_UINT32, 12, uint32_t, "uint32")                                                               \
    X(CNN_TYPE_UINT64, 13, uint64_t, "uint64")

typedef enum cnn_type {
#define CNN_TYPE_ENUMERATOR(name, number, c_type, text) name = number,
    CNN_TYPE_LIST(CNN_TYPE_ENUMERATOR)
#undef CNN_TYPE_ENUMERATOR
} cnn_type;

/* "float32", "int64", ...; never NULL. */
CNN_API const char *cnn_type_name(cnn_type type);

enum { CNN_TENSOR_AXES = 8 };

/* A tensor of any kind. Where it describes an input or an output of a model, without data: type 0 and rank -1
 * stand for "not said", a size of -1 for "any". */
typedef struct cnn_tensor {
    const char *name; /* NULL: none */
    cnn_type type;
    int rank; /* 0 to CNN_TENSOR_AXES; 0 is one number */
    int64_t shape[CNN_TENSOR_AXES];
    const void *data; /* row-major: the last axis lies side by side */
} cnn_tensor;

/* Read a NumPy file (.npy, versions 1 to 3, little-endian) or an ONNX TensorProto (.pb). On success
 * tensor->data is new and released with cnn_tensor_free; there is no name. */
CNN_API cnn_status cnn_tensor_read(cnn_tensor *tensor, const char *path, cnn_error *error);
CNN_API void cnn_tensor_free(cnn_tensor *tensor); /* what cnn_tensor_read filled; leaves it empty */
/* Write as a NumPy file. The file is replaced at once or not at all. */
CNN_API cnn_status cnn_tensor_write(const cnn_tensor *tensor, const char *path, cnn_error *error);

/* ---- Networks ----------------------------------------------------------------------------------------- */

/* A network: layers with their parameters. Holds no intermediate results; those belong to a predictor or a
 * trainer. */
typedef struct cnn_net cnn_net;

/* A layer's number within its network, from 1. 0 stands for "the layer added last" where an input is asked
 * for, and is returned by the functions that add a layer when they fail. */
typedef int cnn_layer;
/* As an `input`: the network's own input. */
#define CNN_NETWORK_INPUT (-1)

/* How weights start. Biases always start at zero. */
typedef enum cnn_init {
    CNN_INIT_DEFAULT, /* He for convolutions, Glorot for dense layers */
    CNN_INIT_HE,      /* normal, variance 2 / fan_in (He et al. 2015, arXiv:1502.01852) */
    CNN_INIT_GLOROT,  /* uniform, limit sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010) */
    CNN_INIT_ZEROS
} cnn_init;

typedef struct cnn_input_options {
    int64_t channels, height, width; /* each >= 1 */
} cnn_input_options;

/* Every *_options struct of a layer ends with these two. */
#define CNN_LAYER_OPTIONS                                                                                    \
    const char                                                                                               \
        *name; /* unique within the network; NULL: made from the kind and a number ("conv_1"); copied */     \
    cnn_layer input /* the layer whose output is the input; 0: the layer added last */

typedef struct cnn_layer_options {
    CNN_LAYER_OPTIONS;
} cnn_layer_options;

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
    int64_t padding[4]; /* top, left, bottom, right; each smaller than the kernel. Never a maximum itself */
    bool count_include_pad; /* average only: padding counts into the divisor */
    CNN_LAYER_OPTIONS;
} cnn_pool2d_options;

typedef struct cnn_dense_options {
    int64_t units; /* outputs, >= 1 */
    bool no_bias;
    cnn_init init;
    CNN_LAYER_OPTIONS;
} cnn_dense_options;

typedef struct cnn_dropout_options {
    double rate; /* probability that a value is set to zero in training, 0 <= rate < 1; 0: 0.5 */
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
    X(CNN_ACTIVATION_SQRT, sqrt, "the square root of x")

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

/* Transposed convolution: output size = (input - 1) stride + dilation (kernel - 1) + 1 + output padding -
 * padding. Its weight has the shape channels, filters / groups, rows, columns. */
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

/* Two inputs of one shape, or C,1,1 beside C,H,W: then its values count at every position. */
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
    double
        scale[2]; /* rows, columns; output size = floor(input * scale) in float32; 0 columns: as the rows */
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
    CNN_LAYER_OPTIONS;
} cnn_pad2d_options;

/* Instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022): each map of each image gets mean 0 and variance
 * 1, then a trained scale and shift of its channel. */
typedef struct cnn_instance_norm_options {
    double epsilon; /* added to the variance, > 0; 0: 1e-5 */
    CNN_LAYER_OPTIONS;
} cnn_instance_norm_options;

/* Local response normalisation: y = x (bias + alpha / size * sum of x^2)^-beta, the sum over `size` neighbouring
 * channels of one position. */
typedef struct cnn_lrn_options {
    int64_t size; /* >= 1; of an even number, one channel more behind than before */
    double alpha; /* > 0; 0: 0.0001 */
    double beta;  /* 0: 0.75 */
    double bias;  /* > 0; 0: 1 */
    CNN_LAYER_OPTIONS;
} cnn_lrn_options;

/* A network that has an input and no layers yet; of an input that is NULL or out of range, one that has failed
 * already (cnn_net_status). NULL only when out of memory. Free it with cnn_net_free. */
CNN_API cnn_net *cnn_net_new(const cnn_input_options *input);
CNN_API void cnn_net_free(cnn_net *net); /* NULL is allowed */

/* Add a layer; return its number, or 0 on failure. The first failure is kept (cnn_net_error) and makes every
 * later call fail too, so that a chain of calls is checked once at its end. Fails with CNN_ERROR_SHAPE when
 * the layer does not fit its input, CNN_ERROR_ARGUMENT for a value out of range. Parameters are zero until
 * cnn_net_initialise, cnn_net_set_parameter or cnn_train. */
CNN_API cnn_layer cnn_add_conv2d(cnn_net *net, const cnn_conv2d_options *options);
CNN_API cnn_layer cnn_add_batch_norm(cnn_net *net, const cnn_batch_norm_options *options);
CNN_API cnn_layer cnn_add_max_pool2d(cnn_net *net, const cnn_pool2d_options *options);
CNN_API cnn_layer cnn_add_avg_pool2d(cnn_net *net, const cnn_pool2d_options *options);
/* Mean or largest value of each whole map, C,1,1. */
CNN_API cnn_layer cnn_add_global_avg_pool2d(cnn_net *net, const cnn_layer_options *options);
CNN_API cnn_layer cnn_add_global_max_pool2d(cnn_net *net, const cnn_layer_options *options);
CNN_API cnn_layer cnn_add_dense(cnn_net *net, const cnn_dense_options *options);
CNN_API cnn_layer cnn_add_dropout(cnn_net *net, const cnn_dropout_options *options);
CNN_API cnn_layer cnn_add_conv_transpose2d(cnn_net *net, const cnn_conv_transpose2d_options *options);
CNN_API cnn_layer cnn_add_pair(cnn_net *net, const cnn_pair_options *options);
CNN_API cnn_layer cnn_add_prelu(cnn_net *net, const cnn_prelu_options *options);
CNN_API cnn_layer cnn_add_resize2d(cnn_net *net, const cnn_resize2d_options *options);
CNN_API cnn_layer cnn_add_pad2d(cnn_net *net, const cnn_pad2d_options *options);
CNN_API cnn_layer cnn_add_instance_norm(cnn_net *net, const cnn_instance_norm_options *options);
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

/* The same, as one reads them: cnn_conv2d(net, .filters = 32, .kernel = {3, 3}); cnn_relu(net); cnn_relu(net,
 * .name = "a"). In C++ these need its designated initialisers, so C++20. */
#define cnn_conv2d(...) CNN_LAYER(cnn_add_conv2d, cnn_conv2d_options, __VA_ARGS__, )
#define cnn_conv_transpose2d(...)                                                                            \
    CNN_LAYER(cnn_add_conv_transpose2d, cnn_conv_transpose2d_options, __VA_ARGS__, )
#define cnn_dense(...)             CNN_LAYER(cnn_add_dense, cnn_dense_options, __VA_ARGS__, )
#define cnn_max_pool2d(...)        CNN_LAYER(cnn_add_max_pool2d, cnn_pool2d_options, __VA_ARGS__, )
#define cnn_avg_pool2d(...)        CNN_LAYER(cnn_add_avg_pool2d, cnn_pool2d_options, __VA_ARGS__, )
#define cnn_global_avg_pool2d(...) CNN_LAYER(cnn_add_global_avg_pool2d, cnn_layer_options, __VA_ARGS__, )
#define cnn_global_max_pool2d(...) CNN_LAYER(cnn_add_global_max_pool2d, cnn_layer_options, __VA_ARGS__, )
#define cnn_batch_norm(...)        CNN_LAYER(cnn_add_batch_norm, cnn_batch_norm_options, __VA_ARGS__, )
#define cnn_instance_norm(...)     CNN_LAYER(cnn_add_instance_norm, cnn_instance_norm_options, __VA_ARGS__, )
#define cnn_lrn(...)               CNN_LAYER(cnn_add_lrn, cnn_lrn_options, __VA_ARGS__, )
#define cnn_dropout(...)           CNN_LAYER(cnn_add_dropout, cnn_dropout_options, __VA_ARGS__, )
#define cnn_relu(...)              CNN_LAYER(cnn_add_relu, cnn_layer_options, __VA_ARGS__, )
#define cnn_prelu(...)             CNN_LAYER(cnn_add_prelu, cnn_prelu_options, __VA_ARGS__, )
#define cnn_activation(...)        CNN_LAYER(cnn_add_activation, cnn_activation_options, __VA_ARGS__, )
#define cnn_softmax(...)           CNN_LAYER(cnn_add_softmax, cnn_layer_options, __VA_ARGS__, )
#define cnn_log_softmax(...)       CNN_LAYER(cnn_add_log_softmax, cnn_layer_options, __VA_ARGS__, )
#define cnn_flatten(...)           CNN_LAYER(cnn_add_flatten, cnn_layer_options, __VA_ARGS__, )
#define cnn_resize2d(...)          CNN_LAYER(cnn_add_resize2d, cnn_resize2d_options, __VA_ARGS__, )
#define cnn_pad2d(...)             CNN_LAYER(cnn_add_pad2d, cnn_pad2d_options, __VA_ARGS__, )
#define cnn_add(...)               CNN_LAYER(cnn_add_add, cnn_join_options, __VA_ARGS__, )
#define cnn_concat(...)            CNN_LAYER(cnn_add_concat, cnn_join_options, __VA_ARGS__, )
#define cnn_pair(...)              CNN_LAYER(cnn_add_pair, cnn_pair_options, __VA_ARGS__, )

/* CNN_OK, or that of the first failure; CNN_ERROR_ARGUMENT for NULL. */
CNN_API cnn_status cnn_net_status(const cnn_net *net);
/* The first failure's message, "" if there is none; never NULL. */
CNN_API const char *cnn_net_error(const cnn_net *net);

/* Draw all parameters anew: weights by their layer's cnn_init from `seed`, biases zero. The same seed gives
 * the same parameters on every machine. A network that does not say what pixels it takes takes 0..1 then. */
CNN_API cnn_status cnn_net_initialise(cnn_net *net, uint64_t seed);

/* Hold all layers with parameters whose names match `pattern`, as a shell matches file names (* ? []):
 * training leaves their parameters as they are, bit for bit, statistics of batch normalisation included. Adds
 * to what is held already. CNN_ERROR_ARGUMENT when no name matches. */
CNN_API cnn_status cnn_net_freeze(cnn_net *net, const char *pattern, cnn_error *error);
/* Replace the last layer with parameters, dense or a convolution, by one for `classes` outputs, its parameters
 * drawn from `seed` as cnn_net_initialise does; all others keep theirs. Class names are forgotten.
 * CNN_ERROR_UNSUPPORTED when the network would not have that many outputs then. */
CNN_API cnn_status cnn_net_replace_head(cnn_net *net, int64_t classes, uint64_t seed, cnn_error *error);

/* Build a network that is not trained anew, for images and classes of another kind: sizes of `input` that are 0, or a NULL,
 * stay as they are, and so do 0 classes. The last dense layer or convolution gets an output for each class; one sigmoid
 * for two classes stays. Where something changes, all parameters are zero afterwards and class names are forgotten.
 * CNN_ERROR_SHAPE: a layer does not fit such images; it is named, and the least size that would do. CNN_ERROR_UNSUPPORTED:
 * the network has no layer that decides its number of outputs. After a failure the network is as it was. */
CNN_API cnn_status cnn_net_fit(cnn_net *net, const cnn_input_options *input, int64_t classes,
                               cnn_error *error);

/* What a layer is. Strings belong to the network and live until it is changed or freed. */
typedef struct cnn_layer_info {
    const char *name; /* "conv_1" */
    const char *kind; /* the word of the text format: "conv", "relu", "maxpool", ... */
    const char *text; /* the layer as a line of the text format, without its name */
    int inputs;       /* how many inputs, 1 or more */
    const cnn_layer
        *input;         /* that many; CNN_NETWORK_INPUT for the network's own. Lives as long as the strings */
    int rank;           /* of the output without the batch: 3 for C,H,W; 1 for a flat vector */
    int64_t output[3];  /* C,H,W or the length */
    int64_t parameters; /* trainable values */
    int64_t statistics; /* values that training keeps but does not train: running mean and variance */
    int64_t macs;       /* multiply-accumulate operations for one image, forward */
    bool frozen;        /* held by cnn_net_freeze */
    cnn_layer shares;   /* the layer whose parameters are this one's, too, and counted there; 0: none */
} cnn_layer_info;

CNN_API int cnn_net_layers(const cnn_net *net);
CNN_API cnn_status cnn_net_layer(const cnn_net *net, cnn_layer layer, cnn_layer_info *info, cnn_error *error);
CNN_API void cnn_net_input(const cnn_net *net, int64_t shape[3]); /* C,H,W */
CNN_API int64_t cnn_net_outputs(const cnn_net *net);              /* values per image in the last layer */
CNN_API int64_t cnn_net_parameters(const cnn_net *net);           /* all trainable values together */
/* Values kept beside them: the running statistics of batch normalisation. */
CNN_API int64_t cnn_net_statistics(const cnn_net *net);

/* What the outputs mean, by the layer that the network ends in (a flatten or a dropout behind it does not count). */
typedef enum cnn_output_kind {
    CNN_OUTPUT_VALUES, /* no scores of classes: maps, a single number, or what an activation gives (tanh, relu) */
    CNN_OUTPUT_LOGITS, /* scores of any size, one for each class; a softmax would make probabilities of them */
    CNN_OUTPUT_PROBABILITIES,     /* of a softmax: one for each class, together 1 */
    CNN_OUTPUT_LOG_PROBABILITIES, /* of a log-softmax: their logarithms */
    CNN_OUTPUT_BINARY,            /* of one sigmoid: the probability of the second of two classes */
    CNN_OUTPUT_SIGMOIDS           /* of several sigmoids: probabilities that do not exclude each other */
} cnn_output_kind;

CNN_API cnn_output_kind cnn_net_output_kind(const cnn_net *net);
/* How many classes the outputs tell apart: cnn_net_outputs, but 2 for CNN_OUTPUT_BINARY. */
CNN_API int64_t cnn_net_classes(const cnn_net *net);
/* Turn `count` rows of cnn_net_outputs values into rows of cnn_net_classes probabilities, whatever the kind: a softmax
 * of logits, both classes of CNN_OUTPUT_BINARY. CNN_ERROR_UNSUPPORTED for CNN_OUTPUT_VALUES. */
CNN_API cnn_status cnn_net_probabilities(const cnn_net *net, const float *outputs, int64_t count,
                                         float *probabilities, cnn_error *error);

/* Parameter tensors by number, 0 .. cnn_net_tensors() - 1, in the order of the layers. */
typedef struct cnn_tensor_info {
    const char *name; /* "conv_1.weight", "fc_2.bias" */
    int rank;
    int64_t
        shape[4]; /* conv weight: filters, channels / groups, rows, columns; dense weight: units, inputs */
    int64_t elements;
} cnn_tensor_info;

CNN_API int cnn_net_tensors(const cnn_net *net);
CNN_API cnn_status cnn_net_tensor(const cnn_net *net, int tensor, cnn_tensor_info *info, cnn_error *error);
/* Copy a parameter tensor out of or into the network, in the order of its `shape`. `elements` must match. */
CNN_API cnn_status cnn_net_get_parameter(const cnn_net *net, const char *name, float *values,
                                         int64_t elements, cnn_error *error);
CNN_API cnn_status cnn_net_set_parameter(cnn_net *net, const char *name, const float *values,
                                         int64_t elements, cnn_error *error);

/* Pixel x of channel c enters the first layer as (x - mean[c]) / deviation[c]. Starts as mean 0, deviation 1.
 * One value a channel each; deviation > 0. What is not wanted of cnn_net_normalisation may be NULL. */
CNN_API cnn_status cnn_net_set_normalisation(cnn_net *net, const float *mean, const float *deviation,
                                             cnn_error *error);
CNN_API void cnn_net_normalisation(const cnn_net *net, float *mean, float *deviation);

/* How a picture becomes the network's input, before the normalisation. Kept with the network in every file. */
typedef struct cnn_preprocessing {
    bool bgr; /* the channels are blue, green, red; needs 3 of them */
    /* The short side becomes this many pixels, then the centre of the input's size is cut out, as torchvision
     * evaluates; at least the input's height and width. 0: squashed to its size. */
    int64_t resize;
    bool invert; /* 1 - x, of the pixels of 0..1 */
    /* As MNIST's digits: the box of what is drawn, bright on dark, scaled to fit 20 of 28 parts of the input, its
     * centre of mass in the middle. Not together with `resize`. */
    bool centre;
    uint32_t background; /* laid under transparent pixels, 0xffRRGGBB; 0: white */
} cnn_preprocessing;

/* CNN_ERROR_ARGUMENT where a value does not fit the network's input. */
CNN_API cnn_status cnn_net_set_preprocessing(cnn_net *net, const cnn_preprocessing *preprocessing,
                                             cnn_error *error);
CNN_API void cnn_net_preprocessing(const cnn_net *net, cnn_preprocessing *preprocessing);

/* What a model says of the values that it takes. The ranges are ONNX's (Image.NominalPixelRange); the network brings
 * pixels into them by its normalisation, so that a caller hands in 0..1 all the same. */
typedef enum cnn_pixels {
    CNN_PIXELS_UNKNOWN,    /* nothing: 0..1 is assumed */
    CNN_PIXELS_NORMALISED, /* 0..1: the normalisation was set, by cnn_train or by cnn_net_set_normalisation */
    CNN_PIXELS_0_1,        /* the same, where it changes nothing */
    CNN_PIXELS_0_255,
    CNN_PIXELS_MINUS_1_1,
    CNN_PIXELS_16_235
} cnn_pixels;
CNN_API cnn_pixels cnn_net_pixels(const cnn_net *net);

typedef struct cnn_pixel_options {
    double scale; /* 255: values in 0..255; 0: the range that the model's file names, 0..1 without one */
    const float *mean, *deviation; /* one a channel, in the scaled range; NULL: 0, 1 */
} cnn_pixel_options;

/* Say what a model from elsewhere was trained on: pixel x of 0..1 reaches it as (x * scale - mean) / deviation. This
 * goes into the network's normalisation, in front of what the model does itself. */
CNN_API cnn_status cnn_net_expect_pixels(cnn_net *net, const cnn_pixel_options *options, cnn_error *error);

/* Names of the classes, in the order of the outputs (CNN_OUTPUT_BINARY: that of output 0, then that of 1); `count` must be
 * cnn_net_classes. Copied. */
CNN_API cnn_status cnn_net_set_classes(cnn_net *net, const char *const *names, int64_t count,
                                       cnn_error *error);
/* What the file said that a network cannot hold, and what became of it, in sentences: nodes that were left out, weights
 * that were shared. Notes come with cnn_net_open; NULL beyond the last one. A net of NULL has none. */
CNN_API int cnn_net_notes(const cnn_net *net);
CNN_API const char *cnn_net_note(const cnn_net *net, int note);
CNN_API const char *cnn_net_class(const cnn_net *net,
                                  int64_t index); /* its name, or NULL if none was given */

/* ---- Models in files ---------------------------------------------------------------------------------- */

/* Open a model: a built-in's name ("basic"), a text file, an ONNX file, a safetensors file that this library
 * wrote (cnn_net_save, or a checkpoint), or a run directory of cnn_train (its model.onnx). On success *net is new and the caller's; on failure it is NULL. A text model's parameters are
 * zero, and *trained (may be NULL) says whether the file brought parameters. */
CNN_API cnn_status cnn_net_open(cnn_net **net, const char *model, bool *trained, cnn_error *error);
/* The same from a string in the text format; `origin` names it in messages (NULL: "text"). */
CNN_API cnn_status cnn_net_parse(cnn_net **net, const char *text, const char *origin, cnn_error *error);
/* Write a network; the name's end says how. "x.txt": in the text format, without parameters. "x.safetensors":
 * every parameter by its name, with the text as metadata. Anything else: as ONNX (opset 13, IR 7) with
 * parameters, normalisation (as the graph's first nodes) and class names; the graph takes "input", float32
 * N,C,H,W in 0..1, and gives "output". The file is replaced at once or not at all. */
CNN_API cnn_status cnn_net_save(const cnn_net *net, const char *path, cnn_error *error);
/* Take all parameters from a safetensors file, by name. CNN_ERROR_FORMAT, and nothing changed, when one is
 * missing, the network does not have one, or a shape or type differs. */
CNN_API cnn_status cnn_net_load_weights(cnn_net *net, const char *path, cnn_error *error);
/* What cnn_net_load_weights_partial took and left; the names are the first few of each, for a person. */
typedef struct cnn_partial_weights {
    int64_t taken;  /* parameter tensors of the network that the file gave */
    int64_t left;   /* those that stay as they are: not in the file, or of another shape or type there */
    int64_t unused; /* tensors of the file that are no parameter of the network */
    char taken_names[256], left_names[256], unused_names[256];
} cnn_partial_weights;
/* The same, but take the parameters that match by name, shape and type, and leave the rest as it is. CNN_ERROR_FORMAT
 * when none does. `result` may be NULL. */
CNN_API cnn_status cnn_net_load_weights_partial(cnn_net *net, const char *path, cnn_partial_weights *result,
                                                cnn_error *error);
/* The network in the text format, without parameters; allocated, release it with cnn_free. NULL: out of
 * memory. */
CNN_API char *cnn_net_text(const cnn_net *net);
CNN_API void cnn_free(void *memory); /* frees what the library said is to be freed so; NULL is allowed */
/* Names of the built-in models, ended by NULL. */
CNN_API const char *const *cnn_builtin_models(void);
/* A built-in model in the text format. It begins with comments: what it is, "# For: " what it is good for, and "#
 * Accuracy: 93.0 % on fashion-mnist after 10 epochs" where that was measured. NULL: there is none of this name. */
CNN_API const char *cnn_builtin_text(const char *name);

/* ---- Data --------------------------------------------------------------------------------------------- */

/* A set of images with a label each, held in memory. */
typedef struct cnn_data cnn_data;

/* The parts of a data set. CNN_SPLIT_ALL: all of them together, each image once. */
typedef enum cnn_split { CNN_SPLIT_TRAIN, CNN_SPLIT_TEST, CNN_SPLIT_VALIDATION, CNN_SPLIT_ALL } cnn_split;

/* How a picture becomes an image. In this order: what is transparent is laid over the background; colour becomes grey
 * (ITU-R BT.601) or grey colour; values are inverted; the size is changed (bilinear with antialiasing, as Pillow and
 * torchvision do); the channels are put in order. Before all that a picture is turned as its EXIF orientation says. */
typedef struct cnn_image_options {
    int64_t channels, height, width; /* wanted shape, channels 1 or 3; 0: as the (first) picture is */
    /* > 0: the short side becomes this many pixels, then the middle height x width (0: resize x resize) is cut out,
     * as torchvision evaluates; black where the picture does not reach. 0: squash to height x width. */
    int64_t resize;
    bool bgr;    /* give blue, green, red instead of red, green, blue */
    bool invert; /* 255 - value */
    /* MNIST's way: the box of what is drawn, bright on dark, is scaled to fit 20/28 of height and width (0: 28) and
     * placed on black, its centre of mass in the middle. Not together with resize. */
    bool centre;
    /* 0xffRRGGBB, laid under transparent pixels, its grey under those of grey pictures; 0: white */
    uint32_t background;
    int64_t most_pixels; /* larger pictures are refused; 0: 2^26 */
} cnn_image_options;

/* How a picture becomes an image that the network takes: its input's shape and its preprocessing. All zero for NULL. */
CNN_API cnn_image_options cnn_net_image_options(const cnn_net *net);

typedef struct cnn_data_options {
    cnn_split split;         /* which part of the data set */
    cnn_image_options image; /* what becomes of each picture */
    /* at most so many images, the first ones; of class folders the first of each class in turn, so that all classes
     * take part; 0: all */
    int64_t limit;
    bool skip_bad; /* class folders: leave images out that do not decode, rather than fail */
} cnn_data_options;

/* Open a data set: a known name ("mnist", "fashion-mnist", "kmnist", "cifar10": looked for in $CNN_DATA/NAME, the
 * user's cache folder and the system's packaged data), a folder of IDX files (.gz or not), one of CIFAR-10's
 * binary files, or a folder of class folders with picture files (cnn_is_image_name), which may lie in folders for
 * training, test and validation: train, Training_set, val, ... Every file is read and checked here; later calls cannot
 * fail for a file's sake. Class folders get their labels in the sorted order of their names, those for training where
 * there are splits; names that start with a dot are left out, and what else is left out is told (cnn_data_note).
 * CNN_ERROR_FORMAT: the data have no such split. Class folders that lie in no split's folder are all for training.
 * options may be NULL. */
CNN_API cnn_status cnn_data_open(cnn_data **data, const char *source, const cnn_data_options *options,
                                 cnn_error *error);
/* Whether a data set has a part of its own for a split, as cnn_data_open finds it; decodes nothing. Class folders without
 * such parts have none, not even for training. */
CNN_API cnn_status cnn_data_has(const char *source, cnn_split split, bool *has, cnn_error *error);
/* Images of a caller's: their pixels either as bytes or as floats. */
typedef struct cnn_data_arrays {
    int64_t count;                   /* N, >= 1 */
    int64_t channels, height, width; /* each >= 1 */
    const uint8_t *bytes;            /* N,C,H,W: 0 black, 255 white */
    const float *floats;             /* instead, N,C,H,W: 0 black, 1 white; any finite number will do */
    const int32_t *labels;           /* N of 0 .. classes - 1 */
    int64_t classes;
    const char *const *class_names; /* `classes` of them; NULL: "0", "1", ... */
    const float
        *targets; /* instead of labels and classes: what the network is to give, N rows of finite numbers.
                             All images are of class 0 then */
    int64_t targets_per_image; /* the numbers in a row; training wants one for each output of the network */
} cnn_data_arrays;

/* All of it is copied. */
CNN_API cnn_status cnn_data_from_arrays(cnn_data **data, const cnn_data_arrays *arrays, cnn_error *error);
CNN_API void cnn_data_free(cnn_data *data); /* NULL is allowed */
/* The folder, there or not, where cnn_data_open looks first for a known name: in $CNN_DATA, else in the user's cache.
 * Release with cnn_free. */
CNN_API cnn_status cnn_data_folder(char **folder, const char *name, cnn_error *error);

CNN_API int64_t cnn_data_count(const cnn_data *data);
CNN_API void cnn_data_shape(const cnn_data *data, int64_t shape[3]); /* C,H,W */
CNN_API int64_t cnn_data_classes(const cnn_data *data);
CNN_API const char *cnn_data_class(const cnn_data *data, int64_t label); /* never NULL for a valid label */
CNN_API int32_t cnn_data_label(const cnn_data *data, int64_t index);     /* -1 for an index out of range */
/* Its file, as a path below cnn_data_origin; NULL where images are no files of their own (IDX, CIFAR-10, arrays). */
CNN_API const char *cnn_data_name(const cnn_data *data, int64_t index);
/* What it was before it became an image of the data's shape. */
typedef struct cnn_picture {
    const char *format; /* "PNG", "JPEG", ..., "IDX", "CIFAR-10", "memory" */
    int64_t channels;   /* 1 grey, 2 grey with transparency, 3 colour, 4 colour with transparency */
    int64_t height, width;
} cnn_picture;
CNN_API cnn_picture cnn_data_picture(const cnn_data *data, int64_t index);
/* Images left out because of skip_bad: how many, their paths below cnn_data_origin, and why; NULL behind the last. */
CNN_API int64_t cnn_data_skipped(const cnn_data *data);
CNN_API const char *cnn_data_skipped_name(const cnn_data *data, int64_t index);
CNN_API const char *cnn_data_skipped_reason(const cnn_data *data, int64_t index);
/* Files that are no images of the data, by their names or places: the index-th ending (".txt"; "": none; NULL behind the
 * last), the most frequent first, and how many have it (`count` may be NULL). What lies beside the splits' folders counts with the training
 * images. */
CNN_API const char *cnn_data_ignored(const cnn_data *data, int64_t index, int64_t *count);
/* What a person should know about how the data were read, a line each: files and folders left out, class folders that
 * look like splits. How many; NULL behind the last. */
CNN_API int64_t cnn_data_notes(const cnn_data *data);
CNN_API const char *cnn_data_note(const cnn_data *data, int64_t index);
CNN_API const char *cnn_data_origin(const cnn_data *data); /* the folder it was read from, "memory" if none */
/* Copy images [first, first + count) as float32 N,C,H,W in 0..1. */
CNN_API cnn_status cnn_data_images(const cnn_data *data, int64_t first, int64_t count, float *images,
                                   cnn_error *error);
/* Mean and standard deviation of each channel over all images, in 0..1. What is not wanted may be NULL. */
CNN_API void cnn_data_statistics(const cnn_data *data, float *mean, float *deviation);
/* Whether a file's name ends as those of pictures that are read do, in any case: .png .jpg .jpeg .jpe .jfif .webp .bmp
 * .dib .gif .tif .tiff .pgm .ppm .pnm. What a file is its first bytes say, not its name. */
CNN_API bool cnn_is_image_name(const char *path);
/* Read one picture file into C,H,W float32 in 0..1. The options must give channels, height and width. The picture is
 * turned the way up that its EXIF orientation says; of an animation or several pages the first is read.
 * CNN_ERROR_UNSUPPORTED: a WebP or TIFF file, and the library was built without the one for it. */
CNN_API cnn_status cnn_image_read(const char *path, const cnn_image_options *options, float *image,
                                  cnn_error *error);
/* The same, bit for bit, from a file's bytes in memory; `name` is for messages, NULL: "image". */
CNN_API cnn_status cnn_image_decode(const void *bytes, size_t size, const char *name,
                                    const cnn_image_options *options, float *image, cnn_error *error);

/* ---- Prediction --------------------------------------------------------------------------------------- */

/* A network made ready to run: weights laid out for the kernels, all memory taken. Independent of the network
 * it was made from, which may be changed or freed. */
typedef struct cnn_predictor cnn_predictor;

typedef struct cnn_predictor_options {
    int64_t batch; /* most images at once; 0: 1 */
    int threads;   /* 0: one for each processor the process may use */
} cnn_predictor_options;

CNN_API cnn_status cnn_predictor_new(cnn_predictor **predictor, const cnn_net *net,
                                     const cnn_predictor_options *options, cnn_error *error);
CNN_API void cnn_predictor_free(cnn_predictor *predictor); /* NULL is allowed */
/* Run `count` images (any number; cut into batches), N,C,H,W in 0..1; `outputs` gets N rows of
 * cnn_net_outputs. Allocates nothing. */
CNN_API cnn_status cnn_predictor_run(cnn_predictor *predictor, const float *images, int64_t count,
                                     float *outputs, cnn_error *error);

/* ---- Any ONNX model, on raw tensors ------------------------------------------------------------------- */

/* A model that runs on tensors instead of images: any number of inputs and outputs, of any rank and type. */
typedef struct cnn_model cnn_model;

/* What runs a model. */
typedef enum cnn_engine {
    CNN_ENGINE_DEFAULT,    /* the network if the model fits it, else the interpreter */
    CNN_ENGINE_NETWORK,    /* a planned network, as a predictor runs it: fast; images alone */
    CNN_ENGINE_INTERPRETER /* one operator after the other, on one thread: the reference */
} cnn_engine;

typedef struct cnn_model_options {
    cnn_engine engine; /* CNN_ENGINE_NETWORK: fail with the reason if the model does not fit */
    int threads;       /* of the network; 0: one for each processor the process may use */
} cnn_model_options;

/* Open an ONNX file or a run directory (its model.onnx). External data must lie below the file's folder.
 * CNN_ERROR_UNSUPPORTED names the operator and the node that is not supported. */
CNN_API cnn_status cnn_model_open(cnn_model **model, const char *path, const cnn_model_options *options,
                                  cnn_error *error);
CNN_API void cnn_model_free(cnn_model *model); /* NULL is allowed */

/* The engine that runs the model: CNN_ENGINE_NETWORK or CNN_ENGINE_INTERPRETER, of NULL CNN_ENGINE_DEFAULT. */
CNN_API cnn_engine cnn_model_engine(const cnn_model *model);
/* How many inputs a run needs, how many outputs it gives; what the file says of them, without data. */
CNN_API int cnn_model_inputs(const cnn_model *model);
CNN_API int cnn_model_outputs(const cnn_model *model);
CNN_API const cnn_tensor *cnn_model_input(const cnn_model *model, int input);
CNN_API const cnn_tensor *cnn_model_output(const cnn_model *model, int output);

/* Run on tensors that have the names of the inputs, in any order. Old models list initialisers among their
 * inputs: such a one may be given, too, and then replaces its value (by the interpreter). */
CNN_API cnn_status cnn_model_run(cnn_model *model, const cnn_tensor *inputs, int count, cnn_error *error);
/* What the last run gave; the data lives until the next run. NULL before the first one. */
CNN_API const cnn_tensor *cnn_model_result(const cnn_model *model, int output);

/* ---- Training ----------------------------------------------------------------------------------------- */

typedef enum cnn_optimizer {
    CNN_OPTIMIZER_DEFAULT, /* CNN_OPTIMIZER_SGD with momentum 0.9 and weight decay 0.0005 */
    CNN_OPTIMIZER_SGD,     /* with momentum and Nesterov as set */
    CNN_OPTIMIZER_ADAM,    /* Kingma and Ba 2014, arXiv:1412.6980; weight decay is added to the gradient */
    CNN_OPTIMIZER_ADAMW,   /* Loshchilov and Hutter 2017, arXiv:1711.05101; decoupled weight decay */
    CNN_OPTIMIZER_LION     /* Chen et al. 2023, arXiv:2302.06675; decoupled weight decay */
} cnn_optimizer;

/* All of them but the default one, in order: enumerator, name as --optimizer takes it, default learning rate. */
#define CNN_OPTIMIZERS(X)                                                                                    \
    X(CNN_OPTIMIZER_SGD, sgd, 0.1)                                                                           \
    X(CNN_OPTIMIZER_ADAM, adam, 0.001)                                                                       \
    X(CNN_OPTIMIZER_ADAMW, adamw, 0.001)                                                                     \
    X(CNN_OPTIMIZER_LION, lion, 0.0001)

typedef enum cnn_schedule {
    CNN_SCHEDULE_DEFAULT, /* CNN_SCHEDULE_ONECYCLE */
    CNN_SCHEDULE_CONSTANT,
    CNN_SCHEDULE_STEP,   /* multiply by step_factor every step_epochs epochs */
    CNN_SCHEDULE_COSINE, /* half a cosine down to zero (Loshchilov and Hutter 2016, arXiv:1608.03983) */
    CNN_SCHEDULE_ONECYCLE /* cosine up from lr / 25 to lr over the first 30 %, cosine down to lr / 250,000 (Smith and
                    Topin 2017, arXiv:1708.07120; the constants of PyTorch's OneCycleLR) */
} cnn_schedule;

typedef enum cnn_loss {
    CNN_LOSS_DEFAULT, /* CNN_LOSS_BINARY_CROSS_ENTROPY of a network that is CNN_OUTPUT_BINARY, else CNN_LOSS_CROSS_ENTROPY */
    CNN_LOSS_CROSS_ENTROPY, /* of the softmax; a softmax at the network's end is taken into it */
    CNN_LOSS_BINARY_CROSS_ENTROPY, /* of CNN_OUTPUT_BINARY alone: -log p for label 1, -log(1 - p) for label 0; the sigmoid is taken
                                 into it */
    CNN_LOSS_MEAN_SQUARED /* mean over outputs and images of (output - target)^2; the target is the data's own (the
                        default loss of such data), else one-hot, of one output the label */
} cnn_loss;

/* Everything that decides an update. Also what cnn_trainer_new takes. Rates are per update, not per epoch. */
typedef struct cnn_update_options {
    cnn_optimizer optimizer;
    double learning_rate; /* 0: that of CNN_OPTIMIZERS, but for SGD with momentum 0.05 */
    double momentum;      /* SGD, 0 <= momentum < 1; 0: none (CNN_OPTIMIZER_DEFAULT: 0.9) */
    bool nesterov;        /* SGD with momentum */
    double beta1, beta2;  /* Adam: 0: 0.9 and 0.999; Lion: 0: 0.9 and 0.99 */
    double epsilon;       /* Adam: 0: 1e-8 */
    double
        weight_decay; /* >= 0; weights only, biases are left alone; 0: none (CNN_OPTIMIZER_DEFAULT: 0.0005) */
    double clip_norm; /* scale gradients so that the norm of all together is at most this; 0: no clipping */
    double label_smoothing; /* cross-entropy, binary or not: 0 <= value < 1 */
    cnn_loss loss;
} cnn_update_options;

/* One step at a time, for programs with a loop of their own and for tests. */
typedef struct cnn_trainer cnn_trainer;

typedef struct cnn_trainer_options {
    cnn_update_options update;
    int64_t batch; /* most images in a step; 0: 128 */
    int threads;   /* 0: one for each processor the process may use */
    uint64_t seed; /* of dropout */
} cnn_trainer_options;

/* Takes the parameters from `net`; they live in the trainer until cnn_trainer_store puts them back. */
CNN_API cnn_status cnn_trainer_new(cnn_trainer **trainer, const cnn_net *net,
                                   const cnn_trainer_options *options, cnn_error *error);
CNN_API void cnn_trainer_free(cnn_trainer *trainer); /* NULL is allowed */
/* Forward, loss, backward: computes the gradients of the mean loss of `count` images (N,C,H,W in 0..1; count
 * at most `batch`) and changes no parameter. `loss` and `correct` (how many images were classified rightly)
 * may be NULL. CNN_ERROR_DIVERGED if the loss is not finite; the message names the layer. */
CNN_API cnn_status cnn_trainer_gradients(cnn_trainer *trainer, const float *images, const int32_t *labels,
                                         int64_t count, double *loss, int64_t *correct, cnn_error *error);
/* The same for a network that is no classifier: `targets` are `count` rows of cnn_net_outputs values, and the trainer's
 * loss is CNN_LOSS_MEAN_SQUARED. */
CNN_API cnn_status cnn_trainer_target_gradients(cnn_trainer *trainer, const float *images,
                                                const float *targets, int64_t count, double *loss,
                                                cnn_error *error);
/* Forward alone, as in inference: without dropout, batch normalisation by its running statistics. Mean loss of `count`
 * images (any number; N,C,H,W in 0..1), without label smoothing, and how many were classified rightly; either may be
 * NULL. Changes no parameter and no gradient. Takes memory of its own at the first call. */
CNN_API cnn_status cnn_trainer_loss(cnn_trainer *trainer, const float *images, const int32_t *labels,
                                    int64_t count, double *loss, int64_t *correct, cnn_error *error);
/* Update the parameters from the last gradients. `learning_rate_factor` multiplies the rate (a schedule). */
CNN_API cnn_status cnn_trainer_update(cnn_trainer *trainer, double learning_rate_factor, cnn_error *error);
/* Copy the last gradient of a parameter tensor, in the order of its shape. */
CNN_API cnn_status cnn_trainer_get_gradient(const cnn_trainer *trainer, const char *name, float *values,
                                            int64_t elements, cnn_error *error);
/* Copy the trainer's parameters into `net`, which must have the same layers. */
CNN_API cnn_status cnn_trainer_store(const cnn_trainer *trainer, cnn_net *net, cnn_error *error);

/* Where training stands; handed to the progress function. */
typedef struct cnn_progress {
    int epoch, epochs;             /* from 1 */
    int64_t iteration, iterations; /* of this epoch, from 1 */
    bool epoch_ended;              /* then the validation fields are set */
    double images_per_second;
    double seconds_left; /* of the whole training, estimated */
    double learning_rate;
    double loss, accuracy; /* mean over the epoch so far, on the training images; accuracy 0..1 */
    bool validated;        /* whether there is a validation set */
    double validation_loss, validation_accuracy;
    bool best;      /* this epoch is the best so far (cnn_best) */
    int kept_epoch; /* at the end of an epoch: whose weights the network and model.onnx have now, and its loss and
                       accuracy, of validation where there is one */
    double kept_loss, kept_accuracy;
} cnn_progress;

/* Called after every iteration and at the end of every epoch. Return true to go on, false to stop after this
 * batch: state is saved and cnn_train returns CNN_STOPPED. */
typedef bool (*cnn_progress_function)(void *user, const cnn_progress *progress);

/* Which of two epochs is better, by the validation images, else by the training images. */
typedef enum cnn_best {
    CNN_BEST_DEFAULT,  /* CNN_BEST_ACCURACY */
    CNN_BEST_ACCURACY, /* the higher accuracy; of two that are equal the lower loss */
    CNN_BEST_LOSS      /* the lower loss */
} cnn_best;

typedef struct cnn_train_options {
    cnn_update_options update;
    int epochs;    /* 0: 10 */
    int64_t batch; /* 0: 128. The deck: typically 8 to 256 */
    cnn_schedule schedule;
    double
        warmup_epochs;  /* linear rise from 0 before the schedule proper; CNN_SCHEDULE_ONECYCLE has its own */
    int step_epochs;    /* CNN_SCHEDULE_STEP: 0: a third of the epochs, rounded up */
    double step_factor; /* CNN_SCHEDULE_STEP: 0: 0.1 */
    double test;       /* fraction of the images held out for testing, 0 <= value < 1: training never looks at
                    them; which they are stands in run_directory's split.csv, and cnn_data_open_run finds them. From
                    each class its share, drawn by `seed` */
    double validation; /* fraction of the others held out to validate with, in the same way */
    const cnn_data *validation_data; /* images to validate with instead; NULL: none */
    cnn_best best; /* which epoch is best: its weights are kept where there is a validation set or patience */
    int patience;  /* stop after so many epochs without a better one; 0: never */
    uint64_t seed; /* of initial weights, shuffling, dropout */
    int threads;   /* 0: one for each processor the process may use. The result does not depend on it */
    bool keep_parameters;    /* go on from the network's parameters instead of drawing new ones */
    bool keep_normalisation; /* with new parameters, too: the network's rather than the data's */
    bool augment;            /* shift each training image by up to 2 pixels at random; see docs */
    const char
        *run_directory; /* model.onnx, checkpoint.safetensors, history.csv and a TensorBoard event file are
                          written here after every epoch; created if missing; NULL: nothing is written */
    bool resume; /* go on from run_directory's checkpoint, as if training had never stopped. The options
                    must be the same but for threads, patience, epochs and learning_rate; of the last
                    two 0 means the checkpoint's. Classes must have the same names */
    bool
        overwrite; /* let the run that run_directory holds be replaced: its files go when the first epoch is saved.
                       Without it, and without resume, such a directory is CNN_ERROR_ARGUMENT */
    cnn_progress_function progress; /* NULL: none */
    void *user;                     /* handed to `progress` */
} cnn_train_options;

/* Train `net` on `data`: shuffled mini-batches, forward, loss, backward, update. Sets the network's
 * normalisation from the training images (unless keep_parameters or keep_normalisation) and its class names; with keep_parameters a network
 * that has names keeps them, and labels are matched as cnn_match_classes does. On return the network has the weights
 * of the best epoch (options->best) when there is a validation set or patience, else the last ones. The same seed gives
 * the same weights bit for bit on any number of threads (of one instruction set). CNN_STOPPED: `progress` asked
 * for it. CNN_ERROR_DIVERGED: the loss is not finite; the network keeps the weights of the last good epoch,
 * and the message names epoch, iteration and layer. */
CNN_API cnn_status cnn_train(cnn_net *net, const cnn_data *data, const cnn_train_options *options,
                             cnn_error *error);

/* What cnn_train would refuse before it looks at network and images: options out of range, a run_directory that holds a
 * run already, or none to resume. */
CNN_API cnn_status cnn_train_check(const cnn_train_options *options, cnn_error *error);

/* How cnn_train would share out the images of `data`. */
typedef struct cnn_train_images {
    int64_t training, validation, test;
    int64_t others; /* with resume: in none of these, since they came to the data later */
} cnn_train_images;
CNN_API cnn_status cnn_train_count(const cnn_data *data, const cnn_train_options *options,
                                   cnn_train_images *images, cnn_error *error);

/* Open options->split of a data set as the training in run_directory shared its images out (split.csv): those held out
 * for CNN_SPLIT_TEST, unless the data set has test images of its own; those that trained or validated. What the training did
 * not share out is opened as cnn_data_open does it, as is everything when run_directory is NULL. CNN_ERROR_FORMAT when
 * the data set lacks one of the images, unless it has none of that class; and for CNN_SPLIT_TEST and CNN_SPLIT_VALIDATION when
 * neither it nor split.csv has such images. options and part may be NULL. */
typedef struct cnn_run_part {
    bool listed;    /* by split.csv */
    int64_t others; /* images of the data set that are not in split.csv: they came later */
} cnn_run_part;
CNN_API cnn_status cnn_data_open_run(cnn_data **data, const char *source, const cnn_data_options *options,
                                     const char *run_directory, cnn_run_part *part, cnn_error *error);

/* ---- Measuring ---------------------------------------------------------------------------------------- */

/* Which output of `net` each class of `data` is: outputs[label], cnn_data_classes values. By name where both have
 * names, or where the network has all of the data's. Otherwise one side has no names, or only made-up ones ("0", "1",
 * ...), and class n is output n; *by_name (may be NULL) tells. CNN_ERROR_ARGUMENT names a class that the network does
 * not have; CNN_ERROR_SHAPE: by position, there are more classes than outputs. */
CNN_API cnn_status cnn_match_classes(const cnn_net *net, const cnn_data *data, int32_t *outputs,
                                     bool *by_name, cnn_error *error);
/* The same for two networks: which output of `net` each of the cnn_net_outputs outputs of `other` is; -1: `net` has none
 * of that name. Returns whether names decided. */
CNN_API bool cnn_match_outputs(const cnn_net *net, const cnn_net *other, int32_t *outputs);

typedef struct cnn_evaluation {
    int64_t images, correct;
    double accuracy; /* 0..1 */
    double
        loss; /* mean cross-entropy; binary for CNN_OUTPUT_BINARY; of data with targets the mean squared error,
                           and then nothing is correct and there are no classes */
    int64_t classes;    /* of the network */
    int64_t *confusion; /* classes x classes, row: label, column: prediction; owned by the evaluation */
    bool by_name;       /* labels were matched by class name (cnn_match_classes), else by position */
} cnn_evaluation;

/* Accuracy, loss and confusion matrix of `net` on `data`, whose classes are matched as cnn_match_classes does: a class
 * that the data lack is a row of zeros. Release with cnn_evaluation_free. */
CNN_API cnn_status cnn_evaluate(const cnn_net *net, const cnn_data *data, int threads,
                                cnn_evaluation *evaluation, cnn_error *error);
CNN_API void cnn_evaluation_free(cnn_evaluation *evaluation);

/* One step of a run: a layer with those that are fused into it. */
typedef struct cnn_layer_time {
    char layers[120];      /* their names: "conv_2 + relu_2 + max_pool_1" */
    const char *algorithm; /* how it is computed: "Winograd F(4x4,3x3)"; a string literal */
    /* Additions and multiplications for one image as the layer is defined, a plain sum for each output and each
     * gradient; 0 for layers without weights. An algorithm may get by with fewer. */
    double forward_flops, backward_flops;
    double forward,
        backward; /* seconds for one image: those of all threads together, divided by their number */
} cnn_layer_time;

typedef struct cnn_layer_times {
    int count;
    cnn_layer_time *layers; /* in the order of execution; owned by this struct */
    double seconds;         /* for one image, of whole runs: with loss, update, and waiting for each other */
    double peak; /* FLOP/s of one thread: multiplications and additions in registers, measured anew */
    int threads;
} cnn_layer_times;

typedef struct cnn_layer_times_options {
    bool inference; /* rather than training: forward, backward and update */
    int64_t batch;  /* 0: 128 */
    int threads;    /* 0: one for each processor the process may use */
    double seconds; /* how long to measure; 0: 1 */
} cnn_layer_times_options;

/* Run `net`, which is not changed, on made-up images and measure layer by layer. Release with
 * cnn_layer_times_free. */
CNN_API cnn_status cnn_time_layers(const cnn_net *net, const cnn_layer_times_options *options,
                                   cnn_layer_times *times, cnn_error *error);
CNN_API void cnn_layer_times_free(cnn_layer_times *times);

/* Bytes that a trainer or a predictor for `batch` images takes, as they will allocate them. */
typedef struct cnn_memory {
    int64_t parameters; /* the network's own copy */
    int64_t training;   /* a trainer: weights, gradients, optimizer state, intermediate results */
    int64_t inference;  /* a predictor: weights and intermediate results */
} cnn_memory;
CNN_API cnn_status cnn_net_memory(const cnn_net *net, int64_t batch, const cnn_update_options *update,
                                  int threads, cnn_memory *memory, cnn_error *error);

/* The deck's size formula: floor((n + padding_begin + padding_end - dilation (kernel - 1) - 1) / stride) + 1.
 * CNN_ERROR_SHAPE when the kernel does not fit into the padded input. */
CNN_API cnn_status cnn_output_size(int64_t input, int64_t kernel, int64_t stride, int64_t padding_begin,
                                   int64_t padding_end, int64_t dilation, int64_t *output, cnn_error *error);

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
