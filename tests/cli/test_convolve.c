/* cnn convolve: the deck's worked convolution, and others that were worked out by hand. */
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>

#include <stdio.h>

static void deck_convolution(void **state) {
    (void)state;
    command_expect(
        "convolve", 0,
        "(1 x 0) + (0 x 1) + (1 x 0) + (1 x 1) + (0 x 0) + (0 x -1) + (0 x 0) + (1 x 1) + (1 x 0) = 2", NULL);
    command_expect("convolve", 0, "Feature map (3 x 3)\n   2  1  -1\n  -1  1   3\n   2  1   1\n", NULL);
}

static void deck_size_formula(void **state) {
    (void)state;
    command_expect("convolve", 0, "Rows     (n + 2p - f)/s + 1 = (5 + 2*0 - 3)/1 + 1 = 3\n", NULL);
    command_expect("convolve", 0, "Columns  (n + 2p - f)/s + 1 = (5 + 2*0 - 3)/1 + 1 = 3\n", NULL);
}

/* The deck's 5 x 5 image padded by 1 is its 7 x 7 one, and gives 5 x 5. */
static void deck_padding(void **state) {
    (void)state;
    command_expect("convolve --padding 1", 0,
                   "Padded image (7 x 7)\n  0  0  0  0  0  0  0\n  0  1  0  1  0  1  0\n", NULL);
    command_expect("convolve --padding 1", 0, "(5 + 2*1 - 3)/1 + 1 = 5", NULL);
    command_expect("convolve --padding 1", 0, "Feature map (5 x 5)", NULL);
    command_expect("convolve --padding same", 0, "Feature map (5 x 5)", NULL);
}

static void stride_padding_and_dilation_of_each_axis(void **state) {
    const char *arguments = "convolve --image '1 2 3 4 5 / 6 7 8 9 10 / 11 12 13 14 15' --kernel '1 -1' "
                            "--stride 2x3 --padding 1,0,0,2 --dilation 1x2";
    (void)state;
    command_expect(arguments, 0, "Rows     (n + p + q - f)/s + 1 = (3 + 1 + 0 - 1)/2 + 1 = 2, rounded down\n",
                   NULL);
    command_expect(
        arguments, 0,
        "(n + p + q - (d(f - 1) + 1))/s + 1 = (5 + 0 + 2 - (2*(2 - 1) + 1))/3 + 1 = 2, rounded down\n", NULL);
    /* Row 1 lies in the padding; row 2 is the image's second: 6 - 8 and 9 - 0. */
    command_expect(arguments, 0, "(6 x 1) + (8 x -1) = -2\n", NULL);
    command_expect(arguments, 0, "(9 x 1) + (0 x -1) = 9\n", NULL);
    command_expect(arguments, 0, "Feature map (2 x 2)\n   0  0\n  -2  9\n", NULL);
}

static void relu_and_fractions(void **state) {
    (void)state;
    command_expect("convolve --relu", 0, "  2  1  0\n  0  1  3\n  2  1  1\n", NULL);
    command_expect("convolve --image '0.5, 1.5; 2 3' --kernel '0.25'", 0, "  0.125  0.375\n    0.5   0.75\n",
                   NULL);
}

static void every_value_after_relu(void **state) {
    (void)state;
    command_expect("convolve --relu", 0, "\nRow 1: max(0, 2) = 2, max(0, 1) = 1, max(0, -1) = 0\n", NULL);
}

/* The deck's result, 123 167 / 187 165, of a 4 x 4 image. */
static void deck_max_pooling(void **state) {
    (void)state;
    command_expect("convolve --pool 2x2", 0,
                   "Row 1, column 1: max(12, 123, 88, 3) = 123, from row 1, column 2\n"
                   "Row 1, column 2: max(167, 5, 9, 150) = 167, from row 1, column 3\n"
                   "Row 2, column 1: max(187, 31, 64, 99) = 187, from row 3, column 1\n"
                   "Row 2, column 2: max(20, 165, 70, 1) = 165, from row 3, column 4\n",
                   NULL);
    command_expect(
        "convolve --pool 2x2", 0,
        "\n    12   [123]  [167]     5\n    88      3      9    150\n  [187]    31     20   [165]\n"
        "    64     99     70      1\n",
        NULL);
    command_expect("convolve --pool 2x2", 0, "After max pooling (2 x 2)\n  123  167\n  187  165\n", NULL);
}

static void pooling_follows_the_relu(void **state) {
    const char *arguments = "convolve --image '-5 -4 1 / -2 -3 2 / 7 7 7' --kernel 1 --relu --pool 2x1";
    (void)state;
    command_expect(arguments, 0, "max(0, 0) = 0, from row 1, column 1\n", NULL);
    command_expect(arguments, 0, "max(1, 2) = 2, from row 2, column 3\n", NULL);
    command_expect(arguments, 0, "\n  [0]  [0]   1\n   0    0   [2]\n   7    7    7\n", NULL);
    command_expect(arguments, 0,
                   "that fill no window are left out.\n\nAfter max pooling (1 x 3)\n  0  0  2\n", NULL);
}

static void pooling_without_relu_keeps_what_is_negative(void **state) {
    (void)state;
    command_expect("convolve --image '-5 -4 / -2 -3' --kernel 1 --pool 2", 0,
                   "max(-5, -4, -2, -3) = -2, from row 2, column 1\n", NULL);
}

