/* Data sets whose images have targets: numbers, or any number of classes. */
#include "data/dataset.h"
#include "data/loader.h"
#include "support/cmocka.h"

#include <math.h>
#include <string.h>

enum { IMAGES = 3, CLASSES = 3 };

static const uint8_t bytes[IMAGES] = {10, 20, 30};
static const float belongs[IMAGES * CLASSES] = {1, 0, 1, 0, 0, 0, 0, 1, 0};
static const char *const names[CLASSES] = {"ant", "bee", "cow"};

static cnn_data_arrays several(void) {
    return (cnn_data_arrays){.count = IMAGES,
                             .channels = 1,
                             .height = 1,
                             .width = 1,
                             .bytes = bytes,
                             .targets = belongs,
                             .classes = CLASSES,
                             .class_names = names};
}

static cnn_data *make(const cnn_data_arrays *arrays) {
    cnn_data *data;
    assert_int_equal(cnn_data_from_arrays(&data, arrays, NULL), CNN_OK);
    return data;
}

static void an_image_may_have_several_classes(void **state) {
    (void)state;
    const cnn_data_arrays arrays = several();
    cnn_data *data = make(&arrays);
    assert_int_equal(cnn_data_kind_of(data), CNN_DATA_MULTI_LABEL);
    assert_int_equal(cnn_data_outputs(data), CLASSES);
    assert_int_equal(cnn_data_classes(data), CLASSES);
    assert_string_equal(cnn_data_class(data, 2), "cow");
    assert_memory_equal(cnn_data_targets(data, 2), belongs + 6, CLASSES * sizeof *belongs);
    assert_null(cnn_data_targets(data, IMAGES));
    assert_null(cnn_data_targets(data, -1));
    cnn_data_free(data);
}

static void numbers_are_one_output_each(void **state) {
    (void)state;
    cnn_data_arrays arrays = several();
    arrays.classes = 0;
    arrays.class_names = NULL;
    arrays.targets_per_image = CLASSES;
    cnn_data *data = make(&arrays);
    assert_int_equal(cnn_data_kind_of(data), CNN_DATA_NUMBERS);
    assert_int_equal(cnn_data_outputs(data), CLASSES);
    assert_int_equal(cnn_data_classes(data), 1);
    cnn_data_free(data);
}

/* Where the classes lie elsewhere in the network, so do their targets. */
static void targets_go_to_the_outputs_of_their_classes(void **state) {
    (void)state;
    static const int32_t outputs[CLASSES] = {2, 0, 1};
    static const float expected[IMAGES * CLASSES] = {0, 1, 1, 0, 0, 0, 1, 0, 0};
    static const int64_t indices[IMAGES] = {0, 1, 2};
    const float mean = 0, deviation = 1;
    const cnn_data_arrays arrays = several();
    cnn_data *data = make(&arrays);
    const cnn_loader_options options = {
        .batch = IMAGES, .mean = &mean, .deviation = &deviation, .outputs = outputs};
    cnn_loader *loader;
    assert_int_equal(cnn_loader_new(&loader, data, &options, NULL), CNN_OK);
    cnn_loader_start(loader, indices, IMAGES, 0, 0);
    assert_memory_equal(cnn_loader_next(loader).targets, expected, sizeof expected);
    cnn_loader_free(loader);
    cnn_data_free(data);
}

static void refuses(const cnn_data_arrays *arrays, const char *message) {
    cnn_data *data;
    cnn_error error = {0};
    assert_int_equal(cnn_data_from_arrays(&data, arrays, &error), CNN_ERROR_ARGUMENT);
    assert_null(data);
    if (!strstr(error.message, message))
        fail_msg("\"%s\" does not say \"%s\"", error.message, message);
}

static void targets_that_contradict_the_classes(void **state) {
    (void)state;
    cnn_data_arrays arrays = several();
    arrays.targets_per_image = 2;
    refuses(&arrays, "targets of 3 classes must be as many an image, not 2");
    arrays = several();
    arrays.classes = 0;
    arrays.targets_per_image = CLASSES;
    refuses(&arrays, "class_names need classes");
    float wrong[IMAGES * CLASSES] = {0};
    arrays = several();
    arrays.targets = wrong;
    wrong[4] = 0.5f;
    refuses(&arrays, "target 1 of image 1 (from 0) is 0.5, expected 1 if it belongs to class 1, else 0");
    wrong[4] = NAN;
    refuses(&arrays, "target 1 of image 1 (from 0) is nan, expected a finite number");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_may_have_several_classes),
        cmocka_unit_test(numbers_are_one_output_each),
        cmocka_unit_test(targets_go_to_the_outputs_of_their_classes),
        cmocka_unit_test(targets_that_contradict_the_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
