#include "lab/shift_counts.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "predict/score.h"

enum { BATCH = 128, IMAGES = 2000 };

typedef struct counter {
    const cnn_experiment *experiment;
    const cnn_net *net;
    const cnn_data *data;
    cnn_predictor *predictor;
    float *images, *shifted, *outputs, *probabilities; /* of a batch */
    int32_t *output_of;                                /* each label of the data */
    int64_t shape[3];
} counter;

static cnn_status make(counter *c, cnn_error *error) {
    const size_t image = (size_t)cnn_data_image_bytes(c->data) * sizeof(float);
    const cnn_predictor_options options = {.batch = BATCH, .threads = c->experiment->options->threads};
    c->images = cnn_allocate(BATCH, image, "the images of a batch", error);
    c->shifted = cnn_allocate(BATCH, image, "the shifted images of a batch", error);
    c->outputs =
        cnn_allocate(BATCH, (size_t)cnn_net_outputs(c->net) * sizeof(float), "the outputs of a batch", error);
    c->probabilities = cnn_allocate(BATCH, (size_t)cnn_net_classes(c->net) * sizeof(float),
                                    "the probabilities of a batch", error);
    c->output_of =
        cnn_allocate((size_t)c->data->classes, sizeof *c->output_of, "the outputs of the classes", error);
    if (!c->images || !c->shifted || !c->outputs || !c->probabilities || !c->output_of)
        return CNN_ERROR_MEMORY;
    cnn_data_shape(c->data, c->shape);
    cnn_status status = cnn_match_classes(c->net, c->data, c->output_of, NULL, error);
    return status == CNN_OK ? cnn_predictor_new(&c->predictor, c->net, &options, error) : status;
}

static void release(counter *c) {
    cnn_predictor_free(c->predictor);
    cnn_free(c->images);
    cnn_free(c->shifted);
    cnn_free(c->outputs);
    cnn_free(c->probabilities);
    cnn_free(c->output_of);
}

/* Number k of the images that are shifted, as one of the test images. */
static int64_t test_image(const counter *c, int64_t k) {
    return cnn_lab_spread(k, c->experiment->lab->shifted_images, c->data->count);
}

/* How many of a batch's images are classified correctly, shifted. */
static cnn_status count_batch(counter *c, int64_t first, int64_t count, int64_t down, int64_t right,
                              int64_t *correct, cnn_error *error) {
    const int64_t image = cnn_data_image_bytes(c->data), classes = cnn_net_classes(c->net);
    for (int64_t i = 0; i < count; i++)
        cnn_lab_shift(c->images + i * image, c->shape, down, right, c->shifted + i * image);
    cnn_status status = cnn_predictor_run(c->predictor, c->shifted, count, c->outputs, error);
    if (status == CNN_OK)
        status = cnn_net_probabilities(c->net, c->outputs, count, c->probabilities, error);
    for (int64_t i = 0; status == CNN_OK && i < count; i++)
        *correct += cnn_largest(c->probabilities + i * classes, classes) ==
                    c->output_of[c->data->labels[test_image(c, first + i)]];
    return status;
}

static cnn_status shift_batch(counter *c, int64_t first, int64_t count, cnn_lab_network *network,
                              cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < count; i++)
        status = cnn_data_images(c->data, test_image(c, first + i), 1,
                                 c->images + i * cnn_data_image_bytes(c->data), error);
    for (int64_t k = 0; status == CNN_OK && k < CNN_LAB_SIDE * CNN_LAB_SIDE; k++)
        status = count_batch(c, first, count, k / CNN_LAB_SIDE - CNN_LAB_LARGEST_SHIFT,
                             k % CNN_LAB_SIDE - CNN_LAB_LARGEST_SHIFT,
                             &network->shifted[k / CNN_LAB_SIDE][k % CNN_LAB_SIDE], error);
    return status;
}

cnn_status cnn_lab_count_shifted(const cnn_experiment *experiment, const cnn_net *net, const char *doing,
                                 cnn_lab_network *network, cnn_error *error) {
    counter c = {.experiment = experiment, .net = net, .data = experiment->images.part[CNN_SPLIT_TEST]};
    const int64_t all = cnn_min(IMAGES, c.data->count);
    experiment->lab->shifted_images = all;
    cnn_status status = make(&c, error);
    for (int64_t first = 0; status == CNN_OK && first < all; first += BATCH) {
        status = shift_batch(&c, first, cnn_min(BATCH, all - first), network, error);
        if (status == CNN_OK)
            status = cnn_experiment_report(experiment, doing,
                                           (double)cnn_min(first + BATCH, all) / (double)all, error);
    }
    release(&c);
    return status;
}
