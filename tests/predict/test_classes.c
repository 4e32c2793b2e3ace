/* Classes are matched by name: a folder that lacks one, or sorts them differently, is measured rightly, and a name
 * that the model does not know is said. */
#include "support/class_names.h"
#include "support/byte_data.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include <string.h>

static const char *const animals[] = {"ant", "bee", "cat", "dog"};

/* The small network, trained on four named classes until it is right everywhere. */
static cnn_net *trained_net(void) {
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    cnn_train_options options = small_options();
    rename_classes(data, animals);
    options.epochs = 12;
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_data_free(data);
    return net;
}

/* Images of the classes whose positions among `animals` are given, under other labels: 0, 1, ... in this order. */
static cnn_data *data_of(const int *positions, int64_t classes, const char *const *names) {
    cnn_data *all = small_data(80), *data;
    const cnn_input_options shape = {1, 8, 8};
    uint8_t pixels[80 * 64];
    int32_t labels[80];
    int64_t count = 0;
    for (int64_t i = 0; i < 80; i++)
        for (int32_t label = 0; label < classes; label++)
            if (cnn_data_label(all, i) == positions[label]) {
                memcpy(pixels + 64 * count, cnn_data_pixels(all, i), 64);
                labels[count++] = label;
            }
    data = byte_data(shape, count, pixels, labels, classes);
    rename_classes(data, names);
    cnn_data_free(all);
    return data;
}

static void a_class_that_the_data_lack_is_an_empty_row(void **state) {
    (void)state;
    cnn_net *net = trained_net();
    cnn_data *data = data_of((const int[]){1, 2, 3}, 3, animals + 1);
    cnn_evaluation e;
    assert_int_equal(cnn_evaluate(net, data, 1, &e, NULL), CNN_OK);
    assert_true(e.by_name);
    assert_int_equal(e.images, 60);
    assert_int_equal(e.correct, 60);
    assert_int_equal(e.classes, 4);
    for (int64_t i = 0; i < 4; i++)
        for (int64_t k = 0; k < 4; k++)
            assert_int_equal(e.confusion[i * 4 + k], i == k && i > 0 ? 20 : 0);
    cnn_evaluation_free(&e);
    cnn_data_free(data);
    cnn_net_free(net);
}

static void another_order_of_the_names_changes_nothing(void **state) {
    (void)state;
    static const char *const turned[] = {"dog", "ant", "cat", "bee"};
    cnn_net *net = trained_net();
    cnn_data *data = data_of((const int[]){3, 0, 2, 1}, 4, turned);
    cnn_evaluation e;
    assert_int_equal(cnn_evaluate(net, data, 1, &e, NULL), CNN_OK);
    assert_int_equal(e.correct, 80);
    cnn_evaluation_free(&e);
    cnn_data_free(data);
    cnn_net_free(net);
}

static void a_class_that_the_model_does_not_know_is_named(void **state) {
    (void)state;
    static const char *const renamed[] = {"zebra", "bee", "cat", "dog"};
    cnn_net *net = trained_net();
    cnn_data *data = data_of((const int[]){0, 1, 2, 3}, 4, renamed);
    cnn_evaluation e;
    cnn_error error;
    assert_int_equal(cnn_evaluate(net, data, 1, &e, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "has a class \"zebra\", which the model does not know; its classes "
                                          "are ant, bee, cat, dog."));
    cnn_train_options options = small_options();
    options.keep_parameters = true;
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
    assert_non_null(strstr(error.message, "\"zebra\""));
    cnn_data_free(data);
    cnn_net_free(net);
}

static void without_names_on_one_side_positions_count(void **state) {
    (void)state;
    cnn_net *net = trained_net();
    cnn_data *data = small_data(80);
    int32_t outputs[4];
    bool by_name = true;
    assert_int_equal(cnn_match_classes(net, data, outputs, &by_name, NULL), CNN_OK);
    assert_false(by_name);
    for (int32_t i = 0; i < 4; i++)
        assert_int_equal(outputs[i], i);
    cnn_data_free(data);
    cnn_net_free(net);
}

