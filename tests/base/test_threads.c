/* The pool: every piece once, on any number of threads. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "base/placement.h"
#include "base/threads.h"
#include "support/cmocka.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PIECES = 1000 };

typedef struct tally {
    int threads;
    atomic_int runs[MAX_PIECES];
    atomic_int wrong_workers;
    atomic_int busy[8]; /* a worker runs one piece at a time */
} tally;

static void count_piece(void *context, int64_t piece, int worker) {
    tally *t = context;
    if (worker < 0 || worker >= t->threads) {
        atomic_fetch_add(&t->wrong_workers, 1);
        return;
    }
    if (atomic_fetch_add(&t->busy[worker], 1) != 0)
        atomic_fetch_add(&t->wrong_workers, 1);
    atomic_fetch_add(&t->runs[piece], 1);
    atomic_fetch_sub(&t->busy[worker], 1);
}

static void run_round(cnn_pool *pool, int64_t pieces) {
    tally t = {.threads = cnn_pool_threads(pool)};
    cnn_pool_run(pool, count_piece, &t, pieces);
    for (int64_t piece = 0; piece < MAX_PIECES; piece++)
        assert_int_equal(atomic_load(&t.runs[piece]), piece < pieces);
    assert_int_equal(atomic_load(&t.wrong_workers), 0);
}

static void every_piece_runs_once(void **state) {
    (void)state;
    static const int64_t pieces[] = {0, 1, 2, 3, 7, 64, MAX_PIECES};
    for (int threads = 1; threads <= 5; threads++) {
        cnn_pool *pool;
        assert_int_equal(cnn_pool_new(&pool, threads, NULL), CNN_OK);
        assert_int_equal(cnn_pool_threads(pool), threads);
        for (int i = 0; i < 7; i++)
            run_round(pool, pieces[i]);
        cnn_pool_free(pool);
    }
}

static void many_short_rounds(void **state) {
    (void)state;
    cnn_pool *pool;
    assert_int_equal(cnn_pool_new(&pool, 3, NULL), CNN_OK);
    tally t = {.threads = 3};
    for (int round = 0; round < 5000; round++)
        cnn_pool_run(pool, count_piece, &t, 4);
    for (int piece = 0; piece < 4; piece++)
        assert_int_equal(atomic_load(&t.runs[piece]), 5000);
    assert_int_equal(atomic_load(&t.wrong_workers), 0);
    cnn_pool_free(pool);
}

static void pools_start_and_end_at_once(void **state) {
    (void)state;
    for (int i = 0; i < 100; i++) {
        cnn_pool *pool;
        assert_int_equal(cnn_pool_new(&pool, 4, NULL), CNN_OK);
        if (i % 2)
            run_round(pool, 2);
        cnn_pool_free(pool);
    }
}

/* What pieces write must be seen by the caller, without an atomic's help. */
static void square(void *context, int64_t piece, int worker) {
    (void)worker;
    ((int64_t *)context)[piece] = piece * piece;
}

static void results_are_seen_after_a_run(void **state) {
    (void)state;
    cnn_pool *pool;
    assert_int_equal(cnn_pool_new(&pool, 3, NULL), CNN_OK);
    for (int round = 0; round < 200; round++) {
        int64_t squares[100] = {0};
        cnn_pool_run(pool, square, squares, 100);
        for (int64_t i = 0; i < 100; i++)
            assert_int_equal(squares[i], i * i);
    }
    cnn_pool_free(pool);
}

static void *rounds_of_its_own(void *argument) {
    int64_t *sum = argument;
    cnn_pool *pool;
    if (cnn_pool_new(&pool, 2, NULL) != CNN_OK)
        return NULL;
    for (int round = 0; round < 500; round++) {
        int64_t squares[10] = {0};
        cnn_pool_run(pool, square, squares, 10);
        for (int i = 0; i < 10; i++)
            *sum += squares[i];
    }
    cnn_pool_free(pool);
    return NULL;
}

