/* Networks of random values, and plans of them. */
#ifndef CNN_TESTS_PLAN_RANDOM_NET_H
#define CNN_TESTS_PLAN_RANDOM_NET_H

#include "plan/plan.h"

/* Numbers from -1 to 1. */
void random_fill(float *values, int64_t count, uint64_t seed);
/* The network of a text with such values, which the caller frees. Statistics are among them: variances have to be made positive. */
cnn_net *random_net(const char *text);
/* A plan of it, for cnn_plan_free; the test fails where there is none. */
cnn_plan *plan_of(const cnn_net *net, cnn_plan_options options);

#endif
