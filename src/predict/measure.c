#include "predict/measure.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "data/dataset.h"
#include "predict/loss_choice.h"

enum { MIN_BATCH = 16, MAX_BATCH = 128, BATCH_VALUES = 1 << 21 };

int64_t cnn_measuring_batch(const cnn_net *net) {
    const int64_t fitting = BATCH_VALUES / cnn_shape_elements(&net->input);
    return cnn_min(cnn_max(fitting, MIN_BATCH), MAX_BATCH);
}

int64_t *cnn_all_indices(int64_t count, cnn_error *error) {
    int64_t *indices = cnn_allocate((size_t)count, sizeof *indices, "the order of the images", error);
    for (int64_t i = 0; indices && i < count; i++)
        indices[i] = i;
    return indices;
}

cnn_status cnn_check_data(const cnn_net *net, const cnn_data *data, cnn_error *error) {
    if (cnn_net_status(net) != CNN_OK)
        return cnn_fail(error, cnn_net_status(net), "%s", cnn_net_error(net));
    if (cnn_net_layers(net) == 0)
        return cnn_fail(error, CNN_ERROR_SHAPE, "the network has no layers");
    int64_t dim[3];
    cnn_data_shape(data, dim);
    cnn_shape shape = cnn_shape_of(3, dim);
    char takes[CNN_SHAPE_TEXT], found[CNN_SHAPE_TEXT];
    if (!cnn_shape_equal(&shape, &net->input))
        return cnn_fail(
            error, CNN_ERROR_SHAPE,
            "the network takes images of %s (channels x rows x columns), but those of %s are %s: open the "
            "data in the network's shape, or build an untrained network for them (cnn_net_fit)",
            cnn_shape_text(&net->input, takes), cnn_data_origin(data), cnn_shape_text(&shape, found));
    return CNN_OK;
}

/* Which output each label of the data stands for. */
static cnn_status match_classes(cnn_measuring *measuring, const cnn_net *net, const cnn_data *data,
                                cnn_error *error) {
    measuring->output_of = cnn_allocate((size_t)cnn_data_classes(data), sizeof *measuring->output_of,
                                        "the outputs of the classes", error);
    if (!measuring->output_of)
        return CNN_ERROR_MEMORY;
    return cnn_match_classes(net, data, measuring->output_of, &measuring->by_name, error);
}

cnn_status cnn_measuring_start(cnn_measuring *measuring, const cnn_net *net, const cnn_data *data,
                               cnn_loss loss, cnn_predictor_options options, cnn_error *error) {
    *measuring =
        (cnn_measuring){.outputs = cnn_net_outputs(net), .classes = cnn_net_classes(net), .loss = loss};
    options.batch = cnn_measuring_batch(net);
    cnn_status status = cnn_check_targets(net, data, loss, error);
    if (status == CNN_OK)
        status = match_classes(measuring, net, data, error);
    if (status == CNN_OK)
        status = cnn_loss_of_logits(loss)
                     ? cnn_predictor_new_of_logits(&measuring->predictor, net, &options, error)
                     : cnn_predictor_new(&measuring->predictor, net, &options, error);
    cnn_loader_options feed = {.batch = options.batch,
                               .mean = net->mean,
                               .deviation = net->deviation,
                               .outputs = measuring->output_of};
    if (status == CNN_OK)
        status = cnn_loader_new(&measuring->loader, data, &feed, error);
    if (status != CNN_OK)
        cnn_measuring_free(measuring);
    return status;
}

void cnn_measuring_free(cnn_measuring *measuring) {
    cnn_loader_free(measuring->loader);
    cnn_predictor_free(measuring->predictor);
    cnn_free(measuring->output_of); /* the loader reads it */
    *measuring = (cnn_measuring){0};
}

/* Count each image of the batch by label and prediction. */
static void add_confusion(const cnn_measuring *measuring, const float *outputs, const cnn_batch *batch,
                          int64_t *confusion) {
    for (int64_t i = 0; i < batch->count; i++) {
        const float *row = outputs + i * measuring->outputs;
        confusion[batch->labels[i] * measuring->classes +
                  cnn_predicted_class(row, measuring->outputs, measuring->loss)]++;
    }
}

cnn_score cnn_measure(cnn_measuring *measuring, const int64_t *indices, int64_t count, int64_t *confusion) {
    cnn_score total = {0};
    cnn_batch batch;
    cnn_loader_start(measuring->loader, indices, count, 0, 0);
    while ((batch = cnn_loader_next(measuring->loader)).count > 0) {
        const float *outputs = cnn_predictor_run_prepared(measuring->predictor, batch.images, batch.count);
        cnn_score score = batch.targets ? cnn_score_by_targets(outputs, batch.targets, batch.count,
                                                               measuring->outputs, measuring->loss)
                                        : cnn_score_outputs(outputs, batch.labels, batch.count,
                                                            measuring->outputs, measuring->loss);
        total.loss += score.loss;
        total.correct += score.correct;
        if (confusion)
            add_confusion(measuring, outputs, &batch, confusion);
    }
    return total;
}
