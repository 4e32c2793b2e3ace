/* A plan's parameters: where they lie, how they get there, and what steps derive from them. */
#include "plan/internal.h"

#include "base/memory.h"

#include <string.h>

/* ---- Places ---------------------------------------------------------------------------------------- */

cnn_status cnn_plan_place_parameters(cnn_plan *plan, cnn_error *error) {
    const int64_t count = plan->net->parameter_count;
    plan->parameter_offset = cnn_allocate((size_t)count + 1, sizeof *plan->parameter_offset, "a plan", error);
    if (!plan->parameter_offset)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < count; i++)
        plan->parameter_offset[i + 1] =
            plan->parameter_offset[i] + cnn_aligned_floats(plan->net->parameters[i].elements);
    plan->parameter_floats = plan->passing_offset = plan->parameter_offset[count];
    return CNN_OK;
}

bool cnn_plan_weights_pass(const cnn_plan *plan, const plan_step *made) {
    return made->sizes.weights_pass && !plan->options.training && !plan->options.keep;
}

/* The parameter tensor that the step's sums multiply. */
static int64_t weights_of(const cnn_plan *plan, const plan_step *made) {
    return plan->net->nodes[made->node].first_parameter;
}

void cnn_plan_share_places(cnn_plan *plan) {
    enum { PASSES = -1 };
    int64_t *offset = plan->parameter_offset, next = 0, largest = 0;
    const cnn_parameter *parameters = plan->net->parameters;
    for (int i = 0; i < plan->step_count; i++)
        if (cnn_plan_weights_pass(plan, &plan->steps[i])) {
            const int64_t own = weights_of(plan, &plan->steps[i]);
            offset[own] = PASSES;
            if (largest < cnn_aligned_floats(parameters[own].elements))
                largest = cnn_aligned_floats(parameters[own].elements);
        }
    for (int64_t i = 0; i < plan->net->parameter_count; i++)
        if (offset[i] != PASSES) {
            offset[i] = next;
            next += cnn_aligned_floats(parameters[i].elements);
        }
    for (int64_t i = 0; i < plan->net->parameter_count; i++)
        if (offset[i] == PASSES)
            offset[i] = next;
    plan->passing_offset = next;
    plan->parameter_floats = offset[plan->net->parameter_count] = next + largest;
}

/* ---- From one order into the other -------------------------------------------------------------------- */

typedef struct reordering {
    const cnn_order *order;
    const float *logical;
    float *physical;
} reordering;

/* A worker's task: a few outputs of a parameter. */
static void reorder_tile(void *context, int64_t tile, int worker) {
    (void)worker;
    const reordering *one = context;
    cnn_to_physical_tile(one->order, tile, one->logical, one->physical);
}

/* A parameter of `logical` (NULL: zeros) into its place in `physical`. */
static void reorder_parameter(const cnn_plan *plan, int64_t i, const float *logical, float *physical) {
    const cnn_parameter *parameter = &plan->net->parameters[i];
    float *to = physical + plan->parameter_offset[i];
    reordering one = {&parameter->spec.order, logical ? logical + parameter->offset : NULL, to};
    if (logical)
        cnn_pool_run(plan->pool, reorder_tile, &one, cnn_order_tiles(one.order));
    else
        memset(to, 0, (size_t)parameter->elements * sizeof *to);
}

void cnn_plan_to_physical(const cnn_plan *plan, const float *logical, float *physical) {
    for (int64_t i = 0; i < plan->net->parameter_count; i++)
        reorder_parameter(plan, i, logical, physical);
}

void cnn_plan_to_logical(const cnn_plan *plan, const float *physical, float *logical) {
    for (int64_t i = 0; i < plan->net->parameter_count; i++) {
        const cnn_parameter *parameter = &plan->net->parameters[i];
        if (parameter->twin >= 0)
            continue;
        cnn_to_logical(&parameter->spec.order, physical + plan->parameter_offset[i],
                       logical + parameter->offset);
    }
}

/* ---- What steps derive from them ---------------------------------------------------------------------- */

/* A worker's task: a piece of what a step derives from its weights. */
static void prepare_piece(void *context, int64_t piece, int worker) {
    (void)worker;
    const cnn_step *step = context;
    step->op->prepare(step, piece);
}

static void prepare_backward_piece(void *context, int64_t piece, int worker) {
    (void)worker;
    const cnn_step *step = context;
    step->op->prepare_backward(step, piece);
}

static void prepare_forward(const cnn_plan *plan, plan_step *made) {
    cnn_step *step = &made->step;
    if (step->op->prepare)
        cnn_pool_run(plan->pool, prepare_piece, step,
                     step->op->prepare_pieces ? step->op->prepare_pieces(step) : 1);
}

static void prepare_backward(const cnn_plan *plan, plan_step *made) {
    cnn_step *step = &made->step;
    if (step->op->prepare_backward && step->training)
        cnn_pool_run(plan->pool, prepare_backward_piece, step, step->op->prepare_backward_pieces(step));
}

static void prepare_step(const cnn_plan *plan, plan_step *made) {
    cnn_plan_fold(plan, made);
    if (made->prepares_late)
        return;
    prepare_forward(plan, made);
    prepare_backward(plan, made);
}

void cnn_plan_prepare_segment(const cnn_plan *plan, const plan_segment *segment, bool backward) {
    for (int i = segment->first; i < segment->end; i++)
        if (plan->steps[i].prepares_late)
            (backward ? prepare_backward : prepare_forward)(plan, &plan->steps[i]);
}

void cnn_plan_weights_changed(cnn_plan *plan) {
    cnn_plan_share_weights(plan);
    for (int i = 0; i < plan->step_count; i++)
        prepare_step(plan, &plan->steps[i]);
}

/* In inference: weights that pass have one place, where a step's are until it has derived what it needs. Copies of shared weights
 * all come from the one of the network. */
static void load_in_turn(cnn_plan *plan, const float *values) {
    const cnn_net *net = plan->net;
    for (int64_t i = 0; i < net->parameter_count; i++)
        if (plan->parameter_offset[i] < plan->passing_offset)
            reorder_parameter(plan, i, values, plan->weights);
    for (int i = 0; i < plan->step_count; i++) {
        if (cnn_plan_weights_pass(plan, &plan->steps[i]))
            reorder_parameter(plan, weights_of(plan, &plan->steps[i]), values, plan->weights);
        prepare_step(plan, &plan->steps[i]);
    }
}

void cnn_plan_load(cnn_plan *plan, const float *values) {
    if (!plan->options.training) {
        load_in_turn(plan, values);
        return;
    }
    cnn_plan_to_physical(plan, values, plan->weights);
    cnn_plan_weights_changed(plan);
}
