/* Bilinear resizing with antialiasing. */
#ifndef CNN_DATA_RESIZE_H
#define CNN_DATA_RESIZE_H

#include "data/image.h"

/* Resize to height x width into `to` (H,W,C). A triangle filter whose width grows with the reduction, columns first,
 * then rows, rounded to bytes in between: what Pillow's BILINEAR and torchvision's antialiased Resize do, so that an
 * imported network sees the same pixels as in training. (Where Pillow takes rows first to save work, single pixels
 * differ by 1.) */
cnn_status cnn_resize(const cnn_image *image, int64_t height, int64_t width, uint8_t *to, cnn_error *error);

#endif
