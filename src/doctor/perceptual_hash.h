/* A hash that images have in common which look alike: the signs of the lowest frequencies of their cosine transform
 * (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions"). */
#ifndef CNN_DOCTOR_PERCEPTUAL_HASH_H
#define CNN_DOCTOR_PERCEPTUAL_HASH_H

#include "base/status.h"

enum { CNN_HASH_SIDE = 8, CNN_HASH_VALUES = CNN_HASH_SIDE * CNN_HASH_SIDE };

typedef struct cnn_perceptual_hash {
    uint64_t bits;                 /* bit k: whether frequency k is positive; bit 0, the mean, is 0 */
    float values[CNN_HASH_VALUES]; /* the frequencies, their norm 1; all 0 for a uniform image */
} cnn_perceptual_hash;

/* For images of one size. */
typedef struct cnn_hasher {
    int64_t height, width;
    float *rows, *columns; /* CNN_HASH_SIDE x height, x width: the cosines */
    float *half;           /* CNN_HASH_SIDE x width */
} cnn_hasher;

cnn_status cnn_hasher_start(cnn_hasher *hasher, int64_t height, int64_t width, cnn_error *error);
void cnn_hasher_free(cnn_hasher *hasher);
/* `grey`: height x width values. */
void cnn_hash_image(const cnn_hasher *hasher, const float *grey, cnn_perceptual_hash *hash);

#endif
