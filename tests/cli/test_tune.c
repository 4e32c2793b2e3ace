/* cnn tune: a search that can be gone on with, and the recipe that it finds. */
#include "support/cmocka.h"
#include "support/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TUNE "tune model.txt --data data --trials 4 --epochs 4 --seed 3 "

static json_t *trials_of(json_t *json) {
    return json_object_get(json, "trials");
}

static int64_t integer(const json_t *trial, const char *name) {
    return json_integer_value(json_object_get(trial, name));
}

/* Four trials for an epoch, two for two, one for four; the best one first. */
static void better_halves_go_on(void **state) {
    (void)state;
    json_t *json = command_json(TUNE "-o tuned --json -- --batch 16");
    json_t *trials = trials_of(json);
    assert_int_equal(json_array_size(trials), 4);
    static const int64_t epochs[] = {4, 2, 1, 1};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(integer(json_array_get(trials, i), "epochs"), epochs[i]);
    json_decref(json);
}

/* The same command goes on with what is there, and finds the same. */
static void the_search_repeats(void **state) {
    (void)state;
    struct stat before, after;
    json_t *first = command_json(TUNE "-o again --json -- --batch 16");
    assert_int_equal(stat("again/trial-1-epochs-1/checkpoint.safetensors", &before), 0);
    assert_int_equal(system("rm -r again/trial-2-epochs-1"), 0);
    json_t *second = command_json(TUNE "-o again --json -- --batch 16");
    assert_int_equal(stat("again/trial-1-epochs-1/checkpoint.safetensors", &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_true(json_equal(first, second));
    json_decref(first);
    json_decref(second);
}

/* What was trained with other options is no part of this search. */
static void another_search_takes_another_folder(void **state) {
    (void)state;
    command_expect(TUNE "-o other -q -- --batch 16", 0, "", NULL);
    command_expect(TUNE "-o other -q -- --batch 8", 1, "", "it is of another search; give another -o FOLDER");
    command_expect(TUNE "-o other -q -- --batch 16 --nesterov", 1, "",
                   "trial-1-epochs-1/recipe.txt has the options");
}

static void the_best_becomes_a_recipe(void **state) {
    (void)state;
    command_expect(TUNE "-o recipe -- --batch 16 --optimizer sgd", 0, "Recipe   recipe/recipe.txt\n", NULL);
    command_expect("train model.txt --data data -o tuned-run --recipe recipe/recipe.txt", 0, "Epoch  4/4 ",
                   NULL);
    command_expect("train model.txt --data data -o tuned-run2 --recipe recipe/recipe.txt", 0,
                   " --batch 16 --optimizer sgd\n", NULL);
}

static void what_diverges_is_lost(void **state) {
    (void)state;
    command_expect("tune model.txt --data data -o wild --trials 2 --epochs 2 --lr 1e5,1e6 "
                   "-- --batch 16 --schedule constant",
                   1, "diverged", "all trials diverged: search among lower rates");
}

static void what_cannot_be_searched(void **state) {
    (void)state;
    command_expect("tune model.txt -o no", 2, "", "--data DATA is missing");
    command_expect("tune model.txt --data data", 2, "", "-o FOLDER is missing");
    command_expect("tune model.txt --data data -o no --lr 0.1", 2, "",
                   "--lr expects two numbers above 0, the lower one first");
    command_expect("tune model.txt --data data -o no --weight-decay 1,0.1", 2, "",
                   "--weight-decay expects two numbers");
    command_expect("tune model.txt --data none -o no", 1, "", "cannot read none");
    command_expect("tune model.txt --data data -o no -- --bathc 16", 2, "", "--bathc");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(better_halves_go_on),
        cmocka_unit_test(the_search_repeats),
        cmocka_unit_test(another_search_takes_another_folder),
        cmocka_unit_test(the_best_becomes_a_recipe),
        cmocka_unit_test(what_diverges_is_lost),
        cmocka_unit_test(what_cannot_be_searched),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
