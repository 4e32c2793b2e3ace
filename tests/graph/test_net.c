/* Building a network: what does not fit is refused with its layer, initial values are as their rules say. */
#include "graph/net.h"

#include "base/memory.h"
#include "support/cmocka.h"

#include <math.h>
#include <string.h>

static cnn_net *new_net(int64_t channels, int64_t height, int64_t width) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){.channels = channels, .height = height, .width = width});
    assert_non_null(net);
    return net;
}

/* Frees the network. */
static void assert_refused(cnn_net *net, cnn_status status, const char *part, const char *other_part) {
    if (cnn_net_status(net) != status || !strstr(cnn_net_error(net), part) ||
        !strstr(cnn_net_error(net), other_part))
        fail_msg("%s: \"%s\" should hold \"%s\" and \"%s\"", cnn_status_name(cnn_net_status(net)),
                 cnn_net_error(net), part, other_part);
    cnn_net_free(net);
}

static void a_kernel_larger_than_the_padded_input(void **state) {
    (void)state;
    cnn_net *net = new_net(1, 6, 9);
    cnn_conv2d(net, .filters = 2, .kernel = {3, 3});
    assert_int_equal(cnn_max_pool2d(net, .kernel = {5, 5}), 0);
    assert_refused(net, CNN_ERROR_SHAPE, "layer 2", "2x4x7");
    net = new_net(1, 6, 9);
    cnn_conv2d(net, .filters = 2, .kernel = {3, 3}, .dilation = {1, 5});
    assert_refused(net, CNN_ERROR_SHAPE, "layer 1", "1x6x9");
}

static void dense_before_flatten(void **state) {
    (void)state;
    cnn_net *net = new_net(3, 4, 5);
    cnn_relu(net);
    assert_int_equal(cnn_dense(net, .units = 10), 0);
    assert_refused(net, CNN_ERROR_SHAPE, "layer 2", "flatten");
}

static void convolution_after_flatten(void **state) {
    (void)state;
    cnn_net *net = new_net(3, 4, 5);
    cnn_flatten(net);
    cnn_conv2d(net, .filters = 2, .kernel = {1, 1});
    assert_refused(net, CNN_ERROR_SHAPE, "layer 2", "60");
}

static void numbers_out_of_range(void **state) {
    (void)state;
    cnn_net *net = new_net(1, 8, 8);
    cnn_conv2d(net, .filters = 0, .kernel = {3, 3});
    assert_refused(net, CNN_ERROR_ARGUMENT, "layer 1", "filter");
    net = new_net(1, 8, 8);
    cnn_conv2d(net, .filters = 2, .kernel = {3, 3}, .stride = {-1, 1});
    assert_refused(net, CNN_ERROR_ARGUMENT, "layer 1", "stride");
    net = new_net(1, 8, 8);
    cnn_max_pool2d(net, .kernel = {2, 2}, .padding = {0, 2, 0, 0});
    assert_refused(net, CNN_ERROR_ARGUMENT, "layer 1", "padding");
    net = new_net(1, 8, 8);
    cnn_dropout(net, .rate = 1);
    assert_refused(net, CNN_ERROR_ARGUMENT, "layer 1", "rate");
    net = new_net(0, 8, 8);
    assert_refused(net, CNN_ERROR_ARGUMENT, "input", "0x8x8");
}

static void groups_that_do_not_divide(void **state) {
    (void)state;
    cnn_net *net = new_net(6, 8, 8);
    cnn_conv2d(net, .filters = 4, .kernel = {1, 1}, .groups = 3);
    assert_refused(net, CNN_ERROR_SHAPE, "layer 1", "groups");
    net = new_net(4, 8, 8);
    cnn_conv2d(net, .filters = 6, .kernel = {1, 1}, .groups = 3);
    assert_refused(net, CNN_ERROR_SHAPE, "layer 1", "groups");
}

static void sizes_that_overflow(void **state) {
    (void)state;
    cnn_net *net = new_net(1, 1 << 20, 1 << 20);
    cnn_conv2d(net, .filters = 1 << 30, .kernel = {1, 1});
    assert_refused(net, CNN_ERROR_SHAPE, "layer 1", "too large");
    net = new_net(1, INT64_MAX / 2, INT64_MAX / 2);
    assert_refused(net, CNN_ERROR_ARGUMENT, "input", "1x");
}

