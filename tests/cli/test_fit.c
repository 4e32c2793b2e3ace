/* Networks fit their data: photographs never become small and grey without a word. */
#define _GNU_SOURCE
#include "data/image_files.h"
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>
#include <unistd.h>

/* `count` colour pictures in FOLDER/CLASS whose sizes begin at `height` x `width` and grow by a pixel each. */
static void write_pictures(const char *folder, const char *class, int count, int height, int width,
                           int grow) {
    const png_kind colour = {.colour = PNG_COLOR_TYPE_RGB, .depth = 8};
    static uint8_t samples[200 * 300 * 3];
    for (int i = 0; i < count; i++) {
        char path[PATH_BYTES], name[PATH_BYTES];
        snprintf(name, sizeof name, "%s/%d.png", class, i);
        for (size_t p = 0; p < sizeof samples; p++)
            samples[p] = (uint8_t)(p * (size_t)(i + 1) * (size_t) class[0]);
        const int wide = width + grow * i;
        write_png(scratch_path(folder, name, path), wide, height + grow * i, &colour, samples,
                  (size_t)wide * 3);
    }
}

static int set_up(void **state) {
    if (command_set_up(state))
        return -1;
    write_pictures("photographs", "cat", 6, 90, 120, 1);
    write_pictures("photographs", "dog", 6, 90, 120, 1);
    write_pictures("photographs", "owl", 6, 90, 120, 1);
    write_pictures("icons", "cat", 4, 24, 20, 0);
    write_pictures("icons", "dog", 4, 24, 20, 0);
    FILE *model = fopen("large.txt", "w");
    fputs("input 1x72x80\nconv 4 5x5 stride 4 relu\nglobalavgpool\nflatten\ndense 10\nsoftmax\n", model);
    fclose(model);
    return 0;
}

/* Train for an epoch on DATA into a folder of its own, and expect these lines. */
static void assert_train_says(const char *words, const char *first, const char *second) {
    static int runs;
    char *command;
    assert_true(asprintf(&command, "train %s --epochs 1 --batch 8 -o run%d", words, runs++) > 0);
    command_result result = command_run(command);
    if (result.code != 0 || !strstr(result.out, first) || !strstr(result.out, second))
        fail_msg("cnn %s: exit code %d; expected '%s' and '%s' in:\n%s%s", command, result.code, first,
                 second, result.out, result.err);
    command_free(&result);
    free(command);
}

static void a_built_in_network_takes_photographs_in_colour(void **state) {
    (void)state;
    assert_train_says("mobilenet-small --data photographs",
                      "Images   90x120 to 95x125 (height x width), in colour", "takes 3 x 64 x 64");
    assert_train_says("mobilenet-small --data photographs", "--image",
                      "Classes  3; the last layer has 3 outputs instead of 10");
}

static void small_images_of_one_size_are_taken_whole(void **state) {
    (void)state;
    assert_train_says("basic --data icons", "Images   24x20 (height x width), in colour",
                      "takes 3 x 24 x 20");
}

static void the_size_can_be_asked_for(void **state) {
    (void)state;
    assert_train_says("basic --data photographs --image 32", "input 3 x 32 x 32", "Classes  3");
    assert_train_says("basic --data photographs --image 24x40", "input 3 x 24 x 40", "Classes  3");
    assert_train_says("basic --data photographs --image 1x24x40", "input 1 x 24 x 40", "Classes  3");
    static const char *const wrong[] = {"0", "x", "64x", "3x3x3x3", "-5", "64px", "99999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *command;
        assert_true(asprintf(&command, "train basic --data photographs -o no --image %s", wrong[i]) > 0);
        command_expect(command, 2, NULL, "expected pixels (64)");
        free(command);
    }
}

static void a_size_that_is_too_small_names_the_layer(void **state) {
    (void)state;
    command_expect("train vgg-small --data photographs -o no --image 2", 1, NULL,
                   "the smallest size that fits is ");
}

static void a_text_model_keeps_at_least_its_own_size(void **state) {
    (void)state;
    assert_train_says("large.txt --data photographs", "takes 3 x 72 x 80", "3 outputs instead of 10");
    assert_train_says("large.txt --data icons", "takes 3 x 72 x 80", "2 outputs instead of 10");
    assert_train_says("model.txt --data photographs", "takes 3 x 64 x 64", "3 outputs instead of 4");
}

