#include "doctor/trial.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "doctor/pixels.h"
#include "predict/loss_choice.h"
#include "predict/measure.h"
#include "train/layer_updates.h"
#include "train/trainer.h"

#include <math.h>

typedef struct runner {
    cnn_trial *trial;
    const cnn_patient *patient;
    const cnn_data *data;
    cnn_trainer *trainer;
    cnn_loader *loader;
    cnn_random random;
    int64_t *indices, passes;
    int32_t *output_of;
} runner;

/* ---- Making ------------------------------------------------------------------------------------------- */

/* Of a network that is not trained yet the normalisation is that of the images, as training would set it. */
static cnn_status normalise(const runner *r, cnn_net *net, cnn_error *error) {
    if (r->patient->record.there || r->patient->train.keep_normalisation || r->patient->options->trained)
        return CNN_OK;
    return cnn_normalise_by(net, r->data, error);
}

static cnn_status make_net(runner *r, cnn_error *error) {
    cnn_net *net = r->trial->net = cnn_net_copy(r->patient->options->net, error);
    if (!net)
        return CNN_ERROR_MEMORY;
    r->output_of =
        cnn_allocate((size_t)r->data->classes, sizeof *r->output_of, "the outputs of the classes", error);
    r->indices = cnn_all_indices(r->data->count, error);
    if (!r->output_of || !r->indices)
        return CNN_ERROR_MEMORY;
    cnn_status status =
        r->data->targets ? CNN_OK : cnn_match_classes(net, r->data, r->output_of, NULL, error);
    if (status == CNN_OK)
        status = normalise(r, net, error);
    return status == CNN_OK ? cnn_net_initialise(net, r->patient->train.seed) : status;
}

/* Room for what is seen of each layer that has weights. */
static cnn_status make_layers(cnn_trial *trial, cnn_error *error) {
    const cnn_net *net = trial->net;
    const size_t most = (size_t)net->parameter_count;
    trial->layers = cnn_allocate(most, sizeof *trial->layers, "the layers of a trial", error);
    trial->at = cnn_allocate(most, sizeof *trial->at, "the layers of a trial", error);
    if (!trial->layers || !trial->at)
        return CNN_ERROR_MEMORY;
    for (int64_t k = 0; k < net->parameter_count; k++)
        if (cnn_is_layers_weights(net, k))
            trial->layers[trial->layer_count++] = (cnn_layer_update){
                .layer = net->nodes[net->parameters[k].node].name, .weights = net->parameters[k].elements};
    return CNN_OK;
}

static cnn_status make_training(runner *r, cnn_error *error) {
    const cnn_net *net = r->trial->net;
    const cnn_train_options *train = &r->patient->train;
    const cnn_loader_options loader = {.batch = train->batch,
                                       .mean = net->mean,
                                       .deviation = net->deviation,
                                       .outputs = r->data->targets ? NULL : r->output_of};
    cnn_trainer_options options = {.update = train->update,
                                   .batch = train->batch,
                                   .threads = r->patient->options->threads,
                                   .seed = train->seed};
    options.update.loss = cnn_loss_for(net, r->data, train->update.loss);
    cnn_random_seed(&r->random, train->seed);
    cnn_status status = make_layers(r->trial, error);
    if (status == CNN_OK)
        status = cnn_loader_new(&r->loader, r->data, &loader, error);
    return status == CNN_OK ? cnn_trainer_new(&r->trainer, net, &options, error) : status;
}

/* ---- Measuring ---------------------------------------------------------------------------------------- */

/* What the last update did. */
static void take_updates(runner *r) {
    const cnn_net *net = cnn_plan_net(cnn_trainer_plan(r->trainer));
    cnn_trial *trial = r->trial;
    cnn_layer_update *layer = trial->layers;
    for (int64_t k = 0; k < net->parameter_count; k++)
        if (cnn_is_layers_weights(net, k)) {
            const cnn_update_size size = cnn_update_size_of(cnn_trainer_update_state(r->trainer), k);
            if (trial->iterations == 0)
                layer->gradient = size.gradient;
            if (size.change > layer->update) {
                layer->update = size.change;
                trial->at[layer - trial->layers] = trial->iterations + 1;
            }
            layer++;
        }
}

/* ---- Running ------------------------------------------------------------------------------------------ */

/* The images in another order each time that they are through. */
static cnn_batch next_batch(runner *r) {
    cnn_batch batch = {0};
    if (r->passes > 0)
        batch = cnn_loader_next(r->loader);
    if (batch.count > 0)
        return batch;
    cnn_random_shuffle(&r->random, r->indices, r->data->count);
    cnn_loader_start(r->loader, r->indices, r->data->count, 0, ++r->passes);
    return cnn_loader_next(r->loader);
}

static void note_divergence(runner *r, int64_t images, double loss) {
    const char *layer = cnn_plan_first_bad_layer(cnn_trainer_plan(r->trainer), images);
    r->trial->bad_node = layer ? cnn_find_node(r->trial->net, layer) : -1;
    r->trial->bad_loss = loss;
}

static cnn_status update(runner *r, cnn_error *error) {
    cnn_trial *trial = r->trial;
    const double factor = fmin(1, 2.0 * (double)(trial->iterations + 1) / CNN_TRIAL_ITERATIONS);
    cnn_trainer_update_state(r->trainer)->measure = true;
    cnn_status status = cnn_trainer_update(r->trainer, factor, error);
    if (status == CNN_OK)
        take_updates(r);
    return status;
}

/* *diverged: the loss was not finite, or hopeless; no update was made then. */
static cnn_status iterate(runner *r, bool *diverged, cnn_error *error) {
    cnn_trial *trial = r->trial;
    const cnn_batch batch = next_batch(r);
    double loss = NAN;
    cnn_status status = cnn_trainer_gradients_prepared(r->trainer, &batch, NULL, &loss, NULL, error);
    *diverged = status == CNN_ERROR_DIVERGED;
    if (*diverged) {
        note_divergence(r, batch.count, loss);
        return CNN_OK;
    }
    if (trial->iterations == 0)
        trial->first_loss = loss;
    if (trial->iterations >= CNN_TRIAL_ITERATIONS - CNN_TRIAL_LAST)
        trial->last_loss += loss / CNN_TRIAL_LAST;
    return status == CNN_OK ? update(r, error) : status;
}

static cnn_status iterate_all(runner *r, cnn_error *error) {
    bool diverged = false;
    cnn_status status = CNN_OK;
    while (status == CNN_OK && r->trial->iterations < CNN_TRIAL_ITERATIONS) {
        status = iterate(r, &diverged, error);
        if (diverged)
            return status;
        r->trial->iterations++;
    }
    return status;
}

cnn_status cnn_trial_run(cnn_trial *trial, const cnn_patient *patient, cnn_error *error) {
    *trial = (cnn_trial){.bad_node = -1};
    runner r = {.trial = trial, .patient = patient, .data = patient->part[CNN_SPLIT_TRAIN]};
    cnn_status status = make_net(&r, error);
    if (status == CNN_OK)
        status = make_training(&r, error);
    if (status == CNN_OK)
        status = iterate_all(&r, error);
    if (status == CNN_OK)
        status = cnn_trainer_store(r.trainer, trial->net, error);
    cnn_loader_free(r.loader); /* before the indices that it reads */
    cnn_trainer_free(r.trainer);
    cnn_free(r.indices);
    cnn_free(r.output_of);
    return status;
}

void cnn_trial_free(cnn_trial *trial) {
    cnn_net_free(trial->net);
    cnn_free(trial->layers);
    cnn_free(trial->at);
    *trial = (cnn_trial){0};
}
