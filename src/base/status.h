/* Errors as values: a status travels up, its message waits in the caller's cnn_error. */
#ifndef CNN_BASE_STATUS_H
#define CNN_BASE_STATUS_H

#include "cnn.h"

/* Write a message into `error` (if not NULL) and return `status`: `return cnn_fail(error, CNN_ERROR_IO,
 * ...)`. */
cnn_status cnn_fail(cnn_error *error, cnn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "PREFIX: " before the message that is already in `error`; returns its status. */
cnn_status cnn_fail_within(cnn_error *error, cnn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* CNN_ERROR_ARGUMENT with the name of the first of these pointers that is NULL, CNN_OK if none is:
 * `cnn_required(error, net, path)`. They are arguments of the calling function, under the names that cnn.h gives
 * them. */
#define cnn_required(error, ...)                                                                             \
    cnn_find_null((error), __func__, #__VA_ARGS__, (const void *const[]){__VA_ARGS__})
/* `names`: of the pointers, with a comma and a blank between two. */
cnn_status cnn_find_null(cnn_error *error, const char *call, const char *names, const void *const *pointers);

#endif
