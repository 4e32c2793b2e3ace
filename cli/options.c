#include "options.h"

#include "help.h"
#include "output.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOW_HELP = CLI_GO_ON - 1 };

/* The largest whole number that a double, in which ranges are given, holds exactly. */
static const double LARGEST_INTEGER = 9007199254740992.0;

/* Rows of the table, with those of tables that it includes. */
static int count_rows(const cli_option *table) {
    int count = 0;
    for (; table->kind != CLI_END; table++)
        count += table->kind == CLI_INCLUDE ? count_rows(table->rows) : 1;
    return count;
}

/* Write the rows from `to` on; returns where the next one goes. */
static cli_option *copy_rows(const cli_option *table, size_t offset, cli_option *to) {
    for (; table->kind != CLI_END; table++) {
        if (table->kind == CLI_INCLUDE) {
            to = copy_rows(table->rows, offset + table->offset, to);
        } else {
            *to = *table;
            to++->offset += offset;
        }
    }
    return to;
}

const cli_option cli_common_rows[] = {
    {"--quiet", CLI_QUIET, 0, .help = "print results and errors only: no progress, no notes", .letter = "-q"},
    {"--help", CLI_HELP, 0, .help = "show this help", .letter = "-h"},
    {0},
};

cli_option *cli_all_options(const cli_usage *usage) {
    static const cli_option grouped[] = {CLI_GROUP("General"), CLI_ROWS(cli_common_rows, 0), {0}};
    const cli_option *common = usage->options->kind == CLI_HEADING ? grouped : cli_common_rows;
    cli_option *all =
        cli_allocate((size_t)(count_rows(usage->options) + count_rows(common)) + 1, sizeof *all);
    copy_rows(common, 0, copy_rows(usage->options, 0, all));
    return all;
}

/* Whether the first `length` letters of `word` name the option. */
static bool is_named(const cli_option *option, const char *word, size_t length) {
    const char *names[] = {option->name, option->letter};
    for (int i = 0; i < 2; i++)
        if (names[i] && strlen(names[i]) == length && !strncmp(names[i], word, length))
            return true;
    return false;
}

static const cli_option *find_option(const cli_usage *usage, const char *word) {
    for (const cli_option *option = usage->options; option->kind != CLI_END; option++)
        if (option->kind != CLI_HEADING && is_named(option, word, strcspn(word, "=")))
            return option;
    return NULL;
}

static size_t bytes_of(cli_kind kind) {
    static const size_t bytes[] = {
        [CLI_FLAG] = sizeof(bool),         [CLI_INTEGER] = sizeof(int64_t), [CLI_REAL] = sizeof(double),
        [CLI_TEXT] = sizeof(const char *), [CLI_TEXTS] = sizeof(cli_texts), [CLI_CHOICE] = sizeof(int)};
    return bytes[kind];
}

void *cli_option_field(const cli_usage *usage, const char *name, void *values, size_t *size) {
    cli_usage flat = *usage;
    cli_option *all = cli_all_options(usage);
    flat.options = all;
    const cli_option *option = find_option(&flat, name);
    void *field = (char *)values + option->offset;
    *size = bytes_of(option->kind);
    free(all);
    return field;
}

/* Say which option was probably meant. */
static int refuse_option(const cli_usage *usage, const char *word) {
    const char **names = cli_allocate((size_t)count_rows(usage->options) + 1, sizeof *names);
    char *bare = cli_format("%.*s", (int)strcspn(word, "="), word);
    int count = 0;
    for (const cli_option *option = usage->options; option->kind != CLI_END; option++)
        if (option->kind != CLI_HEADING)
            names[count++] = option->name;
    const char *nearest = cnn_nearest_word(bare, names);
    if (nearest)
        cli_fail_usage("%s: unknown option '%s': did you mean %s?", usage->command, bare, nearest);
    else
        cli_fail_usage("%s: unknown option '%s'; 'cnn %s --help' lists all options", usage->command, bare,
                       usage->command);
    free(bare);
    free(names);
    return CLI_WRONG_USAGE;
}

/* Say what range the option takes. */
static int refuse_number(const cli_usage *usage, const cli_option *option, const char *text) {
    char max[64] = "";
    if (option->max != 0)
        snprintf(max, sizeof max, ", %s %.15g", option->below ? "below" : "at most", option->max);
    return cli_fail_usage("%s: %s expects %s, %s %.15g%s, not '%s'", usage->command, option->name,
                          option->kind == CLI_INTEGER ? "a whole number" : "a number",
                          option->above ? "above" : "at least", option->min, max, text);
}

bool cli_option_takes(const cli_option *option, double value) {
    double max = option->max != 0 ? option->max : LARGEST_INTEGER;
    return (option->above ? value > option->min : value >= option->min) &&
           (option->below ? value < max : value <= max);
}

/* Parse an integer or real within the option's range. */
static int store_number(const cli_usage *usage, const cli_option *option, const char *text, void *field) {
    char *end;
    errno = 0;
    int64_t integer = option->kind == CLI_INTEGER ? strtoll(text, &end, 10) : 0;
    double value = option->kind == CLI_INTEGER ? (double)integer : strtod(text, &end);
    if (!*text || *end || errno || !cli_option_takes(option, value))
        return refuse_number(usage, option, text);
    if (option->kind == CLI_INTEGER)
        *(int64_t *)field = integer;
    else
        *(double *)field = value;
    return CLI_GO_ON;
}

