/* Line charts over epochs, as SVG within the page. */
#ifndef CLI_REPORT_CHART_H
#define CLI_REPORT_CHART_H

#include "html.h"

#include <stdint.h>

enum { CLI_CHART_LINES = 2 };

typedef struct cli_chart {
    const char *title;
    const char *format; /* of a value, as printf's: "%.4f" */
    double factor;      /* what values are multiplied by before they are shown: 100 for percentages */
    int64_t count;      /* of epochs, from 1 */
    struct {
        const char *name;
        const double *values; /* `count`; what is not finite is left out. NULL: there is no such line */
    } lines[CLI_CHART_LINES];
} cli_chart;

/* A <figure>; each point has its epoch and value as <title>. */
void cli_chart_draw(cli_html *html, const cli_chart *chart);

/* The size of a step between ticks, 1, 2 or 5 times a power of ten, so that about five cover the span. */
double cli_chart_step(double span);

#endif
