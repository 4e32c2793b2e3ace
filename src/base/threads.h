/* A pool of threads that runs numbered pieces of work.
 *
 * What a piece computes must depend on its number alone, never on the worker that runs it: then results are
 * the same bit for bit on any number of threads. */
#ifndef CNN_BASE_THREADS_H
#define CNN_BASE_THREADS_H

#include "base/status.h"

typedef struct cnn_pool cnn_pool;

/* `worker` counts from 0 to cnn_pool_threads() - 1 and owns per-worker scratch memory while the piece runs.
 */
typedef void (*cnn_piece)(void *context, int64_t piece, int worker);

/* Whether a program may ask for so many: 0 (one for each processor) to CNN_MAX_THREADS. */
cnn_status cnn_threads_check(int threads, cnn_error *error);

/* threads 0: one for each processor that this process may use. The calling thread is one of them. */
cnn_status cnn_pool_new(cnn_pool **pool, int threads, cnn_error *error);
void cnn_pool_free(cnn_pool *pool);
int cnn_pool_threads(const cnn_pool *pool);
/* Whether this process has the pool's threads: a child process has none of them (fork copies only the thread that calls
 * it), and would wait forever. CNN_ERROR_ARGUMENT there; a pool of one thread goes on. */
cnn_status cnn_pool_check(const cnn_pool *pool, cnn_error *error);
/* Run pieces 0 .. pieces - 1, each once, in any order; returns when all are done. Not to be called from a
 * piece. */
void cnn_pool_run(cnn_pool *pool, cnn_piece run, void *context, int64_t pieces);

/* Processors that this process may use, by its affinity and the quota of its control groups, rounded up; at least 1. */
int cnn_processors(void);

#endif
