/* cnn predict: files, folders and data sets, in all forms; logits as probabilities. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"
#include "support/pictures.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

/* A trained `run`, and `mix`: four pictures, one of them in a folder below, one hidden, two files of other kinds. */
static int set_up(void **state) {
    if (command_set_up(state))
        return -1;
    write_picture("mix/b.png", 1, 1);
    write_picture("mix/a.png", 3, 2);
    write_picture("mix/below/c \"2\", d.png", 2, 3);
    write_picture("mix/.hidden.png", 0, 4);
    write_text("mix/notes.txt", "no picture\n");
    write_text("mix/below/README", "no picture\n");
    command_expect("train model.txt --data data --epochs 8 -o run", 0, "", "");
    return 0;
}

static json_t *json_of(const char *arguments) {
    command_result result = command_run(arguments);
    if (result.code)
        fail_msg("cnn %s: %s", arguments, result.err);
    json_t *json = json_loads(result.out, 0, NULL);
    if (!json)
        fail_msg("cnn %s: no JSON: %s", arguments, result.out);
    command_free(&result);
    return json;
}

/* The lines of `out`: text up to the second field, which is compared; the third is a probability above 0.5. */
static void check_lines(const char *out, int count, const char *const *starts) {
    for (int i = 0; i < count; i++) {
        double value;
        char *line = strndup(out, strcspn(out, "\n")), *last = strrchr(line, '\t');
        assert_non_null(last);
        assert_int_equal(sscanf(last, "%lf", &value), 1);
        assert_true(value > 0.5 && value <= 1);
        *last = '\0';
        assert_string_equal(line, starts[i]);
        free(line);
        out += strcspn(out, "\n") + 1;
    }
    assert_string_equal(out, "");
}

static void a_folder_and_a_file_give_a_line_each(void **state) {
    static const char *const lines[] = {"mix/a.png\t3", "mix/b.png\t1", "mix/below/c \"2\", d.png\t2",
                                        "mix/.hidden.png\t0"};
    (void)state;
    command_result result = command_run("predict run mix mix/.hidden.png --format lines");
    assert_int_equal(result.code, 0);
    check_lines(result.out, 4, lines);
    assert_string_equal(result.err,
                        "cnn: note: left out 2 files not named like pictures: 1 without an extension, "
                        "1 .txt\n");
    command_free(&result);
}

static void a_folder_gives_a_table_of_rows(void **state) {
    (void)state;
    command_expect("predict run mix", 0, "Image                   Predicted\n", "left out 2 files");
    command_expect("predict run mix", 0, "\nmix/below/c \"2\", d.png  2          0.", "left out 2 files");
    command_expect("predict run mix/a.png mix/b.png", 0, "image      mix/a.png   mix/b.png\n", NULL);
}

static void csv_is_quoted_and_has_a_heading(void **state) {
    (void)state;
    command_expect("predict run mix --format csv", 0, "image,predicted,probability\nmix/a.png,3,0.",
                   "left out");
    command_expect("predict run mix --format csv", 0, "\n\"mix/below/c \"\"2\"\", d.png\",2,0.", "left out");
    command_expect("predict run --data data --count 1 --format csv --top 2", 0,
                   "image,label,predicted,probability,predicted_2,probability_2\n0,0,0,0.", NULL);
}

static void names_with_tabs_keep_their_line(void **state) {
    (void)state;
    write_picture("tab/a\tb\n\\c.png", 1, 7);
    command_expect("predict run tab --format lines", 0, "tab/a\\tb\\n\\\\c.png\t1\t0.", NULL);
}

static void below_the_threshold_no_class_is_named(void **state) {
    (void)state;
    command_expect("predict run mix/a.png --threshold 1", 0, "predicted     unsure\n", NULL);
    command_expect("predict run mix/a.png --threshold 1 --format lines", 0, "mix/a.png\t\t0.", NULL);
    command_expect("predict run mix/a.png --threshold 0.5 --format lines", 0, "mix/a.png\t3\t0.", NULL);
    json_t *json = json_of("predict run mix/a.png --threshold 1 --json");
    assert_true(
        json_is_null(json_object_get(json_array_get(json_object_get(json, "images"), 0), "predicted")));
    json_decref(json);
}

