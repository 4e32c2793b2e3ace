/* cnn convolve: a convolution worked out product by product, on any small image and kernel. */
#include "command.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "worked.h"
#include "wrap.h"

#include <cnn.h>

#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *image, *kernel, *stride, *padding, *dilation;
    bool relu, json;
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    {"--image", CLI_TEXT, AT(image), "ROWS",
     .help = "the image: \"1 0 1 / 0 1 0 / ...\", or a file of such rows (a 5 x 5 example)"},
    {"--kernel", CLI_TEXT, AT(kernel), "ROWS",
     .help = "the kernel, written in the same way (a 3 x 3 example)"},
    {"--stride", CLI_TEXT, AT(stride), "S|SHxSW",
     .help = "how far the kernel moves at a time, rows x columns (1)"},
    {"--padding", CLI_TEXT, AT(padding), "P|PHxPW|T,L,B,R",
     .help = "zeros around the image: one number for all sides, rows x columns, or top, left, bottom, right; "
             "or 'same' (0)"},
    {"--dilation", CLI_TEXT, AT(dilation), "D|DHxDW",
     .help = "distance between neighbouring kernel elements (1)"},
    {"--relu", CLI_FLAG, AT(relu), .help = "also show the feature map after ReLU"},
    CLI_ROWS(cli_json_rows, AT(json)),
    {0},
};

const cli_usage cli_convolve_usage = {
    .command = "convolve",
    .title = "show a convolution step by step: every product, every sum",
    .operands = "",
    .min = 0,
    .max = 0,
    .help =
        "Show how a convolution is computed: the size of the feature map from its formula, then, for each of "
        "its values, every product and their sum. Without options, an example image and kernel are used.",
    .example = "  cnn convolve\n  cnn convolve --image \"1 2 3 / 4 5 6 / 7 8 9\" "
               "--kernel \"1 0 / 0 -1\" --padding 1",
    .options = options,
};

static const char DECK_IMAGE[] = "1 0 1 0 1 / 1 0 0 1 1 / 0 1 1 0 0 / 1 0 0 1 0 / 0 0 1 1 0";
static const char DECK_KERNEL[] = "0 1 0 / 1 0 -1 / 0 1 0";

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

/* "5 + 2*1" for equal paddings, "5 + 0 + 1" for others. */
static char *padded_text(const char *size, const char *begin, const char *end, bool equal) {
    return equal ? cli_format("%s + 2%s%s", size, *begin == 'p' ? "" : "*", begin)
                 : cli_format("%s + %s + %s", size, begin, end);
}

/* "(n + 2p - f)/s + 1 = (5 + 2*0 - 3)/1 + 1 = 3" for rows (axis 0) or columns (1). For free(). */
static char *size_formula(const cli_worked *w, int axis) {
    int64_t n = axis ? w->image.columns : w->image.rows, f = axis ? w->kernel.columns : w->kernel.rows;
    int64_t begin = w->padding[axis], end = w->padding[axis + 2], s = w->stride[axis], d = w->dilation[axis];
    int64_t size = axis ? w->map.columns : w->map.rows, rest = (n + begin + end - d * (f - 1) - 1) % s;
    char *numbers[3], *words, *figures;
    numbers[0] = cli_format("%lld", (long long)n);
    numbers[1] = cli_format("%lld", (long long)begin);
    numbers[2] = cli_format("%lld", (long long)end);
    words = padded_text("n", "p", "q", begin == end);
    figures = padded_text(numbers[0], numbers[1], numbers[2], begin == end);
    char *kernel = d == 1 ? cli_format("%lld", (long long)f)
                          : cli_format("(%lld*(%lld - 1) + 1)", (long long)d, (long long)f);
    char *formula =
        cli_format("(%s - %s)/s + 1 = (%s - %s)/%lld + 1 = %lld%s", words, d == 1 ? "f" : "(d(f - 1) + 1)",
                   figures, kernel, (long long)s, (long long)size, rest ? ", rounded down" : "");
    char *all[] = {numbers[0], numbers[1], numbers[2], words, figures, kernel};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
    return formula;
}

static void print_grid(const char *title, const cli_grid *grid) {
    cli_print_words("%s (%lld x %lld)\n", title, (long long)grid->rows, (long long)grid->columns);
    cli_grid_print(grid, stdout);
}

/* The image with the zeros of its padding around it. */
static void print_padded(const cli_worked *w) {
    const int64_t *p = w->padding;
    cli_grid padded = {w->image.rows + p[0] + p[2], w->image.columns + p[1] + p[3], NULL};
    if (padded.rows == w->image.rows && padded.columns == w->image.columns)
        return;
    padded.values = cli_allocate((size_t)(padded.rows * padded.columns), sizeof *padded.values);
    for (int64_t i = 0; i < padded.rows * padded.columns; i++)
        padded.values[i] = cli_worked_pixel(w, i / padded.columns - p[0], i % padded.columns - p[1]);
    print_grid("\nPadded image", &padded);
    free(padded.values);
}