static void two_threads_with_a_pool_each(void **state) {
    (void)state;
    pthread_t threads[2];
    int64_t sums[2] = {0};
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, rounds_of_its_own, &sums[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(sums[i], 500 * 285);
    }
}

static void an_impossible_number_of_threads_is_refused(void **state) {
    (void)state;
    cnn_error error;
    cnn_pool *pool;
    assert_int_equal(cnn_pool_new(&pool, -1, &error), CNN_ERROR_ARGUMENT);
    assert_null(pool);
    assert_non_null(strstr(error.message, "-1"));
    assert_int_equal(cnn_pool_new(&pool, CNN_MAX_THREADS + 1, NULL), CNN_ERROR_ARGUMENT);
    assert_int_equal(cnn_pool_new(&pool, CNN_MAX_THREADS, NULL), CNN_OK);
    cnn_pool_free(pool);
}

/* The first piece that runs waits for all others: whoever has it, the other worker takes what was shared out to it. */
typedef struct stuck {
    pthread_mutex_t mutex;
    pthread_cond_t done;
    int64_t pieces, begun, ended;
} stuck;

static void wait_in_the_first(void *context, int64_t piece, int worker) {
    stuck *s = context;
    (void)piece, (void)worker;
    pthread_mutex_lock(&s->mutex);
    if (s->begun++ == 0)
        while (s->ended < s->pieces - 1)
            pthread_cond_wait(&s->done, &s->mutex);
    s->ended++;
    pthread_cond_signal(&s->done);
    pthread_mutex_unlock(&s->mutex);
}

static void the_pieces_of_a_worker_that_does_not_run_are_taken_by_another(void **state) {
    (void)state;
    cnn_pool *pool;
    assert_int_equal(cnn_pool_new(&pool, 2, NULL), CNN_OK);
    for (int64_t pieces = 2; pieces < 40; pieces++) {
        stuck s = {.mutex = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER, .pieces = pieces};
        cnn_pool_run(pool, wait_in_the_first, &s, pieces);
        assert_int_equal(s.ended, pieces);
    }
    cnn_pool_free(pool);
}

/* A helper that the system does not let run, here one that a signal's handler holds outside of any round. */
static sem_t held, let_go;

static void hold(int signal) {
    (void)signal;
    sem_post(&held);
    while (sem_wait(&let_go) != 0)
        ;
}

static void a_helper_that_does_not_come_is_not_waited_for(void **state) {
    (void)state;
    sigset_t blocked, usual;
    cnn_pool *pool;
    assert_int_equal(sem_init(&held, 0, 0), 0);
    assert_int_equal(sem_init(&let_go, 0, 0), 0);
    signal(SIGUSR1, hold);
    assert_int_equal(cnn_pool_new(&pool, 2, NULL), CNN_OK);
    run_round(pool, 7);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &blocked, &usual), 0);
    assert_int_equal(kill(getpid(), SIGUSR1), 0); /* the helper alone can take it */
    while (sem_wait(&held) != 0)
        ;
    for (int round = 0; round < 100; round++)
        run_round(pool, 7);
    sem_post(&let_go);
    for (int round = 0; round < 100; round++)
        run_round(pool, 7);
    cnn_pool_free(pool);
    signal(SIGUSR1, SIG_DFL);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &usual, NULL), 0);
}

/* Of a pool's two workers that find themselves on one processor, the second moves, and may go anywhere afterwards. */
static void a_worker_leaves_a_processor_that_has_one(void **state) {
    (void)state;
    cnn_placement placement = {0};
    cpu_set_t before, after;
    if (cnn_processors() < 2)
        skip();
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_false(cnn_placement_spread(&placement, 1)); /* nobody else is known */
    do /* again, where the system moves this thread between the two lines */
        cnn_placement_note(&placement, 0);
    while (!cnn_placement_spread(&placement, 1));
    assert_true(placement.processor[0] > 0 && placement.processor[1] > 0);
    assert_int_not_equal(placement.processor[1], placement.processor[0]);
    assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
    assert_true(CPU_EQUAL(&before, &after));
}

