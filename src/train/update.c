#include "train/update.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "train/factors.h"

#include <math.h>
#include <string.h>

/* ---- Blocks: the pieces of work of an update ------------------------------------------------------- */

enum { BLOCK_FLOATS = 16384 };

struct update_block {
    int64_t first, count, parameter;
    bool directed;      /* it moves along the optimizer's direction */
    double rate, decay; /* factors of learning rate and weight decay; no decay: 0 */
};

/* Sums of squares, in double. */
struct update_squares {
    double gradient, values, change;
};

/* None if the layer is frozen, or if the parameter is a copy of a shared one: what is in no block is not updated, and
 * its gradient is ignored. */
static int64_t blocks_of(const cnn_net *net, const cnn_parameter *parameter) {
    const bool stays = net->nodes[parameter->node].frozen || parameter->twin >= 0;
    return stays ? 0 : cnn_ceil_div(parameter->elements, BLOCK_FLOATS);
}

/* A block is a piece of one parameter tensor. */
static int64_t count_blocks(const cnn_net *net) {
    int64_t count = 0;
    for (int64_t i = 0; i < net->parameter_count; i++)
        count += blocks_of(net, &net->parameters[i]);
    return count;
}

static cnn_factors rates_of(const cnn_update_options *options) {
    return (cnn_factors){"rate_factors", options->rate_factors, options->rate_factor_count};
}

static cnn_factors decays_of(const cnn_update_options *options) {
    return (cnn_factors){"decay_factors", options->decay_factors, options->decay_factor_count};
}

static cnn_status check_factors(const cnn_update_options *options, const cnn_net *net, cnn_error *error) {
    const cnn_factors rates = rates_of(options), decays = decays_of(options);
    cnn_status status = cnn_factors_check(&rates, net, error);
    return status == CNN_OK ? cnn_factors_check(&decays, net, error) : status;
}

/* The blocks have the factors; the caller's lists may go. */
static void forget_factors(cnn_update_options *options) {
    options->rate_factors = options->decay_factors = NULL;
    options->rate_factor_count = options->decay_factor_count = 0;
}

/* Divide the trainable parameters into pieces of work of fixed size. */
static void make_blocks(cnn_update_state *update, const cnn_plan *plan) {
    const cnn_net *net = cnn_plan_net(plan);
    const cnn_factors rates = rates_of(&update->options), decays = decays_of(&update->options);
    struct update_block *block = update->blocks;
    for (int64_t i = 0; i < net->parameter_count; i++) {
        const cnn_parameter *parameter = &net->parameters[i];
        const int64_t offset = cnn_plan_parameter_offset(plan, i);
        const double rate = cnn_factor_of(&rates, parameter->name) *
                            pow(update->options.layer_decay, (double)cnn_net_depth(net, parameter->node)),
                     decay = parameter->spec.decays ? cnn_factor_of(&decays, parameter->name) : 0;
        for (int64_t k = 0; k < blocks_of(net, parameter); k++, block++) {
            const int64_t first = k * BLOCK_FLOATS, left = parameter->elements - first;
            *block = (struct update_block){.first = offset + first,
                                           .count = left < BLOCK_FLOATS ? left : BLOCK_FLOATS,
                                           .parameter = i,
                                           .directed = cnn_directions_have(&update->directions, parameter),
                                           .rate = rate,
                                           .decay = decay};
        }
    }
}

int64_t cnn_update_bytes(const cnn_net *net, const cnn_update_options *options, int64_t parameter_floats,
                         int threads) {
    const int64_t workers = cnn_thread_count(threads),
                  states = cnn_optimizer_of(options->optimizer)->states(options);
    return (states * parameter_floats + workers * BLOCK_FLOATS) * (int64_t)sizeof(float) +
           cnn_directions_bytes(net, options, parameter_floats, (int)workers);
}

cnn_status cnn_update_state_make(cnn_update_state *update, const cnn_update_options *options,
                                 const cnn_plan *plan, cnn_error *error) {
    int64_t floats;
    cnn_status status = check_factors(options, cnn_plan_net(plan), error);
    if (status != CNN_OK)
        return status;
    cnn_plan_weights(plan, &floats);
    update->options = *options;
    update->states = cnn_optimizer_of(options->optimizer)->states(options);
    update->block_count = count_blocks(cnn_plan_net(plan));
    update->blocks = cnn_allocate((size_t)update->block_count, sizeof *update->blocks, "an optimizer", error);
    update->norms = cnn_allocate((size_t)update->block_count, sizeof *update->norms, "an optimizer", error);
    update->sizes = cnn_allocate((size_t)update->block_count, sizeof *update->sizes, "an optimizer", error);
    update->before = cnn_allocate((size_t)cnn_pool_threads(cnn_plan_pool(plan)) * BLOCK_FLOATS,
                                  sizeof *update->before, "an optimizer", error);
    bool complete = update->blocks && update->norms && update->sizes && update->before;
    for (int i = 0; complete && i < update->states; i++) {
        update->state[i] =
            cnn_allocate((size_t)floats, sizeof *update->state[i], "the optimizer's state", error);
        complete = update->state[i] != NULL;
    }
    status = complete ? cnn_directions_make(&update->directions, options, plan, error) : CNN_ERROR_MEMORY;
    if (status != CNN_OK)
        return status;
    make_blocks(update, plan);
    forget_factors(&update->options);
    return CNN_OK;
}

