/* How well a score ranks what is right before what is wrong. */
#ifndef CNN_PREDICT_RANKING_H
#define CNN_PREDICT_RANKING_H

#include <stdbool.h>
#include <stdint.h>

typedef struct cnn_scored {
    float score;
    bool positive;
} cnn_scored;

typedef struct cnn_ranking {
    double roc_auc;           /* NaN unless there are positive and negative ones */
    double average_precision; /* NaN unless there are positive ones */
} cnn_ranking;

/* Sorts `list`, which has no NaN. */
cnn_ranking cnn_rank(cnn_scored *list, int64_t count);

#endif
