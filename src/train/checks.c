#include "train/checks.h"

#include "data/dataset.h"
#include "graph/output.h"
#include "predict/loss_choice.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_softmax(const cnn_op *op) {
    return op == &cnn_op_softmax || op == &cnn_op_log_softmax;
}

static bool is_cross_entropy(const cnn_setup *setup) {
    return setup->options->update.loss == CNN_LOSS_CROSS_ENTROPY;
}

/* ---- What the network ends in ---------------------------------------------------------------------- */

/* The loss must suit the end of the network. */
static cnn_status loss_belongs_to_outputs(const cnn_setup *setup, cnn_error *error) {
    return cnn_loss_check(setup->net, setup->options->update.loss, error);
}

/* Cross-entropy compares classes of which one is right; several sigmoids are independent. */
static cnn_status sigmoids_are_not_exclusive(const cnn_setup *setup, cnn_error *error) {
    const cnn_net *net = setup->net;
    if (!is_cross_entropy(setup) || cnn_net_output_kind(net) != CNN_OUTPUT_SIGMOIDS)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "the network ends in %s, a sigmoid for each of %" PRId64
                    " outputs, but cross-entropy needs "
                    "mutually exclusive classes: use softmax instead of sigmoid, or leave the loss at its "
                    "default, binary cross-entropy",
                    net->nodes[cnn_output_node(net)].name, cnn_net_outputs(net));
}

/* The layer whose outputs are the logits. */
static int logits_node(const cnn_net *net) {
    int node = cnn_output_node(net);
    if (node >= 0 && is_softmax(net->nodes[node].op))
        node = net->nodes[node].input[0];
    while (node >= 0 && net->nodes[node].op->kind == CNN_VIEW)
        node = net->nodes[node].input[0];
    return node;
}

/* Scores that a ReLU or tanh bounds cannot express every probability. */
static cnn_status logits_have_any_size(const cnn_setup *setup, cnn_error *error) {
    const cnn_net *net = setup->net;
    const int logits = logits_node(net);
    const char *range = logits < 0 ? NULL : cnn_output_range(net->nodes[logits].op);
    if (!is_cross_entropy(setup) || !range)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "cross-entropy needs unbounded scores, but they come from %s (%s), whose outputs are %s: "
                    "remove that layer, or put a dense layer after it",
                    net->nodes[logits].name, net->nodes[logits].op->word, range);
}

/* Walk back over layers without parameters: a softmax among them must not be followed by another layer. */
static cnn_status softmax_is_last(const cnn_setup *setup, cnn_error *error) {
    const cnn_net *net = setup->net;
    const cnn_node *behind = NULL;
    int i = (int)net->node_count - 1;
    for (; i >= 0 && net->nodes[i].parameters == 0 && net->nodes[i].inputs == 1; i = net->nodes[i].input[0]) {
        const cnn_node *node = &net->nodes[i];
        if (is_cross_entropy(setup) && behind && is_softmax(node->op))
            return cnn_fail(
                error, CNN_ERROR_ARGUMENT,
                "%s (%s) is followed by %s (%s), but cross-entropy needs the %s to come last: remove "
                "%s",
                node->name, node->op->word, behind->name, behind->op->word, node->op->word, behind->name);
        if (node->op->kind != CNN_VIEW)
            behind = node;
    }
    return CNN_OK;
}

/* ---- Batches --------------------------------------------------------------------------------------- */

/* Images in the last, smallest batch of an epoch. */
static int64_t last_batch(int64_t images, int64_t batch) {
    return (images - 1) % batch + 1;
}

/* The largest batch up to `batch` that leaves no single image; else 0. */
static int64_t better_batch(int64_t images, int64_t batch) {
    while (batch > 1 && last_batch(images, batch) == 1)
        batch--;
    return batch > 1 ? batch : 0;
}

/* Whether a normalisation has only one value of each channel per image. */
static bool needs_several_images(const cnn_node *node) {
    const int64_t *dim = node->output.dim;
    const bool single = node->output.rank == 1 || dim[1] * dim[2] == 1;
    return node->op == &cnn_op_batch_norm && !node->frozen && single;
}

static const cnn_node *first_that_needs_several_images(const cnn_net *net) {
    for (int64_t i = 0; i < net->node_count; i++)
        if (needs_several_images(&net->nodes[i]))
            return &net->nodes[i];
    return NULL;
}

/* Batch normalisation of a single value would always give 0. */
static cnn_status normalisation_has_a_batch(const cnn_setup *setup, cnn_error *error) {
    const cnn_node *norm = first_that_needs_several_images(setup->net);
    const int64_t images = setup->holdout->training, batch = setup->options->batch;
    if (!norm || last_batch(images, batch) > 1)
        return CNN_OK;
    const int64_t better = better_batch(images, batch > 1 ? batch : 32);
    char advice[64] = "give more images";
    if (better)
        snprintf(advice, sizeof advice, "use a batch size of %" PRId64, better);
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "%s (batchnorm) normalises single values over the images of a batch, which needs two or "
                    "more, but with %" PRId64 " training images and batch size %" PRId64 " %s 1 image: %s",
                    norm->name, images, batch,
                    batch == 1 ? "every batch has" : "the last batch of an epoch has", advice);
}

/* ---- Labels ----------------------------------------------------------------------------------------- */

/* As many numeric targets as outputs, in the training and the validation data. */
static cnn_status targets_belong_to_outputs(const cnn_setup *setup, cnn_error *error) {
    const cnn_data *validation = setup->options->validation_data;
    if (validation && !validation->targets != !setup->data->targets)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "either both the training images and the validation images must have numeric "
                        "targets, or neither");
    return cnn_check_targets(setup->net, setup->data, setup->options->update.loss, error);
}

/* A network learns nothing from images of a single class. */
static cnn_status labels_differ(const cnn_setup *setup, cnn_error *error) {
    if (setup->data->targets)
        return CNN_OK;
    const cnn_holdout *holdout = setup->holdout;
    const int64_t *training = holdout->indices + holdout->validation;
    const int32_t first = cnn_data_label(setup->data, training[0]);
    for (int64_t i = 1; i < holdout->training; i++)
        if (cnn_data_label(setup->data, training[i]) != first)
            return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "there is nothing to learn: all %" PRId64
                    " training images of %s belong to class \"%s\"; give "
                    "images of at least two classes",
                    holdout->training, cnn_data_origin(setup->data), cnn_data_class(setup->data, first));
}

/* ---- All of them ----------------------------------------------------------------------------------- */

typedef cnn_status (*check)(const cnn_setup *setup, cnn_error *error);

/* The first failure is reported; mistakes in the outputs come first. */
static const check checks[] = {
    targets_belong_to_outputs,
    loss_belongs_to_outputs,
    sigmoids_are_not_exclusive,
    softmax_is_last,
    logits_have_any_size,
    normalisation_has_a_batch,
    labels_differ,
};

cnn_status cnn_check_setup(const cnn_setup *setup, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < sizeof checks / sizeof checks[0]; i++)
        status = checks[i](setup, error);
    return status;
}
