/* What running a plan forward (run.c) and backward (backward.c) share: where a run stands, and its clock. */
#ifndef CNN_PLAN_RUN_H
#define CNN_PLAN_RUN_H

#include "base/clock.h"
#include "plan/internal.h"

typedef struct run_context {
    cnn_plan *plan;
    const plan_segment *segment;
    cnn_run run;
    int steps;  /* backward: those from the first that take part */
    bool begun; /* the segment before went through this one's first round, too */
} run_context;

/* Where the worker's time for the step is added up; NULL: times are not measured. */
static inline cnn_step_times *times_of(const run_context *here, int step, int worker) {
    return here->plan->times ? &here->plan->times[worker * here->plan->step_count + step] : NULL;
}

/* The clock, read only where somebody measures. */
static inline double begin(const cnn_step_times *times) {
    return times ? cnn_seconds() : 0;
}

static inline void end_forward(cnn_step_times *times, double begun) {
    if (times)
        times->forward += cnn_seconds() - begun;
}

static inline void end_backward(cnn_step_times *times, double begun) {
    if (times)
        times->backward += cnn_seconds() - begun;
}

/* Where steps read values that are written more than once: what was written forward or, backward, the repetition. */
void cnn_plan_read_repeated(cnn_plan *plan, bool backward);

#endif
