/* Single pictures: decoding files from memory or disk. What is made of them then: data/prepare.h. */
#ifndef CNN_DATA_IMAGE_H
#define CNN_DATA_IMAGE_H

#include "base/status.h"

enum { CNN_MAX_PIXELS = 1 << 26 }; /* rows x columns of one picture that is decoded, unless the caller says */

typedef struct cnn_image {
    int64_t height, width, channels; /* channels: 1 grey, 3 red green blue */
    uint8_t *pixels;                 /* H,W,C */
    int orientation;                 /* EXIF's, 1 to 8, as a decoder found it; 0: it found none */
    cnn_picture picture;             /* what the file held, the way up that a person sees it */
} cnn_image;

/* A file in memory that a decoder is to read. */
typedef struct cnn_encoded {
    const uint8_t *bytes;
    size_t size;
    const char *name;    /* for messages */
    int64_t most_pixels; /* rows x columns; more is refused */
} cnn_encoded;

/* Decode a file of one of the formats (data/formats.h), told apart by its first bytes. It is turned the way up that
 * it says itself; what is transparent is laid over options->background.
 * `name` is for messages; options may be NULL. Release image->pixels with cnn_free. */
cnn_status cnn_image_unpack(const uint8_t *bytes, size_t size, const char *name,
                            const cnn_image_options *options, cnn_image *image, cnn_error *error);

/* The same from a file. */
cnn_status cnn_image_load(const char *path, const cnn_image_options *options, cnn_image *image,
                          cnn_error *error);

/* The decoders behind it. They give what the file holds: 1 channel is grey, 2 grey and alpha, 3 colour, 4 colour
 * and alpha. On failure pixels that were reserved are the caller's all
 * the same. */
cnn_status cnn_png_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error);
cnn_status cnn_jpeg_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error);
cnn_status cnn_webp_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error);
cnn_status cnn_bmp_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error);
cnn_status cnn_gif_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error);
cnn_status cnn_tiff_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error);
cnn_status cnn_pnm_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error);

/* Allocate the pixels of an image whose size a header declares. Refuses more than file->most_pixels. */
cnn_status cnn_image_reserve(cnn_image *image, const cnn_encoded *file, cnn_error *error);

#endif
