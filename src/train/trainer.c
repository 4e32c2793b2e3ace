/* A trainer: a training plan, a loss and an optimizer, one training step at a time. */
#include "train/trainer.h"

#include "base/memory.h"
#include "predict/loss_choice.h"
#include "predict/predictor.h"
#include "predict/score.h"
#include "train/loss.h"
#include "train/options.h"

#include <inttypes.h>
#include <math.h>

enum { DEFAULT_BATCH = 128 };

struct cnn_trainer {
    cnn_plan *plan;
    cnn_update_state update;
    int threads;
    int64_t part, parts;        /* of the next update, that the next batch is */
    const float *class_weights; /* NULL: all 1 */

    /* For cnn_trainer_loss; NULL before its first call. */
    cnn_predictor *predictor;
    cnn_net *current; /* a copy with the trainer's parameters */
    float *outputs;   /* batch x outputs */
};

static cnn_plan_options plan_options(const cnn_update_options *update, int64_t batch, int threads,
                                     uint64_t seed) {
    return (cnn_plan_options){.batch = batch ? batch : DEFAULT_BATCH,
                              .threads = threads,
                              .training = true,
                              .logits = cnn_loss_of_logits(update->loss),
                              .seed = seed,
                              .precision = update->precision};
}

static cnn_status fill_trainer(cnn_trainer *trainer, const cnn_net *net, const cnn_trainer_options *options,
                               cnn_error *error) {
    cnn_update_options update = options->update;
    cnn_status status = cnn_update_options_complete(&update, error);
    update.loss = cnn_loss_of(net, update.loss);
    if (status == CNN_OK)
        status = cnn_loss_check(net, update.loss, error);
    if (status == CNN_OK)
        status = cnn_net_check_finite(net, error);
    if (status != CNN_OK)
        return status;
    cnn_plan_options plan = plan_options(&update, options->batch, options->threads, options->seed);
    status = cnn_plan_new(&trainer->plan, net, &plan, error);
    if (status == CNN_OK)
        status = cnn_update_state_make(&trainer->update, &update, trainer->plan, error);
    trainer->threads = options->threads;
    trainer->parts = 1;
    return status;
}

cnn_status cnn_trainer_new(cnn_trainer **trainer, const cnn_net *net, const cnn_trainer_options *options,
                           cnn_error *error) {
    static const cnn_trainer_options defaults = {0};
    if (trainer)
        *trainer = NULL;
    cnn_status status = cnn_required(error, trainer, net);
    if (status != CNN_OK)
        return status;
    cnn_trainer *made = cnn_allocate(1, sizeof *made, "a trainer", error);
    if (!made)
        return CNN_ERROR_MEMORY;
    status = fill_trainer(made, net, options ? options : &defaults, error);
    if (status == CNN_OK)
        *trainer = made;
    else
        cnn_trainer_free(made);
    return status;
}

void cnn_trainer_free(cnn_trainer *trainer) {
    if (!trainer)
        return;
    cnn_predictor_free(trainer->predictor);
    cnn_net_free(trainer->current);
    cnn_free(trainer->outputs);
    cnn_update_state_free(&trainer->update);
    cnn_plan_free(trainer->plan);
    cnn_free(trainer);
}

void cnn_trainer_set_part(cnn_trainer *trainer, int64_t part, int64_t parts) {
    trainer->part = part;
    trainer->parts = parts;
}

void cnn_trainer_set_class_weights(cnn_trainer *trainer, const float *weights) {
    trainer->class_weights = weights;
}

cnn_plan *cnn_trainer_plan(const cnn_trainer *trainer) {
    return trainer->plan;
}

cnn_update_state *cnn_trainer_update_state(cnn_trainer *trainer) {
    return &trainer->update;
}

/* ---- One step -------------------------------------------------------------------------------------- */

static cnn_status check_labels(const cnn_trainer *trainer, const int32_t *labels, int64_t count,
                               cnn_error *error) {
    const int64_t classes = cnn_net_classes(cnn_plan_net(trainer->plan));
    for (int64_t i = 0; i < count; i++)
        if (labels[i] < 0 || labels[i] >= classes)
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "label %d of image %" PRId64 " is outside the network's %" PRId64 " classes",
                            labels[i], i, classes);
    return CNN_OK;
}

/* The number of images, and that the threads that shall work on them are there. */
static cnn_status check_count(const cnn_trainer *trainer, int64_t count, cnn_error *error) {
    const int64_t max = cnn_plan_batch(trainer->plan);
    if (count >= 1 && count <= max)
        return cnn_pool_check(cnn_plan_pool(trainer->plan), error);
    return cnn_fail(error, CNN_ERROR_ARGUMENT, "a training step takes 1 to %" PRId64 " images, not %" PRId64,
                    max, count);
}

