/* What an ensemble answers for each image of a data set, and how much of it is right. */
#include "base/memory.h"
#include "base/numbers.h"
#include "data/dataset.h"
#include "predict/ensemble.h"
#include "predict/measure.h"

#include <inttypes.h>
#include <math.h>

/* What is known of the images, as outputs of the first network. */
static void take_truth(const cnn_data *data, const int32_t *class_of, cnn_ensemble_answers *answers) {
    for (int64_t i = 0; i < answers->images; i++) {
        if (answers->labels)
            answers->labels[i] = class_of[cnn_data_label(data, i)];
        for (int64_t c = 0; answers->targets && c < cnn_data_outputs(data); c++)
            answers->targets[i * answers->classes + (data->multi_label ? class_of[c] : c)] =
                cnn_data_targets(data, i)[c];
    }
}

static cnn_status match_truth(const cnn_net *net, const cnn_data *data, cnn_ensemble_answers *answers,
                              cnn_error *error) {
    int32_t *class_of = cnn_allocate((size_t)cnn_data_classes(data), sizeof *class_of, "the classes", error);
    const bool numbers = cnn_data_kind_of(data) == CNN_DATA_NUMBERS;
    if (!class_of)
        return CNN_ERROR_MEMORY;
    cnn_status status = numbers ? CNN_OK : cnn_match_classes(net, data, class_of, &answers->by_name, error);
    if (status == CNN_OK)
        take_truth(data, class_of, answers);
    cnn_free(class_of);
    return status;
}

/* Whether the ensemble answers what the data ask. */
static cnn_status check_truth(const cnn_ensemble *ensemble, const cnn_data *data, cnn_error *error) {
    const cnn_data_kind kind = cnn_data_kind_of(data);
    const cnn_output_kind given = cnn_ensemble_kind(ensemble);
    if (kind == CNN_DATA_MULTI_LABEL && given != CNN_OUTPUT_SIGMOIDS)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "an image of %s may have several classes, but the network does not end in a sigmoid "
                        "for each of several classes",
                        cnn_data_origin(data));
    if (kind == CNN_DATA_NUMBERS && given != CNN_OUTPUT_VALUES)
        return cnn_fail(
            error, CNN_ERROR_ARGUMENT,
            "the data of %s have numeric targets and no classes: let the ensemble average outputs",
            cnn_data_origin(data));
    if (kind == CNN_DATA_NUMBERS && cnn_data_outputs(data) != cnn_ensemble_classes(ensemble))
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "the data of %s have %" PRId64 " targets per image, but the network has %" PRId64
                        " outputs",
                        cnn_data_origin(data), cnn_data_outputs(data), cnn_ensemble_classes(ensemble));
    return CNN_OK;
}

/* log(sum(exp(x))) without overflow. */
static double log_sum_exp(const double *values, int64_t count) {
    double largest = values[0], sum = 0;
    for (int64_t i = 1; i < count; i++)
        largest = fmax(largest, values[i]);
    for (int64_t i = 0; i < count; i++)
        sum += exp(values[i] - largest);
    return largest + log(sum);
}

/* The mean binary cross-entropy of logits. */
static double sigmoids_loss(const double *logits, const float *targets, int32_t label, int64_t classes) {
    double sum = 0;
    for (int64_t c = 0; c < classes; c++) {
        const bool belongs = targets ? targets[c] > 0.5f : c == label;
        sum += cnn_log_one_plus_exp(belongs ? -logits[c] : logits[c]);
    }
    return sum / (double)classes;
}

static double squared_loss(const double *outputs, const float *targets, int64_t values) {
    double sum = 0;
    for (int64_t i = 0; i < values; i++)
        sum += (outputs[i] - (double)targets[i]) * (outputs[i] - (double)targets[i]);
    return sum / (double)values;
}

/* The sum of the losses of images from `first` on. Outputs of no kind are taken for logits where there are labels. */
static double add_losses(const cnn_ensemble_answers *a, cnn_output_kind kind, const double *scores,
                         int64_t first, int64_t count) {
    double sum = 0;
    for (int64_t i = first; i < first + count; i++, scores += a->classes) {
        const float *targets = a->targets ? a->targets + i * a->classes : NULL;
        const int32_t label = a->labels ? a->labels[i] : -1;
        if (kind == CNN_OUTPUT_SIGMOIDS)
            sum += sigmoids_loss(scores, targets, label, a->classes);
        else if (targets)
            sum += squared_loss(scores, targets, a->classes);
        else
            sum += log_sum_exp(scores, a->classes) - scores[label];
    }
    return sum;
}

