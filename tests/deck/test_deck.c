/* What the slide deck says about layers, number by number: a test for each of its rows. Training and
 * prediction are in test_deck_training.c. */
#include "cnn.h"
#include "support/cmocka.h"

#include <math.h>
#include <string.h>

enum { MAX_OUTPUTS = 4096 };

/* The outputs of `net`, which is freed, for one image. Returns how many. */
static int64_t run_and_free(cnn_net *net, const float *image, float outputs[MAX_OUTPUTS]) {
    cnn_predictor *predictor;
    cnn_error error;
    if (cnn_net_status(net) != CNN_OK)
        fail_msg("%s", cnn_net_error(net));
    const int64_t count = cnn_net_outputs(net);
    assert_in_range(count, 1, MAX_OUTPUTS);
    assert_int_equal(cnn_predictor_new(&predictor, net, &(cnn_predictor_options){0}, &error), CNN_OK);
    assert_int_equal(cnn_predictor_run(predictor, image, 1, outputs, &error), CNN_OK);
    cnn_predictor_free(predictor);
    cnn_net_free(net);
    return count;
}

static cnn_net *new_net(int64_t height, int64_t width) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){.channels = 1, .height = height, .width = width});
    assert_non_null(net);
    return net;
}

static void convolution(void **state) {
    (void)state;
    static const float image[] = {1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0};
    static const float kernel[] = {0, 1, 0, 1, 0, -1, 0, 1, 0};
    static const float feature_map[] = {2, 1, -1, -1, 1, 3, 2, 1, 1};
    float outputs[MAX_OUTPUTS];
    cnn_net *net = new_net(5, 5);
    cnn_conv2d(net, .filters = 1, .kernel = {3, 3}, .no_bias = true);
    assert_int_equal(cnn_net_set_parameter(net, "conv_1.weight", kernel, 9, NULL), CNN_OK);
    assert_int_equal(run_and_free(net, image, outputs), 9);
    assert_true(outputs[0] == 2);
    assert_memory_equal(outputs, feature_map, sizeof feature_map);
}

