#include "support/net_cases.h"

#include "base/memory.h"
#include "base/random.h"
#include "graph/net.h"
#include "support/cmocka.h"
#include "support/oracle_layer.h"

#include <stdio.h>
#include <string.h>

/* A layer with parameters below and one above the layer in question. */
static void begin(cnn_net *net) {
    cnn_conv2d(net, .filters = 4, .kernel = {2, 2});
    cnn_relu(net);
}

static cnn_layer last_layer(const cnn_net *net) {
    return cnn_net_layers(net);
}

static void end(cnn_net *net) {
    cnn_flatten(net);
    cnn_dense(net, .units = 3);
}

/* ---- Convolutions -------------------------------------------------------------------------------------- */

#define CONV_CASE(name, ...)                                                                                 \
    static void name(cnn_net *net) {                                                                         \
        begin(net);                                                                                          \
        cnn_conv2d(net, __VA_ARGS__);                                                                        \
        end(net);                                                                                            \
    }

CONV_CASE(conv_non_square, .filters = 3, .kernel = {3, 2})
CONV_CASE(conv_1x1, .filters = 5, .kernel = {1, 1})
CONV_CASE(conv_no_bias, .filters = 3, .kernel = {2, 2}, .no_bias = true)
CONV_CASE(conv_padding, .filters = 3, .kernel = {3, 3}, .padding = {1, 1, 1, 1})
CONV_CASE(conv_padding_asymmetric, .filters = 3, .kernel = {3, 2}, .padding = {1, 0, 2, 3})
CONV_CASE(conv_padding_wider_than_kernel, .filters = 2, .kernel = {1, 2}, .padding = {2, 3, 1, 2})
CONV_CASE(conv_same, .filters = 3, .kernel = {3, 3}, .same = true)
CONV_CASE(conv_same_even_kernel, .filters = 3, .kernel = {2, 4}, .same = true)
CONV_CASE(conv_same_stride, .filters = 3, .kernel = {3, 4}, .stride = {2, 3}, .same = true)
CONV_CASE(conv_same_dilation, .filters = 3, .kernel = {3, 2}, .dilation = {2, 3}, .same = true)
CONV_CASE(conv_stride, .filters = 3, .kernel = {3, 2}, .stride = {2, 1})
CONV_CASE(conv_stride_columns, .filters = 3, .kernel = {2, 3}, .stride = {1, 3})
CONV_CASE(conv_stride_past_kernel, .filters = 3, .kernel = {1, 2}, .stride = {3, 4})
CONV_CASE(conv_stride_padding, .filters = 3, .kernel = {3, 3}, .stride = {2, 2}, .padding = {0, 1, 1, 0})
CONV_CASE(conv_dilation, .filters = 3, .kernel = {2, 3}, .dilation = {3, 2})
CONV_CASE(conv_groups, .filters = 6, .kernel = {2, 3}, .groups = 2)
CONV_CASE(conv_depthwise, .filters = 4, .kernel = {3, 3}, .padding = {1, 1, 1, 1}, .groups = 4)
CONV_CASE(conv_depthwise_twice, .filters = 8, .kernel = {3, 2}, .groups = 4)
CONV_CASE(conv_depthwise_stride, .filters = 4, .kernel = {5, 5}, .stride = {2, 2}, .padding = {2, 2, 2, 2},
          .groups = 4)
CONV_CASE(conv_depthwise_everything, .filters = 4, .kernel = {3, 2}, .stride = {2, 3},
          .padding = {2, 0, 1, 3}, .dilation = {3, 2}, .groups = 4)
CONV_CASE(conv_everything, .filters = 6, .kernel = {3, 2}, .stride = {2, 3}, .padding = {2, 0, 1, 3},
          .dilation = {2, 3}, .groups = 2)

