/* cnn deck: the teaching deck page by page, each number computed when it is shown. */
#include "command.h"
#include "deck.h"
#include "help.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "table.h"
#include "wrap.h"

#include <cnn.h>

#include <stdlib.h>
#include <string.h>

struct arguments {
    bool all, json;
};

static const cli_option options[] = {
    {"--all", CLI_FLAG, offsetof(struct arguments, all),
     .help = "show all pages, for a projector or a handout"},
    CLI_ROWS(cli_json_rows, offsetof(struct arguments, json)),
    {0},
};

#define ABOUT_DECK                                                                                           \
    "The deck is a teaching deck on convolutional networks: from one convolution to a network that is "      \
    "trained. "

const cli_usage cli_deck_usage = {
    .command = "deck",
    .title = "walk through convolutional networks page by page, every number computed",
    .operands = "[PAGE]",
    .min = 0,
    .max = 1,
    .help = ABOUT_DECK
    "This command walks through it page by page: each number is computed when it is shown, with "
    "its formula, and each page ends with commands to try. PAGE is a page's number or name; "
    "without it the pages are listed. No data are needed. --json prints a page, or all of them, "
    "with title, text and numbers.",
    .example = "  cnn deck\n  cnn deck convolution\n  cnn deck --all",
    .options = options,
};

enum { NONE = -1 };

static int count_pages(void) {
    int count = 0;
    while (cli_deck_pages[count].name)
        count++;
    return count;
}

/* The page of this number, from 1, or name; NONE after a message. */
static int find_page(const char *word) {
    const int count = count_pages();
    char *end;
    long number = strtol(word, &end, 10);
    if (*word && !*end && number >= 1 && number <= count)
        return (int)number - 1;
    const char **names = cli_allocate((size_t)count + 1, sizeof *names);
    int found = NONE;
    for (int i = 0; i < count; i++) {
        names[i] = cli_deck_pages[i].name;
        if (!strcmp(word, names[i]))
            found = i;
    }
    const char *nearest = found == NONE ? cnn_nearest_word(word, names) : NULL;
    if (nearest)
        cli_fail_usage("deck: there is no page '%s': did you mean %s?", word, nearest);
    else if (found == NONE)
        cli_fail_usage(
            "deck: there is no page '%s': pages have the numbers 1 to %d, and names that 'cnn deck' "
            "lists",
            word, count);
    free(names);
    return found;
}

/* ---- Text ------------------------------------------------------------------------------------------------ */

static int print_contents(void) {
    const int width = cli_help_width();
    cli_wrap_text(stdout, ABOUT_DECK "Here each of its numbers is computed when its page is shown.\n", width,
                  0, "");
    putchar('\n');
    cli_table *table = cli_table_new(3, "rll");
    for (int i = 0; cli_deck_pages[i].name; i++) {
        cli_table_cell(table, "%d", i + 1);
        cli_table_cell(table, "%s", cli_deck_pages[i].name);
        cli_table_cell(table, "%s", cli_deck_pages[i].subject);
    }
    cli_table_fit(table, width);
    cli_table_print(table, stdout);
    cli_table_free(table);
    putchar('\n');
    cli_wrap_text(stdout,
                  "'cnn deck 1' or 'cnn deck convolution' shows a page, 'cnn deck --all' shows all of them.",
                  width, 0, "");
    return CLI_DONE;
}

static void print_title(int index) {
    const int width = cli_help_width();
    char *title = cli_format("Page %d of %d: %s", index + 1, count_pages(), cli_deck_pages[index].title);
    cli_wrap_text(stdout, title, width, 0, "");
    for (int i = 0; i < width; i++)
        putchar('-');
    putchar('\n');
    free(title);
}

static int print_page(int index) {
    cli_page page = {0};
    print_title(index);
    int code = cli_deck_pages[index].show(&page);
    if (code == CLI_DONE && cli_deck_pages[index + 1].name) {
        char *command = cli_format("cnn deck %d", index + 2);
        cli_page_try(&page, command, "the next page");
        free(command);
    }
    return code;
}

static int print_all(void) {
    int code = CLI_DONE;
    for (int i = 0; cli_deck_pages[i].name && code == CLI_DONE; i++) {
        if (i)
            puts("\n");
        code = print_page(i);
    }
    return code;
}

/* ---- JSON ------------------------------------------------------------------------------------------------ */

/* The page into `json`. CLI_DONE, or an exit code after a message. */
static int make_json(int index, json_t **json) {
    const cli_deck_page *row = &cli_deck_pages[index];
    cli_page page = {.text = json_array(), .numbers = json_object(), .commands = json_array()};
    /* a page without JSON's text would be printed */
    int code =
        page.text && page.numbers && page.commands ? row->show(&page) : cli_fail("out of memory for JSON");
    *json =
        json_pack("{si ss ss ss so so so}", "page", index + 1, "name", row->name, "title", row->title,
                  "subject", row->subject, "text", page.text, "numbers", page.numbers, "try", page.commands);
    return code;
}

static int print_json(int index) {
    json_t *json;
    int code = make_json(index, &json);
    if (code == CLI_DONE)
        return cli_json_print(json);
    json_decref(json);
    return code;
}

static int print_all_json(void) {
    json_t *pages = json_array(), *page;
    int code = CLI_DONE;
    for (int i = 0; cli_deck_pages[i].name && code == CLI_DONE; i++) {
        code = make_json(i, &page);
        cli_json_add(pages, page);
    }
    if (code == CLI_DONE)
        return cli_json_print(pages);
    json_decref(pages);
    return code;
}

int cli_deck(int count, char **words) {
    struct arguments a = {0};
    int operands, code = cli_parse(&cli_deck_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    if (operands && a.all)
        return cli_fail_usage("deck: either a page or --all, not both");
    if (!operands)
        return a.json ? print_all_json() : a.all ? print_all() : print_contents();
    const int page = find_page(words[0]);
    if (page == NONE)
        return CLI_WRONG_USAGE;
    return a.json ? print_json(page) : print_page(page);
}