/* Parse one of the option's words. */
static int store_choice(const cli_usage *usage, const cli_option *option, const char *text, int *field) {
    char all[160] = "";
    for (int i = 0; option->choices[i]; i++) {
        if (!strcmp(text, option->choices[i])) {
            *field = i;
            return CLI_GO_ON;
        }
        size_t length = strlen(all);
        snprintf(all + length, sizeof all - length, "%s%s", i ? ", " : "", option->choices[i]);
    }
    const char *nearest = cnn_nearest_word(text, option->choices);
    if (nearest)
        return cli_fail_usage("%s: %s '%s' is unknown: did you mean %s? (one of %s)", usage->command,
                              option->name, text, nearest, all);
    return cli_fail_usage("%s: %s expects one of %s, not '%s'", usage->command, option->name, all, text);
}

static int store_text(const cli_usage *usage, const cli_option *option, const char *text,
                      const char **field) {
    *field = text;
    return *text ? CLI_GO_ON : cli_fail_usage("%s: %s is empty", usage->command, option->name);
}

/* One more value of an option that may be repeated. */
static int add_text(const cli_usage *usage, const cli_option *option, const char *text, cli_texts *texts) {
    if (texts->count == CLI_MAX_TEXTS)
        return cli_fail_usage("%s: %s may be given at most %d times", usage->command, option->name,
                              CLI_MAX_TEXTS);
    return store_text(usage, option, text, &texts->text[texts->count++]);
}

/* Put the option's value into the command's struct. */
static int store(const cli_usage *usage, const cli_option *option, const char *text, void *values) {
    void *field = (char *)values + option->offset;
    switch (option->kind) {
    case CLI_HELP:
        return SHOW_HELP;
    case CLI_QUIET:
        cli_be_quiet();
        return CLI_GO_ON;
    case CLI_FLAG:
        *(bool *)field = true;
        return CLI_GO_ON;
    case CLI_TEXT:
        return store_text(usage, option, text, field);
    case CLI_TEXTS:
        return add_text(usage, option, text, field);
    case CLI_CHOICE:
        return store_choice(usage, option, text, field);
    case CLI_INTEGER:
    case CLI_REAL:
    case CLI_HEADING:
    case CLI_INCLUDE:
    case CLI_END:
        break;
    }
    return store_number(usage, option, text, field);
}

/* Flags do not. */
static bool takes_value(const cli_option *option) {
    return option->kind != CLI_FLAG && option->kind != CLI_HELP && option->kind != CLI_QUIET;
}

/* Whether the word begins with one of the choices, and a comma, a colon or nothing behind it. */
static bool begins_with_choice(const cli_option *option, const char *word) {
    for (const char *const *choice = option->choices; *choice; choice++)
        if (strcspn(word, ",:") == strlen(*choice) && !strncmp(word, *choice, strlen(*choice)))
            return true;
    return false;
}

/* Take the option at words[*at], and its value, which may be the next word. */
static int take_option(const cli_usage *usage, int count, char **words, int *at, void *values) {
    const cli_option *option = find_option(usage, words[*at]);
    if (!option)
        return refuse_option(usage, words[*at]);
    const char *text = strchr(words[*at], '=');
    if (!takes_value(option)) {
        if (text)
            return cli_fail_usage("%s: %s takes no value", usage->command, option->name);
        return store(usage, option, NULL, values);
    }
    if (text)
        return store(usage, option, text + 1, values);
    if (option->alone && (*at + 1 == count || !begins_with_choice(option, words[*at + 1])))
        return store(usage, option, option->alone, values);
    if (*at + 1 == count || find_option(usage, words[*at + 1]))
        return cli_fail_usage("%s: %s needs a value%s%s", usage->command, option->name,
                              option->value ? ": " : "", option->value ? option->value : "");
    return store(usage, option, words[++*at], values);
}

/* Too few or too many operands: show the usage. */
static int check_operands(const cli_usage *usage, int operands, char **words) {
    if (operands >= usage->min && operands <= usage->max)
        return CLI_GO_ON;
    char *way = cli_usage_way(usage, 0);
    if (operands > usage->max)
        cli_fail_usage("%s: unexpected argument '%s'; usage: %s; see 'cnn %s --help'", usage->command,
                       words[usage->max], way, usage->command);
    else
        cli_fail_usage("%s: an argument is missing; usage: %s; see 'cnn %s --help'", usage->command, way,
                       usage->command);
    free(way);
    return CLI_WRONG_USAGE;
}

/* "-1", "-.5": an operand, since no option begins so. */
static bool is_negative_number(const char *word) {
    return *word == '-' && (isdigit((unsigned char)word[1]) || word[1] == '.');
}

/* Options may stand anywhere; operands are moved to the front of `words`. */
static int parse(const cli_usage *usage, int count, char **words, void *values, int *operands) {
    bool only_operands = false;
    *operands = 0;
    for (int i = 0; i < count; i++) {
        int code = CLI_GO_ON;
        if (only_operands || words[i][0] != '-' || !words[i][1] || is_negative_number(words[i]))
            words[(*operands)++] = words[i];
        else if (!strcmp(words[i], "--"))
            only_operands = true;
        else
            code = take_option(usage, count, words, &i, values);
        if (code != CLI_GO_ON)
            return code;
    }
    return check_operands(usage, *operands, words);
}

int cli_parse(const cli_usage *usage, int count, char **words, void *values, int *operands) {
    cli_usage flat = *usage;
    cli_option *all = cli_all_options(usage);
    flat.options = all;
    int code = parse(&flat, count, words, values, operands);
    free(all);
    return code == SHOW_HELP ? cli_help_print(usage) : code;
}
