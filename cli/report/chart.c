#include "chart.h"

#include <math.h>
#include <stdbool.h>

/* In the units of the drawing's own. */
enum { WIDTH = 400, HEIGHT = 240, LEFT = 52, RIGHT = 12, TOP = 10, BOTTOM = 34 };

/* What of the values is drawn. */
typedef struct scale {
    int64_t count;
    double low, high, step; /* low and high are multiples of step */
} scale;

double cli_chart_step(double span) {
    const double rough = span / 4, power = pow(10, floor(log10(rough))), times = rough / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static scale scale_of(const cli_chart *chart) {
    scale s = {.count = chart->count, .low = INFINITY, .high = -INFINITY};
    for (int line = 0; line < CLI_CHART_LINES; line++)
        for (int64_t i = 0; chart->lines[line].values && i < chart->count; i++) {
            const double value = chart->factor * chart->lines[line].values[i];
            if (isfinite(value)) {
                s.low = fmin(s.low, value);
                s.high = fmax(s.high, value);
            }
        }
    if (s.low > s.high) /* there is none */
        s.low = s.high = 0;
    const double span = s.high > s.low ? s.high - s.low : fmax(fabs(s.high), 1e-9);
    s.step = cli_chart_step(span);
    s.low = s.step * floor(s.low / s.step);
    s.high = s.step * ceil(s.high / s.step);
    if (s.low == s.high)
        s.high += s.step;
    return s;
}

static double x_of(const scale *s, int64_t epoch) {
    const double share = s->count > 1 ? (double)(epoch - 1) / (double)(s->count - 1) : 0.5;
    return LEFT + share * (WIDTH - LEFT - RIGHT);
}

static double y_of(const scale *s, double value) {
    return HEIGHT - BOTTOM - (value - s->low) / (s->high - s->low) * (HEIGHT - TOP - BOTTOM);
}

static void draw_values_axis(cli_html *html, const scale *s) {
    const int steps = (int)lround((s->high - s->low) / s->step);
    for (int i = 0; i <= steps; i++) {
        const double value = s->low + i * s->step, y = y_of(s, value);
        cli_html_add(html, "<line class=grid x1=%d x2=%d y1=%.2f y2=%.2f />", LEFT, WIDTH - RIGHT, y, y);
        cli_html_add(html, "<text class=tick text-anchor=end x=%d y=%.2f>%.6g</text>", LEFT - 6, y + 4,
                     fabs(value) < s->step / 2 ? 0 : value);
    }
}

static void draw_epochs_axis(cli_html *html, const scale *s) {
    const int64_t step = s->count > 1 ? (int64_t)fmax(1, cli_chart_step((double)(s->count - 1))) : 1;
    for (int64_t epoch = 1; epoch <= s->count; epoch = epoch == 1 && step > 1 ? step : epoch + step)
        cli_html_add(html, "<text class=tick text-anchor=middle x=%.2f y=%d>%lld</text>", x_of(s, epoch),
                     HEIGHT - BOTTOM + 16, (long long)epoch);
    cli_html_add(html, "<text class=tick text-anchor=middle x=%d y=%d>epoch</text>",
                 (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 3);
}

static void draw_line(cli_html *html, const cli_chart *chart, const scale *s, int line) {
    const double *values = chart->lines[line].values;
    bool drawing = false;
    cli_html_add(html, "<g class=line%d><path d=\"", line);
    for (int64_t i = 0; i < chart->count; i++) {
        const double value = chart->factor * values[i];
        if (isfinite(value))
            cli_html_add(html, "%s%.2f %.2f", drawing ? "L" : "M", x_of(s, i + 1), y_of(s, value));
        drawing = isfinite(value);
    }
    cli_html_add(html, "\"/>");
    for (int64_t i = 0; i < chart->count; i++) {
        const double value = chart->factor * values[i];
        if (!isfinite(value))
            continue;
        cli_html_add(html, "<circle cx=%.2f cy=%.2f r=%s><title>", x_of(s, i + 1), y_of(s, value),
                     chart->count > 60 ? "1.5" : "3");
        cli_html_text(html, "%s, epoch %lld: %.9g", chart->lines[line].name, (long long)i + 1, value);
        cli_html_add(html, "</title></circle>");
    }
    cli_html_add(html, "</g>");
}

/* The names of the lines, each with its last value. */
static void write_legend(cli_html *html, const cli_chart *chart) {
    cli_html_add(html, "<figcaption><b>");
    cli_html_text(html, "%s", chart->title);
    cli_html_add(html, "</b>");
    for (int line = 0; line < CLI_CHART_LINES; line++) {
        if (!chart->lines[line].values)
            continue;
        cli_html_add(html, " <span><span class=key%d></span>", line);
        cli_html_text(html, "%s ", chart->lines[line].name);
        cli_html_add(html, chart->format, chart->factor * chart->lines[line].values[chart->count - 1]);
        cli_html_add(html, "</span>");
    }
    cli_html_add(html, "</figcaption>");
}

void cli_chart_draw(cli_html *html, const cli_chart *chart) {
    const scale s = scale_of(chart);
    cli_html_add(html, "<figure class=chart>");
    write_legend(html, chart);
    cli_html_add(html, "<svg viewBox=\"0 0 %d %d\" role=img aria-label=\"", WIDTH, HEIGHT);
    cli_html_text(html, "%s by epoch", chart->title);
    cli_html_add(html, "\">");
    draw_values_axis(html, &s);
    draw_epochs_axis(html, &s);
    for (int line = 0; line < CLI_CHART_LINES; line++)
        if (chart->lines[line].values)
            draw_line(html, chart, &s, line);
    cli_html_add(html, "</svg></figure>\n");
}
