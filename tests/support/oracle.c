#include "support/oracle.h"

#include "base/memory.h"
#include "support/cmocka.h"
#include "support/oracle_maps.h"

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

/* Input `k` of a node. */
static const double *input_of(const oracle *exact, const cnn_node *node, int k, int64_t image) {
    const double *values = node->input[k] < 0 ? exact->input : exact->value[node->input[k]];
    return values + image * cnn_shape_elements(cnn_node_input_shape(exact->net, node, k));
}

static const double *parameter_of(const oracle *exact, const cnn_node *node, int k) {
    return k < node->parameters ? exact->parameters + exact->net->parameters[node->first_parameter + k].offset
                                : NULL;
}

/* x[c][row][column], 0 in the padding. */
static double pixel(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const int64_t rows = r->in->dim[1], columns = r->in->dim[2];
    if (row < 0 || row >= rows || column < 0 || column >= columns)
        return 0;
    return r->x[(c * rows + row) * columns + column];
}

/* Zeros before the first row or column. */
static int64_t padding_before(const node_run *r, int axis) {
    const cnn_conv2d_options *conv = &r->node->options.conv2d;
    if (!conv->same)
        return conv->padding[axis];
    const int64_t size = r->in->dim[1 + axis], stride = conv->stride[axis];
    const int64_t outputs = (size + stride - 1) / stride;
    const int64_t span = (conv->kernel[axis] - 1) * conv->dilation[axis] + 1;
    const int64_t needed = (outputs - 1) * stride + span - size;
    return needed > 0 ? needed / 2 : 0;
}

/* What one row of a kernel finds in one row of an image that has `columns`. Outside there are zeros. */
static double kernel_row(const double *weight, int64_t taps, int64_t dilation, const double *x,
                         int64_t columns, int64_t left) {
    double sum = 0;
    for (int64_t j = 0; j < taps; j++, left += dilation)
        if (left >= 0 && left < columns)
            sum += weight[j] * x[left];
    return sum;
}

/* Most of the oracle's time goes by here: whole rows of the padding are passed over. */
static double conv_value(const node_run *r, int64_t f, int64_t row, int64_t column) {
    const cnn_conv2d_options *conv = &r->node->options.conv2d;
    const int64_t rows = r->in->dim[1], columns = r->in->dim[2];
    const int64_t inputs = r->in->dim[0] / conv->groups, group = f / (conv->filters / conv->groups);
    const int64_t top = row * conv->stride[0] - padding_before(r, 0);
    const int64_t left = column * conv->stride[1] - padding_before(r, 1);
    double sum = r->bias ? r->bias[f] : 0;
    for (int64_t c = 0; c < inputs; c++)
        for (int64_t i = 0; i < conv->kernel[0]; i++) {
            const int64_t y = top + i * conv->dilation[0];
            if (y < 0 || y >= rows)
                continue;
            sum += kernel_row(r->weight + ((f * inputs + c) * conv->kernel[0] + i) * conv->kernel[1],
                              conv->kernel[1], conv->dilation[1],
                              r->x + ((group * inputs + c) * rows + y) * columns, columns, left);
        }
    return sum;
}

/* What a pooling window holds. */
typedef struct window {
    double sum, largest;
    int64_t inside;
} window;

static window look_through(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_pool2d_options *pool = &r->node->options.pool2d;
    window w = {.largest = -INFINITY};
    for (int64_t i = 0; i < pool->kernel[0]; i++)
        for (int64_t j = 0; j < pool->kernel[1]; j++) {
            int64_t y = row * pool->stride[0] - pool->padding[0] + i;
            int64_t x = column * pool->stride[1] - pool->padding[1] + j;
            if (y < 0 || y >= r->in->dim[1] || x < 0 || x >= r->in->dim[2])
                continue;
            w.inside++;
            w.sum += pixel(r, c, y, x);
            w.largest = fmax(w.largest, pixel(r, c, y, x));
        }
    return w;
}

static double max_pool_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    return look_through(r, c, row, column).largest;
}

static double avg_pool_value(const node_run *r, int64_t c, int64_t row, int64_t column) {
    const cnn_pool2d_options *pool = &r->node->options.pool2d;
    window w = look_through(r, c, row, column);
    return w.sum / (double)(pool->count_include_pad ? pool->kernel[0] * pool->kernel[1] : w.inside);
}

