// The functions under the C macros, as C++ uses them: an options struct each.
#include <cnn.h>

#include <cstdio>

static int64_t parameters_of_a_small_network()
{
    cnn_input_options input{};
    input.channels = 1;
    input.height = 28;
    input.width = 28;
    cnn_net *net = cnn_net_new(&input);

    cnn_conv2d_options conv{};
    conv.filters = 32;
    conv.kernel[0] = conv.kernel[1] = 3;
    cnn_add_conv2d(net, &conv);
    cnn_add_relu(net, nullptr);
    cnn_pool2d_options pool{};
    pool.kernel[0] = 2;
    cnn_add_max_pool2d(net, &pool);
    cnn_dropout_options dropout{};
    dropout.rate = 0.25;
    cnn_add_dropout(net, &dropout);
    cnn_add_flatten(net, nullptr);
    cnn_dense_options dense{};
    dense.units = 10;
    cnn_add_dense(net, &dense);
    cnn_add_softmax(net, nullptr);

    if (cnn_net_status(net) != CNN_OK)
        std::fprintf(stderr, "%s\n", cnn_net_error(net));
    const int64_t parameters = cnn_net_status(net) == CNN_OK ? cnn_net_parameters(net) : -1;
    cnn_net_free(net);
    return parameters;
}

int main()
{
    const int64_t expected = 32 * (3 * 3 + 1) + 10 * (32 * 13 * 13 + 1);
    const int64_t found = parameters_of_a_small_network();
    std::printf("%lld parameters, expected %lld\n", (long long)found, (long long)expected);
    return found == expected ? 0 : 1;
}
