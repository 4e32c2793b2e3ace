/* `cnn report` and `cnn train --report`: one page, the same bytes for the same run, and nothing from outside is markup. */
#define _GNU_SOURCE
#include "data/scratch.h"
#include "support/command.h"
#include "support/pictures.h"

#include "base/file.h"
#include "base/memory.h"

#include <jansson.h>

#define TRAIN(data, run)                                                                                     \
    "train model.txt --data " data " -o " run " --epochs 3 --batch 16 --threads 1 --quiet "

/* The whole file, terminated; for cnn_free(). */
static char *read_text(const char *path) {
    cnn_bytes bytes;
    assert_int_equal(cnn_file_read(path, &bytes, NULL), CNN_OK);
    char *text = cnn_allocate(bytes.size + 1, 1, "a page", NULL);
    assert_non_null(text);
    memcpy(text, bytes.data, bytes.size);
    cnn_free(bytes.data);
    return text;
}

static void run_quietly(const char *arguments) {
    command_result result = command_run(arguments);
    if (result.code)
        fail_msg("cnn %s: %s", arguments, result.err);
    command_free(&result);
}

static void expect_text(const char *path, const char *text, bool there) {
    char *page = read_text(path);
    if ((strstr(page, text) != NULL) != there)
        fail_msg("%s %s: %s", path, there ? "lacks" : "has", text);
    cnn_free(page);
}

static void same_run_gives_the_same_bytes_on_any_number_of_threads(void **state) {
    (void)state;
    run_quietly(TRAIN("data", "same") "--validation 0.2");
    run_quietly("report same --data data --threads 1 -o one.html");
    run_quietly("report same --data data --threads 2 -o two.html");
    char *one = read_text("one.html"), *two = read_text("two.html");
    assert_string_equal(one, two);
    cnn_free(one);
    cnn_free(two);
}

static void holds_every_section_and_forbids_every_load(void **state) {
    (void)state;
    static const char *const ids[] = {"glance",      "doctor",   "curves",    "confusion", "classes",
                                      "calibration", "mistakes", "uncertain", "attention", "filters",
                                      "maps",        "patches",  "lab",       "model",     "repeat"};
    run_quietly("report same --data data --quick -o page.html");
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char section[64];
        snprintf(section, sizeof section, "<section id=%s>", ids[i]);
        expect_text("page.html", section, true);
    }
    expect_text("page.html", "content=\"default-src 'none'; img-src data:;", true);
    expect_text("page.html", "http:", false);
    expect_text("page.html", "https:", false);
    expect_text("page.html", "<script", false);
}

/* 24 test images, 6 of each class, which such a network tells apart. */
static void gives_the_figures_that_cnn_test_gives(void **state) {
    (void)state;
    command_result result = command_run("test same --data data --json");
    json_t *json = json_loads(result.out, 0, NULL);
    char text[160];
    snprintf(text, sizeof text, "%.2f %%<small>%lld of 24 test images</small>",
             100 * json_number_value(json_object_get(json, "accuracy")),
             (long long)json_integer_value(json_object_get(json, "correct")));
    expect_text("page.html", text, true);
    snprintf(text, sizeof text, "%.4f<small>mean cross-entropy</small>",
             json_number_value(json_object_get(json, "loss")));
    expect_text("page.html", text, true);
    json_decref(json);
    command_free(&result);
}

static void names_of_classes_and_files_are_no_markup(void **state) {
    (void)state;
    for (int i = 0; i < 24; i++) {
        static const char *const classes[] = {"<script>alert(1)", "a & \"b\""};
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "odd/%s/<img src=x onerror='y'> %02d.png", classes[i % 2], i);
        write_picture(path, i % 2, (unsigned)i);
    }
    run_quietly(TRAIN("odd", "odd_run") "--report");
    expect_text("odd_run/report.html", "&lt;script&gt;alert(1)", true);
    expect_text("odd_run/report.html", "a &amp; &quot;b&quot;", true);
    expect_text("odd_run/report.html", "&lt;img src=x onerror=&#39;y&#39;&gt;", true);
    expect_text("odd_run/report.html", "<script", false);
    expect_text("odd_run/report.html", "<img src=x", false);
}

