#include "worked.h"

#include "forward.h"
#include "output.h"

#include <cnn.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char cli_deck_image[] = "1 0 1 0 1 / 1 0 0 1 1 / 0 1 1 0 0 / 1 0 0 1 0 / 0 0 1 1 0";
const char cli_deck_kernel[] = "0 1 0 / 1 0 -1 / 0 1 0";

double cli_worked_pixel(const cli_worked *w, int64_t channel, int64_t row, int64_t column) {
    if (row < 0 || row >= w->image.rows || column < 0 || column >= w->image.columns)
        return 0;
    return w->image.values[(channel * w->image.rows + row) * w->image.columns + column];
}

cli_product cli_worked_product(const cli_worked *w, int64_t row, int64_t column, int64_t channel, int64_t i,
                               int64_t j) {
    int64_t from_row = row * w->stride[0] - w->padding[0] + i * w->dilation[0];
    int64_t from_column = column * w->stride[1] - w->padding[1] + j * w->dilation[1];
    return (cli_product){cli_worked_pixel(w, channel, from_row, from_column),
                         w->kernel.values[(channel * w->kernel.rows + i) * w->kernel.columns + j]};
}

cli_grid cli_worked_padded(const cli_worked *w) {
    const int64_t *p = w->padding;
    cli_grid padded =
        cli_grid_new(w->image.channels, w->image.rows + p[0] + p[2], w->image.columns + p[1] + p[3]);
    for (int64_t i = 0; i < cli_grid_count(&padded); i++)
        padded.values[i] =
            cli_worked_pixel(w, i / padded.columns / padded.rows, i / padded.columns % padded.rows - p[0],
                             i % padded.columns - p[1]);
    return padded;
}

/* "same": output = ceil(input / stride); the padding it takes, the odd zero at the end. */
static void set_same_padding(cli_worked *w) {
    const int64_t inputs[] = {w->image.rows, w->image.columns}, sizes[] = {w->kernel.rows, w->kernel.columns};
    for (int axis = 0; axis < 2; axis++) {
        int64_t output = (inputs[axis] + w->stride[axis] - 1) / w->stride[axis];
        int64_t all =
            (output - 1) * w->stride[axis] + w->dilation[axis] * (sizes[axis] - 1) + 1 - inputs[axis];
        if (all < 0)
            all = 0;
        w->padding[axis] = all / 2;
        w->padding[axis + 2] = all - all / 2;
    }
}

/* A network of the one convolution, with the kernel as its only filter. A failure is kept in it. */
static cnn_net *build(const cli_worked *w, bool relu) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){
        .channels = w->image.channels, .height = w->image.rows, .width = w->image.columns});
    cnn_conv2d_options convolution = {.filters = 1,
                                      .kernel = {w->kernel.rows, w->kernel.columns},
                                      .stride = {w->stride[0], w->stride[1]},
                                      .dilation = {w->dilation[0], w->dilation[1]},
                                      .same = w->same,
                                      .no_bias = true};
    if (!w->same)
        memcpy(convolution.padding, w->padding, sizeof convolution.padding);
    if (net) {
        cnn_add_conv2d(net, &convolution);
        if (relu)
            cnn_relu(net);
    }
    return net;
}

/* The feature map by the library; with `relu` after a ReLU. */
static int run_net(const cli_worked *w, bool relu, cli_grid *map) {
    cnn_error error;
    cnn_net *net = build(w, relu);
    if (cnn_net_status(net) == CNN_OK && cli_set_parameter(net, "conv_1.weight", &w->kernel, &error)) {
        cnn_net_free(net);
        return cli_fail("%s", error.message);
    }
    return cli_forward_free(net, &w->image, map);
}

/* The sum of the products of one channel, and in *size that of their magnitudes, to which it is added. */
static double sum_channel(const cli_worked *w, int64_t row, int64_t column, int64_t channel, double *size) {
    double sum = 0;
    for (int64_t k = 0; k < w->kernel.rows * w->kernel.columns; k++) {
        cli_product p =
            cli_worked_product(w, row, column, channel, k / w->kernel.columns, k % w->kernel.columns);
        sum += p.pixel * p.weight;
        *size += fabs(p.pixel * p.weight);
    }
    return sum;
}

