/* The deck's page on assumptions: of each what can be computed without data. */
#include "deck.h"
#include "deck_basic.h"
#include "output.h"
#include "worked.h"

#include <cnn.h>
#include <cnn_inspect.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The deck's image on a larger black one, and its feature map. */
static int convolve_at(cli_worked *w, int64_t top, int64_t left) {
    cli_grid image = {0};
    *w = (cli_worked){.stride = {1, 1}, .dilation = {1, 1}};
    int code = cli_grid_read(&image, "image", cli_deck_image);
    w->image = cli_grid_new(1, image.rows + 2, image.columns + 2);
    for (int64_t row = 0; row < image.rows; row++)
        memcpy(w->image.values + (top + row) * w->image.columns + left, image.values + row * image.columns,
               (size_t)image.columns * sizeof *image.values);
    free(image.values);
    if (code == CLI_DONE)
        code = cli_grid_read(&w->kernel, "kernel", cli_deck_kernel);
    return code == CLI_DONE ? cli_worked_run(w) : code;
}

/* How many values of the first map are in the second one row lower and one column further right; *all: of how many. */
static int64_t count_moved(const cli_grid *first, const cli_grid *second, int64_t *all) {
    int64_t equal = 0;
    *all = (first->rows - 1) * (first->columns - 1);
    for (int64_t row = 1; row < first->rows; row++)
        for (int64_t column = 1; column < first->columns; column++)
            equal += second->values[row * first->columns + column] ==
                     first->values[(row - 1) * first->columns + column - 1];
    return equal;
}

static int show_translation(cli_page *page) {
    cli_worked first, second;
    int64_t all, equal;
    int code = convolve_at(&first, 0, 0), code2 = convolve_at(&second, 1, 1);
    if (code == CLI_DONE && code2 == CLI_DONE) {
        equal = count_moved(&first.map, &second.map, &all);
        cli_page_say(
            page,
            "Features are translation invariant: what is worth finding in one place is worth finding in "
            "any other. So the same filter is used everywhere, and when the image moves, its feature map "
            "moves with it. Here is the deck's image on a black one of 7 x 7 pixels, first in the upper left "
            "corner, then one row lower and one column further right:");
        cli_page_grid(page, "map", "Feature map", &first.map);
        cli_page_grid(page, "map_moved", "Feature map of the moved image", &second.map);
        cli_page_say(page,
                     "%" PRId64 " of the %" PRId64
                     " values that stay on the map moved by one row and one column.",
                     equal, all);
        cli_page_number(page, "moved", (double)equal);
    }
    cli_worked_free(&first);
    cli_worked_free(&second);
    return code == CLI_DONE ? code2 : code;
}

/* The receptive field of the first value of a layer, by the library. */
static int find_field(const cnn_inspector *inspector, const char *layer, cnn_receptive_field *field) {
    cnn_error error;
    if (cnn_inspector_receptive_field(inspector, layer, 0, field, NULL, &error))
        return cli_fail("%s", error.message);
    return CLI_DONE;
}

/* A layer with a window: how its field follows from that of the layer before it. */
static void add_field(cli_table *table, json_t *fields, const cli_basic_window *w,
                      const cnn_receptive_field *before, const cnn_receptive_field *field) {
    cli_table_cell(table, "%s", w->title);
    cli_table_cell(table, "%" PRId64 " x %" PRId64 " pixels", field->rows, field->columns);
    cli_table_cell(table, "%" PRId64 " + (%" PRId64 " - 1) x %s = %" PRId64, before->rows, w->kernel,
                   cli_value(before->row_jump).text, field->rows);
    cli_json_set(fields, w->layer, json_integer(field->rows));
}