typedef double (*position_function)(const node_run *r, int64_t channel, int64_t row, int64_t column);

static void each_position(const node_run *r, position_function value) {
    double *y = r->y;
    for (int64_t c = 0; c < r->out->dim[0]; c++)
        for (int64_t row = 0; row < r->out->dim[1]; row++)
            for (int64_t column = 0; column < r->out->dim[2]; column++)
                *y++ = value(r, c, row, column);
}

static void run_conv(const node_run *r) {
    each_position(r, conv_value);
}

static void run_max_pool(const node_run *r) {
    each_position(r, max_pool_value);
}

static void run_avg_pool(const node_run *r) {
    each_position(r, avg_pool_value);
}

static void run_relu(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = r->x[k] > 0 ? r->x[k] : 0;
}

static void run_activation(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = oracle_activation(&r->node->options.activation, r->x[k]);
}

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
    const bool spread = cnn_shape_elements(shape) < cnn_shape_elements(r->out);
    return input_of(r->whole, r->node, side, r->image)[spread ? k / (r->out->dim[1] * r->out->dim[2]) : k];
}

static void run_pair(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = pair_value(r->node->options.pair.kind, pair_side(r, 0, k), pair_side(r, 1, k));
}

/* What kernel element (i, j) of channel c's weights for filter f adds to the output. */
static void spread_value(const node_run *r, int64_t c, int64_t row, int64_t column, int64_t f) {
    const cnn_conv_transpose2d_options *conv = &r->node->options.conv_transpose2d;
    const int64_t group = c / (r->in->dim[0] / conv->groups), filters = conv->filters / conv->groups;
    for (int64_t i = 0; i < conv->kernel[0]; i++)
        for (int64_t j = 0; j < conv->kernel[1]; j++) {
            const int64_t y = row * conv->stride[0] + i * conv->dilation[0] - conv->padding[0];
            const int64_t x = column * conv->stride[1] + j * conv->dilation[1] - conv->padding[1];
            const int64_t weight = ((c * filters + f) * conv->kernel[0] + i) * conv->kernel[1] + j;
            if (y >= 0 && y < r->out->dim[1] && x >= 0 && x < r->out->dim[2])
                r->y[((group * filters + f) * r->out->dim[1] + y) * r->out->dim[2] + x] +=
                    r->weight[weight] * pixel(r, c, row, column);
        }
}

static void run_conv_transpose(const node_run *r) {
    const cnn_conv_transpose2d_options *conv = &r->node->options.conv_transpose2d;
    const int64_t area = r->out->dim[1] * r->out->dim[2];
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = r->bias ? r->bias[k / area] : 0;
    for (int64_t c = 0; c < r->in->dim[0]; c++)
        for (int64_t at = 0; at < r->in->dim[1] * r->in->dim[2]; at++)
            for (int64_t f = 0; f < conv->filters / conv->groups; f++)
                spread_value(r, c, at / r->in->dim[2], at % r->in->dim[2], f);
}

static void run_flatten(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = r->x[k];
}

static void run_add(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = 0;
    for (int input = 0; input < r->node->inputs; input++)
        for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
            r->y[k] += input_of(r->whole, r->node, input, r->image)[k];
}

/* In logical order, the first axis comes first: channels one after another. */
static void run_concat(const node_run *r) {
    double *y = r->y;
    for (int input = 0; input < r->node->inputs; input++) {
        const cnn_shape *shape = cnn_node_input_shape(r->whole->net, r->node, input);
        for (int64_t k = 0; k < cnn_shape_elements(shape); k++)
            *y++ = input_of(r->whole, r->node, input, r->image)[k];
    }
}

static void run_dropout(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = r->mask ? r->x[k] * r->mask[k] : r->x[k];
}

static void run_dense(const node_run *r) {
    const int64_t inputs = r->in->dim[0];
    for (int64_t unit = 0; unit < r->out->dim[0]; unit++) {
        r->y[unit] = r->bias ? r->bias[unit] : 0;
        for (int64_t k = 0; k < inputs; k++)
            r->y[unit] += r->weight[unit * inputs + k] * r->x[k];
    }
}