/* ReLU6 behind each way of convolving: in inference they do it themselves. The bound is low, so that it is met. */
static void conv_bounded(cnn_net *net) {
    begin(net);
    cnn_conv2d(net, .filters = 16, .kernel = {2, 2}, .padding = {1, 1, 1, 1});
    cnn_activation(net, .kind = CNN_ACTIVATION_CLIP, .alpha = 0, .beta = 1);
    cnn_conv2d(net, .filters = 16, .kernel = {3, 3}, .padding = {1, 1, 1, 1}, .no_bias = true);
    cnn_batch_norm(net);
    cnn_activation(net, .kind = CNN_ACTIVATION_CLIP, .alpha = 0, .beta = 1);
    cnn_conv2d(net, .filters = 16, .kernel = {3, 3}, .padding = {1, 1, 1, 1}, .groups = 16);
    cnn_activation(net, .kind = CNN_ACTIVATION_CLIP, .alpha = 0, .beta = 1);
    end(net);
}
CONV_CASE(conv_whole_input, .filters = 5, .kernel = {8, 6})

/* Channel counts about the vectors' sizes. */
static void conv_wide(cnn_net *net) {
    cnn_conv2d(net, .filters = 17, .kernel = {3, 3});
    cnn_relu(net);
    cnn_conv2d(net, .filters = 33, .kernel = {3, 3}, .padding = {1, 1, 1, 1});
    cnn_relu(net);
    cnn_conv2d(net, .filters = 16, .kernel = {2, 2}, .stride = {2, 2});
    end(net);
}

static void conv_chain(cnn_net *net) {
    for (int i = 0; i < 4; i++) {
        cnn_conv2d(net, .filters = 5, .kernel = {3, 3}, .same = true);
        cnn_relu(net);
    }
    end(net);
}

/* The last layer gives feature maps: the classes count channel by channel. */
static void conv_last(cnn_net *net) {
    begin(net);
    cnn_conv2d(net, .filters = 3, .kernel = {7, 5});
}

/* ---- Pooling ------------------------------------------------------------------------------------------- */

#define POOL_CASE(name, kind, ...)                                                                           \
    static void name(cnn_net *net) {                                                                         \
        begin(net);                                                                                          \
        cnn_##kind(net, __VA_ARGS__);                                                                        \
        end(net);                                                                                            \
    }

POOL_CASE(max_pool, max_pool2d, .kernel = {2, 2})
POOL_CASE(max_pool_overlapping, max_pool2d, .kernel = {3, 2}, .stride = {1, 1})
POOL_CASE(max_pool_padded, max_pool2d, .kernel = {3, 3}, .stride = {2, 1}, .padding = {1, 2, 2, 1})
POOL_CASE(max_pool_gaps, max_pool2d, .kernel = {2, 1}, .stride = {3, 2})
POOL_CASE(avg_pool, avg_pool2d, .kernel = {2, 3})
POOL_CASE(avg_pool_padded, avg_pool2d, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 2, 2, 1})
POOL_CASE(avg_pool_count_pad, avg_pool2d, .kernel = {3, 3}, .stride = {2, 1}, .padding = {1, 2, 2, 1},
          .count_include_pad = true)
POOL_CASE(avg_pool_global, avg_pool2d, .kernel = {8, 6})

static void global_poolings(cnn_net *net) {
    begin(net);
    cnn_layer trunk = last_layer(net);
    cnn_layer mean = cnn_global_avg_pool2d(net);
    cnn_add_global_max_pool2d(net, &(cnn_layer_options){.input = trunk});
    cnn_concat(net, .other = mean);
    end(net);
}

static void conv_relu_max_pool(cnn_net *net) {
    begin(net);
    cnn_conv2d(net, .filters = 6, .kernel = {3, 3});
    cnn_relu(net);
    cnn_max_pool2d(net, .kernel = {2, 2}, .stride = {2, 2});
    cnn_flatten(net);
    cnn_dense(net, .units = 8);
    cnn_relu(net);
    cnn_dense(net, .units = 4);
    cnn_softmax(net);
}

static void conv_max_pool_relu(cnn_net *net) {
    cnn_conv2d(net, .filters = 6, .kernel = {3, 3});
    cnn_max_pool2d(net, .kernel = {2, 2});
    cnn_relu(net);
    cnn_conv2d(net, .filters = 4, .kernel = {2, 2});
    cnn_avg_pool2d(net, .kernel = {2, 1});
    end(net);
}