/* The sums that are shown must be the library's values, up to the rounding of float32. */
static int check_sums(const cli_worked *w) {
    for (int64_t place = 0; place < w->map.rows * w->map.columns; place++) {
        const int64_t row = place / w->map.columns, column = place % w->map.columns;
        double sum = 0, size = 1;
        for (int64_t channel = 0; channel < w->kernel.channels; channel++)
            sum += sum_channel(w, row, column, channel, &size);
        if (!(fabs(sum - w->map.values[place]) <= 1e-4 * size))
            return cli_fail("the library's feature map has %g in row %" PRId64 ", column %" PRId64
                            ", where the products add up "
                            "to %g: this is a bug in cnn, please report it",
                            w->map.values[place], row + 1, column + 1, sum);
    }
    return CLI_DONE;
}

int cli_worked_run(cli_worked *w) {
    if (w->image.channels != w->kernel.channels)
        return cli_fail("the image has %s, the kernel has %s: a kernel has a part for each channel of its "
                        "image; separate them with '|'",
                        cli_count(w->image.channels, "channel").text,
                        cli_count(w->kernel.channels, "channel").text);
    if (w->same)
        set_same_padding(w);
    int code = run_net(w, false, &w->map);
    if (code == CLI_DONE && w->relu)
        code = run_net(w, true, &w->activated);
    return code == CLI_DONE ? check_sums(w) : code;
}

void cli_worked_free(cli_worked *w) {
    free(w->image.values);
    free(w->kernel.values);
    free(w->map.values);
    free(w->activated.values);
}

/* ---- In words -------------------------------------------------------------------------------------------- */

/* "5 + 2*1" for equal paddings, "5 + 0 + 1" for others. */
static char *padded_text(const char *size, const char *begin, const char *end, bool equal) {
    return equal ? cli_format("%s + 2%s%s", size, *begin == 'p' ? "" : "*", begin)
                 : cli_format("%s + %s + %s", size, begin, end);
}

char *cli_worked_size(const cli_worked *w, int axis) {
    int64_t n = axis ? w->image.columns : w->image.rows, f = axis ? w->kernel.columns : w->kernel.rows;
    int64_t begin = w->padding[axis], end = w->padding[axis + 2], s = w->stride[axis], d = w->dilation[axis];
    int64_t size = axis ? w->map.columns : w->map.rows, rest = (n + begin + end - d * (f - 1) - 1) % s;
    char *numbers[3], *words, *figures;
    numbers[0] = cli_format("%" PRId64, n);
    numbers[1] = cli_format("%" PRId64, begin);
    numbers[2] = cli_format("%" PRId64, end);
    words = padded_text("n", "p", "q", begin == end);
    figures = padded_text(numbers[0], numbers[1], numbers[2], begin == end);
    char *kernel =
        d == 1 ? cli_format("%" PRId64, f) : cli_format("(%" PRId64 "*(%" PRId64 " - 1) + 1)", d, f);
    char *formula =
        cli_format("(%s - %s)/s + 1 = (%s - %s)/%" PRId64 " + 1 = %" PRId64 "%s", words,
                   d == 1 ? "f" : "(d(f - 1) + 1)", figures, kernel, s, size, rest ? ", rounded down" : "");
    char *all[] = {numbers[0], numbers[1], numbers[2], words, figures, kernel};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
    return formula;
}

char *cli_worked_sum(const cli_worked *w, int64_t row, int64_t column, int64_t channel) {
    char *text = cli_format("%s", "");
    double size = 0;
    for (int64_t k = 0; k < w->kernel.rows * w->kernel.columns; k++) {
        cli_product p =
            cli_worked_product(w, row, column, channel, k / w->kernel.columns, k % w->kernel.columns);
        cli_append(&text, "%s(%s x %s)", k ? " + " : "", cli_value(p.pixel).text, cli_value(p.weight).text);
    }
    cli_append(&text, " = %s",
               cli_value(w->kernel.channels == 1 ? w->map.values[row * w->map.columns + column]
                                                 : sum_channel(w, row, column, channel, &size))
                   .text);
    return text;
}

char *cli_worked_sums(const cli_worked *w, int64_t row, int64_t column) {
    char *text = cli_format("%s", "");
    double size = 0;
    for (int64_t channel = 0; channel < w->kernel.channels; channel++)
        cli_append(&text, "%s%s", channel ? " + " : "",
                   cli_value(sum_channel(w, row, column, channel, &size)).text);
    cli_append(&text, " = %s", cli_value(w->map.values[row * w->map.columns + column]).text);
    return text;
}
