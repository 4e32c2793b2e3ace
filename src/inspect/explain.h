/* The accounts of each kind of layer: what an output is made of. */
#ifndef CNN_INSPECT_EXPLAIN_H
#define CNN_INSPECT_EXPLAIN_H

#include "inspect/subject.h"

void cnn_explain_convolution(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_transposed(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_dense(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_largest(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_mean(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_batch_norm(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_instance_norm(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_group_norm(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_lrn(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_softmax(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_log_softmax(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_add(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_pair(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_copy(const cnn_subject *subject, cnn_spot at, cnn_tally *tally); /* of one input */
void cnn_explain_padded(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_resized(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_relu(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_activation(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
void cnn_explain_prelu(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);

#endif
