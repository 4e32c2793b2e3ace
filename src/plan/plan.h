/* The plan: a network made ready to run for up to `batch` images. Building it allocates all memory; running it
 * allocates nothing and cannot fail. */
#ifndef CNN_PLAN_PLAN_H
#define CNN_PLAN_PLAN_H

#include "base/threads.h"
#include "graph/net.h"

typedef struct cnn_plan cnn_plan;

typedef struct cnn_plan_options {
    int64_t batch; /* maximum number of images in a run, >= 1 */
    int threads;   /* 0: all processors */
    bool training; /* keep what backward needs; dropout is active */
    bool logits;   /* leave a softmax, or sigmoids, at the end out: the loss works on logits */
    uint64_t seed; /* of dropout */
    /* For looking inside: each layer's value, and in training its gradient, stays in memory of its own. Nothing is
     * fused, no batch normalisation folded, and convolutions are summed up directly. It runs as in inference, also with
     * `training`: dropout passes everything and batch normalisation uses its running statistics. Frozen layers have
     * gradients like all others. */
    bool keep;
    /* Nodes whose values cnn_plan_get_values gives after a run in inference, though nothing else is kept. Read by
     * cnn_plan_new alone. */
    const int *outputs;
    int output_count;
    cnn_pool *pool;          /* that runs the plan, and must outlive it; NULL: one of its own */
    cnn_precision precision; /* in inference, of a plan that keeps nothing */
} cnn_plan_options;

/* CNN_ERROR_ARGUMENT unless it is one of the enumeration's. */
cnn_status cnn_precision_check(cnn_precision precision, cnn_error *error);

cnn_status cnn_plan_new(cnn_plan **plan, const cnn_net *net, const cnn_plan_options *options,
                        cnn_error *error);
void cnn_plan_free(cnn_plan *plan);
/* The memory that cnn_plan_new would take. Counting it starts no thread and allocates only a few tables. */
typedef struct cnn_plan_size {
    int64_t bytes; /* of the one allocation that holds weights, gradients and intermediate results */
    int64_t parameter_floats; /* of cnn_plan_weights, with the gaps that align them */
} cnn_plan_size;
cnn_status cnn_plan_measure(const cnn_net *net, const cnn_plan_options *options, cnn_plan_size *size,
                            cnn_error *error);

cnn_pool *cnn_plan_pool(const cnn_plan *plan);
const cnn_kernels *cnn_plan_kernels(const cnn_plan *plan);
int64_t cnn_plan_batch(const cnn_plan *plan);

/* Take over parameters, net->value_count values in the network's logical order (NULL: zeros), and derive from them what the
 * steps need. */
void cnn_plan_load(cnn_plan *plan, const float *values);
/* Parameters and gradients of a plan that trains: one flat array each, `count` values, physical order. (In inference
 * weights from which steps derived what they need are not kept.) */
float *cnn_plan_weights(const cnn_plan *plan, int64_t *count);
float *cnn_plan_gradients(const cnn_plan *plan, int64_t *count);
/* To be called after weights of a plan that trains changed and before the next run. */
void cnn_plan_weights_changed(cnn_plan *plan);
/* Of a plan that trains: copy between a flat array in the network's logical order (net->value_count values) and one in the plan's
 * order; `logical` NULL: zeros. */
void cnn_plan_to_physical(const cnn_plan *plan, const float *logical, float *physical);
void cnn_plan_to_logical(const cnn_plan *plan, const float *physical, float *logical);
/* The network's layers, names and normalisation, the plan's own copy; without values. */
const cnn_net *cnn_plan_net(const cnn_plan *plan);
/* Where a parameter tensor begins in the plan's flat arrays. */
int64_t cnn_plan_parameter_offset(const cnn_plan *plan, int64_t parameter);

/* The plan's own memory for the images of a run: N,H,W,C normalised, for `batch` of them. Runs read it until
 * cnn_plan_read_from is called, and again after cnn_plan_set_images. */
float *cnn_plan_input(const cnn_plan *plan);
/* Make the next run, forward and backward, read images in place: in the format of cnn_plan_input, aligned like memory
 * of cnn_allocate. They are not changed. */
void cnn_plan_read_from(cnn_plan *plan, const float *images);
/* N,C,H,W in 0..1 as callers have them, into cnn_plan_input: normalised and channels-last. */
void cnn_plan_set_images(cnn_plan *plan, const float *images, int64_t count);
/* The same of N,H,W,C. */
void cnn_plan_set_images_last(cnn_plan *plan, const float *images, int64_t count);
/* Run `count` images forward; the outputs are count rows of cnn_plan_outputs values, valid until the next
 * run, in logical order. */
float *cnn_plan_forward(cnn_plan *plan, int64_t count, uint64_t iteration);
int64_t cnn_plan_outputs(const cnn_plan *plan);
/* Where the caller writes the loss's gradient by the outputs before cnn_plan_backward. */
float *cnn_plan_output_gradient(const cnn_plan *plan);
/* Backward for the images of the last forward run: fills cnn_plan_gradients. */
void cnn_plan_backward(cnn_plan *plan, int64_t count, uint64_t iteration);

/* The memory of what lies between the layers, and how many floats it holds: between two runs the caller may use it for something
 * else, which the next run overwrites. Not of a plan that keeps. */
float *cnn_plan_idle_room(const cnn_plan *plan, int64_t *floats);

/* ---- What a plan keeps (cnn_plan_options.keep) ---------------------------------------------------------- */

/* Copy what node `node` (-1: the network's input, normalised; or one of cnn_plan_options.outputs) gave for `count` images, from `first` on, of the last run, or
 * the gradient by it of the last backward run: rows in logical order. A view and what it views have one gradient. */
void cnn_plan_get_values(const cnn_plan *plan, int node, int64_t first, int64_t count, float *values);
/* The same of a map, or of one that was flattened: rows in the order H,W,C. */
void cnn_plan_get_values_last(const cnn_plan *plan, int node, int64_t first, int64_t count, float *values);
void cnn_plan_get_gradients(const cnn_plan *plan, int node, int64_t first, int64_t count, float *gradients);
/* Backward from any node on: `gradients` are `count` rows by its output, in logical order. Layers behind it get
 * gradients of zero. Fills cnn_plan_gradients. */
void cnn_plan_backward_from(cnn_plan *plan, int node, const float *gradients, int64_t count);

/* ---- Times ------------------------------------------------------------------------------------------ */

/* The measured times of the steps, in the order of execution, since cnn_plan_time. */
typedef struct cnn_step_times {
    double forward, backward; /* seconds, of all workers together */
} cnn_step_times;

/* Start measuring, or restart. No clock is read before the first call. */
cnn_status cnn_plan_time(cnn_plan *plan, cnn_error *error);
int cnn_plan_steps(const cnn_plan *plan);
/* The node whose value the step gives, the last one that is fused into it. */
int cnn_plan_step_node(const cnn_plan *plan, int step);
cnn_step_times cnn_plan_step_times(const cnn_plan *plan, int step);
/* What does not depend on time: layers, algorithm, operations. */
void cnn_plan_describe_step(const cnn_plan *plan, int step, cnn_layer_time *layer);

/* The first layer, in order, whose last forward result has a value that is not finite; NULL: none. */
const char *cnn_plan_first_bad_layer(const cnn_plan *plan, int64_t count);

#endif
