/* What a network answers for each image of a data set. */
#include "cnn_report.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "base/status.h"
#include "predict/measure.h"

#include <inttypes.h>
#include <string.h>

/* A network that goes through the images, batch by batch. */
typedef struct asking {
    const cnn_net *net;
    const cnn_data *data;
    cnn_predictor *predictor;
    float *images, *outputs, *values; /* a batch of: pixels, cnn_net_outputs, classes */
    int32_t *expected;                /* the class of each label of the data */
    int64_t classes;
} asking;

static cnn_status prepare(asking *a, int threads, cnn_error *error) {
    const cnn_predictor_options options = {.batch = CNN_MEASURING_BATCH, .threads = threads};
    int64_t shape[3];
    cnn_net_input(a->net, shape);
    a->classes = cnn_net_classes(a->net);
    cnn_status status = cnn_predictor_new(&a->predictor, a->net, &options, error);
    if (status != CNN_OK)
        return status;
    const size_t batch = CNN_MEASURING_BATCH * sizeof(float);
    a->images = cnn_allocate((size_t)(shape[0] * shape[1] * shape[2]), batch, "a batch of images", error);
    a->outputs = cnn_allocate((size_t)cnn_net_outputs(a->net), batch, "a batch of outputs", error);
    a->values = cnn_allocate((size_t)a->classes, batch, "a batch of probabilities", error);
    a->expected = cnn_allocate((size_t)cnn_data_classes(a->data), sizeof *a->expected, "the classes", error);
    if (!a->images || !a->outputs || !a->values || !a->expected)
        return CNN_ERROR_MEMORY;
    return cnn_match_classes(a->net, a->data, a->expected, NULL, error);
}

static void release(asking *a) {
    cnn_predictor_free(a->predictor);
    cnn_free(a->images);
    cnn_free(a->outputs);
    cnn_free(a->values);
    cnn_free(a->expected);
}

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

static cnn_status ask_batch(asking *a, int64_t first, int64_t count, cnn_answer *answers, cnn_error *error) {
    cnn_status status = cnn_data_images(a->data, first, count, a->images, error);
    if (status == CNN_OK)
        status = cnn_predictor_run(a->predictor, a->images, count, a->outputs, error);
    if (status == CNN_OK && cnn_net_output_kind(a->net) == CNN_OUTPUT_VALUES)
        memcpy(a->values, a->outputs, (size_t)(count * a->classes) * sizeof *a->values);
    else if (status == CNN_OK)
        status = cnn_net_probabilities(a->net, a->outputs, count, a->values, error);
    for (int64_t i = 0; i < count && status == CNN_OK; i++) {
        answers[i] = answer_of(a->values + i * a->classes, a->classes);
        answers[i].label = a->expected[cnn_data_label(a->data, first + i)];
    }
    return status;
}

static cnn_status ask_all(asking *a, cnn_answer *answers, cnn_error *error) {
    const int64_t images = cnn_data_count(a->data);
    cnn_status status = CNN_OK;
    for (int64_t first = 0; first < images && status == CNN_OK; first += CNN_MEASURING_BATCH)
        status = ask_batch(a, first, cnn_min(images - first, CNN_MEASURING_BATCH), answers + first, error);
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
    if (status != CNN_OK)
        return status;
    asking a = {.net = net, .data = data};
    status = prepare(&a, threads, error);
    if (status == CNN_OK)
        status = ask_all(&a, answers, error);
    release(&a);
    return status;
}
