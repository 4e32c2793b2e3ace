/* From what a person types to a data set: known names, folders, mistakes. CIFAR-10's files too. */
#define _GNU_SOURCE
#include "data/dataset.h"

#include "data/idx_bytes.h"

#include <unistd.h>

enum { CIFAR_RECORD = 3073 };

static const char *const variables[] = {"CNN_DATA", "XDG_CACHE_HOME", "HOME"};

/* Every test starts from an environment without them, in a folder of its own. */
static int make_place(void **state) {
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        unsetenv(variables[i]);
    return make_scratch(state) == 0 ? chdir(*state) : -1;
}

static int remove_place(void **state) {
    return chdir("/") == 0 ? remove_scratch(state) : -1;
}

#define in_place(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

static void put_small(const char *folder) {
    uint8_t images[SMALL_IMAGES], labels[SMALL_LABELS];
    small_images(images);
    small_labels(labels, (const uint8_t[]){0, 1, 2, 3});
    scratch_write(folder, "train-images-idx3-ubyte", images, sizeof images);
    scratch_write(folder, "train-labels-idx1-ubyte", labels, sizeof labels);
}

static void comes_from(const char *source, const char *origin, int64_t classes, const char *first) {
    cnn_data *data;
    cnn_error error = {0};
    if (cnn_data_open(&data, source, NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_string_equal(cnn_data_origin(data), origin);
    assert_int_equal(cnn_data_classes(data), classes);
    assert_string_equal(cnn_data_class(data, 0), first);
    cnn_data_free(data);
}

static void known_names(void **state) {
    char data[PATH_BYTES], cache[PATH_BYTES], home[PATH_BYTES];
    put_small(scratch_path(*state, "home/.cache/cnn/mnist", home));
    setenv("HOME", scratch_path(*state, "home", data), 1);
    comes_from("mnist", home, 10, "0");
    put_small(scratch_path(*state, "cache/cnn/mnist", cache));
    setenv("XDG_CACHE_HOME", scratch_path(*state, "cache", data), 1);
    comes_from("mnist", cache, 10, "0");
    char found[PATH_BYTES];
    put_small(scratch_path(*state, "data/mnist", found));
    setenv("CNN_DATA", scratch_path(*state, "data", data), 1);
    comes_from("mnist", found, 10, "0");
    put_small("mnist"); /* a folder of that name comes first */
    comes_from("mnist", "mnist", 10, "0");
}

static void classes_of_fashion(void **state) {
    put_small("fashion-mnist");
    comes_from("fashion-mnist/", "fashion-mnist/", 10, "T-shirt/top");
    put_small(*state);
    comes_from(*state, *state, 4, "0");
}

static void known_name_that_is_not_here(void **state) {
    char folder[PATH_BYTES];
    setenv("CNN_DATA", *state, 1);
    setenv("HOME", "/home/somebody", 1);
    cnn_error error = fails("cifar10", NULL, CNN_ERROR_IO, "the data set cifar10 was not found");
    assert_says(&error, scratch_path(*state, "cifar10", folder));
    assert_says(&error, "/home/somebody/.cache/cnn/cifar10");
    assert_says(&error, "/usr/share/datasets/cifar10");
    assert_says(&error, "unpack cifar-10-binary.tar.gz");
    assert_says(&error, "cnn data fetch cifar10");
}

static void mistakes(void **state) {
    (void)state;
    fails("fashon-mnist", NULL, CNN_ERROR_IO,
          "cannot read fashon-mnist: No such file or directory; did you mean fashion-mnist?");
    fails("cifar-10", NULL, CNN_ERROR_IO, "did you mean cifar10?");
    fails("somewhere/else", NULL, CNN_ERROR_IO, "cannot read somewhere/else: No such file or directory");
    scratch_write(".", "some.zip", "zip", 3);
    fails("some.zip", NULL, CNN_ERROR_IO, "some.zip: neither a folder nor a kind of file");
    fails("", NULL, CNN_ERROR_ARGUMENT, "no data set was named");
    fails(NULL, NULL, CNN_ERROR_ARGUMENT, "source must not be NULL");
}

static void options_out_of_range(void **state) {
    put_small(*state);
    fails(*state, &(cnn_data_options){.image.channels = 2}, CNN_ERROR_ARGUMENT, "not to 2 channels");
    fails(*state, &(cnn_data_options){.image.height = -1}, CNN_ERROR_ARGUMENT, "must not be negative");
    fails(*state, &(cnn_data_options){.limit = -1}, CNN_ERROR_ARGUMENT, "must not be negative");
    fails(*state, &(cnn_data_options){.split = (cnn_split)4}, CNN_ERROR_ARGUMENT, "split must be");
    fails(*state, &(cnn_data_options){.image = {.height = 1 << 30, .width = 1 << 30}}, CNN_ERROR_MEMORY,
          "out of memory: 4 images");
}

/* ---- CIFAR-10 ---- */

/* Two records whose red, green and blue are 10, 20 and 30 more than `value`. */
static void put_batch(const char *folder, const char *name, int value, int label) {
    uint8_t bytes[2 * CIFAR_RECORD];
    for (int i = 0; i < 2; i++) {
        uint8_t *record = bytes + i * CIFAR_RECORD;
        record[0] = (uint8_t)(label + i);
        for (int c = 0; c < 3; c++)
            memset(record + 1 + 1024 * c, value + i + 10 * (c + 1), 1024);
    }
    scratch_write(folder, name, bytes, sizeof bytes);
}

static void put_cifar(const char *folder) {
    for (int b = 1; b <= 5; b++) {
        char name[24];
        snprintf(name, sizeof name, "data_batch_%d.bin", b);
        put_batch(folder, name, 2 * b, b);
    }
    put_batch(folder, "test_batch.bin", 100, 8);
}

static void is_cifar(const char *folder, const cnn_data_options *options, int64_t count, int value,
                     int label) {
    cnn_data *data;
    int64_t shape[3];
    assert_int_equal(cnn_data_open(&data, folder, options, NULL), CNN_OK);
    cnn_data_shape(data, shape);
    assert_int_equal(shape[0] * 10000 + shape[1] * 100 + shape[2], 33232);
    assert_int_equal(cnn_data_count(data), count);
    assert_string_equal(cnn_data_class(data, 9), "truck");
    for (int64_t i = 0; i < count; i++) {
        assert_int_equal(cnn_data_label(data, i), label + i / 2 + i % 2);
        for (int64_t p = 0; p < 3072; p++)
            assert_int_equal(cnn_data_pixels(data, i)[p], value + i + 10 * (p % 3 + 1));
    }
    cnn_data_free(data);
}

static void cifar(void **state) {
    char folder[PATH_BYTES];
    put_cifar(*state);
    is_cifar(*state, NULL, 10, 2, 1);
    is_cifar(*state, &(cnn_data_options){.limit = 3}, 3, 2, 1);
    is_cifar(*state, &(cnn_data_options){.split = CNN_SPLIT_TEST}, 2, 100, 8);
    cnn_data *data = open_data(*state, &(cnn_data_options){.split = CNN_SPLIT_ALL});
    assert_int_equal(cnn_data_count(data), 12);
    assert_int_equal(cnn_data_label(data, 10), 8);
    cnn_data_free(data);
    fails(*state, &(cnn_data_options){.split = CNN_SPLIT_VALIDATION}, CNN_ERROR_FORMAT,
          "contains no validation images");
    put_cifar(scratch_path(*state, "unpacked/cifar-10-batches-bin", folder));
    is_cifar(scratch_path(*state, "unpacked", folder), NULL, 10, 2, 1);
}

static void damaged_cifar(void **state) {
    char path[PATH_BYTES];
    put_cifar(*state);
    assert_int_equal(truncate(scratch_path(*state, "data_batch_3.bin", path), 2 * CIFAR_RECORD - 1), 0);
    fails(*state, NULL, CNN_ERROR_FORMAT,
          "data_batch_3.bin: expected whole records of 3073 bytes, record 1 (from 0; byte 3073) ends after "
          "3072");
    put_batch(*state, "data_batch_3.bin", 0, 9);
    fails(*state, &(cnn_data_options){.limit = 1}, CNN_ERROR_FORMAT,
          "data_batch_3.bin: record 1 (from 0; byte 3073): label 10, expected 0 to 9");
    scratch_write(*state, "data_batch_3.bin", "", 0);
    fails(*state, NULL, CNN_ERROR_FORMAT, "data_batch_3.bin: expected whole records");
    assert_int_equal(unlink(path), 0);
    fails(*state, NULL, CNN_ERROR_IO, "data_batch_3.bin: No such file");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_place(known_names),   in_place(classes_of_fashion),   in_place(known_name_that_is_not_here),
        in_place(mistakes),      in_place(options_out_of_range), in_place(cifar),
        in_place(damaged_cifar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
