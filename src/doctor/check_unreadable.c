/* Files that are no readable pictures, where they were skipped rather than refused. */
#include "doctor/check.h"

#include "data/dataset.h"

#include <inttypes.h>
#include <stdio.h>

static cnn_status list_skipped(const cnn_data *data, cnn_split part, cnn_finding *finding, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < cnn_data_skipped(data); i++) {
        cnn_found_image image = {.part = part, .index = -1};
        snprintf(image.text, sizeof image.text, "%s", cnn_data_skipped_reason(data, i));
        status = cnn_finding_add_image(finding, &image, error);
    }
    return status;
}

static cnn_status look_at(const cnn_patient *patient, cnn_split part, cnn_diagnosis *diagnosis,
                          cnn_error *error) {
    const cnn_data *data = patient->part[part];
    const int64_t skipped = cnn_data_skipped(data);
    if (skipped == 0)
        return CNN_OK;
    cnn_finding finding = {.check = "unreadable", .severity = CNN_FAULT};
    snprintf(finding.what, sizeof finding.what, "%" PRId64 " %s cannot be read", skipped,
             skipped == 1 ? "file" : "files");
    snprintf(finding.where, sizeof finding.where, "%s images", cnn_part_word(part));
    snprintf(finding.evidence, sizeof finding.evidence, "%.400s", cnn_data_skipped_reason(data, 0));
    snprintf(finding.advice, sizeof finding.advice,
             "replace or remove the files that are listed; 'cnn train' refuses them, or leaves them out with "
             "--skip-bad");
    return cnn_diagnosis_add(diagnosis, &finding, list_skipped(data, part, &finding, error), error);
}

cnn_status cnn_check_unreadable(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    return cnn_check_each_part(patient, look_at, diagnosis, error);
}
