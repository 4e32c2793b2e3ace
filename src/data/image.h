/* Single pictures: decoding files from memory or disk. Their preparation for a network is in data/prepare.h. */
#ifndef CNN_DATA_IMAGE_H
#define CNN_DATA_IMAGE_H

#include "base/status.h"

enum { CNN_MAX_PIXELS = 1 << 26 }; /* limit on rows x columns of a picture, unless the caller sets another */

typedef struct cnn_image {
    int64_t height, width, channels; /* channels: 1 grey, 3 red green blue */
    uint8_t *pixels;                 /* H,W,C */
    int orientation;                 /* EXIF's, 1 to 8, as a decoder found it; 0: it found none */
    cnn_picture picture;             /* what the file contained, in upright orientation */
} cnn_image;

/* A file in memory that a decoder is to read. */
typedef struct cnn_encoded {
    const uint8_t *bytes;
    size_t size;
    const char *name;   /* for messages */
    int64_t max_pixels; /* rows x columns; more is refused */
} cnn_encoded;

/* Decode a file of one of the formats (data/formats.h), which its first bytes identify. It is rotated upright as its
 * EXIF data say; transparent pixels are blended with options->background. `name` is for messages; options may be
 * NULL. Release image->pixels with cnn_free. */
cnn_status cnn_image_unpack(const uint8_t *bytes, size_t size, const char *name,
                            const cnn_image_options *options, cnn_image *image, cnn_error *error);

/* The same from a file. */
cnn_status cnn_image_load(const char *path, const cnn_image_options *options, cnn_image *image,
                          cnn_error *error);

/* Allocate the pixels of an image whose size a header declares. Refuses more than file->max_pixels. */
cnn_status cnn_image_reserve(cnn_image *image, const cnn_encoded *file, cnn_error *error);

#endif
