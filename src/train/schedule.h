/* Learning-rate schedules: a factor for every update. */
#ifndef CNN_TRAIN_SCHEDULE_H
#define CNN_TRAIN_SCHEDULE_H

#include "train/history.h"

typedef struct cnn_curve {
    cnn_schedule kind;    /* not CNN_SCHEDULE_DEFAULT */
    int64_t updates;      /* of the whole training, >= 1 */
    int64_t warmup;       /* at the start; of a curve of no more updates, all but the last */
    int64_t step_updates; /* CNN_SCHEDULE_STEP: between two steps, >= 1 */
    double step_factor;   /* CNN_SCHEDULE_STEP */
    double power;         /* CNN_SCHEDULE_POLYNOMIAL */
    /* The first, in which layers are frozen: each stage of them has a curve of its own, as have all others together */
    int64_t head_updates, stage_updates;
} cnn_curve;

/* `options` complete; `iterations`: updates in an epoch. */
cnn_status cnn_curve_of(const cnn_train_options *options, int64_t iterations, cnn_curve *curve,
                        cnn_error *error);

/* The factor of the learning rate at `update`, 0 .. updates - 1, which may lie between two whole numbers. During warm-up (update + 1) / warmup, so that it is
 * not 0 at the first update; then the schedule itself over the remaining updates. Where layers are frozen first, all of
 * that over the updates of each stage, and again over the others. */
double cnn_curve_factor(const cnn_curve *curve, double update);

/* What CNN_SCHEDULE_PLATEAU has made of the rate after the epochs of `history`, whose curve is constant; 1 for the others. */
double cnn_plateau_factor(const cnn_train_options *options, const cnn_history *history);

#endif
