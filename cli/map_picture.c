#include "map_picture.h"

#include "options.h"
#include "output.h"
#include "png_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct colour {
    uint8_t rgb[3];
} colour;

enum { STOPS = 5 };
/* ColorBrewer's PuOr of 5 classes, from -1 to 1 (https://colorbrewer2.org). */
static const uint8_t diverging[STOPS][3] = {
    {0x5e, 0x3c, 0x99}, {0xb2, 0xab, 0xd2}, {0xf7, 0xf7, 0xf7}, {0xfd, 0xb8, 0x63}, {0xe6, 0x61, 0x01}};
/* Matplotlib's viridis at five places, from 0 to 1 (https://bids.github.io/colormap). */
static const uint8_t sequential[STOPS][3] = {
    {0x44, 0x01, 0x54}, {0x3b, 0x52, 0x8b}, {0x21, 0x91, 0x8c}, {0x5e, 0xc9, 0x62}, {0xfd, 0xe7, 0x25}};

/* The smallest value that has a colour of its own. */
static double lowest(const cli_map *map) {
    return map->from_zero ? 0 : -map->limit;
}

static colour colour_of(const cli_map *map, double value) {
    const uint8_t(*stops)[3] = map->from_zero ? sequential : diverging;
    colour c = {{0, 0, 0}};
    if (!isfinite(value))
        return c;
    const double share = (value - lowest(map)) / (map->limit - lowest(map));
    const double place = (STOPS - 1) * fmin(fmax(share, 0), 1);
    const int before = place >= STOPS - 1 ? STOPS - 2 : (int)place;
    for (int k = 0; k < 3; k++)
        c.rgb[k] =
            (uint8_t)lround(stops[before][k] + (place - before) * (stops[before + 1][k] - stops[before][k]));
    return c;
}

void cli_map_colour(double value, double limit, uint8_t rgb[3]) {
    const cli_map map = {.limit = limit};
    const colour c = colour_of(&map, value);
    memcpy(rgb, c.rgb, sizeof c.rgb);
}

/* ---- A picture of pixels --------------------------------------------------------------------------- */

typedef struct picture {
    int64_t width, height;
    colour *pixels;
} picture;

static void fill(const picture *p, int64_t left, int64_t top, int64_t width, int64_t height, colour c) {
    for (int64_t y = top; y < top + height; y++)
        for (int64_t x = left; x < left + width; x++)
            if (x >= 0 && x < p->width && y >= 0 && y < p->height)
                p->pixels[y * p->width + x] = c;
}

/* ---- Figures of the legend ------------------------------------------------------------------------- */

enum { GLYPH_WIDTH = 3, GLYPH_HEIGHT = 5, DOT = 2, PITCH = (GLYPH_WIDTH + 1) * DOT };

/* Characters of 3 x 5 dots, a row in three bits. */
static const struct {
    char character;
    uint8_t rows[GLYPH_HEIGHT];
} glyphs[] = {
    {'0', {7, 5, 5, 5, 7}}, {'1', {2, 6, 2, 2, 7}}, {'2', {7, 1, 7, 4, 7}}, {'3', {7, 1, 3, 1, 7}},
    {'4', {5, 5, 7, 1, 1}}, {'5', {7, 4, 7, 1, 7}}, {'6', {7, 4, 7, 5, 7}}, {'7', {7, 1, 2, 2, 2}},
    {'8', {7, 5, 7, 5, 7}}, {'9', {7, 5, 7, 1, 7}}, {'-', {0, 0, 7, 0, 0}}, {'+', {0, 2, 7, 2, 0}},
    {'.', {0, 0, 0, 0, 2}}, {'e', {0, 7, 7, 4, 7}},
};

static void draw_character(const picture *p, int64_t left, int64_t top, char character) {
    for (size_t g = 0; g < sizeof glyphs / sizeof glyphs[0]; g++)
        for (int dot = 0; glyphs[g].character == character && dot < GLYPH_WIDTH * GLYPH_HEIGHT; dot++)
            if (glyphs[g].rows[dot / GLYPH_WIDTH] & (4 >> dot % GLYPH_WIDTH))
                fill(p, left + dot % GLYPH_WIDTH * DOT, top + dot / GLYPH_WIDTH * DOT, DOT, DOT,
                     (colour){{0, 0, 0}});
}

static void draw_text(const picture *p, int64_t left, int64_t top, const char *text) {
    for (; *text; text++, left += PITCH)
        draw_character(p, left, top, *text);
}

/* ---- Map and legend -------------------------------------------------------------------------------- */

