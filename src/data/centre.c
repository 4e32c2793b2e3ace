#include "data/prepare.h"

#include "base/memory.h"
#include "data/resize.h"

#include <math.h>
#include <string.h>

/* Ink is what is at least a quarter of the way from the darkest to the brightest value: the grain of a photographed
 * sheet is not. MNIST draws in a box of 20 of its 28 pixels. */
enum { INK_SHARE = 4, BOX = 20, SIDE = 28 };

typedef struct box {
    int64_t top, left, height, width;
} box;

/* The pixel's grey value, 0 to 255. */
static uint8_t brightness(const cnn_image *image, int64_t y, int64_t x) {
    const uint8_t *pixel = image->pixels + (y * image->width + x) * image->channels;
    uint8_t brightest = pixel[0];
    for (int64_t c = 1; c < image->channels; c++)
        if (pixel[c] > brightest)
            brightest = pixel[c];
    return brightest;
}

/* The darkest and the brightest grey value of the picture. */
static void find_range(const cnn_image *image, int *darkest, int *brightest) {
    *darkest = 255;
    *brightest = 0;
    for (int64_t y = 0; y < image->height; y++)
        for (int64_t x = 0; x < image->width; x++) {
            int value = brightness(image, y, x);
            *darkest = value < *darkest ? value : *darkest;
            *brightest = value > *brightest ? value : *brightest;
        }
}

/* The bounding box of the pixels that are at least as bright as the threshold. */
static box find_ink(const cnn_image *image, int threshold) {
    int64_t top = image->height, left = image->width, bottom = -1, right = -1;
    for (int64_t y = 0; y < image->height; y++)
        for (int64_t x = 0; x < image->width; x++)
            if (brightness(image, y, x) >= threshold) {
                top = y < top ? y : top;
                left = x < left ? x : left;
                bottom = y;
                right = x > right ? x : right;
            }
    return (box){top, left, bottom - top + 1, right - left + 1};
}

static void copy_rows(const uint8_t *from, int64_t from_stride, uint8_t *to, int64_t to_stride, int64_t rows,
                      int64_t bytes) {
    for (int64_t y = 0; y < rows; y++)
        memcpy(to + y * to_stride, from + y * from_stride, (size_t)bytes);
}

/* The box of the image, scaled to height x width: allocated. */
static cnn_status scale_box(const cnn_image *image, const box *ink, cnn_image *scaled, cnn_error *error) {
    int64_t channels = image->channels, row = ink->width * channels;
    cnn_image cut = {.height = ink->height, .width = ink->width, .channels = channels};
    cut.pixels = cnn_allocate((size_t)(ink->height * row), 1, "centring an image", error);
    scaled->pixels =
        cnn_allocate((size_t)(scaled->height * scaled->width * channels), 1, "centring an image", error);
    cnn_status status = cut.pixels && scaled->pixels ? CNN_OK : CNN_ERROR_MEMORY;
    if (status == CNN_OK) {
        const uint8_t *corner = image->pixels + (ink->top * image->width + ink->left) * channels;
        copy_rows(corner, image->width * channels, cut.pixels, row, ink->height, row);
        status = cnn_resize(&cut, scaled->height, scaled->width, scaled->pixels, error);
    }
    cnn_free(cut.pixels);
    return status;
}

/* In pixels from the image's top left corner. */
static void centre_of_mass(const cnn_image *image, int darkest, double *y_mean, double *x_mean) {
    double mass = 0, y_sum = 0, x_sum = 0;
    for (int64_t y = 0; y < image->height; y++)
        for (int64_t x = 0; x < image->width; x++) {
            double weight = fmax(brightness(image, y, x) - darkest, 0);
            mass += weight;
            y_sum += weight * ((double)y + 0.5);
            x_sum += weight * ((double)x + 0.5);
        }
    *y_mean = mass > 0 ? y_sum / mass : (double)image->height / 2;
    *x_mean = mass > 0 ? x_sum / mass : (double)image->width / 2;
}

/* Where `size` positions begin in `room`, so that `mean` of them lies in its middle, as far as they fit. */
static int64_t place(double mean, int64_t size, int64_t room) {
    return (int64_t)fmin(fmax(round((double)room / 2 - mean), 0), (double)(room - size));
}

/* Rounded, at least 1, at most `max`. */
static int64_t scaled_side(int64_t side, double factor, int64_t max) {
    return (int64_t)fmin(fmax(round((double)side * factor), 1), (double)max);
}

cnn_status cnn_centre(const cnn_image *image, int64_t height, int64_t width, uint8_t *to, cnn_error *error) {
    int darkest, brightest;
    find_range(image, &darkest, &brightest);
    if (darkest == brightest)
        return cnn_resize(image, height, width, to, error);
    box ink = find_ink(image, darkest + (brightest - darkest + INK_SHARE - 1) / INK_SHARE);
    double factor = fmin((double)height * BOX / SIDE / (double)ink.height,
                         (double)width * BOX / SIDE / (double)ink.width);
    cnn_image scaled = {.height = scaled_side(ink.height, factor, height),
                        .width = scaled_side(ink.width, factor, width),
                        .channels = image->channels};
    cnn_status status = scale_box(image, &ink, &scaled, error);
    if (status == CNN_OK) {
        double y, x;
        centre_of_mass(&scaled, darkest, &y, &x);
        int64_t top = place(y, scaled.height, height), left = place(x, scaled.width, width);
        int64_t row = width * scaled.channels, bytes = scaled.width * scaled.channels;
        memset(to, 0, (size_t)(height * row));
        copy_rows(scaled.pixels, bytes, to + top * row + left * scaled.channels, row, scaled.height, bytes);
    }
    cnn_free(scaled.pixels);
    return status;
}
