/* What an ensemble answers for each image of a data set, and how much of it is right. */
#include "base/memory.h"
#include "base/numbers.h"
#include "data/dataset.h"
#include "predict/ensemble.h"
#include "predict/measure.h"

#include <math.h>

/* Labels of the data as classes of the first network. */
static cnn_status label_images(const cnn_net *net, const cnn_data *data, cnn_ensemble_answers *answers,
                               cnn_error *error) {
    int32_t *class_of = cnn_allocate((size_t)cnn_data_classes(data), sizeof *class_of, "the classes", error);
    if (!class_of)
        return CNN_ERROR_MEMORY;
    cnn_status status = cnn_match_classes(net, data, class_of, &answers->by_name, error);
    for (int64_t i = 0; i < answers->images && status == CNN_OK; i++)
        answers->labels[i] = class_of[cnn_data_label(data, i)];
    cnn_free(class_of);
    return status;
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

/* The sum of the losses: scores are logarithms of probabilities, or outputs that are taken for logits. */
static double add_losses(const double *scores, const int32_t *labels, int64_t count, int64_t classes) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++, scores += classes)
        sum += log_sum_exp(scores, classes) - scores[labels[i]];
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
        a->loss += add_losses(scores, a->labels + first, count, a->classes);
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
    a->classes = cnn_net_classes(net);
    a->probabilities = cnn_allocate((size_t)a->images, (size_t)a->classes * sizeof *a->probabilities,
                                    "the probabilities", error);
    a->labels = cnn_allocate((size_t)a->images, sizeof *a->labels, "the labels", error);
    float *images = cnn_allocate((size_t)cnn_ensemble_batch(ensemble), pixels, "a batch of images", error);
    cnn_status status = a->probabilities && a->labels && images ? CNN_OK : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = label_images(net, data, a, error);
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
    if (status == CNN_OK && data->targets)
        status = cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                          "the data have numeric targets and no classes: cnn_evaluate measures those");
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
    if (answers->images < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there are no answers to evaluate");
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