static void the_top_classes_fall_in_order(void **state) {
    (void)state;
    json_t *json = json_of("predict run mix --top 9 --json");
    const json_t *images = json_object_get(json, "images");
    assert_int_equal(json_array_size(images), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *image = json_array_get(images, i), *top = json_object_get(image, "top");
        double before = 1, sum = 0;
        assert_int_equal(json_array_size(top), 4); /* classes; there are no nine */
        for (size_t k = 0; k < 4; k++) {
            double value = json_real_value(json_object_get(json_array_get(top, k), "value"));
            assert_true(value <= before);
            sum += before = value;
        }
        assert_true(fabs(sum - 1) < 1e-5);
        assert_string_equal(json_string_value(json_object_get(image, "predicted")),
                            json_string_value(json_object_get(json_array_get(top, 0), "class")));
    }
    json_decref(json);
}

static void json_names_files_of_a_data_set(void **state) {
    (void)state;
    for (int i = 0; i < 8; i++) {
        char path[64];
        snprintf(path, sizeof path, "named/test/%d/p%d.png", i % 4, i);
        write_picture(path, i % 4, (unsigned)i);
        snprintf(path, sizeof path, "named/train/%d/p%d.png", i % 4, i);
        write_picture(path, i % 4, (unsigned)i + 50);
    }
    json_t *json = json_of("predict run --data named --count 1 --json");
    const json_t *image = json_array_get(json_object_get(json, "images"), 0);
    const char *name = json_string_value(json_object_get(image, "image"));
    assert_non_null(name);
    assert_non_null(strstr(name, "0/p0.png"));
    json_decref(json);
}

static void bad_files_stop_or_are_listed(void **state) {
    (void)state;
    write_picture("bad/a.png", 2, 1);
    write_text("bad/b.png", "no PNG");
    assert_int_equal(symlink("nowhere", "bad/c.png"), 0);
    command_result result = command_run("predict run bad --json");
    assert_int_equal(result.code, 1);
    assert_string_equal(result.out, "");
    assert_non_null(strstr(result.err, "bad/b.png"));
    assert_non_null(strstr(result.err, "--skip-bad skips it"));
    command_free(&result);
    json_t *json = json_of("predict run bad --json --skip-bad");
    assert_int_equal(json_array_size(json_object_get(json, "images")), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "skipped"), 0)), "bad/b.png");
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "skipped"), 1)), "bad/c.png");
    json_decref(json);
    command_expect("predict run bad/b.png --skip-bad", 1, NULL, "none of the 1 files could be read");
}

static void folders_without_pictures_and_links_that_lead_back(void **state) {
    (void)state;
    assert_int_equal(mkdir("empty", 0700), 0);
    command_expect("predict run empty", 1, NULL, "empty: no picture files in this folder or its subfolders");
    write_picture("round/a.png", 2, 1);
    assert_int_equal(symlink("../round", "round/z"), 0);
    command_expect("predict run round", 1, NULL, "round/z: a symbolic link that leads back to round");
    command_expect("predict run mix no-such-file.png", 1, NULL, "no-such-file.png");
}

