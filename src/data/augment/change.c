/* Applying what was drawn to an image. */
#include "data/augment/augment.h"

#include "base/numbers.h"

#include <math.h>
#include <string.h>

/* ---- Resampling ------------------------------------------------------------------------------------- */

/* One pixel, bilinear, at row y and column x; outside of the image all is black. */
static void sample(const float *from, const int64_t shape[3], double y, double x, float *to) {
    const int64_t channels = shape[0], height = shape[1], width = shape[2];
    memset(to, 0, (size_t)channels * sizeof *to);
    if (!(y > -1 && y < (double)height && x > -1 && x < (double)width))
        return;
    const int64_t top = (int64_t)floor(y), left = (int64_t)floor(x);
    const float down = (float)(y - (double)top), right = (float)(x - (double)left);
    const float share[2][2] = {{(1 - down) * (1 - right), (1 - down) * right},
                               {down * (1 - right), down * right}};
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            if (top + i < 0 || top + i >= height || left + j < 0 || left + j >= width)
                continue;
            const float *pixel = from + ((top + i) * width + left + j) * channels;
            for (int64_t c = 0; c < channels; c++)
                to[c] += share[i][j] * pixel[c];
        }
}

void cnn_changes_warp(const cnn_changes *changes, const int64_t shape[3], const float *from, float *to) {
    for (int64_t y = 0; y < shape[1]; y++)
        for (int64_t x = 0; x < shape[2]; x++, to += shape[0])
            sample(from, shape,
                   changes->warp[0][0] * (double)y + changes->warp[0][1] * (double)x + changes->warp[0][2],
                   changes->warp[1][0] * (double)y + changes->warp[1][1] * (double)x + changes->warp[1][2],
                   to);
}

/* ---- Colours ---------------------------------------------------------------------------------------- */

static float clamp(float value) {
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

/* ITU-R BT.601 of colour, else the value itself. */
static float grey(const float *pixel, int64_t channels) {
    return channels == 3 ? 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2] : pixel[0];
}

/* Move all values away from `middle` (or, where it is below 0, from the pixel's grey) by a factor. */
static void stretch(float *image, int64_t channels, int64_t pixels, float middle, float factor) {
    for (int64_t i = 0; i < pixels; i++, image += channels) {
        const float from = middle >= 0 ? middle : grey(image, channels);
        for (int64_t c = 0; c < channels; c++)
            image[c] = clamp(from + (image[c] - from) * factor);
    }
}

static float mean_grey(const float *image, int64_t channels, int64_t pixels) {
    double sum = 0;
    for (int64_t i = 0; i < pixels; i++)
        sum += (double)grey(image + i * channels, channels);
    return (float)(sum / (double)pixels);
}

/* The hue of HSV turned by `turn` of the circle; value and saturation stay (A. R. Smith 1978). */
static void turn_pixel(float *pixel, float turn) {
    const float most = fmaxf(pixel[0], fmaxf(pixel[1], pixel[2])),
                least = fminf(pixel[0], fminf(pixel[1], pixel[2])), chroma = most - least;
    if (!(chroma > 0))
        return;
    float hue = most == pixel[0]   ? (pixel[1] - pixel[2]) / chroma
                : most == pixel[1] ? 2 + (pixel[2] - pixel[0]) / chroma
                                   : 4 + (pixel[0] - pixel[1]) / chroma;
    hue += 6 * turn;
    for (int c = 0; c < 3; c++) { /* each channel is a trapezium of the hue, a third of the circle apart */
        const float at = hue - 2 * (float)c, place = at - 6 * floorf((at + 3) / 6);
        pixel[c] = least + chroma * clamp(2 - fabsf(place));
    }
}

void cnn_changes_colour(const cnn_changes *changes, const int64_t shape[3], float *image) {
    const int64_t channels = shape[0], pixels = shape[1] * shape[2];
    if (changes->brightness != 1)
        stretch(image, channels, pixels, 0, (float)changes->brightness);
    if (changes->contrast != 1)
        stretch(image, channels, pixels, mean_grey(image, channels, pixels), (float)changes->contrast);
    if (changes->saturation != 1)
        stretch(image, channels, pixels, -1, (float)changes->saturation);
    for (int64_t i = 0; changes->hue != 0 && i < pixels; i++)
        turn_pixel(image + i * channels, (float)changes->hue);
}

/* ---- Erasing ---------------------------------------------------------------------------------------- */

void cnn_changes_erase(const cnn_changes *changes, const int64_t shape[3], const float *value, float *image) {
    for (size_t k = 0; k < sizeof changes->erased / sizeof changes->erased[0]; k++) {
        const cnn_box box = changes->erased[k];
        for (int64_t y = box.top; y < box.bottom; y++)
            for (int64_t x = box.left; x < box.right; x++)
                memcpy(image + (y * shape[2] + x) * shape[0], value, (size_t)shape[0] * sizeof *image);
    }
}
