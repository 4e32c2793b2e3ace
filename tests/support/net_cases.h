/* Small networks, each with one thing worth checking between layers that have parameters: then the gradients
 * of its input show in the gradients of the layer below. */
#ifndef TESTS_SUPPORT_NET_CASES_H
#define TESTS_SUPPORT_NET_CASES_H

#include "cnn.h"

typedef struct net_case {
    const char *name;
    cnn_input_options input;
    void (*build)(cnn_net *net);
    const char *text;          /* instead of `build`: the layers between a convolution and a dense layer */
    cnn_update_options update; /* the loss is what counts */
    int64_t batch;             /* to be tried with; 0: some small ones */
} net_case;

/* All of them, ended by name NULL: those of net_cases.c, then those that stand beside the oracle's layers. */
const net_case *net_case_list(void);

/* The network of a case with random parameters, biases included, and a normalisation. */
cnn_net *net_case_build(const net_case *c);
/* `count` images and labels; free with cnn_free. */
float *net_case_images(const cnn_net *net, int64_t count);
int32_t *net_case_labels(const cnn_net *net, int64_t count);

#endif