/* ---- Graphs -------------------------------------------------------------------------------------------- */

static void residual(cnn_net *net) {
    begin(net);
    cnn_layer trunk = cnn_conv2d(net, .filters = 4, .kernel = {3, 3}, .same = true);
    cnn_relu(net);
    cnn_conv2d(net, .filters = 4, .kernel = {3, 3}, .same = true);
    cnn_add(net, .other = trunk);
    cnn_relu(net);
    end(net);
}

/* One output with three users, one of them a sum of it with itself. */
static void fan_out(cnn_net *net) {
    cnn_layer trunk = cnn_conv2d(net, .filters = 4, .kernel = {2, 2});
    cnn_layer left = cnn_conv2d(net, .filters = 4, .kernel = {1, 1}, .input = trunk);
    cnn_layer right = cnn_conv2d(net, .filters = 4, .kernel = {3, 3}, .same = true, .input = trunk);
    cnn_layer twice = cnn_add(net, .input = trunk, .other = trunk);
    cnn_layer sum = cnn_add(net, .input = left, .other = right);
    cnn_add(net, .input = sum, .other = twice);
    end(net);
}

/* A ReLU whose input has another user as well must not be fused away. */
static void relu_beside_another_user(cnn_net *net) {
    cnn_layer trunk = cnn_conv2d(net, .filters = 4, .kernel = {2, 2});
    cnn_layer positive = cnn_add_relu(net, NULL);
    cnn_add(net, .input = positive, .other = trunk);
    end(net);
}

static void add_network_input(cnn_net *net) {
    cnn_conv2d(net, .filters = 2, .kernel = {3, 3}, .same = true);
    cnn_add(net, .other = CNN_NETWORK_INPUT);
    cnn_conv2d(net, .filters = 3, .kernel = {2, 2});
    end(net);
}

static void add_vectors(cnn_net *net) {
    begin(net);
    cnn_flatten(net);
    cnn_layer first = cnn_dense(net, .units = 7);
    cnn_relu(net);
    cnn_dense(net, .units = 7);
    cnn_add(net, .other = first);
    cnn_dense(net, .units = 3);
}

/* ---- Many inputs ---------------------------------------------------------------------------------------- */

#define LAYERS(...)                                                                                          \
    .others = (const cnn_layer[]){__VA_ARGS__}, .count = sizeof((int[]){__VA_ARGS__}) / sizeof(int)

/* A value with five users, of which two are one sum. */
static void add_many(cnn_net *net) {
    cnn_layer trunk = cnn_conv2d(net, .filters = 4, .kernel = {2, 2});
    cnn_layer left = cnn_conv2d(net, .filters = 4, .kernel = {3, 1}, .same = true, .input = trunk);
    cnn_layer right = cnn_conv2d(net, .filters = 4, .kernel = {3, 3}, .same = true, .input = trunk);
    cnn_add(net, .input = left, LAYERS(trunk, right, trunk));
    cnn_relu(net);
    end(net);
}

/* Channels of different numbers, the trunk's among them. */
static void concat_maps(cnn_net *net) {
    begin(net);
    cnn_layer trunk = last_layer(net);
    cnn_layer left = cnn_conv2d(net, .filters = 3, .kernel = {1, 1});
    cnn_layer right = cnn_conv2d(net, .filters = 17, .kernel = {3, 3}, .same = true, .input = trunk);
    cnn_concat(net, .input = left, LAYERS(trunk, right));
    cnn_conv2d(net, .filters = 4, .kernel = {2, 2});
    end(net);
}

static void concat_same_twice(cnn_net *net) {
    begin(net);
    cnn_layer trunk = last_layer(net);
    cnn_concat(net, LAYERS(trunk, trunk));
    cnn_conv2d(net, .filters = 3, .kernel = {3, 2});
    end(net);
}

/* One value read by a convolution, a sum and a concatenation, which holds it twice. */
static void residual_and_concat(cnn_net *net) {
    begin(net);
    cnn_layer trunk = last_layer(net);
    cnn_conv2d(net, .filters = 4, .kernel = {3, 3}, .same = true);
    cnn_layer sum = cnn_add(net, .other = trunk);
    cnn_concat(net, .input = trunk, LAYERS(sum, trunk));
    cnn_relu(net);
    end(net);
}