/* One folder is open at a time, so that few descriptors are enough; two links to one folder do not lead back. */
static void deep_folders_and_links_beside_each_other(void **state) {
    enum { DEPTH = 40, DESCRIPTORS = 16 };
    (void)state;
    char path[256] = "deep";
    for (int i = 0; i < DEPTH; i++) {
        assert_int_equal(mkdir(path, 0700), 0);
        strcat(path, "/d");
    }
    strcat(path, ".png");
    write_picture(path, 2, 1);
    struct rlimit usual;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    const struct rlimit few = {DESCRIPTORS, usual.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    command_expect("predict run deep/ --format lines", 0, "deep/d/d/d/d/d/", NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    assert_int_equal(mkdir("twice", 0700) | symlink("../mix", "twice/x") | symlink("../mix", "twice/y"), 0);
    json_t *json = json_of("predict run twice --json");
    const json_t *images = json_object_get(json, "images");
    assert_int_equal(json_array_size(images), 6);
    assert_string_equal(json_string_value(json_object_get(json_array_get(images, 5), "image")),
                        "twice/y/below/c \"2\", d.png");
    json_decref(json);
}

static void what_cannot_be_reached_is_named(void **state) {
    (void)state;
    assert_int_equal(symlink("nowhere", "dangling") | symlink("itself", "itself"), 0);
    command_expect("predict run dangling", 1, NULL,
                   "dangling: a symbolic link to a file that does not exist");
    command_expect("predict run itself", 1, NULL, "itself: Too many levels of symbolic links");
    command_expect("predict run mix/a.png/b", 1, NULL, "mix/a.png/b: Not a directory");
    if (geteuid() == 0)
        return; /* nothing is forbidden to root */
    write_picture("closed/below/a.png", 1, 1);
    assert_int_equal(chmod("closed/below", 0), 0);
    command_expect("predict run closed", 1, NULL, "cannot read the folder closed/below: Permission denied");
    assert_int_equal(chmod("closed/below", 0700), 0);
}

/* More than a batch: no comma is missing, no image is twice. */
static void hundreds_of_files(void **state) {
    enum { COUNT = 300 };
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        char path[64];
        snprintf(path, sizeof path, "many/%03d.png", i);
        write_picture(path, i % 4, (unsigned)i);
    }
    json_t *json = json_of("predict run many --json");
    const json_t *images = json_object_get(json, "images");
    assert_int_equal(json_array_size(images), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        char path[64], class[8];
        snprintf(path, sizeof path, "many/%03zu.png", i);
        snprintf(class, sizeof class, "%zu", i % 4);
        const json_t *image = json_array_get(images, i);
        assert_string_equal(json_string_value(json_object_get(image, "image")), path);
        assert_string_equal(json_string_value(json_object_get(image, "predicted")), class);
    }
    json_decref(json);
}

static double value_of(const json_t *json, size_t class) {
    const json_t *image = json_array_get(json_object_get(json, "images"), 0);
    return json_real_value(json_array_get(json_object_get(image, "values"), class));
}

/* A model that ends in its dense layer shows probabilities: e^x over their sum. */
static void logits_become_probabilities(void **state) {
    (void)state;
    write_text("logits.txt", "input 1x8x8\nflatten\ndense 4\n");
    command_expect("train logits.txt --data data --epochs 2 -o logits-run", 0, "", "");
    command_expect("predict logits-run mix/a.png", 0, "3", "the model outputs logits; softmax applied");
    command_expect("predict logits-run mix/a.png --raw", 0, "3", NULL);
    json_t *raw = json_of("predict logits-run mix/a.png --json --raw");
    json_t *json = json_of("predict logits-run mix/a.png --json");
    assert_string_equal(json_string_value(json_object_get(raw, "output")), "logits");
    assert_string_equal(json_string_value(json_object_get(json, "output")), "probabilities");
    double sum = 0;
    for (size_t i = 0; i < 4; i++)
        sum += exp(value_of(raw, i));
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(value_of(json, i) - exp(value_of(raw, i)) / sum) < 1e-5);
    json_decref(raw);
    json_decref(json);
}

static void options_that_contradict_each_other(void **state) {
    (void)state;
    command_expect("predict run mix --json --format csv", 2, NULL, "--json is short for --format json");
    command_expect("predict run mix --raw --threshold 0.5", 2, NULL, "--threshold is a probability");
    command_expect("predict run mix --threshold 2", 2, NULL, "--threshold expects a number");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_and_a_file_give_a_line_each),
        cmocka_unit_test(a_folder_gives_a_table_of_rows),
        cmocka_unit_test(csv_is_quoted_and_has_a_heading),
        cmocka_unit_test(names_with_tabs_keep_their_line),
        cmocka_unit_test(below_the_threshold_no_class_is_named),
        cmocka_unit_test(the_top_classes_fall_in_order),
        cmocka_unit_test(json_names_files_of_a_data_set),
        cmocka_unit_test(bad_files_stop_or_are_listed),
        cmocka_unit_test(folders_without_pictures_and_links_that_lead_back),
        cmocka_unit_test(deep_folders_and_links_beside_each_other),
        cmocka_unit_test(what_cannot_be_reached_is_named),
        cmocka_unit_test(hundreds_of_files),
        cmocka_unit_test(logits_become_probabilities),
        cmocka_unit_test(options_that_contradict_each_other),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
