/* The macros that add a layer, with options and, where all of them have a default, without: the same text is compiled
 * as C and as C++. Prints the network's layers. */
#include <cnn.h>

#include <stdio.h>

static void print_layers(const cnn_net *net) {
    for (cnn_layer i = 1; i <= cnn_net_layers(net); i++) {
        cnn_layer_info info;
        if (cnn_net_layer(net, i, &info, NULL) == CNN_OK)
            printf("%s: %s\n", info.name, info.text);
    }
}

static cnn_layer add_maps(cnn_net *net) {
    cnn_layer trunk =
        cnn_conv2d(net, .filters = 4, .kernel = {3, 3}, .padding = {1, 1, 1, 1}, .name = "trunk");
    cnn_batch_norm(net);
    cnn_batch_norm(net, .epsilon = 1e-3, .name = "norm");
    cnn_relu(net);
    cnn_relu(net, .name = "a");
    cnn_relu(net, .name = "b", .input = trunk);
    cnn_prelu(net);
    cnn_prelu(net, .shared = true);
    cnn_instance_norm(net);
    cnn_instance_norm(net, .epsilon = 1e-3);
    cnn_layer_norm(net);
    cnn_lrn(net, .size = 3);
    cnn_activation(net, .kind = CNN_ACTIVATION_TANH);
    cnn_conv_transpose2d(net, .filters = 4, .kernel = {1});
    cnn_add(net, .other = trunk);
    cnn_pair(net, .kind = CNN_PAIR_MAX, .other = trunk);
    cnn_concat(net, .other = trunk, .name = "both");
    cnn_pad2d(net, .padding = {1, 1, 1, 1});
    cnn_resize2d(net, .scale = {2, 2});
    cnn_slice(net, .rows = {0, 10}, .columns = {0, 10, 2});
    cnn_channel_shuffle(net, .groups = 2);
    cnn_space_to_depth(net, .block = 5);
    cnn_depth_to_space(net, .block = 5);
    cnn_max_pool2d(net, .kernel = {2, 2});
    cnn_channel_pool(net, .mode = CNN_CHANNEL_POOL_MAX, .branches = 2);
    return cnn_avg_pool2d(net, .kernel = {2, 2}, .name = "pool");
}

static void add_vectors(cnn_net *net, cnn_layer maps) {
    cnn_global_max_pool2d(net);
    cnn_global_max_pool2d(net, .name = "largest", .input = maps);
    cnn_global_avg_pool2d(net);
    cnn_global_avg_pool2d(net, .name = "mean", .input = maps);
    cnn_global_l2_pool2d(net);
    cnn_channel_pool(net);
    cnn_global_l2_pool2d(net, .name = "norm_of_maps", .input = maps);
    cnn_flatten(net);
    cnn_flatten(net, .name = "flat");
    cnn_dropout(net);
    cnn_dropout(net, .rate = 0.25);
    cnn_drop_path(net);
    cnn_drop_path(net, .rate = 0.25);
    cnn_dense(net, .units = 12);
    cnn_unflatten(net, .size = {2});
    cnn_flatten(net, .name = "again");
    cnn_dense(net, .units = 3, .name = "last");
    cnn_log_softmax(net);
    cnn_log_softmax(net, .name = "logarithms");
    cnn_softmax(net);
    cnn_softmax(net, .name = "probabilities");
}

/* Every layer of the list with the least options that it takes, in a network of its own: of an image, or else of a
 * vector. Returns how many take neither. */
static int count_refused(const cnn_input_options *input) {
    int refused = 0;
#define ADD_ALONE(how, layer, type, ...)                                                                     \
    for (int vector = 0; vector < 2; vector++) {                                                             \
        cnn_net *net = cnn_net_new(input);                                                                   \
        if (vector)                                                                                          \
            cnn_flatten(net);                                                                                \
        const cnn_layer added = cnn_##layer(net, __VA_ARGS__);                                               \
        refused += vector && !added;                                                                         \
        cnn_net_free(net);                                                                                   \
        if (added)                                                                                           \
            break;                                                                                           \
    }
    CNN_LAYER_LIST(ADD_ALONE)
    return refused;
}

int main(void) {
    cnn_input_options input = {1, 8, 8};
    cnn_net *net = cnn_net_new(&input);
    add_vectors(net, add_maps(net));
    print_layers(net);
    const cnn_status status = cnn_net_status(net);
    if (status != CNN_OK)
        fprintf(stderr, "%s\n", cnn_net_error(net));
    cnn_net_free(net);
    return status == CNN_OK && count_refused(&input) == 0 ? 0 : 1;
}
