/* Maps of numbers as pictures: PNG files, and small ones in a terminal that has colours. Numbers below zero are purple,
 * those above are orange (ColorBrewer's PuOr, which colour-blind people can tell apart), zero is nearly white, and what is
 * not finite is black. */
#ifndef CLI_MAP_PICTURE_H
#define CLI_MAP_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

/* Rows of values, and the magnitude that gets the full colour. */
typedef struct cli_map {
    const float *values; /* H,W */
    int64_t rows, columns;
    double limit; /* > 0 */
    /* Values are 0 to limit, and their colours viridis, from violet to yellow, which colour-blind people can tell
     * apart, too */
    bool from_zero;
} cli_map;

/* The colour of a value; `limit` > 0 is the magnitude that gets the full colour. */
void cli_map_colour(double value, double limit, uint8_t rgb[3]);

/* Write a PNG of the map, each value a square of pixels, over a legend of the colours and the numbers that they stand for. CLI_GO_ON, or
 * CLI_FAILED after a message. */
int cli_map_write(const cli_map *map, const char *path);

/* Whether standard output is a terminal that shows colours; the environment's NO_COLOR and TERM=dumb deny it. */
bool cli_shows_colours(void);
/* Print maps of one size side by side, shrunk to fit: as many of `count` as a line has room for. Returns how many. */
int64_t cli_maps_print(const cli_map *maps, int64_t count);

#endif
