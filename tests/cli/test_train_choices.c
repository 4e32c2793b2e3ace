/* How the command helps to choose: rates that are tried, time, folds, balanced sampling, recipes in files. */
#define _GNU_SOURCE /* asprintf */
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

static void rates_are_tried_without_a_run(void **state) {
    (void)state;
    command_expect("train model.txt --data data --find-lr --batch 16", 0, "  <- suggestion\n", NULL);
    command_expect("train model.txt --data data --find-lr --batch 16 -q", 0, "Suggested learning rate: --lr ",
                   NULL);
    json_t *json = command_json("train model.txt --data data --find-lr --batch 16 --json");
    assert_true(json_array_size(json_object_get(json, "points")) > 10);
    assert_true(json_number_value(json_object_get(json, "suggestion")) > 0);
    json_decref(json);
    command_expect("train model.txt --data data --find-lr --time 5s", 2, "", "--find-lr does not train");
}

static void folds_give_mean_and_deviation(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o cv --folds 3 --epochs 1 -q", 0, "\nmean ", NULL);
    command_expect("train model.txt --data data -o cv --folds 3 --epochs 1", 1, NULL, "cv/fold-1");
    command_expect("train model.txt --data data -o cv --folds 3 --epochs 1 --resume", 0, "Fold     3 of 3\n",
                   NULL);
    command_expect("train model.txt --data data -o cv --folds 3 --validation 0.1", 2, "",
                   "--folds validates on parts of the training images");
}

static void a_recipe_may_be_a_file(void **state) {
    (void)state;
    write_file("mine.txt", "# two passes\n--epochs 2\n# with\n--batch 32 --lr 0.02\n");
    command_expect("train model.txt --data data -o mine --recipe mine.txt", 0,
                   "Recipe   mine.txt: --epochs 2 --batch 32 --lr 0.02\n", NULL);
    command_expect("train model.txt --data data -o mine1 --recipe mine.txt --epochs 1", 0, "Epoch  1/1 ",
                   NULL);
    write_file("mine.txt", "--batch 16"); /* without a line feed */
    command_expect("train model.txt --data data -o mine2 --recipe mine.txt --epochs 1", 0,
                   "Recipe   mine.txt: --batch 16\n", NULL);
    write_file("loop.txt", "# again\n--recipe fast\n");
    command_expect("train model.txt --data data -o no --recipe loop.txt", 2, "", "names another recipe");
    FILE *file = fopen("long.txt", "w");
    for (int i = 0; i < 300; i++)
        fputs("--epochs 1\n", file);
    fclose(file);
    command_expect("train model.txt --data data -o no --recipe long.txt", 2, "", "has more than 511 words");
    command_expect("train model.txt --data data -o no --recipe none.txt", 2, "",
                   "neither a built-in recipe nor a file");
}

/* Options that pass all checks get as far as data, or a checkpoint, that do not exist. */
static void expect_no_data(const char *recipe, const char *given) {
    char *command;
    write_file("part.txt", recipe);
    assert_true(asprintf(&command, "train model.txt --data none -o no --recipe part.txt %s", given) > 0);
    command_result result = command_run(command);
    if (result.code != 1 || !(strstr(result.err, "cannot read none") || strstr(result.err, "no/checkpoint")))
        fail_msg("recipe \"%s\" with \"%s\": %d, %s", recipe, given, result.code, result.err);
    command_free(&result);
    free(command);
}

