#include "help.h"

#include "output.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

/* In columns. On a narrow terminal the texts stand below the options. */
enum { WIDEST = 80, NARROW = 60, TEXT_COLUMN = 30, NARROW_TEXT_COLUMN = 6 };

static const cli_option help_row = {"--help", CLI_FLAG, .help = "show this text"};

static int help_width(void) {
    int width = cli_terminal_width(stdout);
    return width < WIDEST ? width : WIDEST;
}

/* "-o, --output RUN_DIR", "--optimizer sgd|adam|adamw"; for free(). */
static char *option_text(const cli_option *option) {
    char *text = cli_format("%s%s%s%s%s", option->letter ? option->letter : "", option->letter ? ", " : "",
                            option->name, option->value ? " " : "", option->value ? option->value : "");
    for (int i = 0; option->choices && option->choices[i]; i++) {
        char *longer = cli_format("%s%s%s", text, i ? "|" : " ", option->choices[i]);
        free(text);
        text = longer;
    }
    return text;
}

static void print_option(const cli_option *option, int width) {
    int column = width < NARROW ? NARROW_TEXT_COLUMN : TEXT_COLUMN;
    cli_wrapping wrapping = {.to = stdout, .width = width, .indent = NARROW_TEXT_COLUMN, .broken_line = ""};
    char *text = option_text(option);
    cli_wrap_column(&wrapping, 2);
    cli_wrap(&wrapping, text);
    if (wrapping.column > column - 2)
        cli_wrap_end_line(&wrapping);
    cli_wrap_column(&wrapping, column);
    wrapping.indent = column;
    cli_wrap(&wrapping, option->help);
    cli_wrap_end_line(&wrapping);
    free(text);
}

static void print_options(const cli_usage *usage, int width) {
    if (usage->options->kind != CLI_HEADING)
        puts("Options:");
    for (const cli_option *option = usage->options; option->kind != CLI_END; option++) {
        if (option->kind == CLI_HEADING)
            printf("%s%s:\n", option == usage->options ? "" : "\n", option->name);
        else
            print_option(option, width);
    }
    print_option(&help_row, width);
}

/* A line for each way to call the command. */
static void print_ways(const cli_usage *usage, int width) {
    const char *way = usage->operands;
    for (int i = 0; !i || *way; i++) {
        size_t length = strcspn(way, "\n");
        cli_wrapping wrapping = {.to = stdout, .width = width, .indent = 11, .broken_line = ""};
        char *text =
            cli_format("%s cnn %s %.*s [OPTIONS]", i ? "   or:" : "Usage:", usage->command, (int)length, way);
        cli_wrap_column(&wrapping, i ? 3 : 0);
        cli_wrap(&wrapping, text);
        cli_wrap_end_line(&wrapping);
        free(text);
        way += length + (way[length] == '\n');
    }
}

int cli_help_print(const cli_usage *usage) {
    int width = help_width();
    print_ways(usage, width);
    putchar('\n');
    cli_wrap_text(stdout, usage->help, width, 2, "");
    putchar('\n');
    print_options(usage, width);
    puts("\nExample:");
    cli_wrap_text(stdout, usage->example, width, 4, " \\");
    return CLI_DONE;
}
