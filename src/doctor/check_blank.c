/* Images on which there is nothing to see. */
#include "doctor/check.h"
#include "doctor/pixels.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>

/* An image is nearly empty when fewer of its values than this share differ from their mean by a tenth of the range of
 * pixels. The emptiest of MNIST and Fashion-MNIST have seven times as many. */
static const double SEEN = 0.1, NEARLY_EMPTY = 0.005;

static bool is_blank(const cnn_data *data, int64_t index) {
    return cnn_share_away_from_mean(data, index, SEEN) < NEARLY_EMPTY;
}

static cnn_status list_blank(const cnn_data *data, cnn_split part, cnn_finding *finding, int64_t *of_class,
                             cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < data->count; i++) {
        if (!is_blank(data, i))
            continue;
        const cnn_spread spread = cnn_spread_of_image(data, i);
        cnn_found_image image = {.part = part, .index = i};
        if (spread.min == spread.max)
            snprintf(image.text, sizeof image.text, "class %.100s: all pixels are %.3g",
                     data->names[data->labels[i]], spread.min);
        else
            snprintf(image.text, sizeof image.text, "class %.100s: nearly all pixels are %.3g",
                     data->names[data->labels[i]], spread.mean);
        of_class[data->labels[i]]++;
        status = cnn_finding_add_image(finding, &image, error);
    }
    return status;
}

/* "training images, most of class 3" where most of them are of one class. */
static void say_where(const cnn_data *data, cnn_split part, const int64_t *of_class, cnn_finding *finding) {
    int64_t most = 0;
    for (int64_t label = 1; label < data->classes; label++)
        if (of_class[label] > of_class[most])
            most = label;
    snprintf(finding->where, sizeof finding->where, "%s images", cnn_part_word(part));
    if (finding->image_count > 1 && 2 * of_class[most] > finding->image_count)
        snprintf(finding->where, sizeof finding->where, "%s images, %" PRId64 " of them of class %.100s",
                 cnn_part_word(part), of_class[most], data->names[most]);
}

static void say_all(const cnn_data *data, cnn_split part, const int64_t *of_class, cnn_finding *finding) {
    say_where(data, part, of_class, finding);
    snprintf(finding->what, sizeof finding->what, "%" PRId64 " %s constant or nearly empty",
             finding->image_count, finding->image_count == 1 ? "image is" : "images are");
    snprintf(finding->evidence, sizeof finding->evidence,
             "less than %.1f %% of the pixels differ from the image's mean by a tenth of the range",
             100 * NEARLY_EMPTY);
    snprintf(finding->advice, sizeof finding->advice,
             "look at the images that are listed; remove those that show nothing");
}

static cnn_status look_at(const cnn_patient *patient, cnn_split part, cnn_diagnosis *diagnosis,
                          cnn_error *error) {
    const cnn_data *data = patient->part[part];
    cnn_finding finding = {.check = "blank", .severity = CNN_WARNING};
    if (cnn_is_nearly_black(data)) /* a wrong range, which another check tells */
        return CNN_OK;
    int64_t *of_class =
        cnn_allocate((size_t)data->classes, sizeof *of_class, "the counts of the classes", error);
    if (!of_class)
        return CNN_ERROR_MEMORY;
    cnn_status status = list_blank(data, part, &finding, of_class, error);
    say_all(data, part, of_class, &finding);
    cnn_free(of_class);
    if (status == CNN_OK && finding.image_count == 0)
        return CNN_OK;
    return cnn_diagnosis_add(diagnosis, &finding, status, error);
}

cnn_status cnn_check_blank(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    return cnn_check_each_part(patient, look_at, diagnosis, error);
}
