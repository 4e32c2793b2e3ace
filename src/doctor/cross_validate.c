#include "doctor/cross_validate.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "base/random.h"
#include "base/text.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "doctor/pixels.h"
#include "graph/net.h"
#include "predict/predictor.h"
#include "train/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { FOLDS = 3, BATCH = 64, SMALLEST_SIDE = 4, LARGEST_SIDE = 32, FEWEST_IMAGES = 100 };
/* An epoch is too few for a small data set: so many images are shown to each network, in 2 epochs or more, at most 20. */
enum { IMAGES_SHOWN = 80000, MIN_EPOCHS = 2, MAX_EPOCHS = 20 };
static const double LEARNING_RATE = 0.003; /* of Adam; falls to 0 in a straight line */

typedef struct cross {
    const cnn_data *data;
    uint64_t seed;
    int threads;
    int64_t *indices;     /* the images of one fold, or of all others */
    float *probabilities; /* count x classes */
    cnn_net *net;
    cnn_loader *loader;
} cross;

bool cnn_can_cross_validate(const cnn_data *data) {
    return !data->targets && data->classes > 1 && data->count >= FEWEST_IMAGES &&
           data->height >= SMALLEST_SIDE && data->width >= SMALLEST_SIDE;
}

/* ---- The network ------------------------------------------------------------------------------------- */

/* Two convolutions and two dense layers; large images are averaged down before. */
static cnn_status make_net(cross *c, cnn_error *error) {
    const cnn_data *data = c->data;
    const int64_t shrink = cnn_max(cnn_min(data->height, data->width) / LARGEST_SIDE, 1);
    cnn_text text = {0};
    cnn_text_append(&text, "input %" PRId64 "x%" PRId64 "x%" PRId64 "\n", data->channels, data->height,
                    data->width);
    if (shrink > 1)
        cnn_text_append(&text, "avgpool %" PRId64 "x%" PRId64 " stride %" PRId64 "\n", shrink, shrink,
                        shrink);
    cnn_text_append(&text,
                    "conv 16 3x3 padding same relu\nmaxpool 2x2\nconv 32 3x3 padding same relu\n"
                    "maxpool 2x2\nflatten\ndense 64 relu\ndense %" PRId64 "\nsoftmax\n",
                    data->classes);
    cnn_status status = text.failed ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: a network")
                                    : cnn_net_parse(&c->net, text.data, NULL, error);
    cnn_free(text.data);
    return status;
}

static cnn_status make_loader(cross *c, cnn_error *error) {
    cnn_status status = cnn_normalise_by(c->net, c->data, error);
    const cnn_loader_options loader = {.batch = BATCH, .mean = c->net->mean, .deviation = c->net->deviation};
    return status == CNN_OK ? cnn_loader_new(&c->loader, c->data, &loader, error) : status;
}

/* ---- Training on the other folds ---------------------------------------------------------------------- */

static int64_t fold_of(const cross *c, int64_t index) {
    return (int64_t)(cnn_random_hash(c->seed, (uint64_t)index) % FOLDS);
}

/* List the images of the fold, or all others; returns how many. */
static int64_t list_images(cross *c, int64_t fold, bool inside) {
    int64_t count = 0;
    for (int64_t i = 0; i < c->data->count; i++)
        if ((fold_of(c, i) == fold) == inside)
            c->indices[count++] = i;
    return count;
}

static cnn_status train_epoch(cross *c, cnn_trainer *trainer, int64_t updates, cnn_error *error) {
    cnn_status status = CNN_OK;
    cnn_batch batch;
    while (status == CNN_OK && (batch = cnn_loader_next(c->loader)).count > 0) {
        const double done = (double)cnn_trainer_updates(trainer) / (double)updates;
        status = cnn_trainer_gradients_prepared(trainer, &batch, NULL, NULL, NULL, error);
        if (status == CNN_OK)
            status = cnn_trainer_update(trainer, 1 - done, error);
    }
    return status;
}

static cnn_status train_epochs(cross *c, cnn_trainer *trainer, int64_t count, uint64_t seed,
                               cnn_error *error) {
    const int64_t epochs = cnn_max(MIN_EPOCHS, cnn_min(MAX_EPOCHS, IMAGES_SHOWN / count));
    const int64_t updates = epochs * cnn_ceil_div(count, BATCH);
    cnn_random random;
    cnn_random_seed(&random, seed);
    cnn_status status = CNN_OK;
    for (int64_t epoch = 1; status == CNN_OK && epoch <= epochs; epoch++) {
        cnn_random_shuffle(&random, c->indices, count);
        cnn_loader_start(c->loader, c->indices, count, 0, epoch);
        status = train_epoch(c, trainer, updates, error);
    }
    return status;
}

static cnn_status train_without(cross *c, int64_t fold, cnn_error *error) {
    const uint64_t seed = cnn_random_hash(c->seed, (uint64_t)fold);
    const cnn_trainer_options options = {
        .update = {.optimizer = CNN_OPTIMIZER_ADAM, .learning_rate = LEARNING_RATE},
        .batch = BATCH,
        .threads = c->threads,
        .seed = seed};
    cnn_trainer *trainer;
    cnn_status status = cnn_net_initialise(c->net, seed);
    if (status == CNN_OK)
        status = cnn_trainer_new(&trainer, c->net, &options, error);
    if (status != CNN_OK)
        return status;
    status = train_epochs(c, trainer, list_images(c, fold, false), seed, error);
    if (status == CNN_OK)
        status = cnn_trainer_store(trainer, c->net, error);
    cnn_trainer_free(trainer);
    return status;
}

/* ---- Predicting the fold ------------------------------------------------------------------------------- */

static cnn_status predict(cross *c, int64_t fold, cnn_error *error) {
    const int64_t classes = c->data->classes, count = list_images(c, fold, true);
    const cnn_predictor_options options = {.batch = BATCH, .threads = c->threads};
    cnn_predictor *predictor;
    cnn_status status = cnn_predictor_new(&predictor, c->net, &options, error);
    if (status != CNN_OK)
        return status;
    cnn_loader_start(c->loader, c->indices, count, 0, 1);
    int64_t done = 0;
    for (cnn_batch batch; (batch = cnn_loader_next(c->loader)).count > 0; done += batch.count) {
        const float *outputs = cnn_predictor_run_prepared(predictor, batch.images, batch.count);
        for (int64_t i = 0; i < batch.count; i++)
            memcpy(c->probabilities + c->indices[done + i] * classes, outputs + i * classes,
                   (size_t)classes * sizeof *outputs);
    }
    cnn_predictor_free(predictor);
    return CNN_OK;
}

cnn_status cnn_cross_validate(const cnn_data *data, uint64_t seed, int threads, float *probabilities,
                              cnn_error *error) {
    cross c = {.data = data, .seed = seed, .threads = threads, .probabilities = probabilities};
    c.indices = cnn_allocate((size_t)data->count, sizeof *c.indices, "the images of a fold", error);
    cnn_status status = c.indices ? make_net(&c, error) : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = make_loader(&c, error);
    for (int64_t fold = 0; status == CNN_OK && fold < FOLDS; fold++) {
        status = train_without(&c, fold, error);
        if (status == CNN_OK)
            status = predict(&c, fold, error);
    }
    cnn_loader_free(c.loader); /* before the indices that it reads */
    cnn_net_free(c.net);
    cnn_free(c.indices);
    return status;
}
