#include "doctor/activations.h"

#include "cnn_inspect.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "data/dataset.h"
#include "graph/net.h"
#include "predict/measure.h"
#include "predict/score.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 16, FEWEST_IMAGES = 20 };
/* A layer of which more channels are dead has lost most of what it could tell. Of the large dense layers of the built-in
 * models up to 56 % are dead after a training that went well, of convolutions up to an eighth. */
static const double DEAD = 0.75;
/* Nearly all images are of one class for the network, and far fewer by their labels. */
static const double NEARLY_ALL = 0.99, FAR_FEWER = 0.9;

typedef struct probe {
    const cnn_activation_request *request;
    cnn_inspector *inspector;
    float *images, *values, *probabilities;
    bool **alive;                  /* of each node that is a ReLU: its channels; NULL for others */
    int64_t count;                 /* images */
    int64_t *predicted, *labelled; /* of each class of the network; NULL: it is no classifier */
} probe;

/* ---- Memory ------------------------------------------------------------------------------------------- */

static int64_t channels_of(const cnn_node *node) {
    return node->output.dim[0];
}

static int64_t largest_output(const cnn_net *net) {
    int64_t largest = 1;
    for (int64_t i = 0; i < net->node_count; i++)
        largest = cnn_max(largest, cnn_shape_elements(&net->nodes[i].output));
    return largest;
}

static cnn_status make_channels(probe *p, cnn_error *error) {
    const cnn_net *net = p->request->net;
    p->alive = cnn_allocate((size_t)net->node_count, sizeof *p->alive, "the channels of ReLUs", error);
    for (int64_t i = 0; p->alive && i < net->node_count; i++) {
        if (net->nodes[i].op != &cnn_op_relu)
            continue;
        p->alive[i] = cnn_allocate((size_t)channels_of(&net->nodes[i]), 1, "the channels of a ReLU", error);
        if (!p->alive[i])
            return CNN_ERROR_MEMORY;
    }
    return p->alive ? CNN_OK : CNN_ERROR_MEMORY;
}

static cnn_status make_classes(probe *p, cnn_error *error) {
    const cnn_net *net = p->request->net;
    const size_t classes = (size_t)cnn_net_classes(net);
    if (cnn_net_output_kind(net) == CNN_OUTPUT_VALUES || p->request->data->targets || p->request->relus_alone)
        return CNN_OK;
    p->predicted = cnn_allocate(classes, sizeof *p->predicted, "the predictions", error);
    p->labelled = cnn_allocate(classes, sizeof *p->labelled, "the labels", error);
    p->probabilities = cnn_allocate(BATCH, classes * sizeof(float), "the probabilities", error);
    return p->predicted && p->labelled && p->probabilities ? CNN_OK : CNN_ERROR_MEMORY;
}

static cnn_status start(probe *p, cnn_error *error) {
    const cnn_activation_request *request = p->request;
    const cnn_inspector_options options = {.batch = BATCH, .threads = request->threads, .no_gradients = true};
    const size_t image = (size_t)cnn_shape_elements(&request->net->input),
                 output = (size_t)largest_output(request->net);
    p->images = cnn_allocate(BATCH, image * sizeof(float), "the images of a batch", error);
    p->values = cnn_allocate(BATCH, output * sizeof(float), "the outputs of a layer", error);
    cnn_status status = p->images && p->values ? make_channels(p, error) : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = make_classes(p, error);
    return status == CNN_OK ? cnn_inspector_new(&p->inspector, request->net, &options, error) : status;
}

static void end(probe *p) {
    for (int64_t i = 0; p->alive && i < p->request->net->node_count; i++)
        cnn_free(p->alive[i]);
    cnn_free(p->alive);
    cnn_free(p->images);
    cnn_free(p->values);
    cnn_free(p->probabilities);
    cnn_free(p->predicted);
    cnn_free(p->labelled);
    cnn_inspector_free(p->inspector);
}

/* ---- Running ------------------------------------------------------------------------------------------ */

/* The place of the k-th of the images that are looked at. */
static int64_t place_of(const probe *p, int64_t k) {
    return k * cnn_data_count(p->request->data) / p->count;
}

static cnn_status note_alive(probe *p, int64_t node, int64_t images, cnn_error *error) {
    const cnn_node *relu = &p->request->net->nodes[node];
    const int64_t values = cnn_shape_elements(&relu->output), plane = values / channels_of(relu);
    cnn_status status = cnn_inspector_output(p->inspector, relu->name, p->values, images * values, error);
    for (int64_t i = 0; status == CNN_OK && i < images * values; i++)
        if (p->values[i] > 0)
            p->alive[node][i % values / plane] = true;
    return status;
}

static cnn_status note_classes(probe *p, int64_t first, int64_t images, const int32_t *output_of,
                               cnn_error *error) {
    const cnn_net *net = p->request->net;
    const int64_t classes = cnn_net_classes(net);
    cnn_status status = cnn_inspector_output(p->inspector, net->nodes[net->node_count - 1].name, p->values,
                                             images * cnn_net_outputs(net), error);
    if (status == CNN_OK)
        status = cnn_net_probabilities(net, p->values, images, p->probabilities, error);
    for (int64_t i = 0; status == CNN_OK && i < images; i++) {
        p->predicted[cnn_largest(p->probabilities + i * classes, classes)]++;
        p->labelled[output_of[cnn_data_label(p->request->data, place_of(p, first + i))]]++;
    }
    return status;
}

