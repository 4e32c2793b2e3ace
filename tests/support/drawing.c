#include "support/drawing.h"

#include <math.h>
#include <stddef.h>

enum { MAX_POINTS = 24 };

/* A digit's strokes: points of the unit square from its upper left corner; x < 0 lifts the pen. */
static const float strokes[10][MAX_POINTS][2] = {
    {{.5f, 0},
     {.2f, .15f},
     {.08f, .5f},
     {.2f, .85f},
     {.5f, 1},
     {.8f, .85f},
     {.92f, .5f},
     {.8f, .15f},
     {.5f, 0}},
    {{.5f, 0}, {.5f, 1}},
    {{.1f, .25f}, {.3f, .03f}, {.65f, 0}, {.85f, .22f}, {.75f, .5f}, {.1f, 1}, {.95f, .97f}},
    {{.1f, .1f},
     {.5f, 0},
     {.85f, .2f},
     {.7f, .42f},
     {.4f, .48f},
     {.8f, .58f},
     {.9f, .8f},
     {.55f, 1},
     {.1f, .92f}},
    {{.2f, 0}, {.12f, .55f}, {.85f, .55f}, {-1, 0}, {.75f, .05f}, {.7f, 1}},
    {{.9f, 0}, {.25f, .03f}, {.18f, .42f}, {.6f, .4f}, {.88f, .65f}, {.65f, .97f}, {.1f, .95f}},
    {{.75f, 0}, {.3f, .35f}, {.12f, .75f}, {.4f, 1}, {.8f, .88f}, {.75f, .6f}, {.4f, .55f}, {.15f, .75f}},
    {{.05f, .05f}, {.95f, .02f}, {.6f, .45f}, {.4f, 1}},
    {{.8f, .12f},
     {.5f, 0},
     {.2f, .15f},
     {.3f, .38f},
     {.75f, .65f},
     {.7f, .95f},
     {.4f, 1},
     {.2f, .8f},
     {.4f, .55f},
     {.8f, .25f},
     {.8f, .12f}},
    {{.85f, .2f}, {.5f, 0}, {.2f, .2f}, {.3f, .45f}, {.65f, .45f}, {.85f, .2f}, {.8f, .6f}, {.6f, 1}},
};

/* How far (x, y) is from the line between two points. */
static float distance(float x, float y, const float a[2], const float b[2]) {
    const float dx = b[0] - a[0], dy = b[1] - a[1], length = dx * dx + dy * dy;
    float t = length > 0 ? ((x - a[0]) * dx + (y - a[1]) * dy) / length : 0;
    t = fminf(1, fmaxf(0, t));
    return hypotf(x - a[0] - t * dx, y - a[1] - t * dy);
}

/* Ink of a pen of some width, 0 to 1, with a soft edge. */
static float ink(const float points[MAX_POINTS][2], float x, float y) {
    const float pen = 0.085f, edge = 0.02f;
    float nearest = 1;
    for (int i = 0; i + 1 < MAX_POINTS && points[i + 1][1] + points[i + 1][0] != 0; i++)
        if (points[i][0] >= 0 && points[i + 1][0] >= 0)
            nearest = fminf(nearest, distance(x, y, points[i], points[i + 1]));
    return fminf(1, fmaxf(0, (pen - nearest) / edge));
}

void draw_digit(int digit, uint8_t drawing[DRAWING_SIDE * DRAWING_SIDE]) {
    const float left = 25, top = 60, width = 70, height = 100; /* in the lower left */
    for (int row = 0; row < DRAWING_SIDE; row++)
        for (int column = 0; column < DRAWING_SIDE; column++) {
            /* One unit is the height, so that the pen is as wide in both directions. */
            float points[MAX_POINTS][2];
            for (int i = 0; i < MAX_POINTS; i++) {
                points[i][0] = strokes[digit][i][0] < 0 ? -1 : strokes[digit][i][0] * width / height;
                points[i][1] = strokes[digit][i][1];
            }
            const float x = ((float)column - left) / height, y = ((float)row - top) / height;
            drawing[row * DRAWING_SIDE + column] = (uint8_t)(255 - 255 * ink(points, x, y));
        }
}
