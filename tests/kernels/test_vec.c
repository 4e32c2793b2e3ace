/* Every word of the vector vocabulary by itself, on every instruction set that this machine has. */
#define _GNU_SOURCE
#include "base/text.h"
#include "kernels/kernels.h"
#include "kernels/vec/words.h"
#include "support/cmocka.h"

#include <ctype.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECLARE_SUITE(set) extern const vec_suite vec_suite_##set;
#define SUITE_ENTRY(set)   &vec_suite_##set,
VEC_SETS(DECLARE_SUITE)
static const vec_suite *const suites[] = {VEC_SETS(SUITE_ENTRY)};
enum { SUITES = sizeof suites / sizeof suites[0], MAX_TABLES = 8 };

#define WORD_NAME(word) #word,
static const char *const words[] = {VEC_WORDS(WORD_NAME)};

static bool machine_has(const char *cpu) {
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    for (int t = 0; t < count; t++)
        if (strcmp(tables[t]->name, cpu) == 0)
            return true;
    return false;
}

/* One word on one instruction set. */
typedef struct word_case {
    char name[64];
    const vec_suite *suite;
    int word;
} word_case;

static void is_plain_arithmetic(void **state) {
    const word_case *c = *state;
    if (!machine_has(c->suite->cpu))
        skip();
    c->suite->check[c->word]();
}

static void each_table_of_kernels_has_its_vectors_tested(void **state) {
    (void)state;
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    for (int t = 0; t < count; t++) {
        int s = 0;
        while (s < SUITES && strcmp(suites[s]->cpu, tables[t]->name) != 0)
            s++;
        if (s == SUITES)
            fail_msg("the vectors of %s have no tests: src/kernels/isa/%s.c includes its header of vec/",
                     tables[t]->name, tables[t]->name);
    }
}

/* ---- No word without a test --------------------------------------------------------------------------------- */

static bool is_tested(const char *name, size_t length) {
    for (int w = 0; w < VEC_WORD_COUNT; w++)
        if (strlen(words[w]) == length && strncmp(words[w], name, length) == 0)
            return true;
    return false;
}

static bool is_in_name(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static int calls_seen;

static void check_line(const char *path, const char *line) {
    for (const char *at = line; (at = strstr(at, "vec_")); at += 4) {
        size_t length = 0;
        while (is_in_name(at[4 + length]))
            length++;
        if ((at > line && is_in_name(at[-1])) || at[4 + length] != '(')
            continue;
        calls_seen++;
        if (!is_tested(at + 4, length))
            fail_msg(
                "%s calls vec_%.*s, which has no test: give it a line in tests/kernels/vec/words.h and a "
                "check in checks.c",
                path, (int)length, at + 4);
    }
}

/* The words' own headers may have helpers besides them. */
static int check_file(const char *path, const struct stat *status, int kind, struct FTW *where) {
    (void)status;
    if (kind != FTW_F || strstr(path, "/kernels/vec"))
        return 0;
    (void)where;
    char line[1024];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        check_line(path, line);
    fclose(file);
    return 0;
}

static void each_word_that_kernels_use_is_tested(void **state) {
    (void)state;
    const char *source = getenv("CNN_SOURCE_DIR");
    if (!source)
        skip();
    cnn_text folder = {0};
    cnn_text_append(&folder, "%s/src/kernels", source);
    calls_seen = 0;
    assert_int_equal(nftw(folder.data, check_file, 16, FTW_PHYS), 0);
    assert_true(calls_seen > 100);
    cnn_free(folder.data);
}

int main(void) {
    static word_case cases[SUITES * VEC_WORD_COUNT];
    struct CMUnitTest tests[SUITES * VEC_WORD_COUNT + 2] = {
        cmocka_unit_test(each_table_of_kernels_has_its_vectors_tested),
        cmocka_unit_test(each_word_that_kernels_use_is_tested),
    };
    for (int i = 0; i < SUITES * VEC_WORD_COUNT; i++) {
        word_case *c = &cases[i];
        *c = (word_case){.suite = suites[i / VEC_WORD_COUNT], .word = i % VEC_WORD_COUNT};
        snprintf(c->name, sizeof c->name, "%s, vec_%s is plain arithmetic", c->suite->cpu, words[c->word]);
        tests[i + 2] =
            (struct CMUnitTest){.name = c->name, .test_func = is_plain_arithmetic, .initial_state = c};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
