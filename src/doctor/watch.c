/* The cheap checks, after each epoch of a training. */
#include "doctor/activations.h"
#include "doctor/course.h"
#include "doctor/layers.h"

#include "base/memory.h"
#include "data/dataset.h"
#include "graph/net.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { IMAGES = 64, FEWEST_UPDATES = 100 }; /* before which a training has hardly begun */
/* The mean update of an epoch: in those of the built-in models that train well it is 0.012 of the weights at most. */
static const double TOO_LARGE = 0.1;
/* Small updates are right once little is left to learn: when the loss is below this share of that of guessing. */
static const double LEARNT = 0.5;

struct cnn_watch {
    const cnn_net *net;
    const cnn_data *data;
    int threads;
    double guessing; /* the loss of it; NaN: the data have no classes */
    cnn_diagnosis found;
};

cnn_status cnn_watch_new(cnn_watch **watch, const cnn_net *net, const cnn_data *data, int threads,
                         cnn_error *error) {
    if (watch)
        *watch = NULL;
    cnn_status status = cnn_required(error, watch, net, data);
    if (status != CNN_OK)
        return status;
    cnn_watch *made = cnn_allocate(1, sizeof *made, "a watch over training", error);
    if (!made)
        return CNN_ERROR_MEMORY;
    *made = (cnn_watch){.net = net, .data = data, .threads = threads};
    status = cnn_loss_of_guessing(data, &made->guessing, error);
    if (status == CNN_OK)
        *watch = made;
    else
        cnn_free(made);
    return status;
}

void cnn_watch_free(cnn_watch *watch) {
    if (!watch)
        return;
    cnn_diagnosis_free(&watch->found);
    cnn_free(watch);
}

const cnn_diagnosis *cnn_watch_found(const cnn_watch *watch) {
    return watch ? &watch->found : NULL;
}

static cnn_status look_at_course(const cnn_watch *watch, const cnn_progress *progress,
                                 cnn_diagnosis *diagnosis, cnn_error *error) {
    const cnn_epoch_record epoch = {.loss = progress->loss,
                                    .accuracy = progress->accuracy,
                                    .validation_accuracy =
                                        progress->validated ? progress->validation_accuracy : NAN};
    cnn_finding finding;
    cnn_status status = CNN_OK;
    if (cnn_course_is_stuck(&epoch, watch->guessing, &finding)) {
        snprintf(finding.where, sizeof finding.where, "epoch %d", progress->epoch);
        status = cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
    }
    if (status == CNN_OK && cnn_course_is_far_above(&epoch, &finding)) {
        snprintf(finding.where, sizeof finding.where, "epoch %d", progress->epoch);
        status = cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
    }
    return status;
}

/* Where the guessing loss is not known, small updates are not judged. */
static bool should_move(const cnn_watch *watch, const cnn_progress *progress) {
    return progress->loss > LEARNT * watch->guessing;
}

static cnn_status look_at_layers(const cnn_watch *watch, const cnn_progress *progress,
                                 cnn_diagnosis *diagnosis, cnn_error *error) {
    char when[40];
    snprintf(when, sizeof when, "epoch %d, ", progress->epoch);
    const cnn_layer_view view = {.layers = progress->layers,
                                 .count = progress->layer_count,
                                 .when = when,
                                 .measured = "in the mean of the epoch",
                                 .too_large = TOO_LARGE};
    cnn_finding finding;
    cnn_status status = CNN_OK;
    if (cnn_gradients_are_wrong(&view, &finding))
        status = cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
    if (status != CNN_OK || !cnn_updates_are_wrong(&view, &finding) ||
        (finding.severity == CNN_WARNING && !should_move(watch, progress)))
        return status;
    snprintf(finding.where, sizeof finding.where, "%slayer %.100s, learning rate %.3g", when,
             progress->layers[cnn_largest_update(&view)].layer, progress->learning_rate);
    return cnn_diagnosis_add(diagnosis, &finding, CNN_OK, error);
}

static cnn_status look_at_network(const cnn_watch *watch, const cnn_progress *progress,
                                  cnn_diagnosis *diagnosis, cnn_error *error) {
    char when[40];
    snprintf(when, sizeof when, "epoch %d, ", progress->epoch);
    const cnn_activation_request request = {
        .net = watch->net, .data = watch->data, .images = IMAGES, .threads = watch->threads, .when = when};
    return cnn_check_activations_of(&request, diagnosis, error);
}

/* Whether a finding of the same check was made in an epoch before. */
static bool is_known(const cnn_diagnosis *found, const cnn_finding *finding) {
    for (int64_t i = 0; i < found->count; i++)
        if (strcmp(found->findings[i].check, finding->check) == 0)
            return true;
    return false;
}

/* Move the new ones over; the first of a check stands for all. */
static cnn_status take_new(cnn_watch *watch, cnn_diagnosis *now, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < now->count; i++)
        if (!is_known(&watch->found, &now->findings[i]))
            status = cnn_diagnosis_add(&watch->found, &now->findings[i], CNN_OK, error);
    now->count = 0; /* their images are the watch's, and findings of an epoch have none */
    cnn_diagnosis_free(now);
    return status;
}

cnn_status cnn_watch_epoch(cnn_watch *watch, const cnn_progress *progress, cnn_error *error) {
    cnn_diagnosis now = {0};
    cnn_status status = cnn_required(error, watch, progress);
    if (status != CNN_OK || !progress->epoch_ended || progress->epoch * progress->iterations < FEWEST_UPDATES)
        return status;
    status = look_at_course(watch, progress, &now, error);
    if (status == CNN_OK)
        status = look_at_layers(watch, progress, &now, error);
    if (status == CNN_OK && progress->kept_epoch == progress->epoch)
        status = look_at_network(watch, progress, &now, error);
    if (status == CNN_OK)
        return take_new(watch, &now, error);
    cnn_diagnosis_free(&now);
    return status;
}
