#include "train/layer_errors.h"

#include "base/memory.h"

#include <math.h>

/* A network in both precisions, run on the same images, and what a step gave in each. */
typedef struct comparison {
    cnn_plan *plan[2]; /* by cnn_precision */
    float *values[2];
    int *nodes; /* of each step, the one whose value it gives */
    int64_t count;
} comparison;

static void comparison_free(comparison *c) {
    for (int i = 0; i < 2; i++) {
        cnn_plan_free(c->plan[i]);
        cnn_free(c->values[i]);
    }
    cnn_free(c->nodes);
}

/* Both plans keep what the steps give, and fuse the same layers therefore. */
static cnn_status run_both(comparison *c, const cnn_plan *plan, const cnn_net *net, cnn_plan_options options,
                           const float *images, cnn_error *error) {
    options.output_count = cnn_plan_steps(plan);
    options.batch = c->count;
    c->nodes = cnn_allocate((size_t)options.output_count, sizeof *c->nodes, "the layers' outputs", error);
    if (!c->nodes)
        return CNN_ERROR_MEMORY;
    for (int i = 0; i < options.output_count; i++)
        c->nodes[i] = cnn_plan_step_node(plan, i);
    options.outputs = c->nodes;
    for (int i = 0; i < 2; i++) {
        options.precision = (cnn_precision)i;
        cnn_status status = cnn_plan_new(&c->plan[i], net, &options, error);
        if (status != CNN_OK)
            return status;
        cnn_plan_set_images(c->plan[i], images, c->count);
        cnn_plan_forward(c->plan[i], c->count, 0);
    }
    return CNN_OK;
}

/* The largest distance, relative to the largest magnitude in float32; 0 where all are 0. */
static double error_of(const comparison *c, int64_t elements) {
    double largest = 0, distance = 0;
    for (int64_t i = 0; i < elements; i++) {
        const double plain = c->values[0][i];
        largest = fmax(largest, fabs(plain));
        distance = fmax(distance, fabs(c->values[1][i] - plain));
    }
    return largest > 0 ? distance / largest : 0;
}

static cnn_status compare_step(comparison *c, const cnn_net *net, int step, double *found, cnn_error *error) {
    const int node = c->nodes[step];
    const int64_t elements = c->count * cnn_shape_elements(&net->nodes[node].output);
    for (int i = 0; i < 2; i++) {
        cnn_free(c->values[i]);
        c->values[i] = cnn_allocate((size_t)elements, sizeof(float), "a layer's outputs", error);
        if (!c->values[i])
            return CNN_ERROR_MEMORY;
        cnn_plan_get_values(c->plan[i], node, 0, c->count, c->values[i]);
    }
    *found = error_of(c, elements);
    return CNN_OK;
}

cnn_status cnn_fill_layer_errors(const cnn_plan *plan, const cnn_net *net, const cnn_plan_options *options,
                                 const float *images, int64_t count, cnn_layer_times *times,
                                 cnn_error *error) {
    comparison c = {.count = count};
    cnn_status status = run_both(&c, plan, net, *options, images, error);
    for (int i = 0; i < times->count && status == CNN_OK; i++)
        status = compare_step(&c, net, i, &times->layers[i].error, error);
    comparison_free(&c);
    return status;
}
