/* Data sets from memory: what goes in comes out, and what is wrong is named. */
#include "support/byte_data.h"
#include "support/cmocka.h"

#include "data/dataset.h"

#include <math.h>
#include <string.h>

enum { COUNT = 5, CHANNELS = 3, HEIGHT = 2, WIDTH = 4, PLANE = HEIGHT * WIDTH, IMAGE = CHANNELS * PLANE };

static const cnn_input_options shape = {CHANNELS, HEIGHT, WIDTH};
static const int32_t labels[COUNT] = {0, 2, 1, 2, 0};

static void fill(uint8_t images[COUNT * IMAGE]) {
    for (int i = 0; i < COUNT * IMAGE; i++)
        images[i] = (uint8_t)(53 * i + 7);
}

static cnn_data *make(void) {
    uint8_t images[COUNT * IMAGE];
    fill(images);
    cnn_data *data = byte_data(shape, COUNT, images, labels, 3);
    return data;
}

static void says_what_it_holds(void **state) {
    (void)state;
    cnn_data *data = make();
    int64_t size[3];
    cnn_data_shape(data, size);
    assert_int_equal(size[0], CHANNELS);
    assert_int_equal(size[1], HEIGHT);
    assert_int_equal(size[2], WIDTH);
    assert_int_equal(cnn_data_count(data), COUNT);
    assert_int_equal(cnn_data_classes(data), 3);
    assert_int_equal(cnn_data_skipped(data), 0);
    assert_string_equal(cnn_data_origin(data), "memory");
    assert_string_equal(cnn_data_class(data, 2), "2");
    assert_null(cnn_data_class(data, 3));
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(cnn_data_label(data, i), labels[i]);
    cnn_data_free(data);
}

static void gives_the_images_back(void **state) {
    (void)state;
    uint8_t images[COUNT * IMAGE];
    float values[2 * IMAGE];
    fill(images);
    cnn_data *data = make();
    assert_int_equal(cnn_data_images(data, 3, 2, values, NULL), CNN_OK);
    for (int i = 0; i < 2 * IMAGE; i++)
        assert_true(values[i] == (float)images[3 * IMAGE + i] / 255.0f);
    cnn_data_free(data);
}

/* Kept with the channels last, as the loader and the kernels want it. */
static void keeps_channels_last(void **state) {
    (void)state;
    uint8_t images[COUNT * IMAGE];
    fill(images);
    cnn_data *data = make();
    for (int c = 0; c < CHANNELS; c++)
        for (int i = 0; i < PLANE; i++)
            assert_int_equal(cnn_data_pixels(data, 1)[i * CHANNELS + c], images[IMAGE + c * PLANE + i]);
    cnn_data_free(data);
}

