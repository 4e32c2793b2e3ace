/* cnn_inspect.h - every value inside a network: the output of any layer, gradients, and how a single number came about.
 * It includes cnn.h, whose rules on errors, threads and NULL hold here, too.
 *
 * Layers are asked for by name ("conv_1"); "input" is the network's input as its first layer reads it: normalised. A
 * name that does not exist is CNN_ERROR_ARGUMENT, and the message names the nearest one.
 *
 * An inspector runs the network as a predictor does (dropout passes everything, batch normalisation uses its running
 * statistics), but nothing is fused and every convolution is summed up directly. So the values are those of a
 * predictor bit for bit, except behind two things that change its sums: Winograd's algorithm (CNN_WINOGRAD=0 turns it
 * off) and a batch normalisation that is folded into the weights of the layer before it. docs/inspect.md has
 * figures. */
#ifndef CNN_INSPECT_H
#define CNN_INSPECT_H

#include "cnn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Running ------------------------------------------------------------------------------------------ */

typedef struct cnn_inspector cnn_inspector;

typedef struct cnn_inspector_options {
    int64_t batch;     /* at most so many images in a run; 0: 1 */
    int threads;       /* 0: one for each processor the process may use. No value depends on it */
    bool no_gradients; /* take no memory for gradients; what needs them is CNN_ERROR_UNSUPPORTED then */
} cnn_inspector_options;

/* Takes a copy of the network, which may be changed or freed afterwards. A network that cannot be trained has no
 * gradients. options may be NULL. */
CNN_API cnn_status cnn_inspector_new(cnn_inspector **inspector, const cnn_net *net,
                                     const cnn_inspector_options *options, cnn_error *error);
CNN_API void cnn_inspector_free(cnn_inspector *inspector); /* NULL is allowed */
/* The inspector's copy of the network: layers, shapes, parameters, class names. NULL for NULL. */
CNN_API const cnn_net *cnn_inspector_net(const cnn_inspector *inspector);
/* The number of the layer of this name (for cnn_net_layer); CNN_NETWORK_INPUT for "input". */
CNN_API cnn_status cnn_inspector_find(const cnn_inspector *inspector, const char *name, cnn_layer *layer,
                                      cnn_error *error);
/* Where in the output of layer `name` the value at channel, row and column lies; in a vector row and column are 0.
 * CNN_ERROR_ARGUMENT: outside. */
CNN_API cnn_status cnn_inspector_index(const cnn_inspector *inspector, const char *name, const int64_t at[3],
                                       int64_t *index, cnn_error *error);

/* Run `count` images (1 to `batch`; N,C,H,W in 0..1) forward. All below speaks of the last run. */
CNN_API cnn_status cnn_inspector_run(cnn_inspector *inspector, const float *images, int64_t count,
                                     cnn_error *error);
/* Copy the output of a layer: N,C,H,W, all feature maps; `elements` must be images x values of one. */
CNN_API cnn_status cnn_inspector_output(const cnn_inspector *inspector, const char *layer, float *values,
                                        int64_t elements, cnn_error *error);

/* ---- Gradients ---------------------------------------------------------------------------------------- */

/* The loss of each image for its class (cross-entropy, binary for CNN_OUTPUT_BINARY), and backward: gradients of the
 * sum of the losses. `classes`: one for each image; NULL: the classes predicted. `losses` (one for each image) may be NULL.
 * CNN_ERROR_UNSUPPORTED when the outputs are no scores of classes. */
CNN_API cnn_status cnn_inspector_loss(cnn_inspector *inspector, const int32_t *classes, double *losses,
                                      cnn_error *error);
/* Backward from any layer: `gradient` is by its output, N,C,H,W. A 1 in zeros asks for the gradient of one value. What
 * lies behind the layer gets gradients of zero. */
CNN_API cnn_status cnn_inspector_backward(cnn_inspector *inspector, const char *layer, const float *gradient,
                                          int64_t elements, cnn_error *error);
/* Copy the gradient by a layer's output, N,C,H,W; after cnn_inspector_loss or cnn_inspector_backward. By "input" it is
 * per normalised value; divided by the channel's deviation it is per pixel of 0..1. A flatten and a dropout, which only
 * pass values on, have the gradient of the layer before them. */
CNN_API cnn_status cnn_inspector_gradient(const cnn_inspector *inspector, const char *layer, float *values,
                                          int64_t elements, cnn_error *error);
/* Copy the gradient by a parameter tensor ("conv_1.weight"), in the order of its shape, summed over the images. */
CNN_API cnn_status cnn_inspector_parameter_gradient(const cnn_inspector *inspector, const char *parameter,
                                                    float *values, int64_t elements, cnn_error *error);

