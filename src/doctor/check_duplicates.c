/* Images that a data set has twice, and test images that are among the training images: then accuracy on them says
 * nothing about new ones. */
#include "doctor/check.h"
#include "doctor/pixels.h"
#include "doctor/twins.h"

#include <inttypes.h>
#include <stdio.h>

/* Exact copies are always told; images that are only nearly the same where they are more than this share of a part.
 * Of Fashion-MNIST's test images 7 of 10,000 are so near to a training image. */
static const double FEW = 0.002;

/* Copies within a part, or of images of the other parts before it. */
typedef struct kind {
    const char *check;
    bool within;
    cnn_severity severity;
    const char *advice;
} kind;

static const kind kinds[] = {
    {"duplicates", true, CNN_WARNING,
     "remove the copies: they count twice, and those with different labels contradict each other"},
    {"leak", false, CNN_FAULT,
     "remove the copies from one of the parts: accuracy on images that were trained on is no measure"},
};

static const char *image_name(const cnn_data *data, int64_t index, char *number, size_t size) {
    const char *file = cnn_data_name(data, index);
    snprintf(number, size, "image %" PRId64, index);
    return file ? file : number;
}

static cnn_found_image describe(const cnn_patient *patient, const cnn_twin *twin, const cnn_twin *first) {
    const cnn_data *data = patient->part[twin->part], *other = patient->part[first->part];
    char number[40];
    cnn_found_image image = {.part = twin->part, .index = twin->index, .score = twin->exact ? 1 : 0};
    const char *as = image_name(other, first->index, number, sizeof number);
    const char *label = data->names[data->labels[twin->index]],
               *there = other->names[other->labels[first->index]];
    int length = snprintf(image.text, sizeof image.text, "%s as %s %.120s",
                          twin->exact ? "the same" : "nearly the same", cnn_part_word(first->part), as);
    if (data->labels[twin->index] != other->labels[first->index] && length < (int)sizeof image.text)
        snprintf(image.text + length, sizeof image.text - (size_t)length,
                 ", labelled %.40s here, %.40s there", label, there);
    return image;
}

static cnn_status list_copies(const cnn_patient *patient, const cnn_twins *twins, const kind *kind,
                              cnn_split part, cnn_finding *finding, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < twins->count; i++) {
        const cnn_twin *twin = &twins->list[i];
        if (twin->part != part || twin->of < 0 || (twins->list[twin->of].part == part) != kind->within)
            continue;
        const cnn_found_image image = describe(patient, twin, &twins->list[twin->of]);
        status = cnn_finding_add_image(finding, &image, error);
    }
    cnn_finding_sort_images(finding);
    return status;
}

static int64_t count_exact(const cnn_finding *finding) {
    int64_t exact = 0;
    while (exact < finding->image_count && finding->images[exact].score > 0)
        exact++;
    return exact;
}

static void say_all(const cnn_patient *patient, const kind *kind, cnn_split part, int64_t exact,
                    cnn_finding *finding) {
    const int64_t count = finding->image_count;
    snprintf(finding->what, sizeof finding->what,
             kind->within ? "%" PRId64 " %s in the data more than once"
                          : "%" PRId64 " %s in the data trained on, too",
             count, count == 1 ? "image is" : "images are");
    snprintf(finding->where, sizeof finding->where, "%s images", cnn_part_word(part));
    snprintf(finding->evidence, sizeof finding->evidence,
             "of %" PRId64 " images %" PRId64 " are the same in every pixel as another, %" PRId64 " nearly",
             patient->part[part]->count, exact, count - exact);
    snprintf(finding->advice, sizeof finding->advice, "%s", kind->advice);
}

static cnn_status look_for(const cnn_patient *patient, const cnn_twins *twins, const kind *kind,
                           cnn_split part, cnn_diagnosis *diagnosis, cnn_error *error) {
    cnn_finding finding = {.check = kind->check, .severity = kind->severity};
    cnn_status status = list_copies(patient, twins, kind, part, &finding, error);
    const int64_t exact = count_exact(&finding);
    const double few = FEW * (double)cnn_data_count(patient->part[part]);
    if (exact == 0 && (double)finding.image_count <= few)
        return cnn_finding_drop(&finding, status);
    say_all(patient, kind, part, exact, &finding);
    return cnn_diagnosis_add(diagnosis, &finding, status, error);
}

/* Then what is left of the images has little to tell them apart, and another check says so. */
static bool any_is_nearly_black(const cnn_patient *patient) {
    bool black = false;
    for (int i = 0; i < CNN_PARTS; i++)
        black = black || (patient->part[i] && cnn_is_nearly_black(patient->part[i]));
    return black;
}

cnn_status cnn_check_duplicates(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    cnn_twins twins;
    if (any_is_nearly_black(patient))
        return CNN_OK;
    cnn_status status = cnn_twins_find(&twins, patient, error);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (int part = 0; status == CNN_OK && part < CNN_PARTS; part++)
            if (patient->part[part])
                status = look_for(patient, &twins, &kinds[k], (cnn_split)part, diagnosis, error);
    cnn_twins_free(&twins);
    return status;
}
