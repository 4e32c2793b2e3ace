/* Views of an image: what test-time augmentation shows a network. */
#ifndef CNN_PREDICT_VIEWS_H
#define CNN_PREDICT_VIEWS_H

#include "cnn_ensemble.h"

/* CNN_ERROR_ARGUMENT where a view moves an image of `shape` (C,H,W) by its whole size, or its weight is negative or not
 * finite. */
cnn_status cnn_views_check(const cnn_view *views, int count, const int64_t shape[3], cnn_error *error);
/* The weight of a view in a mean in which all weights are 1 together. */
double cnn_view_share(const cnn_view *views, int count, int view);
/* Whether it shows images as they are. */
bool cnn_view_is_plain(const cnn_view *view);
/* Show `count` images N,C,H,W in `to`. */
void cnn_view_show(const cnn_view *view, const int64_t shape[3], const float *from, int64_t count, float *to);

#endif
