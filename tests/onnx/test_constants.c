/* Arithmetic of feature maps and constants: where it goes in a network, and what it gives. */
#include "graph/net.h"

#include "support/both_engines.h"
#include "support/cmocka.h"
#include "support/folder.h"

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIMS(...)                                                                                            \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                           \
        __VA_ARGS__                                                                                          \
    }

static const float x_values[] = {1, 2, 3, 4, 5, 6, 7, 8}; /* 2,2,2 */
static const float weights[] = {1, 0, 1, 1};              /* filters 2, channels 2: x0; x0 + x1 */
static const float per_channel[] = {2, -3};

static cnn_tensor x_tensor(void) {
    return (cnn_tensor){
        .name = "x", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 2, 2, 2}, .data = x_values};
}

/* x, then "c" by a 1x1 convolution without bias. */
static void begin(graph_model *g) {
    graph_model_begin(g, 13);
    graph_model_input(g, "x", DIMS(2, 2, 2));
    graph_model_output(g, "y", DIMS(2, 2, 2));
    graph_model_reals(g, "w", DIMS(2, 2, 1, 1), weights);
    graph_model_reals(g, "k", DIMS(2, 1, 1), per_channel);
    graph_model_node(g, "Conv", "c", NAMES("x", "w"));
}

static void expect(graph_model *g, const char *folder, const float expected[8]) {
    const cnn_tensor x = x_tensor();
    expect_from_both(g, folder, &x, 8, expected);
}

static void expect_layers(graph_model *g, int layers) {
    cnn_net *net = graph_model_net(g);
    assert_int_equal(cnn_net_layers(net), layers);
    cnn_net_free(net);
}

static void scaled_convolution(graph_model *g) {
    begin(g);
    graph_model_node(g, "Mul", "y", NAMES("c", "k"));
}

static void a_product_goes_into_the_weights_before_it(void **state) {
    graph_model g;
    scaled_convolution(&g);
    expect(&g, *state, (const float[]){2, 4, 6, 8, -18, -24, -30, -36});
    scaled_convolution(&g);
    expect_layers(&g, 1);
}

static void scaled_and_shifted_convolution(graph_model *g, const char *shift) {
    begin(g);
    graph_model_node(g, "Mul", "m", NAMES("c", "k"));
    graph_model_node(g, shift, "y", NAMES("m", "k"));
}

/* The convolution has no bias: it gets one. */
static void a_product_and_a_sum_go_into_the_convolution_before_them(void **state) {
    graph_model g;
    scaled_and_shifted_convolution(&g, "Add");
    expect(&g, *state, (const float[]){4, 6, 8, 10, -21, -27, -33, -39});
    scaled_and_shifted_convolution(&g, "Sub");
    expect(&g, *state, (const float[]){0, 2, 4, 6, -15, -21, -27, -33});
    scaled_and_shifted_convolution(&g, "Add");
    expect_layers(&g, 1);
    scaled_and_shifted_convolution(&g, "Sub");
    expect_layers(&g, 1);
}

/* c is read by the Mul and by the Add: its weights stay. */
static void scaled_beside_itself(graph_model *g) {
    begin(g);
    graph_model_node(g, "Mul", "m", NAMES("k", "c"));
    graph_model_node(g, "Add", "y", NAMES("m", "c"));
}

static void a_product_of_a_value_that_others_read_is_a_layer(void **state) {
    graph_model g;
    scaled_beside_itself(&g);
    expect(&g, *state, (const float[]){3, 6, 9, 12, -12, -16, -20, -24});
    scaled_beside_itself(&g);
    expect_layers(&g, 3);
}

