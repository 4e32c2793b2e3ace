#include "data/image.h"

#include "base/file.h"
#include "base/memory.h"
#include "data/resize.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    uint8_t start[4];
    size_t length;
    cnn_status (*decode)(const uint8_t *, size_t, const char *, cnn_image *, cnn_error *);
} decoders[] = {
    {{0x89, 'P', 'N', 'G'}, 4, cnn_png_decode},
    {{0xff, 0xd8, 0xff}, 3, cnn_jpeg_decode},
};

cnn_status cnn_image_decode(const uint8_t *bytes, size_t size, const char *name, cnn_image *image,
                            cnn_error *error) {
    *image = (cnn_image){0};
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++)
        if (size >= decoders[i].length && memcmp(bytes, decoders[i].start, decoders[i].length) == 0)
            return decoders[i].decode(bytes, size, name, image, error);
    uint8_t start[4] = {0};
    if (size > 0)
        memcpy(start, bytes, size < 4 ? size : 4);
    return cnn_fail(
        error, CNN_ERROR_FORMAT,
        "%s: neither a PNG (which starts with 89 50 4e 47) nor a JPEG (ff d8 ff): %zu bytes, starting "
        "with %02x %02x %02x %02x",
        name, size, start[0], start[1], start[2], start[3]);
}

cnn_status cnn_image_reserve(cnn_image *image, const char *name, cnn_error *error) {
    int64_t pixels;
    if (!cnn_multiply(image->height, image->width, &pixels) || pixels < 1 || pixels > CNN_MOST_PIXELS)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: declares %" PRId64 " x %" PRId64 " pixels; at most %d in all are read", name,
                        image->width, image->height, CNN_MOST_PIXELS);
    image->pixels = cnn_allocate((size_t)pixels, (size_t)image->channels, name, error);
    return image->pixels ? CNN_OK : CNN_ERROR_MEMORY;
}

cnn_status cnn_image_load(const char *path, cnn_image *image, cnn_error *error) {
    cnn_bytes file;
    *image = (cnn_image){0};
    cnn_status status = cnn_file_read(path, &file, error);
    if (status != CNN_OK)
        return status;
    status = cnn_image_decode(file.data, file.size, path, image, error);
    cnn_free(file.data);
    return status;
}

/* ITU-R BT.601 in 16-bit fixed point, rounded: the weights sum to 65536. */
static void to_grey(const uint8_t *colour, int64_t pixels, uint8_t *grey) {
    for (int64_t i = 0; i < pixels; i++, colour += 3)
        grey[i] = (uint8_t)((19595u * colour[0] + 38470u * colour[1] + 7471u * colour[2] + 32768u) >> 16);
}

static void to_colour(const uint8_t *grey, int64_t pixels, uint8_t *colour) {
    for (int64_t i = 0; i < pixels; i++)
        memset(colour + 3 * i, grey[i], 3);
}

static cnn_status recolour(const cnn_image *image, int64_t channels, cnn_image *coloured, cnn_error *error) {
    int64_t pixels = image->height * image->width;
    if (!(image->channels == 3 && channels == 1) && !(image->channels == 1 && channels == 3))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "an image of %" PRId64 " channels cannot be made one of %" PRId64
                        "; only grey (1) and colour (3) convert into each other",
                        image->channels, channels);
    *coloured = (cnn_image){image->height, image->width, channels, NULL};
    coloured->pixels = cnn_allocate((size_t)pixels, (size_t)channels, "an image", error);
    if (!coloured->pixels)
        return CNN_ERROR_MEMORY;
    (channels == 1 ? to_grey : to_colour)(image->pixels, pixels, coloured->pixels);
    return CNN_OK;
}

cnn_status cnn_image_convert(const cnn_image *image, const int64_t shape[3], uint8_t *to, cnn_error *error) {
    if (image->channels == shape[0])
        return cnn_resize(image, shape[1], shape[2], to, error);
    cnn_image coloured;
    cnn_status status = recolour(image, shape[0], &coloured, error);
    if (status != CNN_OK)
        return status;
    status = cnn_resize(&coloured, shape[1], shape[2], to, error);
    cnn_free(coloured.pixels);
    return status;
}

void cnn_pixels_to_float(const uint8_t *pixels, const int64_t shape[3], float *image) {
    int64_t channels = shape[0], plane = shape[1] * shape[2];
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < plane; i++)
            image[c * plane + i] = (float)pixels[i * channels + c] / 255.0f;
}

static cnn_status convert_to_float(const cnn_image *decoded, const int64_t shape[3], float *image,
                                   cnn_error *error) {
    int64_t plane, values;
    if (!cnn_multiply(shape[1], shape[2], &plane) || !cnn_multiply(plane, shape[0], &values))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the image's shape is too large");
    uint8_t *pixels = cnn_allocate((size_t)values, 1, "an image", error);
    if (!pixels)
        return CNN_ERROR_MEMORY;
    cnn_status status = cnn_image_convert(decoded, shape, pixels, error);
    if (status == CNN_OK)
        cnn_pixels_to_float(pixels, shape, image);
    cnn_free(pixels);
    return status;
}

cnn_status cnn_image_read(const char *path, const int64_t shape[3], float *image, cnn_error *error) {
    if (shape[0] < 1 || shape[1] < 1 || shape[2] < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "an image's shape must be at least 1x1x1, not %" PRId64 "x%" PRId64 "x%" PRId64,
                        shape[0], shape[1], shape[2]);
    cnn_image decoded;
    cnn_status status = cnn_image_load(path, &decoded, error);
    if (status != CNN_OK)
        return status;
    status = convert_to_float(&decoded, shape, image, error);
    cnn_free(decoded.pixels);
    return status;
}
