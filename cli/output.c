#define _GNU_SOURCE
#include "output.h"

#include "text.h"

#include <cnn.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { NARROWEST_TERMINAL = 20 }; /* as narrow as output is made to fit */

/* Asked for once on the command line, and meant for everything that is said after it. */
static bool quiet;

void cli_be_quiet(void) {
    quiet = true;
}

bool cli_is_quiet(void) {
    return quiet;
}

/* Cleaned but for tabs, so a message is one line. It may say that there is no memory: it takes none but for long ones. */
static void complain(const char *beginning, const char *format, va_list arguments) {
    char text[sizeof((cnn_error *)0)->message + 256], *longer = NULL;
    va_list again;
    va_copy(again, arguments);
    if (vsnprintf(text, sizeof text, format, arguments) >= (int)sizeof text &&
        vasprintf(&longer, format, again) < 0)
        longer = NULL;
    va_end(again);
    cli_text_clean(longer ? longer : text, "\t");
    /* Results that were printed before the mistake belong before it where both go to one place. */
    fflush(stdout);
    fprintf(stderr, "%s%s\n", beginning, longer ? longer : text);
    free(longer);
}

int cli_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain("cnn: ", format, arguments);
    va_end(arguments);
    return CLI_FAILED;
}

int cli_fail_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain("cnn: ", format, arguments);
    va_end(arguments);
    return CLI_WRONG_USAGE;
}

void cli_note(const char *format, ...) {
    va_list arguments;
    if (quiet)
        return;
    va_start(arguments, format);
    complain("cnn: note: ", format, arguments);
    va_end(arguments);
}

void cli_print(FILE *to, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = cli_vformat(format, arguments);
    va_end(arguments);
    cli_text_clean(text, "\n\t");
    fputs(text, to);
    free(text);
}

cnn_status cli_refuse(cnn_error *error, cnn_status status, const char *format, ...) {
    va_list arguments;
    error->status = status;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

void *cli_allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        exit(cli_fail("out of memory: cannot allocate %zu times %zu bytes; use fewer images at a time "
                      "(--batch, --limit, --count)",
                      count, size));
    return memory;
}

char *cli_vformat(const char *format, va_list arguments) {
    char *text;
    if (vasprintf(&text, format, arguments) < 0)
        exit(cli_fail("out of memory for a line of text"));
    return text;
}

char *cli_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = cli_vformat(format, arguments);
    va_end(arguments);
    return text;
}

void cli_append(char **text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *more = cli_vformat(format, arguments), *both = cli_format("%s%s", *text, more);
    va_end(arguments);
    free(more);
    free(*text);
    *text = both;
}

char **cli_copy_words(int count, char *const *words) {
    char **copy = cli_allocate((size_t)count + 1, sizeof *copy);
    memcpy(copy, words, (size_t)count * sizeof *copy);
    return copy;
}

cli_number cli_grouped(int64_t value) {
    cli_number number;
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, value);
    size_t to = 0;
    for (int i = 0; i < length; i++) {
        if (i && digits[i - 1] != '-' && (length - i) % 3 == 0)
            number.text[to++] = ',';
        number.text[to++] = digits[i];
    }
    number.text[to] = '\0';
    return number;
}

cli_number cli_count(int64_t count, const char *thing) {
    cli_number number = cli_grouped(count);
    size_t length = strlen(number.text);
    snprintf(number.text + length, sizeof number.text - length, " %s%s", thing, count == 1 ? "" : "s");
    return number;
}

cli_number cli_bytes(int64_t bytes) {
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    cli_number number;
    double amount = (double)bytes;
    int unit = 0;
    while (amount >= 1024 && unit < 4) {
        amount /= 1024;
        unit++;
    }
    snprintf(number.text, sizeof number.text, "%.*f %s", unit ? 1 : 0, amount, units[unit]);
    return number;
}

cli_number cli_duration(double seconds) {
    cli_number number;
    int64_t all = seconds > 0 && seconds < 1e15 ? (int64_t)(seconds + 0.5) : 0;
    if (all >= 3600)
        snprintf(number.text, sizeof number.text, "%" PRId64 ":%02" PRId64 ":%02" PRId64, all / 3600,
                 all / 60 % 60, all % 60);
    else
        snprintf(number.text, sizeof number.text, "%" PRId64 ":%02" PRId64, all / 60, all % 60);
    return number;
}

cli_number cli_value(double value) {
    cli_number number;
    snprintf(number.text, sizeof number.text, "%.6g", value == 0 ? 0.0 : value); /* no "-0" */
    return number;
}

char *cli_shape(const int64_t *shape, int rank) {
    char *text = cli_format("%s", rank ? cli_grouped(shape[0]).text : "1");
    for (int axis = 1; axis < rank; axis++) {
        char *longer = cli_format("%s x %s", text, cli_grouped(shape[axis]).text);
        free(text);
        text = longer;
    }
    return text;
}

static void expect_memory(bool had) {
    if (!had)
        exit(cli_fail("out of memory for JSON"));
}

void cli_json_set(json_t *object, const char *name, json_t *value) {
    expect_memory(json_object_set_new(object, name, value) == 0);
}

void cli_json_add(json_t *array, json_t *value) {
    expect_memory(json_array_append_new(array, value) == 0);
}

json_t *cli_json_text(const char *text) {
    json_t *json = json_string(text);
    if (!json) /* perhaps only memory was short */
        json = json_string(text);
    if (json)
        return json;
    char *copy = cli_format("%s", text);
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    json = json_string(copy);
    free(copy);
    return json;
}

json_t *cli_json_real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *cli_json_value(double value) {
    if (fabs(value) < 9007199254740992.0 && value == floor(value))
        return json_integer((json_int_t)value);
    return cli_json_real(value);
}

json_t *cli_json_shape(const int64_t *shape, int rank) {
    json_t *json = json_array();
    for (int axis = 0; axis < rank; axis++)
        cli_json_add(json, json_integer(shape[axis]));
    return json;
}

char *cli_json_dump(json_t *json, size_t layout) {
    const size_t flags = layout | JSON_REAL_PRECISION(9);
    /* Into room that is large enough: where jansson makes it larger itself, it forgets to say that it could not. */
    const size_t size = json ? json_dumpb(json, NULL, 0, flags) : 0;
    expect_memory(size > 0);
    char *text = cli_allocate(size + 1, 1);
    expect_memory(json_dumpb(json, text, size, flags) == size);
    text[size] = '\0';
    json_decref(json);
    return text;
}

void cli_json_write(json_t *json, size_t layout) {
    const size_t letters = isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0; /* JSON lets U+009B stand */
    char *text = cli_json_dump(json, layout | letters);
    fputs(text, stdout);
    free(text);
}

int cli_json_print(json_t *json) {
    cli_json_write(json, JSON_INDENT(2));
    putchar('\n');
    return CLI_DONE;
}

int cli_json_line(json_t *json) {
    cli_json_write(json, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    return CLI_DONE;
}

int cli_stream_width(FILE *stream) {
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    long width = columns ? strtol(columns, NULL, 10) : 0;
    if (width <= 0 && isatty(fileno(stream)) && !ioctl(fileno(stream), TIOCGWINSZ, &size))
        width = size.ws_col;
    if (width <= 0)
        return 0;
    return width < NARROWEST_TERMINAL ? NARROWEST_TERMINAL : width > INT16_MAX ? INT16_MAX : (int)width;
}

int cli_terminal_width(FILE *stream) {
    int width = cli_stream_width(stream);
    return width ? width : 100;
}

double cli_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
