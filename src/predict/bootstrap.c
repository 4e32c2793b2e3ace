/* Intervals of figures: the same figure of images that are drawn anew, with replacement, again and again. */
#include "predict/metrics.h"

#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIGURES = 3 };

/* One set of images, counted. */
static void draw(const cnn_resampling *r, int resample, cnn_class_counts *counts) {
    const size_t bytes = (size_t)r->classes * sizeof(int64_t);
    cnn_random random;
    memset(counts->images, 0, bytes);
    memset(counts->predicted, 0, bytes);
    memset(counts->right, 0, bytes);
    cnn_random_seed(&random, cnn_random_hash(r->seed, (uint64_t)resample));
    for (int64_t i = 0; i < r->images; i++) {
        const int64_t image = cnn_random_below(&random, r->images);
        const int32_t label = r->labels[image], predicted = r->predicted[image];
        counts->images[label]++;
        counts->predicted[predicted]++;
        counts->right[label] += label == predicted;
    }
}

static double accuracy(const cnn_class_counts *counts, int64_t images, int64_t classes) {
    int64_t right = 0;
    for (int64_t c = 0; c < classes; c++)
        right += counts->right[c];
    return (double)right / (double)images;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two values nearest to that share of the sorted ones, in proportion, as NumPy does. */
static double quantile(const double *sorted, int count, double share) {
    const double at = share * (count - 1);
    const int below = (int)floor(at), above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

static void set_bounds(cnn_interval *interval, double *found, const cnn_resampling *r) {
    const double outside = (1 - r->confidence) / 2;
    qsort(found, (size_t)r->resamples, sizeof *found, ascending);
    interval->low = quantile(found, r->resamples, outside);
    interval->high = quantile(found, r->resamples, 1 - outside);
}

cnn_status cnn_metrics_resample(const cnn_resampling *r, cnn_metrics *metrics, cnn_error *error) {
    int64_t *memory = cnn_allocate((size_t)r->classes, 3 * sizeof *memory, "counts of classes", error);
    double *found = cnn_allocate((size_t)r->resamples, FIGURES * sizeof *found, "the resamples", error);
    if (memory && found) {
        cnn_class_counts counts = {memory, memory + r->classes, memory + 2 * r->classes};
        double *figures[FIGURES] = {found, found + r->resamples, found + 2 * (int64_t)r->resamples};
        for (int i = 0; i < r->resamples; i++) {
            draw(r, i, &counts);
            figures[0][i] = accuracy(&counts, r->images, r->classes);
            figures[1][i] = cnn_balanced_accuracy(&counts, r->classes);
            figures[2][i] = cnn_f1_macro(&counts, r->classes);
        }
        set_bounds(&metrics->accuracy, figures[0], r);
        set_bounds(&metrics->balanced_accuracy, figures[1], r);
        set_bounds(&metrics->f1_macro, figures[2], r);
    }
    cnn_status status = memory && found ? CNN_OK : CNN_ERROR_MEMORY;
    cnn_free(memory);
    cnn_free(found);
    return status;
}
