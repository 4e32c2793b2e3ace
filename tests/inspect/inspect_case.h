/* A network of tests/support with an inspector that has run some images of it. */
#ifndef TESTS_INSPECT_INSPECT_CASE_H
#define TESTS_INSPECT_INSPECT_CASE_H

#include "cnn_inspect.h"
#include "support/net_cases.h"

typedef struct inspect_case {
    const char *name;
    cnn_net *net;
    int64_t batch;
    float *images;
    int32_t *labels;
    cnn_inspector *inspector;
} inspect_case;

/* Fails the running test when anything does. */
inspect_case inspect_case_new(const net_case *c, int64_t batch, int threads);
/* The same for a network in the text format with drawn parameters. */
inspect_case inspect_case_of_text(const char *text, int64_t batch);
void inspect_case_free(inspect_case *c);

/* The output of a layer, or the gradient by it, of the whole batch; for cnn_free. */
float *inspect_case_output(const inspect_case *c, const char *layer, int64_t *count);
float *inspect_case_gradient(const inspect_case *c, const char *layer, int64_t *count);

/* The norm of a - b as a share of the norm of b; 0 where both are zero. */
double inspect_distance(const float *a, const double *b, int64_t count);

/* Do something with every case of net_cases.h. */
void for_each_net_case(void (*check)(const net_case *c));

#endif
