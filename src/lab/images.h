/* The images of the experiments: subsets, held-out ones, and those whose pixels are in another order. */
#ifndef CNN_LAB_IMAGES_H
#define CNN_LAB_IMAGES_H

#include "cnn_lab.h"

#include "data/dataset.h"

enum { CNN_LAB_PARTS = 3 }; /* by cnn_split: training, test, validation */

/* Start as {0}; release with cnn_lab_images_free. */
typedef struct cnn_lab_images {
    const cnn_data *part[CNN_LAB_PARTS]; /* NULL: there is none (validation) */
    cnn_data *owned[CNN_LAB_PARTS];      /* the same where it is a copy */
    int64_t *test_numbers;               /* of each test image: its number in the caller's data */
    cnn_split test_part;                 /* of which part of that */
} cnn_lab_images;

/* The images that the options give, fewer of them where they say `quick`. */
cnn_status cnn_lab_images_choose(cnn_lab_images *images, const cnn_lab_options *options, cnn_error *error);
/* The same images with their pixels in another order: pixel k of the new ones is pixel order[k]. */
cnn_status cnn_lab_images_reorder(cnn_lab_images *reordered, const cnn_lab_images *images,
                                  const int64_t *order, cnn_error *error);
void cnn_lab_images_free(cnn_lab_images *images);

/* Copy `count` images with labels and class names. `order` may be NULL: pixels stay where they are. */
cnn_status cnn_lab_copy(cnn_data **copy, const cnn_data *data, const int64_t *indices, int64_t count,
                        const int64_t *order, cnn_error *error);
/* 0 .. pixels - 1 in a random order that the seed decides; allocated. */
int64_t *cnn_lab_pixel_order(int64_t pixels, uint64_t seed, cnn_error *error);
/* The k-th of `count` images that are spread evenly over `all`. */
static inline int64_t cnn_lab_spread(int64_t k, int64_t count, int64_t all) {
    return (int64_t)((double)k * (double)all / (double)count);
}

/* Move an image C,H,W down and to the right; pixels that come in repeat its edge. */
void cnn_lab_shift(const float *image, const int64_t shape[3], int64_t down, int64_t right, float *shifted);

#endif
