/* Shapes, and the two orders in which parameters lie. */
#include "support/cmocka.h"
#include "tensor/shape.h"

#include <string.h>

static void sizes_beyond_the_limit_or_64_bits_are_not_valid(void **state) {
    (void)state;
    const cnn_shape fine = cnn_shape_3(4, 1 << 20, 1 << 20), large = cnn_shape_3(5, 1 << 20, 1 << 20),
                    wrapping = cnn_shape_3(1 << 22, 1 << 21, 1 << 21);
    const cnn_shape negative = cnn_shape_2(-1, 5);
    assert_true(cnn_shape_valid(&fine));
    assert_false(cnn_shape_valid(&large));
    assert_false(cnn_shape_valid(&wrapping));
    assert_false(cnn_shape_valid(&negative));
}

static void shapes_are_compared_and_written(void **state) {
    (void)state;
    char text[CNN_SHAPE_TEXT];
    const cnn_shape image = cnn_shape_3(32, 26, 26), vector = cnn_shape_1(21632),
                    other = cnn_shape_3(32, 26, 25);
    assert_string_equal(cnn_shape_text(&image, text), "32x26x26");
    assert_string_equal(cnn_shape_text(&vector, text), "21632");
    assert_true(cnn_shape_equal(&image, &image));
    assert_false(cnn_shape_equal(&image, &vector));
    assert_false(cnn_shape_equal(&image, &other));
    assert_int_equal(cnn_shape_elements(&image), cnn_shape_elements(&vector));
}

static void the_longest_shape_fits_its_text(void **state) {
    (void)state;
    char text[CNN_SHAPE_TEXT + 1];
    cnn_shape shape = {.rank = CNN_MAX_RANK};
    for (int i = 0; i < CNN_MAX_RANK; i++)
        shape.dim[i] = INT64_MAX;
    text[CNN_SHAPE_TEXT] = '!';
    cnn_shape_text(&shape, text);
    assert_true(strlen(text) < CNN_SHAPE_TEXT);
    assert_int_equal(text[CNN_SHAPE_TEXT], '!');
}

/* Two groups of nineteen filters over three channels and two positions: where each weight goes. */
static void parameters_change_order_and_back(void **state) {
    (void)state;
    enum { GROUPS = 2, OUTPUTS = 19, INPUTS = 3, AREA = 2, ALL = GROUPS * OUTPUTS * INPUTS * AREA };
    const cnn_order order = {.groups = GROUPS, .outputs = OUTPUTS, .inputs = INPUTS, .area = AREA};
    float logical[GROUPS][OUTPUTS][INPUTS][AREA], physical[GROUPS][AREA][INPUTS][OUTPUTS];
    float back[GROUPS][OUTPUTS][INPUTS][AREA];
    for (int k = 0; k < ALL; k++)
        (&logical[0][0][0][0])[k] = (float)k;
    assert_int_equal(cnn_order_elements(&order), ALL);
    cnn_to_physical(&order, &logical[0][0][0][0], &physical[0][0][0][0]);
    for (int g = 0; g < GROUPS; g++)
        for (int o = 0; o < OUTPUTS; o++)
            for (int i = 0; i < INPUTS; i++)
                for (int a = 0; a < AREA; a++)
                    assert_true(physical[g][a][i][o] == logical[g][o][i][a]);
    cnn_to_logical(&order, &physical[0][0][0][0], &back[0][0][0][0]);
    assert_memory_equal(back, logical, sizeof logical);
}

/* Channels and positions that are no whole number of tiles, as feature maps have them, either way round. */
static void maps_change_order_and_back(void **state) {
    (void)state;
    enum { CHANNELS = 35, AREA = 53 };
    const cnn_order order = {.groups = 1, .outputs = CHANNELS, .inputs = 1, .area = AREA};
    static float maps[CHANNELS][AREA], pixels[AREA][CHANNELS], back[CHANNELS][AREA];
    for (int k = 0; k < CHANNELS * AREA; k++)
        (&maps[0][0])[k] = (float)k;
    cnn_to_physical(&order, &maps[0][0], &pixels[0][0]);
    for (int c = 0; c < CHANNELS; c++)
        for (int a = 0; a < AREA; a++)
            assert_true(pixels[a][c] == maps[c][a]);
    cnn_to_logical(&order, &pixels[0][0], &back[0][0]);
    assert_memory_equal(back, maps, sizeof back);
}

/* Dilated, asymmetric, past what an int holds. */
static void output_sizes(void **state) {
    (void)state;
    int64_t size;
    assert_int_equal(cnn_output_size(10, 3, 1, 0, 0, 4, &size, NULL), CNN_OK);
    assert_int_equal(size, 2);
    assert_int_equal(cnn_output_size(10, 3, 3, 2, 1, 2, &size, NULL), CNN_OK);
    assert_int_equal(size, (10 + 2 + 1 - 2 * 2 - 1) / 3 + 1);
    assert_int_equal(cnn_output_size(INT64_C(1) << 40, 1, 1, 0, 0, 1, &size, NULL), CNN_OK);
    assert_true(size == INT64_C(1) << 40);
    cnn_error error;
    assert_int_equal(cnn_output_size(4, 3, 1, 0, 0, 2, &size, &error), CNN_ERROR_SHAPE);
    assert_non_null(strstr(error.message, "spans 5"));
    assert_non_null(strstr(error.message, "only 4"));
}

static void sizes_out_of_range_are_refused(void **state) {
    (void)state;
    static const int64_t rows[][6] = {
        {0, 1, 1, 0, 0, 1},         {5, 0, 1, 0, 0, 1},         {5, 1, 0, 0, 0, 1},
        {5, 1, 1, -1, 0, 1},        {5, 1, 1, 0, -1, 1},        {5, 1, 1, 0, 0, 0},
        {INT64_MAX, 1, 1, 1, 0, 1}, {5, INT64_MAX, 1, 0, 0, 3}, {5, 1, -1, 0, 0, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int64_t *r = rows[i];
        int64_t size;
        assert_int_equal(cnn_output_size(r[0], r[1], r[2], r[3], r[4], r[5], &size, NULL),
                         CNN_ERROR_ARGUMENT);
    }
}

static void a_place_is_told_by_its_indices(void **state) {
    (void)state;
    char text[CNN_SHAPE_TEXT];
    const cnn_shape flat = cnn_shape_1(5), weights = {.rank = 4, .dim = {6, 1, 3, 3}};
    assert_string_equal(cnn_shape_place_text(&flat, 4, text), "[4]");
    assert_string_equal(cnn_shape_place_text(&weights, 0, text), "[0,0,0,0]");
    assert_string_equal(cnn_shape_place_text(&weights, 21, text), "[2,0,1,0]");
    assert_string_equal(cnn_shape_place_text(&weights, 53, text), "[5,0,2,2]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_is_told_by_its_indices),
        cmocka_unit_test(sizes_beyond_the_limit_or_64_bits_are_not_valid),
        cmocka_unit_test(shapes_are_compared_and_written),
        cmocka_unit_test(the_longest_shape_fits_its_text),
        cmocka_unit_test(parameters_change_order_and_back),
        cmocka_unit_test(maps_change_order_and_back),
        cmocka_unit_test(output_sizes),
        cmocka_unit_test(sizes_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
