/* Small networks whose plan for inference is compared with one that keeps every layer. */
#ifndef CNN_TESTS_SUPPORT_PLANNED_CASE_H
#define CNN_TESTS_SUPPORT_PLANNED_CASE_H

#include "plan/plan.h"

typedef struct planned_case {
    const char *name, *text;
    int steps; /* of a plan for one image */
} planned_case;

/* The network of a text, with values that are not 0 or 1 alone; the caller frees it. */
cnn_net *planned_net(const char *text);
/* Floats of one image's output. */
int64_t planned_elements(const cnn_net *net);
/* Images for it, which the caller frees. */
float *planned_images(const cnn_net *net, int64_t batch);
/* The output of a new plan, which the caller frees; the number of its steps. */
float *planned_run(const cnn_net *net, cnn_plan_options options, int *steps);
/* The outputs of a plan that keeps all, nearly, also in bfloat16; the same bits on any number of threads; the steps. */
void planned_case_check(const planned_case *c, int64_t batch);
/* All of these, at batches of 1, 3 and so on. */
void planned_cases_check(const planned_case *cases, int count, int64_t largest_batch);
/* Without Winograd's algorithm, the bits of the layers one by one; where a normalisation is folded, nothing is checked. */
void planned_case_check_bits(const planned_case *c);

#endif
