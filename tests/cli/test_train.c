/* cnn train, and what it leaves behind for test, predict and bench; Ctrl-C and --resume. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *run_json(const char *arguments) {
    json_error_t error;
    command_result result = command_run(arguments);
    if (result.code)
        fail_msg("cnn %s: exit code %d: %s", arguments, result.code, result.err);
    json_t *json = json_loads(result.out, 0, &error);
    if (!json)
        fail_msg("cnn %s: no JSON, %s: %s", arguments, error.text, result.out);
    command_free(&result);
    return json;
}

static json_int_t integer(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

static double real(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

/* Train the small model into `run`, once for all tests. */
static int set_up(void **state) {
    if (command_set_up(state))
        return -1;
    command_result result = command_run("train model.txt --data data -o run --epochs 20 --batch 16 --seed 3 "
                                        "--validation 0.25");
    int code = result.code;
    fputs(result.err, stderr);
    command_free(&result);
    return code;
}

static void train_prints_a_line_an_epoch_and_what_to_do_next(void **state) {
    (void)state;
    command_result result = command_run("train model.txt --data data -o 'my run' --epochs 2 --batch 16");
    assert_int_equal(result.code, 0);
    assert_string_equal(result.err, "");
    assert_null(strchr(result.out, '\r'));
    assert_null(strchr(result.out, '\033'));
    static const char *const parts[] = {"Data     data: 96 training images, 4 classes\n",
                                        "\nEpoch  1/2  training loss ",
                                        "\nEpoch  2/2  training loss ",
                                        "Model    my run/model.onnx\n",
                                        "cnn test 'my run' --data data\n",
                                        "cnn predict 'my run' --data data --count 6\n"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(result.out, parts[i]))
            fail_msg("no '%s' in %s", parts[i], result.out);
    command_free(&result);
    assert_int_equal(access("my run/model.onnx", R_OK), 0);
    assert_int_equal(access("my run/checkpoint.safetensors", R_OK), 0);
    assert_int_equal(access("my run/history.csv", R_OK), 0);
}

static void limit_and_validation_are_said(void **state) {
    (void)state;
    command_expect(
        "train model.txt --data data -o limited --epochs 1 --limit 40 --validation 0.25", 0,
        "data: 30 training images, 4 classes\n         10 validation images, held out (25 % of each class)\n",
        NULL);
    command_expect(
        "train model.txt --data data -o limited --epochs 1 --limit 40 --validation 0.25 --overwrite", 0,
        "validation loss ", NULL);
}

static void a_recipe_stands_for_options(void **state) {
    (void)state;
    command_result result = command_run("train model.txt --data data -o fast --recipe fast");
    assert_int_equal(result.code, 0);
    assert_non_null(strstr(result.out, "Recipe   fast: --epochs 1"));
    assert_non_null(strstr(result.out, "Epoch  1/1 "));
    command_free(&result);
    command_expect("train --help", 0, "\n  fast: one pass over the images\n    --epochs 1 --batch 32 ", NULL);
}

/* Before the recipe or behind it. */
static void options_go_before_a_recipe(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o fast2 --recipe fast --epochs 2", 0, "Epoch  2/2 ", NULL);
    command_expect("train model.txt --data data -o fast3 --epochs 2 --recipe fast", 0, "Epoch  2/2 ", NULL);
    command_expect("train model.txt --data data -o fast4 --recipe fast --optimizer adam", 0, "Epoch  1/1 ",
                   NULL);
    command_expect("train model.txt --data data -o fast5 --recipe fast --time 1s", 0, "Time     1s: ", NULL);
}

static void a_trained_model_goes_on_from_its_parameters(void **state) {
    (void)state;
    command_result first = command_run("train model.txt --data data -o again --epochs 1");
    command_result next = command_run("train run --data data -o again --epochs 1 --overwrite");
    assert_int_equal(first.code, 0);
    assert_int_equal(next.code, 0);
    assert_null(strstr(first.out, "continues from the parameters"));
    assert_non_null(strstr(next.out, "Training continues from the parameters of run\n"));
    double loss_first = atof(strstr(first.out, "loss ") + 5), loss_next = atof(strstr(next.out, "loss ") + 5);
    assert_true(loss_first > 0);
    assert_true(loss_next < loss_first);
    command_free(&first);
    command_free(&next);
}

