/* What a short training shows: a loss that is no number or rises, gradients that vanish or explode on their way back,
 * updates too large or too small for the weights they change. */
#include "doctor/activations.h"
#include "doctor/course.h"
#include "doctor/trial.h"

#include "data/dataset.h"
#include "predict/measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The gradients of the layers' weights (root mean squares) differ by a factor of up to 100 in the built-in models. */
static const double VANISHING = 1e-4, EXPLODING = 1e3;
/* An update changes weights by a thousandth to a fiftieth of their norm in a training that goes well. */
static const double TOO_LARGE = 0.25, TOO_SMALL = 1e-6;

static bool is_weight(const cnn_net *net, int64_t k) {
    const cnn_parameter *p = &net->parameters[k];
    return p->spec.decays && p->spec.shape.rank > 1 && !net->nodes[p->node].frozen;
}

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

/* ---- Gradients ---------------------------------------------------------------------------------------- */

/* The weights with the smallest or largest gradient. */
static int64_t extreme_gradient(const cnn_trial *trial, bool largest) {
    int64_t found = -1;
    for (int64_t k = 0; k < trial->net->parameter_count; k++)
        if (is_weight(trial->net, k) &&
            (found < 0 || (trial->tensors[k].gradient > trial->tensors[found].gradient) == largest))
            found = k;
    return found;
}

static cnn_status look_at_gradients(const cnn_trial *trial, cnn_diagnosis *diagnosis, cnn_error *error) {
    const int64_t small = extreme_gradient(trial, false), large = extreme_gradient(trial, true);
    if (small < 0)
        return CNN_OK;
    const double least = trial->tensors[small].gradient, most = trial->tensors[large].gradient;
    const bool vanish = least<VANISHING * most, explode = most> EXPLODING;
    if (!vanish && !explode)
        return CNN_OK;
    cnn_finding finding = {.check = "gradients", .severity = CNN_FAULT};
    const cnn_net *net = trial->net;
    snprintf(finding.what, sizeof finding.what, "gradients %s on their way back",
             explode ? "explode" : "vanish");
    snprintf(finding.where, sizeof finding.where, "layer %.100s",
             net->nodes[net->parameters[explode ? large : small].node].name);
    snprintf(finding.evidence, sizeof finding.evidence,
             "with fresh weights the gradient of %.80s has a root mean square of %.2g, that of %.80s %.2g",
             net->parameters[small].name, least, net->parameters[large].name, most);
    snprintf(finding.advice, sizeof finding.advice,
             "use relu instead of sigmoid or tanh, batch normalisation, fewer layers, or connections that "
             "skip layers (add); the initial weights (init) must suit the activation");
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

/* ---- Updates ------------------------------------------------------------------------------------------ */

/* The weights with the largest update of all. */
static int64_t largest_update(const cnn_trial *trial) {
    int64_t found = -1;
    for (int64_t k = 0; k < trial->net->parameter_count; k++)
        if (is_weight(trial->net, k) &&
            (found < 0 || trial->tensors[k].update > trial->tensors[found].update))
            found = k;
    return found;
}

static cnn_status look_at_updates(const cnn_patient *patient, const cnn_trial *trial,
                                  cnn_diagnosis *diagnosis, cnn_error *error) {
    const int64_t k = largest_update(trial);
    if (k < 0 || (trial->tensors[k].update >= TOO_SMALL && trial->tensors[k].update <= TOO_LARGE))
        return CNN_OK;
    const cnn_trial_tensor *tensor = &trial->tensors[k];
    const cnn_net *net = trial->net;
    const bool large = tensor->update > TOO_LARGE;
    const double rate = patient->train.update.learning_rate;
    cnn_finding finding = {.check = "updates", .severity = large ? CNN_FAULT : CNN_WARNING};
    snprintf(finding.what, sizeof finding.what,
             "updates are too %s for the weights: the learning rate is too %s", large ? "large" : "small",
             large ? "high" : "low");
    snprintf(finding.where, sizeof finding.where, "layer %.100s, iteration %" PRId64 ", learning rate %.3g",
             net->nodes[net->parameters[k].node].name, tensor->at, rate);
    snprintf(finding.evidence, sizeof finding.evidence,
             "in a trial of %" PRId64
             " iterations from fresh weights an update changed %.80s by %.3g times its norm, "
             "the most of "
             "all layers; a thousandth to a fiftieth is usual",
             trial->iterations, net->parameters[k].name, tensor->update);
    snprintf(finding.advice, sizeof finding.advice, "try a learning rate of %.3g instead of %.3g (--lr)",
             large ? rate / 10 : rate * 100, rate);
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

/* The loss has risen above that of guessing. */
static cnn_status look_at_loss(const cnn_patient *patient, const cnn_trial *trial, cnn_diagnosis *diagnosis,
                               cnn_error *error) {
    const cnn_data *data = patient->part[CNN_SPLIT_TRAIN];
    const double guessing = data->targets ? NAN : cnn_loss_of_guessing(data, error);
    if (!(trial->last_loss > 1.1 * fmax(guessing, trial->first_loss)))
        return CNN_OK;
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
    cnn_status status = look_at_gradients(trial, diagnosis, error);
    if (status == CNN_OK)
        status = look_at_updates(patient, trial, diagnosis, error);
    if (trial->iterations < CNN_TRIAL_ITERATIONS)
        return status == CNN_OK ? add_divergence(patient, trial, diagnosis, error) : status;
    if (status == CNN_OK)
        status = look_at_loss(patient, trial, diagnosis, error);
    if (getenv("CNN_DOCTOR_DEBUG")) {
        fprintf(stderr, "loss %g -> %g\n", trial->first_loss, trial->last_loss);
        for (int64_t k = 0; k < trial->net->parameter_count; k++)
            if (is_weight(trial->net, k))
                fprintf(stderr, "%-20s gradient %.2e update %.2e\n", trial->net->parameters[k].name,
                        trial->tensors[k].gradient, trial->tensors[k].update);
    }
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
