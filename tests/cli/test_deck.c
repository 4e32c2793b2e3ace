/* cnn deck: every page has the deck's numbers. */
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"convolution", "feature-map", "stride",     "relu",       "pooling",
                                    "flatten",     "softmax",     "basic",      "parameters", "training",
                                    "batches",     "advantages",  "assumptions"};
enum { PAGES = sizeof names / sizeof names[0] };

static json_t *pages;

static int read_pages(void **state) {
    int code = command_set_up(state);
    if (code)
        return code;
    command_result result = command_run("deck --json");
    pages = json_loads(result.out, 0, NULL);
    code = result.code || !json_is_array(pages);
    command_free(&result);
    return code;
}

static int forget_pages(void **state) {
    json_decref(pages);
    return command_tear_down(state);
}

static const json_t *page_named(const char *name) {
    for (size_t i = 0; i < json_array_size(pages); i++)
        if (!strcmp(json_string_value(json_object_get(json_array_get(pages, i), "name")), name))
            return json_array_get(pages, i);
    fail_msg("no page %s", name);
    return NULL;
}

static const json_t *number(const char *page, const char *key) {
    const json_t *value = json_object_get(json_object_get(page_named(page), "numbers"), key);
    if (!value)
        fail_msg("page %s has no number %s", page, key);
    return value;
}

static void assert_number(const char *page, const char *key, double expected) {
    double value = json_number_value(number(page, key));
    if (value != expected)
        fail_msg("page %s: %s is %.9g, not %.9g", page, key, value, expected);
}

/* A grid, row by row. */
static void assert_grid(const char *page, const char *key, size_t rows, size_t columns,
                        const double *expected) {
    const json_t *grid = number(page, key);
    assert_int_equal(json_array_size(grid), rows);
    for (size_t i = 0; i < rows * columns; i++) {
        const json_t *row = json_array_get(grid, i / columns);
        assert_int_equal(json_array_size(row), columns);
        double value = json_number_value(json_array_get(row, i % columns));
        if (value != expected[i])
            fail_msg("page %s: %s has %g at %zu, not %g", page, key, value, i, expected[i]);
    }
}

static void contents_explain_the_deck_and_list_all_pages(void **state) {
    (void)state;
    command_expect("deck", 0, "The deck is a teaching deck on convolutional networks", NULL);
    assert_int_equal(json_array_size(pages), PAGES);
    for (int i = 0; i < PAGES; i++) {
        char line[64], arguments[64];
        snprintf(line, sizeof line, "%2d  %s ", i + 1, names[i]);
        command_expect("deck", 0, line, NULL);
        snprintf(arguments, sizeof arguments, "deck %s", names[i]);
        snprintf(line, sizeof line, "Page %d of %d: ", i + 1, PAGES);
        command_expect(arguments, 0, line, NULL);
    }
}

static void a_page_goes_by_number_or_name_and_leads_to_the_next(void **state) {
    (void)state;
    command_result by_number = command_run("deck 5"), by_name = command_run("deck pooling");
    assert_int_equal(by_number.code, 0);
    assert_string_equal(by_number.out, by_name.out);
    assert_non_null(strstr(by_number.out, "  cnn deck 6 "));
    command_free(&by_number);
    command_free(&by_name);
    command_result last = command_run("deck 13");
    assert_null(strstr(last.out, "cnn deck 14"));
    command_free(&last);
}

static void unknown_pages_are_refused(void **state) {
    (void)state;
    command_expect("deck 0", 2, NULL, "there is no page '0': pages have the numbers 1 to 13");
    command_expect("deck 14", 2, NULL, "there is no page '14'");
    command_expect("deck softmaxx", 2, NULL, "there is no page 'softmaxx': did you mean softmax?");
    command_expect("deck 3 --all", 2, NULL, "either a page or --all");
}

static void convolution_and_feature_map(void **state) {
    (void)state;
    assert_number("convolution", "first_value", 2);
    assert_grid("convolution", "kernel", 3, 3, (double[]){0, 1, 0, 1, 0, -1, 0, 1, 0});
    assert_grid("feature-map", "feature_map", 3, 3, (double[]){2, 1, -1, -1, 1, 3, 2, 1, 1});
    assert_number("feature-map", "largest", 3);
    assert_number("feature-map", "size", 3);
    command_expect(
        "deck 1", 0,
        "  (1 x 0) + (0 x 1) + (1 x 0) + (1 x 1) + (0 x 0) + (0 x -1) + (0 x 0) + (1 x 1) + (1 x 0) = 2\n",
        NULL);
}

