#include "data/prepare.h"

#include "base/memory.h"
#include "data/resize.h"

#include <inttypes.h>
#include <string.h>

enum { CENTRED_SIDE = 28 }; /* of MNIST's images */

cnn_status cnn_prepare_check(const cnn_image_options *options, cnn_error *error) {
    if (options->channels != 0 && options->channels != 1 && options->channels != 3)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "images can be converted to grey (1 channel) or colour (3 channels), not to %" PRId64
                        " channels",
                        options->channels);
    if (options->height < 0 || options->width < 0 || options->resize < 0 || options->max_pixels < 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "height, width, resize and max_pixels of an image must not be negative");
    if (options->centre && options->resize)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "an image can be centred or have its shorter side resized, but not both");
    return CNN_OK;
}

/* The first that is not 0. */
static int64_t first_given(int64_t a, int64_t b, int64_t c) {
    return a ? a : b ? b : c;
}

void cnn_prepare_shape(const cnn_image_options *options, const cnn_image *image, int64_t shape[3]) {
    int64_t square = options->centre ? CENTRED_SIDE : options->resize;
    shape[0] = first_given(options->channels, image->channels, 1);
    shape[1] = first_given(options->height, square, image->height);
    shape[2] = first_given(options->width, square, image->width);
}

/* ---- Colours --------------------------------------------------------------------------------------- */

/* In 16-bit fixed point, rounded: the weights sum to 65536. */
void cnn_to_grey(const uint8_t *colour, int64_t pixels, uint8_t *grey) {
    for (int64_t i = 0; i < pixels; i++, colour += 3)
        grey[i] = (uint8_t)((19595u * colour[0] + 38470u * colour[1] + 7471u * colour[2] + 32768u) >> 16);
}

static void to_colour(const uint8_t *grey, int64_t pixels, uint8_t *colour) {
    for (int64_t i = 0; i < pixels; i++)
        memset(colour + 3 * i, grey[i], 3);
}

/* A copy of the pixels with that many channels. */
static cnn_status recolour(const cnn_image *image, int64_t channels, cnn_image *coloured, cnn_error *error) {
    int64_t pixels = image->height * image->width;
    bool same = image->channels == channels, reduce = image->channels == 3 && channels == 1;
    if (!same && !reduce && !(image->channels == 1 && channels == 3))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "an image of %" PRId64 " channels cannot be converted to one of %" PRId64
                        "; only grey (1) and colour (3) can be converted into each other",
                        image->channels, channels);
    *coloured = *image;
    coloured->channels = channels;
    coloured->pixels = cnn_allocate((size_t)pixels, (size_t)channels, "an image", error);
    if (!coloured->pixels)
        return CNN_ERROR_MEMORY;
    if (same)
        memcpy(coloured->pixels, image->pixels, (size_t)(pixels * channels));
    else
        (reduce ? cnn_to_grey : to_colour)(image->pixels, pixels, coloured->pixels);
    return CNN_OK;
}

static void invert(cnn_image *image) {
    int64_t values = image->height * image->width * image->channels;
    for (int64_t i = 0; i < values; i++)
        image->pixels[i] = (uint8_t)(255 - image->pixels[i]);
}

/* Red, green, blue -> blue, green, red. */
static void turn_channels(uint8_t *pixels, int64_t count) {
    for (int64_t i = 0; i < count; i++, pixels += 3) {
        uint8_t red = pixels[0];
        pixels[0] = pixels[2];
        pixels[2] = red;
    }
}

/* ---- Size ------------------------------------------------------------------------------------------ */

/* Where the middle `wanted` of `size` positions begin; negative if there are fewer. As torchvision's CenterCrop: half
 * a position is rounded to the even neighbour; what is missing is padded, an odd row or column at the end. */
static int64_t crop_start(int64_t size, int64_t wanted) {
    int64_t surplus = size - wanted, half = surplus / 2;
    return surplus > 0 && surplus % 2 ? half + half % 2 : half;
}

