/* cnn bench --layers: a row a layer, as a table and as JSON. */
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>

#include <stdbool.h>
#include <string.h>

static void prints_a_table(void **state) {
    (void)state;
    command_result result = command_run("bench basic --layers --rounds 1 --batch 2");
    assert_int_equal(result.code, 0);
    static const char *const parts[] = {
        "Training", "Inference",  "backward us", "of peak",
        "GB/s",     "arithmetic", "memory",      "conv_2 + relu_2 + max_pool_1",
        "Winograd", "images/s"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_non_null(strstr(result.out, parts[i]));
    command_free(&result);
}

static void check_layers(const json_t *part, size_t layers, bool training) {
    const json_t *rows = json_object_get(part, "layers");
    assert_int_equal(json_array_size(rows), layers);
    for (size_t i = 0; i < layers; i++) {
        const json_t *row = json_array_get(rows, i), *forward = json_object_get(row, "forward");
        assert_true(json_number_value(json_object_get(forward, "us")) > 0);
        assert_true(json_is_string(json_object_get(row, "algorithm")));
        assert_true(json_number_value(json_object_get(forward, "bytes")) > 0);
        assert_true(json_is_string(json_object_get(forward, "bound")));
        assert_int_equal(json_object_get(row, "backward") != NULL, training);
    }
}

static void prints_json(void **state) {
    (void)state;
    command_result result = command_run("bench basic --layers --rounds 1 --batch 2 --threads 1 --json");
    assert_int_equal(result.code, 0);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    assert_true(json_number_value(json_object_get(json, "peak_gflops")) > 0);
    assert_true(json_number_value(json_object_get(json, "memory_gb_per_second")) > 0);
    assert_int_equal(json_integer_value(json_object_get(json, "threads")), 1);
    check_layers(json_object_get(json, "training"), 4, true);
    check_layers(json_object_get(json, "inference"), 5, false);
    json_decref(json);
    command_free(&result);
}

static void shows_errors_of_bf16(void **state) {
    (void)state;
    command_result result = command_run("bench basic --layers --rounds 1 --batch 2 --precision bf16");
    assert_int_equal(result.code, 0);
    assert_non_null(strstr(result.out, "Training in bf16"));
    assert_non_null(strstr(result.out, "Inference in bf16"));
    assert_non_null(strstr(result.out, "direct bf16"));
    command_free(&result);
    result = command_run("bench basic --layers --rounds 1 --batch 2 --precision bf16 --json");
    json_t *json = json_loads(result.out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "precision")), "bf16");
    json_t *inference = json_object_get(json, "inference"), *rows = json_object_get(inference, "layers");
    check_layers(inference, 6, false);
    check_layers(json_object_get(json, "training"), 5, true);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "stored")), "bf16");
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 5), "stored")), "float32");
    for (size_t i = 0; i < 6; i++) { /* each number is rounded by up to 2^-9 of itself */
        const double error = json_number_value(json_object_get(json_array_get(rows, i), "error"));
        assert_true(error > 0 && error < 0.02);
    }
    json_decref(json);
    command_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_a_table),
        cmocka_unit_test(prints_json),
        cmocka_unit_test(shows_errors_of_bf16),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
