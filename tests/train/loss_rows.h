/* Rows of outputs that the tests of losses share, and gradients against central differences. */
#ifndef CNN_TESTS_TRAIN_LOSS_ROWS_H
#define CNN_TESTS_TRAIN_LOSS_ROWS_H

#include "train/loss.h"

enum { ROWS = 2, VALUES = 3 };

extern const float loss_outputs[ROWS * VALUES];
extern const int32_t loss_labels[ROWS];

/* The mean loss of the rows with these outputs, and its gradient. */
double loss_of(cnn_loss_input input, const float *given, float *gradient);
/* Each value's gradient against its own difference quotient, at `loss_outputs`. */
void check_slopes(cnn_loss_input input);

#endif