static void summands_of_different_shapes(void **state) {
    (void)state;
    cnn_net *net = new_net(1, 8, 8);
    cnn_layer first = cnn_conv2d(net, .filters = 2, .kernel = {3, 3});
    cnn_conv2d(net, .filters = 2, .kernel = {3, 3});
    cnn_add(net, .other = first);
    assert_refused(net, CNN_ERROR_SHAPE, "2x4x4", "2x6x6");
}

static void the_first_failure_is_kept(void **state) {
    (void)state;
    cnn_net *net = new_net(1, 8, 8);
    assert_int_equal(cnn_relu(net), 1);
    assert_int_equal(cnn_dense(net, .units = 3), 0);
    assert_int_equal(cnn_conv2d(net, .filters = 0), 0);
    assert_int_equal(cnn_flatten(net), 0);
    assert_int_equal(cnn_net_layers(net), 1);
    assert_refused(net, CNN_ERROR_SHAPE, "layer 2", "dense");
}

static void names_are_unique(void **state) {
    (void)state;
    cnn_net *net = new_net(1, 8, 8);
    cnn_conv2d(net, .filters = 1, .kernel = {1, 1}, .name = "conv_2");
    cnn_conv2d(net, .filters = 1, .kernel = {1, 1}); /* made up: must not be conv_2 again */
    assert_int_equal(cnn_net_status(net), CNN_OK);
    cnn_conv2d(net, .filters = 1, .kernel = {1, 1}, .name = "conv_2");
    assert_refused(net, CNN_ERROR_ARGUMENT, "layer 3", "conv_2");
}

static void an_input_that_does_not_exist(void **state) {
    (void)state;
    cnn_net *net = new_net(1, 8, 8);
    cnn_relu(net);
    cnn_add_relu(net, &(cnn_layer_options){.input = 3});
    assert_refused(net, CNN_ERROR_ARGUMENT, "layer 2", "3");
}

/* ---- Initial values ------------------------------------------------------------------------------------ */

/* The moments of a parameter tensor. */
typedef struct moments {
    double mean, variance, largest;
    int64_t count;
} moments;

static moments moments_of(const cnn_net *net, const char *name) {
    const cnn_parameter *parameter = &net->parameters[cnn_find_parameter(net, name)];
    moments m = {.count = parameter->elements};
    for (int64_t k = 0; k < m.count; k++) {
        const double value = net->values[parameter->offset + k];
        m.mean += value / (double)m.count;
        m.variance += value * value / (double)m.count;
        m.largest = fmax(m.largest, fabs(value));
    }
    return m;
}

static void assert_moments(moments m, double variance) {
    assert_true(fabs(m.mean) < 5 * sqrt(variance / (double)m.count));
    assert_true(fabs(m.variance / variance - 1) < 5 * sqrt(2.0 / (double)m.count));
}