/* As in DenseNet: each layer reads all before it. */
static void dense_block(cnn_net *net) {
    cnn_layer maps[5] = {cnn_conv2d(net, .filters = 5, .kernel = {2, 2})};
    for (int i = 1; i < 5; i++) {
        if (i > 1)
            cnn_concat(net, .input = maps[0], .others = maps + 1, .count = i - 1);
        cnn_relu(net);
        maps[i] = cnn_conv2d(net, .filters = 3, .kernel = {3, 3}, .same = true);
    }
    cnn_concat(net, .input = maps[0], .others = maps + 1, .count = 4);
    end(net);
}

/* Flattened maps keep their order in memory; the dense layer behind must know how they were joined. */
static void concat_flattened(cnn_net *net) {
    begin(net);
    cnn_layer trunk = last_layer(net);
    cnn_layer left = cnn_flatten(net);
    cnn_conv2d(net, .filters = 3, .kernel = {3, 3}, .same = true, .input = trunk);
    cnn_flatten(net);
    cnn_concat(net, .other = left);
    cnn_dense(net, .units = 4);
}

static void concat_vectors(cnn_net *net) {
    begin(net);
    cnn_layer flat = cnn_flatten(net);
    cnn_layer first = cnn_dense(net, .units = 7);
    cnn_layer second = cnn_dense(net, .units = 5, .input = flat);
    cnn_concat(net, .input = first, LAYERS(second, first));
    cnn_relu(net);
    cnn_dense(net, .units = 3);
}

static void concat_network_input(cnn_net *net) {
    cnn_conv2d(net, .filters = 3, .kernel = {3, 3}, .same = true);
    cnn_concat(net, .other = CNN_NETWORK_INPUT);
    cnn_conv2d(net, .filters = 3, .kernel = {2, 2});
    end(net);
}

/* ---- Batch normalisation --------------------------------------------------------------------------------- */

static cnn_layer conv_without_bias(cnn_net *net, int64_t filters) {
    return cnn_conv2d(net, .filters = filters, .kernel = {3, 3}, .same = true, .no_bias = true);
}

static void batch_norm(cnn_net *net) {
    begin(net);
    conv_without_bias(net, 5);
    cnn_batch_norm(net, .epsilon = 0.01);
    cnn_relu(net);
    end(net);
}

/* Both ends of the bounds are met; the first one has no convolution before it. */
static void batch_norm_bounded(cnn_net *net) {
    cnn_add_batch_norm(net, NULL);
    cnn_activation(net, .kind = CNN_ACTIVATION_CLIP, .alpha = 0, .beta = 0.7);
    conv_without_bias(net, 17);
    cnn_add_batch_norm(net, NULL);
    cnn_activation(net, .kind = CNN_ACTIVATION_CLIP, .alpha = 0, .beta = 0.5);
    end(net);
}

static void batch_norm_of_input(cnn_net *net) {
    cnn_add_batch_norm(net, NULL);
    cnn_conv2d(net, .filters = 3, .kernel = {2, 2});
    end(net);
}

/* Not to be folded: somebody else reads what it normalises. */
static void batch_norm_beside_another_user(cnn_net *net) {
    begin(net);
    cnn_layer trunk = conv_without_bias(net, 4);
    cnn_add_batch_norm(net, NULL);
    cnn_add(net, .other = trunk);
    end(net);
}

static void batch_norm_of_groups(cnn_net *net) {
    begin(net);
    cnn_conv2d(net, .filters = 6, .kernel = {2, 3}, .groups = 2, .no_bias = true);
    cnn_add_batch_norm(net, NULL);
    end(net);
}

/* A flattened map keeps its order in memory; the second one stands behind a dense layer. */
static void batch_norm_of_vectors(cnn_net *net) {
    begin(net);
    cnn_flatten(net);
    cnn_add_batch_norm(net, NULL);
    cnn_relu(net);
    cnn_dense(net, .units = 17, .no_bias = true);
    cnn_add_batch_norm(net, NULL);
    cnn_relu(net);
    cnn_dense(net, .units = 4, .no_bias = true);
    cnn_add_batch_norm(net, NULL);
}

