/* The oracle's layers that look at whole feature maps: C,H,W in, C,H,W out, in double precision. */
#ifndef TESTS_SUPPORT_ORACLE_MAPS_H
#define TESTS_SUPPORT_ORACLE_MAPS_H

#include "graph/net.h"

typedef struct map_run {
    const cnn_options *options;
    const cnn_shape *in, *out;
    const double *x, *weight, *bias; /* no parameters: NULL */
    double *y;
} map_run;

void oracle_resize(const map_run *r);
void oracle_pad(const map_run *r);
void oracle_instance_norm(const map_run *r);
void oracle_lrn(const map_run *r);

#endif
