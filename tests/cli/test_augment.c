/* --augment of `cnn train`, and `cnn data preview`. */
#include "support/cmocka.h"
#include "support/command.h"

#include <png.h>

static void the_list_may_follow_or_be_left_out(void **state) {
    (void)state;
    command_expect("train model.txt --data data --augment flip,crop:1 -o a --epochs 1 -q", 0, "", NULL);
    command_expect("train --augment model.txt --data data -o b --epochs 1 -q", 0, "", NULL);
    command_expect("train model.txt --data data -o c --epochs 1 -q --augment", 0, "", NULL);
    command_expect("train model.txt --data data --augment=mixup -o d --epochs 1 -q", 0, "", NULL);
    command_expect("train model.txt --data data -o e --recipe fast --augment flip -q", 0, "", NULL);
}

static void what_is_wrong_in_the_list_is_said(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o x --augment flip,corp:2", 2, NULL, "did you mean crop?");
    command_expect("train model.txt --data data -o x --augment=flipp", 2, NULL, "did you mean flip?");
    command_expect("train model.txt --data data -o x --augment flip:2", 2, NULL, "between 0.01 and 1, not 2");
    command_expect("train model.txt --data data -o x --augment hue", 1, "", "hue needs images in colour");
}

static void a_resumed_run_must_have_the_same_list(void **state) {
    (void)state;
    command_expect("train model.txt --data data -o run --epochs 1 --augment flip,crop:1 -q", 0, "", NULL);
    command_expect("train model.txt --data data -o run --epochs 2 --augment flip --resume", 1, "",
                   "augmentations was \"flip:0.5,crop:1\" and is now \"flip:0.5\"");
    command_expect("train model.txt --data data -o run --epochs 2 --augment flip,crop:1 --resume -q", 0, "",
                   NULL);
}

static void a_preview_has_a_row_an_image_and_a_column_an_epoch(void **state) {
    (void)state;
    png_image picture = {.version = PNG_IMAGE_VERSION};
    command_expect("data preview data --augment flip --images 3 --epochs 5 -o grid.png", 0, NULL, NULL);
    assert_true(png_image_begin_read_from_file(&picture, "grid.png"));
    /* Images of 8 x 8 pixels, seven times as large, 2 pixels apart. */
    assert_int_equal(picture.height, 2 + 3 * (7 * 8 + 2));
    assert_int_equal(picture.width, 2 + 6 * (7 * 8 + 2));
    png_image_free(&picture);
    command_expect("data preview data --augment flip", 2, NULL, "-o FILE.png is missing");
    command_expect("data preview data -o x.png", 2, NULL, "--augment LIST is missing");
    command_expect("data preview data --augment flip -o none/x.png", 1, NULL, "cannot write none/x.png");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_may_follow_or_be_left_out),
        cmocka_unit_test(what_is_wrong_in_the_list_is_said),
        cmocka_unit_test(a_resumed_run_must_have_the_same_list),
        cmocka_unit_test(a_preview_has_a_row_an_image_and_a_column_an_epoch),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
