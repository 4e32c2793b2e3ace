#include "data/image.h"

#include "base/file.h"
#include "base/memory.h"
#include "data/formats.h"
#include "data/orient.h"
#include "data/prepare.h"

#include <inttypes.h>
#include <string.h>

/* The format is found from the first bytes; EXIF's orientation is applied. */
static cnn_status decode(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    const cnn_format *format = cnn_format_of(file->bytes, file->size);
    if (format && !format->decode)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "%s: this build of the library cannot read %s; it was built without %s", file->name,
                        format->name, format->package);
    if (format) {
        cnn_status status = format->decode(file, image, error);
        if (status == CNN_OK)
            status = cnn_orient(image, error);
        int64_t whole[2];
        cnn_image_whole(image, whole);
        image->picture = (cnn_picture){format->name, image->channels, whole[0], whole[1]};
        return status;
    }
    char names[CNN_FORMAT_TEXT];
    uint8_t start[4] = {0};
    cnn_format_names(names);
    if (file->size > 0)
        memcpy(start, file->bytes, file->size < 4 ? file->size : 4);
    return cnn_fail(error, CNN_ERROR_FORMAT,
                    "%s: not a %s file: %zu bytes, starting with %02x %02x %02x %02x", file->name, names,
                    file->size, start[0], start[1], start[2], start[3]);
}

cnn_status cnn_image_reserve(cnn_image *image, const cnn_encoded *file, cnn_error *error) {
    int64_t whole[2], pixels;
    cnn_image_whole(image, whole);
    if (!cnn_multiply(whole[0], whole[1], &pixels) || pixels < 1 || pixels > file->max_pixels)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: declares %" PRId64 " x %" PRId64 " pixels; at most %" PRId64
                        " in total are accepted",
                        file->name, whole[1], whole[0], file->max_pixels);
    image->pixels =
        cnn_allocate((size_t)(image->height * image->width), (size_t)image->channels, file->name, error);
    return image->pixels ? CNN_OK : CNN_ERROR_MEMORY;
}

/* ---- Transparency ---------------------------------------------------------------------------------- */

/* The value of each of `channels` colours of the background; a grey picture gets its grey. */
static void background_values(uint32_t background, int64_t channels, uint8_t values[3]) {
    const uint8_t colour[3] = {(uint8_t)(background >> 16), (uint8_t)(background >> 8), (uint8_t)background};
    if (!background)
        memset(values, 255, 3);
    else if (channels == 3)
        memcpy(values, colour, 3);
    else
        cnn_to_grey(colour, 1, values);
}

/* Lay the picture over the background, in place: the last channel, alpha, goes. */
static void lay_over(cnn_image *image, uint32_t background) {
    int64_t pixels = image->height * image->width, colours = image->channels - 1;
    uint8_t below[3];
    background_values(background, colours, below);
    const uint8_t *from = image->pixels;
    uint8_t *to = image->pixels;
    for (int64_t i = 0; i < pixels; i++, from += colours + 1, to += colours) {
        int alpha = from[colours];
        for (int64_t c = 0; c < colours; c++)
            to[c] = (uint8_t)((from[c] * alpha + below[c] * (255 - alpha) + 127) / 255);
    }
    image->channels = colours;
}

/* Twice the size that it is brought to, so that what resizing averages is still there. How drawings are centred depends on
 * each of their pixels. */
static void find_least_size(const cnn_image_options *options, cnn_encoded *file) {
    const int64_t height = options->resize ? options->resize : options->height,
                  width = options->resize ? options->resize : options->width;
    const bool known = height > 0 && width > 0 && height < CNN_MAX_PIXELS && width < CNN_MAX_PIXELS;
    if (options->centre || !known)
        return;
    file->least_height = 2 * height;
    file->least_width = 2 * width;
}

cnn_status cnn_image_unpack(const uint8_t *bytes, size_t size, const char *name,
                            const cnn_image_options *options, cnn_image *image, cnn_error *error) {
    cnn_encoded file = {.bytes = bytes, .size = size, .name = name, .max_pixels = CNN_MAX_PIXELS};
    if (options && options->max_pixels)
        file.max_pixels = options->max_pixels;
    if (options)
        find_least_size(options, &file);
    *image = (cnn_image){0};
    cnn_status status = decode(&file, image, error);
    if (status == CNN_OK && image->channels % 2 == 0)
        lay_over(image, options ? options->background : 0);
    if (status != CNN_OK) {
        cnn_free(image->pixels);
        image->pixels = NULL;
    }
    return status;
}

cnn_status cnn_image_load(const char *path, const cnn_image_options *options, cnn_image *image,
                          cnn_error *error) {
    cnn_bytes file;
    *image = (cnn_image){0};
    cnn_status status = cnn_file_read(path, &file, error);
    if (status != CNN_OK)
        return status;
    status = cnn_image_unpack(file.data, file.size, path, options, image, error);
    cnn_free(file.data);
    return status;
}

/* ---- The public calls ------------------------------------------------------------------------------ */

/* Refuse shapes that no image can have. */
static cnn_status check_wanted(const cnn_image_options *options, cnn_error *error) {
    if (options->channels < 1 || options->height < 1 || options->width < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "an image's shape must be at least 1x1x1, not %" PRId64 "x%" PRId64 "x%" PRId64,
                        options->channels, options->height, options->width);
    return cnn_prepare_check(options, error);
}

/* Prepare the picture as the options say; C,H,W in 0..1. */
static cnn_status to_float(const cnn_image *decoded, const cnn_image_options *options, float *image,
                           cnn_error *error) {
    const int64_t shape[3] = {options->channels, options->height, options->width};
    int64_t plane, values;
    if (!cnn_multiply(shape[1], shape[2], &plane) || !cnn_multiply(plane, shape[0], &values))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the image's shape is too large");
    uint8_t *pixels = cnn_allocate((size_t)values, 1, "an image", error);
    if (!pixels)
        return CNN_ERROR_MEMORY;
    cnn_status status = cnn_prepare(decoded, options, shape, pixels, error);
    if (status == CNN_OK)
        cnn_pixels_to_float(pixels, shape, image);
    cnn_free(pixels);
    return status;
}

cnn_status cnn_image_decode(const void *bytes, size_t size, const char *name,
                            const cnn_image_options *options, float *image, cnn_error *error) {
    cnn_status status = cnn_required(error, options, image);
    if (status == CNN_OK && size > 0)
        status = cnn_required(error, bytes);
    if (status == CNN_OK)
        status = check_wanted(options, error);
    if (status != CNN_OK)
        return status;
    cnn_image decoded;
    status = cnn_image_unpack(bytes, size, name ? name : "image", options, &decoded, error);
    if (status == CNN_OK)
        status = to_float(&decoded, options, image, error);
    cnn_free(decoded.pixels);
    return status;
}

cnn_status cnn_image_read(const char *path, const cnn_image_options *options, float *image,
                          cnn_error *error) {
    cnn_status status = cnn_required(error, path, options, image);
    if (status == CNN_OK)
        status = check_wanted(options, error);
    if (status != CNN_OK)
        return status;
    cnn_bytes file;
    status = cnn_file_read(path, &file, error);
    if (status != CNN_OK)
        return status;
    status = cnn_image_decode(file.data, file.size, path, options, image, error);
    cnn_free(file.data);
    return status;
}
