/* What a network expects of its pixels: normalisation, range, order of the channels, size. */
#include "graph/net.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Normalisation --------------------------------------------------------------------------------- */

cnn_status cnn_net_set_normalisation(cnn_net *net, const float *mean, const float *deviation,
                                     cnn_error *error) {
    cnn_status status = cnn_required(error, net, mean, deviation);
    if (status != CNN_OK)
        return status;
    const int64_t channels = net->input.dim[0];
    for (int64_t c = 0; c < channels; c++)
        if (!isfinite(mean[c]) || !isfinite(deviation[c]) || !(deviation[c] > 0))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "normalisation of channel %" PRId64
                            ": mean %g and deviation %g, but both must be finite and "
                            "the deviation greater than 0",
                            c, (double)mean[c], (double)deviation[c]);
    memcpy(net->mean, mean, (size_t)channels * sizeof *mean);
    memcpy(net->deviation, deviation, (size_t)channels * sizeof *deviation);
    net->pixels = CNN_PIXELS_0_1;
    for (int64_t c = 0; c < channels; c++)
        if (mean[c] != 0 || deviation[c] != 1)
            net->pixels = CNN_PIXELS_NORMALISED;
    return CNN_OK;
}

void cnn_net_normalisation(const cnn_net *net, float *mean, float *deviation) {
    if (net && mean)
        memcpy(mean, net->mean, (size_t)net->input.dim[0] * sizeof *mean);
    if (net && deviation)
        memcpy(deviation, net->deviation, (size_t)net->input.dim[0] * sizeof *deviation);
}

cnn_pixel_range cnn_range_of(cnn_pixels pixels) {
    static const cnn_pixel_range ranges[] = {
        [CNN_PIXELS_UNKNOWN] = {1, 0}, [CNN_PIXELS_NORMALISED] = {1, 0}, [CNN_PIXELS_0_1] = {1, 0},
        [CNN_PIXELS_0_255] = {255, 0}, [CNN_PIXELS_MINUS_1_1] = {2, -1}, [CNN_PIXELS_16_235] = {219, 16},
    };
    return ranges[pixels];
}

cnn_pixels cnn_net_pixels(const cnn_net *net) {
    return net ? net->pixels : CNN_PIXELS_UNKNOWN;
}

static cnn_status check_pixel_options(const cnn_net *net, const cnn_pixel_options *options,
                                      cnn_error *error) {
    if (!isfinite(options->scale) || options->scale < 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the scale of the pixels must be finite and above 0 (1: 0..1, 255: 0..255), not %g",
                        options->scale);
    for (int64_t c = 0; options->deviation && c < net->input.dim[0]; c++)
        if (!(options->deviation[c] > 0))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "the deviation of channel %" PRId64
                            " must be above 0, not %g: pixels are divided by it",
                            c + 1, (double)options->deviation[c]);
    return CNN_OK;
}

/* The model takes (v - m) / d of a value v in the range that it names. With v = (s x + o - mean) / deviation, s and o
 * those of the range wanted, it gets (x - (mean + deviation m - o) / s) / (deviation d / s) of the pixel x. */
cnn_status cnn_net_expect_pixels(cnn_net *net, const cnn_pixel_options *options, cnn_error *error) {
    cnn_status status = cnn_required(error, net, options);
    if (status != CNN_OK)
        return status;
    const size_t channels = (size_t)net->input.dim[0];
    const cnn_pixel_range named = cnn_range_of(net->pixels);
    const cnn_pixel_range wanted = options->scale > 0 ? (cnn_pixel_range){options->scale, 0} : named;
    status = check_pixel_options(net, options, error);
    if (status != CNN_OK)
        return status;
    float *means = cnn_allocate(2 * channels, sizeof *means, "a normalisation", error),
          *deviations = means + channels;
    if (!means)
        return CNN_ERROR_MEMORY;
    for (size_t c = 0; c < channels; c++) {
        const double m = named.offset + named.scale * (double)net->mean[c],
                     d = named.scale * (double)net->deviation[c];
        const double mean = options->mean ? (double)options->mean[c] : 0;
        const double deviation = options->deviation ? (double)options->deviation[c] : 1;
        means[c] = (float)((mean + deviation * m - wanted.offset) / wanted.scale);
        deviations[c] = (float)(deviation * d / wanted.scale);
    }
    status = cnn_net_set_normalisation(net, means, deviations, error);
    cnn_free(means);
    return status;
}

/* ---- From a picture to the input ------------------------------------------------------------------- */

enum { MAX_PIXELS = 1 << 16 }; /* of a picture's shorter side */

cnn_status cnn_net_set_preprocessing(cnn_net *net, const cnn_preprocessing *preprocessing, cnn_error *error) {
    cnn_status status = cnn_required(error, net, preprocessing);
    if (status != CNN_OK)
        return status;
    const int64_t channels = net->input.dim[0], height = net->input.dim[1], width = net->input.dim[2];
    const int64_t min = height > width ? height : width, resize = preprocessing->resize;
    if (preprocessing->bgr && channels != 3)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "blue, green and red are three channels, but the network's input has %" PRId64,
                        channels);
    if (resize != 0 && (resize < min || resize > MAX_PIXELS))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "resize to a shorter side of %" PRId64 " pixels: expected %" PRId64
                        " to %d, because the input's %" PRId64 "x%" PRId64
                        " pixels are cropped from the resized picture",
                        resize, min, MAX_PIXELS, height, width);
    if (preprocessing->centre && resize != 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "a picture is either centred as a drawing or resized and cropped, not both");
    net->preprocessing = *preprocessing;
    return CNN_OK;
}

void cnn_net_preprocessing(const cnn_net *net, cnn_preprocessing *preprocessing) {
    if (net && preprocessing)
        *preprocessing = net->preprocessing;
}

cnn_image_options cnn_net_image_options(const cnn_net *net) {
    if (!net)
        return (cnn_image_options){0};
    const cnn_preprocessing *preprocessing = &net->preprocessing;
    return (cnn_image_options){.channels = net->input.dim[0],
                               .height = net->input.dim[1],
                               .width = net->input.dim[2],
                               .resize = preprocessing->resize,
                               .bgr = preprocessing->bgr,
                               .invert = preprocessing->invert,
                               .centre = preprocessing->centre,
                               .background = preprocessing->background};
}

cnn_status cnn_net_take_pixels(cnn_net *net, const cnn_net *from, cnn_error *error) {
    cnn_status status = cnn_net_set_normalisation(net, from->mean, from->deviation, error);
    net->pixels = from->pixels;
    return status == CNN_OK ? cnn_net_set_preprocessing(net, &from->preprocessing, error) : status;
}
