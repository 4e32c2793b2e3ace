/* Orders of the training images in which every class comes as often as any other. */
#ifndef CNN_TRAIN_BALANCE_H
#define CNN_TRAIN_BALANCE_H

#include "base/status.h"

/* Start as {0}; release with cnn_balance_free. */
typedef struct cnn_balance {
    int64_t count;   /* of images */
    int64_t classes; /* that have images */
    int64_t *images; /* by class */
    int64_t *room;   /* as many: the same, shuffled */
    int64_t *first;  /* classes + 1: where in `images` each class begins */
} cnn_balance;

/* `images` have labels[image], 0 .. classes - 1. */
cnn_status cnn_balance_make(cnn_balance *balance, const int64_t *images, int64_t count, const int32_t *labels,
                            int64_t classes, cnn_error *error);
void cnn_balance_free(cnn_balance *balance);
/* An order of `count` images for an epoch: images of rare classes come several times, of frequent ones some are left for
 * other epochs. The same seed and epoch give the same order. */
void cnn_balance_order(cnn_balance *balance, uint64_t seed, int epoch, int64_t *order);

#endif
