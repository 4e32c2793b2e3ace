/* cnn convolve: a convolution worked out product by product, on any small image and kernel. */
#include "command.h"
#include "options.h"
#include "output.h"
#include "pooled.h"
#include "shared_options.h"
#include "table.h"
#include "worked.h"
#include "wrap.h"

#include <cnn.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *image, *kernel, *stride, *padding, *dilation, *pool;
    bool relu, json;
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    {"--image", CLI_TEXT, AT(image), "ROWS",
     .help = "the image: \"1 0 1 / 0 1 0 / ...\", or a file of such rows; channels are separated by '|' (a 5 "
             "x 5 example)"},
    {"--kernel", CLI_TEXT, AT(kernel), "ROWS",
     .help = "the kernel, written in the same way, with as many channels as the image (a 3 x 3 example)"},
    {"--stride", CLI_TEXT, AT(stride), "S|SHxSW",
     .help = "how far the kernel moves at a time, rows x columns (1)"},
    {"--padding", CLI_TEXT, AT(padding), "P|PHxPW|T,L,B,R",
     .help = "zeros around the image: one number for all sides, rows x columns, or top, left, bottom, right; "
             "or 'same' (0)"},
    {"--dilation", CLI_TEXT, AT(dilation), "D|DHxDW",
     .help = "distance between neighbouring kernel elements (1)"},
    {"--relu", CLI_FLAG, AT(relu), .help = "also show the feature map after ReLU, max(0, x)"},
    {"--pool", CLI_TEXT, AT(pool), "K|KHxKW",
     .help = "also show the max pooling that follows: the largest value of each window, rows x columns; the "
             "windows lie side by side. Alone: of a 4 x 4 example image, without a convolution"},
    CLI_ROWS(cli_json_rows, AT(json)),
    {0},
};

const cli_usage cli_convolve_usage = {
    .command = "convolve",
    .title = "show a convolution, a ReLU and a max pooling step by step: every product, every sum",
    .operands = "",
    .min = 0,
    .max = 0,
    .help =
        "Show how a convolution is computed: the size of the feature map from its formula, then, for each of "
        "its values, every product and their sum. --relu and --pool go on from there: every value after the "
        "ReLU, every window of the max pooling and its largest value. Without options, the image and the "
        "kernel are those of the worked example in the deck, a teaching deck on convolutional networks that "
        "'cnn deck' walks through.",
    .example = "  cnn convolve\n  cnn convolve --image \"1 2 3 / 4 5 6 / 7 8 9\" "
               "--kernel \"1 0 / 0 -1\" --padding 1 --relu\n"
               "  cnn convolve --image \"1 2 / 3 4 | 5 6 / 7 8\" --kernel \"1 0 / 0 1 | 0 1 / 1 0\"\n"
               "  cnn convolve --pool 2x2",
    .options = options,
};

enum { LARGEST_STEP = 1000 }; /* of stride, padding and dilation; a grid is far smaller */

/* Whole numbers set apart by `separator`; how many, or 0 if the text is anything else. */
static int parse_numbers(const char *text, char separator, int max, int64_t *numbers) {
    for (int count = 0; count < max; count++) {
        char *end;
        numbers[count] = strtoll(text, &end, 10);
        if (end == text || numbers[count] < 0 || numbers[count] > LARGEST_STEP)
            return 0;
        if (!*end)
            return count + 1;
        if (*end != separator)
            return 0;
        text = end + 1;
    }
    return 0;
}

/* "2" or "2x1", each at least 1; NULL leaves the default. */
static int read_pair(const char *option, const char *text, int64_t pair[2]) {
    int64_t numbers[2];
    if (!text)
        return CLI_DONE;
    int count = parse_numbers(text, 'x', 2, numbers);
    if (!count || numbers[0] < 1 || numbers[count - 1] < 1)
        return cli_fail_usage("convolve: %s expects N or ROWSxCOLUMNS, each from 1 to %d, not '%s'", option,
                              LARGEST_STEP, text);
    pair[0] = numbers[0];
    pair[1] = numbers[count - 1];
    return CLI_DONE;
}

