/* Options and operands of a command: one table parses them and prints the help. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kind of a row in an option table: what value the option takes, and the type of the field that stores it. */
typedef enum cli_kind {
    /* No options of the command: */
    CLI_END,     /* {0} ends the table */
    CLI_HEADING, /* see CLI_GROUP */
    CLI_INCLUDE, /* see CLI_ROWS */
    CLI_HELP,    /* of every command: shows the help and ends */
    CLI_QUIET,   /* of every command: cli_be_quiet */
    /* Options: */
    CLI_FLAG,    /* nothing; bool */
    CLI_INTEGER, /* int64_t */
    CLI_REAL,    /* double */
    CLI_TEXT,    /* const char *, into the command line */
    CLI_TEXTS,   /* cli_texts: the option may be given several times */
    CLI_CHOICE   /* int: the index of the word within `choices` */
} cli_kind;

enum { CLI_MAX_TEXTS = 64 };

typedef struct cli_texts {
    const char *text[CLI_MAX_TEXTS]; /* into the command line */
    int count;
} cli_texts;

typedef struct cli_option cli_option;
struct cli_option {
    const char *name; /* "--batch" */
    cli_kind kind;
    size_t offset;     /* of the field in the command's struct of values */
    const char *value; /* what the help calls the value; NULL for flags and choices */
    const char *help;
    double min, max;            /* numbers: their range; max 0: no upper bound */
    bool above, below;          /* the range excludes `min`, `max` themselves */
    const char *const *choices; /* ended by NULL */
    /* CLI_TEXT: the value when the option stands alone. The next word is its value only if it begins with one of the
     * choices, or follows after "=". NULL: the option needs a value */
    const char *alone;
    const char *letter;     /* "-o", or NULL */
    const cli_option *rows; /* CLI_INCLUDE: the other table */
};

/* The title of the group of the rows below it. */
#define CLI_GROUP(title)                                                                                     \
    { .name = (title), .kind = CLI_HEADING }
/* The rows of `table`, whose offsets are those within the struct (or field) at `place` of the command's. */
#define CLI_ROWS(table, place)                                                                               \
    { .kind = CLI_INCLUDE, .offset = (place), .rows = (table) }

/* What a command is called with, and its help. */
struct cli_usage {
    const char *command;       /* "train" */
    const char *title;         /* what it does, in half a line */
    const char *operands;      /* "MODEL"; several ways to call it are separated by line feeds */
    int min, max;              /* how many operands */
    const char *help;          /* paragraphs; lines that begin with a space are kept as they are */
    const char *example;       /* lines of two spaces and a command */
    const cli_option *options; /* cli_common_rows are understood everywhere beside them */
};

enum { CLI_GO_ON = -1 };

/* Store the options among `words` in `values` (a command's struct, already set to the defaults); move the
 * operands to the front and set *operands to their number. CLI_GO_ON, or the exit code: after --help or a
 * mistake, which has then been reported. Options and operands may be mixed; a word such as "-1" is an operand; "--"
 * ends the options. */
int cli_parse(const cli_usage *usage, int count, char **words, void *values, int *operands);

/* The options of every command: --quiet, --help. */
extern const cli_option cli_common_rows[];

/* The options of a usage and the common ones, for free(): includes are resolved, offsets are those of the
 * command's struct. Headings are rows among them. */
cli_option *cli_all_options(const cli_usage *usage);

/* Where in `values`, a command's struct, the option of this name is stored, and how many bytes that takes. The usage has such an
 * option. */
void *cli_option_field(const cli_usage *usage, const char *name, void *values, size_t *size);

/* Whether a number is within the option's range. */
bool cli_option_takes(const cli_option *option, double value);

#endif
