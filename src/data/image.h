/* Single pictures: decoding files from memory or disk. Their preparation for a network is in data/prepare.h. */
#ifndef CNN_DATA_IMAGE_H
#define CNN_DATA_IMAGE_H

#include "base/status.h"

enum { CNN_MAX_PIXELS = 1 << 26 }; /* limit on rows x columns of a picture, unless the caller sets another */

typedef struct cnn_image {
    int64_t height, width, channels; /* channels: 1 grey, 3 red green blue */
    uint8_t *pixels;                 /* H,W,C */
    /* Where a decoder has reduced it: by this (2, 4 or 8), and what the file has. 0: it has not. */
    int reduction;
    int64_t whole_height, whole_width;
    bool flipped,
        mirrored; /* since then: the last row or column, which the picture may fill in part, is the first */
    int orientation;     /* EXIF's, 1 to 8, as a decoder found it; 0: it found none */
    cnn_picture picture; /* what the file contained, in upright orientation */
} cnn_image;

/* A file in memory that a decoder is to read. */
typedef struct cnn_encoded {
    const uint8_t *bytes;
    size_t size;
    const char *name;   /* for messages */
    int64_t max_pixels; /* rows x columns; more is refused */
    /* > 0: the picture, upright, is wanted no larger, so that a decoder may reduce it if both sides stay at least so long */
    int64_t least_height, least_width;
} cnn_encoded;

/* Decode a file of one of the formats (data/formats.h), which its first bytes identify. It is rotated upright as its
 * EXIF data say; transparent pixels are blended with options->background. `name` is for messages; options may be
 * NULL. Release image->pixels with cnn_free. */
cnn_status cnn_image_unpack(const uint8_t *bytes, size_t size, const char *name,
                            const cnn_image_options *options, cnn_image *image, cnn_error *error);

/* The same from a file. */
cnn_status cnn_image_load(const char *path, const cnn_image_options *options, cnn_image *image,
                          cnn_error *error);

/* Height and width as the file has them, in the image's orientation. */
static inline void cnn_image_whole(const cnn_image *image, int64_t size[2]) {
    size[0] = image->reduction ? image->whole_height : image->height;
    size[1] = image->reduction ? image->whole_width : image->width;
}

/* Allocate the pixels of an image whose size a header declares. Refuses more than file->max_pixels. */
cnn_status cnn_image_reserve(cnn_image *image, const cnn_encoded *file, cnn_error *error);

#endif