static cnn_status answer_all(cnn_ensemble *ensemble, const cnn_data *data, float *images,
                             cnn_ensemble_answers *a, cnn_error *error) {
    const int64_t batch = cnn_ensemble_batch(ensemble);
    cnn_status status = CNN_OK;
    for (int64_t first = 0; first < a->images && status == CNN_OK; first += batch) {
        const int64_t count = cnn_min(a->images - first, batch);
        const double *scores;
        status = cnn_data_images(data, first, count, images, error);
        if (status == CNN_OK)
            status = cnn_ensemble_run_batch(ensemble, images, count, first, &scores, error);
        if (status != CNN_OK)
            return status;
        cnn_ensemble_probabilities(ensemble, scores, count, a->probabilities + first * a->classes);
        a->loss += add_losses(a, cnn_ensemble_kind(ensemble), scores, first, count);
    }
    a->loss /= (double)a->images;
    return status;
}

/* With room for a batch of images. */
static cnn_status answer(cnn_ensemble *ensemble, const cnn_data *data, cnn_ensemble_answers *a,
                         cnn_error *error) {
    const cnn_net *net = cnn_ensemble_net(ensemble);
    const size_t pixels = (size_t)cnn_shape_elements(&net->input) * sizeof(float);
    a->images = cnn_data_count(data);
    a->classes = cnn_ensemble_classes(ensemble);
    a->probabilities = cnn_allocate((size_t)a->images, (size_t)a->classes * sizeof *a->probabilities,
                                    "the probabilities", error);
    if (data->targets)
        a->targets =
            cnn_allocate((size_t)a->images, (size_t)a->classes * sizeof *a->targets, "the targets", error);
    else
        a->labels = cnn_allocate((size_t)a->images, sizeof *a->labels, "the labels", error);
    float *images = cnn_allocate((size_t)cnn_ensemble_batch(ensemble), pixels, "a batch of images", error);
    cnn_status status = a->probabilities && (a->labels || a->targets) && images ? CNN_OK : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = match_truth(net, data, a, error);
    if (status == CNN_OK)
        status = answer_all(ensemble, data, images, a, error);
    cnn_free(images);
    return status;
}

cnn_status cnn_ensemble_answer(cnn_ensemble *ensemble, const cnn_data *data, cnn_ensemble_answers *answers,
                               cnn_error *error) {
    cnn_status status = cnn_required(error, ensemble, data, answers);
    if (status != CNN_OK)
        return status;
    *answers = (cnn_ensemble_answers){0};
    status = cnn_check_data(cnn_ensemble_net(ensemble), data, error);
    if (status == CNN_OK)
        status = check_truth(ensemble, data, error);
    if (status == CNN_OK)
        status = answer(ensemble, data, answers, error);
    if (status != CNN_OK)
        cnn_ensemble_answers_free(answers);
    return status;
}

void cnn_ensemble_answers_free(cnn_ensemble_answers *answers) {
    if (!answers)
        return;
    cnn_free(answers->probabilities);
    cnn_free(answers->labels);
    cnn_free(answers->targets);
    *answers = (cnn_ensemble_answers){0};
}

cnn_status cnn_ensemble_evaluate(const cnn_ensemble_answers *answers, cnn_evaluation *evaluation,
                                 cnn_error *error) {
    cnn_status status = cnn_required(error, answers, evaluation);
    if (status != CNN_OK)
        return status;
    const int64_t classes = answers->classes;
    *evaluation = (cnn_evaluation){
        .images = answers->images, .classes = classes, .loss = answers->loss, .by_name = answers->by_name};
    if (answers->images < 1 || !answers->labels)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there are no answers with labels to evaluate");
    evaluation->confusion = cnn_allocate((size_t)classes, (size_t)classes * sizeof *evaluation->confusion,
                                         "the confusion matrix", error);
    if (!evaluation->confusion)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < answers->images; i++) {
        const int64_t predicted = cnn_largest(answers->probabilities + i * classes, classes);
        evaluation->confusion[answers->labels[i] * classes + predicted]++;
        evaluation->correct += predicted == answers->labels[i];
    }
    evaluation->accuracy = (double)evaluation->correct / (double)answers->images;
    return CNN_OK;
}
