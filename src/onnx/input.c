#include "onnx/input.h"

#include "onnx/input_size.h"
#include "onnx/layers/views.h"

#include <string.h>

/* What each axis of the input behind the batch is: a part of the image. */
typedef struct order {
    int part[CNN_ONNX_PARTS];
} order;

/* The sizes of the axes behind the batch: three, or two where an image has one channel. */
static cnn_status read_declared(cnn_onnx_reader *reader, cnn_shape *declared) {
    const CnnOnnx__TypeProto *type = reader->input->symbol->input->type;
    const char *origin = reader->graph.origin;
    if (!type || type->value_case != CNN_ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE || !type->tensor_type->shape ||
        type->tensor_type->elem_type != CNN_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT)
        return cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED,
                        "%s: the input must be a float32 tensor with a shape", origin);
    const CnnOnnx__TensorShapeProto *shape = type->tensor_type->shape;
    if (shape->n_dim != 3 && shape->n_dim != 4)
        return cnn_fail(
            reader->error, CNN_ERROR_UNSUPPORTED,
            "%s: the input must have four axes N,C,H,W or N,H,W,C, or three N,C,L, but it has %zu", origin,
            shape->n_dim);
    bool fixed = true;
    for (size_t axis = 1; axis < shape->n_dim; axis++) {
        declared->dim[axis - 1] = cnn_onnx_dimension(shape, axis);
        fixed = fixed && declared->dim[axis - 1] > 0;
    }
    if (!fixed)
        return cnn_onnx_fail_free(reader);
    declared->rank = (int)shape->n_dim - 1;
    reader->batch = cnn_onnx_dimension(shape, 0);
    return cnn_shape_valid(declared) ? CNN_OK
                                     : cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED,
                                                "%s: the input's size cannot be counted", origin);
}

/* ---- Which axis holds the channels ----------------------------------------------------------------- */

/* Operators that treat all values alike: what follows them says how the axes stand. */
static bool is_indifferent(const char *name) {
    static const char *const others[] = {"Add", "Clip", "Div", "Dropout", "Mul", "Relu", "Sub"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(name, others[i]) == 0)
            return true;
    return false;
}

/* Operators on the last axis, which then holds the channels. */
static bool wants_channels_last(const char *name) {
    return strcmp(name, "LayerNormalization") == 0 || strcmp(name, "MatMul") == 0;
}

/* Whether the node that reads the input in these axes says which of them are N,C,H,W; *wanted is turned to that. */
static bool tells_order(const cnn_onnx_node *node, cnn_onnx_view *wanted) {
    static const int64_t map_first[] = {0, 3, 1, 2}, line_first[] = {0, 2, 1};
    if (wants_channels_last(node->proto->op_type))
        return wanted->rank == CNN_ONNX_PARTS ? cnn_onnx_view_transpose(wanted, line_first, 3)
                                              : cnn_onnx_view_transpose(wanted, map_first, 4);
    return wanted->rank == CNN_ONNX_PARTS + 1 || wanted->rank == CNN_ONNX_PARTS;
}

static void follow(const cnn_onnx_reader *reader, const cnn_onnx_node *node, const cnn_onnx_view *view) {
    cnn_onnx_value *output = cnn_onnx_output(reader, node);
    if (!output)
        return;
    output->layer = CNN_NETWORK_INPUT;
    output->view = *view;
}

/* The first input of a node that is the network's input in other axes; NULL: none. */
static const cnn_onnx_value *followed_input(const cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    for (size_t k = 0; k < node->proto->n_input; k++) {
        const cnn_onnx_value *value = cnn_onnx_input(reader, node, k);
        if (value && value->layer == CNN_NETWORK_INPUT)
            return value;
    }
    return NULL;
}

/* What such a node makes of the axes. Where it fails the graph says no more of them, and what is wrong is said when the node
 * itself is read; but memory that runs out is no property of the graph. */
static cnn_status change_view(const cnn_onnx_reader *reader, cnn_onnx_node *node, cnn_onnx_view *wanted,
                              bool *known) {
    cnn_onnx_attributes room;
    cnn_error reason;
    node->error = &reason;
    cnn_status status = cnn_onnx_open_attributes(&node->attributes, &room, node->proto, &reason);
    if (status == CNN_OK)
        status = cnn_onnx_change_view(reader, node, wanted);
    *known = status == CNN_OK;
    return status == CNN_ERROR_MEMORY ? cnn_fail(reader->error, status, "%s", reason.message) : CNN_OK;
}

/* The first node that reads the input and is neither a view nor indifferent wants N,C,H,W, or N,C,L. Until it is found, parts
 * are numbered as the axes of the file. *found: somebody does. */