/* The next line of what a command printed as JSON; *rest goes on behind it. */
static json_t *next_object(char **rest) {
    char *line = strsep(rest, "\n");
    json_t *json = json_loads(line, 0, NULL);
    if (!json)
        fail_msg("no JSON: %s", line);
    return json;
}

static void expect_event(char **rest, const char *event, const char *key, const char *value) {
    json_t *json = next_object(rest);
    assert_string_equal(json_string_value(json_object_get(json, "event")), event);
    if (key)
        assert_string_equal(json_string_value(json_object_get(json, key)), value);
    json_decref(json);
}

static void train_prints_an_object_for_plan_epochs_and_result(void **state) {
    (void)state;
    command_result result = command_run("train model.txt --data data -o lines --epochs 2 --batch 16 --json");
    char *rest = result.out;
    assert_int_equal(result.code, 0);
    json_t *plan = next_object(&rest), *options = json_object_get(plan, "options");
    assert_int_equal(integer(options, "epochs"), 2);
    assert_true(json_is_null(json_object_get(options, "patience"))); /* not given */
    assert_true(json_is_null(json_object_get(options, "optimizer")));
    assert_int_equal(integer(json_object_get(plan, "data"), "training_images"), 96);
    assert_int_equal(integer(plan, "iterations_per_epoch"), 6);
    assert_int_equal(integer(plan, "last_batch"), 16);
    json_decref(plan);
    for (int epoch = 1; epoch <= 2; epoch++) {
        json_t *line = next_object(&rest);
        assert_int_equal(integer(line, "epoch"), epoch);
        assert_true(real(json_object_get(line, "training"), "loss") > 0);
        assert_true(json_is_null(json_object_get(line, "validation")));
        const json_t *layer = json_array_get(json_object_get(line, "layers"), 0);
        assert_string_equal(json_string_value(json_object_get(layer, "layer")), "conv_1");
        assert_true(real(layer, "gradient") > 0 && real(layer, "update") > 0);
        json_decref(line);
    }
    expect_event(&rest, "result", "outcome", "finished");
    assert_string_equal(rest, "");
    command_free(&result);
}

static void the_plan_says_how_many_iterations_an_epoch_has(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o even --epochs 1 --batch 16", 0,
                   "\nBatches  of 16 images: 6 iterations an epoch\n", NULL);
    command_expect("train model.txt --data data -o rest --epochs 1 --batch 40", 0,
                   "\nBatches  of 40 images: 3 iterations an epoch (the last batch has 16 images)\n", NULL);
    command_expect("train model.txt --data data -o one --epochs 1", 0,
                   "\nBatches  of 128 images: 1 iteration an epoch (the batch has 96 images)\n", NULL);
}

static void a_loss_that_is_not_finite_ends_in_valid_json(void **state) {
    (void)state;
    command_result result =
        command_run("train model.txt --data data -o diverged --epochs 2 --batch 16 --lr 1e6 --json");
    char *rest = result.out;
    assert_int_equal(result.code, 1);
    expect_event(&rest, "plan", NULL, NULL);
    expect_event(&rest, "result", "outcome", "failed");
    assert_string_equal(rest, "");
    assert_non_null(strstr(result.err, "cnn: "));
    command_free(&result);
}

static void early_stopping_says_when_and_why(void **state) {
    const char *arguments = "train model.txt --data data -o early --epochs 100 --batch 16 --lr 1e-12 "
                            "--schedule constant --optimizer sgd --validation 0.25 --patience 2 --overwrite";
    (void)state;
    command_expect(arguments, 0, "Stopped after epoch ", NULL);
    command_expect(arguments, 0, " for 2 epochs\n", NULL);
}

