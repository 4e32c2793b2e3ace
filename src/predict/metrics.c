/* Figures of answers: from counts of labels and predictions, and from the order of probabilities. */
#include "predict/metrics.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "base/status.h"
#include "predict/means.h"
#include "predict/ranking.h"
#include "predict/score.h"

#include "cnn_report.h"

#include <inttypes.h>
#include <math.h>

enum { DEFAULT_TOP = 5, DEFAULT_RESAMPLES = 1000, MAX_RESAMPLES = 100000 };
static const double DEFAULT_CONFIDENCE = 0.95;

/* What is measured, and room for it. */
typedef struct measuring {
    const float *probabilities;
    const int32_t *labels;
    int64_t images, classes;
    int32_t *predicted;
    cnn_scored *scored;
    cnn_answer *answers;
    int64_t *memory; /* of the counts */
    cnn_class_counts counts;
} measuring;

/* ---- From counts -------------------------------------------------------------------------------------- */

double cnn_f1(const cnn_class_counts *counts, int64_t label) {
    return cnn_share(2 * counts->right[label], counts->images[label] + counts->predicted[label]);
}

double cnn_balanced_accuracy(const cnn_class_counts *counts, int64_t classes) {
    cnn_mean recalls = {0};
    for (int64_t c = 0; c < classes; c++)
        cnn_mean_add(&recalls, cnn_share(counts->right[c], counts->images[c]));
    return cnn_mean_of(&recalls);
}

double cnn_f1_macro(const cnn_class_counts *counts, int64_t classes) {
    cnn_mean all = {0};
    for (int64_t c = 0; c < classes; c++)
        cnn_mean_add(&all, cnn_f1(counts, c));
    return cnn_mean_of(&all);
}

static double f1_weighted(const measuring *m) {
    double sum = 0;
    for (int64_t c = 0; c < m->classes; c++)
        if (m->counts.images[c])
            sum += (double)m->counts.images[c] * cnn_f1(&m->counts, c);
    return sum / (double)m->images;
}

static void count_answers(measuring *m, cnn_metrics *metrics) {
    int64_t right = 0;
    for (int64_t i = 0; i < m->images; i++) {
        const int32_t label = m->labels[i];
        m->predicted[i] = (int32_t)cnn_largest(m->probabilities + i * m->classes, m->classes);
        m->counts.images[label]++;
        m->counts.predicted[m->predicted[i]]++;
        m->counts.right[label] += m->predicted[i] == label;
        right += m->predicted[i] == label;
    }
    metrics->accuracy.value = (double)right / (double)m->images;
    metrics->balanced_accuracy.value = cnn_balanced_accuracy(&m->counts, m->classes);
    metrics->f1_macro.value = cnn_f1_macro(&m->counts, m->classes);
    metrics->f1_weighted = f1_weighted(m);
}

/* ---- From the order of probabilities ------------------------------------------------------------------ */

/* How many classes come before the label. */
static int64_t place_of_label(const float *row, int64_t classes, int32_t label) {
    int64_t place = 0;
    for (int64_t c = 0; c < classes; c++)
        place += row[c] > row[label] || (row[c] == row[label] && c < label);
    return place;
}

static double top_accuracy(const measuring *m, int64_t top) {
    int64_t right = 0;
    for (int64_t i = 0; i < m->images; i++)
        right += place_of_label(m->probabilities + i * m->classes, m->classes, m->labels[i]) < top;
    return (double)right / (double)m->images;
}

/* Each class against all others. */
static void rank_classes(measuring *m, cnn_metrics *metrics) {
    cnn_mean areas = {0}, precisions = {0};
    for (int64_t c = 0; c < m->classes; c++) {
        for (int64_t i = 0; i < m->images; i++)
            m->scored[i] = (cnn_scored){m->probabilities[i * m->classes + c], m->labels[i] == c};
        const cnn_ranking ranking = cnn_rank(m->scored, m->images);
        const int64_t images = m->counts.images[c], predicted = m->counts.predicted[c];
        metrics->of_class[c] = (cnn_class_metrics){
            .images = images,
            .predicted = predicted,
            .precision = cnn_share(m->counts.right[c], predicted),
            .recall = cnn_share(m->counts.right[c], images),
            .f1 = cnn_f1(&m->counts, c),
            .roc_auc = ranking.roc_auc,
            .average_precision = ranking.average_precision,
        };
        cnn_mean_add(&areas, ranking.roc_auc);
        cnn_mean_add(&precisions, ranking.average_precision);
    }
    metrics->roc_auc = cnn_mean_of(&areas);
    metrics->average_precision =
        m->classes == 2 ? metrics->of_class[1].average_precision : cnn_mean_of(&precisions);
}

