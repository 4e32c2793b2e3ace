/* cnn_metrics.h - how good answers are, in the figures that practitioners compare. It includes cnn.h, whose rules on
 * errors, threads and NULL hold here, too.
 *
 * Definitions are those of scikit-learn's functions of the same names, which the tests compare with. */
#ifndef CNN_METRICS_H
#define CNN_METRICS_H

#include "cnn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cnn_metrics_options {
    int64_t top;       /* answers that count for top_accuracy; 0: 5; at most the number of classes */
    int resamples;     /* of the bootstrap, at most 100000; 0: 1000 */
    double confidence; /* of the intervals, above 0 and below 1; 0: 0.95 */
    uint64_t seed;     /* of the resamples */
} cnn_metrics_options;

/* A figure, and within which bounds it lies in so many of the resamples: as many images drawn with replacement from those
 * that were measured (percentile bootstrap; B. Efron 1979). The same seed gives the same bounds. */
typedef struct cnn_interval {
    double value, low, high;
} cnn_interval;

/* Of one class. What is 0 of 0 is NaN. */
typedef struct cnn_class_metrics {
    int64_t images;    /* whose label it is */
    int64_t predicted; /* images for which it is the most probable */
    double precision;  /* of those predicted so the share that is */
    double recall;     /* of those that are so the share that was predicted */
    double f1;         /* 2 x right / (images + predicted) */
    /* By its probability alone, its images against all others; ties count half for the first. NaN where it has no images,
     * or there are no others. */
    double roc_auc, average_precision;
} cnn_class_metrics;

/* Means over classes leave out those that have no such figure. */
typedef struct cnn_metrics {
    int64_t images, classes;
    cnn_interval accuracy;
    cnn_interval balanced_accuracy; /* mean of the recalls */
    cnn_interval f1_macro;          /* mean of the classes' f1 */
    double f1_weighted;             /* the same, each class by its images */
    int64_t top;
    double
        top_accuracy; /* the label is among so many most probable ones; of equal ones the first come first */
    double roc_auc;   /* mean of the classes' */
    double average_precision;    /* mean of the classes'; of two classes that of the second */
    double calibration_error;    /* expected, as cnn_calibrate has it; NaN where values are not within 0..1 */
    cnn_class_metrics *of_class; /* `classes` of them; owned by the struct */
} cnn_metrics;

/* `probabilities`, or other scores, of images x classes; labels within 0 .. classes - 1. Release with cnn_metrics_free.
 * CNN_ERROR_ARGUMENT: a label, a value that is not finite (the image is named), or an option out of range. */
CNN_API cnn_status cnn_metrics_of(const float *probabilities, const int32_t *labels, int64_t images,
                                  int64_t classes, const cnn_metrics_options *options, cnn_metrics *metrics,
                                  cnn_error *error);
CNN_API void cnn_metrics_free(cnn_metrics *metrics); /* leaves it empty; NULL is allowed */

/* ---- Images of several classes, and numbers ----------------------------------------------------------- */

/* Of images that may have several classes each. A class is predicted where its probability is at least 1/2. */
typedef struct cnn_multi_label_metrics {
    int64_t images, classes;
    double exact_match;                          /* images all of whose classes are predicted, and no other */
    double f1_micro;                             /* of all pairs of an image and a class together */
    double f1_macro, roc_auc, average_precision; /* means of the classes' */
    cnn_class_metrics *of_class;                 /* `classes` of them; owned by the struct */
} cnn_multi_label_metrics;

/* `targets`: images x classes, above 1/2 for the classes that an image has. Release with cnn_multi_label_metrics_free. */
CNN_API cnn_status cnn_multi_label_metrics_of(const float *probabilities, const float *targets,
                                              int64_t images, int64_t classes,
                                              cnn_multi_label_metrics *metrics, cnn_error *error);
CNN_API void cnn_multi_label_metrics_free(cnn_multi_label_metrics *metrics); /* NULL is allowed */

/* How far numbers are from those that they shall be. */
typedef struct cnn_number_metrics {
    double mean_absolute_error, root_mean_squared_error;
    double
        r2; /* 1 - squared errors / squared distances of the targets from their mean; NaN where these are 0 */
} cnn_number_metrics;

/* Of images x values: `each` gets `values` of them (may be NULL), `all` the means over the values, of the squared errors
 * before the root. */
CNN_API cnn_status cnn_number_metrics_of(const float *outputs, const float *targets, int64_t images,
                                         int64_t values, cnn_number_metrics *all, cnn_number_metrics *each,
                                         cnn_error *error);

#ifdef __cplusplus
}
#endif

#endif