static cnn_status run_batch(probe *p, int64_t first, const int32_t *output_of, cnn_error *error) {
    const int64_t images = cnn_min(BATCH, p->count - first);
    const int64_t image = cnn_shape_elements(&p->request->net->input);
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < images; i++)
        status = cnn_data_images(p->request->data, place_of(p, first + i), 1, p->images + i * image, error);
    if (status == CNN_OK)
        status = cnn_inspector_run(p->inspector, p->images, images, error);
    for (int64_t i = 0; status == CNN_OK && i < p->request->net->node_count; i++)
        if (p->alive[i])
            status = note_alive(p, i, images, error);
    return status == CNN_OK && p->predicted ? note_classes(p, first, images, output_of, error) : status;
}

static cnn_status run_all(probe *p, cnn_error *error) {
    const cnn_data *data = p->request->data;
    int32_t *output_of =
        cnn_allocate((size_t)cnn_data_classes(data), sizeof *output_of, "the outputs of the classes", error);
    cnn_status status = output_of ? CNN_OK : CNN_ERROR_MEMORY;
    if (status == CNN_OK && p->predicted)
        status = cnn_match_classes(p->request->net, data, output_of, NULL, error);
    for (int64_t first = 0; status == CNN_OK && first < p->count; first += BATCH)
        status = run_batch(p, first, output_of, error);
    cnn_free(output_of);
    return status;
}

/* ---- Findings ----------------------------------------------------------------------------------------- */

static cnn_status judge_relu(const probe *p, int64_t index, cnn_diagnosis *diagnosis, cnn_error *error) {
    const cnn_node *node = &p->request->net->nodes[index];
    const int64_t channels = channels_of(node);
    int64_t dead = 0;
    for (int64_t c = 0; c < channels; c++)
        dead += !p->alive[index][c];
    if ((double)dead <= DEAD * (double)channels)
        return CNN_OK;
    cnn_finding finding = {.check = "dead_relus", .severity = dead == channels ? CNN_FAULT : CNN_WARNING};
    snprintf(finding.what, sizeof finding.what, "%" PRId64 " of %" PRId64 " channels of a ReLU are dead",
             dead, channels);
    snprintf(finding.where, sizeof finding.where, "%slayer %.100s", p->request->when, node->name);
    snprintf(finding.evidence, sizeof finding.evidence,
             "they are not positive anywhere in %" PRId64
             " images, so that no gradient reaches their weights",
             p->count);
    snprintf(finding.advice, sizeof finding.advice,
             "train anew with a lower learning rate or a longer warm-up; batch normalisation before the ReLU "
             "or leakyrelu instead of it keep channels alive");
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

static cnn_status judge_classes(const probe *p, cnn_diagnosis *diagnosis, cnn_error *error) {
    const cnn_net *net = p->request->net;
    const int64_t classes = cnn_net_classes(net);
    int64_t most = 0;
    for (int64_t i = 1; i < classes; i++)
        if (p->predicted[i] > p->predicted[most])
            most = i;
    const double count = (double)p->count, predicted = (double)p->predicted[most] / count,
                 labelled = (double)p->labelled[most] / count;
    if (p->count < FEWEST_IMAGES || predicted < NEARLY_ALL || labelled > FAR_FEWER)
        return CNN_OK;
    cnn_finding finding = {.check = "one_class", .severity = CNN_FAULT};
    const char *name = cnn_net_class(net, most);
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, most);
    snprintf(finding.what, sizeof finding.what, "the network gives one class for everything");
    snprintf(finding.where, sizeof finding.where, "%soutput %" PRId64 " (class %.100s)", p->request->when,
             most, name ? name : number);
    snprintf(finding.evidence, sizeof finding.evidence,
             "%.1f %% of %" PRId64 " images are predicted as it, %.1f %% are labelled so", 100 * predicted,
             p->count, 100 * labelled);
    snprintf(finding.advice, sizeof finding.advice,
             "the network has not learned, or it sees other pixels than in training: try a lower learning "
             "rate, and check range, normalisation and labels of the images");
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

static cnn_status judge(const probe *p, cnn_diagnosis *diagnosis, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < p->request->net->node_count; i++)
        if (p->alive[i])
            status = judge_relu(p, i, diagnosis, error);
    return status == CNN_OK && p->predicted ? judge_classes(p, diagnosis, error) : status;
}

cnn_status cnn_check_activations_of(const cnn_activation_request *request, cnn_diagnosis *diagnosis,
                                    cnn_error *error) {
    probe p = {.request = request, .count = cnn_min(request->images, cnn_data_count(request->data))};
    cnn_status status = cnn_check_data(request->net, request->data, error);
    if (status == CNN_OK)
        status = start(&p, error);
    if (status == CNN_OK)
        status = run_all(&p, error);
    if (status == CNN_OK)
        status = judge(&p, diagnosis, error);
    end(&p);
    return status;
}
