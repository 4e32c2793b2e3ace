/* cnn explain: what it shows of a network, and what it refuses. */
#define _XOPEN_SOURCE 700
#include "support/cmocka.h"
#include "support/command.h"
#include "support/graph_model.h"

#include "cnn.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGE "explain run --data data --first 2 "

static int train(void **state) {
    if (command_set_up(state) != 0)
        return -1;
    command_expect("train model.txt --data data -o run --epochs 2 --seed 3", 0, "Trained in", NULL);
    return 0;
}

static double real_of(const json_t *json, const char *key) {
    return json_number_value(json_object_get(json, key));
}

static void without_a_layer_all_of_them_are_listed(void **state) {
    (void)state;
    json_t *json = command_json(IMAGE "--json");
    const json_t *layers = json_object_get(json, "layers");
    cnn_net *net;
    assert_int_equal(cnn_net_open(&net, "run", NULL, NULL), CNN_OK);
    assert_int_equal(json_array_size(layers), cnn_net_layers(net) + 1);
    const json_t *relu = json_array_get(layers, 2);
    assert_string_equal(json_string_value(json_object_get(relu, "kind")), "relu");
    assert_true(real_of(relu, "smallest") == 0 && real_of(relu, "zeros") > 0);
    cnn_net_free(net);
    json_decref(json);
    command_expect(IMAGE, 0, "Layer", NULL);
}

static void the_outputs_are_those_of_predict(void **state) {
    (void)state;
    json_t *inside = command_json(IMAGE "--layer softmax_1 --json");
    json_t *predicted = command_json("predict run --data data --first 2 --count 1 --json");
    const json_t *maps = json_object_get(json_object_get(inside, "layer"), "maps");
    const json_t *image = json_array_get(json_object_get(predicted, "images"), 0);
    const json_t *values = json_object_get(image, "values");
    assert_int_equal(json_array_size(maps), 4);
    for (size_t i = 0; i < json_array_size(maps); i++)
        assert_float_equal(json_number_value(json_array_get(maps, i)),
                           json_number_value(json_array_get(values, i)), 1e-5);
    json_decref(inside);
    json_decref(predicted);
}

static void the_products_of_a_value_come_to_the_engines_float(void **state) {
    (void)state;
    json_t *json = command_json(IMAGE "--layer conv_1 --at 1,2,3 --json");
    const json_t *terms = json_object_get(json, "terms");
    double sum = real_of(json, "bias");
    for (size_t i = 0; i < json_array_size(terms); i++)
        sum += real_of(json_array_get(terms, i), "product");
    assert_int_equal(json_array_size(terms), 9);
    assert_float_equal(sum, real_of(json, "engine"), 1e-6);
    assert_true(fabs(real_of(json, "difference")) <= real_of(json, "bound"));
    const json_t *field = json_object_get(json, "receptive_field");
    assert_int_equal(real_of(field, "rows"), 3);
    json_decref(json);
    command_expect(IMAGE "--layer conv_1 --at 1,2,3", 0, "in double precision", NULL);
    command_expect(IMAGE "--layer max_pool_1 --at 0,1,1", 0, "* marks the largest value", NULL);
    command_expect(IMAGE "--layer fc_1 --at 1 --gradient", 0, "Gradient of the loss by this value", NULL);
}

static void a_gradient_is_the_sum_over_the_places_of_its_weight(void **state) {
    (void)state;
    json_t *json = command_json(IMAGE "--weight 'conv_1.weight[1,0,2,0]' --class 1 --json");
    const json_t *terms = json_object_get(json, "terms");
    double sum = 0;
    for (size_t i = 0; i < json_array_size(terms); i++)
        sum += real_of(json_array_get(terms, i), "product");
    assert_float_equal(sum, real_of(json, "engine"), 1e-6);
    assert_float_equal(real_of(json, "by_differences"), real_of(json, "result"), 1e-6);
    json_decref(json);
    command_expect(IMAGE "--weight 'fc_1.bias[2]'", 0, "by differences", NULL);
}