/* What folding and fusing make one step of: convolution, normalisation, ReLU, pooling. */
static void batch_norm_before_pooling(cnn_net *net) {
    cnn_conv2d(net, .filters = 16, .kernel = {2, 2});
    cnn_relu(net);
    conv_without_bias(net, 32);
    cnn_add_batch_norm(net, NULL);
    cnn_relu(net);
    cnn_max_pool2d(net, .kernel = {2, 2});
    conv_without_bias(net, 16);
    cnn_add_batch_norm(net, NULL);
    cnn_relu(net);
    end(net);
}

static void batch_norm_residual(cnn_net *net) {
    begin(net);
    cnn_layer trunk = last_layer(net);
    conv_without_bias(net, 4);
    cnn_add_batch_norm(net, NULL);
    cnn_relu(net);
    conv_without_bias(net, 4);
    cnn_add_batch_norm(net, NULL);
    cnn_add(net, .other = trunk);
    cnn_relu(net);
    end(net);
}

/* Normalisation and ReLU before the convolution, as in DenseNet; each map is normalised several times. */
static void batch_norm_dense_block(cnn_net *net) {
    cnn_layer maps[4] = {cnn_conv2d(net, .filters = 5, .kernel = {2, 2})};
    for (int i = 1; i < 4; i++) {
        if (i > 1)
            cnn_concat(net, .input = maps[0], .others = maps + 1, .count = i - 1);
        cnn_add_batch_norm(net, NULL);
        cnn_relu(net);
        maps[i] = conv_without_bias(net, 3);
    }
    cnn_concat(net, .input = maps[0], .others = maps + 1, .count = 3);
    end(net);
}

/* ---- Dense layers, activations, ends ------------------------------------------------------------------- */

static void dense_stack(cnn_net *net) {
    cnn_flatten(net);
    cnn_dense(net, .units = 33);
    cnn_relu(net);
    cnn_dense(net, .units = 17, .no_bias = true);
    cnn_relu(net);
    cnn_dense(net, .units = 1);
    cnn_dense(net, .units = 5);
}

static void relu_alone(cnn_net *net) {
    cnn_relu(net);
    begin(net);
    cnn_relu(net);
    end(net);
    cnn_relu(net);
    cnn_dense(net, .units = 4);
}

static void relu_after_flatten(cnn_net *net) {
    cnn_conv2d(net, .filters = 3, .kernel = {3, 3});
    cnn_flatten(net);
    cnn_relu(net);
    cnn_dense(net, .units = 4);
}

static void softmax_between(cnn_net *net) {
    begin(net);
    cnn_softmax(net);
    cnn_flatten(net);
    cnn_dense(net, .units = 6);
    cnn_softmax(net);
    cnn_dense(net, .units = 3);
}

static void ending_in_softmax(cnn_net *net) {
    begin(net);
    end(net);
    cnn_softmax(net);
}

/* As networks end whose file flattens the probabilities. */
static void ending_in_softmax_and_flatten(cnn_net *net) {
    begin(net);
    cnn_conv2d(net, .filters = 3, .kernel = {2, 2});
    cnn_global_avg_pool2d(net);
    cnn_softmax(net);
    cnn_flatten(net);
}

static void ending_in_logits(cnn_net *net) {
    begin(net);
    end(net);
}

static void ending_in_one_sigmoid(cnn_net *net) {
    cnn_conv2d(net, .filters = 4, .kernel = {2, 2});
    cnn_relu(net);
    cnn_flatten(net);
    cnn_dense(net, .units = 1);
    cnn_activation(net, .kind = CNN_ACTIVATION_SIGMOID);
}

static void ending_in_relu(cnn_net *net) {
    begin(net);
    end(net);
    cnn_relu(net);
}

