#include "deck.h"

#include "help.h"
#include "output.h"
#include "wrap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const cli_deck_page cli_deck_pages[] = {
    {"convolution", "Convolution", "a kernel slides over an image: products and their sum",
     cli_show_convolution},
    {"feature-map", "Feature map", "what the convolution gives, and its size", cli_show_feature_map},
    {"stride", "Stride, padding and kernel size", "what decides the size of a feature map", cli_show_stride},
    {"relu", "ReLU", "max(0, x), which adds non-linearity", cli_show_relu},
    {"pooling", "Max pooling", "the largest value of each window", cli_show_pooling},
    {"flatten", "Flatten and dense", "from maps to one vector, and layers that see all of it",
     cli_show_flatten},
    {"softmax", "Softmax", "from scores to probabilities", cli_show_softmax},
    {"basic", "The Basic CNN", "these layers put together", cli_show_basic},
    {"parameters", "The parameters of the Basic CNN", "how many numbers training has to find",
     cli_show_parameters},
    {"training", "Training", "weights that start at random, and a loss that falls", cli_show_training},
    {"batches", "Batches, iterations and epochs", "how many updates a training has", cli_show_batches},
    {"advantages", "Advantages", "invariance, parameter sharing, sparsity of connections",
     cli_show_advantages},
    {"assumptions", "Assumptions", "what convolutions take for granted about images", cli_show_assumptions},
    {0},
};

void cli_deck_put_names(void) {
    for (const cli_deck_page *page = cli_deck_pages; page->name; page++)
        printf("%s%s", page == cli_deck_pages ? "" : " ", page->name);
}

/* Keep the text for JSON; false: it is to be printed. */
static bool keep_text(cli_page *page, const char *text) {
    if (!page->text)
        return false;
    cli_json_add(page->text, cli_json_text(text));
    return true;
}

void cli_page_say(cli_page *page, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = cli_vformat(format, arguments);
    va_end(arguments);
    if (!keep_text(page, text)) {
        putchar('\n');
        cli_wrap_text(stdout, text, cli_help_width(), 0, "");
    }
    free(text);
}

void cli_page_formula(cli_page *page, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = cli_vformat(format, arguments);
    va_end(arguments);
    if (!keep_text(page, text)) {
        cli_wrapping lines = cli_wrapping_start(stdout, 4);
        cli_wrap_column(&lines, 2);
        cli_wrap_formula(&lines, text);
        cli_wrap_end_line(&lines);
    }
    free(text);
}

void cli_page_json(cli_page *page, const char *key, json_t *value) {
    if (page->numbers)
        cli_json_set(page->numbers, key, value);
    else
        json_decref(value);
}

void cli_page_number(cli_page *page, const char *key, double value) {
    cli_page_json(page, key, cli_json_value(value));
}

void cli_page_grid(cli_page *page, const char *key, const char *title, const cli_grid *grid) {
    cli_page_json(page, key, cli_grid_json(grid));
    if (page->text)
        return;
    putchar('\n');
    cli_grid_print_titled(title, grid);
}

void cli_page_table(cli_page *page, cli_table *table) {
    if (!page->text) {
        putchar('\n');
        cli_table_print(table, stdout);
    }
    cli_table_free(table);
}

void cli_page_try(cli_page *page, const char *command, const char *shows) {
    enum { SHOWS_COLUMN = 36 };
    if (page->commands) {
        cli_json_add(page->commands, json_pack("{ss ss}", "command", command, "shows", shows));
        return;
    }
    if (!page->tries)
        puts("\nTry");
    page->tries = true;
    cli_wrap_row(stdout, command, shows, SHOWS_COLUMN, cli_help_width());
}
