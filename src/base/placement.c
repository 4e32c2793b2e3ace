#define _GNU_SOURCE
#include "base/placement.h"

#include <sched.h>

/* Others read these often: they are written only when they change, so that they stay in everybody's caches. */
static void note(atomic_int *processor, int now) {
    if (atomic_load_explicit(processor, memory_order_relaxed) != now)
        atomic_store_explicit(processor, now, memory_order_relaxed);
}

static int where_now(void) {
    return sched_getcpu() + 1;
}

void cnn_placement_note(cnn_placement *placement, int worker) {
    note(&placement->processor[worker], where_now());
}

static bool is_taken(cnn_placement *placement, int worker, int processor) {
    bool taken = false;
    for (int i = 0; i < worker; i++)
        taken |= atomic_load_explicit(&placement->processor[i], memory_order_relaxed) == processor;
    return taken;
}

/* What this thread may use less what other workers use. */
static cpu_set_t free_processors(cnn_placement *placement, int worker, const cpu_set_t *allowed) {
    cpu_set_t others = *allowed;
    for (int i = 0; i < CNN_MAX_THREADS; i++) {
        const int processor = atomic_load_explicit(&placement->processor[i], memory_order_relaxed);
        if (i != worker && processor > 0 && processor <= CPU_SETSIZE)
            CPU_CLR(processor - 1, &others);
    }
    return others;
}

/* A thread that may no longer use the processor that it is on leaves it at once, and stays away when it may use it again. */
static bool move_away(cnn_placement *placement, int worker) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return false;
    const cpu_set_t others = free_processors(placement, worker, &allowed);
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0)
        return false;
    const int now = where_now();
    sched_setaffinity(0, sizeof allowed, &allowed);
    note(&placement->processor[worker], now);
    return true;
}

bool cnn_placement_spread(cnn_placement *placement, int worker) {
    const int now = where_now();
    note(&placement->processor[worker], now);
    return now > 0 && is_taken(placement, worker, now) && move_away(placement, worker);
}
