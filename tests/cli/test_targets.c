/* train, test and predict where pictures have several classes or numbers; probabilities as .npy, JSON lines. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"
#include "support/pictures.h"

#include <cnn_model.h>
#include <jansson.h>

#include <math.h>
#include <string.h>

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

/* Pictures whose bright quarter says two classes (top or bottom, left or right) and a number. */
static int set_up(void **state) {
    static const char *const labels[] = {"top;left", "top;right", "bottom;left", "bottom;right"};
    if (command_set_up(state))
        return -1;
    FILE *several = fopen("several.csv", "w"), *numbers = fopen("numbers.csv", "w");
    assert_true(several && numbers);
    fprintf(several, "file,labels,split\n");
    fprintf(numbers, "file,target,split\n");
    for (int i = 0; i < 48; i++) {
        char path[64];
        const char *split = i < 32 ? "train" : "test";
        snprintf(path, sizeof path, "p/%d.png", i);
        write_picture(path, i % 4, (unsigned)i);
        fprintf(several, "%s,%s,%s\n", path, labels[i % 4], split);
        fprintf(numbers, "%s,%d,%s\n", path, 2 * (i % 4) - 3, split);
    }
    fclose(several);
    fclose(numbers);
    write_text("sigmoids.txt", "input 1x8x8\nflatten\ndense 16 relu\ndense 4\nsigmoid\n");
    write_text("number.txt", "input 1x8x8\nflatten\ndense 16 relu\ndense 1\n");
    command_expect("train sigmoids.txt --data several.csv --epochs 30 --batch 8 --optimizer adam -o several",
                   0, "", "");
    command_expect("train number.txt --data numbers.csv --epochs 40 --batch 8 --loss huber --optimizer adam "
                   "--lr 0.01 -o "
                   "number",
                   0, "", "");
    return 0;
}

static double real(const json_t *json, const char *group, const char *name) {
    return json_number_value(json_object_get(json_object_get(json, group), name));
}

static void several_classes_are_measured(void **state) {
    (void)state;
    command_expect("test several --data several.csv --tta mirror", 0, "Exact match", "");
    json_t *json = command_json("test several --data several.csv --json");
    assert_int_equal(json_integer_value(json_object_get(json, "images")), 16);
    assert_true(real(json, "metrics", "exact_match") > 0.9);
    assert_true(real(json, "metrics", "f1_micro") > 0.9);
    assert_int_equal(json_array_size(json_object_get(json, "classes")), 4);
    json_decref(json);
    command_expect("test several --data several.csv --wrong 3", 1, NULL,
                   "--wrong and --top need images of one class");
    command_expect("test number --data several.csv", 1, NULL,
                   "may have several classes, but the network does not end");
}

static void numbers_are_measured(void **state) {
    (void)state;
    command_expect("test number --data numbers.csv", 0, "Mean absolute error", "");
    json_t *json = command_json("test number --data numbers.csv --json --probabilities n.npy");
    assert_true(real(json, "metrics", "r2") > 0.9);
    const double loss = json_number_value(json_object_get(json, "loss"));
    assert_true(fabs(sqrt(loss) - real(json, "metrics", "root_mean_squared_error")) < 1e-6);
    json_decref(json);
    command_expect("test several --data numbers.csv", 1, NULL,
                   "1 targets per image, but the network has 4 outputs");
}

static void losses_that_do_not_fit_the_data_are_refused(void **state) {
    (void)state;
    command_expect("train number.txt --data numbers.csv --loss cross-entropy -o x", 1, "",
                   "mean squared error or Huber");
    command_expect("train model.txt --data several.csv -o x", 1, "",
                   "a sigmoid for each class that an image may have");
    command_expect("train number.txt --data numbers.csv --loss huber --focal 1 -o x", 2, NULL,
                   "mse and huber");
}

/* The file against the JSON lines of the same images. */
static void probabilities_are_written_as_numpy_and_json_lines(void **state) {
    cnn_tensor tensor;
    (void)state;
    command_result result = command_run("predict several p --format jsonl --probabilities p.npy");
    assert_int_equal(result.code, 0);
    assert_int_equal(cnn_tensor_read(&tensor, "p.npy", NULL), CNN_OK);
    assert_int_equal(tensor.type, CNN_TYPE_FLOAT32);
    assert_int_equal(tensor.shape[0], 48);
    assert_int_equal(tensor.shape[1], 4);
    const float *values = tensor.data;
    char *rest = result.out;
    for (int i = 0; i < 48; i++) {
        char *line = strsep(&rest, "\n");
        json_t *json = json_loads(line, 0, NULL);
        assert_non_null(json);
        assert_int_equal(json_object_size(json_object_get(json, "values")), 4);
        assert_true(fabs(real(json, "values", "bottom") - (double)values[4 * i]) <
                    1e-6); /* the first by name */
        assert_true(strstr(json_string_value(json_object_get(json, "image")), ".png"));
        json_decref(json);
    }
    assert_string_equal(rest, "");
    cnn_tensor_free(&tensor);
    command_free(&result);
    command_expect("predict several p --probabilities nowhere/p.npy", 1, "", "nowhere/p.npy");
    command_expect("predict number --data numbers.csv --count 2 --format csv", 0, "image,predicted,value",
                   "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_classes_are_measured),
        cmocka_unit_test(numbers_are_measured),
        cmocka_unit_test(losses_that_do_not_fit_the_data_are_refused),
        cmocka_unit_test(probabilities_are_written_as_numpy_and_json_lines),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
