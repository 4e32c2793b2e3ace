/* The deck's pages on layers: convolution, feature map, stride and padding, ReLU, max pooling. */
#include "deck.h"
#include "forward.h"
#include "output.h"
#include "pooled.h"
#include "worked.h"

#include <cnn.h>

#include <inttypes.h>
#include <stdlib.h>

/* The deck's image and kernel convolved, with so many zeros around the image. Release with cli_worked_free. */
static int convolve(cli_worked *w, int64_t padding, bool relu) {
    *w = (cli_worked){.stride = {1, 1}, .dilation = {1, 1}, .relu = relu};
    for (int side = 0; side < 4; side++)
        w->padding[side] = padding;
    int code = cli_grid_read(&w->image, "image", cli_deck_image);
    if (code == CLI_DONE)
        code = cli_grid_read(&w->kernel, "kernel", cli_deck_kernel);
    return code == CLI_DONE ? cli_worked_run(w) : code;
}

/* The sum at one place of the feature map. */
static void show_sum(cli_page *page, const cli_worked *w, int64_t row, int64_t column) {
    char *sum = cli_worked_sum(w, row, column, 0);
    cli_page_formula(page, "%s", sum);
    free(sum);
}

int cli_show_convolution(cli_page *page) {
    cli_worked w;
    int code = convolve(&w, 0, false);
    if (code == CLI_DONE) {
        cli_page_say(
            page, "A filter, also called a kernel, slides over the input image. At each place its elements "
                  "are multiplied by the pixels below them, and the products are added up.");
        cli_page_grid(page, "image", "Input image", &w.image);
        cli_page_grid(page, "kernel", "Filter or kernel", &w.kernel);
        cli_page_say(page, "With the kernel in the upper left corner, row by row, pixel x kernel:");
        show_sum(page, &w, 0, 0);
        cli_page_number(page, "first_value", w.map.values[0]);
        cli_page_say(page, "The kernel is not flipped: what neural networks call a convolution is a "
                           "cross-correlation in mathematics.");
        cli_page_try(page, "cnn convolve", "every product and every sum of this example");
    }
    cli_worked_free(&w);
    return code;
}

/* Where the largest value lies. */
static int64_t largest(const cli_grid *grid) {
    int64_t best = 0;
    for (int64_t i = 1; i < cli_grid_count(grid); i++)
        if (grid->values[i] > grid->values[best])
            best = i;
    return best;
}

static void show_largest(cli_page *page, const cli_worked *w) {
    const int64_t best = largest(&w->map), row = best / w->map.columns, column = best % w->map.columns;
    cli_page_say(page,
                 "The larger a value, the better the image matches the kernel at that place. The largest "
                 "here is %s, in row %" PRId64 ", column %" PRId64 ":",
                 cli_value(w->map.values[best]).text, row + 1, column + 1);
    show_sum(page, w, row, column);
    cli_page_number(page, "largest", w->map.values[best]);
}

int cli_show_feature_map(cli_page *page) {
    cli_worked w;
    int code = convolve(&w, 0, false);
    if (code == CLI_DONE) {
        const int64_t n = w.image.rows, f = w.kernel.rows;
        cli_page_say(page, "The sums of all places make up the output, the feature map.");
        cli_page_grid(page, "feature_map", "Output or feature map", &w.map);
        show_largest(page, &w);
        cli_page_say(page, "An n x n image and an f x f kernel give an m x m feature map:");
        cli_page_formula(page, "m = n - f + 1 = %" PRId64 " - %" PRId64 " + 1 = %" PRId64, n, f, w.map.rows);
        cli_page_number(page, "size", (double)w.map.rows);
        cli_page_say(
            page, "A layer has many filters and gives a map for each of them. The maps are the input of the "
                  "next layer, whose kernels then have one channel for each map.");
        cli_page_try(page, "cnn convolve --image \"1 2 3 / 4 5 6 / 7 8 9\" --kernel \"1 0 / 0 -1\"",
                     "an image and a kernel of your own");
    }
    cli_worked_free(&w);
    return code;
}

/* One row: n, f, p, s, and the size by the library. */
static int add_size(cli_table *table, const int64_t row[4], json_t *sizes) {
    cnn_error error;
    int64_t size;
    const int64_t n = row[0], f = row[1], p = row[2], s = row[3];
    if (cnn_output_size(n, f, s, p, p, 1, &size, &error))
        return cli_fail("%s", error.message);
    for (int i = 0; i < 4; i++)
        cli_table_cell(table, "%" PRId64, row[i]);
    cli_table_cell(table, "(%" PRId64 " + 2*%" PRId64 " - %" PRId64 ")/%" PRId64 " + 1 = %" PRId64 "%s", n, p,
                   f, s, size, (n + 2 * p - f) % s ? ", rounded down" : "");
    cli_json_add(sizes, json_pack("{sI sI sI sI sI}", "n", (json_int_t)n, "f", (json_int_t)f, "p",
                                  (json_int_t)p, "s", (json_int_t)s, "size", (json_int_t)size));
    return CLI_DONE;
}

/* A table of sizes: the deck's own, then other strides and the Basic CNN's. */
static int show_sizes(cli_page *page) {
    static const int64_t rows[][4] = {{7, 3, 0, 1}, {5, 3, 1, 1}, {5, 3, 0, 1},  {7, 3, 0, 2},
                                      {8, 3, 0, 2}, {5, 5, 2, 1}, {28, 3, 0, 1}, {24, 2, 0, 2}};
    static const char *const heads[] = {"n", "f", "p", "s", "Feature map size"};
    cli_table *table = cli_table_new(5, "rrrrl");
    json_t *sizes = json_array();
    int code = CLI_DONE;
    for (int i = 0; i < 5; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && code == CLI_DONE; i++)
        code = add_size(table, rows[i], sizes);
    cli_page_table(page, table);
    cli_page_json(page, "sizes", sizes);
    return code;
}

