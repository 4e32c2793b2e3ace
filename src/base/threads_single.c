/* A pool of the calling thread alone, where there are no others: WebAssembly. The same sums, since no piece knows its worker. */
#include "base/memory.h"
#include "base/threads.h"

struct cnn_pool {
    int threads; /* always 1 */
};

int cnn_processors(void) {
    return 1;
}

cnn_status cnn_pool_new(cnn_pool **out, int threads, cnn_error *error) {
    *out = NULL;
    cnn_status status = cnn_threads_check(threads, error);
    if (status != CNN_OK)
        return status;
    cnn_pool *pool = cnn_allocate(1, sizeof *pool, "a thread pool", error);
    if (!pool)
        return CNN_ERROR_MEMORY;
    pool->threads = 1;
    *out = pool;
    return CNN_OK;
}

void cnn_pool_free(cnn_pool *pool) {
    cnn_free(pool);
}

int cnn_pool_threads(const cnn_pool *pool) {
    return pool->threads;
}

cnn_status cnn_pool_check(const cnn_pool *pool, cnn_error *error) {
    (void)pool, (void)error;
    return CNN_OK;
}

void cnn_pool_run(cnn_pool *pool, cnn_piece run, void *context, int64_t pieces) {
    (void)pool;
    for (int64_t piece = 0; piece < pieces; piece++)
        run(context, piece, 0);
}
