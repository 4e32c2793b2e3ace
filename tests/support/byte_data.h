/* A data set of bytes from a test's arrays. */
#ifndef TESTS_SUPPORT_BYTE_DATA_H
#define TESTS_SUPPORT_BYTE_DATA_H

#include <cnn.h>

/* `count` images N,C,H,W of `shape` and their labels, of which there are `classes`. Fails the running test with the library's
 * message when they are no data set. */
cnn_data *byte_data(cnn_input_options shape, int64_t count, const uint8_t *images, const int32_t *labels,
                    int64_t classes);

#endif