/* More inputs, units and images than the dense layers' blocks hold. */
static void several_blocks(cnn_net *net) {
    cnn_conv2d(net, .filters = 4, .kernel = {3, 2});
    cnn_relu(net);
    cnn_flatten(net);
    cnn_dense(net, .units = 40);
    cnn_relu(net);
    cnn_dense(net, .units = 3);
}

/* Groups of eight channels, one pixel of which is a kilobyte away from the next. */
static void conv_many_groups(cnn_net *net) {
    cnn_conv2d(net, .filters = 256, .kernel = {1, 1});
    cnn_conv2d(net, .filters = 256, .kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 1, 1, 0},
               .groups = 32);
    end(net);
}

/* Slices of two or three images whose tiles are multiplied together; channels beyond one block of weights. */
static void winograd_of_several_images(cnn_net *net) {
    cnn_conv2d(net, .filters = 48, .kernel = {2, 2});
    cnn_conv2d(net, .filters = 80, .kernel = {3, 3}, .same = true);
    end(net);
}

/* ---- What the plan fuses: 3x3 convolutions of whole vectors of channels before a 2x2 pooling
 * --------------- */

#define FUSED_CASE(name, ...)                                                                                \
    static void name(cnn_net *net) {                                                                         \
        cnn_conv2d(net, .filters = 32, .kernel = {2, 2});                                                    \
        cnn_relu(net);                                                                                       \
        cnn_conv2d(net, .filters = 16, .kernel = {3, 3}, __VA_ARGS__);                                       \
        cnn_relu(net);                                                                                       \
        cnn_max_pool2d(net, .kernel = {2, 2});                                                               \
        end(net);                                                                                            \
    }

FUSED_CASE(fused_pooling, .no_bias = false)
FUSED_CASE(fused_pooling_no_bias, .no_bias = true)
FUSED_CASE(fused_pooling_same, .same = true)
FUSED_CASE(fused_pooling_padding, .padding = {0, 3, 2, 1})

#define WINOGRAD_CASE(name, ...)                                                                             \
    static void name(cnn_net *net) {                                                                         \
        cnn_conv2d(net, .filters = 16, .kernel = {2, 2});                                                    \
        cnn_relu(net);                                                                                       \
        cnn_conv2d(net, .filters = 32, .kernel = {3, 3}, __VA_ARGS__);                                       \
        cnn_relu(net);                                                                                       \
        cnn_conv2d(net, .filters = 2, .kernel = {2, 2});                                                     \
        end(net);                                                                                            \
    }

WINOGRAD_CASE(winograd, .no_bias = false)
WINOGRAD_CASE(winograd_no_bias, .no_bias = true)
WINOGRAD_CASE(winograd_same, .same = true)
WINOGRAD_CASE(winograd_padding, .padding = {0, 2, 1, 1})
WINOGRAD_CASE(winograd_wide_padding, .padding = {3, 0, 1, 2})

static void fused_pooling_without_relu(cnn_net *net) {
    cnn_conv2d(net, .filters = 16, .kernel = {3, 2});
    cnn_conv2d(net, .filters = 48, .kernel = {3, 3}, .same = true);
    cnn_max_pool2d(net, .kernel = {2, 2});
    cnn_relu(net);
    end(net);
}

/* Not to be fused: somebody else reads what the pooling reads. */
static void pooling_beside_another_user(cnn_net *net) {
    cnn_conv2d(net, .filters = 16, .kernel = {2, 2});
    cnn_layer shared = cnn_conv2d(net, .filters = 16, .kernel = {3, 3}, .same = true);
    cnn_max_pool2d(net, .kernel = {2, 2}, .stride = {2, 2});
    cnn_layer pooled = cnn_conv2d(net, .filters = 16, .kernel = {1, 1});
    cnn_max_pool2d(net, .kernel = {2, 2}, .stride = {2, 2}, .input = shared);
    cnn_add(net, .other = pooled);
    end(net);
}

