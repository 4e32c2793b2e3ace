#include "data/dataset.h"

#include "base/memory.h"
#include "data/prepare.h"
#include "data/room.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

cnn_data *cnn_data_new(const char *origin, cnn_error *error) {
    cnn_data *data = cnn_allocate(1, sizeof *data, "a data set", error);
    if (!data)
        return NULL;
    data->origin = cnn_copy_string(origin, error);
    if (!data->origin) {
        cnn_data_free(data);
        return NULL;
    }
    return data;
}

static void free_names(cnn_data *data) {
    for (int64_t i = 0; data->names && i < data->classes; i++)
        cnn_free(data->names[i]);
    cnn_free(data->names);
    data->names = NULL;
}

void cnn_data_free(cnn_data *data) {
    if (!data)
        return;
    free_names(data);
    cnn_data_free_report(data);
    for (int64_t i = 0; data->files && i < data->count; i++)
        cnn_free(data->files[i]);
    cnn_free(data->files);
    cnn_free(data->pictures);
    cnn_data_free_room(data);
    cnn_free(data->targets);
    cnn_free(data->labels);
    cnn_free(data->origin);
    cnn_free(data);
}

cnn_status cnn_data_check_memory(int64_t bytes, const char *what, const char *advice, cnn_error *error) {
    int64_t available = cnn_memory_available();
    if (bytes <= available)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_MEMORY,
                    "out of memory: %s need %.1f MB, %.1f MB are available; %s would need less", what,
                    (double)bytes / 1e6, (double)available / 1e6, advice);
}

/* Everything but the room for the pixels: *room gets that, of `size` bytes a value. */
static cnn_status reserve(cnn_data *data, int64_t count, const int64_t shape[3], int64_t size, void **room,
                          cnn_error *error) {
    int64_t plane, image, bytes;
    if (!cnn_multiply(shape[1], shape[2], &plane) || !cnn_multiply(plane, shape[0], &image) ||
        !cnn_multiply(image, count, &bytes) || !cnn_multiply(bytes, size, &bytes))
        bytes = INT64_MAX;
    char what[160];
    snprintf(what, sizeof what, "%" PRId64 " images of %" PRId64 "x%" PRId64 "x%" PRId64, count, shape[0],
             shape[1], shape[2]);
    data->count = count;
    data->channels = shape[0];
    data->height = shape[1];
    data->width = shape[2];
    const cnn_status status = cnn_data_make_room(data, bytes, what, room, error);
    if (status != CNN_OK)
        return status;
    data->labels = cnn_allocate((size_t)count, sizeof *data->labels, "the labels", error);
    return data->labels ? CNN_OK : CNN_ERROR_MEMORY;
}

cnn_status cnn_data_reserve(cnn_data *data, int64_t count, const int64_t shape[3], cnn_error *error) {
    return reserve(data, count, shape, sizeof *data->pixels, (void **)&data->pixels, error);
}

cnn_status cnn_data_reserve_floats(cnn_data *data, int64_t count, const int64_t shape[3], cnn_error *error) {
    return reserve(data, count, shape, sizeof *data->values, (void **)&data->values, error);
}

cnn_status cnn_data_name_classes(cnn_data *data, int64_t classes, const char *const *names,
                                 cnn_error *error) {
    data->names = cnn_allocate((size_t)classes, sizeof *data->names, "the class names", error);
    if (!data->names)
        return CNN_ERROR_MEMORY;
    data->classes = classes;
    for (int64_t i = 0; i < classes; i++) {
        char number[24];
        snprintf(number, sizeof number, "%" PRId64, i);
        data->names[i] = cnn_copy_string(names ? names[i] : number, error);
        if (!data->names[i])
            return CNN_ERROR_MEMORY;
    }
    return CNN_OK;
}

void cnn_interleave(const uint8_t *planar, int64_t channels, int64_t plane, uint8_t *interleaved) {
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < plane; i++)
            interleaved[i * channels + c] = planar[c * plane + i];
}

