/* Folders of class folders: labels, splits, shapes, and images that do not decode. */
#define _GNU_SOURCE
#include "data/dataset.h"

#include "data/image_folders.h"

#include <unistd.h>

/* Sorted bytewise (capitals first), any case of ending, folders below, nothing hidden, nothing else. */
static void sorts_classes_and_files(void **state) {
    put_png(*state, "dog/2.png", &grey, 30);
    put_png(*state, "dog/10.PNG", &grey, 20);
    put_png(*state, "cat/b.png", &grey, 11);
    put_png(*state, "cat/a/z.png", &grey, 12);
    put_png(*state, "Zebra/x.png", &grey, 1);
    put_junk(*state, "cat/notes.txt");
    put_junk(*state, "cat/._b.png");
    put_junk(*state, ".hidden/x.png");
    put_junk(*state, "README");
    cnn_data *data = open_data(*state, NULL);
    assert_int_equal(cnn_data_classes(data), 3);
    assert_string_equal(cnn_data_class(data, 0), "Zebra");
    assert_string_equal(cnn_data_class(data, 1), "cat");
    assert_string_equal(cnn_data_class(data, 2), "dog");
    assert_string_equal(cnn_data_origin(data), *state);
    holds(data, 5, (const uint8_t[]){1, 11, 12, 20, 30}, (const int32_t[]){0, 1, 1, 2, 2});
}

static void takes_a_limit_from_each_class_in_turn(void **state) {
    for (int i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "a/%d.png", i);
        put_png(*state, name, &grey, 10 + i);
        name[0] = 'b';
        put_png(*state, name, &grey, 20 + i);
    }
    put_png(*state, "c/0.png", &grey, 30);
    const uint8_t values[] = {10, 20, 30, 11, 21, 12};
    const int32_t labels[] = {0, 1, 2, 0, 1, 0};
    for (int64_t limit = 1; limit <= 6; limit++)
        holds(open_data(*state, &(cnn_data_options){.limit = limit}), limit, values, labels);
}

/* The first image decides the shape unless the options do. */
static void takes_the_shape_of_the_first(void **state) {
    int64_t shape[3];
    put_jpeg(*state, "a/1.jpeg", 50);
    put_png(*state, "a/2.png", &colour, 60);
    put_png(*state, "b/3.png", &grey, 70);
    cnn_data *data = open_data(*state, NULL);
    cnn_data_shape(data, shape);
    assert_int_equal(shape[0] * 100 + shape[1] * 10 + shape[2], 144);
    for (int64_t i = 0; i < 3 * 16; i++)
        assert_int_equal(data->pixels[i], 50 + i / 16 * 10);
    cnn_data_free(data);
    data = open_data(*state, &(cnn_data_options){.image = {.channels = 3, .height = 3, .width = 5}});
    cnn_data_shape(data, shape);
    assert_int_equal(shape[0] * 100 + shape[1] * 10 + shape[2], 335);
    for (int64_t i = 0; i < 3 * 45; i++)
        assert_int_equal(data->pixels[i], 50 + i / 45 * 10);
    cnn_data_free(data);
}

/* ---- Bad input ---- */

static void folders_that_hold_no_classes(void **state) {
    fails(*state, NULL, CNN_ERROR_FORMAT, "neither IDX files");
    put_png(*state, "1.png", &grey, 1);
    fails(*state, NULL, CNN_ERROR_FORMAT, "neither IDX files");
    put_png(*state, "a/1.png", &grey, 1);
    fails(*state, NULL, CNN_ERROR_FORMAT, "only one class folder, a;");
    put_junk(*state, "b/notes.txt");
    fails(*state, NULL, CNN_ERROR_FORMAT, "/b: a class folder without images (.png .jpg");
}

static void link_that_leads_back(void **state) {
    char path[PATH_BYTES];
    put_png(*state, "a/1.png", &grey, 1);
    put_png(*state, "b/1.png", &grey, 1);
    assert_int_equal(symlink("../a", scratch_path(*state, "a/again", path)), 0);
    fails(*state, NULL, CNN_ERROR_IO, "does a link lead back up?");
}

/* 40 images in two classes, `bad` of them not decodable. */
static void put_many(const char *folder, int bad) {
    for (int i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "%c/%02d.png", i < 20 ? 'a' : 'b', i);
        if (i >= 17 && i < 17 + bad)
            put_junk(folder, name);
        else
            put_png(folder, name, &grey, i);
    }
}

static void one_image_does_not_decode(void **state) {
    put_many(*state, 1);
    cnn_error error = fails(*state, NULL, CNN_ERROR_FORMAT, "/a/17.png: not a PNG");
    assert_says(&error, "(--skip-bad skips it)");
    assert_null(strchr(error.message, '\n'));
}

/* One line however many there are: the first one, and how many more. */
static void several_images_do_not_decode(void **state) {
    put_many(*state, 5);
    cnn_error error = fails(*state, NULL, CNN_ERROR_FORMAT, "/a/17.png: not a PNG");
    assert_says(&error, "(and 4 more; --skip-bad skips them)");
    assert_null(strchr(error.message, '\n'));
    assert_null(strstr(error.message, "18.png"));
}

static void skips_what_does_not_decode(void **state) {
    put_many(*state, 5);
    cnn_data *data = open_data(*state, &(cnn_data_options){.skip_bad = true});
    assert_int_equal(cnn_data_skipped(data), 5);
    assert_string_equal(cnn_data_skipped_name(data, 0), "a/17.png");
    assert_string_equal(cnn_data_skipped_name(data, 4), "b/21.png");
    assert_non_null(strstr(cnn_data_skipped_reason(data, 4), "/b/21.png: not a PNG"));
    assert_null(cnn_data_skipped_name(data, 5));
    assert_string_equal(cnn_data_name(data, 16), "a/16.png");
    assert_string_equal(cnn_data_name(data, 17), "b/22.png");
    assert_null(cnn_data_name(data, 35));
    uint8_t values[35];
    int32_t labels[35];
    for (int i = 0; i < 35; i++) {
        values[i] = (uint8_t)(i < 17 ? i : i + 5);
        labels[i] = values[i] < 20 ? 0 : 1;
    }
    holds(data, 35, values, labels);
}

static void nothing_left_to_skip_to(void **state) {
    put_junk(*state, "a/1.png");
    put_junk(*state, "b/1.jpg");
    fails(*state, &(cnn_data_options){.skip_bad = true}, CNN_ERROR_FORMAT,
          "none of the 2 images could be read");
}

/* Said before any image is decoded. */
static void more_than_the_memory(void **state) {
    put_many(*state, 0);
    fails(*state, &(cnn_data_options){.image = {.channels = 3, .height = 1 << 20, .width = 1 << 20}},
          CNN_ERROR_MEMORY, "40 images of 3x1048576x1048576 need 131941395.3 MB");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_scratch(sorts_classes_and_files),      with_scratch(takes_a_limit_from_each_class_in_turn),
        with_scratch(takes_the_shape_of_the_first), with_scratch(folders_that_hold_no_classes),
        with_scratch(link_that_leads_back),         with_scratch(one_image_does_not_decode),
        with_scratch(several_images_do_not_decode), with_scratch(skips_what_does_not_decode),
        with_scratch(nothing_left_to_skip_to),      with_scratch(more_than_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