#define INPUT .input = {.channels = 2, .height = 9, .width = 7}
#define CASE(function)                                                                                       \
    { .name = #function, INPUT, .build = function }

static const net_case net_cases[] = {
    CASE(conv_non_square),
    CASE(conv_1x1),
    CASE(conv_no_bias),
    CASE(conv_padding),
    CASE(conv_padding_asymmetric),
    CASE(conv_padding_wider_than_kernel),
    CASE(conv_same),
    CASE(conv_same_even_kernel),
    CASE(conv_same_stride),
    CASE(conv_same_dilation),
    CASE(conv_stride),
    CASE(conv_stride_columns),
    CASE(conv_stride_past_kernel),
    CASE(conv_stride_padding),
    CASE(conv_dilation),
    CASE(conv_groups),
    CASE(conv_depthwise),
    CASE(conv_depthwise_twice),
    CASE(conv_depthwise_stride),
    CASE(conv_depthwise_everything),
    CASE(conv_bounded),
    CASE(conv_everything),
    CASE(conv_whole_input),
    CASE(conv_wide),
    CASE(conv_chain),
    CASE(conv_last),
    CASE(max_pool),
    CASE(max_pool_overlapping),
    CASE(max_pool_padded),
    CASE(max_pool_gaps),
    CASE(avg_pool),
    CASE(avg_pool_padded),
    CASE(avg_pool_count_pad),
    CASE(avg_pool_global),
    CASE(global_poolings),
    CASE(conv_relu_max_pool),
    CASE(conv_max_pool_relu),
    CASE(fused_pooling),
    CASE(fused_pooling_no_bias),
    CASE(fused_pooling_same),
    CASE(fused_pooling_padding),
    CASE(fused_pooling_without_relu),
    CASE(winograd),
    CASE(winograd_no_bias),
    CASE(winograd_same),
    CASE(winograd_padding),
    CASE(winograd_wide_padding),
    CASE(pooling_beside_another_user),
    CASE(residual),
    {.name = "fan_out",
     INPUT,
     .build = fan_out,
     .update = {.label_smoothing = 0.1}}, /* else the loss is too near to zero for float */
    CASE(relu_beside_another_user),
    CASE(add_network_input),
    CASE(add_vectors),
    CASE(add_many),
    CASE(concat_maps),
    CASE(concat_same_twice),
    CASE(residual_and_concat),
    CASE(dense_block),
    CASE(concat_flattened),
    CASE(concat_vectors),
    CASE(concat_network_input),
    CASE(batch_norm),
    CASE(batch_norm_bounded),
    CASE(batch_norm_of_input),
    CASE(batch_norm_beside_another_user),
    CASE(batch_norm_of_groups),
    {.name = "batch_norm_of_vectors", INPUT, .build = batch_norm_of_vectors, .batch = 7},
    {.name = "batch_norm_before_pooling", INPUT, .build = batch_norm_before_pooling, .batch = 3},
    {.name = "batch_norm_in_more_images_than_slices", INPUT, .build = batch_norm, .batch = 19},
    CASE(batch_norm_residual),
    CASE(batch_norm_dense_block),
    CASE(dense_stack),
    CASE(relu_alone),
    CASE(relu_after_flatten),
    CASE(softmax_between),
    {.name = "cross-entropy after a softmax", INPUT, .build = ending_in_softmax},
    {.name = "cross-entropy after a softmax that is flattened",
     INPUT,
     .build = ending_in_softmax_and_flatten},
    {.name = "cross-entropy of logits", INPUT, .build = ending_in_logits},
    {.name = "cross-entropy after a ReLU", INPUT, .build = ending_in_relu},
    {.name = "label smoothing", INPUT, .build = ending_in_softmax, .update = {.label_smoothing = 0.2}},
    {.name = "binary cross-entropy", INPUT, .build = ending_in_one_sigmoid},
    {.name = "label smoothing of two classes",
     INPUT,
     .build = ending_in_one_sigmoid,
     .update = {.label_smoothing = 0.2}},
    {.name = "squared error of one sigmoid",
     INPUT,
     .build = ending_in_one_sigmoid,
     .update = {.loss = CNN_LOSS_MEAN_SQUARED}},
    {.name = "squared error of logits",
     INPUT,
     .build = ending_in_logits,
     .update = {.loss = CNN_LOSS_MEAN_SQUARED}},
    {.name = "squared error after a softmax",
     INPUT,
     .build = ending_in_softmax,
     .update = {.loss = CNN_LOSS_MEAN_SQUARED}},
    {.name = "squared error after a ReLU",
     INPUT,
     .build = ending_in_relu,
     .update = {.loss = CNN_LOSS_MEAN_SQUARED}},
    {.name = "conv_many_groups",
     .input = {.channels = 2, .height = 5, .width = 4},
     .build = conv_many_groups,
     .batch = 2},
    {.name = "winograd_of_several_images",
     .input = {.channels = 2, .height = 8, .width = 7},
     .build = winograd_of_several_images,
     .batch = 37},
    {.name = "winograd_tall",
     .input = {.channels = 2, .height = 12, .width = 22},
     .build = winograd_same,
     .batch = 3},
    {.name = "fused_pooling_tall",
     .input = {.channels = 2, .height = 12, .width = 22},
     .build = fused_pooling_same,
     .batch = 2},
    {.name = "several_blocks",
     .input = {.channels = 2, .height = 13, .width = 10},
     .build = several_blocks,
     .batch = 70},
    {0},
};

const net_case *net_case_list(void) {
    enum { MAX_CASES = 240 };
    static net_case cases[MAX_CASES + 1];
    int count = 0;
    for (const net_case *c = net_cases; c->name && count < MAX_CASES; c++)
        cases[count++] = *c;
    for (const cnn_op *const *op = cnn_ops(); *op; op++)
        for (const oracle_case *c = oracle_layer_of(*op)->cases; c->name && count < MAX_CASES; c++)
            cases[count++] = (net_case){.name = c->name, .text = c->lines};
    assert_true(count < MAX_CASES);
    return cases;
}

static cnn_net *net_case_parse(const net_case *c) {
    char text[1024];
    cnn_net *net;
    cnn_error error;
    snprintf(text, sizeof text, "input 2x9x7\nconv 4 2x2\n%s\nflatten\ndense 3\n", c->text);
    if (cnn_net_parse(&net, text, c->name, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

static bool is_variance(const cnn_parameter *parameter) {
    return strcmp(parameter->spec.suffix, "running_var") == 0;
}

cnn_net *net_case_build(const net_case *c) {
    cnn_net *net = c->text ? net_case_parse(c) : cnn_net_new(&c->input);
    cnn_random random;
    if (c->build)
        c->build(net);
    if (cnn_net_status(net) != CNN_OK)
        fail_msg("%s: %s", c->name, cnn_net_error(net));
    assert_int_equal(cnn_net_initialise(net, 11), CNN_OK);
    cnn_random_seed(&random, 12);
    for (int64_t p = 0; p < net->parameter_count; p++)
        for (int64_t k = 0; k < net->parameters[p].elements; k++)
            if (net->parameters[p].spec.shape.rank == 1)
                net->values[net->parameters[p].offset + k] =
                    (float)(cnn_random_uniform(&random) + (is_variance(&net->parameters[p]) ? 0.1 : -0.4));
    const float mean[] = {0.4f, 0.6f}, deviation[] = {0.5f, 0.25f};
    assert_int_equal(cnn_net_set_normalisation(net, mean, deviation, NULL), CNN_OK);
    return net;
}

float *net_case_images(const cnn_net *net, int64_t count) {
    const int64_t values = count * cnn_shape_elements(&net->input);
    float *images = cnn_allocate((size_t)values, sizeof *images, "images", NULL);
    cnn_random random;
    assert_non_null(images);
    cnn_random_seed(&random, 13);
    for (int64_t i = 0; i < values; i++)
        images[i] = (float)cnn_random_uniform(&random);
    return images;
}

int32_t *net_case_labels(const cnn_net *net, int64_t count) {
    int32_t *labels = cnn_allocate((size_t)count, sizeof *labels, "labels", NULL);
    cnn_random random;
    assert_non_null(labels);
    cnn_random_seed(&random, 14);
    for (int64_t i = 0; i < count; i++)
        labels[i] = (int32_t)cnn_random_below(&random, cnn_net_classes(net));
    return labels;
}
