/* The loss of one image for a class, and its gradient by the scores, in double precision. */
#ifndef CNN_INSPECT_LOSS_H
#define CNN_INSPECT_LOSS_H

#include "inspect/inspector.h"

/* The node whose outputs are the scores that the loss takes: the last one or, of a softmax or sigmoid at the end, the one
 * before it. CNN_ERROR_UNSUPPORTED when the outputs are no scores of classes. */
cnn_status cnn_inspect_scores_node(const cnn_net *net, int *node, cnn_error *error);
/* CNN_ERROR_ARGUMENT unless each of the classes, one for each image of the last run, is one of the network's. NULL will do. */
cnn_status cnn_inspect_check_classes(const cnn_inspector *inspector, const int32_t *classes,
                                     cnn_error *error);
/* The class that `count` scores stand for: the largest; of a single one, class 1 where it is positive. */
int32_t cnn_inspect_predicted(const double *scores, int64_t count);
/* Cross-entropy of the softmax of `count` scores; of a single one, binary cross-entropy of its sigmoid. */
double cnn_inspect_loss_of(const double *scores, int64_t count, int32_t class);
void cnn_inspect_loss_gradient(const double *scores, int64_t count, int32_t class, float *gradient);

#endif
