#include "manual.h"

#include "commands.h"
#include "help.h"
#include "output.h"

#include <cnn.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *meaning;
} environment[] = {
    {"CNN_DATA", "A folder that is searched for data sets known by name before ~/.cache/cnn and the folders "
                 "of system packages."},
    {"CNN_CPU", "The newest instruction set that may be used: scalar, avx2, avx512 or avx512_bf16."},
    {"COLUMNS", "The width of tables and help, instead of that of the terminal."},
    {"NO_COLOR", "If it is set, explain shows no maps in a terminal; nothing else has colours."},
};

/* ---- The language of man(7) ------------------------------------------------------------------------- */

/* How characters are written that would be taken for an escape or become a typographic quote or hyphen. */
static const char *escape_of(char character) {
    static const struct {
        char character;
        const char *escape;
    } escapes[] = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
                   {'^', "\\(ha"}, {'~', "\\(ti"}, {'`', "\\(ga"}};
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
        if (escapes[i].character == character)
            return escapes[i].escape;
    return NULL;
}

/* `length` bytes of text, which may begin a line. */
static void put_text(const char *text, size_t length) {
    if (length && *text == '.')
        fputs("\\&", stdout);
    for (size_t i = 0; i < length; i++) {
        const char *escape = escape_of(text[i]);
        if (escape)
            fputs(escape, stdout);
        else
            putchar(text[i]);
    }
}

/* Text with the characters escaped that troff would interpret. */
static void put_string(const char *text) {
    put_text(text, strlen(text));
}

/* In the font `font`: B (bold) or I (italic). */
static void put_in_font(char font, const char *text) {
    printf("\\f%c", font);
    put_string(text);
    fputs("\\fR", stdout);
}

/* Paragraphs; lines that are indented stay lines of their own. */
static void put_paragraphs(const char *text) {
    while (*text) {
        size_t length = strcspn(text, "\n"), indent = strspn(text, " ");
        if (!length)
            fputs(".PP", stdout);
        else if (indent)
            printf(".RS %zu\n", indent);
        put_text(text + indent, length ? length - indent : 0);
        puts(length && indent ? "\n.RE" : "");
        text += length + (text[length] == '\n');
    }
}

/* Lines that troff must not fill, set in from the margin. */
static void put_example(const char *text) {
    puts(".SH EXAMPLES\n.EX");
    put_string(text);
    puts("\n.EE");
}

/* ---- Parts of a page --------------------------------------------------------------------------------- */

/* "CNN-DATA-INFO": a page's name of a command's; in capitals or not. */
static void put_name(const char *command, bool capitals) {
    fputs(capitals ? "CNN" : "cnn", stdout);
    if (*command)
        fputs("\\-", stdout);
    for (; *command; command++)
        if (*command == ' ' || *command == '-')
            fputs("\\-", stdout);
        else
            putchar(capitals ? toupper((unsigned char)*command) : *command);
}

static void put_head(const char *command, const char *title) {
    fputs(".TH ", stdout);
    put_name(command, true);
    printf(" 1 \"\" \"cnn %s\" \"User Commands\"\n.ad l\n.SH NAME\n", cnn_version());
    put_name(command, false);
    fputs(" \\- ", stdout);
    put_string(title);
    puts("\n.SH SYNOPSIS");
}

/* The option in bold, its value, and its help indented below. */
static void put_option(const cli_option *option) {
    puts(".TP");
    if (option->letter) {
        put_in_font('B', option->letter);
        fputs(", ", stdout);
    }
    put_in_font('B', option->name);
    if (option->value) {
        putchar(' ');
        put_in_font('I', option->value);
    }
    for (int i = 0; !option->alone && option->choices && option->choices[i]; i++) {
        putchar(i ? '|' : ' ');
        put_in_font('B', option->choices[i]);
    }
    putchar('\n');
    put_string(option->help);
    putchar('\n');
}

static void put_options(const cli_usage *usage) {
    cli_option *all = cli_all_options(usage);
    puts(".SH OPTIONS");
    for (const cli_option *option = all; option->kind != CLI_END; option++)
        if (option->kind == CLI_HEADING)
            printf(".SS %s\n", option->name);
        else
            put_option(option);
    free(all);
}

static void put_exit_codes(void) {
    static const struct {
        int code;
        const char *meaning;
    } codes[] = {
#define CLI_EXIT_ROW(name, code, meaning) {code, meaning},
        CLI_EXIT_LIST(CLI_EXIT_ROW)
#undef CLI_EXIT_ROW
    };
    puts(".SH EXIT STATUS");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        printf(".TP\n%d\n", codes[i].code);
        put_string(codes[i].meaning);
        putchar('\n');
    }
}

static void put_environment(void) {
    puts(".SH ENVIRONMENT");
    for (size_t i = 0; i < sizeof environment / sizeof environment[0]; i++) {
        puts(".TP");
        put_in_font('B', environment[i].name);
        putchar('\n');
        put_string(environment[i].meaning);
        putchar('\n');
    }
}

/* The pages of all commands but `but`, each with what it does if `titles`. */
static void put_pages(const cli_usage *but, bool titles) {
    const char *between = "";
    for (const cli_command *command = cli_commands; command->usage; command++) {
        if (command->usage == but)
            continue;
        fputs(titles ? ".TP\n" : between, stdout);
        fputs("\\fB", stdout);
        put_name(command->usage->command, false);
        fputs("\\fR(1)", stdout);
        between = ",\n";
        if (titles) {
            putchar('\n');
            put_string(command->usage->title);
            putchar('\n');
        }
    }
}

/* ---- Pages ------------------------------------------------------------------------------------------- */

/* The manual page of one command. */
static void print_page(const cli_usage *usage) {
    char *way;
    put_head(usage->command, usage->title);
    for (int i = 0; (way = cli_usage_way(usage, i)); i++) {
        puts(i ? ".br" : ".nh");
        put_string(way);
        putchar('\n');
        free(way);
    }
    puts(".hy\n.SH DESCRIPTION");
    put_paragraphs(usage->help);
    put_options(usage);
    put_exit_codes();
    put_environment();
    put_example(usage->example);
    puts(".SH SEE ALSO\n\\fBcnn\\fR(1),");
    put_pages(usage, false);
    putchar('\n');
}

/* The manual page of `cnn` itself, which lists all commands. */
static void print_overview(void) {
    put_head("", cli_about_program);
    puts("cnn COMMAND ...\n.br\ncnn help COMMAND\n.br\ncnn \\-\\-version\n.SH DESCRIPTION");
    put_paragraphs(cli_about_operands);
    puts(".SH COMMANDS");
    put_pages(NULL, true);
    put_exit_codes();
    put_environment();
    put_example(cli_about_example);
}

int cli_manual_print(const cli_usage *usage) {
    if (usage)
        print_page(usage);
    else
        print_overview();
    return CLI_DONE;
}
