/* A short text that tells data sets apart. */
#ifndef CNN_DATA_FINGERPRINT_H
#define CNN_DATA_FINGERPRINT_H

#include "base/status.h"

enum { CNN_FINGERPRINT_BYTES = 17 }; /* 16 hexadecimal digits and a zero byte */

/* Of the images with these indices (NULL: the first `count`), in this order: their shape, how many they are, all labels or targets, and the pixels of 64
 * of them. The same data give the same fingerprint on every machine; it is no protection against somebody who means harm. */
void cnn_data_fingerprint(const cnn_data *data, const int64_t *indices, int64_t count,
                          char fingerprint[CNN_FINGERPRINT_BYTES]);

#endif
