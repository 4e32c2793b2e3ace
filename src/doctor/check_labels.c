/* Labels that small networks, trained on other images of the data, firmly disagree with; and labels that say nothing
 * about the images at all. */
#include "doctor/check.h"
#include "doctor/cross_validate.h"
#include "doctor/temper.h"

#include "base/memory.h"
#include "data/dataset.h"
#include "predict/score.h"

#include <math.h>
#include <stdio.h>

/* A label is doubted when the networks give it less than UNLIKELY and another class more than LIKELY, by probabilities that
 * are tempered: of few images the networks become too sure. Of Fashion-MNIST's images that is so for 1.5 to 1.7 %, which is
 * 15 % of the networks' mistakes, of MNIST's for 0.4 %, which is 30 %: images that are hard, and a few that are wrong. With
 * 5 % of the labels swapped it is 4.2 to 4.6 %, and 27 % or more of the mistakes. */
static const double UNLIKELY = 0.1, LIKELY = 0.8, FEW = 0.02, FEW_OF_MISTAKES = 0.2;
enum { FEWEST = 5 };
/* Standard deviations that the accuracy must be above that of always guessing the most frequent class. */
static const double ABOVE_CHANCE = 4;

typedef struct opinion {
    const cnn_data *data;
    const float *probabilities; /* of each image, of each class */
} opinion;

static const float *row_of(const opinion *o, int64_t index) {
    return o->probabilities + index * o->data->classes;
}

static int64_t predicted(const opinion *o, int64_t index) {
    return cnn_largest(row_of(o, index), o->data->classes);
}

static int64_t count_mistakes(const opinion *o) {
    int64_t mistakes = 0;
    for (int64_t i = 0; i < o->data->count; i++)
        mistakes += predicted(o, i) != o->data->labels[i];
    return mistakes;
}

/* ---- Single labels ------------------------------------------------------------------------------------ */

static bool is_doubtful(const opinion *o, int64_t index) {
    const float *row = row_of(o, index);
    return (double)row[o->data->labels[index]] < UNLIKELY && (double)row[predicted(o, index)] > LIKELY;
}

static cnn_status list_doubtful(const opinion *o, cnn_finding *finding, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < o->data->count; i++) {
        if (!is_doubtful(o, i))
            continue;
        const int64_t looks = predicted(o, i);
        const double sure = (double)row_of(o, i)[looks];
        cnn_found_image image = {.part = CNN_SPLIT_TRAIN, .index = i, .score = sure};
        snprintf(image.text, sizeof image.text, "labelled %.80s, looks like %.80s (%.1f %%)",
                 o->data->names[o->data->labels[i]], o->data->names[looks], 100 * sure);
        status = cnn_finding_add_image(finding, &image, error);
    }
    cnn_finding_sort_images(finding);
    return status;
}

static void say_doubtful(const opinion *o, int64_t mistakes, cnn_finding *finding) {
    const double count = (double)o->data->count, found = (double)finding->image_count;
    snprintf(finding->what, sizeof finding->what, "%.0f labels look wrong", found);
    snprintf(finding->where, sizeof finding->where, "training images");
    snprintf(finding->evidence, sizeof finding->evidence,
             "small networks, each trained on the images of the other two thirds, give %.1f %% of the labels "
             "a probability below %.0f %% and are right about %.1f %%",
             100 * found / count, 100 * UNLIKELY, 100 * (1 - (double)mistakes / count));
    snprintf(finding->advice, sizeof finding->advice,
             "look at the images that are listed, the surest first, and correct or remove those that are "
             "labelled wrongly (--json lists all)");
}

static cnn_status look_at_single(const opinion *o, cnn_diagnosis *diagnosis, cnn_error *error) {
    const int64_t mistakes = count_mistakes(o);
    cnn_finding finding = {.check = "labels", .severity = CNN_WARNING};
    cnn_status status = list_doubtful(o, &finding, error);
    const double found = (double)finding.image_count;
    if (finding.image_count < FEWEST || found <= FEW * (double)o->data->count ||
        found <= FEW_OF_MISTAKES * (double)mistakes)
        return cnn_finding_drop(&finding, status);
    say_doubtful(o, mistakes, &finding);
    return cnn_diagnosis_add(diagnosis, &finding, status, error);
}

/* ---- All labels --------------------------------------------------------------------------------------- */

/* The share of the most frequent class. */
static double chance(const cnn_data *data, int64_t *counts) {
    int64_t most = 0;
    for (int64_t i = 0; i < data->count; i++)
        counts[data->labels[i]]++;
    for (int64_t label = 0; label < data->classes; label++)
        most = counts[label] > most ? counts[label] : most;
    return (double)most / (double)data->count;
}

static cnn_status look_at_all(const opinion *o, bool *learnable, cnn_diagnosis *diagnosis, cnn_error *error) {
    const double count = (double)o->data->count;
    int64_t *counts =
        cnn_allocate((size_t)o->data->classes, sizeof *counts, "the counts of the classes", error);
    if (!counts)
        return CNN_ERROR_MEMORY;
    const double guess = chance(o->data, counts), accuracy = 1 - (double)count_mistakes(o) / count;
    cnn_free(counts);
    *learnable = guess == 1 || accuracy > guess + ABOVE_CHANCE * sqrt(guess * (1 - guess) / count);
    if (*learnable)
        return CNN_OK;
    cnn_finding finding = {.check = "labels", .severity = CNN_FAULT};
    snprintf(finding.what, sizeof finding.what, "the labels do not belong to the images");
    snprintf(finding.where, sizeof finding.where, "training images, all classes");
    snprintf(finding.evidence, sizeof finding.evidence,
             "small networks, each trained on the images of the other two thirds, are right about %.1f %%; "
             "always guessing the most frequent class would be right about %.1f %%",
             100 * accuracy, 100 * guess);
    snprintf(finding.advice, sizeof finding.advice,
             "check that labels and images are in the same order (were they shuffled apart?); of very hard "
             "images a larger network may learn more than the small ones did");
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

cnn_status cnn_check_labels(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    const cnn_data *data = patient->part[CNN_SPLIT_TRAIN];
    if (!data || !cnn_can_cross_validate(data))
        return CNN_OK;
    float *probabilities = cnn_allocate((size_t)data->count, (size_t)data->classes * sizeof *probabilities,
                                        "the probabilities of the classes", error);
    if (!probabilities)
        return CNN_ERROR_MEMORY;
    const opinion o = {data, probabilities};
    bool learnable = false;
    cnn_status status =
        cnn_cross_validate(data, patient->options->seed, patient->options->threads, probabilities, error);
    if (status == CNN_OK)
        cnn_temper(probabilities, data->labels, data->count, data->classes);
    if (status == CNN_OK)
        status = look_at_all(&o, &learnable, diagnosis, error);
    if (status == CNN_OK && learnable)
        status = look_at_single(&o, diagnosis, error);
    cnn_free(probabilities);
    return status;
}
