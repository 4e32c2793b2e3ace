/* What event files say. */
#ifndef TESTS_FAULTS_EVENTS_H
#define TESTS_FAULTS_EVENTS_H

#include "faults/trees.h"

/* Whether a file is an event file, by its name. */
bool events_named(const char *path);
/* Whether one of them has every kind of record of an epoch. */
bool events_have(const tree *run, int epoch);
/* The last epoch that they tell of; 0: of none. */
int events_last(const tree *run);

#endif