static void the_class_of_the_loss_is_the_label_unless_another_is_given(void **state) {
    (void)state;
    json_t *label = command_json(IMAGE "--gradient --json"),
           *other = command_json(IMAGE "--gradient --class 3 --json");
    assert_string_equal(json_string_value(json_object_get(label, "class")), "2");
    assert_string_equal(json_string_value(json_object_get(other, "class")), "3");
    assert_true(real_of(other, "loss") != real_of(label, "loss"));
    json_decref(label);
    json_decref(other);
}

static void maps_are_written_as_pictures_on_one_scale(void **state) {
    (void)state;
    cnn_error error;
    float pixels[3 * 280 * 280];
    command_expect(IMAGE "--layer conv_1 -o maps", 0, "conv_1", NULL);
    command_expect(IMAGE "--layer conv_1 --at 1,2,3 -o maps", 0, "Receptive field", NULL);
    assert_int_equal(access("maps/conv_1_1_2_3_field.png", R_OK), 0);
    const cnn_image_options options = {.channels = 3, .height = 280, .width = 280};
    if (cnn_image_read("maps/conv_1_001.png", &options, pixels, &error) != CNN_OK)
        fail_msg("%s", error.message);
}

static void what_does_not_exist_is_refused_with_what_would_do(void **state) {
    (void)state;
    command_expect(IMAGE "--layer conv1", 1, NULL, "did you mean \"conv_1\"?");
    command_expect(IMAGE "--layer conv_1 --at 1,60,3", 1, NULL, "row 60 is outside layer conv_1");
    command_expect(IMAGE "--layer conv_1 --at 1,2", 2, NULL, "CHANNEL,ROW,COLUMN");
    command_expect(IMAGE "--at 1,2,3", 2, NULL, "--layer");
    command_expect(IMAGE "--weight 'conv_1.weigth[0,0,0,0]'", 1, NULL, "conv_1.weight");
    command_expect(IMAGE "--weight 'conv_1.weight[0,0]'", 1, NULL, "4 numbers");
    command_expect(IMAGE "--weight conv_1.weight", 2, NULL, "conv_1.weight[3,0,1,2]");
    command_expect(IMAGE "--class 1", 2, NULL, "--gradient");
    command_expect(IMAGE "--gradient --class nine", 1, NULL, "no class 'nine'");
    command_expect("explain run", 2, NULL, "--image FILE");
    command_expect("explain run --data data --first 99", 1, NULL, "24");
    command_expect("explain model.txt --data data", 1, NULL, "train it first");
}

static void a_model_for_the_interpreter_is_sent_to_run(void **state) {
    (void)state;
    size_t size;
    unsigned char *bytes = graph_model_small(&size);
    FILE *file = fopen("small.onnx", "wb");
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    free(bytes);
    command_expect("explain small.onnx --image nowhere.png", 1, NULL, "'cnn run small.onnx");
}

static void a_picture_file_is_explained_as_well(void **state) {
    (void)state;
    command_expect("explain run --image maps/conv_1_001.png --layer input", 0, "Output of layer input", NULL);
    command_expect("explain run --image nowhere.png", 1, NULL, "nowhere.png");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_layer_all_of_them_are_listed),
        cmocka_unit_test(the_outputs_are_those_of_predict),
        cmocka_unit_test(the_products_of_a_value_come_to_the_engines_float),
        cmocka_unit_test(a_gradient_is_the_sum_over_the_places_of_its_weight),
        cmocka_unit_test(the_class_of_the_loss_is_the_label_unless_another_is_given),
        cmocka_unit_test(maps_are_written_as_pictures_on_one_scale),
        cmocka_unit_test(a_picture_file_is_explained_as_well),
        cmocka_unit_test(a_model_for_the_interpreter_is_sent_to_run),
        cmocka_unit_test(what_does_not_exist_is_refused_with_what_would_do),
    };
    return cmocka_run_group_tests(tests, train, command_tear_down);
}
