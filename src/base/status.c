#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

cnn_status cnn_fail(cnn_error *error, cnn_status status, const char *format, ...) {
    if (!error)
        return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

cnn_status cnn_fail_within(cnn_error *error, cnn_status status, const char *format, ...) {
    if (!error)
        return status;
    char inner[sizeof error->message];
    memcpy(inner, error->message, sizeof inner);
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (used >= 0 && (size_t)used < sizeof error->message)
        snprintf(error->message + used, sizeof error->message - (size_t)used, ": %s", inner);
    error->status = status;
    return status;
}

cnn_status cnn_find_null(cnn_error *error, const char *call, const char *names, const void *const *pointers) {
    for (size_t i = 0; *names; i++) {
        const int length = (int)strcspn(names, ",");
        if (!pointers[i])
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s: %.*s must not be NULL", call, length, names);
        names += length;
        names += strspn(names, ", ");
    }
    return CNN_OK;
}

const char *cnn_status_name(cnn_status status) {
    static const char *const names[] = {
#define CNN_STATUS_NAME(name, meaning) #name,
        CNN_STATUS_LIST(CNN_STATUS_NAME)
#undef CNN_STATUS_NAME
    };
    size_t index = (size_t)status;
    return index < sizeof names / sizeof names[0] ? names[index] : "CNN_ERROR_UNKNOWN";
}

const char *cnn_version(void) {
    return CNN_VERSION;
}
