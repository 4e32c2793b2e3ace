/* Single images: decoding PNG and JPEG from memory, conversion to another shape. */
#ifndef CNN_DATA_IMAGE_H
#define CNN_DATA_IMAGE_H

#include "base/status.h"

enum { CNN_MOST_PIXELS = 1 << 26 }; /* rows x columns of one image that is decoded */

typedef struct cnn_image {
    int64_t height, width, channels; /* channels: 1 grey, 3 red green blue */
    uint8_t *pixels;                 /* H,W,C */
} cnn_image;

/* Decode a PNG or JPEG, told apart by their first bytes. Transparency is dropped. `name` is for messages.
 * Release image->pixels with cnn_free. */
cnn_status cnn_image_decode(const uint8_t *bytes, size_t size, const char *name, cnn_image *image,
                            cnn_error *error);

/* The two decoders behind it. */
cnn_status cnn_png_decode(const uint8_t *bytes, size_t size, const char *name, cnn_image *image,
                          cnn_error *error);
cnn_status cnn_jpeg_decode(const uint8_t *bytes, size_t size, const char *name, cnn_image *image,
                           cnn_error *error);

/* Allocate the pixels of an image whose size a header declares. Refuses more than CNN_MOST_PIXELS. */
cnn_status cnn_image_reserve(cnn_image *image, const char *name, cnn_error *error);

/* Read and decode a file. */
cnn_status cnn_image_load(const char *path, cnn_image *image, cnn_error *error);

/* Into `to` (H,W,C) of shape C,H,W: colours first, then size. Channels convert between 1 and 3 only. */
cnn_status cnn_image_convert(const cnn_image *image, const int64_t shape[3], uint8_t *to, cnn_error *error);

/* H,W,C bytes -> C,H,W float32 in 0..1. */
void cnn_pixels_to_float(const uint8_t *pixels, const int64_t shape[3], float *image);

#endif
