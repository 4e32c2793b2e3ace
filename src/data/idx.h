/* IDX, the format of MNIST: two zero bytes, a type, the number of dimensions, their sizes as 32-bit big-endian
 * numbers, the values. Only unsigned bytes (type 8) are supported; .gz is unpacked. */
#ifndef CNN_DATA_IDX_H
#define CNN_DATA_IDX_H

#include "base/status.h"

enum { CNN_IDX_LABELS = 1, CNN_IDX_IMAGES = 3 }; /* their numbers of dimensions */

typedef struct cnn_idx {
    int64_t size[3]; /* images, rows, columns; rows and columns are 1 for labels */
    int64_t kept;    /* how many of the images (labels) are in `values` */
    uint8_t *values; /* release with cnn_free */
} cnn_idx;

/* Parse a whole file in memory; `dimensions` is what it must have, at most `limit` images are kept (0: all). The rest
 * is checked as well. Allocates no more than a small multiple of what the file really contains. */
cnn_status cnn_idx_parse(const uint8_t *bytes, size_t size, const char *name, int dimensions, int64_t limit,
                         cnn_idx *idx, cnn_error *error);

/* The byte of the (unpacked) file where the values start. */
static inline int64_t cnn_idx_header(int dimensions) {
    return 4 + 4 * (int64_t)dimensions;
}

#endif
