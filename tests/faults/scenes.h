/* What the command does while it meets faults. */
#ifndef TESTS_FAULTS_SCENES_H
#define TESTS_FAULTS_SCENES_H

#include <stdbool.h>

/* All that a command writes goes to this folder. */
#define SCENE_OUT "out"

typedef struct scene {
    const char *name, *words;
    const char *start; /* a folder whose copy is `out` before; NULL: there is none */
    bool trains;       /* `out` is a run directory */
    bool repeats;      /* it is none, but the same command goes on with what is in `out` */
    bool whole;        /* only where the whole table is run */
    int code;          /* with which it ends where nothing fails: 1 where it finds something to say */
    int tried;         /* of its allocations, at least, where not all are; 0: QUICK_RUNS */
} scene;

extern const scene scenes[];
extern const int scene_count;

/* A cmocka group set-up: what the scenes read, in a folder of its own, which becomes the working directory. */
int scenes_set_up(void **state);
int scenes_tear_down(void **state);

/* Whether all faults are wanted (CNN_FAULTS=all), each once, rather than a selection that takes seconds. */
bool scenes_whole(void);
/* Whether what was cut short can be gone on with. */
bool scenes_go_on(const scene *scene);
/* Whether a scene is to be tried: CNN_FAULTS_SCENES may be a pattern of names ("train*"). */
bool scenes_wanted(const scene *scene);

#endif
