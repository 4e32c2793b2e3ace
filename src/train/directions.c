#include "train/directions.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <math.h>

/* A part of a parameter tensor, row-major without gaps. */
struct direction_matrix {
    int64_t first, rows, columns;
    double
        scale; /* of the direction: changes of all outputs are about as large in a tall matrix as in a square one */
};

/* Weights of convolutions and dense layers. */
static bool is_matrix(const cnn_parameter *parameter) {
    return parameter->spec.decays && parameter->spec.shape.rank >= 2;
}

bool cnn_directions_have(const cnn_directions *directions, const cnn_parameter *parameter) {
    return directions->values && is_matrix(parameter);
}

static bool is_trained(const cnn_net *net, const cnn_parameter *parameter) {
    return is_matrix(parameter) && !net->nodes[parameter->node].frozen && parameter->twin < 0;
}

/* Each group of a convolution is a matrix of its own: outputs x what they add up, or turned, as it lies in memory. */
static struct direction_matrix matrix_of(const cnn_order *order) {
    const int64_t outputs = order->outputs, sums = order->inputs * order->area;
    return (struct direction_matrix){.rows = order->outputs_first ? outputs : sums,
                                     .columns = order->outputs_first ? sums : outputs,
                                     .scale = sqrt((double)cnn_max(outputs, sums) / (double)sums)};
}

typedef struct sizes {
    int64_t matrices, elements, columns;
} sizes;

static sizes sizes_of(const cnn_net *net) {
    sizes most = {0};
    for (int64_t i = 0; i < net->parameter_count; i++) {
        if (!is_trained(net, &net->parameters[i]))
            continue;
        const cnn_order *order = &net->parameters[i].spec.order;
        const struct direction_matrix matrix = matrix_of(order);
        most.matrices += order->groups;
        most.elements = cnn_max(most.elements, matrix.rows * matrix.columns);
        most.columns = cnn_max(most.columns, cnn_min(matrix.rows, matrix.columns));
    }
    return most;
}

static void list_matrices(cnn_directions *directions, const cnn_plan *plan) {
    const cnn_net *net = cnn_plan_net(plan);
    for (int64_t i = 0; i < net->parameter_count; i++) {
        const cnn_order *order = &net->parameters[i].spec.order;
        struct direction_matrix matrix = matrix_of(order);
        matrix.first = cnn_plan_parameter_offset(plan, i);
        for (int64_t g = 0; g < order->groups && is_trained(net, &net->parameters[i]); g++) {
            directions->matrices[directions->count++] = matrix;
            matrix.first += matrix.rows * matrix.columns;
        }
    }
}

int64_t cnn_directions_bytes(const cnn_net *net, const cnn_update_options *options, int64_t parameter_floats,
                             int threads) {
    if (!cnn_optimizer_of(options->optimizer)->whole_matrices)
        return 0;
    const sizes most = sizes_of(net);
    return parameter_floats * (int64_t)sizeof(float) +
           cnn_orthogonal_bytes(most.elements, most.columns, threads);
}

cnn_status cnn_directions_make(cnn_directions *directions, const cnn_update_options *options,
                               const cnn_plan *plan, cnn_error *error) {
    int64_t floats;
    *directions = (cnn_directions){0};
    if (!cnn_optimizer_of(options->optimizer)->whole_matrices)
        return CNN_OK;
    const sizes most = sizes_of(cnn_plan_net(plan));
    cnn_plan_weights(plan, &floats);
    directions->values = cnn_allocate((size_t)floats, sizeof(float), "the directions of an update", error);
    directions->matrices =
        cnn_allocate((size_t)most.matrices, sizeof *directions->matrices, "the matrices of an update", error);
    if (!directions->values || !directions->matrices)
        return CNN_ERROR_MEMORY;
    list_matrices(directions, plan);
    return cnn_orthogonal_make(&directions->orthogonal, cnn_plan_kernels(plan), cnn_plan_pool(plan),
                               most.elements, most.columns, error);
}

void cnn_directions_free(cnn_directions *directions) {
    cnn_orthogonal_free(&directions->orthogonal);
    cnn_free(directions->matrices);
    cnn_free(directions->values);
    *directions = (cnn_directions){0};
}

void cnn_directions_take(cnn_directions *directions, const cnn_update_options *options,
                         const float *gradients, float gradient_scale, float *state) {
    for (int64_t i = 0; i < directions->count; i++) {
        const struct direction_matrix *matrix = &directions->matrices[i];
        const cnn_matrix_step step = {.rows = matrix->rows,
                                      .columns = matrix->columns,
                                      .gradient = gradients + matrix->first,
                                      .momentum_state = state + matrix->first,
                                      .momentum = (float)options->momentum,
                                      .gradient_scale = gradient_scale,
                                      .result_scale = matrix->scale};
        cnn_orthogonalise(&directions->orthogonal, &step, directions->values + matrix->first);
    }
}