/* n = 7, f = 3 gives 5; so does a 5 x 5 image with a padding of 1. */
static void sizes_of_feature_maps(void **state) {
    static const double expected[][5] = {{7, 3, 0, 1, 5},   {5, 3, 1, 1, 5},  {5, 3, 0, 1, 3},
                                         {7, 3, 0, 2, 3},   {8, 3, 0, 2, 3},  {5, 5, 2, 1, 5},
                                         {28, 3, 0, 1, 26}, {24, 2, 0, 2, 12}};
    static const char *const keys[] = {"n", "f", "p", "s", "size"};
    (void)state;
    const json_t *sizes = number("stride", "sizes");
    assert_int_equal(json_array_size(sizes), sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        for (int k = 0; k < 5; k++)
            assert_true(json_number_value(json_object_get(json_array_get(sizes, i), keys[k])) ==
                        expected[i][k]);
    assert_int_equal(json_array_size(number("stride", "padded_image")), 7);
    assert_int_equal(json_array_size(number("stride", "feature_map")), 5);
}

static void relu_and_pooling(void **state) {
    (void)state;
    assert_grid("relu", "relu", 3, 3, (double[]){2, 1, 0, 0, 1, 3, 2, 1, 1});
    assert_number("relu", "changed", 2);
    assert_number("relu", "sum_of_relus", 2);
    assert_number("relu", "relu_of_sum", 1);
    assert_grid("pooling", "output", 2, 2, (double[]){123, 167, 187, 165});
}

static void flatten_and_dense(void **state) {
    (void)state;
    assert_grid("flatten", "flattened_example", 1, 4, (double[]){123, 167, 187, 165});
    assert_number("flatten", "node", 123 * 0.5 - 187 * 0.5 + 165 + 1);
    assert_number("flatten", "flattened", 9216);
    assert_number("flatten", "dense_parameters", 1179776);
}

static void softmax_of_the_logits(void **state) {
    static const double expected[] = {0.659001, 0.242433, 0.0985659};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs(json_number_value(json_array_get(number("softmax", "probabilities"), i)) -
                         expected[i]) < 1e-6);
    command_expect("deck softmax", 0, "  2.0  7.38906  7.38906 / 11.2125 = 0.659001       0.7\n", NULL);
}

static void layers_and_parameters_of_the_basic_cnn(void **state) {
    static const struct {
        const char *layer;
        int parameters;
    } rows[] = {{"conv_1", 320},  {"conv_2", 18496}, {"max_pool_1", 0},
                {"flatten_1", 0}, {"fc_1", 1179776}, {"fc_2", 1290}};
    (void)state;
    const json_t *parameters = number("parameters", "parameters");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(json_integer_value(json_object_get(parameters, rows[i].layer)), rows[i].parameters);
    assert_number("parameters", "total", 1199882);
    assert_number("basic", "outputs", 10);
    command_expect("deck basic", 0, "\nMax Pool       64 x 12 x 12  (24 + 2*0 - 2)/2 + 1 = 12\n", NULL);
    command_expect("deck parameters", 0, "prints 18,494 for Conv_2", NULL);
}

/* Ten classes that add up to 1 for each of six images; the loss is the mean of -ln(p) of the labels, and falls. */
static void training_on_the_deck_s_batch(void **state) {
    static const size_t labels[] = {6, 5, 6, 8, 8, 1};
    double loss = 0;
    (void)state;
    const json_t *before = number("training", "before"), *losses = number("training", "losses");
    for (size_t i = 0; i < 6; i++) {
        const json_t *image = json_array_get(before, i);
        double sum = 0;
        for (size_t c = 0; c < 10; c++)
            sum += json_number_value(json_array_get(image, c));
        assert_true(fabs(sum - 1) < 1e-5);
        assert_int_equal(json_integer_value(json_array_get(number("training", "labels"), i)), labels[i]);
        loss -= log(json_number_value(json_array_get(image, labels[i]))) / 6;
    }
    assert_true(fabs(json_number_value(json_array_get(losses, 0)) - loss) < 1e-4);
    assert_true(json_number_value(json_array_get(losses, 7)) < 0.3);
}

