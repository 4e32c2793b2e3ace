/* cnn softmax: the deck's logits, and others. */
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>

#include <math.h>

/* 2.0, 1.0 and 0.1 give 0.659, 0.242 and 0.099: to one decimal the deck's 0.7, 0.2 and 0.1. */
static void deck_logits(void **state) {
    (void)state;
    command_expect("softmax 2.0 1.0 0.1", 0,
                   "softmax(x)_i = exp(x_i) / sum_j exp(x_j)\n"
                   "\n"
                   "Every exponential\n"
                   "  exp(2) = 7.38906\n"
                   "  exp(1) = 2.71828\n"
                   "  exp(0.1) = 1.10517\n"
                   "\n"
                   "Their sum\n"
                   "  7.38906 + 2.71828 + 1.10517 = 11.2125\n"
                   "\n"
                   "Every quotient, and the same to one decimal\n"
                   "  7.38906 / 11.2125 = 0.659001   0.7\n"
                   "  2.71828 / 11.2125 = 0.242433   0.2\n"
                   "  1.10517 / 11.2125 = 0.0985659  0.1\n",
                   NULL);
}

static void a_temperature_divides_the_logits(void **state) {
    (void)state;
    command_expect("softmax 2 0 --temperature 2", 0, "softmax(x / T)_i = exp(x_i / T) / sum_j exp(x_j / T)\n",
                   NULL);
    command_expect("softmax 2 0 --temperature 2", 0, "  exp(2 / 2) = 2.71828\n  exp(0 / 2) = 1\n", NULL);
    command_expect("softmax 2 0 --temperature 2", 0, "  2.71828 / 3.71828 = 0.731059  0.7\n", NULL);
}

static void negative_logits_are_operands(void **state) {
    (void)state;
    command_expect("softmax -1 -.5", 0, "  exp(-1) = 0.367879\n  exp(-0.5) = 0.606531\n", NULL);
}

/* exp(1000) and exp(-1000) are no doubles; 1 / (1 + exp(-1)) is 0.731059. */
static void logits_out_of_the_range_of_exp(void **state) {
    (void)state;
    command_expect("softmax 1000 999", 0, "the largest logit, 1000, is subtracted from each first", NULL);
    command_expect("softmax 1000 999", 0, "  exp(1000 - 1000) = 1\n  exp(999 - 1000) = 0.367879\n", NULL);
    command_expect("softmax 1000 999", 0, "  1 / 1.36788 = 0.731059         0.7\n", NULL);
    command_expect("softmax -1000 -1001", 0, "  exp(-1001 + 1000) = 0.367879\n", NULL);
}

static double real_at(const json_t *json, const char *key, size_t index) {
    return json_number_value(json_array_get(json_object_get(json, key), index));
}

static void json_has_every_number(void **state) {
    static const double probabilities[] = {0.659001, 0.242433, 0.0985659}, rounded[] = {0.7, 0.2, 0.1};
    static const double exponentials[] = {7.389056, 2.718282, 1.105171};
    (void)state;
    command_result result = command_run("softmax 2.0 1.0 0.1 --json");
    assert_int_equal(result.code, 0);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    for (size_t i = 0; i < 3; i++) {
        assert_true(fabs(real_at(json, "exponentials", i) - exponentials[i]) < 1e-6);
        assert_true(fabs(real_at(json, "probabilities", i) - probabilities[i]) < 1e-6);
        assert_true(fabs(real_at(json, "rounded", i) - rounded[i]) < 1e-9);
    }
    assert_true(fabs(json_number_value(json_object_get(json, "sum")) - 11.212509) < 1e-6);
    assert_true(real_at(json, "logits", 2) == 0.1);
    json_decref(json);
    command_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deck_logits),
        cmocka_unit_test(a_temperature_divides_the_logits),
        cmocka_unit_test(negative_logits_are_operands),
        cmocka_unit_test(logits_out_of_the_range_of_exp),
        cmocka_unit_test(json_has_every_number),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
