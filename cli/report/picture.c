#include "picture.h"

#include "map_picture.h"
#include "output.h"

#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

cli_picture cli_picture_new(int64_t width, int64_t height) {
    return (cli_picture){width, height, cli_allocate((size_t)(width * height), 4)};
}

void cli_picture_free(cli_picture *picture) {
    free(picture->rgba);
    *picture = (cli_picture){0};
}

void cli_picture_set(const cli_picture *picture, int64_t x, int64_t y, const uint8_t rgb[3]) {
    uint8_t *pixel = picture->rgba + (y * picture->width + x) * 4;
    memcpy(pixel, rgb, 3);
    pixel[3] = 255;
}

void cli_picture_put(const cli_picture *picture, int64_t x, int64_t y, const cli_picture *top) {
    for (int64_t row = 0; row < top->height; row++)
        memcpy(picture->rgba + ((y + row) * picture->width + x) * 4, top->rgba + row * top->width * 4,
               (size_t)top->width * 4);
}

/* ---- Of images and maps ---------------------------------------------------------------------------- */

/* By how much a side is reduced. */
static int64_t reduction(int64_t rows, int64_t columns, int64_t most) {
    const int64_t longest = rows > columns ? rows : columns;
    return (longest + most - 1) / most;
}

/* The mean of a block of `side` x `side` values that begins at row, column; less at the edges. */
static double block_mean(const float *map, int64_t width, cli_rectangle part, int64_t side) {
    double sum = 0;
    int64_t count = 0;
    for (int64_t y = part.first_row; y < part.first_row + side && y < part.end_row; y++)
        for (int64_t x = part.first_column; x < part.first_column + side && x < part.end_column; x++, count++)
            sum += (double)map[y * width + x];
    return count ? sum / (double)count : 0;
}

static uint8_t byte_of(double value) {
    return (uint8_t)lround(255 * fmin(fmax(value, 0), 1));
}

cli_picture cli_picture_of_part(const cli_image_view *view, const float *image, cli_rectangle part,
                                int64_t most) {
    const int64_t rows = part.end_row - part.first_row, columns = part.end_column - part.first_column;
    const int64_t side = reduction(rows, columns, most), area = view->height * view->width;
    const cli_picture picture = cli_picture_new((columns + side - 1) / side, (rows + side - 1) / side);
    for (int64_t y = 0; y < picture.height; y++)
        for (int64_t x = 0; x < picture.width; x++) {
            const cli_rectangle block = {part.first_row + y * side, part.end_row,
                                         part.first_column + x * side, part.end_column};
            uint8_t rgb[3];
            for (int c = 0; c < 3; c++) {
                const int64_t channel = view->channels < 3 ? 0 : view->bgr ? 2 - c : c;
                rgb[c] = byte_of(block_mean(image + channel * area, view->width, block, side));
            }
            cli_picture_set(&picture, x, y, rgb);
        }
    return picture;
}

cli_picture cli_picture_of_image(const cli_image_view *view, const float *image, int64_t most) {
    return cli_picture_of_part(view, image, (cli_rectangle){0, view->height, 0, view->width}, most);
}

cli_picture cli_picture_of_map(const float *map, int64_t rows, int64_t columns, double limit, int64_t most) {
    const int64_t side = reduction(rows, columns, most);
    const cli_picture picture = cli_picture_new((columns + side - 1) / side, (rows + side - 1) / side);
    for (int64_t y = 0; y < picture.height; y++)
        for (int64_t x = 0; x < picture.width; x++) {
            uint8_t rgb[3];
            const cli_rectangle block = {y * side, rows, x * side, columns};
            cli_map_colour(block_mean(map, columns, block, side), limit, rgb);
            cli_picture_set(&picture, x, y, rgb);
        }
    return picture;
}

/* ---- Heat ------------------------------------------------------------------------------------------ */

/* The place of a pixel's middle on an axis of `size` values: which two it lies between, and how far from the first. */
typedef struct between {
    int64_t first, second;
    double share;
} between;

static between place_of(int64_t pixel, int64_t pixels, int64_t size) {
    const double at =
        fmin(fmax(((double)pixel + 0.5) * (double)size / (double)pixels - 0.5, 0), (double)(size - 1));
    const int64_t first = (int64_t)at;
    return (between){first, first + 1 < size ? first + 1 : first, at - (double)first};
}

