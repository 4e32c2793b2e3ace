/* NumPy's files of one array, as numpy.save writes them: "\x93NUMPY", a version, a header that is a Python
 * dictionary, the elements. */
#ifndef CNN_ARRAYS_NPY_H
#define CNN_ARRAYS_NPY_H

#include "arrays/array.h"

/* Whether the bytes begin as such a file does. */
bool cnn_npy_begins(const void *bytes, size_t size);
/* The array is a copy, row-major also where the file is not (fortran_order). */
cnn_status cnn_npy_read(cnn_array *array, const void *bytes, size_t size, const char *origin,
                        cnn_error *error);
/* *bytes is allocated, release with cnn_free. */
cnn_status cnn_npy_write(const cnn_array *array, void **bytes, size_t *size, cnn_error *error);

#endif
