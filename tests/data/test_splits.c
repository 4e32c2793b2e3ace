/* Which folders are parts of the data, which are classes, and what is said of everything else. */
#define _GNU_SOURCE
#include "data/dataset.h"

#include "data/image_folders.h"

#include <unistd.h>

static const cnn_data_options train = {.split = CNN_SPLIT_TRAIN}, test = {.split = CNN_SPLIT_TEST},
                              validation = {.split = CNN_SPLIT_VALIDATION}, all = {.split = CNN_SPLIT_ALL};

static bool has(const char *folder, cnn_split split) {
    bool found;
    cnn_error error = {0};
    if (cnn_data_has(folder, split, &found, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return found;
}

/* Two classes in `part`, their images of the values `first` and first + 1. */
static void put_part(const char *folder, const char *part, int first) {
    for (int c = 0; c < 2; c++) {
        char name[64];
        snprintf(name, sizeof name, "%s/%c/1.png", part, 'a' + c);
        put_png(folder, name, &grey, first + c);
    }
}

static void each_part_is_its_own(void **state) {
    const int32_t labels[] = {0, 1, 0, 1, 0, 1};
    put_part(*state, "train", 1);
    put_part(*state, "val", 3);
    put_part(*state, "test", 5);
    holds(open_data(*state, NULL), 2, (const uint8_t[]){1, 2}, labels);
    holds(open_data(*state, &validation), 2, (const uint8_t[]){3, 4}, labels);
    holds(open_data(*state, &test), 2, (const uint8_t[]){5, 6}, labels);
    cnn_data *data = open_data(*state, &all);
    assert_string_equal(cnn_data_name(data, 0), "train/a/1.png");
    assert_string_equal(cnn_data_name(data, 5), "val/b/1.png");
    holds(data, 6, (const uint8_t[]){1, 2, 5, 6, 3, 4}, labels);
}

static void parts_are_known_by_many_names(void **state) {
    static const struct {
        const char *name;
        cnn_split split;
    } names[] = {{"Train", CNN_SPLIT_TRAIN},
                 {"training", CNN_SPLIT_TRAIN},
                 {"TRAINING_SET", CNN_SPLIT_TRAIN},
                 {"train-images", CNN_SPLIT_TRAIN},
                 {"Test", CNN_SPLIT_TEST},
                 {"testing", CNN_SPLIT_TEST},
                 {"test_set", CNN_SPLIT_TEST},
                 {"valid", CNN_SPLIT_VALIDATION},
                 {"Validation", CNN_SPLIT_VALIDATION},
                 {"val_data", CNN_SPLIT_VALIDATION},
                 {"dev", CNN_SPLIT_VALIDATION},
                 {"validation split", CNN_SPLIT_VALIDATION}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char folder[PATH_BYTES], name[32];
        snprintf(name, sizeof name, "%zu", i);
        put_part(scratch_path(*state, name, folder), names[i].name, 1);
        for (int split = 0; split < CNN_SPLIT_ALL; split++)
            assert_int_equal(has(folder, (cnn_split)split), split == (int)names[i].split);
        cnn_data_free(open_data(folder, &(cnn_data_options){.split = names[i].split}));
    }
}

static void two_folders_for_one_part(void **state) {
    put_part(*state, "Train", 1);
    put_part(*state, "training", 3);
    fails(*state, NULL, CNN_ERROR_FORMAT, "/Train and training: both seem to hold the training images");
}

static void classes_are_named_by_the_training_images(void **state) {
    put_part(*state, "train", 1);
    put_png(*state, "test/b/1.png", &grey, 3);
    cnn_data *data = open_data(*state, &test);
    assert_int_equal(cnn_data_classes(data), 2);
    holds(data, 1, (const uint8_t[]){3}, (const int32_t[]){1});
    put_png(*state, "test/c/1.png", &grey, 5);
    fails(*state, &test, CNN_ERROR_FORMAT, "test/c: ");
}

/* Images for validation have been looked at while training: they never stand in for the test images. */
static void part_that_is_not_there(void **state) {
    put_part(*state, "train", 1);
    put_part(*state, "val", 3);
    fails(*state, &test, CNN_ERROR_FORMAT, "contains no test images, only training and validation images");
}

static void folder_without_parts(void **state) {
    const int32_t labels[] = {0, 1};
    put_part(*state, ".", 1);
    holds(open_data(*state, &train), 2, (const uint8_t[]){1, 2}, labels);
    holds(open_data(*state, &all), 2, (const uint8_t[]){1, 2}, labels);
    fails(*state, &test, CNN_ERROR_FORMAT,
          "contains no test images, since its class folders are not divided");
    fails(*state, &validation, CNN_ERROR_FORMAT, "contains no validation images");
    assert_false(has(*state, CNN_SPLIT_TRAIN));
    assert_false(has(*state, CNN_SPLIT_TEST));
    assert_true(has(*state, CNN_SPLIT_ALL));
}

/* A class may be called "train" as long as it holds images, not classes. */
static void class_called_train(void **state) {
    put_png(*state, "train/1.png", &grey, 1);
    put_png(*state, "car/1.png", &grey, 2);
    cnn_data *data = open_data(*state, NULL);
    assert_string_equal(cnn_data_class(data, 1), "train");
    holds(data, 2, (const uint8_t[]){2, 1}, (const int32_t[]){0, 1});
}

/* A person who gives one class's pictures to try a network has no second class. */
static void one_class_is_enough_to_try(void **state) {
    put_png(*state, "cat/1.png", &grey, 1);
    fails(*state, NULL, CNN_ERROR_FORMAT, "only one class folder, cat;");
    holds(open_data(*state, &all), 1, (const uint8_t[]){1}, (const int32_t[]){0});
}

/* ---- What is said ---------------------------------------------------------------------------------- */

static void says(const cnn_data *data, const char *part) {
    for (int64_t i = 0; i < cnn_data_notes(data); i++)
        if (strstr(cnn_data_note(data, i), part))
            return;
    fail_msg("none of %d notes says \"%s\"; the first: %s", (int)cnn_data_notes(data), part,
             cnn_data_note(data, 0));
}

static void nothing_to_say(void **state) {
    put_part(*state, ".", 1);
    put_junk(*state, ".DS_Store");
    cnn_data *data = open_data(*state, NULL);
    int64_t count;
    assert_int_equal(cnn_data_notes(data), 0);
    assert_null(cnn_data_note(data, 0));
    assert_null(cnn_data_ignored(data, 0, &count));
    cnn_data_free(data);
}

static void files_of_other_kinds_are_counted(void **state) {
    static const char *const names[] = {"a/1.HEIC", "a/2.heic",   "b/deeper/x.json",
                                        "b/README", "labels.csv", "stray.png"};
    static const struct {
        const char *ending;
        int64_t count;
    } kinds[] = {{".heic", 2}, {"", 1}, {".csv", 1}, {".json", 1}, {".png", 1}};
    put_part(*state, ".", 1);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        put_junk(*state, names[i]);
    cnn_data *data = open_data(*state, NULL);
    for (int i = 0; i < 5; i++) {
        int64_t count;
        assert_string_equal(cnn_data_ignored(data, i, &count), kinds[i].ending);
        assert_int_equal(count, kinds[i].count);
    }
    says(data, "6 files are left out");
    says(data, "2 .heic, 1 without an extension, 1 .csv, 1 .json, 1 .png");
    cnn_data_free(data);
}

/* They are said once, with the training images, not with each part. */
static void what_lies_beside_the_parts(void **state) {
    put_part(*state, "train", 1);
    put_part(*state, "test", 3);
    put_part(*state, "extra", 5);
    put_junk(*state, "README.md");
    put_junk(*state, "test/list.txt");
    cnn_data *data = open_data(*state, NULL);
    says(data, "1 file is left out, not an image by name or place: 1 .md");
    says(data, "beside train/ but are not named like a split: extra/");
    cnn_data_free(data);
    data = open_data(*state, &test);
    assert_int_equal(cnn_data_notes(data), 1);
    says(data, "1 file is left out, not an image by name or place: 1 .txt");
    cnn_data_free(data);
}

static void link_that_leads_nowhere_is_a_bad_image(void **state) {
    char path[PATH_BYTES];
    put_part(*state, ".", 1);
    assert_int_equal(symlink("/nowhere/annex/x", scratch_path(*state, "b/2.png", path)), 0);
    cnn_error error = fails(*state, NULL, CNN_ERROR_IO, "/b/2.png: No such file");
    assert_says(&error, "--skip-bad");
    cnn_data *data = open_data(*state, &(cnn_data_options){.skip_bad = true});
    assert_int_equal(cnn_data_skipped(data), 1);
    assert_string_equal(cnn_data_skipped_name(data, 0), "b/2.png");
    cnn_data_free(data);
}

static void classes_that_look_like_parts_are_questioned(void **state) {
    put_part(*state, "fold1", 1);
    put_part(*state, "fold2", 3);
    cnn_data *data = open_data(*state, NULL);
    assert_int_equal(cnn_data_classes(data), 2);
    says(data, "the classes fold1 and fold2 hold folders of the same names (a, b)");
    cnn_data_free(data);
}

static void tells_what_each_file_held(void **state) {
    put_jpeg(*state, "a/1.jpeg", 50);
    put_png(*state, "b/3.png", &colour, 70);
    cnn_data *data = open_data(*state, NULL);
    cnn_picture first = cnn_data_picture(data, 0), second = cnn_data_picture(data, 1);
    assert_string_equal(first.format, "JPEG");
    assert_int_equal(first.channels * 100 + first.height * 10 + first.width, 144);
    assert_string_equal(second.format, "PNG");
    assert_int_equal(second.channels * 100 + second.height * 10 + second.width, 322);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_scratch(each_part_is_its_own),
        with_scratch(parts_are_known_by_many_names),
        with_scratch(two_folders_for_one_part),
        with_scratch(classes_are_named_by_the_training_images),
        with_scratch(part_that_is_not_there),
        with_scratch(folder_without_parts),
        with_scratch(class_called_train),
        with_scratch(one_class_is_enough_to_try),
        with_scratch(nothing_to_say),
        with_scratch(files_of_other_kinds_are_counted),
        with_scratch(what_lies_beside_the_parts),
        with_scratch(link_that_leads_nowhere_is_a_bad_image),
        with_scratch(classes_that_look_like_parts_are_questioned),
        with_scratch(tells_what_each_file_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
