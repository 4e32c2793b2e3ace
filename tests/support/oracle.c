#include "support/oracle.h"

#include "base/memory.h"
#include "support/cmocka.h"
#include "support/oracle_layer.h"

#include <math.h>

static double *new_values(int64_t count) {
    double *values = cnn_allocate((size_t)count, sizeof *values, "the oracle", NULL);
    assert_non_null(values);
    return values;
}

oracle oracle_new(const cnn_net *net, const float *images, int64_t batch) {
    assert_true(net->node_count <= ORACLE_MOST_NODES);
    const int64_t pixels = cnn_shape_elements(&net->input), area = pixels / net->input.dim[0];
    oracle exact = {.net = net, .batch = batch};
    exact.input = new_values(batch * pixels);
    for (int64_t at = 0; at < batch * pixels; at++) {
        int64_t c = at / area % net->input.dim[0];
        exact.input[at] = ((double)images[at] - net->mean[c]) / net->deviation[c];
    }
    exact.parameters = new_values(net->value_count);
    for (int64_t at = 0; at < net->value_count; at++)
        exact.parameters[at] = net->values[at];
    for (int64_t n = 0; n < net->node_count; n++)
        exact.value[n] = new_values(batch * cnn_shape_elements(&net->nodes[n].output));
    return exact;
}

void oracle_free(oracle *exact) {
    for (int64_t n = 0; n < ORACLE_MOST_NODES; n++) {
        cnn_free(exact->value[n]);
        cnn_free(exact->mask[n]);
    }
    cnn_free(exact->parameters);
    cnn_free(exact->input);
}

/* ---- One node, one image ------------------------------------------------------------------------------- */

const double *oracle_input(const oracle *exact, const cnn_node *node, int k, int64_t image) {
    const double *values = node->input[k] < 0 ? exact->input : exact->value[node->input[k]];
    return values + image * cnn_shape_elements(cnn_node_input_shape(exact->net, node, k));
}

const double *oracle_parameter(const oracle *exact, const cnn_node *node, int k) {
    return k < node->parameters ? exact->parameters + exact->net->parameters[node->first_parameter + k].offset
                                : NULL;
}

double oracle_pixel(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const int64_t rows = r->in->dim[1], columns = r->in->dim[2];
    if (row < 0 || row >= rows || column < 0 || column >= columns)
        return 0;
    return r->x[(c * rows + row) * columns + column];
}

void oracle_each_position(const node_run *r, position_function value) {
    double *y = r->y;
    for (int64_t c = 0; c < r->out->dim[0]; c++)
        for (int64_t row = 0; row < r->out->dim[1]; row++)
            for (int64_t column = 0; column < r->out->dim[2]; column++)
                *y++ = value(r, c, row, column);
}

const oracle_layer *oracle_layer_of(const cnn_op *op) {
    static const struct {
        const cnn_op *op;
        const oracle_layer *layer;
    } layers[] = {
#define ORACLE_ROW(how, op, ...) {&cnn_op_##op, &oracle_##op},
        CNN_OP_LIST(ORACLE_ROW)
#undef ORACLE_ROW
    };
    size_t k = 0;
    while (layers[k].op != op)
        k++;
    return layers[k].layer;
}

/* ---- The whole network --------------------------------------------------------------------------------- */

static void run_node(oracle *exact, int64_t n) {
    const cnn_node *node = &exact->net->nodes[n];
    const oracle_layer *layer = oracle_layer_of(node->op);
    const int64_t elements = cnn_shape_elements(&node->output);
    for (int64_t image = 0; image < exact->batch; image++)
        layer->run(&(node_run){
            .node = node,
            .in = cnn_node_input_shape(exact->net, node, 0),
            .out = &node->output,
            .x = oracle_input(exact, node, 0, image),
            .whole = exact,
            .image = image,
            .weight = oracle_parameter(exact, node, 0),
            .bias = oracle_parameter(exact, node, 1),
            .mask = exact->mask[n] ? exact->mask[n] + image * elements : NULL,
            .y = exact->value[n] + image * elements,
        });
}

const double *oracle_run(oracle *exact, int64_t first) {
    for (int64_t n = first; n < exact->net->node_count; n++)
        run_node(exact, n);
    return exact->value[exact->net->node_count - 1];
}

/* - sum_k target_k log softmax(logits)_k with targets smoothed as PyTorch does */
static double cross_entropy(const double *logits, int64_t classes, int32_t label, double smoothing) {
    double sum = 0, loss = 0;
    for (int64_t k = 0; k < classes; k++)
        sum += exp(logits[k]);
    for (int64_t k = 0; k < classes; k++) {
        double target = smoothing / (double)classes + (k == label ? 1 - smoothing : 0);
        loss -= target * (logits[k] - log(sum));
    }
    return loss;
}

/* -t log p - (1 - t) log(1 - p) with p = sigmoid(logit) */
static double binary_cross_entropy(double logit, int32_t label, double smoothing) {
    const double target = label * (1 - smoothing) + smoothing / 2;
    return target * log(1 + exp(-logit)) + (1 - target) * log(1 + exp(logit));
}

static double mean_squared(const double *outputs, int64_t classes, int32_t label) {
    double sum = 0;
    for (int64_t k = 0; k < classes; k++)
        sum += pow(outputs[k] - (classes == 1 ? label : k == label), 2);
    return sum / (double)classes;
}

double oracle_loss(const oracle *exact, const int32_t *labels, const cnn_update_options *update) {
    int64_t n = exact->net->node_count - 1;
    const int64_t classes = cnn_shape_elements(&exact->net->nodes[n].output);
    while (exact->net->nodes[n].op == &cnn_op_flatten)
        n = exact->net->nodes[n].input[0];
    const bool binary = exact->net->nodes[n].op == &cnn_op_sigmoid && classes == 1;
    if (update->loss != CNN_LOSS_MEAN_SQUARED && (binary || exact->net->nodes[n].op == &cnn_op_softmax))
        n = exact->net->nodes[n].input[0];
    double sum = 0;
    for (int64_t image = 0; image < exact->batch; image++) {
        const double *outputs = exact->value[n] + image * classes;
        sum += update->loss == CNN_LOSS_MEAN_SQUARED ? mean_squared(outputs, classes, labels[image])
               : binary ? binary_cross_entropy(outputs[0], labels[image], update->label_smoothing)
                        : cross_entropy(outputs, classes, labels[image], update->label_smoothing);
    }
    return sum / (double)exact->batch;
}

static double loss_at(oracle *exact, int64_t index, double value, int64_t node, const int32_t *labels,
                      const cnn_update_options *update) {
    exact->parameters[index] = value;
    oracle_run(exact, node);
    return oracle_loss(exact, labels, update);
}

double oracle_derivative(oracle *exact, int64_t index, int64_t node, const int32_t *labels,
                         const cnn_update_options *update) {
    const double step = 1e-6, value = exact->parameters[index];
    double above = loss_at(exact, index, value + step, node, labels, update);
    double below = loss_at(exact, index, value - step, node, labels, update);
    loss_at(exact, index, value, node, labels, update);
    return (above - below) / (2 * step);
}
