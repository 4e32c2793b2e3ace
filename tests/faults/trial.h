/* A scene, tried with one fault after the other; what is wrong is printed and counted. */
#ifndef TESTS_FAULTS_TRIAL_H
#define TESTS_FAULTS_TRIAL_H

#include "faults/scenes.h"
#include "faults/served.h"
#include "faults/trees.h"

typedef struct trial {
    const scene *scene;
    served command, again; /* again: goes on with the run that is there */
    tree start, expected;  /* what `out` is before, and after a run without a fault */
    char *printed;         /* by that run on standard output */
    fault_report usual;
    int64_t runs;
    int problems;
} trial;

/* Run the scene once without a fault. Fails the running test if that does not end with exit code 0. */
trial trial_begin(const scene *scene);
/* The number of problems. */
int trial_end(trial *trial);

/* Put `out` back to what it is before, and run. */
fault_report trial_run(trial *trial, const fault_request *request);

/* After a run of a scene that can go on was cut short: go on with it, or begin again if it has saved nothing. What is in
 * the run directory afterwards must be, bit for bit, that of a run that was not. */
void trial_recover(trial *trial, const fault_request *request);

/* A problem of the run just made. */
void trial_problem(trial *trial, const fault_request *request, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What it printed, for free(). */
char *trial_printed(const char *stream);

/* So far apart are the calls that are tried of `count`: 1 where all are. */
int64_t trial_stride(int64_t count, int64_t runs);

#endif
