/* On which processors the workers of a pool run.
 *
 * A system may let two of them share a processor while another is idle: one that packs threads to save energy, or one that
 * was told to leave a loaded processor to them. A pool gains nothing from its second thread then. So a worker that meets a
 * colleague on its processor moves to one where there is none. Nobody is pinned: the processors that a thread may use stay
 * what they were, and the system is free to move it again. */
#ifndef CNN_BASE_PLACEMENT_H
#define CNN_BASE_PLACEMENT_H

#include "cnn.h"

#include <stdatomic.h>
#include <stdbool.h>

typedef struct cnn_placement {
    atomic_int processor[CNN_MAX_THREADS]; /* by worker, 1 more than its number; 0: not known */
} cnn_placement;

/* For the caller of a pool, which belongs to the program and is not moved: where it is now. */
void cnn_placement_note(cnn_placement *placement, int worker);

/* For any other worker: where it is now, and whether it had to move there, away from a worker of a lower number. Any thread
 * may call this for a worker of its own. */
bool cnn_placement_spread(cnn_placement *placement, int worker);

#endif
