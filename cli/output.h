/* What all commands share in speaking to a person: messages, memory, numbers as text, JSON. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "command.h"

#include <cnn.h>
#include <jansson.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Everything that is printed here and below is cleaned (cli_text_clean): names and messages may come from anywhere. */

/* Print "cnn: MESSAGE" on stderr; return CLI_FAILED or CLI_WRONG_USAGE. */
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cli_fail_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Notes go to stderr as "cnn: note: MESSAGE", unless the command is to be quiet. */
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_be_quiet(void);
bool cli_is_quiet(void);

/* Print on `to` as it is, without breaking lines. */
void cli_print(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write a message into `error` and return `status`, as the library does. */
cnn_status cli_refuse(cnn_error *error, cnn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Zeroed memory for free(); never NULL: a command that gets none says so and exits. */
void *cli_allocate(size_t count, size_t size);
/* A formatted string for free(); never NULL. */
char *cli_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *cli_vformat(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* Write on at the end of a string of cli_format's. */
void cli_append(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same words in an array of their own, ended by NULL. For free(). */
char **cli_copy_words(int count, char *const *words);

/* Large enough for every text below. */
typedef struct cli_number {
    char text[48];
} cli_number;

cli_number cli_grouped(int64_t value);                  /* "1,199,882" */
cli_number cli_count(int64_t count, const char *thing); /* "1 thread", "12 threads"; a short word */
cli_number cli_bytes(int64_t bytes);                    /* "4.6 MiB" */
cli_number cli_duration(double seconds);                /* "2:05", "1:02:05" */
cli_number cli_value(double value);                     /* "-1", "0.25": whole numbers without a point */
char *cli_shape(const int64_t *shape, int rank);        /* "32 x 26 x 26", for free() */

/* A JSON string; bytes that are no UTF-8 (file names may hold any) become '?'. */
json_t *cli_json_text(const char *text);
/* A JSON real; null for what is not finite, which JSON cannot say. Every real that is written comes from here. */
json_t *cli_json_real(double value);
/* A JSON integer if the value is whole, else as cli_json_real(). */
json_t *cli_json_value(double value);
json_t *cli_json_shape(const int64_t *shape, int rank);
/* Add a member or an element, which is taken over. A command that has no memory for it, or gets NULL because there was none
 * for its parts, says so and exits: what is printed lacks nothing. */
void cli_json_set(json_t *object, const char *name, json_t *value);
void cli_json_add(json_t *array, json_t *value);
/* The text, with these flags of jansson, for free(): all of it, or the command exits as above. Releases the JSON. */
char *cli_json_dump(json_t *json, size_t layout);
/* The same on stdout; to a terminal in ASCII. */
void cli_json_write(json_t *json, size_t layout);
/* The same on lines of its own. */
int cli_json_print(json_t *json);
/* The same in one line, at once for whoever reads along. */
int cli_json_line(json_t *json);

/* Columns that what is printed on `stream` must fit: those that the environment's COLUMNS says, or of the
 * terminal; 0 for a file or a pipe, which hold any line. */
int cli_stream_width(FILE *stream);
/* Likewise; 100 for a file or a pipe: for what stands side by side until a line is full. */
int cli_terminal_width(FILE *stream);
/* Monotonic time in seconds. */
double cli_now(void);

#endif