/* Labels and number of images. */
static cnn_status check_batch(const cnn_trainer *trainer, const int32_t *labels, int64_t count,
                              cnn_error *error) {
    cnn_status status = check_count(trainer, count, error);
    return status == CNN_OK ? check_labels(trainer, labels, count, error) : status;
}

/* Training does not recover from such a loss: the scores of the classes are a million apart, or outputs a million
 * off. */
static double hopeless_loss(cnn_loss loss) {
    return loss == CNN_LOSS_MEAN_SQUARED ? 1e12 : 1e6;
}

/* What the layer does, in the word of the text format. */
static const char *kind_of(const cnn_trainer *trainer, const char *layer) {
    const cnn_net *net = cnn_plan_net(trainer->plan);
    return net->nodes[cnn_find_node(net, layer)].op->word;
}

/* The loss is not finite, or far too large: name the first layer whose output is not finite. */
static cnn_status diverged(const cnn_trainer *trainer, int64_t count, double loss, cnn_error *error) {
    const char *layer = cnn_plan_first_bad_layer(trainer->plan, count);
    if (isfinite(loss))
        return cnn_fail(error, CNN_ERROR_DIVERGED, "the loss is %.3g: training has diverged", loss);
    if (layer)
        return cnn_fail(error, CNN_ERROR_DIVERGED,
                        "the loss is %g: the output of layer %s (%s) is not finite", loss, layer,
                        kind_of(trainer, layer));
    return cnn_fail(error, CNN_ERROR_DIVERGED, "the loss is %g, although every layer's output is finite",
                    loss);
}

static cnn_status check_targets(const cnn_trainer *trainer, const float *targets, int64_t count,
                                cnn_error *error) {
    const int64_t values = cnn_plan_outputs(trainer->plan);
    const bool binary = trainer->update.options.loss == CNN_LOSS_BINARY_CROSS_ENTROPY;
    if (trainer->update.options.loss == CNN_LOSS_CROSS_ENTROPY)
        return cnn_fail(
            error, CNN_ERROR_ARGUMENT,
            "numeric targets need the mean squared error or Huber's as loss, or several sigmoids, "
            "but the trainer's is cross-entropy");
    for (int64_t i = 0; i < count * values; i++)
        if (!isfinite(targets[i]) || (binary && (targets[i] < 0 || targets[i] > 1)))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "target %" PRId64 " of image %" PRId64 " (from 0) is %g, expected %s",
                            (i % values), i / values, (double)targets[i],
                            binary ? "a number within 0..1" : "a finite number");
    return CNN_OK;
}

/* Forward, loss and backward of the images that are in the plan's input already; those of the batch are not looked at. */
static cnn_status step(cnn_trainer *trainer, const cnn_batch *batch, const cnn_lesson *lesson, double *loss,
                       int64_t *correct, cnn_error *error) {
    const cnn_update_options *options = &trainer->update.options;
    const uint64_t iteration = (uint64_t)(trainer->update.updates * trainer->parts + trainer->part);
    const int64_t count = batch->count;
    cnn_loss_input input = {
        .outputs = cnn_plan_forward(trainer->plan, count, iteration),
        .labels = batch->labels,
        .others = batch->others,
        .share = batch->share,
        .targets = batch->targets,
        .count = count,
        .values = cnn_plan_outputs(trainer->plan),
        .loss = options->loss,
        .label_smoothing = options->label_smoothing,
        .focal = options->focal,
        .class_weights = trainer->class_weights,
        .lesson = lesson ? *lesson : (cnn_lesson){0},
    };
    double sum;
    int64_t right;
    cnn_loss_gradient(&input, cnn_plan_output_gradient(trainer->plan), &sum, &right);
    if (loss)
        *loss = sum / (double)count;
    if (correct)
        *correct = right;
    if (!(sum / (double)count < hopeless_loss(options->loss)))
        return diverged(trainer, count, sum / (double)count, error);
    cnn_plan_backward(trainer->plan, count, iteration);
    return CNN_OK;
}

cnn_status cnn_trainer_gradients(cnn_trainer *trainer, const float *images, const int32_t *labels,
                                 int64_t count, double *loss, int64_t *correct, cnn_error *error) {
    cnn_status status = cnn_required(error, trainer, images, labels);
    if (status == CNN_OK)
        status = check_batch(trainer, labels, count, error);
    if (status != CNN_OK)
        return status;
    cnn_plan_set_images(trainer->plan, images, count);
    return step(trainer, &(cnn_batch){.labels = labels, .count = count}, NULL, loss, correct, error);
}

