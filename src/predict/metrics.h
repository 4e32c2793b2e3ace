/* What the figures of answers are counted from. */
#ifndef CNN_PREDICT_METRICS_H
#define CNN_PREDICT_METRICS_H

#include "cnn_metrics.h"

/* Labels and predictions, counted class by class: `classes` of each. */
typedef struct cnn_class_counts {
    int64_t *images, *predicted, *right;
} cnn_class_counts;

/* Means over the classes that have them; NaN: none has. */
double cnn_balanced_accuracy(const cnn_class_counts *counts, int64_t classes);
double cnn_f1_macro(const cnn_class_counts *counts, int64_t classes);
/* 2 x right / (images + predicted); NaN: 0 of 0. */
double cnn_f1(const cnn_class_counts *counts, int64_t label);

/* The answers that are drawn from. */
typedef struct cnn_resampling {
    const int32_t *labels, *predicted;
    int64_t images, classes;
    int resamples;
    double confidence;
    uint64_t seed;
} cnn_resampling;

/* Bounds of accuracy, balanced accuracy and F1 of the metrics. */
cnn_status cnn_metrics_resample(const cnn_resampling *resampling, cnn_metrics *metrics, cnn_error *error);

#endif
