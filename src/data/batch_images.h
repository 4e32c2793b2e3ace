/* The images of a batch as a network takes them: augmented, normalised, channels last. */
#ifndef CNN_DATA_BATCH_IMAGES_H
#define CNN_DATA_BATCH_IMAGES_H

#include "data/augment/augment.h"

typedef struct cnn_batch_images {
    const cnn_data *data;
    cnn_augmenting augmenting;
    int64_t shape[3];        /* C,H,W */
    float *table;            /* channels x 256: each pixel value, normalised; owned, as is what follows it */
    float *mean, *deviation; /* of each value of a row, for pixels that are floats */
    float *erased;           /* one a channel: 0, the mean as it is after normalisation */
    float *framed, *warped;  /* an image each, H,W,C in 0..1, the first in its frame of zeros */
} cnn_batch_images;

/* Start as {0}; release with cnn_batch_images_free, also after a failure. `data` must outlive it; the rest is copied. */
cnn_status cnn_batch_images_make(cnn_batch_images *images, const cnn_data *data, const float *mean,
                                 const float *deviation, const cnn_augmenting *augmenting, cnn_error *error);
void cnn_batch_images_free(cnn_batch_images *images);
/* How many bytes it takes at most. */
int64_t cnn_batch_images_bytes(const cnn_data *data);

/* Write one image of the data, H,W,C. Not from two threads at once. */
void cnn_batch_image(cnn_batch_images *images, int64_t index, int64_t epoch, float *image);
/* Mix a batch N,H,W,C, the `batch`-th of the epoch, in place. */
cnn_mix cnn_batch_mix(const cnn_batch_images *images, int64_t epoch, int64_t batch, float *batch_images,
                      int64_t count);

#endif
