/* What a network answers for each image of a data set: the two most probable classes. */
#include "cnn_ensemble.h"

#include "base/status.h"
#include "data/dataset.h"
#include "predict/measure.h"

#include <inttypes.h>

/* The two largest of a row. */
static cnn_answer answer_of(const float *values, int64_t classes) {
    cnn_answer answer = {.predicted = 0, .second = -1, .probability = values[0]};
    for (int32_t i = 1; i < classes; i++)
        if (values[i] > answer.probability) {
            answer.second = answer.predicted;
            answer.second_probability = answer.probability;
            answer.predicted = i;
            answer.probability = values[i];
        } else if (answer.second < 0 || values[i] > answer.second_probability) {
            answer.second = i;
            answer.second_probability = values[i];
        }
    return answer;
}

cnn_status cnn_ensemble_list(const cnn_ensemble_answers *answers, cnn_answer *list, cnn_error *error) {
    cnn_status status = cnn_required(error, answers, list);
    if (status == CNN_OK && answers->images && !answers->labels)
        status = cnn_fail(error, CNN_ERROR_ARGUMENT, "the answers have targets instead of labels");
    for (int64_t i = 0; status == CNN_OK && i < answers->images; i++) {
        list[i] = answer_of(answers->probabilities + i * answers->classes, answers->classes);
        list[i].label = answers->labels[i];
    }
    return status;
}

/* The answers of a single network. */
static cnn_status ask(const cnn_net *net, const cnn_data *data, int threads, cnn_ensemble_answers *answers,
                      cnn_error *error) {
    cnn_ensemble *ensemble;
    cnn_status status =
        cnn_ensemble_new(&ensemble, &net, 1, &(cnn_ensemble_options){.threads = threads}, error);
    if (status == CNN_OK)
        status = cnn_ensemble_answer(ensemble, data, answers, error);
    cnn_ensemble_free(ensemble);
    return status;
}

cnn_status cnn_answers(const cnn_net *net, const cnn_data *data, int threads, cnn_answer *answers,
                       int64_t count, cnn_error *error) {
    cnn_status status = cnn_required(error, net, data, answers);
    if (status == CNN_OK)
        status = cnn_check_data(net, data, error);
    if (status == CNN_OK && count != cnn_data_count(data))
        status = cnn_fail(error, CNN_ERROR_ARGUMENT,
                          "room for %" PRId64 " answers, but there are %" PRId64 " images", count,
                          cnn_data_count(data));
    cnn_ensemble_answers found = {0};
    if (status == CNN_OK)
        status = ask(net, data, threads, &found, error);
    if (status == CNN_OK)
        status = cnn_ensemble_list(&found, answers, error);
    cnn_ensemble_answers_free(&found);
    return status;
}
