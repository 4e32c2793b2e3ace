/* Pixels in another range than the network expects: 0..1 where bytes go to 255, 0..255 where floats go to 1, inverted,
 * or another brightness in one part of the data than in the others. */
#include "doctor/check.h"
#include "doctor/pixels.h"
#include "graph/net.h"

#include <math.h>
#include <stdio.h>

/* Values that floats in 0..1 never have. */
static const double FAR_TOO_LARGE = 16;
/* Parts of one data set have the same mean within a small part of the deviation, and so have images whose mean, when
 * they are inverted, is that of the others. A data set and a network that was trained on other images may differ more. */
static const double APART_PARTS = 0.7, APART_NETWORK = 1.5;
enum { FEWEST_IMAGES = 10 }; /* the mean of fewer says little */

static cnn_status add(cnn_diagnosis *diagnosis, const char *where, const char *what, const char *evidence,
                      const char *advice, cnn_error *error) {
    cnn_finding finding = {.check = "range", .severity = CNN_FAULT};
    snprintf(finding.what, sizeof finding.what, "%s", what);
    snprintf(finding.where, sizeof finding.where, "%s", where);
    snprintf(finding.evidence, sizeof finding.evidence, "%s", evidence);
    snprintf(finding.advice, sizeof finding.advice, "%s", advice);
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

/* ---- A part by itself -------------------------------------------------------------------------------- */

static cnn_status look_at_extremes(const cnn_patient *patient, cnn_split part, cnn_diagnosis *diagnosis,
                                   cnn_error *error) {
    const cnn_data *data = patient->part[part];
    const cnn_spread spread = cnn_spread_of_data(data);
    char where[64], evidence[160];
    snprintf(where, sizeof where, "%s images", cnn_part_word(part));
    if (data->values && spread.max > FAR_TOO_LARGE) {
        snprintf(evidence, sizeof evidence, "values from %.4g to %.4g, expected 0 for black and 1 for white",
                 spread.min, spread.max);
        return add(diagnosis, where, "the pixels are not in 0..1", evidence,
                   "divide them by 255, or hand them in as bytes", error);
    }
    if (!cnn_is_nearly_black(data))
        return CNN_OK;
    snprintf(evidence, sizeof evidence,
             data->values ? "the largest value is %.4g, expected 1 for white"
                          : "the brightest pixel of all images is %.0f of 255",
             data->values ? spread.max : spread.max * 255);
    return add(diagnosis, where, "the pixels are nearly black: they seem to have been divided by 255 already",
               evidence, "store the pictures with values from 0 to 255 (multiply by 255 before saving)",
               error);
}

/* ---- Against the training images, or those of the network's training ---------------------------------- */

typedef struct reference {
    const char *name;
    double mean, deviation; /* of the pixels, over all channels */
    double apart;           /* how many deviations the means may differ by */
} reference;

static cnn_status compare(const cnn_data *data, cnn_split part, const reference *to, cnn_diagnosis *diagnosis,
                          cnn_error *error) {
    const cnn_spread spread = cnn_spread_of_data(data);
    const double distance = fabs(spread.mean - to->mean);
    const bool inverted = fabs(1 - spread.mean - to->mean) < distance / 4;
    const double apart = inverted ? APART_PARTS : to->apart;
    if (data->count < FEWEST_IMAGES || !(distance > apart * to->deviation))
        return CNN_OK;
    char where[64], evidence[200];
    snprintf(where, sizeof where, "%s images", cnn_part_word(part));
    snprintf(evidence, sizeof evidence,
             "their mean is %.3f, that of %s %.3f with a deviation of %.3f; pixels are 0 for black to 1 for "
             "white",
             spread.mean, to->name, to->mean, to->deviation);
    return add(diagnosis, where, inverted ? "the images are inverted" : "the images have another brightness",
               evidence,
               inverted ? "invert them (--invert), so that what is drawn is as bright as in training"
                        : "prepare all images in the same way",
               error);
}

static reference network_reference(const cnn_net *net) {
    double mean = 0, square = 0;
    const double channels = (double)net->input.dim[0];
    for (int64_t c = 0; c < net->input.dim[0]; c++) {
        mean += (double)net->mean[c] / channels;
        square += (double)(net->deviation[c] * net->deviation[c]) / channels;
    }
    return (reference){"the images that the network was trained on", mean, sqrt(square), APART_NETWORK};
}

/* Whether the network's normalisation is that of its training images. */
static bool knows_its_images(const cnn_doctor_options *options) {
    return options->net && options->trained && options->run_directory &&
           cnn_net_pixels(options->net) == CNN_PIXELS_NORMALISED;
}

static cnn_status compare_with_network(const cnn_patient *patient, cnn_diagnosis *diagnosis,
                                       cnn_error *error) {
    if (!knows_its_images(patient->options))
        return CNN_OK;
    const reference trained = network_reference(patient->options->net);
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < CNN_PARTS; i++)
        if (patient->part[i])
            status = compare(patient->part[i], (cnn_split)i, &trained, diagnosis, error);
    return status;
}

static cnn_status compare_with_training(const cnn_patient *patient, cnn_diagnosis *diagnosis,
                                        cnn_error *error) {
    const cnn_data *training = patient->part[CNN_SPLIT_TRAIN];
    if (!training || training->count < FEWEST_IMAGES)
        return CNN_OK;
    const cnn_spread spread = cnn_spread_of_data(training);
    const reference to = {"the training images", spread.mean, spread.deviation, APART_PARTS};
    cnn_status status = CNN_OK;
    for (int i = CNN_SPLIT_TEST; status == CNN_OK && i < CNN_PARTS; i++)
        if (patient->part[i])
            status = compare(patient->part[i], (cnn_split)i, &to, diagnosis, error);
    return status;
}

cnn_status cnn_check_range(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    const int64_t before = diagnosis->count;
    cnn_status status = cnn_check_each_part(patient, look_at_extremes, diagnosis, error);
    if (status == CNN_OK && diagnosis->count == before)
        status = compare_with_training(patient, diagnosis, error);
    if (status == CNN_OK && diagnosis->count == before)
        status = compare_with_network(patient, diagnosis, error);
    return status;
}
