/* Layers that work value by value, on vectors, or on several inputs. */
#include "support/oracle_layer.h"

#include <math.h>

/* ---- One input ---------------------------------------------------------------------------------------- */

static void run_flatten(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = r->x[k];
}

ORACLE(flatten, run_flatten)

static void run_dropout(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = r->mask ? r->x[k] * r->mask[k] : r->x[k];
}

ORACLE(dropout, run_dropout)
ORACLE(drop_path, run_dropout)

static void run_dense(const node_run *r) {
    const int64_t inputs = r->in->dim[0];
    for (int64_t unit = 0; unit < r->out->dim[0]; unit++) {
        r->y[unit] = r->bias ? r->bias[unit] : 0;
        for (int64_t k = 0; k < inputs; k++)
            r->y[unit] += r->weight[unit * inputs + k] * r->x[k];
    }
}

ORACLE(dense, run_dense,
       {"dense behind few open ReLUs",
        "conv 4 1x1 name a\nsigmoid name b\nsub b from a relu\nflatten\ndense 70"})

/* Over the channels of each position; a vector is one position. */
static void run_softmax(const node_run *r) {
    const int64_t channels = r->out->dim[0], area = cnn_shape_elements(r->out) / channels;
    for (int64_t at = 0; at < area; at++) {
        double sum = 0;
        for (int64_t c = 0; c < channels; c++)
            sum += exp(r->x[c * area + at]);
        for (int64_t c = 0; c < channels; c++)
            r->y[c * area + at] = exp(r->x[c * area + at]) / sum;
    }
}

static void run_log_softmax(const node_run *r) {
    run_softmax(r);
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = log(r->y[k]);
}

ORACLE(softmax, run_softmax)
ORACLE(log_softmax, run_log_softmax, {"logsoftmax", "logsoftmax"},
       {"ending in logsoftmax", "flatten\ndense 5\nlogsoftmax\nexp"})

/* ---- Several inputs ----------------------------------------------------------------------------------- */

static void run_add(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = 0;
    for (int input = 0; input < r->node->inputs; input++)
        for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
            r->y[k] += oracle_input(r->whole, r->node, input, r->image)[k];
}

/* In logical order, the first axis comes first: channels one after another. */
static void run_concat(const node_run *r) {
    double *y = r->y;
    for (int input = 0; input < r->node->inputs; input++) {
        const cnn_shape *shape = cnn_node_input_shape(r->whole->net, r->node, input);
        for (int64_t k = 0; k < cnn_shape_elements(shape); k++)
            *y++ = oracle_input(r->whole, r->node, input, r->image)[k];
    }
}

ORACLE(add, run_add)
ORACLE(concat, run_concat)

static double pair_value(cnn_pair_kind kind, double a, double b) {
    return kind == CNN_PAIR_MUL   ? a * b
           : kind == CNN_PAIR_SUB ? a - b
           : kind == CNN_PAIR_DIV ? a / b
           : kind == CNN_PAIR_MAX ? fmax(a, b)
                                  : fmin(a, b);
}

/* Value `k` of the output meets this value of input `side`. */
static double pair_side(const node_run *r, int side, int64_t k) {
    const cnn_shape *shape = cnn_node_input_shape(r->whole->net, r->node, side);
    const double *values = oracle_input(r->whole, r->node, side, r->image);
    if (cnn_shape_elements(shape) == cnn_shape_elements(r->out))
        return values[k];
    const int64_t area = r->out->dim[1] * r->out->dim[2], own = shape->dim[1] * shape->dim[2];
    return values[(shape->dim[0] == 1 ? 0 : k / area) * own + (own == 1 ? 0 : k % area)];
}

static void run_pair(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = pair_value(r->node->options.pair.kind, pair_side(r, 0, k), pair_side(r, 1, k));
}

ORACLE(mul, run_pair, {"mul", "conv 4 1x1 name a\nconv 4 1x1 name b\nmul a"},
       {"mul with itself", "conv 4 1x1 name a\nmul a"},
       {"mul of flattened maps", "flatten name a\ntanh\nmul a"},
       {"mul of vectors", "flatten\ndense 7 name a\ndense 7\nmul a"},
       {"mul by a gate", "conv 19 1x1 name a\navgpool 8x6\nconv 19 1x1\nsigmoid name gate\nmul gate from a"},
       {"mul of a gate", "conv 19 1x1 name a\navgpool 8x6\nconv 19 1x1\nsigmoid\nmul a"},
       {"mul by a map", "conv 19 1x1 name a\nconv 1 3x3 padding same\nsigmoid name map\nmul map from a"},
       {"mul of a map and a gate",
        "avgpool 8x6\nconv 19 1x1 name gate\nconv 1 3x3 padding same from input\nmul gate"},
       {"mul by a number", "conv 5 1x1 name a\navgpool 8x6\nconv 1 1x1\nmul a"},
       {"mul of a map", "conv 19 1x1 name a\nconv 1 3x3 padding same\nsigmoid\nmul a"})
ORACLE(sub, run_pair, {"sub", "conv 4 1x1 name a\nconv 4 1x1 name b\nsub a relu"},
       {"sub of a mean", "tanh name a\navgpool 8x6 name mean\nsub mean from a\nabs"})
ORACLE(div, run_pair, {"div", "conv 4 1x1 name a\nexp name b\nconv 4 1x1 from a\ndiv b"},
       {"div of a gate", "softplus name a\navgpool 8x6\ndiv a"},
       {"div of a map", "conv 5 1x1\nsoftplus name a\nconv 1 1x1\ndiv a"})
ORACLE(max, run_pair, {"max", "conv 4 1x1 name a\nconv 4 1x1 name b\nmax a"})
ORACLE(min, run_pair, {"min", "conv 4 1x1 name a\nconv 4 1x1 name b\nmin a"})
