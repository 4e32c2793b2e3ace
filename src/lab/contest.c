/* The networks are trained and measured. */
#include "lab/experiment.h"

#include "base/memory.h"
#include "lab/opponent.h"
#include "lab/shift_counts.h"

/* What is said while each of them is trained, and while it is shown shifted images. */
static const struct {
    const char *training, *shifting;
} sayings[CNN_LAB_ROLES] = {
    [CNN_LAB_MODEL] = {NULL, "shifting the test images of the model as it is"},
    [CNN_LAB_CNN] = {"training the CNN", "shifting the test images of the CNN"},
    [CNN_LAB_DENSE] = {"training the dense network", "shifting the test images of the dense network"},
    [CNN_LAB_CNN_SHUFFLED] = {"training the CNN on shuffled pixels", NULL},
    [CNN_LAB_DENSE_SHUFFLED] = {"training the dense network on shuffled pixels", NULL},
};

/* ---- Training ----------------------------------------------------------------------------------------- */

typedef struct lesson {
    const cnn_experiment *experiment;
    const char *doing;
    cnn_status status;
    cnn_error *error;
} lesson;

static bool report_training(void *user, const cnn_progress *progress) {
    lesson *l = user;
    const double epoch = (double)progress->iteration / (double)progress->iterations;
    l->status = cnn_experiment_report(l->experiment, l->doing,
                                      (progress->epoch - 1 + epoch) / progress->epochs, l->error);
    return l->status == CNN_OK;
}

static cnn_status train(const cnn_experiment *e, cnn_lab_role role, cnn_net *net,
                        const cnn_lab_images *images, cnn_error *error) {
    lesson l = {e, sayings[role].training, CNN_OK, error};
    cnn_train_options options = e->lab->train;
    options.validation_data = images->part[CNN_SPLIT_VALIDATION];
    options.progress = report_training;
    options.user = &l;
    cnn_status status = cnn_train(net, images->part[CNN_SPLIT_TRAIN], &options, error);
    if (status == CNN_OK || status == CNN_STOPPED)
        return status;
    return cnn_fail_within(error, status, "%s", l.doing);
}

/* ---- Measuring ---------------------------------------------------------------------------------------- */

static cnn_status measure(const cnn_experiment *e, cnn_lab_role role, const cnn_net *net,
                          const cnn_lab_images *images, cnn_error *error) {
    cnn_lab_network *network = &e->lab->networks[role];
    cnn_evaluation evaluation;
    cnn_status status =
        cnn_evaluate(net, images->part[CNN_SPLIT_TEST], e->options->threads, &evaluation, error);
    if (status != CNN_OK)
        return status;
    network->there = true;
    network->parameters = cnn_net_parameters(net);
    network->correct = evaluation.correct;
    network->accuracy = evaluation.accuracy;
    cnn_evaluation_free(&evaluation);
    return sayings[role].shifting ? cnn_lab_count_shifted(e, net, sayings[role].shifting, network, error)
                                  : CNN_OK;
}

/* A copy of `net` is trained and measured; *kept gets it if that is asked for. */
static cnn_status train_and_measure(const cnn_experiment *e, cnn_lab_role role, const cnn_net *net,
                                    const cnn_lab_images *images, cnn_net **kept, cnn_error *error) {
    cnn_net *own = cnn_net_copy(net, error);
    cnn_status status = own ? train(e, role, own, images, error) : CNN_ERROR_MEMORY;
    e->lab->networks[role].trained_here = true;
    if (status == CNN_OK)
        status = measure(e, role, own, images, error);
    if (kept)
        *kept = own;
    else
        cnn_net_free(own);
    return status;
}

/* ---- All of them -------------------------------------------------------------------------------------- */

/* The model as it came is the CNN, or it stands beside a CNN that is trained with the others' budget. */
static cnn_status enter_cnn(cnn_experiment *e, cnn_error *error) {
    const cnn_net *net = e->options->net;
    cnn_status status = CNN_OK;
    if (e->adopted) {
        e->cnn = cnn_net_copy(net, error);
        return e->cnn ? measure(e, CNN_LAB_CNN, net, &e->images, error) : CNN_ERROR_MEMORY;
    }
    /* Images that are held out here have trained the run. */
    if (e->options->trained && (e->options->test || !e->record.there))
        status = measure(e, CNN_LAB_MODEL, net, &e->images, error);
    return status == CNN_OK ? train_and_measure(e, CNN_LAB_CNN, net, &e->images, &e->cnn, error) : status;
}

static cnn_status enter_shuffled(const cnn_experiment *e, const cnn_net *dense, cnn_error *error) {
    const cnn_shape *input = &e->options->net->input;
    int64_t *order = cnn_lab_pixel_order(cnn_shape_elements(input) / input->dim[0], e->options->seed, error);
    cnn_lab_images shuffled = {0};
    cnn_status status =
        order ? cnn_lab_images_reorder(&shuffled, &e->images, order, error) : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = train_and_measure(e, CNN_LAB_CNN_SHUFFLED, e->options->net, &shuffled, NULL, error);
    if (status == CNN_OK)
        status = train_and_measure(e, CNN_LAB_DENSE_SHUFFLED, dense, &shuffled, NULL, error);
    cnn_lab_images_free(&shuffled);
    cnn_free(order);
    return status;
}

cnn_status cnn_experiment_contest(cnn_experiment *e, cnn_error *error) {
    cnn_net *dense = NULL;
    cnn_status status = enter_cnn(e, error);
    e->subject = e->options->trained ? e->options->net : e->cnn;
    if (status == CNN_OK)
        status = cnn_lab_opponent(&dense, e->options->net, error);
    if (status == CNN_OK)
        status = train_and_measure(e, CNN_LAB_DENSE, dense, &e->images, NULL, error);
    if (status == CNN_OK)
        status = enter_shuffled(e, dense, error);
    cnn_net_free(dense);
    return status;
}