static void quiet_training_prints_the_result_only(void **state) {
    (void)state;
    command_result result = command_run("train model.txt --data data -o quiet --epochs 1 --quiet");
    assert_int_equal(result.code, 0);
    assert_int_equal(strncmp(result.out, "Trained in ", 11), 0);
    assert_non_null(strstr(result.out, "Model    quiet/model.onnx\n"));
    assert_null(strstr(result.out, "Test "));
    assert_string_equal(result.err, "");
    command_free(&result);
}

static void test_prints_accuracy_and_matrix(void **state) {
    (void)state;
    command_expect("test run --data data", 0, "run on data: 24 test images", NULL);
    command_expect("test run --data data", 0, "Accuracy           100.00 %  (24 correct; ", NULL);
    command_expect("test run/model.onnx --data data", 0,
                   "Confusion matrix (rows: label, columns: prediction)", NULL);
    command_expect("test run --data data --limit 5", 0, "(5 correct; ", NULL);
    command_expect("test run --data data --split validation", 0,
                   "run on data: 24 validation images, held out in training\n", NULL);
    command_expect("test run --data data --split train", 0, "run on data: 72 training images\n", NULL);
}

static void test_json_adds_up(void **state) {
    (void)state;
    json_t *json = run_json("test run --data data --json");
    const json_t *confusion = json_object_get(json, "confusion"), *classes = json_object_get(json, "classes");
    json_int_t all = 0, right = 0;
    assert_int_equal(json_array_size(confusion), 4);
    for (size_t i = 0; i < 4; i++) {
        json_int_t row = 0;
        for (size_t j = 0; j < 4; j++) {
            json_int_t count = json_integer_value(json_array_get(json_array_get(confusion, i), j));
            row += count;
            right += i == j ? count : 0;
        }
        assert_int_equal(row, integer(json_array_get(classes, i), "images"));
        all += row;
    }
    assert_int_equal(all, integer(json, "images"));
    assert_int_equal(all, 24);
    assert_int_equal(right, integer(json, "correct"));
    assert_true(real(json, "accuracy") == 1.0);
    assert_true(real(json, "loss") > 0 && real(json, "loss") < 1);
    json_decref(json);
}

/* Six images labelled 0 1 2 3 0 1 over four rows of values, as the deck draws it. */
static void predict_prints_the_deck_table(void **state) {
    (void)state;
    command_result result = command_run("predict run --data data --count 6");
    int rows = 0, stars = 0;
    assert_int_equal(result.code, 0);
    char label[8][8] = {{0}}, predicted[8][8] = {{0}};
    assert_int_equal(sscanf(result.out, "label %7s %7s %7s %7s %7s %7s", label[0], label[1], label[2],
                            label[3], label[4], label[5]),
                     6);
    const char *last = strstr(result.out, "predicted ");
    assert_non_null(last);
    assert_int_equal(sscanf(last, "predicted %7s %7s %7s %7s %7s %7s", predicted[0], predicted[1],
                            predicted[2], predicted[3], predicted[4], predicted[5]),
                     6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(atoi(label[i]), i % 4);
        assert_string_equal(label[i], predicted[i]);
    }
    for (const char *c = result.out; *c; c++) {
        rows += *c == '\n';
        stars += *c == '*';
    }
    assert_int_equal(rows, 1 + 1 + 4 + 1 + 1); /* labels, rule, classes, rule, predictions */
    assert_int_equal(stars, 6);
    command_free(&result);
}

static void predict_json_is_a_distribution(void **state) {
    (void)state;
    json_t *json = run_json("predict run --data data --first 5 --count 3 --json");
    const json_t *images = json_object_get(json, "images");
    assert_int_equal(json_array_size(images), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *image = json_array_get(images, i), *values = json_object_get(image, "values");
        double sum = 0;
        for (size_t output = 0; output < json_array_size(values); output++)
            sum += json_number_value(json_array_get(values, output));
        assert_int_equal(integer(image, "image"), 5 + i);
        assert_int_equal(json_array_size(values), 4);
        assert_true(sum > 0.9999 && sum < 1.0001);
        assert_string_equal(json_string_value(json_object_get(image, "label")),
                            json_string_value(json_object_get(image, "predicted")));
    }
    json_decref(json);
}

