/* Classes with too few images to learn them from. */
#include "doctor/check.h"

#include "base/memory.h"
#include "data/dataset.h"

#include <inttypes.h>
#include <stdio.h>

/* Too few: fewer than this, or than this share of the mean class. */
enum { FEWEST = 10 };
static const double SMALL_SHARE = 0.05;

static int64_t *count_classes(const cnn_data *data, cnn_error *error) {
    int64_t *counts = cnn_allocate((size_t)data->classes, sizeof *counts, "the counts of the classes", error);
    for (int64_t i = 0; counts && i < data->count; i++)
        counts[data->labels[i]]++;
    return counts;
}

static cnn_status add(cnn_diagnosis *diagnosis, const cnn_data *data, int64_t label, int64_t count,
                      cnn_error *error) {
    cnn_finding finding = {.check = "classes", .severity = CNN_WARNING};
    snprintf(finding.what, sizeof finding.what, "class %.100s has too few images", data->names[label]);
    snprintf(finding.where, sizeof finding.where, "training images, class %.100s", data->names[label]);
    snprintf(finding.evidence, sizeof finding.evidence,
             "%" PRId64
             " %s; the classes have %.0f on average, and fewer than %d, or a twentieth of that, are too "
             "few",
             count, count == 1 ? "image" : "images", (double)data->count / (double)data->classes, FEWEST);
    snprintf(finding.advice, sizeof finding.advice,
             "add images of the class, or leave it out; its accuracy cannot be measured on so few either");
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

cnn_status cnn_check_classes(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    const cnn_data *data = patient->part[CNN_SPLIT_TRAIN];
    if (!data || data->targets)
        return CNN_OK;
    int64_t *counts = count_classes(data, error);
    if (!counts)
        return CNN_ERROR_MEMORY;
    const double small = SMALL_SHARE * (double)data->count / (double)data->classes;
    cnn_status status = CNN_OK;
    for (int64_t label = 0; status == CNN_OK && label < data->classes; label++)
        if (counts[label] < FEWEST || (double)counts[label] < small)
            status = add(diagnosis, data, label, counts[label], error);
    cnn_free(counts);
    return status;
}
