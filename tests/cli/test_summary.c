/* cnn summary: the deck's parameter table. */
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The line of `text` that begins with `label` and at least two spaces. */
static const char *find_line(const char *text, const char *label) {
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (!strncmp(line, label, strlen(label)) && !strncmp(line + strlen(label), "  ", 2))
            return line;
    return NULL;
}

/* Whether the line holds `part` as words of its own: what stands around it is a space or the line's end. */
static bool line_holds(const char *line, const char *part) {
    size_t end = strcspn(line, "\n"), length = strlen(part);
    for (size_t i = 1; i + length <= end; i++)
        if (line[i - 1] == ' ' && !strncmp(line + i, part, length) &&
            (i + length == end || line[i + length] == ' '))
            return true;
    return false;
}

static void deck_parameter_table(void **state) {
    static const char *const rows[][4] = {
        {"Conv_1 + ReLU", "32 x 26 x 26", "((3 x 3 x 1) + 1) x 32", "320"},
        {"Conv_2 + ReLU", "64 x 24 x 24", "((3 x 3 x 32) + 1) x 64", "18,496"},
        {"Max Pool", "64 x 12 x 12", "", "0"},
        {"Flatten", "9,216", "", "0"},
        {"FC_1 + ReLU", "128", "(9216 + 1) x 128", "1,179,776"},
        {"FC_2 (Output)", "10", "(128 + 1) x 10", "1,290"},
        {"Softmax", "10", "", "0"},
        {"Total", "", "", "1,199,882"},
    };
    (void)state;
    command_result result = command_run("summary basic");
    assert_int_equal(result.code, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *line = find_line(result.out, rows[i][0]);
        if (!line)
            fail_msg("no line '%s' in %s", rows[i][0], result.out);
        for (int part = 1; part < 4; part++)
            if (*rows[i][part] && !line_holds(line, rows[i][part]))
                fail_msg("no '%s' in '%.*s'", rows[i][part], (int)strcspn(line, "\n"), line);
    }
    assert_non_null(strstr(result.out, "Memory at batch 128: training "));
    command_free(&result);
}

static void names_of_the_user_and_several_pools(void **state) {
    (void)state;
    FILE *file = fopen("named.txt", "w");
    assert_non_null(file);
    assert_true(
        fputs("input 3x20x16\nconv 6 3x3 groups 3 relu\nmaxpool 2x2\nconv 4 1x1\nmaxpool 2x2\nflatten\n"
              "dense 2\n",
              file) >= 0);
    fclose(file);
    command_result result = command_run("summary named.txt");
    assert_int_equal(result.code, 0);
    static const char *const rows[][2] = {{"Conv_1 + ReLU", "((3 x 3 x 1) + 1) x 6"},
                                          {"Max Pool 1", "6 x 9 x 7"},
                                          {"Conv_2", "((1 x 1 x 6) + 1) x 4"},
                                          {"Max Pool 2", "4 x 4 x 3"},
                                          {"FC_1 (Output)", "(48 + 1) x 2"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *line = find_line(result.out, rows[i][0]);
        if (!line || !line_holds(line, rows[i][1]))
            fail_msg("no line '%s' with '%s' in %s", rows[i][0], rows[i][1], result.out);
    }
    command_free(&result);
}

static json_int_t integer(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

static void json_agrees_with_the_deck(void **state) {
    static const json_int_t parameters[] = {320, 0, 18496, 0, 0, 0, 1179776, 0, 1290, 0};
    (void)state;
    command_result result = command_run("summary basic --batch 64 --json");
    assert_int_equal(result.code, 0);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    const json_t *layers = json_object_get(json, "layers"), *memory = json_object_get(json, "memory");
    assert_int_equal(json_array_size(layers), 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(integer(json_array_get(layers, i), "parameters"), parameters[i]);
    assert_int_equal(integer(json, "parameters"), 1199882);
    /* 26*26*32*9 + 24*24*64*9*32 + 9216*128 + 128*10 */
    assert_int_equal(integer(json, "macs"), 194688 + 10616832 + 1179648 + 1280);
    assert_int_equal(integer(json, "batch"), 64);
    assert_int_equal(integer(memory, "parameters"), 1199882 * 4);
    assert_true(integer(memory, "training") > integer(memory, "inference"));
    assert_true(integer(memory, "inference") >= integer(memory, "parameters"));
    json_decref(json);
    command_free(&result);
}

/* 60,000 images are 468 batches of 128, and 96 more. */
static void deck_iterations_of_an_epoch(void **state) {
    (void)state;
    command_expect("summary basic --images 60000", 0,
                   "not trained\nTraining on 60,000 images at batch 128: 469 iterations an epoch (the last "
                   "batch has 96 images)\n\nLayer",
                   NULL);
    command_expect("summary basic --images 60000 --batch 32 --epochs 10", 0,
                   "at batch 32: 1,875 iterations an epoch, 18,750 in 10 epochs\n", NULL);
    command_expect("summary basic --epochs 10", 2, NULL, "--epochs needs --images N");
}

static void json_has_the_iterations_that_were_asked_for(void **state) {
    (void)state;
    command_result result = command_run("summary basic --images 60000 --epochs 10 --json");
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    assert_int_equal(integer(json, "images"), 60000);
    assert_int_equal(integer(json, "iterations_per_epoch"), 469);
    assert_int_equal(integer(json, "last_batch"), 96);
    assert_int_equal(integer(json, "epochs"), 10);
    assert_int_equal(integer(json, "iterations"), 4690);
    json_decref(json);
    command_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deck_parameter_table),
        cmocka_unit_test(names_of_the_user_and_several_pools),
        cmocka_unit_test(json_agrees_with_the_deck),
        cmocka_unit_test(deck_iterations_of_an_epoch),
        cmocka_unit_test(json_has_the_iterations_that_were_asked_for),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