static void predict_says_when_there_are_too_few_images(void **state) {
    (void)state;
    command_expect("predict run --data data --first 20 --count 6", 1, NULL, "data has 24 test images");
    command_expect("predict run no-such.png", 1, NULL, "no-such.png");
}

static void data_info_counts(void **state) {
    (void)state;
    command_expect("data info data", 0, "in all           96      24", NULL);
    json_t *json = run_json("data info data --json");
    const json_t *test = json_object_get(json, "test");
    assert_int_equal(integer(json_object_get(json, "train"), "images"), 96);
    assert_int_equal(integer(test, "images"), 24);
    assert_int_equal(json_array_size(json_object_get(json, "classes")), 4);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(test, "class_counts"), 3)), 6);
    double mean = json_number_value(json_array_get(json_object_get(test, "mean"), 0));
    assert_true(mean > 0.25 && mean < 0.32); /* a quarter at about 225 of 255, the rest at about 25 */
    json_decref(json);
}

static void bench_measures(void **state) {
    (void)state;
    json_t *json = run_json("bench model.txt --batch 4 --threads 1 --rounds 1 --json");
    assert_true(real(json, "train_images_per_second") > 0);
    assert_true(real(json, "infer_images_per_second") > 0);
    assert_true(real(json, "latency_us") > 0);
    assert_int_equal(integer(json, "batch"), 4);
    assert_int_equal(integer(json, "threads"), 1);
    assert_true(json_is_string(json_object_get(json, "cpu")));
    assert_int_equal(json_object_size(json_object_get(json, "spread")), 3);
    json_decref(json);
}

/* Start a training of many epochs, wait for the end of its first, press Ctrl-C; the number of that epoch. */
static int train_and_interrupt(const char *arguments, int key, char **err) {
    char line[512];
    int epoch = 0;
    command_running running = command_start(arguments);
    while (!epoch && fgets(line, sizeof line, running.out))
        sscanf(line, "Epoch %d/", &epoch);
    assert_true(epoch > 0);
    assert_int_equal(kill(running.pid, key), 0);
    assert_int_equal(command_finish(&running, err), 128 + key);
    return epoch;
}

static void ctrl_c_saves_and_says_how_to_go_on(void **state) {
    const char *start = "train model.txt --data data -o stopped --epochs 100000 --batch 8";
    const char *resume = "train model.txt --data data -o stopped --epochs 100000 --batch 8 --resume";
    char *err;
    (void)state;
    int epoch = train_and_interrupt(start, SIGINT, &err);
    assert_int_equal(epoch, 1);
    assert_non_null(strstr(err, "cnn: stopped in epoch "));
    assert_non_null(strstr(err, "everything is saved in stopped"));
    assert_non_null(
        strstr(err, "To continue: cnn train model.txt --data data -o stopped --epochs 100000 --batch 8 "
                    "--resume\n"));
    int stopped_in = atoi(strstr(err, "epoch ") + strlen("epoch "));
    free(err);
    epoch = train_and_interrupt(resume, SIGTERM, &err);
    assert_true(epoch == stopped_in || epoch == stopped_in + 1);
    assert_null(strstr(err, "--resume --resume"));
    free(err);
    train_and_interrupt(resume, SIGHUP, &err);
    assert_non_null(strstr(err, "everything is saved in stopped"));
    free(err);
    command_expect("test stopped --data data", 0, "Accuracy", NULL);
}

static void a_run_is_kept_until_overwriting_is_asked_for(void **state) {
    (void)state;
    const char *arguments = "train model.txt --data data -o kept --epochs 1";
    command_expect(arguments, 0, "Model    kept/model.onnx\n", NULL);
    command_expect(arguments, 1, NULL, "kept already holds a run");
    command_expect("train model.txt --data data -o kept --epochs 1 --overwrite", 0, "Epoch  1/1 ", NULL);
}

