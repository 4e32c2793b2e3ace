/* What the doctor says of images and labels: nothing where they are well; where one thing is made wrong, that, with
 * its place. */
#include "doctor/sick.h"

#include "base/random.h"
#include "support/cmocka.h"

#include <string.h>

enum { SWAPPED = 21 }; /* every so many-th label, in each class in turn: 5 % */

static void expect_text(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void copy_image(const cnn_data *from, int64_t index, const cnn_data *to, int64_t place) {
    memcpy(cnn_data_pixels(to, place), cnn_data_pixels(from, index), (size_t)cnn_data_image_bytes(from));
}

static void healthy_images_give_no_finding(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    cnn_diagnosis diagnosis = diagnose(&data, false);
    expect_no_finding(&diagnosis);
    cnn_diagnosis_free(&diagnosis);
    sick_data_free(&data);
}

static void no_data_and_no_network_give_no_finding(void **state) {
    (void)state;
    cnn_diagnosis diagnosis = {0};
    assert_int_equal(cnn_doctor(&diagnosis, &(cnn_doctor_options){0}, NULL), CNN_OK);
    assert_int_equal(diagnosis.count, 0);
}

static void parts_of_different_shapes_are_refused(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    data.test->width = 4;
    cnn_diagnosis diagnosis = {0};
    cnn_error error;
    const cnn_doctor_options options = {.training = data.training, .test = data.test};
    assert_int_equal(cnn_doctor(&diagnosis, &options, &error), CNN_ERROR_ARGUMENT);
    expect_text(error.message, "test images have another shape");
    sick_data_free(&data);
}

static void test_images_among_the_training_images_are_listed(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    copy_image(data.test, 7, data.training, 23);
    copy_image(data.test, 50, data.training, 399);
    cnn_diagnosis diagnosis = diagnose(&data, true);
    const cnn_finding *finding = only_finding(&diagnosis, "leak");
    assert_int_equal(finding->severity, CNN_FAULT);
    assert_int_equal(finding->image_count, 2);
    assert_true(lists_image(finding, CNN_SPLIT_TEST, 7) && lists_image(finding, CNN_SPLIT_TEST, 50));
    expect_text(finding->images[0].text, "the same as training image 23");
    expect_text(finding->where, "test images");
    cnn_diagnosis_free(&diagnosis);
    sick_data_free(&data);
}

/* As another encoder would leave it: a little brighter, and single values off by one. */
static void an_image_that_is_nearly_a_copy_is_listed(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    copy_image(data.training, 12, data.training, 300);
    data.training->labels[300] = (data.training->labels[12] + 1) % 4;
    uint8_t *pixels = cnn_data_pixels(data.training, 300);
    for (int64_t k = 0; k < cnn_data_image_bytes(data.training); k++)
        pixels[k] = (uint8_t)(pixels[k] + 3 + k % 2);
    cnn_diagnosis diagnosis = diagnose(&data, true);
    const cnn_finding *finding = only_finding(&diagnosis, "duplicates");
    assert_int_equal(finding->image_count, 1);
    assert_int_equal(finding->images[0].index, 300);
    expect_text(finding->images[0].text, "nearly the same as training image 12, labelled 1 here, 0 there");
    cnn_diagnosis_free(&diagnosis);
    sick_data_free(&data);
}

static void constant_images_are_listed_with_their_class(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    for (int64_t i = 2; i < TRAINING_IMAGES; i += 4) /* all of class 2 */
        memset(cnn_data_pixels(data.training, i), 128, (size_t)cnn_data_image_bytes(data.training));
    cnn_diagnosis diagnosis = diagnose(&data, true);
    const cnn_finding *finding = only_finding(&diagnosis, "blank");
    assert_int_equal(finding->image_count, TRAINING_IMAGES / 4);
    expect_text(finding->where, "training images, 100 of them of class 2");
    expect_text(finding->images[0].text, "all pixels are 0.502");
    cnn_diagnosis_free(&diagnosis);
    sick_data_free(&data);
}

static void a_class_of_three_images_is_named(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    int64_t kept[TRAINING_IMAGES], count = 0, seen = 0;
    for (int64_t i = 0; i < TRAINING_IMAGES; i++)
        if (data.training->labels[i] != 3 || ++seen <= 3)
            kept[count++] = i;
    cnn_data_keep(data.training, kept, count);
    cnn_diagnosis diagnosis = diagnose(&data, true);
    const cnn_finding *finding = only_finding(&diagnosis, "classes");
    expect_text(finding->where, "class 3");
    expect_text(finding->evidence, "3 images;");
    cnn_diagnosis_free(&diagnosis);
    sick_data_free(&data);
}

static void bytes_that_were_divided_by_255_are_a_wrong_range(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    for (int64_t k = 0; k < TRAINING_IMAGES * 64; k++)
        data.training->pixels[k] = (uint8_t)((data.training->pixels[k] + 127) / 255);
    cnn_diagnosis diagnosis = diagnose(&data, true);
    const cnn_finding *finding = only_finding(&diagnosis, "range");
    expect_text(finding->where, "training images");
    expect_text(finding->evidence, "the brightest pixel of all images is 1 of 255");
    cnn_diagnosis_free(&diagnosis);
    sick_data_free(&data);
}

static void floats_of_0_to_255_are_a_wrong_range(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    float floats[20 * 64];
    const int32_t labels[20] = {0, 1, 2, 3};
    for (int k = 0; k < 20 * 64; k++)
        floats[k] = (float)data.training->pixels[k];
    const cnn_data_arrays arrays = {.count = 20,
                                    .channels = 1,
                                    .height = 8,
                                    .width = 8,
                                    .floats = floats,
                                    .labels = labels,
                                    .classes = 4};
    sick_data wrong = {0};
    assert_int_equal(cnn_data_from_arrays(&wrong.test, &arrays, NULL), CNN_OK);
    cnn_diagnosis diagnosis = diagnose(&wrong, true);
    expect_text(only_finding(&diagnosis, "range")->what, "not in 0..1");
    cnn_diagnosis_free(&diagnosis);
    sick_data_free(&wrong);
    sick_data_free(&data);
}

static void inverted_test_images_are_told(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    for (int64_t k = 0; k < TEST_IMAGES * 64; k++)
        data.test->pixels[k] = (uint8_t)(255 - data.test->pixels[k]);
    cnn_diagnosis diagnosis = diagnose(&data, true);
    const cnn_finding *finding = only_finding(&diagnosis, "range");
    expect_text(finding->what, "the images are inverted");
    expect_text(finding->where, "test images");
    cnn_diagnosis_free(&diagnosis);
    sick_data_free(&data);
}

static void swapped_labels_are_found_and_no_others(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    for (int64_t i = 0; i < TRAINING_IMAGES; i += SWAPPED)
        data.training->labels[i] = (data.training->labels[i] + 1) % 4;
    cnn_diagnosis diagnosis = diagnose(&data, false);
    const cnn_finding *finding = only_finding(&diagnosis, "labels");
    int64_t right = 0;
    for (int64_t k = 0; k < finding->image_count; k++)
        right += finding->images[k].index % SWAPPED == 0;
    assert_true(right >= TRAINING_IMAGES / SWAPPED * 8 / 10);
    assert_true(10 * (finding->image_count - right) <= finding->image_count);
    expect_text(finding->images[0].text, ", looks like ");
    cnn_diagnosis_free(&diagnosis);
    sick_data_free(&data);
}

static void shuffled_labels_are_told(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    cnn_random random;
    cnn_random_seed(&random, 8);
    for (int64_t i = 0; i < TRAINING_IMAGES; i++)
        data.training->labels[i] = (int32_t)cnn_random_below(&random, 4);
    cnn_diagnosis diagnosis = diagnose(&data, false);
    expect_text(only_finding(&diagnosis, "labels")->what, "the labels do not belong to the images");
    cnn_diagnosis_free(&diagnosis);
    sick_data_free(&data);
}

static void findings_do_not_depend_on_the_number_of_threads(void **state) {
    (void)state;
    sick_data data = sick_data_new();
    for (int64_t i = 0; i < TRAINING_IMAGES; i += SWAPPED)
        data.training->labels[i] = (data.training->labels[i] + 1) % 4;
    cnn_doctor_options options = {.training = data.training, .seed = 3, .threads = 1};
    cnn_diagnosis one = {0}, three = {0};
    assert_int_equal(cnn_doctor(&one, &options, NULL), CNN_OK);
    options.threads = 3;
    assert_int_equal(cnn_doctor(&three, &options, NULL), CNN_OK);
    const cnn_finding *a = only_finding(&one, "labels"), *b = only_finding(&three, "labels");
    assert_int_equal(a->image_count, b->image_count);
    for (int64_t i = 0; i < a->image_count; i++) {
        assert_int_equal(a->images[i].index, b->images[i].index);
        assert_true(a->images[i].score == b->images[i].score);
    }
    cnn_diagnosis_free(&one);
    cnn_diagnosis_free(&three);
    sick_data_free(&data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthy_images_give_no_finding),
        cmocka_unit_test(no_data_and_no_network_give_no_finding),
        cmocka_unit_test(parts_of_different_shapes_are_refused),
        cmocka_unit_test(test_images_among_the_training_images_are_listed),
        cmocka_unit_test(an_image_that_is_nearly_a_copy_is_listed),
        cmocka_unit_test(constant_images_are_listed_with_their_class),
        cmocka_unit_test(a_class_of_three_images_is_named),
        cmocka_unit_test(bytes_that_were_divided_by_255_are_a_wrong_range),
        cmocka_unit_test(floats_of_0_to_255_are_a_wrong_range),
        cmocka_unit_test(inverted_test_images_are_told),
        cmocka_unit_test(swapped_labels_are_found_and_no_others),
        cmocka_unit_test(shuffled_labels_are_told),
        cmocka_unit_test(findings_do_not_depend_on_the_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
