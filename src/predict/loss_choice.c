#include "predict/loss_choice.h"

#include "data/dataset.h"

#include <inttypes.h>

const char *const cnn_loss_words[] = {
    "default", "cross-entropy", "binary cross-entropy", "mean squared error", "Huber", NULL};

bool cnn_loss_of_logits(cnn_loss loss) {
    return loss == CNN_LOSS_CROSS_ENTROPY || loss == CNN_LOSS_BINARY_CROSS_ENTROPY;
}

/* Whether the network ends in one sigmoid or several. */
static bool ends_in_sigmoids(const cnn_net *net) {
    const cnn_output_kind kind = cnn_net_output_kind(net);
    return kind == CNN_OUTPUT_BINARY || kind == CNN_OUTPUT_SIGMOIDS;
}

cnn_loss cnn_loss_of(const cnn_net *net, cnn_loss asked) {
    if (asked != CNN_LOSS_DEFAULT)
        return asked;
    return ends_in_sigmoids(net) ? CNN_LOSS_BINARY_CROSS_ENTROPY : CNN_LOSS_CROSS_ENTROPY;
}

cnn_status cnn_loss_check(const cnn_net *net, cnn_loss loss, cnn_error *error) {
    const bool binary = cnn_net_output_kind(net) == CNN_OUTPUT_BINARY;
    if (loss == CNN_LOSS_CROSS_ENTROPY && binary)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "cross-entropy needs one output per class, but the network ends in a single sigmoid: "
                        "leave the loss at its default, binary cross-entropy");
    if (loss == CNN_LOSS_BINARY_CROSS_ENTROPY && !ends_in_sigmoids(net))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "binary cross-entropy needs a network that ends in a single sigmoid (dense 1, then "
                        "sigmoid), or in a sigmoid for each class that an image may have (dense N, then "
                        "sigmoid), but this one has %" PRId64
                        " outputs and does not end in a single sigmoid or several: "
                        "change its last layers, or leave the loss at its default",
                        cnn_net_outputs(net));
    return CNN_OK;
}

cnn_loss cnn_loss_for(const cnn_net *net, const cnn_data *data, cnn_loss asked) {
    if (asked == CNN_LOSS_DEFAULT && data->targets)
        return data->multi_label ? CNN_LOSS_BINARY_CROSS_ENTROPY : CNN_LOSS_MEAN_SQUARED;
    return cnn_loss_of(net, asked);
}

/* What a softmax or sigmoids give cannot become other numbers. */
static cnn_status check_numbers(const cnn_net *net, const cnn_data *data, cnn_error *error) {
    const cnn_output_kind kind = cnn_net_output_kind(net);
    if (kind != CNN_OUTPUT_PROBABILITIES && !ends_in_sigmoids(net))
        return CNN_OK;
    for (int64_t i = 0; i < data->count * data->targets_per_image; i++)
        if (!(data->targets[i] >= 0 && data->targets[i] <= 1))
            return cnn_fail(
                error, CNN_ERROR_ARGUMENT,
                "target %g of image %" PRId64
                " (from 0) is outside of 0..1, but the network ends in %s, whose outputs are not: "
                "remove that layer",
                (double)data->targets[i], i / data->targets_per_image,
                kind == CNN_OUTPUT_PROBABILITIES ? "a softmax" : "sigmoids");
    return CNN_OK;
}

/* Whether the loss is one for such targets. */
static cnn_status check_target_loss(const cnn_data *data, cnn_loss loss, cnn_error *error) {
    if (loss == CNN_LOSS_MEAN_SQUARED || loss == CNN_LOSS_HUBER ||
        (data->multi_label && loss == CNN_LOSS_BINARY_CROSS_ENTROPY))
        return CNN_OK;
    if (data->multi_label)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "an image of these data may have several classes, for which the loss must be binary "
                        "cross-entropy, not %s",
                        cnn_loss_words[loss]);
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "the data have numeric targets, for which the loss must be the mean squared error or "
                    "Huber's, not %s",
                    cnn_loss_words[loss]);
}

cnn_status cnn_check_targets(const cnn_net *net, const cnn_data *data, cnn_loss loss, cnn_error *error) {
    if (!data->targets)
        return CNN_OK;
    cnn_status status = check_target_loss(data, loss, error);
    if (status != CNN_OK)
        return status;
    if (data->targets_per_image != cnn_net_outputs(net))
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "the data have %" PRId64 " targets per image, but the network has %" PRId64
                        " outputs: the numbers "
                        "must be equal",
                        data->targets_per_image, cnn_net_outputs(net));
    return data->multi_label ? CNN_OK : check_numbers(net, data, error);
}