cnn_status cnn_trainer_target_gradients(cnn_trainer *trainer, const float *images, const float *targets,
                                        int64_t count, double *loss, cnn_error *error) {
    cnn_status status = cnn_required(error, trainer, images, targets);
    if (status == CNN_OK)
        status = check_count(trainer, count, error);
    if (status == CNN_OK)
        status = check_targets(trainer, targets, count, error);
    if (status != CNN_OK)
        return status;
    cnn_plan_set_images(trainer->plan, images, count);
    return step(trainer, &(cnn_batch){.targets = targets, .count = count}, NULL, loss, NULL, error);
}

cnn_status cnn_trainer_gradients_prepared(cnn_trainer *trainer, const cnn_batch *batch,
                                          const cnn_lesson *lesson, double *loss, int64_t *correct,
                                          cnn_error *error) {
    cnn_batch used = *batch;
    used.labels = batch->targets ? NULL : batch->labels;
    cnn_status status = used.targets ? check_count(trainer, used.count, error)
                                     : check_batch(trainer, used.labels, used.count, error);
    if (status != CNN_OK)
        return status;
    cnn_plan_read_from(trainer->plan, used.images);
    return step(trainer, &used, lesson, loss, correct, error);
}

cnn_status cnn_trainer_update(cnn_trainer *trainer, double learning_rate_factor, cnn_error *error) {
    cnn_status status = cnn_required(error, trainer);
    if (status != CNN_OK)
        return status;
    if (!(learning_rate_factor >= 0) || !isfinite(learning_rate_factor))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the learning rate's factor must be finite and not negative, not %g",
                        learning_rate_factor);
    status = cnn_pool_check(cnn_plan_pool(trainer->plan), error);
    if (status == CNN_OK)
        cnn_update_apply(&trainer->update, trainer->plan, learning_rate_factor);
    return status;
}

/* ---- Forward alone --------------------------------------------------------------------------------- */

/* For cnn_trainer_loss, which runs in inference mode. */
static cnn_status make_predictor(cnn_trainer *trainer, cnn_error *error) {
    const cnn_predictor_options options = {.batch = cnn_plan_batch(trainer->plan),
                                           .threads = trainer->threads,
                                           .precision = trainer->update.options.precision};
    if (!trainer->current)
        trainer->current = cnn_net_copy(cnn_plan_net(trainer->plan), error);
    if (!trainer->outputs)
        trainer->outputs = cnn_allocate((size_t)options.batch * (size_t)cnn_plan_outputs(trainer->plan),
                                        sizeof *trainer->outputs, "the outputs of a batch", error);
    if (!trainer->current || !trainer->outputs)
        return CNN_ERROR_MEMORY;
    if (trainer->predictor)
        return CNN_OK;
    return cnn_loss_of_logits(trainer->update.options.loss)
               ? cnn_predictor_new_of_logits(&trainer->predictor, trainer->current, &options, error)
               : cnn_predictor_new(&trainer->predictor, trainer->current, &options, error);
}

/* The predictor with the parameters as they are now. */
static cnn_status update_predictor(cnn_trainer *trainer, cnn_error *error) {
    cnn_status status = make_predictor(trainer, error);
    if (status == CNN_OK)
        status = cnn_trainer_store(trainer, trainer->current, error);
    return status == CNN_OK ? cnn_predictor_load(trainer->predictor, trainer->current, error) : status;
}

/* Batch after batch. */
static cnn_status score_all(cnn_trainer *trainer, const float *images, const int32_t *labels, int64_t count,
                            cnn_score *total, cnn_error *error) {
    const int64_t batch = cnn_plan_batch(trainer->plan), outputs = cnn_plan_outputs(trainer->plan),
                  image = cnn_shape_elements(&trainer->current->input);
    cnn_status status = CNN_OK;
    for (int64_t first = 0; status == CNN_OK && first < count; first += batch) {
        int64_t size = count - first < batch ? count - first : batch;
        status = cnn_predictor_run(trainer->predictor, images + first * image, size, trainer->outputs, error);
        if (status != CNN_OK)
            return status;
        cnn_score score =
            cnn_score_outputs(trainer->outputs, labels + first, size, outputs, trainer->update.options.loss);
        total->loss += score.loss;
        total->correct += score.correct;
    }
    return status;
}

