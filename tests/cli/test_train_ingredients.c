/* Averages, weights of classes, factors and several batches for an update, as the command line asks for them. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

static size_t read_file(const char *path, char *bytes, size_t room) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, room, file);
    fclose(file);
    assert_true(size > 0 && size < room);
    return size;
}

static void everything_together_is_the_same_on_any_threads(void **state) {
    (void)state;
    write_file("weights.csv", "# rare ones count more\n3,2.5\n\n1,0.5\r\n");
    static const char options[] = "--data data --epochs 3 --batch 8 --accumulate 2 --ema 0.9 --focal 1.5 "
                                  "--class-weights weights.csv --lr-factor '*.bias=2,fc_*=0.5' "
                                  "--decay-factor 'conv_*=0' --schedule polynomial --power 2 -q";
    enum { ROOM = 1 << 20 };
    static char model[2][ROOM];
    size_t size[2];
    for (int i = 0; i < 2; i++) {
        char *command, path[32];
        assert_true(asprintf(&command, "train model.txt -o all%d --threads %d %s", i, 1 + 2 * i, options) >
                    0);
        command_expect(command, 0, "", NULL);
        free(command);
        snprintf(path, sizeof path, "all%d/model.onnx", i);
        size[i] = read_file(path, model[i], ROOM);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(model[0], model[1], size[0]);
}

static void a_run_says_how_batches_make_updates(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o parts --epochs 1 --batch 8 --accumulate 4", 0,
                   "Batches  of 8 images, the gradients of every 4 for one update: 3 iterations an epoch\n",
                   NULL);
}

/* What differs is named. */
static void a_run_goes_on_only_with_the_same_ingredients(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o same --epochs 1 --ema 0.5 -q", 0, "", NULL);
    command_expect("train model.txt --data data -o same --epochs 2 --ema 0.75 --resume -q", 1, NULL,
                   "ema was 0.5 and is now 0.75");
    command_expect("train model.txt --data data -o same --epochs 2 --ema 0.5 --resume -q", 0, "", NULL);
}

static void files_of_weights_are_read_with_care(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"0,1\n# a\n\n9,1\n", "bad.csv, line 4: the data have no class \"9\""},
        {"0;1\n", "bad.csv, line 1: expected CLASS,WEIGHT with a weight of at least 0, not \"0;1\""},
        {"0,1\n1,-2\n", "bad.csv, line 2: expected CLASS,WEIGHT"},
        {"0,1\n1,x\n", "bad.csv, line 2: expected CLASS,WEIGHT"},
        {"0,0\n1,0\n2,0\n3,0\n", "all class_weights are 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file("bad.csv", cases[i].text);
        command_expect("train model.txt --data data -o no --class-weights bad.csv -q", 1, NULL,
                       cases[i].message);
    }
    command_expect("train model.txt --data data -o no --class-weights balnced", 1, "",
                   "--class-weights balnced: No such file or directory; give \"balanced\", or a file");
}

static void factors_that_say_nothing_are_refused(void **state) {
    (void)state;
    static const char *const words[] = {"fc_1.*", "=2", "fc_1.*=", "fc_1.*=-1", "fc_1.*=nan", "fc_1.*=1,,"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char *command;
        assert_true(asprintf(&command, "train model.txt --data data -o no --lr-factor '%s'", words[i]) > 0);
        command_expect(command, 2, "", "--lr-factor expects up to 32 times PATTERN=FACTOR");
        free(command);
    }
    command_expect("train model.txt --data data -o no -q --decay-factor 'conv_9.*=2'", 1, NULL,
                   "decay_factors: no parameter has a name that matches \"conv_9.*\"");
}

static void what_does_not_go_together(void **state) {
    (void)state;
    static const struct {
        const char *options, *message;
    } cases[] = {
        {"--ema 0.9 --swa 2", "--ema, --lookahead and --swa cannot be used together"},
        {"--loss mse --focal 2", "--focal does not apply to --loss mse"},
        {"--unfreeze-gradually", "--unfreeze-gradually only applies together with --freeze-epochs"},
        {"--layer-decay 0", "--layer-decay expects a number, above 0, at most 1, not '0'"},
        {"--layer-decay 1.5", "--layer-decay expects"},
        {"--power 2", "--power only applies to --schedule polynomial"},
        {"--schedule triangular --step-factor 0.5",
         "--step-factor only applies to --schedule step and plateau"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *command;
        assert_true(asprintf(&command, "train model.txt --data data -o no %s", cases[i].options) > 0);
        command_expect(command, 2, "", cases[i].message);
        free(command);
    }
    command_expect("train model.txt --data data -o no --epochs 2 --swa 3", 1, "",
                   "swa_from is epoch 3, but there are only 2 epochs");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_together_is_the_same_on_any_threads),
        cmocka_unit_test(a_run_says_how_batches_make_updates),
        cmocka_unit_test(a_run_goes_on_only_with_the_same_ingredients),
        cmocka_unit_test(files_of_weights_are_read_with_care),
        cmocka_unit_test(factors_that_say_nothing_are_refused),
        cmocka_unit_test(what_does_not_go_together),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
