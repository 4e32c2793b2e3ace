/* Bytes from memory, read in order; gzip is unpacked on the way. */
#ifndef CNN_DATA_STREAM_H
#define CNN_DATA_STREAM_H

#include "base/status.h"

#include <zlib.h>

typedef struct cnn_stream {
    const uint8_t *bytes; /* the caller's; must outlive the stream */
    size_t size, used;
    const char *name; /* for messages */
    bool
        packed; /* by gzip: recognised by its first bytes, since downloads often lose ".gz" or keep it wrongly */
    bool ended;
    z_stream inflater;
} cnn_stream;

/* Close it also after a failure. */
cnn_status cnn_stream_open(cnn_stream *stream, const uint8_t *bytes, size_t size, const char *name,
                           cnn_error *error);
void cnn_stream_close(cnn_stream *stream);

/* Read up to `size` bytes; *got is less only at the end. CNN_ERROR_FORMAT for truncated or damaged gzip. */
cnn_status cnn_stream_read(cnn_stream *stream, void *into, size_t size, size_t *got, cnn_error *error);

#endif
