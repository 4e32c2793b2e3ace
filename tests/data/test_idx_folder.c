/* Folders of IDX files: small ones written here, MNIST and Fashion-MNIST as they are. */
#define _GNU_SOURCE
#include "data/dataset.h"

#include "data/idx_bytes.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t some_labels[SMALL_COUNT] = {0, 2, 1, 2};

static void write_images(const char *folder, const char *name) {
    uint8_t bytes[SMALL_IMAGES];
    small_images(bytes);
    scratch_write(folder, name, bytes, sizeof bytes);
}

static void write_labels(const char *folder, const char *name, const uint8_t labels[SMALL_COUNT]) {
    uint8_t bytes[SMALL_LABELS];
    small_labels(bytes, labels);
    scratch_write(folder, name, bytes, sizeof bytes);
}

static void write_train(const char *folder) {
    write_images(folder, "train-images-idx3-ubyte");
    write_labels(folder, "train-labels-idx1-ubyte", some_labels);
}

static void is_small(cnn_data *data, const char *folder) {
    int64_t shape[3];
    cnn_data_shape(data, shape);
    assert_int_equal(shape[0], 1);
    assert_int_equal(shape[1], SMALL_ROWS);
    assert_int_equal(shape[2], SMALL_COLUMNS);
    assert_int_equal(cnn_data_count(data), SMALL_COUNT);
    assert_int_equal(cnn_data_classes(data), 3);
    assert_string_equal(cnn_data_class(data, 2), "2");
    assert_string_equal(cnn_data_origin(data), folder);
    for (int i = 0; i < SMALL_COUNT * SMALL_IMAGE; i++)
        assert_int_equal(data->pixels[i], small_pixel(i));
    for (int i = 0; i < SMALL_COUNT; i++)
        assert_int_equal(cnn_data_label(data, i), some_labels[i]);
    cnn_data_free(data);
}