/* (n + 2p - f) / s + 1, rounded down. */
static void feature_map_size(void **state) {
    (void)state;
    static const struct {
        int64_t n, f, s, p, size;
    } rows[] = {{7, 3, 1, 0, 5}, {5, 3, 1, 1, 5}, {5, 3, 1, 0, 3}, {28, 3, 1, 0, 26}, {24, 2, 2, 0, 12},
                {8, 3, 2, 0, 3}, {9, 3, 2, 0, 4}, {3, 3, 5, 0, 1}, {5, 3, 2, 1, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t size;
        cnn_error error;
        assert_int_equal(
            cnn_output_size(rows[i].n, rows[i].f, rows[i].s, rows[i].p, rows[i].p, 1, &size, &error), CNN_OK);
        assert_int_equal(size, rows[i].size);
    }
    int64_t size;
    assert_int_equal(cnn_output_size(3, 4, 1, 0, 0, 1, &size, NULL), CNN_ERROR_SHAPE);
}

static void assert_output(const cnn_net *net, int layer, int rank, const int64_t *shape) {
    cnn_layer_info info;
    assert_int_equal(cnn_net_layer(net, layer, &info, NULL), CNN_OK);
    assert_int_equal(info.rank, rank);
    for (int i = 0; i < rank; i++)
        assert_int_equal(info.output[i], shape[i]);
}

/* "Padding 1 makes the 5x5 image 7x7": the map is as large as the image was. */
static void padding_keeps_the_size(void **state) {
    (void)state;
    cnn_net *net = new_net(5, 5);
    cnn_conv2d(net, .filters = 1, .kernel = {3, 3}, .padding = {1, 1, 1, 1});
    assert_output(net, 1, 3, (int64_t[]){1, 5, 5});
    cnn_net_free(net);
}

static void stride_padding_and_kernel_size_per_axis(void **state) {
    (void)state;
    cnn_net *net = new_net(9, 8);
    cnn_conv2d(net, .filters = 2, .kernel = {3, 2}, .stride = {2, 3}, .padding = {1, 0, 2, 1});
    assert_int_equal(cnn_net_status(net), CNN_OK);
    assert_output(net, 1, 3, (int64_t[]){2, (9 + 3 - 3) / 2 + 1, (8 + 1 - 2) / 3 + 1});
    cnn_max_pool2d(net, .kernel = {3, 2}, .stride = {1, 3}, .padding = {2, 0, 1, 1});
    assert_output(net, 2, 3, (int64_t[]){2, (5 + 3 - 3) / 1 + 1, (3 + 1 - 2) / 3 + 1});
    cnn_net_free(net);
}

static void relu(void **state) {
    (void)state;
    static const float values[] = {-2, -0.5f, 0, 0.5f, 2, -1e9f};
    static const float positive[] = {0, 0, 0, 0.5f, 2, 0};
    float outputs[MAX_OUTPUTS];
    cnn_net *net = new_net(1, 6);
    cnn_relu(net);
    assert_int_equal(run_and_free(net, values, outputs), 6);
    for (int i = 0; i < 6; i++)
        assert_true(outputs[i] == positive[i]);
    assert_true(outputs[0] + outputs[4] !=
                values[0] + values[4]);      /* relu(-2) + relu(2) is not relu(-2 + 2): */
    assert_true(values[0] + values[4] == 0); /* it adds non-linearity */
}

static void max_pooling(void **state) {
    (void)state;
    static const float image[] = {12, 123, 167, 5, 88, 3, 9, 150, 187, 31, 20, 165, 64, 99, 70, 1};
    static const float maxima[] = {123, 167, 187, 165};
    float outputs[MAX_OUTPUTS];
    cnn_net *net = new_net(4, 4);
    cnn_max_pool2d(net, .kernel = {2, 2}, .stride = {2, 2});
    assert_int_equal(run_and_free(net, image, outputs), 4);
    assert_memory_equal(outputs, maxima, sizeof maxima);
}

static cnn_net *open_basic(void) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_open(&net, "basic", NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

/* The number of the layer of that name. */
static int layer_named(const cnn_net *net, const char *name, cnn_layer_info *info) {
    for (int layer = 1; layer <= cnn_net_layers(net); layer++)
        if (cnn_net_layer(net, layer, info, NULL) == CNN_OK && strcmp(info->name, name) == 0)
            return layer;
    fail_msg("there is no layer %s", name);
    return 0;
}

static void flatten_and_fully_connected(void **state) {
    (void)state;
    cnn_net *net = open_basic();
    cnn_layer_info flatten, dense;
    int layer = layer_named(net, "flatten_1", &flatten);
    assert_output(net, layer - 1, 3, (int64_t[]){64, 12, 12});
    assert_output(net, layer, 1, (int64_t[]){12 * 12 * 64});
    assert_int_equal(flatten.output[0], 9216);
    assert_int_equal(layer_named(net, "fc_1", &dense), layer + 1);
    assert_int_equal(dense.input[0], layer);
    assert_int_equal(dense.macs, 9216 * 128);
    cnn_net_free(net);
}

static void softmax(void **state) {
    (void)state;
    static const float logits[] = {2.0f, 1.0f, 0.1f};
    static const double thousandths[] = {0.659, 0.242, 0.099}, tenths[] = {0.7, 0.2, 0.1};
    float outputs[MAX_OUTPUTS];
    cnn_net *net = new_net(1, 3);
    cnn_flatten(net);
    cnn_softmax(net);
    assert_int_equal(run_and_free(net, logits, outputs), 3);
    for (int i = 0; i < 3; i++) {
        double sum = exp(2.0) + exp(1.0) + exp(0.1);
        assert_true(fabs(outputs[i] - exp(logits[i]) / sum) < 1e-6);
        assert_true(fabs(outputs[i] - thousandths[i]) < 0.0005);
        assert_true(fabs(outputs[i] - tenths[i]) < 0.05);
    }
}

static void the_basic_cnn(void **state) {
    (void)state;
    static const struct {
        const char *kind;
        int rank;
        int64_t output[3];
    } rows[] = {
        {"conv", 3, {32, 26, 26}}, {"relu", 3, {32, 26, 26}},    {"conv", 3, {64, 24, 24}},
        {"relu", 3, {64, 24, 24}}, {"maxpool", 3, {64, 12, 12}}, {"flatten", 1, {9216}},
        {"dense", 1, {128}},       {"relu", 1, {128}},           {"dense", 1, {10}},
        {"softmax", 1, {10}},
    };
    cnn_net *net = open_basic();
    int64_t input[3];
    cnn_net_input(net, input);
    assert_memory_equal(input, ((int64_t[]){1, 28, 28}), sizeof input);
    assert_int_equal(cnn_net_layers(net), sizeof rows / sizeof rows[0]);
    for (int layer = 1; layer <= cnn_net_layers(net); layer++) {
        cnn_layer_info info;
        assert_int_equal(cnn_net_layer(net, layer, &info, NULL), CNN_OK);
        assert_string_equal(info.kind, rows[layer - 1].kind);
        assert_int_equal(info.input[0], layer > 1 ? layer - 1 : CNN_NETWORK_INPUT);
        assert_output(net, layer, rows[layer - 1].rank, rows[layer - 1].output);
    }
    cnn_net_free(net);
}

/* The deck prints 18,494 for Conv_2. Its formula, ((3x3x32) + 1) x 64, gives 18,496, and only that adds up to
 * the deck's own total. */
static void parameter_table(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t parameters;
    } rows[] = {{"conv_1", 320},   {"relu_1", 0},     {"conv_2", ((3 * 3 * 32) + 1) * 64},
                {"relu_2", 0},     {"max_pool_1", 0}, {"flatten_1", 0},
                {"fc_1", 1179776}, {"relu_3", 0},     {"fc_2", 1290},
                {"softmax_1", 0}};
    cnn_net *net = open_basic();
    int64_t total = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cnn_layer_info info;
        layer_named(net, rows[i].name, &info);
        assert_int_equal(info.parameters, rows[i].parameters);
        total += info.parameters;
    }
    assert_int_equal(rows[2].parameters, 18496);
    assert_int_equal(total, 1199882);
    assert_int_equal(cnn_net_parameters(net), total);
    assert_int_not_equal(total - 18496 + 18494, 1199882);
    cnn_net_free(net);
}

