/* The course of a training, from its history: a loss that never falls below that of guessing, one that rises, training
 * accuracy far above that of images that were held out. */
#include "doctor/check.h"
#include "doctor/course.h"

#include "base/memory.h"
#include "data/dataset.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* The share of the loss of guessing within which a loss is stuck there, or has gone above it. */
static const double STUCK = 0.02;
/* Training accuracy so far above validation is no longer the usual distance: that of the built-in models is below 0.05. */
static const double FAR_ABOVE = 0.1;

cnn_status cnn_loss_of_guessing(const cnn_data *data, double *loss, cnn_error *error) {
    *loss = NAN;
    if (data->targets)
        return CNN_OK;
    int64_t *counts = cnn_allocate((size_t)data->classes, sizeof *counts, "the counts of the classes", error);
    double entropy = 0;
    if (!counts)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < data->count; i++)
        counts[data->labels[i]]++;
    for (int64_t label = 0; label < data->classes; label++) {
        const double share = (double)counts[label] / (double)data->count;
        entropy -= share > 0 ? share * log(share) : 0;
    }
    cnn_free(counts);
    *loss = entropy;
    return CNN_OK;
}

bool cnn_course_is_stuck(const cnn_epoch_record *epoch, double guessing, cnn_finding *finding) {
    if (!(guessing > 0) || epoch->loss < guessing * (1 - STUCK))
        return false;
    const bool above = epoch->loss > guessing * (1 + STUCK);
    *finding = (cnn_finding){.check = "stuck", .severity = CNN_FAULT};
    snprintf(finding->what, sizeof finding->what,
             above ? "the loss is higher than that of guessing" : "the loss is stuck at that of guessing");
    snprintf(finding->evidence, sizeof finding->evidence,
             "the training loss is %.4f; without looking at the images, guessing each class as often as it "
             "occurs, it is %.4f (ln of the number of classes where all are equally frequent)",
             epoch->loss, guessing);
    snprintf(finding->advice, sizeof finding->advice,
             "try a learning rate ten times lower, then ten times higher; look for dead ReLUs, vanishing "
             "gradients and labels that do not belong to the images");
    return true;
}

bool cnn_course_is_far_above(const cnn_epoch_record *epoch, cnn_finding *finding) {
    if (!(epoch->accuracy - epoch->validation_accuracy > FAR_ABOVE))
        return false;
    *finding = (cnn_finding){.check = "overfitting", .severity = CNN_WARNING};
    snprintf(finding->what, sizeof finding->what, "training accuracy is far above validation accuracy");
    snprintf(finding->evidence, sizeof finding->evidence,
             "%.1f %% of the training images and %.1f %% of the validation images are right; a distance of "
             "more than %.0f points says that the network learns single images by heart",
             100 * epoch->accuracy, 100 * epoch->validation_accuracy, 100 * FAR_ABOVE);
    snprintf(finding->advice, sizeof finding->advice,
             "use more images, --augment, dropout, more weight decay or a smaller network, or stop earlier "
             "(--patience)");
    return true;
}

static cnn_status add_at_epoch(cnn_diagnosis *diagnosis, cnn_finding *finding, int64_t epoch,
                               cnn_error *error) {
    snprintf(finding->where, sizeof finding->where, "epoch %" PRId64, epoch);
    return cnn_diagnosis_add(diagnosis, finding, CNN_OK, error);
}

cnn_status cnn_check_course(const cnn_patient *patient, cnn_diagnosis *diagnosis, cnn_error *error) {
    const cnn_history *history = &patient->record.history;
    const cnn_data *training = patient->part[CNN_SPLIT_TRAIN];
    if (history->count == 0)
        return CNN_OK;
    const cnn_epoch_record *last = &history->epochs[history->count - 1];
    cnn_finding finding;
    double guessing = NAN;
    cnn_status status = training ? cnn_loss_of_guessing(training, &guessing, error) : CNN_OK;
    if (status == CNN_OK && cnn_course_is_stuck(last, guessing, &finding))
        status = add_at_epoch(diagnosis, &finding, history->count, error);
    if (status == CNN_OK && cnn_course_is_far_above(last, &finding))
        status = add_at_epoch(diagnosis, &finding, history->count, error);
    return status;
}
