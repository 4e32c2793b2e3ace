#include "train/phases.h"

#include "base/numbers.h"
#include "base/random.h"
#include "train/trainer.h"

/* The phase of the epoch at hand, which is named by its first epoch. */
static int phase_of(const cnn_training *training) {
    const cnn_train_options *options = &training->state.options;
    const int epoch = training->state.position.epoch;
    if (epoch >= options->freeze_epochs)
        return options->freeze_epochs;
    return options->unfreeze_gradually ? epoch : 0;
}

/* Updates before the phase at hand. */
static int64_t updates_before(const cnn_training *training) {
    return cnn_lengths_before(&training->state.lengths, phase_of(training));
}

/* Hold what the phase holds beside what the caller holds. */
static void hold(cnn_training *training) {
    const int phase = training->phase, all = training->state.options.freeze_epochs;
    if (phase < all)
        cnn_net_freeze_body(training->state.net, phase, all);
}

/* Hold what the caller holds, and nothing else: it is a condition of the checkpoint. */
static void release(cnn_training *training) {
    cnn_net *net = training->state.net;
    for (int64_t i = 0; i < net->node_count; i++)
        net->nodes[i].frozen = training->net->nodes[i].frozen;
}

int64_t cnn_training_batch(const cnn_training *training) {
    return cnn_min(training->state.options.batch, training->holdout.training);
}

cnn_status cnn_training_make_trainer(cnn_training *training, cnn_error *error) {
    const cnn_train_options *all = &training->state.options;
    const cnn_trainer_options options = {.update = all->update,
                                         .batch = cnn_training_batch(training),
                                         .threads = all->threads,
                                         .seed = cnn_random_hash(all->seed, CNN_SEED_OF_DROPOUT)};
    cnn_trainer_free(training->trainer);
    training->trainer = NULL;
    training->phase = phase_of(training);
    hold(training);
    cnn_status status =
        cnn_trainer_new(&training->trainer, training->state.net, &options, error); /* which copies it */
    release(training);
    if (status == CNN_OK)
        cnn_trainer_set_class_weights(training->trainer, training->class_weights);
    return status;
}

/* Weights, averages, and of the optimizer what belongs to the phase. */
static cnn_status load(cnn_training *training, cnn_error *error) {
    const cnn_checkpoint *state = &training->state;
    const int64_t epochs = cnn_lengths_before(&state->lengths, state->position.epoch),
                  updates = epochs + state->position.iteration, before = updates_before(training);
    cnn_status status = cnn_trainer_load(training->trainer, state->net, error);
    if (status != CNN_OK)
        return status;
    for (int i = 0; updates > before && i < state->optimizer_states; i++)
        cnn_trainer_set_state(training->trainer, i, state->optimizer[i]);
    if (state->averaged)
        cnn_averaging_load(&training->averaging, cnn_trainer_plan(training->trainer),
                           state->averaged->values);
    cnn_trainer_set_updates(training->trainer, updates, before);
    return CNN_OK;
}

cnn_status cnn_training_restore(cnn_training *training, cnn_error *error) {
    const cnn_status status =
        training->phase == phase_of(training) ? CNN_OK : cnn_training_make_trainer(training, error);
    return status == CNN_OK ? load(training, error) : status;
}

cnn_status cnn_training_enter_phase(cnn_training *training, cnn_error *error) {
    return training->phase == phase_of(training) ? CNN_OK : cnn_training_restore(training, error);
}
