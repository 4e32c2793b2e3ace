/* The files of tests/golden that tools/golden.py wrote. Everything here fails the running test when it is not
 * as expected. */
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

#include "formats/safetensors.h"

cnn_safetensors golden_open(const char *name);
/* All values of the tensor whose name is printed by `format`, whatever their type; free with cnn_free. */
double *golden_values(const cnn_safetensors *file, int64_t *count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
float *golden_floats(const cnn_safetensors *file, int64_t *count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The network that is written down in the metadata `key`, with parameters PREFIX/NAME. */
cnn_net *golden_net(const cnn_safetensors *file, const char *key, const char *prefix);

/* Norm of the difference over the norm of what is expected, which must not be zero. */
double golden_difference(const float *values, const double *expected, int64_t count);

#endif
