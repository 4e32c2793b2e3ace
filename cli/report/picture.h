/* Small pictures: made here, written into the page as PNG. */
#ifndef CLI_REPORT_PICTURE_H
#define CLI_REPORT_PICTURE_H

#include "html.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct cli_picture {
    int64_t width, height;
    uint8_t *rgba; /* H,W,4 */
} cli_picture;

/* A transparent one; release with cli_picture_free. */
cli_picture cli_picture_new(int64_t width, int64_t height);
void cli_picture_free(cli_picture *picture);
void cli_picture_set(const cli_picture *picture, int64_t x, int64_t y, const uint8_t rgb[3]);
/* Lay `top` on it, its left upper corner at x, y; it must lie within. */
void cli_picture_put(const cli_picture *picture, int64_t x, int64_t y, const cli_picture *top);

/* How an image C,H,W in 0..1 is shown: of 3 channels in colour (blue first if `bgr`), else the first one in grey. */
typedef struct cli_image_view {
    int64_t channels, height, width;
    bool bgr;
} cli_image_view;

/* A rectangle of an image; [first, end). */
typedef struct cli_rectangle {
    int64_t first_row, end_row, first_column, end_column;
} cli_rectangle;

/* That part of the image, reduced by whole numbers so that no side is longer than `most`. */
cli_picture cli_picture_of_part(const cli_image_view *view, const float *image, cli_rectangle part,
                                int64_t most);
cli_picture cli_picture_of_image(const cli_image_view *view, const float *image, int64_t most);
/* H,W numbers in the colours of cli_map_colour, reduced likewise (of the values that become one pixel the mean). */
cli_picture cli_picture_of_map(const float *map, int64_t rows, int64_t columns, double limit, int64_t most);

/* Heat from 0 to 1 (H,W) laid over a picture of any size: stretched bilinearly, dark violet through red to yellow; where
 * it is 0 the picture is left as it is, in grey. */
void cli_picture_heat(const cli_picture *picture, const float *heat, int64_t rows, int64_t columns);

/* <img> of `scale` CSS pixels a pixel. `alternative`: what it shows, in words. */
void cli_html_picture(cli_html *html, const cli_picture *picture, int64_t scale, const char *alternative);

#endif
