/* Data sets out of a caller's arrays. */
#include "data/dataset.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static cnn_status check_numbers(const cnn_data_arrays *arrays, cnn_error *error) {
    if (arrays->count < 1 || arrays->channels < 1 || arrays->height < 1 || arrays->width < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "count and shape must be at least 1, not %" PRId64 " images of %" PRId64 "x%" PRId64
                        "x%" PRId64,
                        arrays->count, arrays->channels, arrays->height, arrays->width);
    if (arrays->targets && !arrays->classes && arrays->targets_per_image < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "targets_per_image must be at least 1, not %" PRId64,
                        arrays->targets_per_image);
    if ((!arrays->targets || arrays->classes) && (arrays->classes < 1 || arrays->classes > INT32_MAX))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "classes must be 1 to %d, not %" PRId64, INT32_MAX,
                        arrays->classes);
    if (arrays->targets && arrays->classes && arrays->targets_per_image &&
        arrays->targets_per_image != arrays->classes)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "targets of %" PRId64 " classes must be as many an image, not %" PRId64,
                        arrays->classes, arrays->targets_per_image);
    return CNN_OK;
}

/* Exactly one of bytes and floats, and one of labels and targets. */
static cnn_status check_pointers(const cnn_data_arrays *arrays, cnn_error *error) {
    if (!arrays->bytes == !arrays->floats)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "either bytes or floats must be given, not %s",
                        arrays->bytes ? "both" : "NULL for both");
    if (!arrays->labels == !arrays->targets)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "either labels or targets must be given, not %s",
                        arrays->labels ? "both" : "NULL for both");
    if (arrays->targets && arrays->class_names && !arrays->classes)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "class_names need classes: give their number, or leave both out");
    for (int64_t i = 0; arrays->class_names && i < arrays->classes; i++)
        if (!arrays->class_names[i])
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "the name of class %" PRId64 " must not be NULL", i);
    return CNN_OK;
}

static cnn_status check_labels(const cnn_data_arrays *arrays, cnn_error *error) {
    for (int64_t i = 0; arrays->labels && i < arrays->count; i++)
        if (arrays->labels[i] < 0 || arrays->labels[i] >= arrays->classes)
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "record %" PRId64 " (from 0): label %" PRId32 ", expected 0 to %" PRId64, i,
                            arrays->labels[i], arrays->classes - 1);
    return CNN_OK;
}

static void copy_bytes(cnn_data *data, const uint8_t *bytes) {
    for (int64_t i = 0; i < data->count; i++)
        cnn_interleave(bytes + i * cnn_data_image_bytes(data), data->channels, data->height * data->width,
                       cnn_data_pixels(data, i));
}

/* Copy the images from C,H,W to rows of channels; all values must be finite. */
static cnn_status copy_floats(cnn_data *data, const float *floats, cnn_error *error) {
    const int64_t plane = data->height * data->width;
    for (int64_t i = 0; i < data->count; i++) {
        float *to = cnn_data_values(data, i);
        for (int64_t c = 0; c < data->channels; c++)
            for (int64_t k = 0; k < plane; k++, floats++) {
                if (!isfinite(*floats))
                    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                                    "image %" PRId64 " (from 0), channel %" PRId64 ", pixel %" PRId64
                                    ": %g, expected a finite number, 0 for black and 1 for white",
                                    i, c, k, (double)*floats);
                to[k * data->channels + c] = *floats;
            }
    }
    return CNN_OK;
}

/* A finite number; of classes 0 or 1. */
static cnn_status check_target(const cnn_data *data, int64_t at, cnn_error *error) {
    const int64_t image = at / data->targets_per_image, place = at % data->targets_per_image;
    const double target = (double)data->targets[at];
    if (!isfinite(target))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "target %" PRId64 " of image %" PRId64 " (from 0) is %g, expected a finite number",
                        place, image, target);
    if (data->multi_label && target != 0 && target != 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "target %" PRId64 " of image %" PRId64
                        " (from 0) is %g, expected 1 if it belongs to class %" PRId64 ", else 0",
                        place, image, target, place);
    return CNN_OK;
}

static cnn_status copy_targets(cnn_data *data, const cnn_data_arrays *arrays, cnn_error *error) {
    data->multi_label = arrays->classes > 0;
    data->targets_per_image = data->multi_label ? arrays->classes : arrays->targets_per_image;
    int64_t values;
    if (!cnn_multiply(arrays->count, data->targets_per_image, &values))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there are too many targets");
    data->targets = cnn_allocate((size_t)values, sizeof *data->targets, "the targets", error);
    if (!data->targets)
        return CNN_ERROR_MEMORY;
    memcpy(data->targets, arrays->targets, (size_t)values * sizeof *data->targets);
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < values; i++)
        status = check_target(data, i, error);
    return status;
}

/* Into memory of the data set's own, so that the caller may free the arrays. */
static cnn_status copy_arrays(cnn_data *data, const cnn_data_arrays *arrays, cnn_error *error) {
    const int64_t shape[3] = {arrays->channels, arrays->height, arrays->width};
    cnn_status status = arrays->floats ? cnn_data_reserve_floats(data, arrays->count, shape, error)
                                       : cnn_data_reserve(data, arrays->count, shape, error);
    if (status == CNN_OK)
        status =
            cnn_data_name_classes(data, arrays->classes ? arrays->classes : 1, arrays->class_names, error);
    if (status == CNN_OK && arrays->targets)
        status = copy_targets(data, arrays, error);
    if (status != CNN_OK)
        return status;
    data->picture = (cnn_picture){"memory", shape[0], shape[1], shape[2]};
    if (arrays->labels) /* else all are 0, as they were allocated */
        memcpy(data->labels, arrays->labels, (size_t)arrays->count * sizeof *data->labels);
    if (arrays->floats)
        return copy_floats(data, arrays->floats, error);
    copy_bytes(data, arrays->bytes);
    return CNN_OK;
}

cnn_status cnn_data_from_arrays(cnn_data **data, const cnn_data_arrays *arrays, cnn_error *error) {
    if (data)
        *data = NULL;
    cnn_status status = cnn_required(error, data, arrays);
    if (status == CNN_OK)
        status = check_numbers(arrays, error);
    if (status == CNN_OK)
        status = check_pointers(arrays, error);
    if (status == CNN_OK)
        status = check_labels(arrays, error);
    if (status != CNN_OK)
        return status;
    cnn_data *made = cnn_data_new("memory", error);
    if (!made)
        return CNN_ERROR_MEMORY;
    status = copy_arrays(made, arrays, error);
    if (status != CNN_OK)
        cnn_data_free(made);
    else
        *data = made;
    return status;
}