/* ---- Conversion ------------------------------------------------------------------------------------ */

/* Every image of `from` prepared as the options say, into `to`. */
static cnn_status convert_images(const cnn_data *from, cnn_data *to, const cnn_image_options *options,
                                 const int64_t shape[3], cnn_error *error) {
    cnn_status status = cnn_data_reserve(to, from->count, shape, error);
    for (int64_t i = 0; status == CNN_OK && i < from->count; i++) {
        cnn_image image = {.height = from->height,
                           .width = from->width,
                           .channels = from->channels,
                           .pixels = cnn_data_pixels(from, i)};
        status = cnn_prepare(&image, options, shape, cnn_data_pixels(to, i), error);
    }
    return status;
}

cnn_status cnn_data_convert(cnn_data *data, const cnn_image_options *options, cnn_error *error) {
    const cnn_image present = {.height = data->height, .width = data->width, .channels = data->channels};
    int64_t shape[3];
    cnn_prepare_shape(options, &present, shape);
    bool same = shape[0] == data->channels && shape[1] == data->height && shape[2] == data->width;
    if (same && !options->resize && !options->bgr && !options->invert && !options->centre)
        return CNN_OK;
    cnn_data converted = {0};
    cnn_status status = convert_images(data, &converted, options, shape, error);
    cnn_free(converted.labels);
    if (status != CNN_OK) {
        cnn_data_free_room(&converted);
        return status;
    }
    cnn_data_free_room(data);
    data->pixels = converted.pixels;
    data->spilled = converted.spilled;
    data->channels = shape[0];
    data->height = shape[1];
    data->width = shape[2];
    return CNN_OK;
}

/* ---- Reading --------------------------------------------------------------------------------------- */

int64_t cnn_data_count(const cnn_data *data) {
    return data ? data->count : 0;
}

void cnn_data_shape(const cnn_data *data, int64_t shape[3]) {
    if (!data || !shape)
        return;
    shape[0] = data->channels;
    shape[1] = data->height;
    shape[2] = data->width;
}

int64_t cnn_data_classes(const cnn_data *data) {
    return data ? data->classes : 0;
}

const char *cnn_data_class(const cnn_data *data, int64_t label) {
    return data && label >= 0 && label < data->classes ? data->names[label] : NULL;
}

int32_t cnn_data_label(const cnn_data *data, int64_t index) {
    return data && index >= 0 && index < data->count ? data->labels[index] : -1;
}

cnn_data_kind cnn_data_kind_of(const cnn_data *data) {
    if (!data || !data->targets)
        return CNN_DATA_CLASSES;
    return data->multi_label ? CNN_DATA_MULTI_LABEL : CNN_DATA_NUMBERS;
}

int64_t cnn_data_outputs(const cnn_data *data) {
    return cnn_data_kind_of(data) == CNN_DATA_NUMBERS ? data->targets_per_image : cnn_data_classes(data);
}

const float *cnn_data_targets(const cnn_data *data, int64_t index) {
    const bool there = data && data->targets && index >= 0 && index < data->count;
    return there ? data->targets + index * data->targets_per_image : NULL;
}

const char *cnn_data_name(const cnn_data *data, int64_t index) {
    return data && data->files && index >= 0 && index < data->count ? data->files[index] : NULL;
}

cnn_picture cnn_data_picture(const cnn_data *data, int64_t index) {
    if (!data)
        return (cnn_picture){0};
    bool own = data->pictures && index >= 0 && index < data->count;
    return own ? data->pictures[index] : data->picture;
}

const char *cnn_data_origin(const cnn_data *data) {
    return data ? data->origin : NULL;
}

/* C,H,W */
static void copy_image(const cnn_data *data, int64_t index, const int64_t shape[3], float *image) {
    if (!data->values) {
        cnn_pixels_to_float(cnn_data_pixels(data, index), shape, image);
        return;
    }
    const float *values = cnn_data_values(data, index);
    const int64_t plane = data->height * data->width;
    for (int64_t c = 0; c < data->channels; c++)
        for (int64_t i = 0; i < plane; i++)
            image[c * plane + i] = values[i * data->channels + c];
}

