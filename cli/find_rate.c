#include "find_rate.h"

#include "command.h"
#include "output.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 25, BAR = 50 };

static json_t *curve_json(const cnn_rate_curve *curve) {
    json_t *points = json_array();
    for (int64_t i = 0; i < curve->count; i++)
        cli_json_add(points, json_pack("{so so so}", "learning_rate", cli_json_real(curve->points[i].rate),
                                       "loss", cli_json_real(curve->points[i].loss), "smoothed",
                                       cli_json_real(curve->points[i].smoothed)));
    return json_pack("{ss so so}", "event", "learning rates", "points", points, "suggestion",
                     cli_json_real(curve->suggestion));
}

/* Every so-manieth point: its bar is as long as its loss lies above 0, the longest that of the first one; what is larger
 * than that goes over the edge. */
static void print_rows(const cnn_rate_curve *curve) {
    const double start = curve->points[0].smoothed;
    const int64_t step = (curve->count + ROWS - 1) / ROWS;
    bool marked = false;
    for (int64_t i = 0; i < curve->count; i += step) {
        const cnn_rate_point *point = &curve->points[i];
        const double length = start > 0 ? round(BAR * point->smoothed / start) : 0;
        const bool over = length > BAR, mark = !marked && point->rate >= curve->suggestion;
        char bar[BAR + 2];
        memset(bar, '#', sizeof bar);
        bar[over ? BAR : length > 0 ? (int)length : 0] = '\0';
        cli_print(stdout, "%8.2g  %8.4f  %s%s%s\n", point->rate, point->smoothed, bar, over ? ">" : "",
                  mark ? "  <- suggestion" : "");
        marked = marked || mark;
    }
}

static void print_curve(const cnn_rate_curve *curve) {
    if (!cli_is_quiet()) {
        cli_print(stdout, "%8s  %8s\n", "rate", "loss");
        print_rows(curve);
    }
    cli_print(stdout, "Suggested learning rate: --lr %.2g\n", curve->suggestion);
}

int cli_find_rate(const cli_training *training, const cnn_net *net, const cnn_train_options *options) {
    cnn_error error;
    cnn_rate_curve curve;
    if (cnn_train_find_rate(net, training->data.images, options, NULL, &curve, &error))
        return cli_fail("%s", error.message);
    if (training->arguments->json)
        cli_json_line(curve_json(&curve));
    else
        print_curve(&curve);
    cnn_rate_curve_free(&curve);
    return CLI_DONE;
}
