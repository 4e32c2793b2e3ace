#include "base/memory.h"
#include "data/dataset.h"
#include "predict/loss_choice.h"
#include "predict/measure.h"

#include <math.h>

/* Accuracy and loss over all images, batch by batch, with the confusion matrix. */
static void measure_all(cnn_measuring *measuring, const int64_t *indices, cnn_evaluation *evaluation) {
    cnn_score score = cnn_measure(measuring, indices, evaluation->images, evaluation->confusion);
    evaluation->correct = score.correct;
    evaluation->accuracy = (double)score.correct / (double)evaluation->images;
    evaluation->loss = score.loss / (double)evaluation->images;
}

cnn_status cnn_evaluate(const cnn_net *net, const cnn_data *data, int threads, cnn_evaluation *evaluation,
                        cnn_error *error) {
    cnn_status status = cnn_required(error, net, data, evaluation);
    if (status != CNN_OK)
        return status;
    *evaluation = (cnn_evaluation){0};
    cnn_measuring measuring = {0};
    status = cnn_check_data(net, data, error);
    if (status == CNN_OK)
        status = cnn_measuring_start(&measuring, net, data, cnn_loss_for(net, data, CNN_LOSS_DEFAULT),
                                     (cnn_predictor_options){.threads = threads}, error);
    if (status != CNN_OK)
        return status;
    evaluation->images = cnn_data_count(data);
    evaluation->classes = data->targets ? 0 : measuring.classes;
    evaluation->by_name = measuring.by_name;
    int64_t *indices = cnn_all_indices(evaluation->images, error);
    if (!data->targets)
        evaluation->confusion =
            cnn_allocate((size_t)evaluation->classes, (size_t)evaluation->classes * sizeof(int64_t),
                         "the confusion matrix", error);
    if (indices && (evaluation->confusion || data->targets))
        measure_all(&measuring, indices, evaluation);
    else
        status = CNN_ERROR_MEMORY;
    if (status == CNN_OK && !isfinite(evaluation->loss))
        status = cnn_fail_outputs(net, "at least one image", error);
    if (status != CNN_OK)
        cnn_evaluation_free(evaluation);
    cnn_measuring_free(&measuring); /* before the indices that its loader reads */
    cnn_free(indices);
    return status;
}

void cnn_evaluation_free(cnn_evaluation *evaluation) {
    if (!evaluation)
        return;
    cnn_free(evaluation->confusion);
    *evaluation = (cnn_evaluation){0};
}
