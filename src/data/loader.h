/* Batches for training, normalised, prepared by a separate thread while the previous batch is used. What a batch
 * holds depends only on the indices, the seed and the epoch, never on time or threads. */
#ifndef CNN_DATA_LOADER_H
#define CNN_DATA_LOADER_H

#include "data/augment/augment.h"

typedef struct cnn_loader cnn_loader;

typedef struct cnn_loader_options {
    int64_t batch;                 /* images in a batch, >= 1; the last one of a pass may have fewer */
    const float *mean, *deviation; /* one a channel, applied as (x / 255 - mean) / deviation; copied */
    cnn_augmenting augmenting;
    /* what each label of the data becomes in a batch; not copied; NULL: itself. Of multi-label data, which have as many
     * outputs as classes, where each class's target comes to lie */
    const int32_t *outputs;
} cnn_loader_options;

typedef struct cnn_batch {
    const float *images; /* N,H,W,C: channels last, normalised */
    const int32_t *labels;
    const float *targets; /* count x targets_per_image of the data; NULL: they have none */
    int64_t count;        /* 0: the pass has ended */
    /* Where images are mixed: image i has `share` of its own label and the rest of others[i]; NULL: they are not. */
    const int32_t *others;
    double share;
} cnn_batch;

/* Everything is allocated here. `data` must outlive the loader. */
cnn_status cnn_loader_new(cnn_loader **loader, const cnn_data *data, const cnn_loader_options *options,
                          cnn_error *error);
void cnn_loader_free(cnn_loader *loader); /* NULL is allowed */

/* Begin a pass over the images with these indices, in this order (not copied; must live until the pass ends),
 * from position `first` on (a multiple of batch, to resume). Ends a running pass early. `epoch` varies
 * the augmentations. */
void cnn_loader_start(cnn_loader *loader, const int64_t *indices, int64_t count, int64_t first,
                      int64_t epoch);

/* End a pass early: its indices are not read from here on, and may change. */
void cnn_loader_stop(cnn_loader *loader);

/* The next batch, valid until the next call. */
cnn_batch cnn_loader_next(cnn_loader *loader);

/* Bytes that a loader with this batch allocates; INT64_MAX if that is not a number. */
int64_t cnn_loader_bytes(const cnn_data *data, int64_t batch);

#endif