/* ---- Advantages and assumptions ------------------------------------------------------------------------ */

/* One filter for all of the image: 320 parameters, where a dense layer from 28x28 to 26x26x32 has 16,981,120.
 */
static void advantage_parameter_sharing(void **state) {
    (void)state;
    cnn_net *net = open_basic(), *dense = new_net(28, 28);
    cnn_layer_info info;
    layer_named(net, "conv_1", &info);
    assert_int_equal(info.parameters, 320);
    cnn_flatten(dense);
    cnn_dense(dense, .units = info.output[0] * info.output[1] * info.output[2]);
    assert_int_equal(cnn_net_status(dense), CNN_OK);
    assert_int_equal(cnn_net_parameters(dense), 16981120);
    cnn_net_free(dense);
    cnn_net_free(net);
}

enum { SIDE = 12, FILTERS = 3 };

static cnn_net *two_convolutions(void) {
    cnn_net *net = new_net(SIDE, SIDE);
    cnn_conv2d(net, .filters = FILTERS, .kernel = {3, 3});
    cnn_relu(net);
    cnn_conv2d(net, .filters = FILTERS, .kernel = {3, 3});
    assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    return net;
}

/* A random image but for one pixel. */
static void fill_image(float image[SIDE * SIDE], int changed) {
    for (int i = 0; i < SIDE * SIDE; i++)
        image[i] = (float)(i * 71 % 97 + 1) / 100;
    if (changed >= 0)
        image[changed] += 0.5f;
}

/* How many pixels the middle value of the first map depends on, tried pixel by pixel. */
static int connections(cnn_net *(*make)(void), int64_t side) {
    float image[SIDE * SIDE], outputs[MAX_OUTPUTS];
    const int64_t middle = side / 2 * side + side / 2;
    int count = 0;
    fill_image(image, -1);
    run_and_free(make(), image, outputs);
    const float before = outputs[middle];
    for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
        fill_image(image, pixel);
        run_and_free(make(), image, outputs);
        count += outputs[middle] != before;
    }
    return count;
}

static cnn_net *one_convolution(void) {
    cnn_net *net = new_net(SIDE, SIDE);
    cnn_conv2d(net, .filters = FILTERS, .kernel = {3, 3});
    assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    return net;
}

