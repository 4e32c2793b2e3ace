/* --precision bf16: a network that was trained on real digits answers about as it does in float32, in every command that has it. */
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int train(void **state) {
    char command[512];
    if (command_set_up(state))
        return 1;
    if (!getenv("CNN_TEST_DATA"))
        return 0;
    snprintf(command, sizeof command,
             "train lenet5 --data '%s/mnist' -o run --limit 3000 --recipe fast --seed 1",
             getenv("CNN_TEST_DATA"));
    command_result result = command_run(command);
    command_free(&result);
    return result.code;
}

static json_t *on_digits(const char *before, const char *after) {
    char command[1024];
    snprintf(command, sizeof command, "%s --data '%s/mnist' %s", before, getenv("CNN_TEST_DATA"), after);
    return command_json(command);
}

static double figure(json_t *json, const char *name) {
    return json_number_value(json_object_get(json, name));
}

static void accuracy_on_mnist_is_that_of_float32_within_a_tenth_of_a_point(void **state) {
    (void)state;
    if (!getenv("CNN_TEST_DATA"))
        skip();
    json_t *plain = on_digits("test run", "--limit 5000 --json"),
           *bf16 = on_digits("test run", "--limit 5000 --precision bf16 --json");
    assert_true(figure(plain, "accuracy") > 0.8);
    assert_true(fabs(figure(plain, "accuracy") - figure(bf16, "accuracy")) <= 0.001);
    assert_true(figure(plain, "loss") != figure(bf16, "loss"));
    assert_true(fabs(figure(plain, "loss") - figure(bf16, "loss")) < 0.001);
    json_decref(plain);
    json_decref(bf16);
}

static int train_half(const char *epochs, const char *more) {
    char command[512];
    snprintf(command, sizeof command,
             "train lenet5 --data '%s/mnist' -o half --limit 1500 --epochs %s --seed 2 %s -q",
             getenv("CNN_TEST_DATA"), epochs, more);
    command_result result = command_run(command);
    const bool names_both = strstr(result.err, "precision was \"bf16\" and is now \"float32\"");
    assert_true(result.code == 0 || names_both);
    command_free(&result);
    return result.code;
}

/* The folder says which one it was, and does not go on in the other. */
static void training_in_it_learns(void **state) {
    (void)state;
    if (!getenv("CNN_TEST_DATA"))
        skip();
    assert_int_equal(train_half("2", "--precision bf16"), 0);
    json_t *tested = on_digits("test half", "--limit 2000 --json");
    assert_true(figure(tested, "accuracy") > 0.75);
    json_decref(tested);
    assert_int_equal(train_half("3", "--resume"), 1);
}

static void words_that_it_does_not_know_are_refused(void **state) {
    (void)state;
    command_expect("predict basic x.png --precision fp16", 2, NULL, "float32, bf16");
    command_expect("run x.onnx --precision", 2, NULL, "--precision");
    command_expect("train basic --data x -o y --precision half", 2, NULL, "float32, bf16");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accuracy_on_mnist_is_that_of_float32_within_a_tenth_of_a_point),
        cmocka_unit_test(training_in_it_learns),
        cmocka_unit_test(words_that_it_does_not_know_are_refused),
    };
    return cmocka_run_group_tests(tests, train, command_tear_down);
}
