#include "train/holdout.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

static int64_t held_out(int64_t images, double fraction) {
    int64_t count = (int64_t)llround((double)images * fraction);
    return fraction > 0 && count == 0 ? 1 : count;
}

cnn_status cnn_holdout_draw(cnn_holdout *holdout, int64_t images, double fraction, uint64_t seed,
                            cnn_error *error) {
    *holdout = (cnn_holdout){.seed = seed, .validation = held_out(images, fraction)};
    holdout->training = images - holdout->validation;
    if (holdout->training < 1)
        return cnn_fail(
            error, CNN_ERROR_ARGUMENT,
            "%lld images, of which %lld are held out for validation, leave none to train on: give more "
            "images or a smaller validation fraction than %g",
            (long long)images, (long long)holdout->validation, fraction);
    holdout->indices =
        cnn_allocate((size_t)images, sizeof *holdout->indices, "the order of the images", error);
    holdout->order = cnn_allocate((size_t)images, sizeof *holdout->order, "the order of the images", error);
    if (!holdout->indices || !holdout->order) {
        cnn_holdout_free(holdout);
        return CNN_ERROR_MEMORY;
    }
    for (int64_t i = 0; i < images; i++)
        holdout->indices[i] = i;
    cnn_random random;
    cnn_random_seed(&random, cnn_random_hash(seed, CNN_SEED_OF_HOLDOUT));
    cnn_random_shuffle(&random, holdout->indices, images);
    return CNN_OK;
}

void cnn_holdout_free(cnn_holdout *holdout) {
    cnn_free(holdout->indices);
    cnn_free(holdout->order);
    *holdout = (cnn_holdout){0};
}

void cnn_holdout_shuffle(cnn_holdout *holdout, int epoch) {
    memcpy(holdout->order, holdout->indices + holdout->validation,
           (size_t)holdout->training * sizeof *holdout->order);
    cnn_random random;
    cnn_random_seed(&random,
                    cnn_random_hash(cnn_random_hash(holdout->seed, CNN_SEED_OF_ORDER), (uint64_t)epoch));
    cnn_random_shuffle(&random, holdout->order, holdout->training);
}
