/* The default learning rate, chosen by what the network is. */
#include "graph/net.h"
#include "train/options.h"

enum { DEEP = 12 }; /* layers with weights that are trained */
static const double SMALL_SHARE = 0.1;

static bool is_normalisation(const cnn_op *op) {
    return op == &cnn_op_batch_norm || op == &cnn_op_group_norm || op == &cnn_op_instance_norm ||
           op == &cnn_op_layer_norm;
}

/* Without normalisation nothing holds the values of a deep network where they are but its weights: steps that suit one with
 * normalisation throw it out of what it has learnt. */
static bool bears_small_steps_only(const cnn_net *net) {
    int64_t layers = 0;
    for (int64_t i = 0; i < net->node_count; i++) {
        const cnn_node *node = &net->nodes[i];
        if (is_normalisation(node->op))
            return false;
        layers += node->op->macs && node->parameters > 0 && !node->frozen;
    }
    return layers >= DEEP;
}

cnn_status cnn_train_options_complete_for(const cnn_net *net, cnn_train_options *options, bool *lowered,
                                          cnn_error *error) {
    const bool chosen = options->update.learning_rate != 0;
    *lowered = false;
    cnn_status status = cnn_train_options_complete(options, error);
    if (status != CNN_OK || chosen || !net || !options->keep_parameters || !bears_small_steps_only(net))
        return status;
    options->update.learning_rate *= SMALL_SHARE;
    *lowered = true;
    return CNN_OK;
}
