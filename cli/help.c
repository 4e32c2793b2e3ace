#include "help.h"

#include "output.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

enum { WIDEST = 80, TEXT_COLUMN = 30 }; /* in columns */

int cli_help_width(void) {
    int width = cli_terminal_width(stdout);
    return width < WIDEST ? width : WIDEST;
}

char *cli_option_text(const cli_option *option) {
    char *text = cli_format("%s%s%s%s%s", option->letter ? option->letter : "", option->letter ? ", " : "",
                            option->name, option->value ? " " : "", option->value ? option->value : "");
    for (int i = 0; !option->alone && option->choices && option->choices[i]; i++) {
        char *longer = cli_format("%s%s%s", text, i ? "|" : " ", option->choices[i]);
        free(text);
        text = longer;
    }
    return text;
}

static void print_option(const cli_option *option, int width) {
    char *text = cli_option_text(option);
    cli_wrap_row(stdout, text, option->help, TEXT_COLUMN, width);
    free(text);
}

static void print_options(const cli_usage *usage, int width) {
    cli_option *all = cli_all_options(usage);
    if (all->kind != CLI_HEADING)
        puts("Options:");
    for (const cli_option *option = all; option->kind != CLI_END; option++) {
        if (option->kind == CLI_HEADING)
            printf("%s%s:\n", option == all ? "" : "\n", option->name);
        else
            print_option(option, width);
    }
    free(all);
}

char *cli_usage_way(const cli_usage *usage, int way) {
    const char *operands = usage->operands;
    for (; way; way--) {
        operands += strcspn(operands, "\n");
        if (!*operands++)
            return NULL;
    }
    return cli_format("cnn %s%s%.*s [OPTIONS]", usage->command, *operands ? " " : "",
                      (int)strcspn(operands, "\n"), operands);
}

/* "Usage: ..." and, where there are several ways to call the command, "or: ...". */
static void print_ways(const cli_usage *usage, int width) {
    cli_wrapping wrapping = {.to = stdout, .width = width, .indent = 11, .broken_line = ""};
    char *way;
    for (int i = 0; (way = cli_usage_way(usage, i)); i++) {
        cli_wrap_column(&wrapping, i ? 3 : 0);
        cli_wrap(&wrapping, i ? "or:" : "Usage:");
        cli_wrap(&wrapping, way);
        cli_wrap_end_line(&wrapping);
        free(way);
    }
}

int cli_help_print(const cli_usage *usage) {
    int width = cli_help_width();
    print_ways(usage, width);
    putchar('\n');
    cli_wrap_text(stdout, usage->help, width, 2, "");
    putchar('\n');
    print_options(usage, width);
    puts("\nExample:");
    cli_wrap_text(stdout, usage->example, width, 4, " \\");
    return CLI_DONE;
}
