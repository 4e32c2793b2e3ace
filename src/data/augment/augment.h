/* Random changes to images of a batch: what is drawn, and how it is applied. */
#ifndef CNN_DATA_AUGMENT_AUGMENT_H
#define CNN_DATA_AUGMENT_AUGMENT_H

#include "base/status.h"

#include "cnn_augment.h"

/* Each kind's amount; 0: not wanted. All zero changes nothing. */
typedef struct cnn_augmenting {
    double amount[CNN_AUGMENT_KINDS];
    uint64_t seed;
    bool any;
} cnn_augmenting;

/* Take a list. `channels` of the images: colours need 3; `targets`: what cannot be mixed. CNN_ERROR_ARGUMENT as
 * cnn_augmentations_parse. */
cnn_status cnn_augmenting_make(cnn_augmenting *augmenting, const cnn_augmentation *list, int count,
                               uint64_t seed, int64_t channels, bool targets, cnn_error *error);

/* Rows and columns [top, bottom) x [left, right); empty where bottom <= top. */
typedef struct cnn_box {
    int64_t top, left, bottom, right;
} cnn_box;

/* Its word in the text form; "?" for what is no kind. */
const char *cnn_augmentation_word(cnn_augmentation_kind kind);

/* What was drawn for one image. */
typedef struct cnn_changes {
    bool mirror, flip; /* left and right, top and bottom change places */
    int64_t down, right;
    double warp[2][3]; /* all that moves pixels: one at (y, x) comes from warp * (y, x, 1) */
    bool warped;       /* more than mirroring and whole pixels */
    double brightness, contrast, saturation; /* factors; 1: none */
    double hue;                              /* of the circle */
    bool coloured;
    cnn_box erased[2];
} cnn_changes;

cnn_changes cnn_changes_draw(const cnn_augmenting *augmenting, int64_t epoch, int64_t index,
                             const int64_t shape[3]); /* C,H,W */

/* An image H,W,C with a frame of zeros about it, black, so that resampling need not look where the edges are: so many
 * values, and where row y of the image begins in them. */
int64_t cnn_framed_values(const int64_t shape[3]);
float *cnn_framed_row(const int64_t shape[3], float *framed, int64_t y);
/* Resample a framed image (in 0..1) into `to` (H,W,C): all changes that move pixels. Black comes in. */
void cnn_changes_warp(const cnn_changes *changes, const int64_t shape[3], const float *framed, float *to);
/* Change the colours of an image, H,W,C in 0..1, in place. */
void cnn_changes_colour(const cnn_changes *changes, const int64_t shape[3], float *image);
/* Set what is erased to `value`, one a channel, in an image H,W,C. */
void cnn_changes_erase(const cnn_changes *changes, const int64_t shape[3], const float *value, float *image);

/* How the images of a batch are mixed: image i with image count - 1 - i. */
typedef struct cnn_mix {
    bool mixed;
    double share; /* of each image's own label; that of the other is 1 - share */
    cnn_box box;  /* pasted from the other; empty: all is blended by the share */
} cnn_mix;

/* `batch` is the number of the batch within the epoch, from 0. */
cnn_mix cnn_mix_draw(const cnn_augmenting *augmenting, int64_t epoch, int64_t batch, const int64_t shape[3]);
/* Mix images N,H,W,C in place. */
void cnn_mix_images(const cnn_mix *mix, const int64_t shape[3], float *images, int64_t count);

#endif
