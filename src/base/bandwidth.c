#include "base/bandwidth.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdint.h>
#include <string.h>

enum { BLOCK = 16 << 20 }; /* bytes that a thread copies */

/* A worker's task: copy a thread's first block over its second. */
static void copy_block(void *context, int64_t piece, int worker) {
    (void)worker;
    char *blocks = (char *)context + 2 * piece * BLOCK;
    memcpy(blocks + BLOCK, blocks, BLOCK);
}

/* The best of some tries; the first one also makes the pages. */
double cnn_measure_bandwidth(cnn_pool *pool) {
    enum { TRIES = 5 };
    const size_t threads = (size_t)cnn_pool_threads(pool);
    char *blocks = cnn_allocate(threads, 2 * (size_t)BLOCK, "blocks to copy", NULL);
    double best = 0;
    for (int i = 0; blocks && i < TRIES; i++) {
        const double begin = cnn_seconds();
        cnn_pool_run(pool, copy_block, blocks, (int64_t)threads);
        const double speed = 2.0 * BLOCK * (double)threads / (cnn_seconds() - begin);
        best = speed > best ? speed : best;
    }
    cnn_free(blocks);
    return best;
}
