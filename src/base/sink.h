/* Where bytes go that are made one after the other, so that they are never all in memory at once. */
#ifndef CNN_BASE_SINK_H
#define CNN_BASE_SINK_H

#include <stddef.h>

typedef struct cnn_sink cnn_sink;

struct cnn_sink {
    /* Take the next bytes, which are the caller's. What goes wrong the sink keeps to itself until it is asked. */
    void (*take)(cnn_sink *sink, const void *data, size_t size);
};

#endif
