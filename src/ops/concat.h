/* What a concatenation shares with the fused op by which the plan may replace it and the batch normalisation after it, which no
 * other node follows: networks like DenseNet normalise most of what they concatenate. */
#ifndef CNN_OPS_CONCAT_H
#define CNN_OPS_CONCAT_H

#include "ops/op.h"

/* A step of this op has the concatenation's inputs, and the options, parameters and output shape of a normalisation of maps with the
 * running statistics. Inference only. */
extern const cnn_op cnn_op_concat_norm;

/* The output's positions of a range, one after the other, to `to`. */
void cnn_concat_positions(const cnn_step *step, cnn_place place, cnn_range positions, float *to);

#endif