/* The dense layer, which looks at whole maps. */
static int add_dense_field(cli_table *table, json_t *fields, const cnn_inspector *inspector) {
    cnn_receptive_field field;
    int code = find_field(inspector, "fc_1", &field);
    if (code != CLI_DONE)
        return code;
    const int64_t rows = field.end_row - field.first_row, columns = field.end_column - field.first_column;
    cli_table_cell(table, "FC_1");
    cli_table_cell(table, "%" PRId64 " x %" PRId64 " pixels", rows, columns);
    cli_table_cell(table, "all of the image");
    cli_json_set(fields, "fc_1", json_integer(rows));
    return CLI_DONE;
}

/* How many pixels, in rows and in columns, a value of each layer depends on. */
static int show_receptive_fields(cli_page *page, const cnn_inspector *inspector) {
    static const char *const heads[] = {"Layer", "Receptive field", "Field before + (f - 1) x distance"};
    cli_table *table = cli_table_new(3, "lll");
    json_t *fields = json_object();
    cnn_receptive_field before = {.rows = 1, .columns = 1, .row_jump = 1}; /* a pixel's */
    int code = CLI_DONE;
    for (int i = 0; i < 3; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (const cli_basic_window *w = cli_basic_windows; w->layer && code == CLI_DONE; w++) {
        cnn_receptive_field field = {0};
        code = find_field(inspector, w->layer, &field);
        if (code == CLI_DONE)
            add_field(table, fields, w, &before, &field);
        before = field;
    }
    if (code == CLI_DONE)
        code = add_dense_field(table, fields, inspector);
    cli_page_table(page, table);
    cli_page_json(page, "receptive_fields", fields);
    return code;
}

static int show_locality(cli_page *page, const cnn_inspector *inspector) {
    cnn_receptive_field field;
    int64_t input[3];
    int code = find_field(inspector, "conv_1", &field);
    if (code != CLI_DONE)
        return code;
    cnn_net_input(cnn_inspector_net(inspector), input);
    const int64_t all = input[1] * input[2];
    cli_page_say(page,
                 "Low-level features, such as edges, are local: a few neighbouring pixels are enough to find "
                 "one. A value of the first feature map of the Basic CNN depends on %" PRId64 " of %" PRId64
                 " pixels, %.1f %%.",
                 field.pixels, all, 100.0 * (double)field.pixels / (double)all);
    cli_page_number(page, "seen", (double)field.pixels);
    return CLI_DONE;
}

static int show_hierarchy(cli_page *page, const cnn_inspector *inspector) {
    cli_page_say(
        page,
        "High-level features are made of low-level ones. Each layer combines what the one before it found, "
        "and so its values depend on more of the image: their receptive field grows. The distance is that "
        "between neighbouring values of the layer's input, in pixels:");
    return show_receptive_fields(page, inspector);
}

/* An inspector of the Basic CNN. */
static int open_inspector(cnn_inspector **inspector) {
    cnn_error error;
    cnn_net *net;
    cnn_inspector_options options = {.threads = 1, .no_gradients = true};
    *inspector = NULL;
    int code = cli_basic_open(&net);
    if (code == CLI_DONE && cnn_inspector_new(inspector, net, &options, &error))
        code = cli_fail("%s", error.message);
    cnn_net_free(net);
    return code;
}

int cli_show_assumptions(cli_page *page) {
    cnn_inspector *inspector;
    int code = open_inspector(&inspector);
    if (code == CLI_DONE)
        code = show_locality(page, inspector);
    if (code == CLI_DONE)
        code = show_translation(page);
    if (code == CLI_DONE)
        code = show_hierarchy(page, inspector);
    cli_page_try(page, "cnn convolve", "the feature map of the deck's image");
    cli_page_try(page, "cnn explain runs/first --data fashion-mnist --layer conv_1",
                 "the feature maps of a network that you trained");
    cli_page_try(page, "cnn explain runs/first --data fashion-mnist --layer conv_2 --at 0,10,10",
                 "one value of a map, and the pixels that it depends on");
    cli_page_try(page, "cnn lab basic --data fashion-mnist --quick",
                 "what is lost when pixels are shuffled, and what excites each channel");
    cnn_inspector_free(inspector);
    return code;
}