/* Each pair would be refused if both were given. */
static void what_is_given_displaces_what_cannot_stand_beside_it(void **state) {
    (void)state;
    static const struct {
        const char *recipe, *given;
    } cases[] = {
        {"--ema 0.9", "--swa 2"},
        {"--ema 0.9", "--lookahead 5"},
        {"--lookahead 5", "--ema 0.9"},
        {"--lookahead 5", "--swa 2"},
        {"--swa 2", "--ema 0.9"},
        {"--swa 2", "--lookahead 5"},
        {"--schedule polynomial --power 2", "--schedule cosine"},
        {"--schedule step --step-epochs 2 --step-factor 0.5", "--schedule constant"},
        {"--schedule cosine --warmup 1", "--schedule onecycle"},
        {"--optimizer sgd --momentum 0.9 --nesterov", "--optimizer adam"},
        {"--optimizer muon --momentum 0.9", "--optimizer lion"},
        {"--momentum 0.9 --nesterov", "--momentum 0"},
        {"--label-smoothing 0.1 --focal 2", "--loss mse"},
        {"--teacher none.onnx --teacher-weight 0.9 --temperature 2", "--loss huber"},
        {"--sample balanced", "--class-weights balanced"},
        {"--class-weights balanced", "--sample balanced"},
        {"--folds 3", "--validation 0.1"},
        {"--validation 0.1", "--folds 3"},
        {"--epochs 3 --iterations 5", "--time 5s"},
        {"--time 5s", "--epochs 3"},
        {"--time 5s", "--iterations 3"},
        {"--epochs 5 --swa 4", "--epochs 3"},
        {"--epochs 5 --freeze-epochs 2 --unfreeze-gradually", "--epochs 2"},
        {"--epochs 5 --freeze-epochs 2 --unfreeze-gradually", "--freeze-epochs 0"},
        {"--epochs 5 --schedule cosine --warmup 4", "--epochs 4"},
        {"--overwrite", "--resume"},
        {"--resume", "--overwrite"},
        {"--weights none.safetensors --partial", "--resume"},
        {"--resume", "--weights none.safetensors"},
        {"--time 5s", "--find-lr"},
        {"--folds 3", "--find-lr"},
        {"--find-lr", "--time 5s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_no_data(cases[i].recipe, cases[i].given);
}

/* Fewer epochs than a recipe freezes are none that it freezes. */
static void too_few_epochs_displace_frozen_ones(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o trained --epochs 1 -q", 0, "", NULL);
    command_expect("train trained --data data -o tuned1 --recipe finetune --augment --epochs 1 -q", 0, "",
                   NULL);
    command_expect("train trained --data data -o no --recipe finetune --augment --epochs 1 --freeze-epochs 1",
                   1, "", "freeze_epochs must be fewer than the epochs");
}

/* A detail that is given needs what it belongs to: that is not for a recipe to guess. */
static void what_is_given_must_have_a_meaning(void **state) {
    (void)state;
    write_file("part.txt", "--schedule cosine --ema 0.9 --momentum 0.9");
    command_expect("train model.txt --data data -o no --recipe part.txt --power 2", 2, "",
                   "--power only applies to --schedule polynomial");
    command_expect("train model.txt --data data -o no --recipe part.txt --swa 2 --lookahead 5", 2, "",
                   "--ema, --lookahead and --swa cannot be used together");
    write_file("part.txt", "--schedule polynomial --power 2 --ema 0.9");
    command_expect(
        "train model.txt --data data -o kept --recipe part.txt --schedule polynomial --epochs 1 -q", 0, "",
        NULL);
}

static void sampling_may_be_balanced(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o bal --epochs 1 --sample balanced -q", 0, "", NULL);
    command_expect("train model.txt --data data -o no --sample balanced --class-weights balanced", 2, "",
                   "--sample and --class-weights cannot be used together");
}

/* What was chosen is said, and gives the same bits again. */
static void a_time_becomes_epochs_and_iterations(void **state) {
    (void)state;
    command_result result =
        command_run("train model.txt --data data -o timed --time 1s --batch 8 --optimizer sgd");
    assert_int_equal(result.code, 0);
    char *chosen = strstr(result.out, "Repeat   with --epochs "), *again;
    assert_non_null(chosen);
    chosen[strcspn(chosen, "\n")] = '\0';
    assert_true(asprintf(&again, "train model.txt --data data -o same %s --batch 8 --optimizer sgd -q",
                         strstr(chosen, "--epochs")) > 0);
    command_expect(again, 0, "", NULL);
    free(again);
    command_expect("diff timed same", 0, "and the same parameters", NULL);
    command_expect("train model.txt --data data -o timed --time 1s --batch 8 --optimizer sgd --resume", 0, "",
                   NULL);
    command_free(&result);
}

static void times_that_are_none(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o no --time 10", 2, "", "such as 90s, 10m or 1.5h, not 10");
    command_expect("train model.txt --data data -o no --time 0s", 2, "", "at least 1s");
    command_expect("train model.txt --data data -o no --time 1m --epochs 3", 2, "",
                   "--time chooses --epochs and --iterations");
    static const char *const lists[] = {"0", "1,", "1,,2", ",1", "x", "1.5", "3,x", "99999999999"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        char *command;
        assert_true(asprintf(&command, "train model.txt --data data -o no --iterations %s", lists[i]) > 0);
        command_expect(command, 2, "", "--iterations expects one number of 1 to");
        free(command);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_tried_without_a_run),
        cmocka_unit_test(folds_give_mean_and_deviation),
        cmocka_unit_test(a_recipe_may_be_a_file),
        cmocka_unit_test(what_is_given_displaces_what_cannot_stand_beside_it),
        cmocka_unit_test(too_few_epochs_displace_frozen_ones),
        cmocka_unit_test(what_is_given_must_have_a_meaning),
        cmocka_unit_test(sampling_may_be_balanced),
        cmocka_unit_test(a_time_becomes_epochs_and_iterations),
        cmocka_unit_test(times_that_are_none),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