/* Where in the image a network looks for a class: Grad-CAM (R. R. Selvaraju et al. 2017, arXiv:1610.02391). Backward from
 * the score of the class before a softmax or a single sigmoid (of that one's class 0, its negative); a layer's maps, each
 * times the mean of its gradient, are added up, and what is below zero becomes zero. `maps`: N,H,W of the layer, whose
 * output must be maps; `classes`: one for each image, NULL: those predicted. The gradients of the last run are those of
 * these scores afterwards: cnn_inspector_gradient of "input" gives the plain ones. CNN_ERROR_UNSUPPORTED when the outputs
 * are no scores of classes. */
CNN_API cnn_status cnn_inspector_grad_cam(cnn_inspector *inspector, const char *layer, const int32_t *classes,
                                          float *maps, int64_t elements, cnn_error *error);

/* ---- The account of one value --------------------------------------------------------------------------- */

/* How the terms become the value. */
typedef enum cnn_account_kind {
    CNN_ACCOUNT_SUM,     /* the sum of the products, and the bias */
    CNN_ACCOUNT_LARGEST, /* the largest input of a window: `winner` */
    CNN_ACCOUNT_FUNCTION /* `formula` of the inputs, with `figures`; products are what its sum adds up */
} cnn_account_kind;

/* One input with what it is multiplied by. In a normalisation the value is the normalised input, in a softmax
 * exp(input - largest). */
typedef struct cnn_term {
    int input;      /* which of the layer's inputs, from 0 */
    int64_t index;  /* of the value in that input's output C,H,W; -1: a zero of the padding */
    int64_t weight; /* of the factor in the tensor account.weight_name; -1: the factor is no parameter */
    double value;
    double factor;  /* the weight */
    double product; /* value x factor, exactly */
} cnn_term;

/* A number beside the terms: mean, variance, largest input. */
typedef struct cnn_figure {
    const char *name; /* a string literal */
    double value;
} cnn_figure;

enum { CNN_MAX_FIGURES = 8 };

/* The arithmetic is done in double precision from the floats that the layer read; the bound is what rounding in single
 * precision may explain. For a sum of n products it is gamma(n + 1) x magnitude, in any order of summation, as long as
 * that is at most 1e-5 x magnitude: up to 166 terms (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd
 * ed. 2002, section 3.1: gamma(n) = n u / (1 - n u), u = 2^-24). Of more terms it is 1e-5 x magnitude or, from 28,000
 * terms on, sqrt(n) u x magnitude: rounding errors go both ways, and a sum of n hardly ever errs by more than a few
 * times sqrt(n) u / 3 (N. J. Higham and T. Mary, A new approach to probabilistic rounding error analysis, SIAM J. Sci.
 * Comput. 41, 2019). `worst` is gamma(n + 1) x magnitude whatever n is. Functions other than sums have as many
 * roundings as their formula; where nothing is rounded (ReLU, max pooling, flatten) both are 0. */
typedef struct cnn_account {
    cnn_account_kind kind;
    const char *layer, *op; /* its name and its word of the text format; owned by the inspector */
    const char *formula;    /* "sum of value x weight + bias"; a string literal */
    int64_t image, index;   /* which value: in the layer's output C,H,W */
    cnn_term *terms;        /* owned by the account */
    int64_t count;
    const char *weight_name, *bias_name; /* parameter tensors; NULL: none. Owned by the inspector */
    int64_t bias_index;                  /* -1: no bias */
    double bias;
    cnn_figure figures[CNN_MAX_FIGURES];
    int figure_count;
    int64_t winner;      /* the term that is the largest; -1: of no interest */
    double result;       /* in double precision */
    float engine;        /* what the network computed */
    double difference;   /* engine - result */
    double magnitude;    /* what was added up, without signs */
    double bound, worst; /* |difference| is at most bound */
} cnn_account;

/* CNN_ERROR_UNSUPPORTED names a layer of a kind that gives no account. On success release with cnn_account_free. */
CNN_API cnn_status cnn_inspector_account(const cnn_inspector *inspector, const char *layer, int64_t image,
                                         int64_t index, cnn_account *account, cnn_error *error);
CNN_API void cnn_account_free(cnn_account *account); /* its terms; leaves it empty */

/* ---- The account of one gradient ------------------------------------------------------------------------- */

/* One output of the layer that the parameter takes part in. */
typedef struct cnn_gradient_term {
    int64_t image, index; /* of the layer's output C,H,W */
    int64_t input; /* the value that the parameter meets there, in the layer's first input; -1: none (bias) */
    double upstream; /* the gradient of the loss by that output */
    double slope;    /* of that output by the parameter: for a weight the input's value */
    double product;
} cnn_gradient_term;