static void images_outside(void **state) {
    (void)state;
    float values[IMAGE];
    cnn_error error;
    cnn_data *data = make();
    const int64_t wrong[][2] = {
        {-1, 1}, {5, 1}, {6, 0}, {0, -1}, {4, 2}, {1, INT64_MAX}, {INT64_MAX, INT64_MAX}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(cnn_data_images(data, wrong[i][0], wrong[i][1], values, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "there are only 5"));
    assert_int_equal(cnn_data_images(data, 5, 0, values, NULL), CNN_OK);
    cnn_data_free(data);
}

static void statistics_of_each_channel(void **state) {
    (void)state;
    uint8_t images[COUNT * IMAGE];
    float mean[CHANNELS], deviation[CHANNELS];
    fill(images);
    cnn_data *data = make();
    cnn_data_statistics(data, mean, deviation);
    for (int c = 0; c < CHANNELS; c++) {
        double sum = 0, squares = 0;
        for (int n = 0; n < COUNT; n++)
            for (int i = 0; i < PLANE; i++) {
                double x = images[n * IMAGE + c * PLANE + i] / 255.0;
                sum += x / (COUNT * PLANE);
                squares += x * x / (COUNT * PLANE);
            }
        assert_true(fabs(mean[c] - sum) < 1e-6);
        assert_true(fabs(deviation[c] - sqrt(squares - sum * sum)) < 1e-6);
    }
    cnn_data_free(data);
}

/* Nothing may be divided by zero later. */
static void deviation_of_one_value(void **state) {
    (void)state;
    const uint8_t images[2] = {51, 51};
    const int32_t label[2] = {0, 1};
    float mean, deviation;
    cnn_data *data = byte_data((cnn_input_options){1, 1, 1}, 2, images, label, 2);
    cnn_data_statistics(data, &mean, &deviation);
    assert_true(fabs(mean - 0.2) < 1e-7);
    assert_true(deviation == 1e-3f);
    cnn_data_free(data);
}

static void rejects(const int32_t *label, int64_t count, const cnn_input_options *size, int64_t classes,
                    cnn_status status, const char *message) {
    uint8_t images[COUNT * IMAGE] = {0};
    cnn_error error;
    cnn_data *data = (cnn_data *)&error;
    assert_int_equal(cnn_data_from_arrays(&data,
                                          &(cnn_data_arrays){.count = count,
                                                             .channels = size->channels,
                                                             .height = size->height,
                                                             .width = size->width,
                                                             .bytes = images,
                                                             .labels = label,
                                                             .classes = classes},
                                          &error),
                     status);
    assert_null(data);
    if (!strstr(error.message, message))
        fail_msg("\"%s\" does not say \"%s\"", error.message, message);
}

static void label_outside_the_classes(void **state) {
    (void)state;
    rejects(labels, COUNT, &shape, 2, CNN_ERROR_ARGUMENT, "record 1 (from 0): label 2, expected 0 to 1");
    const int32_t negative[COUNT] = {0, 1, 2, -7, 9};
    rejects(negative, COUNT, &shape, 3, CNN_ERROR_ARGUMENT, "record 3 (from 0): label -7, expected 0 to 2");
}

static void arguments_out_of_range(void **state) {
    (void)state;
    rejects(NULL, COUNT, &shape, 3, CNN_ERROR_ARGUMENT,
            "either labels or targets must be given, not NULL for both");
    rejects(labels, 0, &shape, 3, CNN_ERROR_ARGUMENT, "not 0 images of 3x2x4");
    rejects(labels, COUNT, &(cnn_input_options){3, 0, 4}, 3, CNN_ERROR_ARGUMENT, "3x0x4");
    rejects(labels, COUNT, &shape, 0, CNN_ERROR_ARGUMENT, "classes must be 1 to");
}

/* ---- Floats ---- */

static cnn_data *make_floats(const float *images, const char *const *names, cnn_error *error) {
    cnn_data *data;
    cnn_data_from_arrays(&data,
                         &(cnn_data_arrays){.count = COUNT,
                                            .channels = shape.channels,
                                            .height = shape.height,
                                            .width = shape.width,
                                            .floats = images,
                                            .labels = labels,
                                            .classes = 3,
                                            .class_names = names},
                         error);
    return data;
}

static void floats_are_kept_bit_for_bit(void **state) {
    (void)state;
    float images[COUNT * IMAGE], copies[COUNT * IMAGE], mean[CHANNELS], deviation[CHANNELS];
    for (int i = 0; i < COUNT * IMAGE; i++)
        images[i] = sinf((float)i);
    cnn_data *data = make_floats(images, NULL, NULL);
    assert_non_null(data);
    assert_int_equal(cnn_data_images(data, 0, COUNT, copies, NULL), CNN_OK);
    assert_memory_equal(images, copies, sizeof images);
    cnn_data_statistics(data, mean, deviation);
    for (int c = 0; c < CHANNELS; c++) {
        double sum = 0, squares = 0;
        for (int n = 0; n < COUNT; n++)
            for (int i = 0; i < PLANE; i++) {
                const double x = (double)images[n * IMAGE + c * PLANE + i];
                sum += x / (COUNT * PLANE);
                squares += x * x / (COUNT * PLANE);
            }
        assert_true(fabs((double)mean[c] - sum) < 1e-6);
        assert_true(fabs((double)deviation[c] - sqrt(squares - sum * sum)) < 1e-6);
    }
    cnn_data_free(data);
}

static void a_float_that_is_no_number_is_said_by_its_place(void **state) {
    (void)state;
    float images[COUNT * IMAGE] = {0};
    cnn_error error = {0};
    images[2 * IMAGE + PLANE + 3] = NAN;
    assert_null(make_floats(images, NULL, &error));
    assert_non_null(strstr(error.message, "image 2 (from 0), channel 1, pixel 3: nan"));
    assert_null(make_floats(NULL, NULL, &error));
    assert_non_null(strstr(error.message, "either bytes or floats"));
}

static void classes_get_the_names_that_are_given(void **state) {
    (void)state;
    const float images[COUNT * IMAGE] = {0};
    const char *names[] = {"cat", "dog", "ant"};
    cnn_data *data = make_floats(images, names, NULL);
    assert_string_equal(cnn_data_class(data, 1), "dog");
    cnn_data_free(data);
}

/* Before anything is touched: the size that was asked for. */
static void more_than_the_memory(void **state) {
    (void)state;
    rejects(labels, COUNT, &(cnn_input_options){3, INT32_MAX, INT32_MAX}, 3, CNN_ERROR_MEMORY,
            "5 images of 3x2147483647x2147483647");
    rejects(labels, COUNT, &(cnn_input_options){3, INT64_MAX, INT64_MAX}, 3, CNN_ERROR_MEMORY,
            "out of memory");
    rejects(labels, COUNT, &(cnn_input_options){3, 1 << 20, 1 << 20}, 3, CNN_ERROR_MEMORY,
            "need 16492674.4 MB");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_holds),
        cmocka_unit_test(gives_the_images_back),
        cmocka_unit_test(keeps_channels_last),
        cmocka_unit_test(images_outside),
        cmocka_unit_test(statistics_of_each_channel),
        cmocka_unit_test(deviation_of_one_value),
        cmocka_unit_test(label_outside_the_classes),
        cmocka_unit_test(arguments_out_of_range),
        cmocka_unit_test(floats_are_kept_bit_for_bit),
        cmocka_unit_test(a_float_that_is_no_number_is_said_by_its_place),
        cmocka_unit_test(classes_get_the_names_that_are_given),
        cmocka_unit_test(more_than_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
