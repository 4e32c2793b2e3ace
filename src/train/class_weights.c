#include "train/class_weights.h"

#include "base/memory.h"
#include "data/dataset.h"

#include <inttypes.h>
#include <math.h>

static cnn_status check_given(const cnn_training *training, cnn_error *error) {
    const cnn_train_options *options = &training->state.options;
    const int64_t classes = cnn_data_classes(training->data);
    double sum = 0;
    if (options->class_weight_count != classes)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "%" PRId64 " class_weights, but the data have %" PRId64 " classes",
                        options->class_weight_count, classes);
    for (int64_t i = 0; i < classes; i++) {
        const double weight = (double)options->class_weights[i];
        if (!(weight >= 0) || !isfinite(weight))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "the weight of class \"%s\" must be a number of at least 0, not %g",
                            cnn_data_class(training->data, i), weight);
        sum += weight;
    }
    return sum > 0 ? CNN_OK
                   : cnn_fail(error, CNN_ERROR_ARGUMENT,
                              "all class_weights are 0: there would be nothing to learn");
}

/* Images in which a class is twice as rare count twice as much; together they count as many as there are. */
static cnn_status balance(const cnn_training *training, float *weights, cnn_error *error) {
    const cnn_holdout *holdout = &training->holdout;
    const int64_t classes = cnn_data_classes(training->data);
    const int64_t *indices = holdout->indices + holdout->validation;
    int64_t *counts = cnn_allocate((size_t)classes, sizeof *counts, "the classes' images", error), there = 0;
    if (!counts)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < holdout->training; i++)
        counts[cnn_data_label(training->data, indices[i])]++;
    for (int64_t i = 0; i < classes; i++)
        there += counts[i] > 0;
    for (int64_t i = 0; i < classes; i++)
        if (counts[i] > 0)
            weights[training->output_of[i]] =
                (float)((double)holdout->training / ((double)there * (double)counts[i]));
    cnn_free(counts);
    return CNN_OK;
}

static cnn_status take(cnn_training *training, cnn_error *error) {
    const cnn_train_options *options = &training->state.options;
    if (options->balance_classes)
        return balance(training, training->class_weights, error);
    const cnn_status status = check_given(training, error);
    for (int64_t i = 0; status == CNN_OK && i < options->class_weight_count; i++)
        training->class_weights[training->output_of[i]] = options->class_weights[i];
    return status;
}

cnn_status cnn_training_weigh_classes(cnn_training *training, cnn_error *error) {
    const cnn_train_options *options = &training->state.options;
    const int64_t classes = cnn_net_classes(training->state.net);
    if (!options->balance_classes && !options->class_weights)
        return CNN_OK;
    if (training->data->targets)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "weights of classes need labels, but the data have numeric targets");
    training->class_weights =
        cnn_allocate((size_t)classes, sizeof *training->class_weights, "the weights of classes", error);
    if (!training->class_weights)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < classes; i++)
        training->class_weights[i] = 1;
    const cnn_status status = take(training, error);
    cnn_trainer_set_class_weights(training->trainer, training->class_weights);
    return status;
}
