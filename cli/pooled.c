#include "pooled.h"

#include "forward.h"
#include "output.h"
#include "table.h"

#include <cnn.h>

#include <inttypes.h>
#include <stdlib.h>

const char cli_deck_pooling[] = "12 123 167 5 / 88 3 9 150 / 187 31 20 165 / 64 99 70 1";

/* The value of the input at place `i` of a window, which is counted row by row. */
static double value_at(const cli_pooled *p, int64_t row, int64_t column, int64_t i) {
    const int64_t from_row = row * p->window[0] + i / p->window[1];
    const int64_t from_column = column * p->window[1] + i % p->window[1];
    return p->input->values[from_row * p->input->columns + from_column];
}

/* Which value of a window is the largest, counted row by row. */
static int64_t winner(const cli_pooled *p, int64_t row, int64_t column) {
    int64_t best = 0;
    for (int64_t i = 1; i < p->window[0] * p->window[1]; i++)
        if (value_at(p, row, column, i) > value_at(p, row, column, best))
            best = i;
    return best;
}

/* The library's output must be the winners that are shown, in float32. */
static int check_winners(const cli_pooled *p) {
    for (int64_t i = 0; i < cli_grid_count(&p->output); i++) {
        const int64_t row = i / p->output.columns, column = i % p->output.columns;
        const double max = value_at(p, row, column, winner(p, row, column));
        if (p->output.values[i] != (double)(float)max)
            return cli_fail("the library's max pooling gives %g in row %" PRId64 ", column %" PRId64
                            ", where %g is the largest "
                            "value: this is a bug in cnn, please report it",
                            p->output.values[i], row + 1, column + 1, max);
    }
    return CLI_DONE;
}

int cli_pooled_run(cli_pooled *p) {
    cnn_net *net = cnn_net_new(
        &(cnn_input_options){.channels = 1, .height = p->input->rows, .width = p->input->columns});
    cnn_pool2d_options pooling = {.kernel = {p->window[0], p->window[1]},
                                  .stride = {p->window[0], p->window[1]}};
    if (net)
        cnn_add_max_pool2d(net, &pooling);
    int code = cli_forward_free(net, p->input, &p->output);
    return code == CLI_DONE ? check_winners(p) : code;
}

void cli_pooled_winner(const cli_pooled *p, int64_t row, int64_t column, int64_t place[2]) {
    const int64_t best = winner(p, row, column);
    place[0] = row * p->window[0] + best / p->window[1];
    place[1] = column * p->window[1] + best % p->window[1];
}

char *cli_pooled_max(const cli_pooled *p, int64_t row, int64_t column) {
    char *text = cli_format("max(");
    for (int64_t i = 0; i < p->window[0] * p->window[1]; i++)
        cli_append(&text, "%s%s", i ? ", " : "", cli_value(value_at(p, row, column, i)).text);
    cli_append(&text, ") = %s", cli_value(p->output.values[row * p->output.columns + column]).text);
    return text;
}

bool cli_pooled_leaves(const cli_pooled *p) {
    return p->input->rows % p->window[0] || p->input->columns % p->window[1];
}

/* Whether the value at this place of the input is the winner of its window. */
static bool wins(const cli_pooled *p, int64_t row, int64_t column) {
    int64_t place[2];
    if (row / p->window[0] >= p->output.rows || column / p->window[1] >= p->output.columns)
        return false;
    cli_pooled_winner(p, row / p->window[0], column / p->window[1], place);
    return place[0] == row && place[1] == column;
}

void cli_pooled_print_winners(const cli_pooled *p) {
    cli_table *table = cli_table_new((int)p->input->columns + 1, "lr");
    for (int64_t i = 0; i < cli_grid_count(p->input); i++) {
        const int64_t row = i / p->input->columns, column = i % p->input->columns;
        const bool won = wins(p, row, column);
        if (!column)
            cli_table_cell(table, "%s", ""); /* sets the grid in from the margin */
        cli_table_cell(table, "%s%s%s", won ? "[" : "", cli_value(p->input->values[i]).text, won ? "]" : " ");
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
}

/* One window: its values, where the largest lies, and the value that the library gave. */
static json_t *window_json(const cli_pooled *p, int64_t row, int64_t column) {
    json_t *values = json_array();
    int64_t place[2];
    cli_pooled_winner(p, row, column, place);
    for (int64_t i = 0; i < p->window[0] * p->window[1]; i++)
        cli_json_add(values, cli_json_value(value_at(p, row, column, i)));
    return json_pack("{sI sI so so so}", "row", (json_int_t)row, "column", (json_int_t)column, "values",
                     values, "winner", cli_json_shape(place, 2), "max",
                     cli_json_value(p->output.values[row * p->output.columns + column]));
}

json_t *cli_pooled_json(const cli_pooled *p) {
    json_t *windows = json_array();
    for (int64_t i = 0; i < cli_grid_count(&p->output); i++)
        cli_json_add(windows, window_json(p, i / p->output.columns, i % p->output.columns));
    return json_pack("{so so so so}", "window", cli_json_shape(p->window, 2), "stride",
                     cli_json_shape(p->window, 2), "windows", windows, "map", cli_grid_json(&p->output));
}