static void channels_are_summed_each_and_together(void **state) {
    const char *arguments = "convolve --image '1 2 / 3 4 | 5 6 / 7 8' --kernel '1 0 / 0 1 | 0 1 / 1 0'";
    (void)state;
    command_expect(arguments, 0,
                   "Row 1, column 1:\n"
                   "  channel 1: (1 x 1) + (2 x 0) + (3 x 0) + (4 x 1) = 5\n"
                   "  channel 2: (5 x 0) + (6 x 1) + (7 x 1) + (8 x 0) = 13\n"
                   "  channels together: 5 + 13 = 18\n",
                   NULL);
    command_expect(arguments, 0, "Image, channel 2 (2 x 2)\n  5  6\n  7  8\n", NULL);
    command_expect(arguments, 0, "\nFeature map (1 x 1)\n  18\n", NULL);
}

static void dilation_is_drawn(void **state) {
    (void)state;
    command_expect(
        "convolve --dilation 2", 0,
        "Dilated kernel (5 x 5), a dot for each pixel that it skips\n"
        "  0  .  1  .   0\n  .  .  .  .   .\n  1  .  0  .  -1\n  .  .  .  .   .\n  0  .  1  .   0\n",
        NULL);
}

static void image_from_a_file(void **state) {
    (void)state;
    FILE *file = fopen("image.txt", "w");
    assert_non_null(file);
    assert_true(fputs("1 2 3\n4 5 6\n7 8 9\n", file) >= 0);
    fclose(file);
    command_expect("convolve --image image.txt --kernel '1 0 / 0 1'", 0, "   6   8\n  12  14\n", NULL);
    command_expect("convolve --image @image.txt --kernel '1 0 / 0 1'", 0, "   6   8\n  12  14\n", NULL);
}

static void json_has_every_product(void **state) {
    static const int map[3][3] = {{2, 1, -1}, {-1, 1, 3}, {2, 1, 1}};
    (void)state;
    command_result result = command_run("convolve --json");
    assert_int_equal(result.code, 0);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    const json_t *rows = json_object_get(json, "feature_map"), *places = json_object_get(json, "places");
    assert_int_equal(json_array_size(places), 9);
    for (size_t i = 0; i < 9; i++) {
        const json_t *place = json_array_get(places, i), *products = json_object_get(place, "products");
        json_int_t sum = 0;
        for (size_t k = 0; k < json_array_size(products); k++) {
            const json_t *product = json_array_get(products, k);
            sum += json_integer_value(json_array_get(product, 0)) *
                   json_integer_value(json_array_get(product, 1));
        }
        assert_int_equal(json_array_size(products), 9);
        assert_int_equal(sum, map[i / 3][i % 3]);
        assert_int_equal(json_integer_value(json_object_get(place, "sum")), sum);
        assert_int_equal(json_integer_value(json_array_get(json_array_get(rows, i / 3), i % 3)), sum);
    }
    json_decref(json);
    command_free(&result);
}

/* [value, ...] of a JSON array of whole numbers. */
static void assert_integers(const json_t *array, size_t count, const int *expected) {
    assert_int_equal(json_array_size(array), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(json_integer_value(json_array_get(array, i)), expected[i]);
}

static void json_has_every_window_and_channel(void **state) {
    (void)state;
    command_result result = command_run("convolve --pool 2x2 --json");
    json_t *json = json_loads(result.out, 0, NULL), *pool = json_object_get(json, "pool");
    const json_t *window = json_array_get(json_object_get(pool, "windows"), 2),
                 *map = json_object_get(pool, "map");
    assert_integers(json_object_get(window, "values"), 4, (int[]){187, 31, 64, 99});
    assert_integers(json_object_get(window, "winner"), 2, (int[]){2, 0});
    assert_int_equal(json_integer_value(json_object_get(window, "max")), 187);
    assert_integers(json_array_get(map, 0), 2, (int[]){123, 167});
    assert_integers(json_array_get(map, 1), 2, (int[]){187, 165});
    json_decref(json);
    command_free(&result);
    result = command_run("convolve --image '1 2|3 4' --kernel '1 0|0 1' --json");
    json = json_loads(result.out, 0, NULL);
    const json_t *place = json_array_get(json_object_get(json, "places"), 0);
    assert_integers(json_array_get(json_array_get(json_object_get(json, "image"), 1), 0), 2, (int[]){3, 4});
    assert_integers(json_array_get(json_object_get(place, "products"), 3), 2, (int[]){4, 1});
    assert_int_equal(json_integer_value(json_object_get(place, "sum")), 5);
    json_decref(json);
    command_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deck_convolution),
        cmocka_unit_test(deck_size_formula),
        cmocka_unit_test(deck_padding),
        cmocka_unit_test(stride_padding_and_dilation_of_each_axis),
        cmocka_unit_test(relu_and_fractions),
        cmocka_unit_test(image_from_a_file),
        cmocka_unit_test(json_has_every_product),
        cmocka_unit_test(json_has_every_window_and_channel),
        cmocka_unit_test(every_value_after_relu),
        cmocka_unit_test(deck_max_pooling),
        cmocka_unit_test(pooling_follows_the_relu),
        cmocka_unit_test(pooling_without_relu_keeps_what_is_negative),
        cmocka_unit_test(channels_are_summed_each_and_together),
        cmocka_unit_test(dilation_is_drawn),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
