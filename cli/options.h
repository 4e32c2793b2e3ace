/* Options and operands of a command, from one table: it parses them and prints the help. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an option takes, and the type of the field it is stored in. */
typedef enum cli_kind {
    CLI_FLAG,    /* nothing; bool */
    CLI_INTEGER, /* int64_t */
    CLI_REAL,    /* double */
    CLI_TEXT,    /* const char *, into the command line */
    CLI_TEXTS,   /* cli_texts: the option may be given several times */
    CLI_CHOICE   /* int: the index of the word within `choices` */
} cli_kind;

enum { CLI_MOST_TEXTS = 64 };

typedef struct cli_texts {
    const char *text[CLI_MOST_TEXTS]; /* into the command line */
    int count;
} cli_texts;

typedef struct cli_option {
    const char *name; /* "--batch" */
    cli_kind kind;
    size_t offset;     /* of the field in the command's struct of values */
    const char *value; /* what the help calls the value; NULL for flags and choices */
    const char *help;
    double least, most;         /* numbers: their range; most 0: no upper limit */
    bool above, below;          /* `least`, `most` themselves are outside */
    const char *const *choices; /* ended by NULL */
    const char *letter;         /* "-o", or NULL */
} cli_option;

typedef struct cli_usage {
    const char *command;  /* "train" */
    const char *operands; /* "MODEL", as the help shows it */
    int least, most;      /* how many operands */
    const char *help;     /* what the command does */
    const char *example;
    const cli_option *options; /* ended by one without a name; --help is understood everywhere */
} cli_usage;

enum { CLI_GO_ON = -1 };

/* Store the options among `words` in `values` (a command's struct, already set to the defaults); move the
 * operands to the front and set *operands to their number. CLI_GO_ON, or the exit code: after --help or a
 * mistake, which has then been reported. Options and operands may be mixed; "--" ends the options. */
int cli_parse(const cli_usage *usage, int count, char **words, void *values, int *operands);

/* The word of `words` (ended by NULL) that `word` was probably meant to be, or NULL. */
const char *cli_nearest_word(const char *word, const char *const *words);

#endif