/* Crop the centre into `to`, which is black where the image does not reach. */
static void crop(const cnn_image *image, int64_t height, int64_t width, uint8_t *to) {
    int64_t top = crop_start(image->height, height), left = crop_start(image->width, width);
    int64_t bytes = image->channels, first = left < 0 ? -left : 0;
    int64_t columns = image->width < width ? image->width : width;
    memset(to, 0, (size_t)(height * width * bytes));
    for (int64_t y = 0; y < height; y++)
        if (y + top >= 0 && y + top < image->height)
            memcpy(to + (y * width + first) * bytes,
                   image->pixels + ((y + top) * image->width + first + left) * bytes,
                   (size_t)(columns * bytes));
}

/* The size whose shorter side is `side` and whose longer one is in proportion, rounded down as torchvision does. */
static cnn_status proportional_size(const cnn_image *image, const cnn_image_options *options,
                                    cnn_image *scaled, cnn_error *error) {
    int64_t side = options->resize, product, pixels;
    int64_t max = options->max_pixels ? options->max_pixels : CNN_MAX_PIXELS;
    int64_t whole[2];
    cnn_image_whole(image, whole);
    bool upright = whole[1] <= whole[0];
    int64_t shorter = upright ? whole[1] : whole[0], longer = upright ? whole[0] : whole[1];
    if (!cnn_multiply(side, longer, &product) || !cnn_multiply(side, product / shorter, &pixels) ||
        pixels > max)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "a picture of %" PRId64 " x %" PRId64
                        " pixels with its shorter side resized to %" PRId64 " has more than %" PRId64
                        " pixels",
                        whole[1], whole[0], side, max);
    scaled->channels = image->channels;
    scaled->height = upright ? product / shorter : side;
    scaled->width = upright ? side : product / shorter;
    return CNN_OK;
}

/* The shorter side becomes options->resize, then the centre is cropped, as torchvision evaluates. */
static cnn_status resize_and_crop(const cnn_image *image, const cnn_image_options *options, int64_t height,
                                  int64_t width, uint8_t *to, cnn_error *error) {
    cnn_image scaled = {0};
    cnn_status status = proportional_size(image, options, &scaled, error);
    if (status != CNN_OK)
        return status;
    scaled.pixels =
        cnn_allocate((size_t)(scaled.height * scaled.width), (size_t)scaled.channels, "resizing", error);
    if (!scaled.pixels)
        return CNN_ERROR_MEMORY;
    status = cnn_resize(image, scaled.height, scaled.width, scaled.pixels, error);
    if (status == CNN_OK)
        crop(&scaled, height, width, to);
    cnn_free(scaled.pixels);
    return status;
}

/* One of the three ways to the wanted size: centred as a drawing, resized and cropped, or resized whatever the aspect
 * ratio. */
static cnn_status bring_to_size(const cnn_image *image, const cnn_image_options *options, int64_t height,
                                int64_t width, uint8_t *to, cnn_error *error) {
    if (options->centre)
        return cnn_centre(image, height, width, to, error);
    if (options->resize)
        return resize_and_crop(image, options, height, width, to, error);
    return cnn_resize(image, height, width, to, error);
}

cnn_status cnn_prepare(const cnn_image *image, const cnn_image_options *options, const int64_t shape[3],
                       uint8_t *to, cnn_error *error) {
    cnn_image own = *image;
    bool copied = image->channels != shape[0] || options->invert;
    cnn_status status = copied ? recolour(image, shape[0], &own, error) : CNN_OK;
    if (status != CNN_OK)
        return status;
    if (options->invert)
        invert(&own);
    status = bring_to_size(&own, options, shape[1], shape[2], to, error);
    if (copied)
        cnn_free(own.pixels);
    if (status == CNN_OK && options->bgr && shape[0] == 3)
        turn_channels(to, shape[1] * shape[2]);
    return status;
}

void cnn_pixels_to_float(const uint8_t *pixels, const int64_t shape[3], float *image) {
    int64_t channels = shape[0], plane = shape[1] * shape[2];
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < plane; i++)
            image[c * plane + i] = (float)pixels[i * channels + c] / 255.0f;
}