static void batches_of_an_epoch(void **state) {
    static const int expected[][4] = {{1, 60000, 1, 600000},
                                      {8, 7500, 8, 75000},
                                      {32, 1875, 32, 18750},
                                      {128, 469, 96, 4690},
                                      {256, 235, 96, 2350}};
    static const char *const keys[] = {"batch", "iterations_per_epoch", "last_batch", "iterations"};
    (void)state;
    for (size_t i = 0; i < 5; i++)
        for (int k = 0; k < 4; k++)
            assert_int_equal(
                json_integer_value(json_object_get(json_array_get(number("batches", "batches"), i), keys[k])),
                expected[i][k]);
}

static void advantages_are_computed(void **state) {
    static const int connections[][2] = {{9, 784}, {288, 21632}, {9216, 9216}, {128, 128}};
    (void)state;
    assert_number("advantages", "equal_swapped", 4);
    assert_grid("advantages", "pooled_shifted", 2, 2, (double[]){88, 167, 187, 99});
    assert_number("advantages", "convolution_parameters", 320);
    assert_number("advantages", "dense_parameters", 16981120);
    for (size_t i = 0; i < 4; i++) {
        const json_t *row = json_array_get(number("advantages", "connections"), i);
        assert_int_equal(json_integer_value(json_object_get(row, "connections")), connections[i][0]);
        assert_int_equal(json_integer_value(json_object_get(row, "inputs")), connections[i][1]);
    }
}

static void assumptions_are_computed(void **state) {
    (void)state;
    assert_number("assumptions", "seen", 9);
    assert_number("assumptions", "moved", 16);
    const json_t *fields = number("assumptions", "receptive_fields");
    assert_int_equal(json_integer_value(json_object_get(fields, "conv_1")), 3);
    assert_int_equal(json_integer_value(json_object_get(fields, "conv_2")), 5);
    assert_int_equal(json_integer_value(json_object_get(fields, "max_pool_1")), 6);
    assert_int_equal(json_integer_value(json_object_get(fields, "fc_1")), 28);
}

static bool needs_data(const char *command) {
    return strstr(command, " --data ") != NULL;
}

/* A learner types them: all but those on data are run. */
static void every_command_to_try_runs(void **state) {
    int run = 0;
    (void)state;
    for (size_t i = 0; i < json_array_size(pages); i++) {
        const json_t *commands = json_object_get(json_array_get(pages, i), "try");
        assert_true(json_array_size(commands) > 0);
        for (size_t k = 0; k < json_array_size(commands); k++) {
            const char *command = json_string_value(json_object_get(json_array_get(commands, k), "command"));
            assert_memory_equal(command, "cnn ", 4);
            if (needs_data(command))
                continue;
            command_expect(command + 4, 0, "", "");
            run++;
        }
    }
    assert_true(run > PAGES);
}

static void all_pages_are_printed_in_order(void **state) {
    (void)state;
    command_result all = command_run("deck --all");
    const char *at = all.out;
    assert_int_equal(all.code, 0);
    for (int i = 0; i < PAGES && at; i++) {
        char head[32];
        snprintf(head, sizeof head, "Page %d of %d: ", i + 1, PAGES);
        at = strstr(at, head);
    }
    assert_non_null(at);
    command_free(&all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_explain_the_deck_and_list_all_pages),
        cmocka_unit_test(a_page_goes_by_number_or_name_and_leads_to_the_next),
        cmocka_unit_test(unknown_pages_are_refused),
        cmocka_unit_test(convolution_and_feature_map),
        cmocka_unit_test(sizes_of_feature_maps),
        cmocka_unit_test(relu_and_pooling),
        cmocka_unit_test(flatten_and_dense),
        cmocka_unit_test(softmax_of_the_logits),
        cmocka_unit_test(layers_and_parameters_of_the_basic_cnn),
        cmocka_unit_test(training_on_the_deck_s_batch),
        cmocka_unit_test(batches_of_an_epoch),
        cmocka_unit_test(advantages_are_computed),
        cmocka_unit_test(assumptions_are_computed),
        cmocka_unit_test(every_command_to_try_runs),
        cmocka_unit_test(all_pages_are_printed_in_order),
    };
    return cmocka_run_group_tests(tests, read_pages, forget_pages);
}
