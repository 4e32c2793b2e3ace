/* Findings and the list of them. */
#include "doctor/check.h"

#include "base/memory.h"

#include <stdlib.h>

const char *cnn_part_word(cnn_split part) {
    static const char *const words[CNN_PARTS] = {"training", "test", "validation"};
    return words[part];
}

cnn_status cnn_finding_drop(cnn_finding *finding, cnn_status status) {
    cnn_free(finding->images);
    finding->images = NULL;
    finding->image_count = finding->image_capacity = 0;
    return status;
}

cnn_status cnn_diagnosis_add(cnn_diagnosis *diagnosis, cnn_finding *finding, cnn_status status,
                             cnn_error *error) {
    if (status == CNN_OK)
        status = cnn_grow((void **)&diagnosis->findings, diagnosis->count, &diagnosis->capacity,
                          sizeof *diagnosis->findings, "a finding", error);
    if (status == CNN_OK)
        diagnosis->findings[diagnosis->count++] = *finding;
    return status == CNN_OK ? CNN_OK : cnn_finding_drop(finding, status);
}

cnn_status cnn_check_each_part(const cnn_patient *patient, cnn_part_check *check, cnn_diagnosis *diagnosis,
                               cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < CNN_PARTS; i++)
        if (patient->part[i])
            status = check(patient, (cnn_split)i, diagnosis, error);
    return status;
}

void cnn_diagnosis_free(cnn_diagnosis *diagnosis) {
    if (!diagnosis)
        return;
    for (int64_t i = 0; i < diagnosis->count; i++)
        cnn_finding_drop(&diagnosis->findings[i], CNN_OK);
    cnn_free(diagnosis->findings);
    *diagnosis = (cnn_diagnosis){0};
}

/* ---- The images of a finding ------------------------------------------------------------------------- */

cnn_status cnn_finding_add_image(cnn_finding *finding, const cnn_found_image *image, cnn_error *error) {
    cnn_status status = cnn_grow((void **)&finding->images, finding->image_count, &finding->image_capacity,
                                 sizeof *finding->images, "the images of a finding", error);
    if (status == CNN_OK)
        finding->images[finding->image_count++] = *image;
    return status;
}

static int by_score(const void *a, const void *b) {
    const cnn_found_image *left = a, *right = b;
    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    if (left->part != right->part)
        return left->part < right->part ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

void cnn_finding_sort_images(cnn_finding *finding) {
    if (finding->image_count > 0)
        qsort(finding->images, (size_t)finding->image_count, sizeof *finding->images, by_score);
}
