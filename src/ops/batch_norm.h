/* Batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167): what its two forms share. */
#ifndef CNN_OPS_BATCH_NORM_H
#define CNN_OPS_BATCH_NORM_H

#include "ops/op.h"

enum { CNN_NORM_WEIGHT, CNN_NORM_BIAS, CNN_NORM_MEAN, CNN_NORM_VARIANCE };

/* With the statistics of the current batch. A training plan uses it instead of cnn_op_batch_norm, which uses the
 * running statistics, unless the layer is frozen. */
extern const cnn_op cnn_op_batch_norm_training;

/* What is normalised together: the `positions` of an image, channel by channel. In a vector each feature is a
 * channel. */
typedef struct cnn_norm_shape {
    int64_t channels, positions;
} cnn_norm_shape;

cnn_norm_shape cnn_norm_shape_of(const cnn_shape *shape);
/* Of one value for each channel. A vector that was a map keeps the map's order in memory, and its features' parameters
 * follow. */
cnn_order cnn_norm_order_of(const cnn_shape *input, const cnn_layout *layout);
/* scale[c] = weight / sqrt(running_var + epsilon). */
void cnn_norm_scale(const cnn_batch_norm_options *norm, const float *const parameter[CNN_MAX_PARAMETERS],
                    int64_t channels, float *scale);

#endif