int cli_show_stride(cli_page *page) {
    cli_worked w;
    int code = convolve(&w, 1, false);
    if (code == CLI_DONE) {
        cli_grid padded = cli_worked_padded(&w);
        cli_page_say(
            page,
            "Three numbers decide how large a feature map becomes: the size f of the kernel, the stride "
            "s (how far the kernel moves at a time) and the padding p (zeros around the image). For an image "
            "of n rows, and in the same way for its columns:");
        cli_page_formula(page, "size = (n + 2p - f)/s + 1");
        code = show_sizes(page);
        cli_page_say(page,
                     "A padding of 1 makes the %" PRId64 " x %" PRId64 " image %" PRId64 " x %" PRId64
                     ". The feature map is then as large "
                     "as the image was:",
                     w.image.rows, w.image.columns, padded.rows, padded.columns);
        cli_page_grid(page, "padded_image", "Padded image", &padded);
        cli_page_grid(page, "feature_map", "Feature map", &w.map);
        cli_page_try(page, "cnn convolve --padding 1", "every product of this example");
        cli_page_try(page, "cnn convolve --padding 1 --stride 2", "the kernel moves two pixels at a time");
        free(padded.values);
    }
    cli_worked_free(&w);
    return code;
}

/* ReLU of two values and of their sum, by the library. */
static int show_non_linearity(cli_page *page, double a, double b) {
    double values[] = {a, b, a + b};
    const cli_grid input = {1, 1, 3, values};
    cli_grid output = {0};
    cnn_net *net = cnn_net_new(&(cnn_input_options){.channels = 1, .height = 1, .width = 3});
    if (net)
        cnn_relu(net);
    int code = cli_forward_free(net, &input, &output);
    if (code == CLI_DONE) {
        const double *y = output.values;
        cli_page_say(page,
                     "It adds non-linearity: the ReLU of a sum is not the sum of the ReLUs. Without it, "
                     "convolutions in a row could do no more than a single one with a larger kernel.");
        cli_page_formula(page, "max(0, %s) + max(0, %s) = %s + %s = %s", cli_value(a).text, cli_value(b).text,
                         cli_value(y[0]).text, cli_value(y[1]).text, cli_value(y[0] + y[1]).text);
        cli_page_formula(page, "max(0, %s + %s) = max(0, %s) = %s", cli_value(a).text, cli_value(b).text,
                         cli_value(a + b).text, cli_value(y[2]).text);
        cli_page_number(page, "sum_of_relus", y[0] + y[1]);
        cli_page_number(page, "relu_of_sum", y[2]);
    }
    free(output.values);
    return code;
}

int cli_show_relu(cli_page *page) {
    cli_worked w;
    int code = convolve(&w, 0, true);
    if (code == CLI_DONE) {
        int64_t negative = 0;
        for (int64_t i = 0; i < cli_grid_count(&w.map); i++)
            negative += w.map.values[i] < 0;
        cli_page_say(page,
                     "A ReLU follows each convolution. It keeps what is positive and replaces the rest by 0: "
                     "max(0, x). Of the example's %" PRId64 " values it changes %" PRId64 ".",
                     cli_grid_count(&w.map), negative);
        cli_page_grid(page, "feature_map", "Feature map", &w.map);
        cli_page_grid(page, "relu", "Feature map after ReLU, max(0, x)", &w.activated);
        cli_page_number(page, "changed", (double)negative);
        code = show_non_linearity(page, w.map.values[0], w.map.values[2]);
        cli_page_try(page, "cnn convolve --relu", "every value before and after");
    }
    cli_worked_free(&w);
    return code;
}

/* Each window with its largest value. */
static void show_windows(cli_page *page, const cli_pooled *p) {
    for (int64_t i = 0; i < cli_grid_count(&p->output); i++) {
        char *max = cli_pooled_max(p, i / p->output.columns, i % p->output.columns);
        cli_page_formula(page, "%s", max);
        free(max);
    }
}

int cli_show_pooling(cli_page *page) {
    cli_grid image = {0};
    cli_pooled pooled = {.input = &image, .window = {2, 2}};
    int code = cli_grid_read(&image, "image", cli_deck_pooling);
    if (code == CLI_DONE)
        code = cli_pooled_run(&pooled);
    if (code == CLI_DONE) {
        cli_page_say(
            page, "Max pooling reduces the size of a feature map: of each window only the largest value is "
                  "kept. With a kernel of 2 x 2 and a stride of 2 the windows lie side by side.");
        cli_page_grid(page, "input", "Input", &image);
        cli_page_say(page, "The windows, row by row:");
        show_windows(page, &pooled);
        cli_page_grid(page, "output", "After max pooling", &pooled.output);
        cli_page_say(page,
                     "%" PRId64 " values became %" PRId64
                     ". A max pooling has no parameters: nothing in it is trained.",
                     cli_grid_count(&image), cli_grid_count(&pooled.output));
        cli_page_json(page, "pool", cli_pooled_json(&pooled));
        cli_page_try(page, "cnn convolve --pool 2x2", "the windows, and where their largest values lie");
    }
    free(image.values);
    free(pooled.output.values);
    return code;
}
