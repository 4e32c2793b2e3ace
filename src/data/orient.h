/* EXIF's orientation, which a camera writes into a file. */
#ifndef CNN_DATA_ORIENT_H
#define CNN_DATA_ORIENT_H

#include "data/image.h"

/* The orientation (1 to 8) that EXIF data say, which begin with TIFF's header "II*\0" or "MM\0*"; 1, the image as it
 * is stored, if they say none or are damaged. */
int cnn_exif_orientation(const uint8_t *exif, size_t size);

/* Whether rows become columns in this orientation. */
bool cnn_transposes(int orientation);

/* Rotate and mirror the image according to its orientation, which is 1 afterwards. */
cnn_status cnn_orient(cnn_image *image, cnn_error *error);

#endif