/* "same", or one, two or four numbers; CLI_GO_ON, or an exit code after a message. */
static int read_padding(const char *text, cli_worked *w) {
    int64_t numbers[4];
    if (!text)
        return CLI_DONE;
    w->same = !strcmp(text, "same");
    if (w->same)
        return CLI_DONE;
    int count = parse_numbers(text, 'x', 2, numbers);
    for (int side = 0; count && side < 4; side++)
        w->padding[side] = numbers[side % 2 < count ? side % 2 : 0];
    if (!count && parse_numbers(text, ',', 4, numbers) == 4) {
        memcpy(w->padding, numbers, sizeof numbers);
        count = 4;
    }
    if (!count)
        return cli_fail_usage(
            "convolve: --padding expects N, ROWSxCOLUMNS, TOP,LEFT,BOTTOM,RIGHT (each from 0 to %d) "
            "or same, not '%s'",
            LARGEST_STEP, text);
    return CLI_DONE;
}

/* ---- Text ------------------------------------------------------------------------------------------------ */

/* The image with the zeros of its padding around it. */
static void print_padded(const cli_worked *w) {
    cli_grid padded = cli_worked_padded(w);
    if (padded.rows != w->image.rows || padded.columns != w->image.columns) {
        putchar('\n');
        cli_grid_print_titled("Padded image", &padded);
    }
    free(padded.values);
}

