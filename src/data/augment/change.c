/* Applying what was drawn to an image. */
#include "data/augment/augment.h"

#include "base/numbers.h"

#include <math.h>
#include <string.h>

/* ---- Resampling ------------------------------------------------------------------------------------- */

enum { BEFORE = 1, AFTER = 2, FRAME = BEFORE + AFTER, BLOCK = 64 };

int64_t cnn_framed_values(const int64_t shape[3]) {
    return (shape[1] + FRAME) * (shape[2] + FRAME) * shape[0];
}

float *cnn_framed_row(const int64_t shape[3], float *framed, int64_t y) {
    return framed + ((y + BEFORE) * (shape[2] + FRAME) + BEFORE) * shape[0];
}

/* Where some pixels of a row come from: the first of four neighbours, and how far it is from there. */
typedef struct places {
    int32_t first[BLOCK]; /* its value in the framed image */
    float down[BLOCK], right[BLOCK];
} places;

/* Within the frame, which begins at 0: what is farther outside is as black as its edge. */
static inline float within_frame(float at, float last) {
    at = at > 0 ? at : 0;
    return at < last ? at : last;
}

/* Of `count` pixels of row y from column x on. */
static void find_places(const cnn_changes *changes, const int64_t shape[3], int64_t y, int64_t x,
                        int64_t count, places *p) {
    const double(*warp)[3] = changes->warp;
    const float row = (float)(warp[0][0] * (double)y + warp[0][1] * (double)x + warp[0][2] + BEFORE),
                column = (float)(warp[1][0] * (double)y + warp[1][1] * (double)x + warp[1][2] + BEFORE),
                row_step = (float)warp[0][1], column_step = (float)warp[1][1],
                last_row = (float)(shape[1] + BEFORE), last_column = (float)(shape[2] + BEFORE);
    const int32_t stride = (int32_t)((shape[2] + FRAME) * shape[0]), channels = (int32_t)shape[0];
    for (int32_t i = 0; i < (int32_t)count; i++) {
        const float down = within_frame(row + row_step * (float)i, last_row),
                    right = within_frame(column + column_step * (float)i, last_column);
        const int32_t top = (int32_t)down, left = (int32_t)right;
        p->first[i] = top * stride + left * channels;
        p->down[i] = down - (float)top;
        p->right[i] = right - (float)left;
    }
}

/* Bilinear, from the pixel at `from` and the three after it. */
static inline void interpolate(const float *from, int64_t stride, int64_t channels, float down, float right,
                               float *to) {
    const float top_left = (1 - down) * (1 - right), top_right = (1 - down) * right,
                bottom_left = down * (1 - right), bottom_right = down * right;
    for (int64_t c = 0; c < channels; c++)
        to[c] = top_left * from[c] + top_right * from[channels + c] + bottom_left * from[stride + c] +
                bottom_right * from[stride + channels + c];
}

/* In a function of its own for each number of channels, which the compiler unrolls. */
static inline void gather_of(const places *p, const float *framed, int64_t stride, int64_t channels,
                             int64_t count, float *to) {
    for (int64_t i = 0; i < count; i++)
        interpolate(framed + p->first[i], stride, channels, p->down[i], p->right[i], to + i * channels);
}

static void gather(const places *p, const float *framed, const int64_t shape[3], int64_t count, float *to) {
    const int64_t stride = (shape[2] + FRAME) * shape[0];
    if (shape[0] == 1)
        gather_of(p, framed, stride, 1, count, to);
    else if (shape[0] == 3)
        gather_of(p, framed, stride, 3, count, to);
    else
        gather_of(p, framed, stride, shape[0], count, to);
}

void cnn_changes_warp(const cnn_changes *changes, const int64_t shape[3], const float *framed, float *to) {
    places p;
    for (int64_t y = 0; y < shape[1]; y++)
        for (int64_t x = 0; x < shape[2]; x += BLOCK) {
            const int64_t count = cnn_min(BLOCK, shape[2] - x);
            find_places(changes, shape, y, x, count, &p);
            gather(&p, framed, shape, count, to + (y * shape[2] + x) * shape[0]);
        }
}

/* ---- Colours ---------------------------------------------------------------------------------------- */

static float clamp(float value) {
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

/* ITU-R BT.601 of colour, else the value itself. */
static float grey(const float *pixel, int64_t channels) {
    return channels == 3 ? 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2] : pixel[0];
}

/* Move all values away from `middle` by a factor. */
static void stretch(float *values, int64_t count, float middle, float factor) {
    for (int64_t i = 0; i < count; i++)
        values[i] = clamp(middle + (values[i] - middle) * factor);
}

/* Likewise each of red, green and blue away from its pixel's grey. */
static void saturate(float *image, int64_t pixels, float factor) {
    for (int64_t i = 0; i < pixels; i++, image += 3) {
        const float middle = grey(image, 3);
        for (int c = 0; c < 3; c++)
            image[c] = clamp(middle + (image[c] - middle) * factor);
    }
}

/* In four sums, which need not wait for each other. */
static float mean_grey(const float *image, int64_t channels, int64_t pixels) {
    enum { SUMS = 4 };
    double sums[SUMS] = {0};
    for (int64_t i = 0; i < pixels; i++)
        sums[i % SUMS] += (double)grey(image + i * channels, channels);
    return (float)((sums[0] + sums[1] + sums[2] + sums[3]) / (double)pixels);
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
        const float at = hue - 2 * (float)c, below = at >= 3 ? at - 6 : at,
                    place = below < -3 ? below + 6 : below;
        pixel[c] = least + chroma * clamp(2 - fabsf(place));
    }
}

void cnn_changes_colour(const cnn_changes *changes, const int64_t shape[3], float *image) {
    const int64_t channels = shape[0], pixels = shape[1] * shape[2], values = channels * pixels;
    if (changes->brightness != 1)
        stretch(image, values, 0, (float)changes->brightness);
    if (changes->contrast != 1)
        stretch(image, values, mean_grey(image, channels, pixels), (float)changes->contrast);
    if (changes->saturation != 1)
        saturate(image, pixels, (float)changes->saturation);
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