/* Mean and biased variance of channel `c` over the whole batch. */
static void batch_statistics(const node_run *r, int64_t c, double *mean, double *variance) {
    const int64_t area = cnn_shape_elements(r->in) / r->in->dim[0], values = r->whole->batch * area;
    *mean = *variance = 0;
    for (int64_t at = 0; at < values; at++)
        *mean += input_of(r->whole, r->node, 0, at / area)[c * area + at % area] / (double)values;
    for (int64_t at = 0; at < values; at++) {
        const double off = input_of(r->whole, r->node, 0, at / area)[c * area + at % area] - *mean;
        *variance += off * off / (double)values;
    }
}

static void run_batch_norm(const node_run *r) {
    const int64_t area = cnn_shape_elements(r->in) / r->in->dim[0];
    for (int64_t c = 0; c < r->in->dim[0]; c++) {
        double mean = parameter_of(r->whole, r->node, 2)[c], variance = parameter_of(r->whole, r->node, 3)[c];
        if (r->whole->training)
            batch_statistics(r, c, &mean, &variance);
        for (int64_t k = c * area; k < (c + 1) * area; k++)
            r->y[k] = (r->x[k] - mean) / sqrt(variance + r->node->options.batch_norm.epsilon) * r->weight[c] +
                      r->bias[c];
    }
}

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

static void run_prelu(const node_run *r) {
    const int64_t area = r->node->options.prelu.shared ? cnn_shape_elements(r->out)
                                                       : cnn_shape_elements(r->out) / r->out->dim[0];
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = r->x[k] > 0 ? r->x[k] : r->weight[k / area] * r->x[k];
}

/* Layers of oracle_maps.c. */
#define MAP_LAYER(name)                                                                                      \
    static void run_##name(const node_run *r) {                                                              \
        oracle_##name(&(map_run){&r->node->options, r->in, r->out, r->x, r->weight, r->bias, r->y});         \
    }
MAP_LAYER(resize)
MAP_LAYER(pad)
MAP_LAYER(instance_norm)
MAP_LAYER(lrn)

typedef void (*node_function)(const node_run *r);

static node_function function_of(const cnn_op *op) {
    static const struct {
        const cnn_op *op;
        node_function run;
    } functions[] = {{&cnn_op_conv2d, run_conv},
                     {&cnn_op_batch_norm, run_batch_norm},
                     {&cnn_op_global_avg_pool2d, run_avg_pool},
                     {&cnn_op_global_max_pool2d, run_max_pool},
                     {&cnn_op_relu, run_relu},
                     {&cnn_op_max_pool2d, run_max_pool},
                     {&cnn_op_avg_pool2d, run_avg_pool},
                     {&cnn_op_flatten, run_flatten},
                     {&cnn_op_dense, run_dense},
                     {&cnn_op_dropout, run_dropout},
                     {&cnn_op_softmax, run_softmax},
                     {&cnn_op_add, run_add},
                     {&cnn_op_concat, run_concat},
                     {&cnn_op_prelu, run_prelu},
                     {&cnn_op_log_softmax, run_log_softmax},
                     {&cnn_op_conv_transpose2d, run_conv_transpose},
                     {&cnn_op_resize2d, run_resize},
                     {&cnn_op_pad2d, run_pad},
                     {&cnn_op_instance_norm, run_instance_norm},
                     {&cnn_op_lrn, run_lrn},
#define PAIR(kind, name, formula) {&cnn_op_##name, run_pair},
                     CNN_PAIR_LIST(PAIR)
#undef PAIR
#define ACTIVATION(kind, name, formula) {&cnn_op_##name, run_activation},
                         CNN_ACTIVATION_LIST(ACTIVATION)
#undef ACTIVATION
    };
    for (size_t k = 0; k < sizeof functions / sizeof functions[0]; k++)
        if (functions[k].op == op)
            return functions[k].run;
    fail_msg("the oracle does not know %s", op->word);
    return NULL;
}

/* ---- The whole network --------------------------------------------------------------------------------- */

static void run_node(oracle *exact, int64_t n) {
    const cnn_node *node = &exact->net->nodes[n];
    const node_function run = function_of(node->op);
    const int64_t elements = cnn_shape_elements(&node->output);
    for (int64_t image = 0; image < exact->batch; image++)
        run(&(node_run){
            .node = node,
            .in = cnn_node_input_shape(exact->net, node, 0),
            .out = &node->output,
            .x = input_of(exact, node, 0, image),
            .whole = exact,
            .image = image,
            .weight = parameter_of(exact, node, 0),
            .bias = parameter_of(exact, node, 1),
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