/* "(1 x 0) + (0 x 1) + ... = 2" for one place of the feature map. */
static void print_sum(const cli_worked *w, int64_t row, int64_t column) {
    cli_wrapping lines = cli_wrapping_start(stdout, 2);
    cli_wrap_unbroken(&lines, "Row %lld, column %lld:", (long long)row + 1, (long long)column + 1);
    for (int64_t k = 0; k < w->kernel.rows * w->kernel.columns; k++) {
        cli_product p = cli_worked_product(w, row, column, k / w->kernel.columns, k % w->kernel.columns);
        cli_wrap_unbroken(&lines, "%s (%s x %s)", k ? " +" : "", cli_value(p.pixel).text,
                          cli_value(p.weight).text);
    }
    cli_wrap_unbroken(&lines, " = %s", cli_value(w->map.values[row * w->map.columns + column]).text);
    cli_wrap_end_line(&lines);
}

static int print_text(const cli_worked *w) {
    static const char *const axes[] = {"Rows", "Columns"};
    print_grid("Image", &w->image);
    print_padded(w);
    print_grid("\nKernel", &w->kernel);
    puts("\nFeature map size");
    for (int axis = 0; axis < 2; axis++) {
        char *formula = size_formula(w, axis);
        cli_print_words("  %-8s %s\n", axes[axis], formula);
        free(formula);
    }
    cli_print_words("\nEvery product (image x kernel) and every sum\n");
    for (int64_t place = 0; place < w->map.rows * w->map.columns; place++)
        print_sum(w, place / w->map.columns, place % w->map.columns);
    print_grid("\nFeature map", &w->map);
    if (w->relu)
        print_grid("\nFeature map after ReLU, max(0, x)", &w->activated);
    return CLI_DONE;
}

static json_t *grid_json(const cli_grid *grid) {
    json_t *rows = json_array();
    for (int64_t row = 0; row < grid->rows; row++) {
        json_t *values = json_array();
        for (int64_t column = 0; column < grid->columns; column++)
            json_array_append_new(values, cli_json_value(grid->values[row * grid->columns + column]));
        json_array_append_new(rows, values);
    }
    return rows;
}

/* One value of the feature map, with the products that it is the sum of. */
static json_t *place_json(const cli_worked *w, int64_t row, int64_t column) {
    json_t *products = json_array();
    for (int64_t k = 0; k < w->kernel.rows * w->kernel.columns; k++) {
        cli_product p = cli_worked_product(w, row, column, k / w->kernel.columns, k % w->kernel.columns);
        json_array_append_new(products, json_pack("[oo]", cli_json_value(p.pixel), cli_json_value(p.weight)));
    }
    return json_pack("{sI sI so so}", "row", (json_int_t)row, "column", (json_int_t)column, "products",
                     products, "sum", cli_json_value(w->map.values[row * w->map.columns + column]));
}

static int print_json(const cli_worked *w) {
    json_t *places = json_array();
    char *rows = size_formula(w, 0), *columns = size_formula(w, 1);
    for (int64_t place = 0; place < w->map.rows * w->map.columns; place++)
        json_array_append_new(places, place_json(w, place / w->map.columns, place % w->map.columns));
    json_t *json =
        json_pack("{so so so so so s{ss ss} so so}", "image", grid_json(&w->image), "kernel",
                  grid_json(&w->kernel), "stride", cli_json_shape(w->stride, 2), "padding",
                  cli_json_shape(w->padding, 4), "dilation", cli_json_shape(w->dilation, 2), "size", "rows",
                  rows, "columns", columns, "places", places, "feature_map", grid_json(&w->map));
    if (w->relu)
        json_object_set_new(json, "relu", grid_json(&w->activated));
    free(rows);
    free(columns);
    return cli_json_print(json);
}

/* The options into `w`. */
static int read_arguments(const struct arguments *a, cli_worked *w) {
    int code = cli_grid_read(&w->image, "--image", a->image);
    if (code == CLI_DONE)
        code = cli_grid_read(&w->kernel, "--kernel", a->kernel);
    if (code == CLI_DONE)
        code = read_pair("--stride", a->stride, w->stride);
    if (code == CLI_DONE)
        code = read_pair("--dilation", a->dilation, w->dilation);
    return code == CLI_DONE ? read_padding(a->padding, w) : code;
}

int cli_convolve(int count, char **words) {
    struct arguments a = {.image = DECK_IMAGE, .kernel = DECK_KERNEL};
    int operands, code = cli_parse(&cli_convolve_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    cli_worked worked = {.stride = {1, 1}, .dilation = {1, 1}, .relu = a.relu};
    code = read_arguments(&a, &worked);
    if (code == CLI_DONE)
        code = cli_worked_run(&worked);
    if (code == CLI_DONE)
        code = a.json ? print_json(&worked) : print_text(&worked);
    cli_worked_free(&worked);
    return code;
}
