/* A person's own drawing, black on white and off the middle, shown to a network trained on MNIST. */
#define _XOPEN_SOURCE 700
#include "support/cmocka.h"
#include "support/command.h"
#include "support/drawing.h"

#include "data/image_files.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 10 };

static char files[256] = ""; /* their names, as words of a command line */

static int train_and_draw(void **state) {
    const char *root = getenv("CNN_TEST_DATA");
    if (command_set_up(state) != 0)
        return -1;
    if (!root)
        return 0;
    for (int digit = 0; digit < DIGITS; digit++) {
        static uint8_t drawing[DRAWING_SIDE * DRAWING_SIDE];
        const png_kind grey = {.colour = PNG_COLOR_TYPE_GRAY, .depth = 8};
        char name[16];
        snprintf(name, sizeof name, "%d.png", digit);
        draw_digit(digit, drawing);
        write_png(name, DRAWING_SIDE, DRAWING_SIDE, &grey, drawing, DRAWING_SIDE);
        strcat(strcat(files, " "), name);
    }
    char train[512];
    snprintf(train, sizeof train, "train lenet5 --data '%s/mnist' -o run --limit 6000 --recipe fast", root);
    command_expect(train, 0, "Trained in", NULL);
    return 0;
}

/* How many of the drawings get their class; *notes (for free()) is what is said beside it. */
static int right_ones(const char *options, char **notes) {
    char command[512];
    snprintf(command, sizeof command, "predict run%s --json %s", files, options);
    command_result result = command_run(command);
    json_t *json = json_loads(result.out, 0, NULL);
    const json_t *images = json_object_get(json, "images");
    int right = 0;
    assert_int_equal(json_array_size(images), DIGITS);
    for (size_t i = 0; i < DIGITS; i++) {
        const char *predicted = json_string_value(json_object_get(json_array_get(images, i), "predicted"));
        right += atoi(predicted) == (int)i;
    }
    *notes = strdup(result.err);
    json_decref(json);
    command_free(&result);
    return right;
}

static void a_drawing_is_noticed_and_options_read_it(void **state) {
    (void)state;
    char *notes;
    if (!getenv("CNN_TEST_DATA"))
        skip();
    assert_true(right_ones("", &notes) <= 3);
    assert_non_null(strstr(notes, "cnn: note: 10 of 10 images, the first 0.png, are bright (mean 0.9"));
    assert_non_null(strstr(notes, "trained on dark images (mean 0.13, deviation 0.31)"));
    assert_non_null(strstr(
        notes,
        "dark ink on white paper? try --invert, and --centre for drawings placed like MNIST's digits"));
    free(notes);
    const int right = right_ones("--invert --centre", &notes);
    if (right < 9)
        fail_msg("%d of %d digits are right", right, DIGITS);
    assert_string_equal(notes, "");
    free(notes);
}

static void a_test_set_that_is_like_the_training_images_is_not_noticed(void **state) {
    (void)state;
    char command[512];
    if (!getenv("CNN_TEST_DATA"))
        skip();
    snprintf(command, sizeof command, "test run --data '%s/mnist' --limit 500", getenv("CNN_TEST_DATA"));
    command_expect(command, 0, "Accuracy", NULL);
    strcat(command, " --invert");
    command_expect(command, 0, "Accuracy", "the images are bright (mean 0.8");
    snprintf(command, sizeof command, "predict run --data '%s/mnist' --count 300", getenv("CNN_TEST_DATA"));
    command_expect(command, 0, "predicted", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drawing_is_noticed_and_options_read_it),
        cmocka_unit_test(a_test_set_that_is_like_the_training_images_is_not_noticed),
    };
    return cmocka_run_group_tests(tests, train_and_draw, command_tear_down);
}