static void says_what_a_run_lacks(void **state) {
    (void)state;
    run_quietly(TRAIN("data", "plain"));
    run_quietly("report plain --data data --quick -o plain.html");
    expect_text("plain.html", "the run had no validation images", true);
    expect_text("plain.html", "cnn lab has not been run on this run", true);
    scratch_write("plain", "lab.json", "[1, 2]", 6);
    run_quietly("report plain --data data --quick -o plain.html");
    expect_text("plain.html", "lab.json in the run&#39;s folder does not have the results", true);
}

static void of_a_model_without_a_run_makes_what_can_be_made(void **state) {
    (void)state;
    run_quietly("convert plain alone.safetensors");
    run_quietly("report alone.safetensors --data data --quick -o alone.html");
    expect_text("alone.html", "alone.safetensors is not a run folder of cnn train", true);
    expect_text("alone.html", "There is no history", true);
    expect_text("alone.html", "The command line was not kept", true);
    expect_text("alone.html", "Expected calibration error", true);
}

static void shows_the_figures_of_the_lab(void **state) {
    (void)state;
    static const char lab[] =
        "{\"quick\": true, \"networks\": [{\"role\": \"dense\", \"parameters\": 1234, \"accuracy\": 0.8125, "
        "\"shifted\": "
        "[[0.5]]}], \"layers\": [{\"name\": \"<b>\", \"field\": {\"rows\": 3, \"columns\": 5, \"whole\": "
        "false}, "
        "\"sharing\": {\"shared\": 40, \"unshared\": 1440, \"dense\": 9360}, \"change\": [0.25, null], "
        "\"equivariance_error\": [null]}]}";
    scratch_write("plain", "lab.json", lab, sizeof lab - 1);
    run_quietly("report plain --data data --quick -o lab.html");
    expect_text(
        "lab.html",
        "dense network with as many parameters</td><td class=number>1,234</td><td class=number>81.25 %",
        true);
    expect_text("lab.html", "shifted by -6 rows, -6 columns: 50.00 %", true);
    expect_text("lab.html", "&lt;b&gt;</td><td>3 x 5</td><td class=number>40</td><td class=number>1,440</td>",
                true);
    expect_text("lab.html", "0.25</td><td class=number>-</td>", true);
}

static void keeps_the_command_line_of_each_training(void **state) {
    (void)state;
    run_quietly(TRAIN("data", "kept") "--seed 7");
    run_quietly(
        "train model.txt --data data -o kept --epochs 4 --batch 16 --threads 2 --quiet --seed 7 --resume");
    json_t *json = json_load_file("kept/command.json", 0, NULL);
    const json_t *commands = json_object_get(json, "commands");
    assert_int_equal(json_array_size(commands), 2);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(commands, 1), "threads")), 2);
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(json_array_get(commands, 0), "words"), 0)),
        "model.txt");
    json_decref(json);
    run_quietly("report kept --data data --quick -o kept.html");
    expect_text("kept.html",
                "<pre>cnn train model.txt --data data -o kept --epochs 3 --batch 16 --threads 1 --quiet "
                "--seed 7</pre>",
                true);
    run_quietly(TRAIN("data", "kept") "--overwrite");
    json = json_load_file("kept/command.json", 0, NULL);
    assert_int_equal(json_array_size(json_object_get(json, "commands")), 1);
    json_decref(json);
}

static void refuses_what_it_cannot_do(void **state) {
    (void)state;
    command_expect("report same", 2, "", "--data DATA is missing");
    command_expect("report model.txt --data data", 1, NULL, "model.txt");
    command_expect("report same --data data --quick -o no/such/folder/page.html", 1, NULL,
                   "cannot write no/such/folder/page.html: No such file or directory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_run_gives_the_same_bytes_on_any_number_of_threads),
        cmocka_unit_test(holds_every_section_and_forbids_every_load),
        cmocka_unit_test(gives_the_figures_that_cnn_test_gives),
        cmocka_unit_test(names_of_classes_and_files_are_no_markup),
        cmocka_unit_test(says_what_a_run_lacks),
        cmocka_unit_test(of_a_model_without_a_run_makes_what_can_be_made),
        cmocka_unit_test(shows_the_figures_of_the_lab),
        cmocka_unit_test(keeps_the_command_line_of_each_training),
        cmocka_unit_test(refuses_what_it_cannot_do),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