/* He: variance 2 / fan_in. Glorot: uniform up to sqrt(6 / (fan_in + fan_out)). */
static void weights_start_as_their_rules_say(void **state) {
    (void)state;
    cnn_net *net = new_net(8, 6, 6);
    cnn_conv2d(net, .filters = 64, .kernel = {3, 3}, .groups = 2, .init = CNN_INIT_HE, .name = "he");
    cnn_conv2d(net, .filters = 64, .kernel = {2, 3}, .init = CNN_INIT_GLOROT, .name = "glorot");
    cnn_conv2d(net, .filters = 4, .kernel = {1, 1}, .init = CNN_INIT_ZEROS, .name = "zeros");
    cnn_flatten(net);
    cnn_dense(net, .units = 200, .init = CNN_INIT_GLOROT, .name = "dense");
    assert_int_equal(cnn_net_status(net), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    assert_moments(moments_of(net, "he.weight"), 2.0 / (4 * 9));
    assert_true(moments_of(net, "he.weight").largest > 3 * sqrt(2.0 / (4 * 9))); /* normal, not uniform */
    const double limit = sqrt(6.0 / (64 * 6 + 64 * 6)), dense_limit = sqrt(6.0 / (24 + 200));
    assert_moments(moments_of(net, "glorot.weight"), limit * limit / 3);
    assert_true(moments_of(net, "glorot.weight").largest <= limit);
    assert_moments(moments_of(net, "dense.weight"), dense_limit * dense_limit / 3);
    assert_true(moments_of(net, "dense.weight").largest <= dense_limit);
    assert_true(moments_of(net, "zeros.weight").largest == 0);
    assert_true(moments_of(net, "he.bias").largest == 0);
    assert_true(moments_of(net, "dense.bias").largest == 0);
    cnn_net_free(net);
}

static void the_same_seed_gives_the_same_weights(void **state) {
    (void)state;
    cnn_net *net = new_net(1, 6, 6);
    cnn_conv2d(net, .filters = 8, .kernel = {3, 3});
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    cnn_net *same = cnn_net_copy(net, NULL), *other = cnn_net_copy(net, NULL);
    assert_int_equal(cnn_net_initialise(same, 1), CNN_OK);
    assert_int_equal(cnn_net_initialise(other, 2), CNN_OK);
    const size_t bytes = (size_t)net->value_count * sizeof(float);
    assert_memory_equal(net->values, same->values, bytes);
    assert_memory_not_equal(net->values, other->values, bytes);
    cnn_net_free(net);
    cnn_net_free(same);
    cnn_net_free(other);
}

/* A layer whose output nobody reads has no part in the loss. */
static void a_layer_without_a_user_has_no_gradient(void **state) {
    (void)state;
    cnn_net *net = new_net(1, 6, 6);
    cnn_layer trunk = cnn_conv2d(net, .filters = 2, .kernel = {3, 3}, .name = "trunk");
    cnn_conv2d(net, .filters = 2, .kernel = {3, 3}, .name = "unused");
    cnn_add_flatten(net, &(cnn_layer_options){.input = trunk});
    cnn_dense(net, .units = 3);
    assert_int_equal(cnn_net_status(net), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    float image[36] = {1, 0.5f, 0.25f}, unused[36], trunks[18];
    cnn_trainer *trainer;
    assert_int_equal(cnn_trainer_new(&trainer, net, &(cnn_trainer_options){.batch = 1}, NULL), CNN_OK);
    for (int i = 0; i < 36; i++)
        image[i] = (float)(i % 5) / 4;
    assert_int_equal(cnn_trainer_gradients(trainer, image, &(int32_t){1}, 1, NULL, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_get_gradient(trainer, "unused.weight", unused, 36, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_get_gradient(trainer, "trunk.weight", trunks, 18, NULL), CNN_OK);
    for (int i = 0; i < 36; i++)
        assert_true(unused[i] == 0);
    for (int i = 0; i < 18; i++)
        assert_true(trunks[i] != 0);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

static void activations_by_their_kind(void **state) {
    (void)state;
    cnn_layer_info info;
    cnn_net *net = new_net(1, 6, 6);
    cnn_layer layer = cnn_activation(net, .kind = CNN_ACTIVATION_LEAKY_RELU, .alpha = 0.3, .name = "leaky");
    assert_int_equal(cnn_net_layer(net, layer, &info, NULL), CNN_OK);
    assert_string_equal(info.text, "leakyrelu 0.3");
    assert_string_equal(info.name, "leaky");
    assert_int_equal(cnn_activation(net, .alpha = 1), 0);
    assert_int_equal(cnn_net_status(net), CNN_ERROR_ARGUMENT);
    assert_string_equal(cnn_net_error(net), "layer 2: activation: there is no such kind");
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_larger_than_the_padded_input),
        cmocka_unit_test(dense_before_flatten),
        cmocka_unit_test(convolution_after_flatten),
        cmocka_unit_test(numbers_out_of_range),
        cmocka_unit_test(groups_that_do_not_divide),
        cmocka_unit_test(sizes_that_overflow),
        cmocka_unit_test(summands_of_different_shapes),
        cmocka_unit_test(the_first_failure_is_kept),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(an_input_that_does_not_exist),
        cmocka_unit_test(weights_start_as_their_rules_say),
        cmocka_unit_test(the_same_seed_gives_the_same_weights),
        cmocka_unit_test(activations_by_their_kind),
        cmocka_unit_test(a_layer_without_a_user_has_no_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