/* With a colleague on each, it stays where it is. */
static void a_worker_stays_where_no_processor_is_free(void **state) {
    (void)state;
    cnn_placement placement = {0};
    for (int i = 0; i < CNN_MAX_THREADS - 1; i++)
        placement.processor[i] = i + 1;
    if (sysconf(_SC_NPROCESSORS_CONF) >= CNN_MAX_THREADS)
        skip();
    assert_false(cnn_placement_spread(&placement, CNN_MAX_THREADS - 1));
}

/* Processor time, of which other processes take nothing. Four workers that spun on all the while would have used 300 ms or more. */
static void workers_that_wait_take_no_processor_time(void **state) {
    (void)state;
    const struct timespec idle = {.tv_nsec = 300000000};
    cnn_pool *pool;
    assert_int_equal(cnn_pool_new(&pool, 4, NULL), CNN_OK);
    run_round(pool, 7);
    const clock_t before = clock();
    nanosleep(&idle, NULL);
    assert_true(clock() - before < CLOCKS_PER_SEC / 10);
    cnn_pool_free(pool);
}

static void by_default_as_many_threads_as_the_process_may_use(void **state) {
    (void)state;
    cpu_set_t usual, one;
    cnn_pool *pool;
    assert_int_equal(sched_getaffinity(0, sizeof usual, &usual), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &usual))
            CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(cnn_processors(), 1);
    assert_int_equal(cnn_pool_new(&pool, 0, NULL), CNN_OK);
    assert_int_equal(cnn_pool_threads(pool), 1);
    cnn_pool_free(pool);
    assert_int_equal(sched_setaffinity(0, sizeof usual, &usual), 0);
}

static bool put(const char *folder, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    const bool written = file && fputs(text, file) >= 0;
    return file && fclose(file) == 0 && written;
}

/* In a real control group, where the machine lets a test make one. */
static void by_default_as_many_threads_as_a_quota_pays_for(void **state) {
    (void)state;
    char folder[128];
    snprintf(folder, sizeof folder, "/sys/fs/cgroup/cpu/cnn-test-%ld", (long)getpid());
    if (mkdir(folder, 0755) != 0)
        skip(); /* no version 1, or not root */
    const bool limited =
        put(folder, "cpu.cfs_period_us", "100000") && put(folder, "cpu.cfs_quota_us", "100000");
    const pid_t child = limited ? fork() : -1;
    if (child == 0)
        _exit(put(folder, "cgroup.procs", "0") ? cnn_processors() : 99);
    int status = 0;
    if (child > 0)
        waitpid(child, &status, 0);
    rmdir(folder);
    if (!limited)
        skip();
    assert_int_equal(WEXITSTATUS(status), 1);
}

static void by_default_all_processors_are_used(void **state) {
    (void)state;
    cnn_pool *pool;
    assert_true(cnn_processors() >= 1);
    assert_int_equal(cnn_pool_new(&pool, 0, NULL), CNN_OK);
    assert_int_equal(cnn_pool_threads(pool), cnn_processors());
    cnn_pool_free(pool);
    cnn_pool_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_piece_runs_once),
        cmocka_unit_test(many_short_rounds),
        cmocka_unit_test(pools_start_and_end_at_once),
        cmocka_unit_test(results_are_seen_after_a_run),
        cmocka_unit_test(two_threads_with_a_pool_each),
        cmocka_unit_test(an_impossible_number_of_threads_is_refused),
        cmocka_unit_test(the_pieces_of_a_worker_that_does_not_run_are_taken_by_another),
        cmocka_unit_test(a_helper_that_does_not_come_is_not_waited_for),
        cmocka_unit_test(a_worker_leaves_a_processor_that_has_one),
        cmocka_unit_test(a_worker_stays_where_no_processor_is_free),
        cmocka_unit_test(workers_that_wait_take_no_processor_time),
        cmocka_unit_test(by_default_all_processors_are_used),
        cmocka_unit_test(by_default_as_many_threads_as_the_process_may_use),
        cmocka_unit_test(by_default_as_many_threads_as_a_quota_pays_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
