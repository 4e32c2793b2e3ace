#include "pixel_notes.h"

#include "output.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Mean and deviation of the network's normalisation, over all channels. */
typedef struct statistics {
    double mean, deviation;
} statistics;

static statistics statistics_of(const cnn_net *net) {
    int64_t input[3];
    cnn_net_input(net, input);
    float *mean = cli_allocate(2 * (size_t)input[0], sizeof *mean), *deviation = mean + input[0];
    cnn_net_normalisation(net, mean, deviation);
    statistics all = {0};
    for (int64_t c = 0; c < input[0]; c++) {
        all.mean += (double)mean[c] / (double)input[0];
        all.deviation += (double)deviation[c] / (double)input[0];
    }
    free(mean);
    return all;
}

/* ---- What a model does not say --------------------------------------------------------------------- */

/* Values of 0..1 do not have such ones: a graph that subtracts or divides by them takes 0..255. */
static bool is_of_bytes(const statistics *s) {
    return fabs(s->mean) > 10 || s->deviation > 10;
}

void cli_note_unknown_pixels(const cnn_net *net, const char *model) {
    const statistics s = statistics_of(net);
    int64_t input[3];
    cnn_net_input(net, input);
    if (cnn_net_pixels(net) != CNN_PIXELS_UNKNOWN)
        return;
    if (is_of_bytes(&s))
        cli_note("%s subtracts %.4g and divides by %.4g itself, so it seems to take pixels in 0..255, but "
                 "gets them in "
                 "0..1: give --scale 255",
                 model, s.mean, s.deviation);
    else if (s.mean == 0 && s.deviation == 1)
        cli_note("%s does not say what pixels it takes: %s in 0..1 %s assumed (--scale 1 says that this is "
                 "right). "
                 "Others are given by --scale 255, by --mean %s --std %s%s",
                 model, input[0] == 3 ? "red, green, blue" : "grey", input[0] == 3 ? "are" : "is",
                 input[0] == 3 ? "0.485,0.456,0.406" : "0.5", input[0] == 3 ? "0.229,0.224,0.225" : "0.5",
                 input[0] == 3 ? ", by --bgr" : "");
}

/* ---- Negatives ------------------------------------------------------------------------------------- */

/* Whether the normalisation is that of training images in 0..1. */
static bool is_of_images(const cnn_net *net, const statistics *s) {
    return cnn_net_pixels(net) == CNN_PIXELS_NORMALISED && s->mean > 0 && s->mean < 1 &&
           s->deviation > 0.02 && s->deviation < 0.6;
}

/* Far from the training images' mean, much nearer when turned round. */
static bool is_negative(const statistics *s, double mean) {
    const double far = fabs(mean - s->mean), turned = fabs(1 - mean - s->mean);
    return far > 1.5 * s->deviation && turned < far / 2;
}

/* Suggest what would turn the images into such as the network knows. */
static void note_negative(const cnn_net *net, const statistics *s, const char *what, double mean) {
    int64_t input[3];
    cnn_preprocessing preprocessing;
    cnn_net_input(net, input);
    cnn_net_preprocessing(net, &preprocessing);
    const bool bright = mean > s->mean;
    cli_note(
        "%s %s (mean %.2f), but the network was trained on %s images (mean %.2f, deviation %.2f): %s", what,
        bright ? "bright" : "dark", mean, bright ? "dark" : "bright", s->mean, s->deviation,
        preprocessing.invert ? "should --invert be left out?"
        : !bright            ? "a negative? try --invert"
        : input[0] == 1
            ? "dark ink on white paper? try --invert, and --centre for drawings placed like MNIST's digits"
            : "a negative? try --invert");
}

static double mean_of(const float *values, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)values[i];
    return sum / (double)count;
}

void cli_note_negatives(const cnn_net *net, const float *images, int64_t count, char *const *names) {
    const statistics s = statistics_of(net);
    int64_t input[3], found = 0, first = 0;
    cnn_net_input(net, input);
    const int64_t pixels = input[0] * input[1] * input[2];
    if (!is_of_images(net, &s))
        return;
    for (int64_t i = 0; i < count; i++)
        if (is_negative(&s, mean_of(images + i * pixels, pixels)) && found++ == 0)
            first = i;
    if (found * 4 <= count) /* single ones among many are what images are like */
        return;
    char *what = count == 1
                     ? cli_format("%s is", names ? names[0] : "the image")
                     : cli_format("%s of %s images, the first%s%s, are", cli_grouped(found).text,
                                  cli_grouped(count).text, names ? " " : "", names ? names[first] : "");
    note_negative(net, &s, what, mean_of(images + first * pixels, pixels));
    free(what);
}

void cli_note_negative_data(const cnn_net *net, const cnn_data *data) {
    const statistics s = statistics_of(net);
    int64_t shape[3];
    cnn_data_shape(data, shape);
    float *means = cli_allocate(2 * (size_t)shape[0], sizeof *means);
    cnn_data_statistics(data, means, means + shape[0]);
    const double mean = mean_of(means, shape[0]);
    if (is_of_images(net, &s) && is_negative(&s, mean))
        note_negative(net, &s, "the images are", mean);
    free(means);
}
