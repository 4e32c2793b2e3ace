#define _GNU_SOURCE
/* What a training held out is remembered in its run directory, and found again by name. */
#include "data/dataset.h"
#include "data/image_files.h"
#include "support/small_training.h"
#include "train/split_list.h"

#include <unistd.h>

enum { SIDE = 8, CLASSES = 4, PER_CLASS = 15 };

static const char *const classes[CLASSES] = {"ant", "bee", "a, \"b\"", "dog"};

/* An image of the small network's kind: one quarter is bright. */
static void write_image(const char *folder, int label, const char *name) {
    uint8_t pixels[SIDE * SIDE];
    char path[PATH_BYTES], below[128];
    for (int i = 0; i < SIDE * SIDE; i++)
        pixels[i] =
            i / SIDE / 4 == label / 2 && i % SIDE / 4 == label % 2 ? 220 : (uint8_t)(name[0] + i) % 40;
    snprintf(below, sizeof below, "data/%s/%s", classes[label], name);
    write_png(scratch_path(folder, below, path), SIDE, SIDE, &(png_kind){.depth = 8}, pixels, SIDE);
}

static int set_up(void **state) {
    if (make_scratch(state) != 0)
        return -1;
    for (int label = 0; label < CLASSES; label++)
        for (int i = 0; i < PER_CLASS; i++) {
            char name[16];
            snprintf(name, sizeof name, "%02d.png", i);
            write_image(*state, label, name);
        }
    return 0;
}

static cnn_data *open_all(const char *folder) {
    char path[PATH_BYTES];
    return open_data(scratch_path(folder, "data", path), NULL);
}

/* Train on what is there into FOLDER/run. */
static void train_run(const char *folder, cnn_net *net, int epochs, bool resume) {
    char run[PATH_BYTES];
    cnn_data *data = open_all(folder);
    cnn_train_options options = small_options();
    options.run_directory = scratch_path(folder, "run", run);
    options.epochs = epochs;
    options.schedule = CNN_SCHEDULE_CONSTANT;
    options.test = 0.2;
    options.validation = 0.25;
    options.resume = resume;
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_data_free(data);
}

/* Open a split as the run has it. */
static cnn_status open_split(const char *folder, cnn_data_options options, cnn_data **data,
                             cnn_run_part *part, cnn_error *error) {
    char path[PATH_BYTES], run[PATH_BYTES];
    scratch_path(folder, "data", path);
    return cnn_data_open_run(data, path, &options, scratch_path(folder, "run", run), part, error);
}

