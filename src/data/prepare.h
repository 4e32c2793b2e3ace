/* From a decoded picture to an image of the shape and kind that a network takes. */
#ifndef CNN_DATA_PREPARE_H
#define CNN_DATA_PREPARE_H

#include "data/image.h"

/* CNN_ERROR_ARGUMENT for options that no picture could satisfy. */
cnn_status cnn_prepare_check(const cnn_image_options *options, cnn_error *error);

/* The shape (C,H,W) that the options request; what they leave open is that of `image`, or a square of side `resize`,
 * or MNIST's 28x28 with `centre`. */
void cnn_prepare_shape(const cnn_image_options *options, const cnn_image *image, int64_t shape[3]);

/* Into `to` (H,W,C) of shape C,H,W, in this order: colours (channels convert between 1 and 3 only), inversion, size
 * (centred, cropped or resized), order of the channels. options->channels, height and width are ignored. */
cnn_status cnn_prepare(const cnn_image *image, const cnn_image_options *options, const int64_t shape[3],
                       uint8_t *to, cnn_error *error);

/* As MNIST was made (LeCun et al. 1998): the bounding box of the drawing, bright on dark, is scaled to fit 20/28 of
 * height and width, keeping its aspect ratio, and placed on black so that its centre of mass is in the middle. A
 * uniform image is only resized. */
cnn_status cnn_centre(const cnn_image *image, int64_t height, int64_t width, uint8_t *to, cnn_error *error);

/* Red, green, blue -> grey by ITU-R BT.601. */
void cnn_to_grey(const uint8_t *colour, int64_t pixels, uint8_t *grey);

/* H,W,C bytes -> C,H,W float32 in 0..1. */
void cnn_pixels_to_float(const uint8_t *pixels, const int64_t shape[3], float *image);

#endif