static cnn_status find_wanted(const cnn_onnx_reader *reader, cnn_onnx_view *wanted, bool *found) {
    cnn_status status = CNN_OK;
    bool known = true;
    *found = false;
    for (size_t i = 0; status == CNN_OK && known && i < reader->graph.proto->n_node; i++) {
        cnn_onnx_node node = cnn_onnx_node_at(reader, (int64_t)i);
        const cnn_onnx_value *input = reader->graph.needed[i] ? followed_input(reader, &node) : NULL;
        if (!input || strcmp(node.proto->op_type, "Shape") == 0)
            continue;
        *wanted = input->view;
        if (!cnn_onnx_is_view(node.proto->op_type) && !is_indifferent(node.proto->op_type)) {
            *found = tells_order(&node, wanted);
            return CNN_OK;
        }
        status = change_view(reader, &node, wanted, &known);
        if (status == CNN_OK && known)
            follow(reader, &node, wanted);
    }
    return status;
}

/* Where the file's parts stand when N,C,H,W is wanted; false when one of these holds two of them. Those that are not
 * seen, of size 1, take what is left. */
static bool order_of(const cnn_onnx_view *wanted, order *order) {
    bool given[CNN_ONNX_PARTS] = {false}, taken[CNN_ONNX_PARTS] = {false};
    const int last = wanted->rank == CNN_ONNX_PARTS ? 2 : -1; /* L of N,C,L, which becomes columns */
    for (int k = 0; k < wanted->count; k++) {
        const int to = wanted->axis[k] == last ? CNN_ONNX_COLUMNS : wanted->axis[k] - 1;
        if (taken[to])
            return false;
        order->part[wanted->part[k]] = to;
        given[wanted->part[k]] = taken[to] = true;
    }
    for (int from = 0, to = 0; from < CNN_ONNX_PARTS; from++) {
        if (given[from])
            continue;
        while (taken[to])
            to++;
        order->part[from] = to++;
    }
    return true;
}

static bool is_colour(int64_t channels) {
    return channels == 1 || channels == 3;
}

/* Where the graph does not say it: grey or coloured images have one or three channels. */
static order guess_order(const cnn_shape *declared) {
    static const order first = {{CNN_ONNX_CHANNELS, CNN_ONNX_ROWS, CNN_ONNX_COLUMNS}},
                       last = {{CNN_ONNX_ROWS, CNN_ONNX_COLUMNS, CNN_ONNX_CHANNELS}};
    return is_colour(declared->dim[2]) && !is_colour(declared->dim[0]) ? last : first;
}

static cnn_status find_order(cnn_onnx_reader *reader, const cnn_shape *declared, order *order) {
    cnn_onnx_value *input = reader->input;
    cnn_onnx_view wanted;
    input->layer = CNN_NETWORK_INPUT;
    input->view = cnn_onnx_view_of(declared);
    bool found;
    cnn_status status = find_wanted(reader, &wanted, &found);
    found = status == CNN_OK && found && order_of(&wanted, order);
    for (int64_t i = 0; i < reader->graph.count; i++)
        reader->values[i].layer = 0;
    if (status != CNN_OK)
        return status;
    if (!found && declared->rank < CNN_ONNX_PARTS)
        return cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED,
                        "%s: the input must have four axes N,C,H,W or N,H,W,C, or become that by a Reshape",
                        reader->graph.origin);
    if (!found)
        *order = guess_order(declared);
    return CNN_OK;
}

/* ---- The network ----------------------------------------------------------------------------------- */

/* The axes of the input as the file has them. */
static cnn_onnx_view input_view(const cnn_shape *declared, const order *order) {
    cnn_onnx_view view = {.rank = declared->rank + 1, .size = {1, 1, 1, 1}};
    for (int i = 0; i < declared->rank; i++) {
        view.size[order->part[i]] = declared->dim[i];
        if (declared->dim[i] == 1)
            continue;
        view.part[view.count] = order->part[i];
        view.axis[view.count++] = i + 1;
    }
    return view;
}

cnn_status cnn_onnx_make_net_of(cnn_onnx_reader *reader, const cnn_shape *declared) {
    order order = {{CNN_ONNX_CHANNELS, CNN_ONNX_ROWS, CNN_ONNX_COLUMNS}};
    cnn_status status = declared->rank == 1 ? CNN_OK : find_order(reader, declared, &order);
    if (status != CNN_OK)
        return status;
    cnn_onnx_value *input = reader->input;
    const cnn_onnx_view view = input_view(declared, &order);
    input->layer = CNN_NETWORK_INPUT;
    input->view = view;
    reader->net = cnn_net_new(&(cnn_input_options){.channels = view.size[CNN_ONNX_CHANNELS],
                                                   .height = view.size[CNN_ONNX_ROWS],
                                                   .width = view.size[CNN_ONNX_COLUMNS]});
    if (!reader->net)
        return cnn_fail(reader->error, CNN_ERROR_MEMORY, "out of memory: a network");
    if (cnn_net_status(reader->net) != CNN_OK)
        return cnn_fail(reader->error, cnn_net_status(reader->net), "%s: %s", reader->graph.origin,
                        cnn_net_error(reader->net));
    return CNN_OK;
}

cnn_status cnn_onnx_make_net(cnn_onnx_reader *reader) {
    cnn_shape declared = {0};
    cnn_status status = read_declared(reader, &declared);
    return status == CNN_OK ? cnn_onnx_make_net_of(reader, &declared) : status;
}
