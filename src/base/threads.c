#define _GNU_SOURCE
#include "base/threads.h"

#include "base/control_group.h"
#include "base/memory.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* A thread that waits spins first, half a millisecond or so, because waking a sleeping one takes a good part of that:
 * longer than most pieces. Where threads have to share processors, or a quota of their time, spinning only takes time from
 * those that work. */
enum { SPINS = 40000, SPINS_ON_SHARED = 100 };

/* A worker's pieces, neighbours: those not begun yet. In a cache line of its own, because all others look at others. */
typedef struct pool_share {
    _Alignas(CNN_ALIGNMENT) atomic_int_least64_t next;
    int64_t end;
} pool_share;

struct cnn_pool {
    int threads;
    int spins;
    int started;   /* helper threads that exist, at most threads - 1 */
    pid_t process; /* whose threads they are */
    pthread_t helpers[CNN_MAX_THREADS];

    pthread_mutex_t mutex;
    pthread_cond_t work_came, work_ended;
    atomic_uint round;  /* grows with every run; helpers wait for it to change */
    atomic_int running; /* helpers that have not finished this round */
    bool stopping;

    cnn_piece run;
    void *context;
    pool_share share[CNN_MAX_THREADS];
};

typedef struct helper_start {
    cnn_pool *pool;
    int worker;
} helper_start;

/* How many processors this process may use: by its affinity a whole number, by a quota perhaps one and a half. */
static double processors_granted(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    const double allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return fmin(allowed, cnn_control_group_processors(""));
}

/* A quota of one and a half processors is used up by two threads, not by one. */
int cnn_processors(void) {
    const double usable = ceil(processors_granted());
    return usable < 1 ? 1 : usable > CNN_MAX_THREADS ? CNN_MAX_THREADS : (int)usable;
}

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Each worker has the same part of the pieces in every round, so that what it wrote in one is in its caches in the next;
 * then it helps the others. */
static void share_pieces(cnn_pool *pool, int64_t pieces) {
    const int64_t workers = pool->started + 1;
    for (int64_t w = 0; w < workers; w++) {
        pool->share[w].end = pieces * (w + 1) / workers;
        atomic_store(&pool->share[w].next, pieces * w / workers);
    }
}

static void run_pieces(cnn_pool *pool, int worker) {
    const int workers = pool->started + 1;
    for (int i = 0; i < workers; i++) {
        pool_share *share = &pool->share[(worker + i) % workers];
        int64_t piece;
        while ((piece = atomic_fetch_add(&share->next, 1)) < share->end)
            pool->run(pool->context, piece, worker);
    }
}

/* Wait for a new round. */
static void wait_for_round(cnn_pool *pool, unsigned seen) {
    for (int i = 0; i < pool->spins; i++) {
        if (atomic_load(&pool->round) != seen)
            return;
        relax();
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->round) == seen)
        pthread_cond_wait(&pool->work_came, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

static void *helper_main(void *argument) {
    helper_start start = *(helper_start *)argument;
    cnn_free(argument);
    cnn_pool *pool = start.pool;
    for (unsigned seen = 0;;) {
        wait_for_round(pool, seen);
        seen++;
        if (pool->stopping)
            return NULL;
        run_pieces(pool, start.worker);
        if (atomic_fetch_sub(&pool->running, 1) == 1) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->work_ended);
            pthread_mutex_unlock(&pool->mutex);
        }
    }
}

static void begin_round(cnn_pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->running, pool->started);
    atomic_fetch_add(&pool->round, 1);
    pthread_cond_broadcast(&pool->work_came);
    pthread_mutex_unlock(&pool->mutex);
}

static void wait_for_helpers(cnn_pool *pool) {
    for (int i = 0; i < pool->spins; i++) {
        if (atomic_load(&pool->running) == 0)
            return;
        relax();
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->running) != 0)
        pthread_cond_wait(&pool->work_ended, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

void cnn_pool_run(cnn_pool *pool, cnn_piece run, void *context, int64_t pieces) {
    if (pool->started == 0 || pieces <= 1) {
        for (int64_t piece = 0; piece < pieces; piece++)
            run(context, piece, 0);
        return;
    }
    pool->run = run;
    pool->context = context;
    share_pieces(pool, pieces);
    begin_round(pool);
    run_pieces(pool, 0);
    wait_for_helpers(pool);
}

static cnn_status start_helper(cnn_pool *pool, cnn_error *error) {
    helper_start *start = cnn_allocate(1, sizeof *start, "a thread", error);
    if (!start)
        return CNN_ERROR_MEMORY;
    *start = (helper_start){.pool = pool, .worker = pool->started + 1};
    int reason = pthread_create(&pool->helpers[pool->started], NULL, helper_main, start);
    if (reason != 0) {
        cnn_free(start);
        return cnn_fail(error, CNN_ERROR_MEMORY, "cannot start thread %d of %d: %s", pool->started + 2,
                        pool->threads, strerror(reason));
    }
    pool->started++;
    return CNN_OK;
}

cnn_status cnn_pool_new(cnn_pool **out, int threads, cnn_error *error) {
    *out = NULL;
    cnn_status status = cnn_threads_check(threads, error);
    if (status)
        return status;
    cnn_pool *pool = cnn_allocate(1, sizeof *pool, "a thread pool", error);
    if (!pool)
        return CNN_ERROR_MEMORY;
    pool->threads = cnn_thread_count(threads);
    pool->process = getpid();
    pool->spins = pool->threads <= processors_granted() ? SPINS : SPINS_ON_SHARED;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work_came, NULL);
    pthread_cond_init(&pool->work_ended, NULL);
    while (status == CNN_OK && pool->started < pool->threads - 1)
        status = start_helper(pool, error);
    if (status != CNN_OK)
        cnn_pool_free(pool);
    else
        *out = pool;
    return status;
}

static void stop_helpers(cnn_pool *pool) {
    pool->stopping = true;
    begin_round(pool);
    for (int i = 0; i < pool->started; i++)
        pthread_join(pool->helpers[i], NULL);
    pthread_cond_destroy(&pool->work_ended);
    pthread_cond_destroy(&pool->work_came);
    pthread_mutex_destroy(&pool->mutex);
}

/* A child process has the memory alone: its parent's helpers may have held the mutex when it was made. */
void cnn_pool_free(cnn_pool *pool) {
    if (pool && pool->process == getpid())
        stop_helpers(pool);
    cnn_free(pool);
}

cnn_status cnn_pool_check(const cnn_pool *pool, cnn_error *error) {
    if (pool->started == 0 || pool->process == getpid())
        return CNN_OK;
    return cnn_fail(
        error, CNN_ERROR_ARGUMENT,
        "its %d threads belong to process %ld, and fork did not copy them into this one (%ld): make it "
        "anew after fork, or with one thread",
        pool->threads, (long)pool->process, (long)getpid());
}

int cnn_pool_threads(const cnn_pool *pool) {
    return pool->threads;
}