cnn_status cnn_data_images(const cnn_data *data, int64_t first, int64_t count, float *images,
                           cnn_error *error) {
    cnn_status status = cnn_required(error, data);
    if (status == CNN_OK && count > 0)
        status = cnn_required(error, images);
    if (status != CNN_OK)
        return status;
    if (first < 0 || count < 0 || first > data->count || count > data->count - first)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "%" PRId64 " images from number %" PRId64
                        " (from 0) were requested, but there are only %" PRId64,
                        count, first, data->count);
    int64_t shape[3];
    cnn_data_shape(data, shape);
    for (int64_t i = 0; i < count; i++)
        copy_image(data, first + i, shape, images + i * cnn_data_image_bytes(data));
    return CNN_OK;
}

/* ---- Statistics ------------------------------------------------------------------------------------ */

typedef struct moments {
    double mean, variance;
} moments;

/* Every pixel of a channel is one of 256 values: counting them makes both passes exact and cheap. */
static void count_values(const cnn_data *data, const int64_t *indices, int64_t count, int64_t channel,
                         int64_t counts[256]) {
    memset(counts, 0, 256 * sizeof *counts);
    int64_t values = cnn_data_image_bytes(data);
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *pixels = cnn_data_pixels(data, indices ? indices[i] : i);
        cnn_data_expect_behind(data, indices, i, count);
        for (int64_t k = channel; k < values; k += data->channels)
            counts[pixels[k]]++;
    }
}

/* From a histogram of the 256 values: its counts are exact, so that the order of pixels does not matter. */
static moments moments_of_bytes(const cnn_data *data, const int64_t *indices, int64_t count,
                                int64_t channel) {
    const double pixels = (double)(count * data->height * data->width);
    int64_t counts[256];
    moments found = {0};
    count_values(data, indices, count, channel, counts);
    for (int v = 0; v < 256; v++)
        found.mean += (double)counts[v] / pixels * v / 255;
    for (int v = 0; v < 256; v++)
        found.variance += (double)counts[v] / pixels * (v / 255.0 - found.mean) * (v / 255.0 - found.mean);
    return found;
}

/* The sum of (x - centre)^power over a channel. */
static double sum_floats(const cnn_data *data, const int64_t *indices, int64_t count, int64_t channel,
                         double centre, int power) {
    const int64_t values = cnn_data_image_bytes(data);
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const float *pixels = cnn_data_values(data, indices ? indices[i] : i);
        cnn_data_expect_behind(data, indices, i, count);
        for (int64_t k = channel; k < values; k += data->channels) {
            const double difference = (double)pixels[k] - centre;
            sum += power == 2 ? difference * difference : difference;
        }
    }
    return sum;
}

/* In two passes: the mean, then the squared distances from it. */
static moments moments_of_floats(const cnn_data *data, const int64_t *indices, int64_t count,
                                 int64_t channel) {
    const double pixels = (double)(count * data->height * data->width);
    moments found = {0};
    found.mean = sum_floats(data, indices, count, channel, 0, 1) / pixels;
    found.variance = sum_floats(data, indices, count, channel, found.mean, 2) / pixels;
    return found;
}

void cnn_data_statistics(const cnn_data *data, float *mean, float *deviation) {
    if (data)
        cnn_data_statistics_of(data, NULL, data->count, mean, deviation);
}

void cnn_data_statistics_of(const cnn_data *data, const int64_t *indices, int64_t count, float *mean,
                            float *deviation) {
    const double least_deviation = 1e-3; /* a channel of one value must not divide by zero */
    for (int64_t c = 0; c < data->channels; c++) {
        const moments found = data->values ? moments_of_floats(data, indices, count, c)
                                           : moments_of_bytes(data, indices, count, c);
        if (mean)
            mean[c] = (float)found.mean;
        if (deviation)
            deviation[c] = (float)fmax(sqrt(found.variance), least_deviation);
    }
}
