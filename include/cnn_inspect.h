/* cnn_inspect.h - every value inside a network: the output of any layer, gradients, and how a single number came about.
 * It includes cnn.h, whose rules on errors, threads and NULL hold here, too.
 *
 * Layers are asked for by name ("conv_1"); "input" is the network's input as its first layer reads it: normalised. A
 * name that does not exist is CNN_ERROR_ARGUMENT, and the message names the nearest one.
 *
 * An inspector runs the network as a predictor does (dropout passes everything, batch normalisation uses its running
 * statistics), but nothing is fused and every convolution is summed up directly. So the values are those of a predictor
 * bit for bit, except behind two things that change the order of its sums: Winograd's algorithm (CNN_WINOGRAD=0 turns it
 * off) and a batch normalisation that is folded into the weights of the layer before it. docs/inspect.md has figures. */
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

/* The loss of each image for its class (cross-entropy, binary for CNN_OUTPUT_BINARY), and backward: gradients of the sum
 * of the losses. `classes`: one for each image; NULL: the classes predicted. `losses` (one for each image) may be NULL.
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