/* NaN where values are no probabilities, which cnn_calibrate refuses. */
static double calibration_error(const measuring *m) {
    cnn_calibration calibration;
    for (int64_t i = 0; i < m->images; i++)
        m->answers[i] = (cnn_answer){.label = m->labels[i],
                                     .predicted = m->predicted[i],
                                     .probability = m->probabilities[i * m->classes + m->predicted[i]]};
    return cnn_calibrate(m->answers, m->images, &calibration, NULL) == CNN_OK ? calibration.expected_error
                                                                              : NAN;
}

/* ---- All of them -------------------------------------------------------------------------------------- */

static cnn_status check_answers(const measuring *m, cnn_error *error) {
    if (m->images < 1 || m->classes < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "metrics need at least one image and one class, not %" PRId64 " and %" PRId64,
                        m->images, m->classes);
    for (int64_t i = 0; i < m->images; i++) {
        if (m->labels[i] < 0 || m->labels[i] >= m->classes)
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "the label of image %" PRId64 " (from 0) must be within 0..%" PRId64
                            ", but is %" PRId32,
                            i, m->classes - 1, m->labels[i]);
        for (int64_t c = 0; c < m->classes; c++)
            if (!isfinite(m->probabilities[i * m->classes + c]))
                return cnn_fail(error, CNN_ERROR_ARGUMENT,
                                "a value of image %" PRId64 " (from 0) is infinite or not a number", i);
    }
    return CNN_OK;
}

static cnn_status complete_options(cnn_metrics_options *options, int64_t classes, cnn_error *error) {
    if (options->top < 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "top must not be negative, but is %" PRId64, options->top);
    if (options->resamples < 0 || options->resamples > MAX_RESAMPLES)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the number of resamples must be within 0..%d, but is %d",
                        MAX_RESAMPLES, options->resamples);
    if (!(options->confidence >= 0 && options->confidence < 1))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the confidence must be above 0 and below 1, but is %g",
                        options->confidence);
    options->top = cnn_min(options->top ? options->top : DEFAULT_TOP, classes);
    options->resamples = options->resamples ? options->resamples : DEFAULT_RESAMPLES;
    options->confidence = options->confidence > 0 ? options->confidence : DEFAULT_CONFIDENCE;
    return CNN_OK;
}

static cnn_status make_room(measuring *m, cnn_metrics *metrics, cnn_error *error) {
    const size_t images = (size_t)m->images, classes = (size_t)m->classes;
    m->predicted = cnn_allocate(images, sizeof *m->predicted, "the predictions", error);
    m->scored = cnn_allocate(images, sizeof *m->scored, "the scores of a class", error);
    m->answers = cnn_allocate(images, sizeof *m->answers, "the answers", error);
    m->memory = cnn_allocate(classes, 3 * sizeof *m->memory, "counts of classes", error);
    metrics->of_class = cnn_allocate(classes, sizeof *metrics->of_class, "the figures of classes", error);
    if (!m->predicted || !m->scored || !m->answers || !m->memory || !metrics->of_class)
        return CNN_ERROR_MEMORY;
    m->counts = (cnn_class_counts){m->memory, m->memory + classes, m->memory + 2 * classes};
    return CNN_OK;
}

static cnn_status measure(measuring *m, const cnn_metrics_options *options, cnn_metrics *metrics,
                          cnn_error *error) {
    *metrics = (cnn_metrics){.images = m->images, .classes = m->classes, .top = options->top};
    cnn_status status = make_room(m, metrics, error);
    if (status != CNN_OK)
        return status;
    count_answers(m, metrics);
    metrics->top_accuracy = top_accuracy(m, options->top);
    rank_classes(m, metrics);
    metrics->calibration_error = calibration_error(m);
    const cnn_resampling resampling = {
        .labels = m->labels,
        .predicted = m->predicted,
        .images = m->images,
        .classes = m->classes,
        .resamples = options->resamples,
        .confidence = options->confidence,
        .seed = options->seed,
    };
    return cnn_metrics_resample(&resampling, metrics, error);
}

cnn_status cnn_metrics_of(const float *probabilities, const int32_t *labels, int64_t images, int64_t classes,
                          const cnn_metrics_options *options, cnn_metrics *metrics, cnn_error *error) {
    measuring m = {.probabilities = probabilities, .labels = labels, .images = images, .classes = classes};
    cnn_metrics_options complete = options ? *options : (cnn_metrics_options){0};
    cnn_status status = cnn_required(error, probabilities, labels, metrics);
    if (status == CNN_OK)
        status = check_answers(&m, error);
    if (status == CNN_OK)
        status = complete_options(&complete, classes, error);
    if (status != CNN_OK)
        return status;
    status = measure(&m, &complete, metrics, error);
    cnn_free(m.predicted);
    cnn_free(m.scored);
    cnn_free(m.answers);
    cnn_free(m.memory);
    if (status != CNN_OK)
        cnn_metrics_free(metrics);
    return status;
}

void cnn_metrics_free(cnn_metrics *metrics) {
    if (!metrics)
        return;
    cnn_free(metrics->of_class);
    *metrics = (cnn_metrics){0};
}
