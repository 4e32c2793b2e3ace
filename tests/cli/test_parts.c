#define _GNU_SOURCE
/* On which images a command measures: class folders without a part for testing, foreign models, names of classes. */
#include "data/image_files.h"
#include "support/command.h"

#include <sys/stat.h>
#include <unistd.h>

enum { SIDE = 8, PER_CLASS = 30 };

static const char MODEL[] = "input 1x8x8\nflatten\ndense 2\nsoftmax\n";

/* Pictures of pure noise: nothing in them tells the class. */
static void write_noise(const char *folder, const char *class, uint32_t *random) {
    for (int i = 0; i < PER_CLASS; i++) {
        uint8_t pixels[SIDE * SIDE];
        char path[PATH_BYTES], name[64];
        for (int k = 0; k < SIDE * SIDE; k++) {
            *random = *random * 1664525u + 1013904223u;
            pixels[k] = (uint8_t)(*random >> 24);
        }
        snprintf(name, sizeof name, "%s/%02d.png", class, i);
        write_png(scratch_path(folder, name, path), SIDE, SIDE, &(png_kind){.depth = 8}, pixels, SIDE);
    }
}

static int set_up(void **state) {
    uint32_t random = 7;
    if (command_set_up(state))
        return -1;
    write_noise("noise", "ant", &random);
    write_noise("noise", "bee", &random);
    scratch_write(".", "flat.txt", MODEL, sizeof MODEL - 1);
    command_result result =
        command_run("train flat.txt --data noise -o noisy --epochs 200 --lr 0.5 --schedule constant "
                    "--batch 12 --seed 2");
    int code = result.code;
    fputs(result.err, stderr);
    command_free(&result);
    return code;
}

static double accuracy(const char *arguments) {
    command_result result = command_run(arguments);
    double percent = -1;
    const char *line = strstr(result.out, "Accuracy");
    if (result.code || !line)
        fail_msg("cnn %s: %s", arguments, result.err);
    assert_int_equal(sscanf(line, "Accuracy %lf", &percent), 1);
    command_free(&result);
    return percent;
}

/* The network knows its training images by heart, which says nothing about others. */
static void noise_is_learnt_by_heart_and_not_understood(void **state) {
    (void)state;
    assert_true(accuracy("test noisy --data noise --split train") > 95);
    double held_out = accuracy("test noisy --data noise");
    assert_in_range((int)held_out, 20, 80);
    command_expect("test noisy --data noise", 0, "noisy on noise: 12 test images, held out in training\n",
                   NULL);
    command_expect("test noisy --data noise --split all", 0, "noisy on noise: all 60 images\n", NULL);
    command_expect("predict noisy --data noise --count 13", 1, NULL,
                   "noise has 12 test images, held out in training");
}

static void training_says_what_it_holds_out(void **state) {
    (void)state;
    command_expect(
        "train flat.txt --data noise -o said --epochs 1 --test-fraction 0.1 --validation 0.2", 0,
        "Data     noise: 43 training images, 2 classes\n"
        "         11 validation images, held out (20 % of each class)\n"
        "         6 test images, held out (10 % of each class; --test-fraction changes that) and listed in",
        NULL);
    command_expect("train flat.txt --data noise -o whole --epochs 1 --test-fraction 0", 0,
                   "Test     cnn test whole --data noise --split all\n", NULL);
    command_expect("test whole --data noise", 1, NULL, "noise has no test images of its own");
}

/* Away from its run directory a model cannot know which images it has seen. */
static void a_model_alone_is_not_tested_on_everything_unasked(void **state) {
    (void)state;
    assert_int_equal(mkdir("alone", 0700), 0);
    assert_int_equal(link("noisy/model.onnx", "alone/model.onnx"), 0);
    command_expect("test alone/model.onnx --data noise", 1, NULL, "--split all");
    command_expect("test alone/model.onnx --data noise --split all", 0, "all 60 images", NULL);
    command_expect("diff noisy alone/model.onnx --data noise", 0,
                   "12 test images, held out in training: 0 differ", NULL);
}

static void resuming_holds_the_same_images_out(void **state) {
    (void)state;
    command_expect("train flat.txt --data noise -o twice --epochs 2 --schedule constant", 0, "12 test images",
                   NULL);
    command_expect("train flat.txt --data noise -o twice --epochs 3 --schedule constant --resume", 0,
                   "12 test images", NULL);
    assert_int_equal(rename("noise/ant", "noise/wasp"), 0);
    command_expect("train flat.txt --data noise -o twice --epochs 4 --schedule constant --resume", 1, NULL,
                   "lacks");
    command_expect("test twice --data noise", 1, NULL, "a class \"wasp\", which the model does not know");
    command_expect("predict twice --data noise", 1, NULL, "a class \"wasp\", which the model does not know");
    assert_int_equal(rename("noise/wasp", "gone"), 0);
    command_expect("train flat.txt --data noise -o one --epochs 1", 1, NULL, "only one class folder");
    assert_int_equal(rename("gone", "noise/ant"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_learnt_by_heart_and_not_understood),
        cmocka_unit_test(training_says_what_it_holds_out),
        cmocka_unit_test(a_model_alone_is_not_tested_on_everything_unasked),
        cmocka_unit_test(resuming_holds_the_same_images_out),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