static void what_fits_is_not_spoken_of(void **state) {
    (void)state;
    command_result result = command_run("train model.txt --data data -o plain --epochs 1");
    assert_int_equal(result.code, 0);
    assert_null(strstr(result.out, "Images "));
    assert_null(strstr(result.out, "Classes "));
    command_free(&result);
}

/* Whether it goes on to train is another matter: its classes are not those of the photographs. */
static void a_trained_network_keeps_its_input_and_says_so(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o trained --epochs 1", 0, "input 1 x 8 x 8, 4 outputs",
                   NULL);
    command_result result = command_run("train trained --data photographs -o again --epochs 1 --batch 8");
    if (!strstr(result.out,
                "the trained network takes 1 x 8 x 8, without colour, with the pictures shrunk to "
                "about 1/11") ||
        !strstr(result.out, "Classes  3, but the network has 4 outputs; --classes 3 replaces its last layer"))
        fail_msg("%s%s", result.out, result.err);
    command_free(&result);
    command_expect("train trained --data photographs -o no --image 32", 1, NULL,
                   "trained on images of 1x8x8");
    command_expect("train trained --data photographs -o anew --classes 3 --epochs 1 --batch 8", 0,
                   "The last layer was replaced with a new one for 3 classes", NULL);
}

/* Weights of another network come with their number of outputs, and without names of classes. */
static void too_few_outputs_of_a_trained_network_are_replaced(void **state) {
    (void)state;
    FILE *model = fopen("two.txt", "w");
    fputs("input 1x8x8\nflatten\ndense 2\nsoftmax\n", model);
    fclose(model);
    command_expect("convert two.txt two.safetensors --seed 1", 0, "130 parameters", NULL);
    assert_train_says("two.txt --weights two.safetensors --data photographs",
                      "Classes  3; the last layer is new and has 3 outputs instead of 2", "input 1 x 8 x 8");
}

/* One sigmoid: trained, and predicted with both classes by their names. */
static void one_sigmoid_tells_two_classes_apart(void **state) {
    (void)state;
    FILE *model = fopen("binary.txt", "w");
    fputs("input 1x8x8\nflatten\ndense 1\nsigmoid\n", model);
    fclose(model);
    command_expect("train binary.txt --data icons -o binary --epochs 1 --batch 4", 0, "1 output\n", NULL);
    command_result result = command_run("predict binary icons/cat/0.png --json");
    json_t *json = json_loads(result.out, 0, NULL);
    const json_t *image = json_array_get(json_object_get(json, "images"), 0);
    const json_t *values = json_object_get(image, "values");
    assert_int_equal(json_array_size(values), 2);
    assert_float_equal(
        json_real_value(json_array_get(values, 0)) + json_real_value(json_array_get(values, 1)), 1, 1e-6);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "classes"), 1)), "dog");
    json_decref(json);
    command_free(&result);
    command_expect("train binary.txt --data icons -o no --loss cross-entropy", 1, "Model", "single sigmoid");
    command_expect("train binary.txt --data photographs -o no", 1, NULL, "dense 3 and softmax");
}

static void logits_are_shown_as_probabilities(void **state) {
    (void)state;
    FILE *model = fopen("logits.txt", "w");
    fputs("input 1x8x8\nflatten\ndense 10\n", model);
    fclose(model);
    command_expect("train logits.txt --data icons -o logits --epochs 1 --batch 4", 0, "2 outputs", NULL);
    command_result result = command_run("predict logits icons/cat/0.png --json");
    json_t *json = json_loads(result.out, 0, NULL);
    const json_t *values = json_object_get(json_array_get(json_object_get(json, "images"), 0), "values");
    assert_float_equal(
        json_real_value(json_array_get(values, 0)) + json_real_value(json_array_get(values, 1)), 1, 1e-6);
    json_decref(json);
    command_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_built_in_network_takes_photographs_in_colour),
        cmocka_unit_test(small_images_of_one_size_are_taken_whole),
        cmocka_unit_test(the_size_can_be_asked_for),
        cmocka_unit_test(a_size_that_is_too_small_names_the_layer),
        cmocka_unit_test(a_text_model_keeps_at_least_its_own_size),
        cmocka_unit_test(what_fits_is_not_spoken_of),
        cmocka_unit_test(a_trained_network_keeps_its_input_and_says_so),
        cmocka_unit_test(too_few_outputs_of_a_trained_network_are_replaced),
        cmocka_unit_test(one_sigmoid_tells_two_classes_apart),
        cmocka_unit_test(logits_are_shown_as_probabilities),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
