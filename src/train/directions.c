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

/* Waiting for each other takes threads longer than a small matrix does. */
static bool is_large(const struct direction_matrix *matrix) {
    const double small_work = 1e8, smaller = (double)cnn_min(matrix->rows, matrix->columns),
                 larger = (double)cnn_max(matrix->rows, matrix->columns);
    return smaller * smaller * (2 * larger + 18 * smaller) > small_work;
}

/* How many matrices are small, or large; the most elements and the longest smaller side. */
typedef struct sizes {
    int64_t matrices, elements, columns;
} sizes;

static sizes sizes_of(const cnn_net *net, bool large) {
    sizes most = {0};
    for (int64_t i = 0; i < net->parameter_count; i++) {
        const cnn_order *order = &net->parameters[i].spec.order;
        const struct direction_matrix matrix = matrix_of(order);
        if (!is_trained(net, &net->parameters[i]) || is_large(&matrix) != large)
            continue;
        most.matrices += order->groups;
        most.elements = cnn_max(most.elements, matrix.rows * matrix.columns);
        most.columns = cnn_max(most.columns, cnn_min(matrix.rows, matrix.columns));
    }
    return most;
}

static void list_matrices(cnn_directions *directions, const cnn_plan *plan, bool large) {
    const cnn_net *net = cnn_plan_net(plan);
    for (int64_t i = 0; i < net->parameter_count; i++) {
        const cnn_order *order = &net->parameters[i].spec.order;
        struct direction_matrix matrix = matrix_of(order);
        matrix.first = cnn_plan_parameter_offset(plan, i);
        if (!is_trained(net, &net->parameters[i]) || is_large(&matrix) != large)
            continue;
        for (int64_t g = 0; g < order->groups; g++, matrix.first += matrix.rows * matrix.columns)
            directions->matrices[directions->count++] = matrix;
    }
}

int64_t cnn_directions_bytes(const cnn_net *net, const cnn_update_options *options, int64_t parameter_floats,
                             int threads) {
    if (!cnn_optimizer_of(options->optimizer)->whole_matrices)
        return 0;
    const sizes small = sizes_of(net, false), large = sizes_of(net, true);
    return parameter_floats * (int64_t)sizeof(float) +
           threads * cnn_orthogonal_bytes(small.elements, small.columns, 1) +
           cnn_orthogonal_bytes(large.elements, large.columns, threads);
}

/* Room for the matrices, in which they are made orthogonal. */
static cnn_status make_rooms(cnn_directions *directions, const cnn_plan *plan, cnn_error *error) {
    const cnn_net *net = cnn_plan_net(plan);
    const sizes small = sizes_of(net, false), large = sizes_of(net, true);
    cnn_pool *pool = cnn_plan_pool(plan);
    directions->threads = cnn_pool_threads(pool);
    directions->own = cnn_allocate((size_t)directions->threads, sizeof *directions->own,
                                   "the directions of an update", error);
    cnn_status status = directions->own ? CNN_OK : CNN_ERROR_MEMORY;
    for (int i = 0; status == CNN_OK && i < directions->threads; i++)
        status = cnn_orthogonal_make(&directions->own[i], cnn_plan_kernels(plan), NULL, small.elements,
                                     small.columns, error);
    return status == CNN_OK ? cnn_orthogonal_make(&directions->shared, cnn_plan_kernels(plan), pool,
                                                  large.elements, large.columns, error)
                            : status;
}

cnn_status cnn_directions_make(cnn_directions *directions, const cnn_update_options *options,
                               const cnn_plan *plan, cnn_error *error) {
    int64_t floats;
    *directions = (cnn_directions){0};
    if (!cnn_optimizer_of(options->optimizer)->whole_matrices)
        return CNN_OK;
    const cnn_net *net = cnn_plan_net(plan);
    const size_t matrices = (size_t)(sizes_of(net, false).matrices + sizes_of(net, true).matrices);
    cnn_plan_weights(plan, &floats);
    directions->values = cnn_allocate((size_t)floats, sizeof(float), "the directions of an update", error);
    directions->matrices =
        cnn_allocate(matrices, sizeof *directions->matrices, "the matrices of an update", error);
    if (!directions->values || !directions->matrices)
        return CNN_ERROR_MEMORY;
    list_matrices(directions, plan, false);
    directions->small = directions->count;
    list_matrices(directions, plan, true);
    return make_rooms(directions, plan, error);
}

void cnn_directions_free(cnn_directions *directions) {
    for (int i = 0; directions->own && i < directions->threads; i++)
        cnn_orthogonal_free(&directions->own[i]);
    cnn_free(directions->own);
    cnn_orthogonal_free(&directions->shared);
    cnn_free(directions->matrices);
    cnn_free(directions->values);
    *directions = (cnn_directions){0};
}

/* An update being prepared. */
typedef struct taking {
    cnn_directions *directions;
    float momentum, gradient_scale;
    const float *gradients;
    float *state;
} taking;

static void take(const taking *t, int64_t index, cnn_orthogonal *orthogonal) {
    const struct direction_matrix *matrix = &t->directions->matrices[index];
    const cnn_matrix_step step = {.rows = matrix->rows,
                                  .columns = matrix->columns,
                                  .gradient = t->gradients + matrix->first,
                                  .momentum_state = t->state + matrix->first,
                                  .momentum = t->momentum,
                                  .gradient_scale = t->gradient_scale,
                                  .result_scale = matrix->scale};
    cnn_orthogonalise(orthogonal, &step, t->directions->values + matrix->first);
}

static void take_small(void *context, int64_t index, int worker) {
    const taking *t = context;
    take(t, index, &t->directions->own[worker]);
}

void cnn_directions_take(cnn_directions *directions, const cnn_update_options *options,
                         const float *gradients, float gradient_scale, float *state) {
    taking t = {.directions = directions,
                .momentum = (float)options->momentum,
                .gradient_scale = gradient_scale,
                .gradients = gradients,
                .state = state};
    if (directions->small)
        cnn_pool_run(directions->shared.pool, take_small, &t, directions->small);
    for (int64_t i = directions->small; i < directions->count; i++)
        take(&t, i, &directions->shared);
}
