#define _GNU_SOURCE
#include "base/threads.h"

#include "base/control_group.h"
#include "base/memory.h"
#include "base/placement.h"

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

/* A round's number, whether helpers may still enter it, and how many are inside, in one word, so that none enters a round that
 * has just been closed. A helper that never entered is not waited for: it may be anywhere, even without a processor. */
enum { INSIDE = (1 << 16) - 1, OPEN = 1 << 16, ROUND = 1 << 17 };

/* A helper that had to move looks again only after so many rounds: each move costs some microseconds, and where there are other
 * programs, the system may have had its reasons. */
enum { ROUNDS_BETWEEN_MOVES = 64 };

/* A worker's pieces, neighbours: those not begun yet. In a cache line of its own, because all others look at others. */
typedef struct pool_share {
    _Alignas(CNN_ALIGNMENT) atomic_int_least64_t next;
    int64_t end;
} pool_share;

struct cnn_pool {
    int threads;
    bool own_processors; /* as many as threads */
    int started;         /* helper threads that exist, at most threads - 1 */
    pid_t process;       /* whose threads they are */
    pthread_t helpers[CNN_MAX_THREADS];

    pthread_mutex_t mutex;
    pthread_cond_t work_came, work_ended;
    atomic_uint_least64_t round; /* ROUND, OPEN and INSIDE, above */
    bool stopping;

    /* What is done in this round, unchanged while a helper is inside. */
    cnn_piece run;
    void *context;
    cnn_placement placement;
    pool_share share[]; /* of each thread */
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

/* Whether a helper that was in round `seen` last may enter this one. */
static bool is_new(uint64_t round, uint64_t seen) {
    return round & OPEN && round / ROUND != seen;
}

static int spins(const cnn_pool *pool) {
    return pool->own_processors ? SPINS : SPINS_ON_SHARED;
}

static uint64_t wait_for_round(cnn_pool *pool, uint64_t seen) {
    uint64_t round;
    for (int i = 0; i < spins(pool); i++) {
        if (is_new(round = atomic_load(&pool->round), seen))
            return round;
        relax();
    }
    pthread_mutex_lock(&pool->mutex);
    while (!is_new(round = atomic_load(&pool->round), seen))
        pthread_cond_wait(&pool->work_came, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
    return round;
}

/* Returns the number of the round that this helper is inside of now. */
static uint64_t enter_round(cnn_pool *pool, uint64_t seen) {
    uint64_t round;
    do
        round = wait_for_round(pool, seen);
    while (!atomic_compare_exchange_strong(&pool->round, &round, round + 1));
    return round / ROUND;
}

static void leave_round(cnn_pool *pool) {
    const uint64_t left = atomic_fetch_sub(&pool->round, 1) - 1;
    if (left & (OPEN | INSIDE))
        return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->work_ended);
    pthread_mutex_unlock(&pool->mutex);
}

static void *helper_main(void *argument) {
    helper_start start = *(helper_start *)argument;
    cnn_free(argument);
    cnn_pool *pool = start.pool;
    uint64_t next_move = 0;
    for (uint64_t round = 0;;) {
        round = enter_round(pool, round);
        if (pool->stopping)
            return NULL;
        if (pool->own_processors && round >= next_move &&
            cnn_placement_spread(&pool->placement, start.worker))
            next_move = round + ROUNDS_BETWEEN_MOVES;
        run_pieces(pool, start.worker);
        leave_round(pool);
    }
}

/* No helper is inside: the last round is closed, and the caller waited for those that were. */
static void open_round(cnn_pool *pool) {
    const uint64_t number = atomic_load(&pool->round) / ROUND + 1;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->round, number * ROUND | OPEN);
    pthread_cond_broadcast(&pool->work_came);
    pthread_mutex_unlock(&pool->mutex);
}

/* All pieces are begun: who comes now finds none, so nobody enters any more. Waits for those that are at work. */
static void close_round(cnn_pool *pool) {
    atomic_fetch_and(&pool->round, ~(uint64_t)OPEN);
    for (int i = 0; i < spins(pool); i++) {
        if ((atomic_load(&pool->round) & INSIDE) == 0)
            return;
        relax();
    }
    pthread_mutex_lock(&pool->mutex);
    while ((atomic_load(&pool->round) & INSIDE) != 0)
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
    if (pool->own_processors)
        cnn_placement_note(&pool->placement, 0);
    open_round(pool);
    run_pieces(pool, 0);
    close_round(pool);
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
    const int count = cnn_thread_count(threads);
    cnn_pool *pool =
        cnn_allocate(1, sizeof *pool + (size_t)count * sizeof pool->share[0], "a thread pool", error);
    if (!pool)
        return CNN_ERROR_MEMORY;
    pool->threads = count;
    pool->process = getpid();
    pool->own_processors = pool->threads <= processors_granted();
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
    open_round(pool);
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
