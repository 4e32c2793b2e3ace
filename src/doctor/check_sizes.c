/* Pictures much larger or much smaller than the network's input. */
#include "doctor/check.h"

#include "data/dataset.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* A picture whose sides were enlarged or reduced more than so many times; and of which share of the pictures that may
 * be said. */
static const double ENLARGED = 2, REDUCED = 8, FEW = 0.1;

/* How many times the picture is larger than the image: the smaller of both axes. */
static double reduction(const cnn_data *data, int64_t index) {
    const cnn_picture picture = cnn_data_picture(data, index);
    return fmin((double)picture.height / (double)data->height, (double)picture.width / (double)data->width);
}

static cnn_status list_odd(const cnn_data *data, cnn_split part, bool small, cnn_finding *finding,
                           cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < data->count; i++) {
        const double times = reduction(data, i);
        const cnn_picture picture = cnn_data_picture(data, i);
        if (small ? times * ENLARGED >= 1 : times <= REDUCED)
            continue;
        cnn_found_image image = {.part = part, .index = i, .score = small ? 1 / times : times};
        snprintf(image.text, sizeof image.text, "%" PRId64 "x%" PRId64 " pixels", picture.height,
                 picture.width);
        status = cnn_finding_add_image(finding, &image, error);
    }
    cnn_finding_sort_images(finding);
    return status;
}

static void say_all(const cnn_data *data, cnn_split part, bool small, cnn_finding *finding) {
    snprintf(finding->what, sizeof finding->what, "%" PRId64 " pictures are much %s than the network's input",
             finding->image_count, small ? "smaller" : "larger");
    snprintf(finding->where, sizeof finding->where, "%s images", cnn_part_word(part));
    snprintf(finding->evidence, sizeof finding->evidence,
             "the input is %" PRId64 "x%" PRId64 " (rows x columns), %" PRId64 " of %" PRId64
             " pictures are more than %.0f times as %s",
             data->height, data->width, finding->image_count, data->count, small ? ENLARGED : REDUCED,
             small ? "small" : "large");
    snprintf(finding->advice, sizeof finding->advice, "%s",
             small ? "use a network with a smaller input, or larger pictures: enlarging adds no detail"
                   : "use a larger input (--image), or cut out what matters: details are lost otherwise");
}

static cnn_status look_for(const cnn_data *data, cnn_split part, bool small, cnn_diagnosis *diagnosis,
                           cnn_error *error) {
    cnn_finding finding = {.check = "sizes", .severity = CNN_WARNING};
    cnn_status status = list_odd(data, part, small, &finding, error);
    say_all(data, part, small, &finding);
    if ((double)finding.image_count <= FEW * (double)data->count)
        return cnn_finding_drop(&finding, status);
    return cnn_diagnosis_add(diagnosis, &finding, status, error);
}

static cnn_status look_at(const cnn_patient *patient, cnn_split part, cnn_diagnosis *diagnosis,
                          cnn_error *error) {
    cnn_status status = look_for(patient->part[part], part, true, diagnosis, error);
    return status == CNN_OK ? look_for(patient->part[part], part, false, diagnosis, error) : status;
}

cnn_status cnn_check_sizes(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    return cnn_check_each_part(patient, look_at, diagnosis, error);
}
