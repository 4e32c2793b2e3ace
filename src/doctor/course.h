/* What one epoch's figures say: of a run's last epoch, and of each epoch while training goes on. */
#ifndef CNN_DOCTOR_COURSE_H
#define CNN_DOCTOR_COURSE_H

#include "cnn_doctor.h"
#include "train/history.h"

/* The mean cross-entropy of guessing each class as often as it occurs: ln(classes) where all are equally frequent; NaN for
 * data with targets instead of classes. */
cnn_status cnn_loss_of_guessing(const cnn_data *data, double *loss, cnn_error *error);

/* Whether the loss is stuck there or above; then everything of the finding but its place is filled in. */
bool cnn_course_is_stuck(const cnn_epoch_record *epoch, double guessing, cnn_finding *finding);
/* The same for training accuracy far above validation accuracy. */
bool cnn_course_is_far_above(const cnn_epoch_record *epoch, cnn_finding *finding);

#endif
