/* Figures of answers where an image has several classes, or numbers. */
#include "cnn_metrics.h"

#include "base/memory.h"
#include "base/status.h"
#include "predict/means.h"
#include "predict/ranking.h"

#include <inttypes.h>
#include <math.h>

static cnn_status check_values(const float *values, const float *targets, int64_t images, int64_t columns,
                               cnn_error *error) {
    if (images < 1 || columns < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "metrics need at least one image and one value, not %" PRId64 " and %" PRId64, images,
                        columns);
    for (int64_t i = 0; i < images * columns; i++)
        if (!isfinite(values[i]) || !isfinite(targets[i]))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "a value of image %" PRId64 " (from 0) is infinite or not a number", i / columns);
    return CNN_OK;
}

/* ---- Several classes ---------------------------------------------------------------------------------- */

static cnn_class_metrics class_of(const float *probabilities, const float *targets, int64_t images,
                                  int64_t classes, cnn_scored *scored, int64_t *right) {
    cnn_class_metrics m = {0};
    *right = 0;
    for (int64_t i = 0; i < images; i++) {
        const bool has = targets[i * classes] > 0.5f, predicted = probabilities[i * classes] >= 0.5f;
        scored[i] = (cnn_scored){probabilities[i * classes], has};
        m.images += has;
        m.predicted += predicted;
        *right += has && predicted;
    }
    const cnn_ranking ranking = cnn_rank(scored, images);
    m.precision = cnn_share(*right, m.predicted);
    m.recall = cnn_share(*right, m.images);
    m.f1 = cnn_share(2 * *right, m.images + m.predicted);
    m.roc_auc = ranking.roc_auc;
    m.average_precision = ranking.average_precision;
    return m;
}

static double exact_match(const float *probabilities, const float *targets, int64_t images, int64_t classes) {
    int64_t exact = 0;
    for (int64_t i = 0; i < images; i++) {
        bool same = true;
        for (int64_t c = i * classes; c < (i + 1) * classes; c++)
            same = same && (targets[c] > 0.5f) == (probabilities[c] >= 0.5f);
        exact += same;
    }
    return (double)exact / (double)images;
}

static void measure(const float *probabilities, const float *targets, cnn_scored *scored,
                    cnn_multi_label_metrics *m) {
    cnn_mean f1 = {0}, areas = {0}, precisions = {0};
    int64_t right = 0, marked = 0;
    for (int64_t c = 0; c < m->classes; c++) {
        int64_t found;
        m->of_class[c] = class_of(probabilities + c, targets + c, m->images, m->classes, scored, &found);
        right += found;
        marked += m->of_class[c].images + m->of_class[c].predicted;
        cnn_mean_add(&f1, m->of_class[c].f1);
        cnn_mean_add(&areas, m->of_class[c].roc_auc);
        cnn_mean_add(&precisions, m->of_class[c].average_precision);
    }
    m->exact_match = exact_match(probabilities, targets, m->images, m->classes);
    m->f1_micro = cnn_share(2 * right, marked);
    m->f1_macro = cnn_mean_of(&f1);
    m->roc_auc = cnn_mean_of(&areas);
    m->average_precision = cnn_mean_of(&precisions);
}

cnn_status cnn_multi_label_metrics_of(const float *probabilities, const float *targets, int64_t images,
                                      int64_t classes, cnn_multi_label_metrics *metrics, cnn_error *error) {
    cnn_status status = cnn_required(error, probabilities, targets, metrics);
    if (status == CNN_OK)
        status = check_values(probabilities, targets, images, classes, error);
    if (status != CNN_OK)
        return status;
    *metrics = (cnn_multi_label_metrics){.images = images, .classes = classes};
    cnn_scored *scored = cnn_allocate((size_t)images, sizeof *scored, "the scores of a class", error);
    metrics->of_class =
        cnn_allocate((size_t)classes, sizeof *metrics->of_class, "the figures of classes", error);
    if (scored && metrics->of_class)
        measure(probabilities, targets, scored, metrics);
    else
        status = CNN_ERROR_MEMORY;
    cnn_free(scored);
    if (status != CNN_OK)
        cnn_multi_label_metrics_free(metrics);
    return status;
}

void cnn_multi_label_metrics_free(cnn_multi_label_metrics *metrics) {
    if (!metrics)
        return;
    cnn_free(metrics->of_class);
    *metrics = (cnn_multi_label_metrics){0};
}

/* ---- Numbers ------------------------------------------------------------------------------------------ */

static cnn_number_metrics number_of(const float *outputs, const float *targets, int64_t images,
                                    int64_t values) {
    double mean = 0, absolute = 0, squared = 0, spread = 0;
    for (int64_t i = 0; i < images; i++)
        mean += (double)targets[i * values] / (double)images;
    for (int64_t i = 0; i < images; i++) {
        const double target = (double)targets[i * values], off = (double)outputs[i * values] - target;
        absolute += fabs(off);
        squared += off * off;
        spread += (target - mean) * (target - mean);
    }
    return (cnn_number_metrics){.mean_absolute_error = absolute / (double)images,
                                .root_mean_squared_error = sqrt(squared / (double)images),
                                .r2 = spread > 0 ? 1 - squared / spread : NAN};
}

cnn_status cnn_number_metrics_of(const float *outputs, const float *targets, int64_t images, int64_t values,
                                 cnn_number_metrics *all, cnn_number_metrics *each, cnn_error *error) {
    cnn_status status = cnn_required(error, outputs, targets, all);
    if (status == CNN_OK)
        status = check_values(outputs, targets, images, values, error);
    if (status != CNN_OK)
        return status;
    cnn_mean absolute = {0}, squared = {0}, r2 = {0};
    for (int64_t v = 0; v < values; v++) {
        const cnn_number_metrics one = number_of(outputs + v, targets + v, images, values);
        cnn_mean_add(&absolute, one.mean_absolute_error);
        cnn_mean_add(&squared, one.root_mean_squared_error * one.root_mean_squared_error);
        cnn_mean_add(&r2, one.r2);
        if (each)
            each[v] = one;
    }
    *all = (cnn_number_metrics){cnn_mean_of(&absolute), sqrt(cnn_mean_of(&squared)), cnn_mean_of(&r2)};
    return CNN_OK;
}
