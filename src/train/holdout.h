/* Which images train, which validate, and in what order an epoch takes them. All of it follows from the seed.
 */
#ifndef CNN_TRAIN_HOLDOUT_H
#define CNN_TRAIN_HOLDOUT_H

#include "base/status.h"

/* Independent random numbers from one seed: cnn_random_hash(seed, purpose). */
enum { CNN_SEED_OF_HOLDOUT = 1, CNN_SEED_OF_ORDER, CNN_SEED_OF_DROPOUT, CNN_SEED_OF_AUGMENTATION };

typedef struct cnn_holdout {
    int64_t *indices; /* all images, drawn by the seed: first those that validate, then those that train */
    int64_t *order;   /* the training images in the order of one epoch */
    int64_t validation, training; /* how many */
    uint64_t seed;
} cnn_holdout;

/* Hold out `fraction` of `images`, rounded, at least one where fraction > 0. Fails when nothing would be left
 * to train on. */
cnn_status cnn_holdout_draw(cnn_holdout *holdout, int64_t images, double fraction, uint64_t seed,
                            cnn_error *error);
void cnn_holdout_free(cnn_holdout *holdout);

/* Fill `order` for an epoch (from 1): the same one every time it is asked for. */
void cnn_holdout_shuffle(cnn_holdout *holdout, int epoch);

#endif