static double heat_at(const float *heat, int64_t columns, between y, between x) {
    const float *upper = heat + y.first * columns, *lower = heat + y.second * columns;
    const double above = (1 - x.share) * (double)upper[x.first] + x.share * (double)upper[x.second];
    const double below = (1 - x.share) * (double)lower[x.first] + x.share * (double)lower[x.second];
    return fmin(fmax((1 - y.share) * above + y.share * below, 0), 1);
}

/* Stops of matplotlib's "inferno" at 0.25, 0.5, 0.75 and 1, from which it is easy to tell more from less. */
static const uint8_t heat_stops[4][3] = {
    {0x57, 0x10, 0x6e}, {0xbc, 0x37, 0x54}, {0xf9, 0x8e, 0x09}, {0xfc, 0xff, 0xa4}};

/* Grey of the pixel below, under a colour that covers more the hotter it is. */
static void heat_pixel(uint8_t *rgba, double heat) {
    const double grey = (299 * rgba[0] + 587 * rgba[1] + 114 * rgba[2]) / 1000.0, cover = 0.75 * sqrt(heat);
    const double place = 3 * heat;
    const int before = place >= 3 ? 2 : (int)place;
    for (int k = 0; k < 3; k++) {
        const double colour =
            heat_stops[before][k] + (place - before) * (heat_stops[before + 1][k] - heat_stops[before][k]);
        rgba[k] = (uint8_t)lround((1 - cover) * grey + cover * colour);
    }
}

void cli_picture_heat(const cli_picture *picture, const float *heat, int64_t rows, int64_t columns) {
    for (int64_t y = 0; y < picture->height; y++)
        for (int64_t x = 0; x < picture->width; x++)
            heat_pixel(picture->rgba + (y * picture->width + x) * 4,
                       heat_at(heat, columns, place_of(y, picture->height, rows),
                               place_of(x, picture->width, columns)));
}

/* ---- Into the page --------------------------------------------------------------------------------- */

/* Four characters for three bytes; of fewer the rest is "=". */
static void add_base64(cli_html *html, const uint8_t *bytes, size_t count) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = cli_allocate((count + 2) / 3 * 4 + 1, 1), *to = text;
    for (size_t i = 0; i < count; i += 3, to += 4) {
        const size_t left = count - i;
        const uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? bytes[i + 2] : 0);
        for (int k = 0; k < 4; k++)
            to[k] = (size_t)k > left ? '=' : digits[group >> (18 - 6 * k) & 63];
    }
    cli_html_add(html, "%s", text);
    free(text);
}

/* Whether all pixels are grey, and whether all are opaque. */
static void look_at(const cli_picture *picture, bool *grey, bool *opaque) {
    *grey = *opaque = true;
    for (int64_t i = 0; i < picture->width * picture->height; i++) {
        const uint8_t *pixel = picture->rgba + 4 * i;
        *grey = *grey && pixel[0] == pixel[1] && pixel[1] == pixel[2];
        *opaque = *opaque && pixel[3] == 255;
    }
}

/* The channels that the PNG has, packed: 1 (grey), 3 or 4. */
static uint8_t *pack(const cli_picture *picture, int channels) {
    const size_t pixels = (size_t)(picture->width * picture->height);
    uint8_t *packed = cli_allocate(pixels, (size_t)channels);
    for (size_t i = 0; i < pixels; i++)
        memcpy(packed + i * (size_t)channels, picture->rgba + 4 * i, (size_t)channels);
    return packed;
}

static void add_png(cli_html *html, const cli_picture *picture) {
    bool grey, opaque;
    look_at(picture, &grey, &opaque);
    const int channels = !opaque ? 4 : grey ? 1 : 3;
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)picture->width,
                       .height = (png_uint_32)picture->height,
                       .format = channels == 4   ? PNG_FORMAT_RGBA
                                 : channels == 3 ? PNG_FORMAT_RGB
                                                 : PNG_FORMAT_GRAY};
    uint8_t *packed = pack(picture, channels);
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *bytes = cli_allocate(size, 1);
    if (!png_image_write_to_memory(&image, bytes, &size, 0, packed, 0, NULL)) /* which only lacks memory */
        exit(cli_fail("out of memory: a picture of the report: %s", image.message));
    add_base64(html, bytes, size);
    free(bytes);
    free(packed);
}

void cli_html_picture(cli_html *html, const cli_picture *picture, int64_t scale, const char *alternative) {
    cli_html_add(html, "<img width=\"%lld\" height=\"%lld\" alt=\"", (long long)(picture->width * scale),
                 (long long)(picture->height * scale));
    cli_html_text(html, "%s", alternative);
    cli_html_add(html, "\" src=\"data:image/png;base64,");
    add_png(html, picture);
    cli_html_add(html, "\">");
}