void cnn_update_state_free(cnn_update_state *update) {
    cnn_free(update->blocks);
    cnn_free(update->norms);
    cnn_free(update->sizes);
    cnn_free(update->before);
    cnn_directions_free(&update->directions);
    for (int i = 0; i < CNN_MAX_OPTIMIZER_STATES; i++)
        cnn_free(update->state[i]);
}

/* ---- One update ------------------------------------------------------------------------------------ */

typedef struct update_run {
    const cnn_update_state *update;
    const cnn_kernels *kernels;
    float *weights;
    const float *gradients;
    double learning_rate;
    float gradient_scale; /* of clipping */
} update_run;

/* The sum of squares of a block's gradients, in double. */
static void square_block(void *context, int64_t index, int worker) {
    (void)worker;
    const update_run *run = context;
    const struct update_block *block = &run->update->blocks[index];
    double sum = 0;
    for (int64_t i = block->first; i < block->first + block->count; i++)
        sum += (double)run->gradients[i] * run->gradients[i];
    run->update->norms[index] = sum;
}

/* The factor that brings the norm of all gradients together down to the limit. */
static float clipping_scale(update_run *run, cnn_pool *pool) {
    const double limit = run->update->options.clip_norm;
    double sum = 0;
    if (limit == 0)
        return 1;
    cnn_pool_run(pool, square_block, run, run->update->block_count);
    for (int64_t i = 0; i < run->update->block_count; i++)
        sum += run->update->norms[i];
    return sqrt(sum) > limit ? (float)(limit / sqrt(sum)) : 1;
}

static void update_block(const update_run *run, const struct update_block *block) {
    const cnn_update_state *update = run->update;
    cnn_optimizer_step step = {
        .kernels = run->kernels,
        .options = &update->options,
        .learning_rate = run->learning_rate * block->rate,
        .weight_decay = update->options.weight_decay * block->decay,
        .gradient_scale = run->gradient_scale,
        .number = update->updates - update->before_it + 1,
        .count = block->count,
        .gradient = run->gradients + block->first,
        .direction = block->directed ? update->directions.values + block->first : NULL,
        .weights = run->weights + block->first,
    };
    for (int i = 0; i < update->states; i++)
        step.state[i] = update->state[i] + block->first;
    cnn_optimizer_of(update->options.optimizer)->update(&step);
}

static void update_piece(void *context, int64_t index, int worker) {
    (void)worker;
    const update_run *run = context;
    update_block(run, &run->update->blocks[index]);
}

/* The same, and how large gradient, values and change are. */
static void measured_piece(void *context, int64_t index, int worker) {
    const update_run *run = context;
    const struct update_block *block = &run->update->blocks[index];
    const float *gradient = run->gradients + block->first, *after = run->weights + block->first;
    float *before = run->update->before + (int64_t)worker * BLOCK_FLOATS;
    struct update_squares sum = {0};
    memcpy(before, after, (size_t)block->count * sizeof *before);
    update_block(run, block);
    for (int64_t i = 0; i < block->count; i++) {
        const double change = (double)after[i] - before[i];
        sum.gradient += (double)gradient[i] * gradient[i];
        sum.values += (double)before[i] * before[i];
        sum.change += change * change;
    }
    run->update->sizes[index] = sum;
}

void cnn_update_apply(cnn_update_state *update, cnn_plan *plan, double learning_rate_factor) {
    int64_t floats;
    update_run run = {
        .update = update,
        .kernels = cnn_plan_kernels(plan),
        .weights = cnn_plan_weights(plan, &floats),
        .gradients = cnn_plan_gradients(plan, &floats),
        .learning_rate = update->options.learning_rate * learning_rate_factor,
    };
    run.gradient_scale = clipping_scale(&run, cnn_plan_pool(plan));
    cnn_directions_take(&update->directions, &update->options, run.gradients, run.gradient_scale,
                        update->state[0]);
    cnn_pool_run(cnn_plan_pool(plan), update->measure ? measured_piece : update_piece, &run,
                 update->block_count);
    update->updates++;
    update->measure = false;
    cnn_plan_weights_changed(plan);
}

cnn_update_size cnn_update_size_of(const cnn_update_state *update, int64_t parameter) {
    struct update_squares sum = {0};
    for (int64_t i = 0; i < update->block_count; i++)
        if (update->blocks[i].parameter == parameter) {
            sum.gradient += update->sizes[i].gradient;
            sum.values += update->sizes[i].values;
            sum.change += update->sizes[i].change;
        }
    return (cnn_update_size){.gradient = sqrt(sum.gradient),
                             .change = sum.values > 0 ? sqrt(sum.change / sum.values) : 0};
}