typedef struct cnn_gradient_account {
    const char *parameter, *layer; /* owned by the inspector */
    int64_t index;                 /* in the tensor */
    double weight;                 /* the parameter's value */
    cnn_gradient_term *terms;      /* owned by the account: those that are not zero because of padding */
    int64_t count;
    double result;                              /* the sum of the products, in double precision */
    float engine;                               /* the gradient that the network computed */
    double difference, magnitude, bound, worst; /* as in cnn_account */
} cnn_gradient_account;

/* Why the gradient by element `index` of a parameter tensor is what it is; after cnn_inspector_loss or
 * cnn_inspector_backward. CNN_ERROR_UNSUPPORTED: its layer gives no account, or several layers share the parameter. */
CNN_API cnn_status cnn_inspector_gradient_account(const cnn_inspector *inspector, const char *parameter,
                                                  int64_t index, cnn_gradient_account *account,
                                                  cnn_error *error);
CNN_API void cnn_gradient_account_free(cnn_gradient_account *account);

/* The same gradient without the backward pass: the loss with the parameter a little larger and a little smaller, each
 * computed by a reference forward pass in double precision that shares no code with the kernels:
 * (loss(w + step) - loss(w - step)) / (2 step), step = 1e-6 x max(|w|, 0.01), so small that hardly a ReLU switches
 * within it. Slow: some nanoseconds for each multiplication from that layer on, twice. After cnn_inspector_loss. */
CNN_API cnn_status cnn_inspector_check_gradient(const cnn_inspector *inspector, const char *parameter,
                                                int64_t index, double *gradient, cnn_error *error);

/* ---- Receptive fields --------------------------------------------------------------------------------- */

/* What of the image one value depends on. */
typedef struct cnn_receptive_field {
    /* The rectangle of pixels, within the image: [first, end). Empty (0, 0): it depends on none. */
    int64_t first_row, end_row, first_column, end_column;
    int64_t pixels; /* in it that the value does depend on: fewer with dilation */
    /* The same rectangle for this value where the image has no edges: its sides, and how far it moves from one value to
     * the next in the layer's map. Both are 0 where a layer looks at whole maps, and the jump where ways of different strides meet. */
    int64_t rows, columns;
    double row_jump, column_jump;
    int64_t top, left; /* of that rectangle: its first row and column, which may lie beside the image */
} cnn_receptive_field;

/* By the layers' geometry alone, through all branches: weights that are zero and ReLUs that are closed do not count.
 * `mask` gets H x W bytes, 1 where a pixel takes part; it may be NULL. */
CNN_API cnn_status cnn_inspector_receptive_field(const cnn_inspector *inspector, const char *layer,
                                                 int64_t index, cnn_receptive_field *field, uint8_t *mask,
                                                 cnn_error *error);
/* How strongly the value depends on each pixel of image `image` (Luo et al. 2016, arXiv:1701.04128): H x W sums over
 * the channels of the gradient's magnitudes, per normalised value. Replaces the gradients of the last run. */
CNN_API cnn_status cnn_inspector_effective_field(cnn_inspector *inspector, const char *layer, int64_t image,
                                                 int64_t index, float *field, cnn_error *error);

/* ---- Top patches -------------------------------------------------------------------------------------- */

/* What excites a channel: the place in an image where its value is largest. */
typedef struct cnn_patch {
    int64_t image; /* the number given; -1: there is none yet */
    int64_t index; /* of the value in the layer's output C,H,W */
    float value;
} cnn_patch;

/* Merge the images of the last run into the `most` patches of each channel of a layer, the largest value first, one for
 * each image at most. `patches`: channels x most, all with image -1 at the beginning. `first_image` is the number of
 * the run's first image in the caller's data; so a loop over a data set finds the patches of all of it. */
CNN_API cnn_status cnn_inspector_top_patches(const cnn_inspector *inspector, const char *layer,
                                             int64_t first_image, int64_t most, cnn_patch *patches,
                                             cnn_error *error);

/* ---- A layer's values at a glance ---------------------------------------------------------------------- */

typedef struct cnn_value_summary {
    int64_t count, zeros, not_finite;
    double smallest, largest, mean, deviation; /* of the finite ones */
} cnn_value_summary;
/* Of any values: a layer's output, a gradient, a parameter. */
CNN_API cnn_status cnn_summarise(const float *values, int64_t count, cnn_value_summary *summary,
                                 cnn_error *error);

#ifdef __cplusplus
}
#endif

#endif
