/* How fast memory is. */
#ifndef CNN_BASE_BANDWIDTH_H
#define CNN_BASE_BANDWIDTH_H

#include "base/threads.h"

/* Bytes that all threads of the pool together read and write in a second while they copy blocks that no cache holds. Takes a few
 * dozen milliseconds and 32 MiB a thread; 0 where there is no such memory. */
double cnn_measure_bandwidth(cnn_pool *pool);

#endif