/* Nine connections an output value, where a dense layer has one for each of 784 pixels. */
static void advantage_sparsity_of_connections(void **state) {
    (void)state;
    cnn_net *net = open_basic();
    cnn_layer_info info;
    layer_named(net, "conv_1", &info);
    assert_int_equal(info.macs / (info.output[0] * info.output[1] * info.output[2]), 9);
    cnn_net_free(net);
    assert_int_equal(connections(one_convolution, SIDE - 2), 9);
}

/* A bright pixel that moves within a pooling window leaves the pooled map as it was. */
static void advantage_invariance(void **state) {
    (void)state;
    float maps[4][MAX_OUTPUTS], elsewhere[MAX_OUTPUTS];
    for (int place = 0; place < 5; place++) {
        static const int pixels[] = {2 * 6 + 4, 2 * 6 + 5, 3 * 6 + 4, 3 * 6 + 5, 4 * 6 + 4};
        float image[36] = {0};
        image[pixels[place]] = 1;
        cnn_net *net = new_net(6, 6);
        cnn_max_pool2d(net, .kernel = {2, 2}, .stride = {2, 2});
        assert_int_equal(run_and_free(net, image, place < 4 ? maps[place] : elsewhere), 9);
    }
    for (int place = 1; place < 4; place++)
        assert_memory_equal(maps[0], maps[place], 9 * sizeof(float));
    assert_memory_not_equal(maps[0], elsewhere, 9 * sizeof(float));
}

/* A figure on black, moved down and to the right. */
static void draw_figure(float image[SIDE * SIDE], int down, int right) {
    memset(image, 0, SIDE * SIDE * sizeof *image);
    for (int row = 0; row < 4; row++)
        for (int column = 0; column < 3; column++)
            image[(2 + row + down) * SIDE + 2 + column + right] = (float)(row * 3 + column + 1) / 12;
}

/* A moved figure gives the same feature maps, moved as far: what a filter found in one place it finds in
 * another. */
static void assumption_features_are_translation_invariant(void **state) {
    (void)state;
    enum { MAP = SIDE - 4, DOWN = 3, RIGHT = 2 };
    float image[SIDE * SIDE], before[MAX_OUTPUTS], after[MAX_OUTPUTS];
    float largest = 0;
    draw_figure(image, 0, 0);
    assert_int_equal(run_and_free(two_convolutions(), image, before), FILTERS * MAP * MAP);
    draw_figure(image, DOWN, RIGHT);
    run_and_free(two_convolutions(), image, after);
    for (int f = 0; f < FILTERS; f++)
        for (int row = 0; row < MAP - DOWN; row++)
            for (int column = 0; column < MAP - RIGHT; column++) {
                float here = before[(f * MAP + row) * MAP + column];
                assert_true(here == after[(f * MAP + row + DOWN) * MAP + column + RIGHT]);
                largest = fmaxf(largest, fabsf(here));
            }
    assert_true(largest > 0.1f);
}

/* A value of the first map sees 3x3 pixels; one of the second sees 3x3 of those: 5x5 pixels. */
static void assumption_features_are_local_and_made_of_lower_ones(void **state) {
    (void)state;
    assert_int_equal(connections(one_convolution, SIDE - 2), 3 * 3);
    assert_int_equal(connections(two_convolutions, SIDE - 4), 5 * 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolution),
        cmocka_unit_test(feature_map_size),
        cmocka_unit_test(padding_keeps_the_size),
        cmocka_unit_test(stride_padding_and_kernel_size_per_axis),
        cmocka_unit_test(relu),
        cmocka_unit_test(max_pooling),
        cmocka_unit_test(flatten_and_fully_connected),
        cmocka_unit_test(softmax),
        cmocka_unit_test(the_basic_cnn),
        cmocka_unit_test(parameter_table),
        cmocka_unit_test(advantage_invariance),
        cmocka_unit_test(advantage_parameter_sharing),
        cmocka_unit_test(advantage_sparsity_of_connections),
        cmocka_unit_test(assumption_features_are_local_and_made_of_lower_ones),
        cmocka_unit_test(assumption_features_are_translation_invariant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
