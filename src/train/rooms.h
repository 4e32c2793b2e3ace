/* Memory for what a training needs between two updates alone: where the plan's layers have their values during one, as far as
 * that goes. */
#ifndef CNN_TRAIN_ROOMS_H
#define CNN_TRAIN_ROOMS_H

#include "plan/plan.h"
#include "train/optimizers/optimizer.h"

enum { CNN_MAX_ROOMS = 1 + CNN_MAX_OPTIMIZER_STATES };

typedef struct cnn_rooms {
    float *idle; /* what is left of the plan's */
    int64_t idle_floats;
    float *own[CNN_MAX_ROOMS]; /* where that was too small */
    int count;
} cnn_rooms;

/* Rooms in the plan's memory, which must outlive them; NULL: in memory of their own. Release with cnn_rooms_free. */
cnn_rooms cnn_rooms_in(const cnn_plan *plan);
void cnn_rooms_free(cnn_rooms *rooms);

/* Room for `floats`; what is in it an update of the plan may overwrite. At most CNN_MAX_ROOMS times. NULL: out of memory. */
float *cnn_rooms_take(cnn_rooms *rooms, int64_t floats, const char *what, cnn_error *error);

#endif