static cnn_data *opened_split(const char *folder, cnn_split split, cnn_run_part *part) {
    cnn_data *data;
    cnn_error error = {0};
    if (open_split(folder, (cnn_data_options){.split = split}, &data, part, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return data;
}

/* Mark the images of a split in `seen`, which is CLASSES x PER_CLASS. */
static void mark(const cnn_data *data, int *seen) {
    for (int64_t i = 0; i < cnn_data_count(data); i++) {
        int number;
        const char *file = strrchr(cnn_data_name(data, i), '/') + 1;
        assert_int_equal(sscanf(file, "%d.png", &number), 1);
        seen[cnn_data_label(data, i) * PER_CLASS + number]++;
    }
}

static void every_image_is_in_one_part(void **state) {
    static const int64_t expected[] = {
        [CNN_SPLIT_TRAIN] = 36, [CNN_SPLIT_TEST] = 12, [CNN_SPLIT_VALIDATION] = 12};
    cnn_net *net = small_net();
    int seen[CLASSES * PER_CLASS] = {0};
    train_run(*state, net, 1, false);
    for (int split = CNN_SPLIT_TRAIN; split <= CNN_SPLIT_VALIDATION; split++) {
        cnn_run_part part;
        cnn_data *data = opened_split(*state, (cnn_split)split, &part);
        assert_true(part.listed);
        assert_int_equal(part.others, 0);
        assert_int_equal(cnn_data_count(data), expected[split]);
        mark(data, seen);
        cnn_data_free(data);
    }
    for (int i = 0; i < CLASSES * PER_CLASS; i++)
        assert_int_equal(seen[i], 1);
    cnn_net_free(net);
}

/* Later images, sorted among the others, change neither what is measured nor how training goes on. */
static void images_that_came_later_are_in_no_part(void **state) {
    cnn_net *whole = small_net(), *parts = small_net();
    char run[PATH_BYTES], away[PATH_BYTES];
    train_run(*state, whole, 4, false);
    scratch_path(*state, "run", run);
    assert_int_equal(rename(run, scratch_path(*state, "whole", away)), 0);
    train_run(*state, parts, 2, false);
    cnn_data *before = opened_split(*state, CNN_SPLIT_TEST, NULL);
    write_image(*state, 1, "00a.png");
    write_image(*state, 2, "later.png");
    cnn_run_part part;
    cnn_data *after = opened_split(*state, CNN_SPLIT_TEST, &part);
    assert_int_equal(part.others, 2);
    assert_int_equal(cnn_data_count(after), cnn_data_count(before));
    for (int64_t i = 0; i < cnn_data_count(after); i++)
        assert_string_equal(cnn_data_name(after, i), cnn_data_name(before, i));
    train_run(*state, parts, 4, true);
    assert_same_parameters(whole, parts);
    cnn_data_free(before);
    cnn_data_free(after);
    cnn_net_free(whole);
    cnn_net_free(parts);
}

static void remove_file(const char *folder, const char *name) {
    char below[96], path[PATH_BYTES];
    snprintf(below, sizeof below, "data/%s", name);
    assert_int_equal(unlink(scratch_path(folder, below, path)), 0);
}

static void a_missing_image_is_named(void **state) {
    cnn_net *net = small_net();
    cnn_data *data;
    cnn_error error;
    train_run(*state, net, 1, false);
    cnn_data *test = opened_split(*state, CNN_SPLIT_TEST, NULL);
    char gone[64];
    snprintf(gone, sizeof gone, "%s", cnn_data_name(test, 3));
    remove_file(*state, gone);
    assert_int_equal(open_split(*state, (cnn_data_options){.split = CNN_SPLIT_TEST}, &data, NULL, &error),
                     CNN_ERROR_FORMAT);
    assert_null(data);
    assert_says(&error, "lacks 1 of the images that ");
    assert_says(&error, gone);
    cnn_data_free(opened_split(*state, CNN_SPLIT_VALIDATION, NULL)); /* that part is whole */
    cnn_data_free(test);
    cnn_net_free(net);
}

/* A class of which nothing is there is an empty row, no change. */
static void a_class_that_is_gone_leaves_the_others(void **state) {
    cnn_net *net = small_net();
    char from[PATH_BYTES], to[PATH_BYTES];
    train_run(*state, net, 1, false);
    scratch_path(*state, "data/bee", from);
    assert_int_equal(rename(from, scratch_path(*state, "bee", to)), 0);
    cnn_data *data = opened_split(*state, CNN_SPLIT_TEST, NULL);
    assert_int_equal(cnn_data_count(data), 9);
    cnn_data_free(data);
    cnn_net_free(net);
}

/* The first image of each class in turn. */
static void a_limit_takes_from_every_class(void **state) {
    cnn_net *net = small_net();
    cnn_data *data;
    int64_t counts[CLASSES] = {0};
    train_run(*state, net, 1, false);
    assert_int_equal(
        open_split(*state, (cnn_data_options){.split = CNN_SPLIT_TEST, .limit = 6}, &data, NULL, NULL),
        CNN_OK);
    assert_int_equal(cnn_data_count(data), 6);
    for (int64_t i = 0; i < 6; i++)
        counts[cnn_data_label(data, i)]++;
    for (int i = 0; i < CLASSES; i++)
        assert_int_equal(counts[i], i < 2 ? 2 : 1);
    cnn_data_free(data);
    cnn_net_free(net);
}

/* Images without names of their own go by their number, and their class tells whether these are the same data. */
static void numbers_come_back(void **state) {
    cnn_data *data = small_data(20), *other = small_data(19);
    cnn_split_list list;
    cnn_error error;
    char path[PATH_BYTES];
    uint8_t parts[20];
    for (int i = 0; i < 20; i++)
        parts[i] = i % 5 == 0 ? CNN_SPLIT_TEST : CNN_SPLIT_TRAIN;
    scratch_path(*state, "split.csv", path);
    assert_int_equal(cnn_split_list_write(path, data, parts, NULL), CNN_OK);
    assert_int_equal(cnn_split_list_read(&list, path, NULL), CNN_OK);
    assert_int_equal(cnn_split_list_count(&list, CNN_SPLIT_TEST), 4);
    assert_int_equal(cnn_split_list_find(&list, data, NULL), CNN_OK);
    for (int i = 0; i < 20; i++)
        assert_int_equal(list.entries[i].index, i);
    assert_int_equal(cnn_split_list_find(&list, other, NULL), CNN_OK);
    assert_int_equal(list.entries[19].index, -1);
    data->labels[7] = 0;
    assert_int_equal(cnn_split_list_find(&list, data, &error), CNN_ERROR_FORMAT);
    assert_says(&error, "image 7 is of class \"3\" in the list, but of \"0\"");
    cnn_split_list_free(&list);
    cnn_data_free(data);
    cnn_data_free(other);
}

static void a_damaged_list_is_refused(void **state) {
    static const char *const texts[] = {"",
                                        "split,class\n",
                                        "split,class,image\ntest,ant\n",
                                        "split,class,image\ntest,ant,1,2\n",
                                        "split,class,image\nsome,ant,1\n",
                                        "split,class,image\ntest,\"ant,1\n"};
    char path[PATH_BYTES];
    scratch_path(*state, "split.csv", path);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cnn_split_list list;
        assert_int_equal(cnn_file_replace(path, texts[i], strlen(texts[i]), NULL), CNN_OK);
        assert_int_equal(cnn_split_list_read(&list, path, NULL), CNN_ERROR_FORMAT);
    }
}

#define WITH_IMAGES(test) cmocka_unit_test_setup_teardown(test, set_up, remove_scratch)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_IMAGES(every_image_is_in_one_part),     WITH_IMAGES(images_that_came_later_are_in_no_part),
        WITH_IMAGES(a_missing_image_is_named),       WITH_IMAGES(a_class_that_is_gone_leaves_the_others),
        WITH_IMAGES(a_limit_takes_from_every_class), with_scratch(numbers_come_back),
        with_scratch(a_damaged_list_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
