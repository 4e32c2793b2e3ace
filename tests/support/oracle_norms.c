/* Normalisations. */
#include "support/oracle_layer.h"

#include <math.h>

/* Mean and biased variance of channel `c` over the whole batch. */
static void batch_statistics(const node_run *r, int64_t c, double *mean, double *variance) {
    const int64_t area = cnn_shape_elements(r->in) / r->in->dim[0], values = r->whole->batch * area;
    *mean = *variance = 0;
    for (int64_t at = 0; at < values; at++)
        *mean += oracle_input(r->whole, r->node, 0, at / area)[c * area + at % area] / (double)values;
    for (int64_t at = 0; at < values; at++) {
        const double off = oracle_input(r->whole, r->node, 0, at / area)[c * area + at % area] - *mean;
        *variance += off * off / (double)values;
    }
}

static void run_batch_norm(const node_run *r) {
    const int64_t area = cnn_shape_elements(r->in) / r->in->dim[0];
    for (int64_t c = 0; c < r->in->dim[0]; c++) {
        double mean = oracle_parameter(r->whole, r->node, 2)[c],
               variance = oracle_parameter(r->whole, r->node, 3)[c];
        if (r->whole->training)
            batch_statistics(r, c, &mean, &variance);
        for (int64_t k = c * area; k < (c + 1) * area; k++)
            r->y[k] = (r->x[k] - mean) / sqrt(variance + r->node->options.batch_norm.epsilon) * r->weight[c] +
                      r->bias[c];
    }
}

ORACLE(batch_norm, run_batch_norm)

/* `values` of neighbouring channels together, from value `first` of the image on. */
static void normalise(const node_run *r, int64_t first, int64_t values, double epsilon) {
    const int64_t area = r->in->dim[1] * r->in->dim[2];
    double mean = 0, variance = 0;
    for (int64_t k = first; k < first + values; k++)
        mean += r->x[k] / (double)values;
    for (int64_t k = first; k < first + values; k++)
        variance += (r->x[k] - mean) * (r->x[k] - mean) / (double)values;
    for (int64_t k = first; k < first + values; k++)
        r->y[k] = (r->x[k] - mean) / sqrt(variance + epsilon) * r->weight[k / area] + r->bias[k / area];
}

static void run_group_norm(const node_run *r) {
    const cnn_group_norm_options *norm = &r->node->options.group_norm;
    const int64_t values = cnn_shape_elements(r->in) / norm->groups;
    for (int64_t group = 0; group < norm->groups; group++)
        normalise(r, group * values, values, norm->epsilon);
}

/* Groups of 20 channels are longer than the library's blocks, those of 5 do not fill one. */
ORACLE(group_norm, run_group_norm, {"groupnorm", "tanh\ngroupnorm 2"},
       {"groupnorm wide", "conv 40 1x1\ntanh\ngroupnorm 2 epsilon 0.1 relu"},
       {"groupnorm of many groups", "conv 35 1x1\ntanh\ngroupnorm 7"},
       {"groupnorm of one group", "conv 6 1x1\ntanh\ngroupnorm 1"},
       {"groupnorm of single channels", "conv 19 1x1\ntanh\ngroupnorm 19"})

static void run_instance_norm(const node_run *r) {
    const int64_t area = r->in->dim[1] * r->in->dim[2];
    for (int64_t c = 0; c < r->in->dim[0]; c++)
        normalise(r, c * area, area, r->node->options.instance_norm.epsilon);
}

/* Without the tanh, the bias below would have no gradient. */
ORACLE(instance_norm, run_instance_norm, {"instancenorm", "tanh\ninstancenorm"},
       {"instancenorm wide", "conv 19 1x1\ntanh\ninstancenorm epsilon 0.1 relu"})

static void run_layer_norm(const node_run *r) {
    const int64_t channels = r->in->dim[0], area = cnn_shape_elements(r->in) / channels;
    for (int64_t at = 0; at < area; at++) {
        double mean = 0, variance = 0;
        for (int64_t c = 0; c < channels; c++)
            mean += r->x[c * area + at] / (double)channels;
        for (int64_t c = 0; c < channels; c++)
            variance += pow(r->x[c * area + at] - mean, 2) / (double)channels;
        for (int64_t c = 0; c < channels; c++)
            r->y[c * area + at] = (r->x[c * area + at] - mean) /
                                      sqrt(variance + r->node->options.layer_norm.epsilon) * r->weight[c] +
                                  r->bias[c];
    }
}

ORACLE(layer_norm, run_layer_norm, {"layernorm", "tanh\nlayernorm"},
       {"layernorm wide", "conv 19 1x1\ntanh\nlayernorm epsilon 0.1\ngelu"},
       {"layernorm of a flattened map", "tanh\nflatten\nlayernorm\ndense 7\nlayernorm"})

static double lrn_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_lrn_options *lrn = &r->node->options.lrn;
    const int64_t first = c - (lrn->size - 1) / 2;
    double squares = 0;
    for (int64_t k = first; k < first + lrn->size; k++)
        if (k >= 0 && k < r->in->dim[0])
            squares += pow(oracle_pixel(r, k, row, column), 2);
    return oracle_pixel(r, c, row, column) *
           pow(lrn->bias + lrn->alpha / (double)lrn->size * squares, -lrn->beta);
}

static void run_lrn(const node_run *r) {
    oracle_each_position(r, lrn_value);
}

ORACLE(lrn, run_lrn, {"lrn", "lrn 3 alpha 0.5"}, {"lrn even", "conv 19 1x1\nlrn 4 alpha 2 beta 0.4 bias 1.5"},
       {"lrn of all channels", "lrn 11 alpha 3 beta -0.5"})