static void every_operation_has_its_value_on_either_side(void **state) {
    static const struct {
        const char *op;
        bool constant_first;
        float expected[8]; /* of relu(c) = 1 2 3 4 6 8 10 12 */
    } cases[] = {
        {"Add", false, {3, 4, 5, 6, 3, 5, 7, 9}},
        {"Add", true, {3, 4, 5, 6, 3, 5, 7, 9}},
        {"Sub", false, {-1, 0, 1, 2, 9, 11, 13, 15}},
        {"Sub", true, {1, 0, -1, -2, -9, -11, -13, -15}},
        {"Mul", true, {2, 4, 6, 8, -18, -24, -30, -36}},
        {"Div", false, {0.5F, 1, 1.5F, 2, -2, -8 / 3.F, -10 / 3.F, -4}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        graph_model g;
        begin(&g);
        graph_model_node(&g, "Relu", "r", NAMES("c"));
        graph_model_node(&g, cases[i].op, "y", cases[i].constant_first ? NAMES("k", "r") : NAMES("r", "k"));
        expect(&g, *state, cases[i].expected);
    }
}

static void constants_on_the_input_normalise_it_also_when_subtracted_from(void **state) {
    static const float hundred = 100;
    graph_model g;
    begin(&g);
    graph_model_reals(&g, "h", 0, NULL, &hundred);
    graph_model_node(&g, "Sub", "s", NAMES("h", "x"));
    graph_model_node(&g, "Conv", "y", NAMES("s", "w"));
    expect(&g, *state, (const float[]){99, 98, 97, 96, 194, 192, 190, 188});
}

static void the_input_may_be_used_with_and_without_a_constant(void **state) {
    graph_model g;
    begin(&g);
    graph_model_node(&g, "Add", "a", NAMES("x", "k"));
    graph_model_node(&g, "Add", "y", NAMES("a", "c"));
    expect(&g, *state, (const float[]){4, 6, 8, 10, 8, 11, 14, 17});
}

static void a_bound_is_half_a_clip(void **state) {
    static const float seven = 7, zero = 0;
    graph_model g;
    begin(&g);
    graph_model_reals(&g, "h", 0, NULL, &seven);
    graph_model_node(&g, "Min", "y", NAMES("c", "h"));
    expect(&g, *state, (const float[]){1, 2, 3, 4, 6, 7, 7, 7});
    begin(&g);
    graph_model_reals(&g, "h", 0, NULL, &seven);
    graph_model_node(&g, "Max", "y", NAMES("h", "c"));
    expect(&g, *state, (const float[]){7, 7, 7, 7, 7, 8, 10, 12});
    begin(&g);
    graph_model_reals(&g, "z", 0, NULL, &zero);
    graph_model_node(&g, "Mul", "m", NAMES("c", "k"));
    graph_model_node(&g, "Max", "y", NAMES("m", "z"));
    expect(&g, *state, (const float[]){2, 4, 6, 8, 0, 0, 0, 0});
}

static void a_normalisation_may_have_an_epsilon_of_zero(void **state) {
    static const float scale[] = {2, 3}, bias[] = {1, 0}, mean[] = {1, 6}, variance[] = {4, 1e-8F};
    graph_model g;
    begin(&g);
    graph_model_reals(&g, "s", DIMS(2), scale);
    graph_model_reals(&g, "b", DIMS(2), bias);
    graph_model_reals(&g, "m", DIMS(2), mean);
    graph_model_reals(&g, "v", DIMS(2), variance);
    CnnOnnx__NodeProto *norm =
        graph_model_node(&g, "BatchNormalization", "y", NAMES("c", "s", "b", "m", "v"));
    cnn_onnx_add_real(&g.arena, norm, "epsilon", 0);
    expect(&g, *state, (const float[]){1, 2, 3, 4, 0, 60000, 120000, 180000});
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_product_goes_into_the_weights_before_it),
        IN_FOLDER(a_product_and_a_sum_go_into_the_convolution_before_them),
        IN_FOLDER(a_product_of_a_value_that_others_read_is_a_layer),
        IN_FOLDER(every_operation_has_its_value_on_either_side),
        IN_FOLDER(constants_on_the_input_normalise_it_also_when_subtracted_from),
        IN_FOLDER(the_input_may_be_used_with_and_without_a_constant),
        IN_FOLDER(a_bound_is_half_a_clip),
        IN_FOLDER(a_normalisation_may_have_an_epsilon_of_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
