#include "predict/ranking.h"

#include <math.h>
#include <stdlib.h>

static int by_falling_score(const void *a, const void *b) {
    const float x = ((const cnn_scored *)a)->score, y = ((const cnn_scored *)b)->score;
    return (x < y) - (x > y);
}

cnn_ranking cnn_rank(cnn_scored *list, int64_t count) {
    int64_t positive = 0, negative = 0;
    double area = 0, precision = 0; /* in units of one positive and one negative, of one positive */
    qsort(list, (size_t)count, sizeof *list, by_falling_score);
    for (int64_t first = 0, next; first < count; first = next) {
        const int64_t before = positive, others = negative;
        for (next = first; next < count && list[next].score == list[first].score; next++)
            list[next].positive ? positive++ : negative++;
        /* A threshold takes all of equal scores or none. */
        area += (double)(negative - others) * ((double)before + (double)(positive - before) / 2);
        precision += (double)(positive - before) * (double)positive / (double)next;
    }
    return (cnn_ranking){
        .roc_auc = positive && negative ? area / ((double)positive * (double)negative) : NAN,
        .average_precision = positive ? precision / (double)positive : NAN,
    };
}
