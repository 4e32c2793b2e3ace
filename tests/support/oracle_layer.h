/* The oracle's layers: what each op of CNN_OP_LIST makes of one image, in double precision, and networks in which its
 * gradients are tried. An op without one does not link: "undefined reference to oracle_NAME". */
#ifndef TESTS_SUPPORT_ORACLE_LAYER_H
#define TESTS_SUPPORT_ORACLE_LAYER_H

#include "support/oracle.h"

/* What a node's function sees. */
typedef struct node_run {
    const cnn_node *node;
    const cnn_shape *in, *out;
    const double *x; /* the first input: C,H,W or a vector */
    const oracle *whole;
    int64_t image;
    const double *weight, *bias;
    const double *mask;
    double *y;
} node_run;

/* A network for the gradient test, between a convolution that gives 4x8x6 and a dense layer. */
typedef struct oracle_case {
    const char *name, *lines; /* NULL: no more */
} oracle_case;

enum { ORACLE_MOST_CASES = 12 };

typedef struct oracle_layer {
    void (*run)(const node_run *r);
    oracle_case cases[ORACLE_MOST_CASES + 1];
} oracle_layer;

/* ORACLE(op, function, {name, lines}...): no cases where tests/support/net_cases.c has networks with the op. */
#define ORACLE(op, function, ...)                                                                            \
    const oracle_layer oracle_##op = {.run = (function), .cases = {__VA_ARGS__}};

#define ORACLE_DECLARATION(how, op, ...) extern const oracle_layer oracle_##op;
CNN_OP_LIST(ORACLE_DECLARATION)
#undef ORACLE_DECLARATION

const oracle_layer *oracle_layer_of(const cnn_op *op);

/* Input `k` of a node, and its parameter `k`; NULL: it has none. */
const double *oracle_input(const oracle *exact, const cnn_node *node, int k, int64_t image);
const double *oracle_parameter(const oracle *exact, const cnn_node *node, int k);

/* x[c][row][column], 0 in the padding. */
double oracle_pixel(const node_run *r, int64_t c, int64_t row, int64_t column);

/* Every value of the output, a map, by its place. */
typedef double (*position_function)(const node_run *r, int64_t channel, int64_t row, int64_t column);
void oracle_each_position(const node_run *r, position_function value);

#endif
