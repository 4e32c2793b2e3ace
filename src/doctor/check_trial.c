/* What a short training shows: a loss that is no number or rises, gradients that vanish or explode on their way back,
 * updates too large or too small for the weights they change. */
#include "doctor/activations.h"
#include "doctor/course.h"
#include "doctor/layers.h"
#include "doctor/trial.h"

#include "data/dataset.h"
#include "predict/measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* The largest update of a trial; a thousandth to a fiftieth of the weights' norm is usual. */
static const double TOO_LARGE = 0.25;

/* ---- The loss ----------------------------------------------------------------------------------------- */

static void say_rate(const cnn_patient *patient, cnn_finding *finding) {
    snprintf(finding->advice, sizeof finding->advice,
             "try a learning rate of %.3g instead of %.3g (--lr), or clip the gradients (--clip-norm 1)",
             patient->train.update.learning_rate / 10, patient->train.update.learning_rate);
}

static cnn_status add_divergence(const cnn_patient *patient, const cnn_trial *trial, cnn_diagnosis *diagnosis,
                                 cnn_error *error) {
    cnn_finding finding = {.check = "not_finite", .severity = CNN_FAULT};
    const int64_t iteration = trial->iterations + 1;
    snprintf(finding.what, sizeof finding.what, "training diverges");
    if (trial->bad_node >= 0) {
        const cnn_node *node = &trial->net->nodes[trial->bad_node];
        snprintf(finding.where, sizeof finding.where, "iteration %" PRId64 ", layer %.100s (%s)", iteration,
                 node->name, node->op->word);
        snprintf(finding.evidence, sizeof finding.evidence,
                 "its output is the first that is not finite in a trial from fresh weights; the loss is %g",
                 trial->bad_loss);
    } else {
        snprintf(finding.where, sizeof finding.where, "iteration %" PRId64 ", the loss", iteration);
        snprintf(finding.evidence, sizeof finding.evidence,
                 "in a trial from fresh weights the loss has grown from %.4g to %.4g", trial->first_loss,
                 trial->bad_loss);
    }
    say_rate(patient, &finding);
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

/* ---- Gradients and updates ---------------------------------------------------------------------------- */

static cnn_status look_at_gradients(const cnn_layer_view *view, cnn_diagnosis *diagnosis, cnn_error *error) {
    cnn_finding finding;
    return cnn_gradients_are_wrong(view, &finding) ? cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error)
                                                   : CNN_OK;
}

static cnn_status look_at_updates(const cnn_patient *patient, const cnn_trial *trial,
                                  const cnn_layer_view *view, cnn_diagnosis *diagnosis, cnn_error *error) {
    cnn_finding finding;
    if (trial->iterations == 0 || !cnn_updates_are_wrong(view, &finding))
        return CNN_OK;
    const int64_t largest = cnn_largest_update(view);
    snprintf(finding.where, sizeof finding.where, "layer %.100s, iteration %" PRId64 ", learning rate %.3g",
             trial->layers[largest].layer, trial->at[largest], patient->train.update.learning_rate);
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

static cnn_status look_at_layers(const cnn_patient *patient, const cnn_trial *trial, cnn_diagnosis *diagnosis,
                                 cnn_error *error) {
    char measured[80];
    cnn_layer_view view = {.layers = trial->layers,
                           .count = trial->layer_count,
                           .when = "",
                           .measured = "with fresh weights",
                           .too_large = TOO_LARGE};
    cnn_status status = look_at_gradients(&view, diagnosis, error);
    snprintf(measured, sizeof measured, "in a trial of %" PRId64 " iterations from fresh weights",
             trial->iterations);
    view.measured = measured;
    return status == CNN_OK ? look_at_updates(patient, trial, &view, diagnosis, error) : status;
}

/* The loss has risen above that of guessing. */
static cnn_status look_at_loss(const cnn_patient *patient, const cnn_trial *trial, cnn_diagnosis *diagnosis,
                               cnn_error *error) {
    const cnn_data *data = patient->part[CNN_SPLIT_TRAIN];
    double guessing = NAN;
    const cnn_status status = cnn_loss_of_guessing(data, &guessing, error);
    if (status != CNN_OK || !(trial->last_loss > 1.1 * fmax(guessing, trial->first_loss)))
        return status;
    cnn_finding finding = {.check = "updates", .severity = CNN_FAULT};
    snprintf(finding.what, sizeof finding.what, "the loss rises: the learning rate is too high");
    snprintf(finding.where, sizeof finding.where, "learning rate %.3g, iteration %d of a trial",
             patient->train.update.learning_rate, CNN_TRIAL_ITERATIONS);
    snprintf(finding.evidence, sizeof finding.evidence,
             "the loss was %.4g with fresh weights and is %.4g after %d updates; that of guessing is %.4g",
             trial->first_loss, trial->last_loss, CNN_TRIAL_ITERATIONS, guessing);
    say_rate(patient, &finding);
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

/* ---- All of it ---------------------------------------------------------------------------------------- */

static cnn_status judge(const cnn_patient *patient, const cnn_trial *trial, cnn_diagnosis *diagnosis,
                        cnn_error *error) {
    cnn_status status = look_at_layers(patient, trial, diagnosis, error);
    if (trial->iterations < CNN_TRIAL_ITERATIONS)
        return status == CNN_OK ? add_divergence(patient, trial, diagnosis, error) : status;
    if (status == CNN_OK)
        status = look_at_loss(patient, trial, diagnosis, error);
    const cnn_activation_request request = {.net = trial->net,
                                            .data = patient->part[CNN_SPLIT_TRAIN],
                                            .images = 200,
                                            .threads = patient->options->threads,
                                            .relus_alone = true,
                                            .when = "after a trial, "};
    if (status == CNN_OK && !patient->options->trained)
        status = cnn_check_activations_of(&request, diagnosis, error);
    return status;
}

cnn_status cnn_check_trial(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    const cnn_data *data = patient->part[CNN_SPLIT_TRAIN];
    const cnn_net *net = patient->options->net;
    if (!data || !net || !patient->will_train || net->untrainable)
        return CNN_OK;
    cnn_trial trial = {0};
    cnn_status status = cnn_check_data(net, data, error);
    if (status == CNN_OK)
        status = cnn_trial_run(&trial, patient, error);
    if (status == CNN_OK)
        status = judge(patient, &trial, diagnosis, error);
    cnn_trial_free(&trial);
    return status;
}
