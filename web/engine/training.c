/* Training in the page, a step at a time, and the order of images that `cnn train` takes. */
#include "engine.h"

#include "base/random.h"
#include "train/holdout.h"

#include <stdlib.h>

/* ---- A trainer ------------------------------------------------------------------------------------------- */

/* From the network's parameters. `optimizer`: a cnn_optimizer; `seed` as in cnn_train_options. NULL: engine_message says
 * why. */
EXPORTED(engine_trainer)
cnn_trainer *engine_trainer(int32_t optimizer, double learning_rate, double momentum, int32_t nesterov,
                            double weight_decay, int32_t batch, double seed) {
    const cnn_trainer_options options = {
        .update = {.optimizer = (cnn_optimizer)optimizer,
                   .learning_rate = learning_rate,
                   .momentum = momentum,
                   .nesterov = nesterov != 0,
                   .weight_decay = weight_decay},
        .batch = batch,
        .threads = 1,
        .seed = cnn_random_hash((uint64_t)seed, CNN_SEED_OF_DROPOUT),
    };
    cnn_trainer *trainer = NULL;
    cnn_trainer_new(&trainer, the_engine.net, &options, &the_engine.error);
    return trainer;
}

EXPORTED(engine_trainer_free) void engine_trainer_free(cnn_trainer *trainer) {
    cnn_trainer_free(trainer);
}

/* Gradients of the mean loss of `count` images; changes no parameter. */
EXPORTED(engine_trainer_gradients)
cnn_status engine_trainer_gradients(cnn_trainer *trainer, const float *images, const int32_t *labels,
                                    int32_t count, double *loss, double *correct) {
    int64_t right = 0;
    cnn_status status =
        cnn_trainer_gradients(trainer, images, labels, count, loss, &right, &the_engine.error);
    *correct = (double)right;
    return status;
}

EXPORTED(engine_trainer_update)
cnn_status engine_trainer_update(cnn_trainer *trainer, double learning_rate_factor) {
    return cnn_trainer_update(trainer, learning_rate_factor, &the_engine.error);
}

EXPORTED(engine_trainer_get_gradient)
cnn_status engine_trainer_get_gradient(const cnn_trainer *trainer, int32_t tensor, float *values,
                                       int32_t count) {
    const char *name;
    cnn_status status = engine_tensor_name(tensor, &name);
    return status == CNN_OK ? cnn_trainer_get_gradient(trainer, name, values, count, &the_engine.error)
                            : status;
}

/* The trainer's parameters become the network's. */
EXPORTED(engine_trainer_store) cnn_status engine_trainer_store(const cnn_trainer *trainer) {
    engine_forget_runs();
    return cnn_trainer_store(trainer, the_engine.net, &the_engine.error);
}

/* ---- The order of an epoch --------------------------------------------------------------------------------- */

static cnn_status fill_order(cnn_holdout *holdout, int32_t epoch, int32_t *order) {
    cnn_status status = cnn_holdout_arrange(holdout, &the_engine.error);
    if (status != CNN_OK)
        return status;
    cnn_holdout_shuffle(holdout, epoch);
    for (int64_t i = 0; i < holdout->training; i++)
        order[i] = (int32_t)holdout->order[i];
    return CNN_OK;
}

/* The images of an epoch (from 1) in the order in which `cnn train --seed` takes them, of `count` that all train. */
EXPORTED(engine_order) cnn_status engine_order(double seed, int32_t epoch, int32_t count, int32_t *order) {
    cnn_holdout holdout = {0};
    cnn_status status = cnn_holdout_new(&holdout, count, (uint64_t)seed, &the_engine.error);
    if (status == CNN_OK)
        status = fill_order(&holdout, epoch, order);
    cnn_holdout_free(&holdout);
    return status;
}
