/* What the command prints fits its terminal, at 40, 80 and 200 columns, and nothing is lost on the way. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"
#include "support/pictures.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int widths[] = {40, 80, 200};

/* Columns of the first `bytes` bytes: a letter takes one, a Chinese or Japanese character two. */
static int columns_of(const char *text, size_t bytes) {
    int columns = 0;
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        columns += c < 0x80 ? 1 : c >= 0xe3 ? 2 : c >= 0xc0 ? 1 : 0;
    }
    return columns;
}

static void check_line(const char *arguments, const char *line, size_t bytes, int width) {
    json_t *utf8 = json_stringn(line, bytes); /* NULL if a character was broken */
    if (!utf8 || columns_of(line, bytes) > width)
        fail_msg("cnn %s at %d columns: %s line '%.*s'", arguments, width, utf8 ? "too wide a" : "a broken",
                 (int)bytes, line);
    json_decref(utf8);
}

/* Check the lines that begin with `prefix`, and those that continue them. */
static void check_lines(const char *arguments, const char *out, const char *prefix, int width) {
    bool checked = false;
    for (const char *line = out; *line;) {
        size_t bytes = strcspn(line, "\n");
        checked = !strncmp(line, prefix, strlen(prefix)) || (checked && *line == ' ');
        if (checked)
            check_line(arguments, line, bytes, width);
        line += bytes + (line[bytes] == '\n');
    }
}

/* How often each byte but spaces, lines' ends and rules occurs. */
static void count_bytes(const char *text, int counts[256]) {
    memset(counts, 0, 256 * sizeof *counts);
    for (; *text; text++)
        counts[(unsigned char)*text] += *text != ' ' && *text != '\n' && *text != '-';
}

/* Nothing that a pipe gets is missing at `width`; the first column may be repeated. */
static void check_nothing_lost(const char *arguments, const char *whole, const char *out, int width) {
    int expected[256], found[256];
    count_bytes(whole, expected);
    count_bytes(out, found);
    for (int byte = 0; byte < 256; byte++)
        if (found[byte] < expected[byte])
            fail_msg("cnn %s at %d columns: %d of '%c', not %d:\n%s", arguments, width, found[byte], byte,
                     expected[byte], out);
}

static char *run_at(const char *arguments, int width) {
    char columns[16];
    snprintf(columns, sizeof columns, "%d", width);
    setenv("COLUMNS", columns, 1);
    command_result result = command_run(arguments);
    unsetenv("COLUMNS");
    if (result.code)
        fail_msg("cnn %s: %s", arguments, result.err);
    free(result.err);
    return result.out;
}

static void check_widths(const char *arguments, const char *prefix) {
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        char *out = run_at(arguments, widths[i]);
        check_lines(arguments, out, prefix, widths[i]);
        free(out);
    }
}

static void check_whole(const char *arguments) {
    command_result whole = command_run(arguments);
    assert_int_equal(whole.code, 0);
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        char *out = run_at(arguments, widths[i]);
        check_lines(arguments, out, "", widths[i]);
        check_nothing_lost(arguments, whole.out, out, widths[i]);
        free(out);
    }
    command_free(&whole);
}

static void tables_and_sums_of_all_commands(void **state) {
    (void)state;
    check_whole("summary basic");
    check_whole("summary mobilenet-small");
    check_whole("convolve --padding 1 --relu --pool 2x2");
    check_whole("convolve --pool 2x2");
    check_whole("deck");
    check_whole("deck --all");
    check_whole("softmax 2.0 1.0 0.1 -3 12.5 0 0 1 --temperature 2");
    check_whole("diff lenet5 basic");
}

static void times_differ_from_run_to_run_but_fit(void **state) {
    (void)state;
    char *out = run_at("bench model.txt --rounds 1", 40);
    check_lines("bench model.txt", out, "", 40);
    free(out);
    check_widths("bench model.txt --rounds 1 --layers", "");
}

static void epoch_lines(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        char arguments[128];
        snprintf(arguments, sizeof arguments,
                 "train model.txt --data data --validation 0.25 --epochs 2 -o run%zu", i);
        char *out = run_at(arguments, widths[i]);
        assert_non_null(strstr(out, "Epoch  1/2"));
        check_lines(arguments, out, "Epoch", widths[i]);
        free(out);
    }
}

/* Class names longer than a terminal, in characters of one column and of two. */
static void long_names_of_classes_and_files(void **state) {
    static const char *const names[] = {"Äpfel, Birnen und Quitten aus Übersee, ungewaschen, in Kisten",
                                        "日本語の長い名前のクラスと、もっと長い名前のクラス", "c", "d"};
    char path[256];
    (void)state;
    for (int i = 0; i < 4 * 12; i++) {
        const char *split = i < 4 * 8 ? "train" : "test";
        snprintf(path, sizeof path, "fruit/%s/%s/picture-with-a-long-name-%d.png", split, names[i % 4], i);
        write_picture(path, i % 4, (unsigned)i);
    }
    command_expect("train model.txt --data fruit --epochs 2 --batch 8 -o fruit-run", 0, "", "");
    check_widths("predict fruit-run --data fruit --count 12", "");
    check_widths("test fruit-run --data fruit", "");
    check_whole("summary fruit-run");
}

static void a_matrix_too_wide_goes_on_below(void **state) {
    (void)state;
    command_expect("train model.txt --data data --epochs 1 -o run", 0, "", "");
    command_result result = command_run("test run --data data");
    assert_non_null(strstr(result.out, "\n   0  1  2  3\n"));
    command_free(&result);
    char *out = run_at("test run --data data", 12); /* taken as 20, the least */
    assert_non_null(strstr(out, "\n   0  1  2  3\n"));
    free(out);
    out = run_at("convolve --image '1000001 2000002 3000003' --kernel 1", 20);
    assert_non_null(strstr(out, "  1e+06  2e+06\n\n  3e+06\n"));
    free(out);
}

static void columns_that_are_no_number_are_none(void **state) {
    (void)state;
    setenv("COLUMNS", "wide", 1);
    command_expect("summary basic", 0,
                   "\nConv_2 + ReLU  64 x 24 x 24  ((3 x 3 x 32) + 1) x 64      18,496  10,616,832\n", NULL);
    unsetenv("COLUMNS");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_and_sums_of_all_commands),
        cmocka_unit_test(times_differ_from_run_to_run_but_fit),
        cmocka_unit_test(epoch_lines),
        cmocka_unit_test(long_names_of_classes_and_files),
        cmocka_unit_test(a_matrix_too_wide_goes_on_below),
        cmocka_unit_test(columns_that_are_no_number_are_none),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
