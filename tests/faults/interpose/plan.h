/* What is counted, and which call meets the fault. */
#ifndef TESTS_FAULTS_INTERPOSE_PLAN_H
#define TESTS_FAULTS_INTERPOSE_PLAN_H

#include "../protocol.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Seen by the server too: a run that is killed has still counted. */
typedef struct plan_counts {
    atomic_int_fast64_t counts[FAULT_CLASSES], counted, struck, blocks;
    atomic_bool returned; /* the command's main() did */
    char path[FAULT_PATH];
    int met;
} plan_counts;

extern plan_counts *plan_shared; /* NULL before the command's main() begins */

/* Begin to count, and to strike as the request says. */
void plan_begin(plan_counts *counts, const fault_request *request);

/* Count a call of a class, on a file or NULL. FAULT_COUNT: it goes on as usual; otherwise the action that it has to take.
 * FAULT_KILL does not return. */
fault_action plan_meet(fault_class class, const char *path);
/* The errno of calls that fail. */
int plan_error(void);
/* After a call that plan_meet said FAULT_KILL_AFTER about: the end. */
void plan_after(fault_action action);

#endif
