/* How far each layer's outputs in another precision are from those in float32. */
#ifndef CNN_TRAIN_LAYER_ERRORS_H
#define CNN_TRAIN_LAYER_ERRORS_H

#include "plan/plan.h"

/* Fill `error` of the steps of a plan, of which `times` has a row each: `images` are N,C,H,W, `count` of them. */
cnn_status cnn_fill_layer_errors(const cnn_plan *plan, const cnn_net *net, const cnn_plan_options *options,
                                 const float *images, int64_t count, cnn_layer_times *times,
                                 cnn_error *error);

#endif
