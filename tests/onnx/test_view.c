/* How a file's axes lie to channels, rows and columns. */
#include "onnx/view.h"

#include "support/cmocka.h"

#define SIZES(...) (const int64_t[]){__VA_ARGS__}, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)

static void expect_text(const cnn_onnx_view *view, const char *expected) {
    char text[CNN_ONNX_VIEW_TEXT];
    assert_string_equal(cnn_onnx_view_text(view, text), expected);
}

static cnn_onnx_view map_of(int64_t channels, int64_t rows, int64_t columns) {
    const cnn_shape shape = cnn_shape_3(channels, rows, columns);
    return cnn_onnx_view_of(&shape);
}

static void a_transposition_and_its_inverse_change_nothing(void **state) {
    (void)state;
    cnn_onnx_view view = map_of(2, 3, 4);
    assert_true(cnn_onnx_view_is_map(&view));
    assert_true(cnn_onnx_view_transpose(&view, SIZES(0, 2, 3, 1)));
    expect_text(&view, "N,H,W,C");
    assert_false(cnn_onnx_view_is_map(&view));
    assert_int_equal(cnn_onnx_view_channel_axis(&view), 3);
    assert_int_equal(cnn_onnx_view_size(&view, 1), 3);
    assert_true(cnn_onnx_view_transpose(&view, SIZES(0, 3, 1, 2)));
    assert_true(cnn_onnx_view_is_map(&view));
}

static void the_batch_stays_and_no_axis_stands_twice(void **state) {
    (void)state;
    cnn_onnx_view view = map_of(2, 3, 4);
    assert_false(cnn_onnx_view_transpose(&view, SIZES(1, 0, 2, 3)));
    assert_false(cnn_onnx_view_transpose(&view, SIZES(0, 1, 1, 3)));
    assert_false(cnn_onnx_view_transpose(&view, SIZES(0, 1, 2, 4)));
    assert_false(cnn_onnx_view_transpose(&view, SIZES(0, 1, 2)));
    expect_text(&view, "N,C,H,W");
}

static void axes_of_size_1_may_be_anywhere(void **state) {
    (void)state;
    cnn_onnx_view view = map_of(5, 1, 1);
    assert_true(cnn_onnx_view_transpose(&view, SIZES(0, 2, 3, 1)));
    expect_text(&view, "N,1,1,C");
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 5, 1, 1)));
    assert_true(cnn_onnx_view_is_map(&view));
    view = map_of(1, 3, 4);
    assert_true(cnn_onnx_view_transpose(&view, SIZES(0, 2, 3, 1)));
    assert_true(cnn_onnx_view_is_in_order(&view)); /* the same values in the same order */
    assert_true(cnn_onnx_view_holds(&view, 3, CNN_ONNX_CHANNELS));
}

static void whole_axes_go_together_and_come_apart_again(void **state) {
    (void)state;
    cnn_onnx_view view = map_of(2, 3, 4);
    assert_false(cnn_onnx_view_reshape(&view, SIZES(0, 4, 6)));    /* would cut H */
    assert_false(cnn_onnx_view_reshape(&view, SIZES(0, 2, 3, 5))); /* other elements */
    assert_false(cnn_onnx_view_reshape(&view, SIZES(0, 2, 3)));
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 2, 12)));
    expect_text(&view, "N,C,HW");
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 24)));
    assert_true(cnn_onnx_view_is_flat(&view) && cnn_onnx_view_is_in_order(&view));
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 2, 3, 4)));
    assert_true(cnn_onnx_view_is_map(&view));
}

/* Channel 1, row 2, column 3 of 2x3x4 stands at (2 * 4 + 3) * 2 + 1 in N,H,W,C and at (1 * 3 + 2) * 4 + 3 in C,H,W. */
static void elements_are_found_in_another_order(void **state) {
    (void)state;
    cnn_onnx_view view = map_of(2, 3, 4);
    assert_int_equal(cnn_onnx_view_place(&view, 17), 17);
    assert_true(cnn_onnx_view_transpose(&view, SIZES(0, 2, 3, 1)));
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 24)));
    expect_text(&view, "N,HWC");
    assert_int_equal(cnn_onnx_view_place(&view, 23), 23);
    assert_int_equal(cnn_onnx_view_place(&view, 1), 12);
    assert_int_equal(cnn_onnx_view_place(&view, (2 * 4 + 3) * 2), 2 * 4 + 3);
    assert_int_equal(cnn_onnx_view_place(&view, (1 * 4 + 3) * 2 + 1), (1 * 3 + 1) * 4 + 3);
}

