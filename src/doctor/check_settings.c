/* Settings that do not suit the network or its images: no normalisation, batch normalisation of a few images. */
#include "doctor/check.h"

#include "doctor/pixels.h"
#include "graph/net.h"

#include <inttypes.h>
#include <stdio.h>

/* Mean and variance of fewer images than this are too uncertain to train with (Wu and He 2018,
 * "Group Normalization", arXiv:1803.08494, figure 1: the error grows sharply below 8). */
enum { SMALLEST_BATCH = 8 };

/* ---- Normalisation ------------------------------------------------------------------------------------ */

static bool changes_nothing(const cnn_net *net) {
    bool nothing = true;
    for (int64_t c = 0; c < net->input.dim[0]; c++)
        nothing = nothing && net->mean[c] == 0 && net->deviation[c] == 1;
    return nothing;
}

/* Whether the first layer with parameters normalises by itself. */
static bool normalises_itself(const cnn_net *net) {
    int64_t first = 0;
    while (first < net->node_count && net->nodes[first].parameters == 0)
        first++;
    return first < net->node_count &&
           (net->nodes[first].op == &cnn_op_batch_norm || net->nodes[first].op == &cnn_op_instance_norm);
}

/* Only of a run: a model from elsewhere may have its normalisation in its weights, and a network that is not trained gets
 * that of its images. */
static cnn_status look_at_normalisation(const cnn_patient *patient, cnn_diagnosis *diagnosis,
                                        cnn_error *error) {
    const cnn_net *net = patient->options->net;
    const cnn_data *data = patient->part[CNN_SPLIT_TRAIN];
    if (!net || !data || !patient->record.there || !changes_nothing(net) || normalises_itself(net))
        return CNN_OK;
    cnn_finding finding = {.check = "normalisation", .severity = CNN_WARNING};
    const cnn_spread spread = cnn_spread_of_data(data);
    snprintf(finding.what, sizeof finding.what, "the pixels are not normalised");
    snprintf(finding.where, sizeof finding.where, "input of the network");
    snprintf(
        finding.evidence, sizeof finding.evidence,
        "the network subtracts 0 and divides by 1; the pixels of the training images have a mean of %.3f "
        "and a deviation of %.3f",
        spread.mean, spread.deviation);
    snprintf(
        finding.advice, sizeof finding.advice,
        "train without --mean, --std and --scale: the normalisation is then that of the training images; "
        "or give their values");
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

/* ---- Batch normalisation ------------------------------------------------------------------------------ */

static const cnn_node *first_batch_norm(const cnn_net *net) {
    for (int64_t i = 0; i < net->node_count; i++)
        if (net->nodes[i].op == &cnn_op_batch_norm && !net->nodes[i].frozen)
            return &net->nodes[i];
    return NULL;
}

static cnn_status look_at_batch(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    const cnn_node *norm = patient->options->net ? first_batch_norm(patient->options->net) : NULL;
    const int64_t batch = patient->train.batch;
    if (!norm || !patient->will_train || batch >= SMALLEST_BATCH)
        return CNN_OK;
    cnn_finding finding = {.check = "batch_norm", .severity = CNN_WARNING};
    snprintf(finding.what, sizeof finding.what, "batch normalisation has too few images in a batch");
    snprintf(finding.where, sizeof finding.where, "layer %.100s and others of its kind", norm->name);
    snprintf(finding.evidence, sizeof finding.evidence,
             "a batch has %" PRId64
             " %s; mean and variance of fewer than %d images change from batch to batch, and "
             "differ from the running ones that the trained network uses",
             batch, batch == 1 ? "image" : "images", SMALLEST_BATCH);
    snprintf(finding.advice, sizeof finding.advice,
             "train with --batch 16 or more, or with a network without batch normalisation");
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

cnn_status cnn_check_settings(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    cnn_status status = look_at_normalisation(patient, diagnosis, error);
    return status == CNN_OK ? look_at_batch(patient, diagnosis, error) : status;
}
