#include "pipeline.h"

#include "output.h"
#include "wrap.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

enum { MAX_STEPS = 12, TITLE_COLUMNS = 14 };

typedef struct step {
    const char *title;
    char *text;
} step;

typedef struct pipeline {
    step steps[MAX_STEPS];
    int count;
} pipeline;

/* `text` is the pipeline's to free. */
static void add(pipeline *p, const char *title, char *text) {
    p->steps[p->count++] = (step){title, text};
}

/* "0.485 0.456 0.406", or one number where all are the same. For free(). */
static char *numbers(const float *values, int64_t count) {
    bool same = true;
    for (int64_t i = 1; i < count; i++)
        same = same && values[i] == values[0];
    char *text = cli_format("%.4g", (double)values[0]);
    for (int64_t i = 1; !same && i < count; i++) {
        char *longer = cli_format("%s %.4g", text, (double)values[i]);
        free(text);
        text = longer;
    }
    return text;
}

/* How the picture reaches the input's height and width. */
static void add_size(pipeline *p, const cnn_preprocessing *preprocessing, const int64_t input[3]) {
    const int64_t height = input[1], width = input[2];
    if (preprocessing->resize) {
        add(p, "resized", cli_format("the shorter side to %" PRId64 " pixels", preprocessing->resize));
        add(p, "cropped", cli_format("the centre, %" PRId64 " x %" PRId64, height, width));
    } else if (preprocessing->centre)
        add(p, "centred",
            cli_format(
                "the drawing is scaled to fit %.3g x %.3g, with its centre of mass in the middle of %" PRId64
                " x %" PRId64,
                (double)height * 20 / 28, (double)width * 20 / 28, height, width));
    else
        add(p, "resized",
            cli_format("to %" PRId64 " x %" PRId64 ", whatever the picture's aspect ratio", height, width));
}

/* Mean, deviation, and the range that pixels have afterwards; nothing if they do not change. */
static void add_normalisation(pipeline *p, const cnn_net *net, int64_t channels) {
    float *mean = cli_allocate(2 * (size_t)channels, sizeof *mean), *deviation = mean + channels;
    double min = INFINITY, max = -INFINITY;
    cnn_net_normalisation(net, mean, deviation);
    for (int64_t c = 0; c < channels; c++) {
        min = fmin(min, (0 - (double)mean[c]) / (double)deviation[c]);
        max = fmax(max, (1 - (double)mean[c]) / (double)deviation[c]);
    }
    char *means = numbers(mean, channels), *deviations = numbers(deviation, channels);
    if (min != 0 || max != 1)
        add(p, "normalised",
            cli_format("(x - mean) / deviation, mean %s, deviation %s: %.4g..%.4g", means, deviations, min,
                       max));
    free(means);
    free(deviations);
    free(mean);
}

/* False: no picture has so many channels. */
static bool make(pipeline *p, const cnn_net *net, bool trained) {
    int64_t input[3];
    cnn_preprocessing preprocessing;
    *p = (pipeline){0};
    cnn_net_input(net, input);
    cnn_net_preprocessing(net, &preprocessing);
    if (input[0] != 1 && input[0] != 3)
        return false;
    add(p, "decoded", cli_format("values 0..255, rotated upright according to EXIF"));
    add(p, "background",
        preprocessing.background
            ? cli_format("#%06x under transparent pixels", preprocessing.background & 0xffffff)
            : cli_format("white under transparent pixels"));
    add(p, "colours",
        cli_format("%s", input[0] == 1       ? "grey: 0.299 red + 0.587 green + 0.114 blue"
                         : preprocessing.bgr ? "blue, green, red"
                                             : "red, green, blue"));
    if (preprocessing.invert)
        add(p, "inverted", cli_format("255 - x"));
    add_size(p, &preprocessing, input);
    add(p, "scaled",
        cli_format("x / 255: 0..1%s", trained && cnn_net_pixels(net) == CNN_PIXELS_UNKNOWN
                                          ? " (assumed; the model's file does not say)"
                                          : ""));
    if (trained)
        add_normalisation(p, net, input[0]);
    else
        add(p, "normalised", cli_format("(x - mean) / deviation, both taken from the training images"));
    add(p, "input",
        cli_format("float32 N,C,H,W: N x %" PRId64 " x %" PRId64 " x %" PRId64, input[0], input[1],
                   input[2]));
    return true;
}

static void release(pipeline *p) {
    for (int i = 0; i < p->count; i++)
        free(p->steps[i].text);
}

void cli_pipeline_print(const cnn_net *net, bool trained) {
    pipeline p;
    if (!make(&p, net, trained))
        return;
    puts("\nFrom a picture to the input");
    cli_wrapping lines = cli_wrapping_start(stdout, TITLE_COLUMNS);
    for (int i = 0; i < p.count; i++) {
        cli_wrap_column(&lines, 2);
        cli_wrap(&lines, p.steps[i].title);
        cli_wrap_column(&lines, TITLE_COLUMNS);
        cli_wrap(&lines, p.steps[i].text);
        cli_wrap_end_line(&lines);
    }
    release(&p);
}

json_t *cli_pipeline_json(const cnn_net *net, bool trained) {
    pipeline p;
    json_t *steps = json_array();
    make(&p, net, trained);
    for (int i = 0; i < p.count; i++)
        cli_json_add(steps,
                     json_pack("{ss so}", "step", p.steps[i].title, "text", cli_json_text(p.steps[i].text)));
    release(&p);
    return steps;
}
