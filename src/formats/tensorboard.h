/* TensorBoard event files: records of scalar summaries, appended as training goes on. */
#ifndef CNN_FORMATS_TENSORBOARD_H
#define CNN_FORMATS_TENSORBOARD_H

#include "base/status.h"

typedef struct cnn_events cnn_events;

/* Start a new event file (events.out.tfevents.SECONDS.cnn) in `folder`, which exists. */
cnn_status cnn_events_open(cnn_events **events, const char *folder, cnn_error *error);
/* How many event files of this library there are in `folder`. */
int64_t cnn_events_count(const char *folder);
/* Remove them. */
cnn_status cnn_events_remove(const char *folder, cnn_error *error);
/* Append one scalar and flush it. */
cnn_status cnn_events_scalar(cnn_events *events, const char *tag, int64_t step, double value,
                             cnn_error *error);
void cnn_events_close(cnn_events *events); /* NULL is allowed */

#endif