cnn_status cnn_trainer_loss(cnn_trainer *trainer, const float *images, const int32_t *labels, int64_t count,
                            double *loss, int64_t *correct, cnn_error *error) {
    cnn_score total = {0};
    cnn_status status = cnn_required(error, trainer, images, labels);
    if (status != CNN_OK)
        return status;
    if (count < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "a loss needs at least 1 image, not %" PRId64, count);
    status = check_labels(trainer, labels, count, error);
    if (status == CNN_OK)
        status = update_predictor(trainer, error);
    if (status == CNN_OK)
        status = score_all(trainer, images, labels, count, &total, error);
    if (status == CNN_OK && loss)
        *loss = total.loss / (double)count;
    if (status == CNN_OK && correct)
        *correct = total.correct;
    return status;
}

/* ---- Parameters, gradients and state --------------------------------------------------------------- */

cnn_status cnn_trainer_get_gradient(const cnn_trainer *trainer, const char *name, float *values,
                                    int64_t elements, cnn_error *error) {
    cnn_status status = cnn_required(error, trainer, name, values);
    if (status != CNN_OK)
        return status;
    const cnn_net *net = cnn_plan_net(trainer->plan);
    const cnn_parameter *parameter = NULL;
    status = cnn_parameter_lookup(net, name, elements, &parameter, error);
    if (status != CNN_OK)
        return status;
    int64_t floats;
    const float *gradients = cnn_plan_gradients(trainer->plan, &floats);
    cnn_to_logical(&parameter->spec.order,
                   gradients + cnn_plan_parameter_offset(trainer->plan, parameter - net->parameters), values);
    return CNN_OK;
}

/* Whether the network has the layers of the plan. */
static cnn_status check_same(const cnn_plan *plan, const cnn_net *net, cnn_error *error) {
    if (cnn_net_same_layers(cnn_plan_net(plan), net))
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "the network does not have the layers that the trainer was made from");
}

cnn_status cnn_trainer_store(const cnn_trainer *trainer, cnn_net *net, cnn_error *error) {
    int64_t floats;
    cnn_status status = cnn_required(error, trainer, net);
    if (status == CNN_OK)
        status = check_same(trainer->plan, net, error);
    if (status == CNN_OK)
        status = cnn_net_make_values(net, error);
    if (status == CNN_OK)
        cnn_plan_to_logical(trainer->plan, cnn_plan_weights(trainer->plan, &floats), net->values);
    return status;
}

cnn_status cnn_trainer_load(cnn_trainer *trainer, const cnn_net *net, cnn_error *error) {
    cnn_status status = check_same(trainer->plan, net, error);
    if (status == CNN_OK)
        cnn_plan_load(trainer->plan, net->values);
    return status;
}

int cnn_trainer_states(const cnn_trainer *trainer) {
    return trainer->update.states;
}

void cnn_trainer_get_state(const cnn_trainer *trainer, int state, float *values) {
    cnn_plan_to_logical(trainer->plan, trainer->update.state[state], values);
}

void cnn_trainer_set_state(cnn_trainer *trainer, int state, const float *values) {
    cnn_plan_to_physical(trainer->plan, values, trainer->update.state[state]);
}

int64_t cnn_trainer_updates(const cnn_trainer *trainer) {
    return trainer->update.updates;
}

void cnn_trainer_set_updates(cnn_trainer *trainer, int64_t updates, int64_t before) {
    trainer->update.updates = updates;
    trainer->update.before_it = before;
}

/* ---- Memory ---------------------------------------------------------------------------------------- */

cnn_status cnn_net_memory(const cnn_net *net, int64_t batch, const cnn_update_options *update, int threads,
                          cnn_memory *memory, cnn_error *error) {
    cnn_status status = cnn_required(error, net, memory);
    if (status != CNN_OK)
        return status;
    cnn_update_options complete = update ? *update : (cnn_update_options){0};
    status = cnn_update_options_complete(&complete, error);
    if (status != CNN_OK)
        return status;
    cnn_plan_options options = plan_options(&complete, batch, threads, 0);
    *memory = (cnn_memory){.parameters = net->value_count * (int64_t)sizeof(float)};
    cnn_plan_size size = {0};
    status = cnn_plan_measure(net, &options, &size, error);
    memory->training = size.bytes + cnn_update_bytes(net, &complete, size.parameter_floats, threads);
    options.training = false;
    options.logits = false;
    options.precision = CNN_PRECISION_FLOAT32;
    if (status == CNN_OK)
        status = cnn_plan_measure(net, &options, &size, error);
    memory->inference = size.bytes;
    return status;
}
