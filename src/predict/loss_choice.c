#include "predict/loss_choice.h"

#include "data/dataset.h"

#include <inttypes.h>

const char *const cnn_loss_words[] = {"default", "cross-entropy", "binary cross-entropy",
                                      "mean squared error", NULL};

cnn_loss cnn_loss_of(const cnn_net *net, cnn_loss asked) {
    if (asked != CNN_LOSS_DEFAULT)
        return asked;
    return cnn_net_output_kind(net) == CNN_OUTPUT_BINARY ? CNN_LOSS_BINARY_CROSS_ENTROPY
                                                         : CNN_LOSS_CROSS_ENTROPY;
}

cnn_status cnn_loss_check(const cnn_net *net, cnn_loss loss, cnn_error *error) {
    const bool binary = cnn_net_output_kind(net) == CNN_OUTPUT_BINARY;
    if (loss == CNN_LOSS_CROSS_ENTROPY && binary)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "cross-entropy needs one output per class, but the network ends in a single sigmoid: "
                        "leave the loss at its default, binary cross-entropy");
    if (loss == CNN_LOSS_BINARY_CROSS_ENTROPY && !binary)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "binary cross-entropy needs a network that ends in a single sigmoid (dense 1, then "
                        "sigmoid), but this one has %" PRId64
                        " outputs and does not end in a single sigmoid: "
                        "change its last layers, or leave the loss at its default",
                        cnn_net_outputs(net));
    return CNN_OK;
}

cnn_loss cnn_loss_for(const cnn_net *net, const cnn_data *data, cnn_loss asked) {
    return cnn_loss_of(net, asked == CNN_LOSS_DEFAULT && data->targets ? CNN_LOSS_MEAN_SQUARED : asked);
}

cnn_status cnn_check_targets(const cnn_net *net, const cnn_data *data, cnn_loss loss, cnn_error *error) {
    if (!data->targets)
        return CNN_OK;
    if (loss != CNN_LOSS_MEAN_SQUARED)
        return cnn_fail(
            error, CNN_ERROR_ARGUMENT,
            "the data have numeric targets, for which the loss must be the mean squared error, not %s",
            cnn_loss_words[loss]);
    if (data->targets_per_image != cnn_net_outputs(net))
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "the data have %" PRId64 " targets per image, but the network has %" PRId64
                        " outputs: the numbers "
                        "must be equal",
                        data->targets_per_image, cnn_net_outputs(net));
    return CNN_OK;
}
