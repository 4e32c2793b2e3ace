#include "train/holdout.h"

#include "base/memory.h"
#include "base/random.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

cnn_status cnn_holdout_new(cnn_holdout *holdout, int64_t images, uint64_t seed, cnn_error *error) {
    const size_t count = (size_t)images;
    *holdout = (cnn_holdout){.images = images, .seed = seed};
    holdout->splits = cnn_allocate(count, sizeof *holdout->splits, "the splits of the images", error);
    holdout->indices = cnn_allocate(count, sizeof *holdout->indices, "the order of the images", error);
    holdout->order = cnn_allocate(count, sizeof *holdout->order, "the order of the images", error);
    if (!holdout->splits || !holdout->indices || !holdout->order) {
        cnn_holdout_free(holdout);
        return CNN_ERROR_MEMORY;
    }
    memset(holdout->splits, CNN_SPLIT_TRAIN, count);
    return CNN_OK;
}

void cnn_holdout_free(cnn_holdout *holdout) {
    cnn_free(holdout->splits);
    cnn_free(holdout->indices);
    cnn_free(holdout->order);
    cnn_balance_free(&holdout->balance);
    *holdout = (cnn_holdout){0};
}

/* ---- A stratified draw ----------------------------------------------------------------------------- */

/* How many images a class has and gives. */
typedef struct share {
    int64_t class, images, quota;
    double remainder; /* what rounding down left of images x fraction */
} share;

static int by_remainder(const void *a, const void *b) {
    const share *left = a, *right = b;
    if (left->remainder != right->remainder)
        return left->remainder > right->remainder ? -1 : 1;
    return left->class < right->class ? -1 : 1;
}

static int by_class(const void *a, const void *b) {
    return ((const share *)a)->class < ((const share *)b)->class ? -1 : 1;
}

/* Set the quotas; returns their sum. */
static int64_t set_quotas(share *shares, int64_t classes, int64_t images, double fraction) {
    int64_t wanted = (int64_t)llround((double)images * fraction), given = 0;
    if (wanted == 0)
        wanted = 1;
    for (int64_t i = 0; i < classes; i++) {
        double exact = (double)shares[i].images * fraction;
        int64_t max = shares[i].images > 0 ? shares[i].images - 1 : 0;
        shares[i].quota = exact < (double)max ? (int64_t)floor(exact) : max;
        shares[i].remainder = exact - floor(exact);
        given += shares[i].quota;
    }
    qsort(shares, (size_t)classes, sizeof *shares, by_remainder);
    for (int64_t i = 0; i < classes && given < wanted; i++)
        if (shares[i].quota + 1 < shares[i].images) {
            shares[i].quota++;
            given++;
        }
    qsort(shares, (size_t)classes, sizeof *shares, by_class);
    return given;
}

/* Training images of each class. */
static void count_classes(const cnn_holdout *holdout, const int32_t *labels, int64_t classes, share *shares) {
    for (int64_t i = 0; i < classes; i++)
        shares[i].class = i;
    for (int64_t i = 0; i < holdout->images; i++)
        shares[labels[i]].images += holdout->splits[i] == CNN_SPLIT_TRAIN;
}

/* The images of a split, in order; returns how many. */
static int64_t list_split(const cnn_holdout *holdout, cnn_split split, int64_t *indices) {
    int64_t count = 0;
    for (int64_t i = 0; i < holdout->images; i++)
        if (holdout->splits[i] == split)
            indices[count++] = i;
    return count;
}

/* Fisher and Yates, with the random numbers of one purpose. */
static void shuffle(int64_t *indices, int64_t count, uint64_t seed, uint64_t purpose) {
    cnn_random random;
    cnn_random_seed(&random, cnn_random_hash(seed, purpose));
    cnn_random_shuffle(&random, indices, count);
}

/* Each class keeps one image to train on, so that small classes may leave none. */
static cnn_status nothing_to_hold_out(int64_t images, cnn_split split, double fraction, cnn_error *error) {
    bool test = split == CNN_SPLIT_TEST;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "%" PRId64
                    " images leave none to hold out for %s, since at least one of each class is needed "
                    "for training: give more images, or a %s fraction of 0 instead of %g",
                    images, test ? "testing" : "validation", test ? "test" : "validation", fraction);
}

cnn_status cnn_holdout_draw(cnn_holdout *holdout, const int32_t *labels, int64_t classes, cnn_split split,
                            double fraction, cnn_error *error) {
    if (fraction == 0)
        return CNN_OK;
    share *shares = cnn_allocate((size_t)classes, sizeof *shares, "the shares of the classes", error);
    if (!shares)
        return CNN_ERROR_MEMORY;
    count_classes(holdout, labels, classes, shares);
    int64_t *drawn = holdout->indices, images = list_split(holdout, CNN_SPLIT_TRAIN, drawn);
    int64_t given = set_quotas(shares, classes, images, fraction);
    shuffle(drawn, images, holdout->seed,
            split == CNN_SPLIT_TEST ? CNN_SEED_OF_TEST : CNN_SEED_OF_VALIDATION);
    for (int64_t i = 0; i < images; i++) {
        share *of_class = &shares[labels[drawn[i]]];
        if (of_class->quota > 0) {
            of_class->quota--;
            holdout->splits[drawn[i]] = (uint8_t)split;
        }
    }
    cnn_free(shares);
    return given > 0 ? CNN_OK : nothing_to_hold_out(images, split, fraction, error);
}

/* The parts follow each other through the classes, so that they are as large as each other. */
cnn_status cnn_holdout_fold(cnn_holdout *holdout, const int32_t *labels, int64_t classes, int folds, int fold,
                            cnn_error *error) {
    int64_t *drawn = holdout->indices, images = list_split(holdout, CNN_SPLIT_TRAIN, drawn), next = 0;
    if (images < folds)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%d folds need as many images, not %" PRId64, folds,
                        images);
    shuffle(drawn, images, holdout->seed, CNN_SEED_OF_VALIDATION);
    for (int64_t c = 0; c < classes; c++)
        for (int64_t i = 0; i < images; i++)
            if (labels[drawn[i]] == c && next++ % folds == fold - 1)
                holdout->splits[drawn[i]] = CNN_SPLIT_VALIDATION;
    return CNN_OK;
}

/* ---- In a row -------------------------------------------------------------------------------------- */

cnn_status cnn_holdout_arrange(cnn_holdout *holdout, cnn_error *error) {
    holdout->test = list_split(holdout, CNN_SPLIT_TEST, holdout->indices);
    holdout->missing = list_split(holdout, (cnn_split)CNN_NO_SPLIT, holdout->indices);
    holdout->validation = list_split(holdout, CNN_SPLIT_VALIDATION, holdout->indices);
    int64_t *training = holdout->indices + holdout->validation;
    holdout->training = list_split(holdout, CNN_SPLIT_TRAIN, training);
    if (holdout->training < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there are no images to train on");
    shuffle(training, holdout->training, holdout->seed, CNN_SEED_OF_HOLDOUT);
    return CNN_OK;
}

void cnn_holdout_shuffle(cnn_holdout *holdout, int epoch) {
    if (holdout->balance.count) {
        cnn_balance_order(&holdout->balance, cnn_random_hash(holdout->seed, CNN_SEED_OF_ORDER), epoch,
                          holdout->order);
        return;
    }
    memcpy(holdout->order, holdout->indices + holdout->validation,
           (size_t)holdout->training * sizeof *holdout->order);
    shuffle(holdout->order, holdout->training, cnn_random_hash(holdout->seed, CNN_SEED_OF_ORDER),
            (uint64_t)epoch);
}