/* Plain and packed, with a dash and with a dot. */
static void reads_each_kind_of_name(void **state) {
    static const char *const names[][2] = {
        {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
        {"train-images.idx3-ubyte", "train-labels.idx1-ubyte"},
        {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"},
        {"train-images.idx3-ubyte.gz", "train-labels.idx1-ubyte"},
    };
    uint8_t images[SMALL_IMAGES], labels[SMALL_LABELS];
    small_images(images);
    small_labels(labels, some_labels);
    cnn_bytes gzip[2] = {packed(images, sizeof images), packed(labels, sizeof labels)};
    const cnn_bytes plain[2] = {{images, sizeof images}, {labels, sizeof labels}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char folder[PATH_BYTES];
        snprintf(folder, sizeof folder, "%s/%zu", (const char *)*state, i);
        for (int k = 0; k < 2; k++) {
            const cnn_bytes *bytes = strstr(names[i][k], ".gz") ? &gzip[k] : &plain[k];
            scratch_write(folder, names[i][k], bytes->data, bytes->size);
        }
        is_small(open_data(folder, NULL), folder);
    }
    cnn_free(gzip[0].data);
    cnn_free(gzip[1].data);
}

static void reads_the_test_split(void **state) {
    const cnn_data_options test = {.split = CNN_SPLIT_TEST};
    write_train(*state);
    fails(*state, &test, CNN_ERROR_FORMAT, "contains no test images, only training images");
    fails(*state, &(cnn_data_options){.split = CNN_SPLIT_VALIDATION}, CNN_ERROR_FORMAT,
          "contains no validation images");
    write_images(*state, "t10k-images-idx3-ubyte");
    fails(*state, &test, CNN_ERROR_IO, "t10k-labels-idx1-ubyte");
    write_labels(*state, "t10k-labels-idx1-ubyte", (const uint8_t[]){1, 1, 0, 0});
    cnn_data *data = open_data(*state, &test);
    assert_int_equal(cnn_data_label(data, 1), 1);
    assert_int_equal(cnn_data_classes(data), 3); /* as in training */
    cnn_data_free(data);
}

static void reads_both_splits_together(void **state) {
    write_train(*state);
    cnn_data *data = open_data(*state, &(cnn_data_options){.split = CNN_SPLIT_ALL});
    const int64_t training = cnn_data_count(data);
    cnn_data_free(data);
    write_images(*state, "t10k-images-idx3-ubyte");
    write_labels(*state, "t10k-labels-idx1-ubyte", (const uint8_t[]){1, 1, 0, 0});
    for (int64_t limit = 0; limit < 4; limit++) { /* 0: all */
        data = open_data(*state,
                         &(cnn_data_options){.split = CNN_SPLIT_ALL, .limit = limit ? training + limit : 0});
        assert_int_equal(cnn_data_count(data), training + (limit ? limit : 4));
        assert_int_equal(cnn_data_label(data, training), 1);
        assert_memory_equal(cnn_data_pixels(data, training), cnn_data_pixels(data, 0), SMALL_IMAGE);
        assert_int_equal(cnn_data_classes(data), 3);
        assert_string_equal(cnn_data_picture(data, training).format, "IDX");
        assert_null(cnn_data_name(data, 0));
        cnn_data_free(data);
    }
    data = open_data(*state, &(cnn_data_options){.split = CNN_SPLIT_ALL, .limit = 1});
    assert_int_equal(cnn_data_count(data), 1);
    cnn_data_free(data);
}

static void limits_and_converts(void **state) {
    write_train(*state);
    cnn_data *data =
        open_data(*state, &(cnn_data_options){.limit = 2, .image = {.channels = 3, .height = 6, .width = 4}});
    int64_t shape[3];
    cnn_data_shape(data, shape);
    assert_int_equal(shape[0] * 100 + shape[1] * 10 + shape[2], 364);
    assert_int_equal(cnn_data_count(data), 2);
    assert_int_equal(cnn_data_classes(data), 3); /* the limit hides no class */
    assert_int_equal(cnn_data_pixels(data, 1)[0], small_pixel(SMALL_IMAGE));
    assert_int_equal(cnn_data_pixels(data, 1)[2], small_pixel(SMALL_IMAGE));
    cnn_data_free(data);
}

/* ---- Bad input ---- */

static void images_and_labels_differ_in_number(void **state) {
    uint8_t labels[SMALL_LABELS - 1];
    write_train(*state);
    idx_header(labels, 1, (uint32_t[]){SMALL_COUNT - 1});
    memcpy(labels + 8, some_labels, SMALL_COUNT - 1);
    scratch_write(*state, "train-labels-idx1-ubyte", labels, sizeof labels);
    fails(*state, NULL, CNN_ERROR_FORMAT, "train-labels-idx1-ubyte: byte 4: expected 4 labels");
    fails(*state, NULL, CNN_ERROR_FORMAT, "found 3");
}

static void damaged_files_are_named(void **state) {
    char path[PATH_BYTES];
    write_train(*state);
    assert_int_equal(truncate(scratch_path(*state, "train-images-idx3-ubyte", path), 30), 0);
    fails(*state, NULL, CNN_ERROR_FORMAT, path);
    fails(*state, NULL, CNN_ERROR_FORMAT,
          "truncated: 4 images of 3 x 2 need a file of 40 bytes, but it ends at byte 30");
    write_images(*state, "train-labels-idx1-ubyte"); /* swapped */
    write_images(*state, "train-images-idx3-ubyte");
    fails(*state, NULL, CNN_ERROR_FORMAT, "train-labels-idx1-ubyte: byte 3: expected 1 dimension");
}

/* The family fixes ten classes; the training labels fix those of any other data set. */
static void label_outside_the_classes(void **state) {
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%s/mnist", (const char *)*state);
    write_images(folder, "train-images-idx3-ubyte");
    write_labels(folder, "train-labels-idx1-ubyte", (const uint8_t[]){9, 0, 10, 1});
    fails(folder, NULL, CNN_ERROR_FORMAT,
          "mnist/train-labels-idx1-ubyte: record 2 (from 0; byte 10): label 10, expected 0 to 9");
    write_train(*state);
    write_images(*state, "t10k-images-idx3-ubyte");
    write_labels(*state, "t10k-labels-idx1-ubyte", (const uint8_t[]){0, 1, 2, 3});
    fails(*state, &(cnn_data_options){.split = CNN_SPLIT_TEST}, CNN_ERROR_FORMAT,
          "t10k-labels-idx1-ubyte: record 3 (from 0; byte 11): label 3, expected 0 to 2");
}

static void folder_instead_of_a_file(void **state) {
    char path[PATH_BYTES];
    write_train(*state);
    assert_int_equal(unlink(scratch_path(*state, "train-images-idx3-ubyte", path)), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    fails(*state, NULL, CNN_ERROR_IO, path);
    fails(*state, NULL, CNN_ERROR_IO, "Is a directory");
}

/* Root may read everything, so this looks as somebody else. */
static void file_that_may_not_be_read(void **state) {
    char path[PATH_BYTES];
    enum { NOBODY = 65534 };
    write_train(*state);
    assert_int_equal(chmod(scratch_path(*state, "train-images-idx3-ubyte", path), 0), 0);
    assert_int_equal(chmod(*state, 0755), 0);
    uid_t self = geteuid();
    if (self == 0)
        assert_int_equal(seteuid(NOBODY), 0);
    cnn_data *data;
    cnn_error error;
    cnn_status status = cnn_data_open(&data, *state, NULL, &error);
    if (self == 0)
        assert_int_equal(seteuid(self), 0);
    assert_int_equal(status, CNN_ERROR_IO);
    assert_says(&error, path);
    assert_says(&error, "Permission denied");
}

/* ---- The real ones ---- */

static void has_statistics(const cnn_data *data, double mean, double deviation) {
    float found[2];
    cnn_data_statistics(data, &found[0], &found[1]);
    assert_true(fabs(found[0] - mean) < 5e-5);
    assert_true(fabs(found[1] - deviation) < 5e-5);
}

static void has_size(const cnn_data *data, int64_t count) {
    int64_t shape[3];
    cnn_data_shape(data, shape);
    assert_int_equal(cnn_data_count(data), count);
    assert_int_equal(cnn_data_classes(data), 10);
    assert_int_equal(shape[0], 1);
    assert_int_equal(shape[1], 28);
    assert_int_equal(shape[2], 28);
}

static void mnist(void **state) {
    (void)state;
    const char *folder = getenv("CNN_TEST_DATA");
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/mnist", folder ? folder : "");
    if (!folder || !cnn_is_folder(path))
        skip();
    cnn_data *data = open_data(path, NULL);
    has_size(data, 60000);
    const int32_t first[] = {5, 0, 4, 1, 9, 2};
    for (int i = 0; i < 6; i++)
        assert_int_equal(cnn_data_label(data, i), first[i]);
    assert_string_equal(cnn_data_class(data, 7), "7");
    has_statistics(data, 0.1307, 0.3081);
    cnn_data_free(data);
    data = open_data(path, &(cnn_data_options){.split = CNN_SPLIT_TEST});
    has_size(data, 10000);
    assert_int_equal(cnn_data_label(data, 0), 7);
    cnn_data_free(data);
}

static void fashion_mnist(void **state) {
    (void)state;
    const char *path = "/usr/share/datasets/fashion-mnist"; /* Debian's package dataset-fashion-mnist */
    if (!cnn_is_folder(path))
        skip();
    cnn_data *data = open_data(path, NULL);
    has_size(data, 60000);
    assert_int_equal(cnn_data_label(data, 0), 9);
    assert_string_equal(cnn_data_class(data, 9), "Ankle boot");
    assert_string_equal(cnn_data_class(data, 0), "T-shirt/top");
    has_statistics(data, 0.2860, 0.3530);
    cnn_data_free(data);
    data = open_data(path, &(cnn_data_options){.split = CNN_SPLIT_TEST, .limit = 100});
    has_size(data, 100);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_scratch(reads_each_kind_of_name),
        with_scratch(reads_the_test_split),
        with_scratch(reads_both_splits_together),
        with_scratch(limits_and_converts),
        with_scratch(images_and_labels_differ_in_number),
        with_scratch(damaged_files_are_named),
        with_scratch(label_outside_the_classes),
        with_scratch(folder_instead_of_a_file),
        with_scratch(file_that_may_not_be_read),
        cmocka_unit_test(mnist),
        cmocka_unit_test(fashion_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