/* Folders named by numbers sort as text: 0, 1, 10, 2. */
static void numbers_are_names_where_the_model_has_all_of_them(void **state) {
    (void)state;
    static const char *const sorted[] = {"0", "1", "10", "2"};
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 8, 8});
    const char *names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"};
    cnn_flatten(net);
    cnn_dense(net, .units = 12);
    assert_int_equal(cnn_net_set_classes(net, names, 12, NULL), CNN_OK);
    cnn_data *data = small_data(8);
    rename_classes(data, sorted);
    int32_t outputs[4];
    bool by_name = false;
    assert_int_equal(cnn_match_classes(net, data, outputs, &by_name, NULL), CNN_OK);
    assert_true(by_name);
    const int32_t expected[] = {0, 1, 10, 2};
    assert_memory_equal(outputs, expected, sizeof expected);
    cnn_data_free(data);
    cnn_net_free(net);
}

/* A rate that moves next to nothing: what the network knew, it still knows afterwards, and under its own names. */
static void training_goes_on_by_name(void **state) {
    (void)state;
    cnn_net *net = trained_net();
    cnn_data *data = data_of((const int[]){2, 3}, 2, animals + 2);
    cnn_train_options options = small_options();
    cnn_evaluation e;
    options.keep_parameters = true;
    options.update.learning_rate = 0.001;
    options.epochs = 4;
    train_expecting(CNN_OK, net, data, &options, NULL);
    for (int64_t i = 0; i < 4; i++)
        assert_string_equal(cnn_net_class(net, i), animals[i]);
    assert_int_equal(cnn_evaluate(net, data, 1, &e, NULL), CNN_OK);
    assert_int_equal(e.correct, 40);
    cnn_evaluation_free(&e);
    cnn_data_free(data);
    cnn_net_free(net);
}

static void a_renamed_class_is_no_training_to_go_on_with(void **state) {
    static const char *const renamed[] = {"ant", "bee", "cow", "dog"};
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    cnn_train_options options = small_options();
    cnn_error error;
    rename_classes(data, animals);
    options.run_directory = *state;
    options.epochs = 1;
    train_expecting(CNN_OK, net, data, &options, NULL);
    rename_classes(data, renamed);
    options.resume = true;
    options.epochs = 2;
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
    assert_non_null(strstr(error.message, "classes[2] was \"cat\" and is now \"cow\""));
    rename_classes(data, animals);
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void a_name_that_is_not_utf8_stops_training_before_it_begins(void **state) {
    static const char *const latin[] = {"ant", "bee", "caf\xe9", "dog"};
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    cnn_train_options options = small_options();
    cnn_error error;
    rename_classes(data, latin);
    options.run_directory = *state;
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
    assert_non_null(strstr(error.message, "the name of class 2 is not UTF-8"));
    assert_non_null(strstr(error.message, "byte 4 of \"caf...\" is 0xe9"));
    cnn_net_free(net);
    cnn_data_free(data);
}

static void outputs_of_two_networks_are_matched_by_name(void **state) {
    (void)state;
    static const char *const turned[] = {"cat", "ant", "cow", "bee"};
    cnn_net *first = small_net(), *second = small_net();
    int32_t outputs[4];
    assert_false(cnn_match_outputs(first, second, outputs));
    assert_int_equal(cnn_net_set_classes(first, animals, 4, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_classes(second, turned, 4, NULL), CNN_OK);
    assert_true(cnn_match_outputs(first, second, outputs));
    const int32_t expected[] = {2, 0, -1, 1};
    assert_memory_equal(outputs, expected, sizeof expected);
    cnn_net_free(first);
    cnn_net_free(second);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_that_the_data_lack_is_an_empty_row),
        cmocka_unit_test(another_order_of_the_names_changes_nothing),
        cmocka_unit_test(a_class_that_the_model_does_not_know_is_named),
        cmocka_unit_test(without_names_on_one_side_positions_count),
        cmocka_unit_test(numbers_are_names_where_the_model_has_all_of_them),
        cmocka_unit_test(training_goes_on_by_name),
        IN_FOLDER(a_renamed_class_is_no_training_to_go_on_with),
        IN_FOLDER(a_name_that_is_not_utf8_stops_training_before_it_begins),
        cmocka_unit_test(outputs_of_two_networks_are_matched_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