static void values_meet_where_both_have_the_same_axes(void **state) {
    (void)state;
    cnn_onnx_view last = map_of(2, 3, 4), gate = map_of(2, 1, 1);
    const cnn_onnx_view first = last;
    assert_true(cnn_onnx_view_meets(&last, &gate));
    assert_true(cnn_onnx_view_transpose(&last, SIZES(0, 2, 3, 1)));
    assert_false(cnn_onnx_view_meets(&last, &first));
    assert_false(cnn_onnx_view_meets(&last, &gate)); /* C beside H */
    assert_true(cnn_onnx_view_transpose(&gate, SIZES(0, 2, 3, 1)));
    assert_true(cnn_onnx_view_meets(&last, &gate));
}

static void channels_split_into_branches_and_join_again(void **state) {
    (void)state;
    cnn_onnx_view view = map_of(6, 3, 4);
    assert_false(cnn_onnx_view_reshape(&view, SIZES(0, 4, 1, 3, 4))); /* other elements */
    assert_false(cnn_onnx_view_reshape(&view, SIZES(0, 2, 3, 12, 2)));
    assert_false(cnn_onnx_view_reshape(&view, SIZES(0, 2, 3, 2, 6))); /* would cut H */
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 2, 3, 3, 4)));
    expect_text(&view, "N,B,C,H,W");
    assert_true(cnn_onnx_view_has_branches(&view) && cnn_onnx_view_is_in_order(&view));
    assert_false(cnn_onnx_view_is_map(&view));
    assert_int_equal(cnn_onnx_view_channel_axis(&view), -1); /* the channels of one branch are not all */
    assert_int_equal(cnn_onnx_view_size(&view, 1), 2);
    assert_int_equal(cnn_onnx_view_elements(&view), 72);
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 6, 3, 4)));
    assert_true(cnn_onnx_view_is_map(&view));
    view = map_of(12, 1, 1);
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 2, 6)));
    assert_false(cnn_onnx_view_reshape(&view, SIZES(0, 2, 3, 2))); /* branches of branches */
}

/* Channel 1 of branch 2, of 3 branches of 2 channels, is channel 5. */
static void branches_may_be_moved(void **state) {
    (void)state;
    cnn_onnx_view view = map_of(6, 1, 2);
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 3, 2, 1, 2)));
    assert_true(cnn_onnx_view_transpose(&view, SIZES(0, 2, 1, 3, 4)));
    expect_text(&view, "N,C,B,1,W");
    assert_false(cnn_onnx_view_is_in_order(&view));
    assert_int_equal(cnn_onnx_view_place(&view, (1 * 3 + 2) * 2 + 1), 5 * 2 + 1);
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 12)));
    expect_text(&view, "N,CBW");
    view = map_of(5, 2, 3);
    assert_true(cnn_onnx_view_reshape(&view, SIZES(0, 1, 5, 2, 3)));
    assert_false(cnn_onnx_view_stack(&view, 2, 4)); /* which holds the channels */
    assert_true(cnn_onnx_view_stack(&view, 1, 4));
    expect_text(&view, "N,B,C,H,W");
    assert_int_equal(cnn_onnx_view_elements(&view), 120);
}

static void branches_meet_nothing_but_branches(void **state) {
    (void)state;
    cnn_onnx_view maps = map_of(6, 3, 4), gates = map_of(6, 1, 1), single = map_of(1, 3, 4),
                  plain = map_of(6, 1, 1);
    assert_true(cnn_onnx_view_reshape(&maps, SIZES(0, 2, 3, 3, 4)));
    assert_true(cnn_onnx_view_reshape(&gates, SIZES(0, 2, 3, 1, 1)));
    assert_true(cnn_onnx_view_reshape(&single, SIZES(0, 1, 1, 3, 4)));
    assert_true(cnn_onnx_view_reshape(&plain, SIZES(0, 1, 6, 1, 1)));
    assert_true(cnn_onnx_view_meets(&maps, &gates));
    assert_true(cnn_onnx_view_meets(&maps, &single));
    assert_false(cnn_onnx_view_meets(&maps, &plain));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transposition_and_its_inverse_change_nothing),
        cmocka_unit_test(the_batch_stays_and_no_axis_stands_twice),
        cmocka_unit_test(axes_of_size_1_may_be_anywhere),
        cmocka_unit_test(whole_axes_go_together_and_come_apart_again),
        cmocka_unit_test(elements_are_found_in_another_order),
        cmocka_unit_test(values_meet_where_both_have_the_same_axes),
        cmocka_unit_test(channels_split_into_branches_and_join_again),
        cmocka_unit_test(branches_may_be_moved),
        cmocka_unit_test(branches_meet_nothing_but_branches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
