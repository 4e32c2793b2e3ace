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

#endif