/* The kernel of one channel as it lies on the image: a dot for each pixel that it leaves out. */
static void print_spread(const cli_worked *w, const cli_grid *kernel) {
    const int64_t *d = w->dilation;
    const int64_t rows = d[0] * (kernel->rows - 1) + 1, columns = d[1] * (kernel->columns - 1) + 1;
    cli_table *table = cli_table_new((int)columns + 1, "lr");
    cli_print_words("\nDilated kernel (%" PRId64 " x %" PRId64 "), a dot for each pixel that it skips\n",
                    rows, columns);
    for (int64_t i = 0; i < rows * columns; i++) {
        const int64_t row = i / columns, column = i % columns;
        if (!column)
            cli_table_cell(table, "%s", ""); /* sets the grid in from the margin */
        if (row % d[0] || column % d[1])
            cli_table_cell(table, ".");
        else
            cli_table_cell(table, "%s",
                           cli_value(kernel->values[row / d[0] * kernel->columns + column / d[1]]).text);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
}

static void print_kernel(const cli_worked *w) {
    putchar('\n');
    cli_grid_print_titled("Kernel", &w->kernel);
    if (w->kernel.channels > 1 || (w->dilation[0] == 1 && w->dilation[1] == 1))
        return;
    if (w->dilation[0] * (w->kernel.rows - 1) < CLI_GRID_MAX &&
        w->dilation[1] * (w->kernel.columns - 1) < CLI_GRID_MAX)
        print_spread(w, &w->kernel);
}

static void print_sizes(const cli_worked *w) {
    static const char *const axes[] = {"Rows", "Columns"};
    cli_print_words("\nFeature map size\n");
    for (int axis = 0; axis < 2; axis++) {
        char *formula = cli_worked_size(w, axis);
        cli_print_words("  %-8s %s\n", axes[axis], formula);
        free(formula);
    }
}

/* "TITLE: 1 + 2 = 3", for which `formula` is freed. */
static void print_formula(const char *title, char *formula) {
    cli_wrapping lines = cli_wrapping_start(stdout, 2);
    cli_wrap_unbroken(&lines, "%s ", title);
    cli_wrap_formula(&lines, formula);
    cli_wrap_end_line(&lines);
    free(formula);
}

/* "Row 1, column 1:", for free(). */
static char *place_text(int64_t row, int64_t column) {
    return cli_format("Row %" PRId64 ", column %" PRId64 ":", row + 1, column + 1);
}

/* The products of one place of the feature map; of several channels each channel's in a line of its own. */
static void print_sum(const cli_worked *w, int64_t row, int64_t column) {
    char *place = place_text(row, column);
    if (w->kernel.channels == 1) {
        print_formula(place, cli_worked_sum(w, row, column, 0));
        free(place);
        return;
    }
    cli_print_words("%s\n", place);
    for (int64_t channel = 0; channel < w->kernel.channels; channel++) {
        char *title = cli_format("  channel %" PRId64 ":", channel + 1);
        print_formula(title, cli_worked_sum(w, row, column, channel));
        free(title);
    }
    print_formula("  channels together:", cli_worked_sums(w, row, column));
    free(place);
}

static void print_convolution(const cli_worked *w) {
    cli_grid_print_titled("Image", &w->image);
    print_padded(w);
    print_kernel(w);
    print_sizes(w);
    cli_print_words("\nEvery product (image x kernel) and every sum\n");
    for (int64_t place = 0; place < cli_grid_count(&w->map); place++)
        print_sum(w, place / w->map.columns, place % w->map.columns);
    putchar('\n');
    cli_grid_print_titled("Feature map", &w->map);
}

static void print_relu(const cli_worked *w) {
    cli_print_words("\nEvery value after ReLU\n");
    for (int64_t i = 0; i < cli_grid_count(&w->map); i += w->map.columns) {
        cli_wrapping lines = cli_wrapping_start(stdout, 2);
        cli_wrap_unbroken(&lines, "Row %" PRId64 ":", i / w->map.columns + 1);
        for (int64_t j = i; j < i + w->map.columns; j++)
            cli_wrap_unbroken(&lines, " max(0, %s) = %s%s", cli_value(w->map.values[j]).text,
                              cli_value(w->activated.values[j]).text, j + 1 < i + w->map.columns ? "," : "");
        cli_wrap_end_line(&lines);
    }
    putchar('\n');
    cli_grid_print_titled("Feature map after ReLU, max(0, x)", &w->activated);
}

static void print_pooling(const cli_pooled *p) {
    cli_print_words("\nEvery window and its largest value\n");
    for (int64_t i = 0; i < cli_grid_count(&p->output); i++) {
        const int64_t row = i / p->output.columns, column = i % p->output.columns;
        int64_t winner[2];
        char *place = place_text(row, column), *max = cli_pooled_max(p, row, column);
        cli_pooled_winner(p, row, column, winner);
        cli_append(&max, ", from row %" PRId64 ", column %" PRId64, winner[0] + 1, winner[1] + 1);
        print_formula(place, max);
        free(place);
    }
    cli_print_words("\nThe largest values in brackets\n");
    cli_pooled_print_winners(p);
    if (cli_pooled_leaves(p))
        cli_print_words("Rows and columns at the end that fill no window are left out.\n");
    putchar('\n');
    cli_grid_print_titled("After max pooling", &p->output);
}

/* ---- JSON ------------------------------------------------------------------------------------------------ */

/* One value of the feature map, with the products that it is the sum of, channel by channel. */
static json_t *place_json(const cli_worked *w, int64_t row, int64_t column) {
    json_t *products = json_array();
    const int64_t columns = w->kernel.columns, elements = w->kernel.rows * columns;
    for (int64_t k = 0; k < cli_grid_count(&w->kernel); k++) {
        const int64_t i = k % elements;
        cli_product p = cli_worked_product(w, row, column, k / elements, i / columns, i % columns);
        cli_json_add(products, json_pack("[oo]", cli_json_value(p.pixel), cli_json_value(p.weight)));
    }
    return json_pack("{sI sI so so}", "row", (json_int_t)row, "column", (json_int_t)column, "products",
                     products, "sum", cli_json_value(w->map.values[row * w->map.columns + column]));
}

static json_t *convolution_json(const cli_worked *w) {
    json_t *places = json_array();
    char *rows = cli_worked_size(w, 0), *columns = cli_worked_size(w, 1);
    for (int64_t place = 0; place < cli_grid_count(&w->map); place++)
        cli_json_add(places, place_json(w, place / w->map.columns, place % w->map.columns));
    json_t *json =
        json_pack("{so so so so so s{ss ss} so so}", "image", cli_grid_json(&w->image), "kernel",
                  cli_grid_json(&w->kernel), "stride", cli_json_shape(w->stride, 2), "padding",
                  cli_json_shape(w->padding, 4), "dilation", cli_json_shape(w->dilation, 2), "size", "rows",
                  rows, "columns", columns, "places", places, "feature_map", cli_grid_json(&w->map));
    if (w->relu)
        cli_json_set(json, "relu", cli_grid_json(&w->activated));
    free(rows);
    free(columns);
    return json;
}

/* ---- The command ----------------------------------------------------------------------------------------- */

/* The options into `w`. */
static int read_arguments(const struct arguments *a, cli_worked *w) {
    int code = cli_grid_read(&w->image, "--image", a->image ? a->image : cli_deck_image);
    if (code == CLI_DONE)
        code = cli_grid_read(&w->kernel, "--kernel", a->kernel ? a->kernel : cli_deck_kernel);
    if (code == CLI_DONE)
        code = read_pair("--stride", a->stride, w->stride);
    if (code == CLI_DONE)
        code = read_pair("--dilation", a->dilation, w->dilation);
    return code == CLI_DONE ? read_padding(a->padding, w) : code;
}

/* The pooling of the feature map, after the ReLU if there is one. Prints the whole. */
static int pool_and_print(const struct arguments *a, const cli_worked *w, cli_pooled *pooled) {
    pooled->input = w->relu ? &w->activated : &w->map;
    int code = a->pool ? cli_pooled_run(pooled) : CLI_DONE;
    if (code != CLI_DONE)
        return code;
    if (a->json) {
        json_t *json = convolution_json(w);
        if (a->pool)
            cli_json_set(json, "pool", cli_pooled_json(pooled));
        return cli_json_print(json);
    }
    print_convolution(w);
    if (w->relu)
        print_relu(w);
    if (a->pool)
        print_pooling(pooled);
    return CLI_DONE;
}

/* A convolution, and what follows it. */
static int convolve(const struct arguments *a, cli_pooled *pooled) {
    cli_worked worked = {.stride = {1, 1}, .dilation = {1, 1}, .relu = a->relu};
    int code = read_arguments(a, &worked);
    if (code == CLI_DONE)
        code = cli_worked_run(&worked);
    if (code == CLI_DONE)
        code = pool_and_print(a, &worked, pooled);
    cli_worked_free(&worked);
    return code;
}

/* The max pooling of the example image, without a convolution. */
static int pool_example(const struct arguments *a, cli_pooled *pooled) {
    cli_grid image;
    int code = cli_grid_read(&image, "--image", cli_deck_pooling);
    pooled->input = &image;
    if (code == CLI_DONE)
        code = cli_pooled_run(pooled);
    if (code == CLI_DONE && a->json) {
        code = cli_json_print(
            json_pack("{so so}", "image", cli_grid_json(&image), "pool", cli_pooled_json(pooled)));
    } else if (code == CLI_DONE) {
        cli_grid_print_titled("Image", &image);
        print_pooling(pooled);
    }
    free(image.values);
    return code;
}

int cli_convolve(int count, char **words) {
    struct arguments a = {0};
    cli_pooled pooled = {.window = {1, 1}};
    int operands, code = cli_parse(&cli_convolve_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    const bool convolves = a.image || a.kernel || a.stride || a.padding || a.dilation || a.relu;
    code = read_pair("--pool", a.pool, pooled.window);
    if (code == CLI_DONE)
        code = a.pool && !convolves ? pool_example(&a, &pooled) : convolve(&a, &pooled);
    free(pooled.output.values);
    return code;
}
