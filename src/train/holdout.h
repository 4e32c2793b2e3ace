/* Which images train, which validate, which are held out for testing, and the order of the images in an epoch. All of
 * it follows from the seed, or from the list that an earlier training wrote. */
#ifndef CNN_TRAIN_HOLDOUT_H
#define CNN_TRAIN_HOLDOUT_H

#include "train/balance.h"

/* Independent random numbers from one seed: cnn_random_hash(seed, purpose). */
enum {
    CNN_SEED_OF_HOLDOUT = 1,
    CNN_SEED_OF_ORDER,
    CNN_SEED_OF_DROPOUT,
    CNN_SEED_OF_AUGMENTATION,
    CNN_SEED_OF_VALIDATION,
    CNN_SEED_OF_TEST
};

/* For an image that is in none of CNN_SPLIT_TRAIN, CNN_SPLIT_VALIDATION and CNN_SPLIT_TEST. */
enum { CNN_NO_SPLIT = CNN_SPLIT_ALL };

/* Start as {0}; fill `splits`; then arrange. */
typedef struct cnn_holdout {
    int64_t images;
    uint8_t *splits;  /* of each image: CNN_SPLIT_TRAIN, ... */
    int64_t *indices; /* first those that validate, in order, then those that train, drawn by the seed */
    int64_t *order;   /* the training images in the order of one epoch */
    int64_t validation, training, test, missing; /* how many; the last: in no split */
    uint64_t seed;
    cnn_balance balance; /* count 0: the order of an epoch has each image once */
} cnn_holdout;

/* Every image trains. */
cnn_status cnn_holdout_new(cnn_holdout *holdout, int64_t images, uint64_t seed, cnn_error *error);
void cnn_holdout_free(cnn_holdout *holdout);

/* Move `fraction` (rounded, at least one image if it is > 0) of the training images into `split`, at random but
 * stratified by class (method of largest remainders). One image of each class stays. Fails if that leaves nothing to
 * move. `labels`: one for each image, 0 .. classes - 1. */
cnn_status cnn_holdout_draw(cnn_holdout *holdout, const int32_t *labels, int64_t classes, cnn_split split,
                            double fraction, cnn_error *error);

/* Move part `fold` (from 1) of `folds` parts of each class's training images to those that validate; at random by the
 * seed, and each image is in one of the parts. CNN_ERROR_ARGUMENT: a part would have no images. */
cnn_status cnn_holdout_fold(cnn_holdout *holdout, const int32_t *labels, int64_t classes, int folds, int fold,
                            cnn_error *error);

/* Count the images of each split and list them. Fails if none is left to train on. */
cnn_status cnn_holdout_arrange(cnn_holdout *holdout, cnn_error *error);

/* Fill `order` for an epoch (from 1), always with the same order. */
void cnn_holdout_shuffle(cnn_holdout *holdout, int epoch);

#endif
