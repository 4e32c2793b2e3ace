/* What follows from the layers alone: parameters that are shared, connections, receptive fields. */
#include "lab/experiment.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "inspect/subject.h"

/* ---- Connections -------------------------------------------------------------------------------------- */

static bool shares_parameters(const cnn_node *node) {
    return node->op == &cnn_op_conv2d || node->op == &cnn_op_conv_transpose2d;
}

/* Layers whose connections are worth counting. For each of them, which rows an output looks at depends on its row alone,
 * which columns on its column, which channels on its channel. */
static bool has_connections(const cnn_node *node) {
    static const cnn_op *const ops[] = {
        &cnn_op_dense,
        &cnn_op_max_pool2d,
        &cnn_op_avg_pool2d,
        &cnn_op_global_avg_pool2d,
        &cnn_op_global_max_pool2d,
        &cnn_op_global_l2_pool2d,
    };
    bool found = shares_parameters(node);
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        found = found || node->op == ops[i];
    return found;
}

/* How many inputs lie on the map along an axis. */
static int64_t count_inside(const cnn_reach *reach, int axis, int64_t size) {
    int64_t inside = 0;
    for (int64_t i = 0; i < reach->count[axis]; i++) {
        const int64_t at = reach->first[axis] + i * reach->step[axis];
        inside += at >= 0 && at < size;
    }
    return inside;
}

static int64_t size_of(const cnn_shape *shape, int axis) {
    return 1 + axis < shape->rank ? shape->dim[1 + axis] : 1;
}

/* Along an axis, over all outputs: the sum of the inputs that each looks at, and the most that one does. */
typedef struct tally {
    int64_t sum, most;
} tally;

static tally tally_axis(const cnn_inspected_kind *kind, cnn_question question, int axis) {
    const int64_t outputs = size_of(&question.node->output, axis);
    tally t = {0, 0};
    for (int64_t at = 0; at < outputs; at++) {
        question.at = (cnn_spot){.row = axis ? 0 : at, .column = axis ? at : 0};
        const cnn_reach reach = kind->reach(&question);
        const int64_t inside = count_inside(&reach, axis, size_of(cnn_question_shape(&question), axis));
        t.sum += inside;
        t.most = cnn_max(t.most, inside);
    }
    return t;
}

/* Of channels all outputs look at equally many. */
static void count_connections(const cnn_net *net, const cnn_node *node, cnn_lab_layer *layer) {
    const cnn_inspected_kind *kind = cnn_inspected_kind_of(node->op);
    const cnn_question question = {.net = net, .node = node};
    const cnn_reach first = kind->reach(&question);
    const int64_t channels = first.channels.end - first.channels.first;
    const tally rows = tally_axis(kind, question, 0), columns = tally_axis(kind, question, 1);
    layer->connections =
        cnn_saturated_product(cnn_saturated_product(node->output.dim[0] * channels, rows.sum), columns.sum);
    layer->value_connections = channels * rows.most * columns.most;
    layer->inputs = cnn_shape_elements(cnn_question_shape(&question));
    layer->possible = cnn_saturated_product(layer->inputs, cnn_shape_elements(&node->output));
}

/* a + b, at most INT64_MAX. */
static int64_t saturated_sum(int64_t a, int64_t b) {
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static void count_parameters(const cnn_node *node, cnn_lab_layer *layer) {
    const int64_t biases = node->parameters > 1 ? cnn_shape_elements(&node->output) : 0;
    layer->unshared_parameters = saturated_sum(layer->connections, biases);
    layer->dense_parameters = saturated_sum(layer->possible, biases);
}

/* ---- Receptive fields --------------------------------------------------------------------------------- */

static cnn_status find_field(const cnn_inspector *inspector, const cnn_node *node, cnn_lab_layer *layer,
                             cnn_error *error) {
    const cnn_spot middle = {.row = size_of(&node->output, 0) / 2, .column = size_of(&node->output, 1) / 2};
    return cnn_inspector_receptive_field(inspector, node->name, cnn_spot_index(&node->output, middle),
                                         &layer->field, NULL, error);
}

/* ---- Layers ------------------------------------------------------------------------------------------- */

static cnn_status describe(const cnn_inspector *inspector, int number, cnn_lab_layer *layer,
                           cnn_error *error) {
    const cnn_net *net = cnn_inspector_net(inspector);
    const cnn_node *node = &net->nodes[number];
    cnn_layer_info info;
    cnn_status status = cnn_net_layer(net, number + 1, &info, error);
    if (status != CNN_OK)
        return status;
    layer->name = cnn_copy_string(info.name, error);
    layer->kind = cnn_copy_string(info.kind, error);
    if (!layer->name || !layer->kind)
        return CNN_ERROR_MEMORY;
    layer->rank = info.rank;
    for (int axis = 0; axis < info.rank; axis++)
        layer->output[axis] = info.output[axis];
    layer->parameters = info.parameters;
    if (has_connections(node))
        count_connections(net, node, layer);
    if (shares_parameters(node))
        count_parameters(node, layer);
    return find_field(inspector, node, layer, error);
}

cnn_status cnn_experiment_geometry(cnn_experiment *e, cnn_error *error) {
    const cnn_net *net = e->options->net;
    const cnn_inspector_options options = {.threads = 1, .no_gradients = true};
    cnn_inspector *inspector;
    cnn_status status = cnn_inspector_new(&inspector, net, &options, error);
    if (status != CNN_OK)
        return status;
    e->lab->layers = cnn_allocate((size_t)net->node_count, sizeof *e->lab->layers, "the layers", error);
    status = e->lab->layers ? CNN_OK : CNN_ERROR_MEMORY;
    for (int64_t i = 0; status == CNN_OK && i < net->node_count; i++) {
        e->lab->layer_count = i + 1;
        status = describe(inspector, (int)i, &e->lab->layers[i], error);
    }
    cnn_inspector_free(inspector);
    return status;
}