/* What training says of the epoch that it kept is what testing measures. */
static void what_training_says_is_what_testing_measures(void **state) {
    (void)state;
    static const char *const measures[] = {"accuracy", "loss"};
    for (int i = 0; i < 2; i++) {
        char arguments[160];
        double loss, accuracy;
        int epoch;
        snprintf(arguments, sizeof arguments,
                 "train model.txt --data data -o measured --overwrite --epochs 6 --batch 16 --validation "
                 "0.25 --best %s",
                 measures[i]);
        command_result result = command_run(arguments);
        const char *line = strstr(result.out, "of epoch ");
        assert_non_null(line);
        assert_non_null(strstr(line, i == 0 ? "highest accuracy" : "lowest loss"));
        assert_int_equal(
            sscanf(line, "of epoch %d (%*[^)]): loss %lf, accuracy %lf %%", &epoch, &loss, &accuracy), 3);
        json_t *json = run_json("test measured --data data --split validation --json");
        assert_true(real(json, "loss") - loss < 1e-4 && loss - real(json, "loss") < 1e-4);
        assert_true(100 * real(json, "accuracy") - accuracy < 1e-2);
        assert_string_equal(json_string_value(json_object_get(json, "split")), "validation");
        json_decref(json);
        command_free(&result);
    }
}

static void other_images_validate(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o by-data --epochs 1 --validation 1.5", 2, NULL,
                   "a fraction of at least 0 and less than 1, or a data set, not 1.5");
    command_expect("train model.txt --data data -o by-data --epochs 1 --validation data", 1, NULL,
                   "--validation data: it has training images, but none for validation");
    command_expect("train model.txt --data data -o by-data --epochs 1 --test-fraction 0.5", 2, NULL,
                   "data has its own test images");
}

static void a_run_directory_that_cannot_be_written_is_named(void **state) {
    (void)state;
    FILE *file = fopen("occupied", "w");
    assert_non_null(file);
    fclose(file);
    command_result result = command_run("train model.txt --data data -o occupied --epochs 1");
    assert_int_equal(result.code, 1);
    assert_non_null(strstr(result.err, "occupied"));
    assert_null(strstr(result.out, "Epoch")); /* said before training, not after it */
    command_free(&result);
}

static void basic_trains_on_photographs(void **state) {
    (void)state;
    if (access("/usr/share/datasets/fashion-mnist", R_OK))
        skip(); /* Debian's package dataset-fashion-mnist */
    command_expect("train basic --data fashion-mnist -o photographs --epochs 1 --limit 128 --threads 1", 0,
                   "Model    basic: 1,199,882 parameters, input 1 x 28 x 28, 10 outputs", NULL);
    json_t *json = run_json("test photographs --data fashion-mnist --limit 100 --json");
    assert_int_equal(integer(json, "images"), 100);
    json_decref(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_prints_a_line_an_epoch_and_what_to_do_next),
        cmocka_unit_test(limit_and_validation_are_said),
        cmocka_unit_test(a_recipe_stands_for_options),
        cmocka_unit_test(options_go_before_a_recipe),
        cmocka_unit_test(a_trained_model_goes_on_from_its_parameters),
        cmocka_unit_test(train_prints_an_object_for_plan_epochs_and_result),
        cmocka_unit_test(the_plan_says_how_many_iterations_an_epoch_has),
        cmocka_unit_test(a_loss_that_is_not_finite_ends_in_valid_json),
        cmocka_unit_test(early_stopping_says_when_and_why),
        cmocka_unit_test(quiet_training_prints_the_result_only),
        cmocka_unit_test(test_prints_accuracy_and_matrix),
        cmocka_unit_test(test_json_adds_up),
        cmocka_unit_test(predict_prints_the_deck_table),
        cmocka_unit_test(predict_json_is_a_distribution),
        cmocka_unit_test(predict_says_when_there_are_too_few_images),
        cmocka_unit_test(data_info_counts),
        cmocka_unit_test(bench_measures),
        cmocka_unit_test(ctrl_c_saves_and_says_how_to_go_on),
        cmocka_unit_test(a_run_is_kept_until_overwriting_is_asked_for),
        cmocka_unit_test(what_training_says_is_what_testing_measures),
        cmocka_unit_test(other_images_validate),
        cmocka_unit_test(a_run_directory_that_cannot_be_written_is_named),
        cmocka_unit_test(basic_trains_on_photographs),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