enum {
    WANTED = 224,
    LEAST_WIDTH = 24 * PITCH,
    MARGIN = 6,
    BAR = 12,
    LEGEND = 3 * MARGIN + BAR + GLYPH_HEIGHT * DOT
};

/* Pixels of a value's side: small maps are enlarged. */
static int64_t scale_of(const cli_map *map) {
    const int64_t longest = map->rows > map->columns ? map->rows : map->columns;
    return longest >= WANTED ? 1 : WANTED / longest;
}

/* The colours, and below them the numbers of both ends and of the middle. */
static void draw_legend(const picture *p, int64_t top, const cli_map *map) {
    char text[32];
    const double low = lowest(map), span = map->limit - low;
    const int64_t width = p->width - 2 * MARGIN, below = top + 2 * MARGIN + BAR;
    for (int64_t x = 0; x < width; x++)
        fill(p, MARGIN + x, top + MARGIN, 1, BAR,
             colour_of(map, low + span * (double)x / (double)(width - 1)));
    snprintf(text, sizeof text, "%.3g", low);
    draw_text(p, MARGIN, below, text);
    snprintf(text, sizeof text, "%.3g", low + span / 2);
    draw_text(p, p->width / 2 - (int64_t)strlen(text) * PITCH / 2, below, text);
    snprintf(text, sizeof text, "%.3g", map->limit);
    draw_text(p, p->width - MARGIN - (int64_t)strlen(text) * PITCH, below, text);
}

static void draw_map(const picture *p, const cli_map *map, int64_t scale) {
    for (int64_t i = 0; i < map->rows * map->columns; i++)
        fill(p, i % map->columns * scale, i / map->columns * scale, scale, scale,
             colour_of(map, (double)map->values[i]));
}

int cli_map_write(const cli_map *map, const char *path) {
    const int64_t scale = scale_of(map), width = map->columns * scale;
    picture p = {.width = width < LEAST_WIDTH ? LEAST_WIDTH : width, .height = map->rows * scale + LEGEND};
    p.pixels = cli_allocate((size_t)(p.width * p.height), sizeof *p.pixels);
    fill(&p, 0, 0, p.width, p.height, (colour){{255, 255, 255}});
    draw_map(&p, map, scale);
    draw_legend(&p, map->rows * scale, map);
    int code = cli_png_write(path, p.width, p.height, p.pixels->rgb);
    free(p.pixels);
    return code;
}

/* ---- In a terminal --------------------------------------------------------------------------------- */

bool cli_shows_colours(void) {
    const char *terminal = getenv("TERM"), *refused = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") && !(refused && *refused);
}

enum { MAX_CELLS = 16 }; /* of a map's side */

static int64_t cells(int64_t size) {
    return size < MAX_CELLS ? size : MAX_CELLS;
}

/* The value of largest magnitude among those that a cell stands for, so that a single peak is seen. */
static double cell_value(const cli_map *map, int64_t row, int64_t column) {
    const int64_t rows = cells(map->rows), columns = cells(map->columns);
    double peak = 0;
    for (int64_t y = row * map->rows / rows; y < (row + 1) * map->rows / rows; y++)
        for (int64_t x = column * map->columns / columns; x < (column + 1) * map->columns / columns; x++) {
            const double value = (double)map->values[y * map->columns + x];
            if (!(fabs(value) <= fabs(peak)))
                peak = value;
        }
    return peak;
}

/* Two rows of cells in a line: the upper half of each character and the lower one. */
static void print_cell(const cli_map *map, int64_t row, int64_t column) {
    const colour upper = colour_of(map, cell_value(map, row, column));
    printf("\033[38;2;%d;%d;%dm", upper.rgb[0], upper.rgb[1], upper.rgb[2]);
    if (row + 1 < cells(map->rows)) {
        const colour lower = colour_of(map, cell_value(map, row + 1, column));
        printf("\033[48;2;%d;%d;%dm", lower.rgb[0], lower.rgb[1], lower.rgb[2]);
    }
    fputs("\xe2\x96\x80\033[0m", stdout); /* U+2580, the upper half block */
}

int64_t cli_maps_print(const cli_map *maps, int64_t count) {
    const int64_t width = cells(maps->columns) + 1, room = (cli_terminal_width(stdout) - 2) / width;
    const int64_t shown = count < room ? count : room > 0 ? room : 1;
    for (int64_t row = 0; row < cells(maps->rows); row += 2) {
        fputs("  ", stdout);
        for (int64_t m = 0; m < shown; m++) {
            for (int64_t column = 0; column < cells(maps->columns); column++)
                print_cell(&maps[m], row, column);
            putchar(' ');
        }
        putchar('\n');
    }
    return shown;
}
