#include "onnx/shared.h"

#include <string.h>

/* The tensors of the file that a layer's parameters come from. */
enum { MAX_SOURCES = CNN_MAX_PARAMETERS + 2 };
typedef struct sources {
    cnn_onnx_value *of[MAX_SOURCES];
    int count;
} sources;

/* A node's constants from input `from` on; whole numbers are shapes. */
static void add_sources(const cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t from,
                        sources *found) {
    for (size_t k = from; k < node->proto->n_input; k++) {
        cnn_onnx_value *value = cnn_onnx_input(reader, node, k);
        if (value && value->constant && found->count < MAX_SOURCES &&
            value->constant->data_type == CNN_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT)
            found->of[found->count++] = value;
    }
}

/* A node's constants behind its first input, and those of the nodes behind it whose work its layer does. An
 * InstanceNormalization there has ones and zeros, which nobody trains. */
static sources sources_of(const cnn_onnx_reader *reader, int64_t index, cnn_layer layer) {
    cnn_onnx_node node = cnn_onnx_node_at(reader, index);
    int64_t user = cnn_onnx_output(reader, &node)->symbol->user;
    sources found = {.count = 0};
    add_sources(reader, &node, 1, &found);
    while (user != CNN_ONNX_NO_NODE && reader->absorbed_by[user] == layer) {
        node = cnn_onnx_node_at(reader, user);
        if (strcmp(node.proto->op_type, "InstanceNormalization") != 0)
            add_sources(reader, &node, 0, &found);
        user = cnn_onnx_output(reader, &node)->symbol->user;
    }
    return found;
}

static cnn_onnx_value *root_of(cnn_onnx_value *value) {
    return value->root ? value->root : value;
}

/* Whether a tensor has different values. */
static bool is_telling(const cnn_onnx_reader *reader, const cnn_onnx_value *value, int64_t index) {
    const cnn_onnx_node node = cnn_onnx_node_at(reader, index);
    cnn_onnx_tensor tensor;
    if (reader->own)
        return true;
    if (cnn_onnx_reals(&node, value->constant, "tensor", &tensor) != CNN_OK)
        return false;
    for (int64_t i = 1; i < tensor.elements; i++)
        if (memcmp(&tensor.reals[i], &tensor.reals[0], sizeof *tensor.reals) != 0)
            return true;
    return false;
}

static bool same_roots(const sources *a, const sources *b) {
    bool same = a->count == b->count;
    for (int k = 0; same && k < a->count; k++)
        same = root_of(a->of[k]) == root_of(b->of[k]);
    return same;
}

/* Parameters of both, one tensor after the other, bit for bit. */
static bool same_values(const cnn_net *net, const cnn_node *a, const cnn_node *b) {
    bool same = a->op == b->op && a->parameters == b->parameters;
    for (int k = 0; same && k < a->parameters; k++) {
        const cnn_parameter *first = &net->parameters[a->first_parameter + k],
                            *second = &net->parameters[b->first_parameter + k];
        same = first->elements == second->elements &&
               memcmp(net->values + first->offset, net->values + second->offset,
                      (size_t)first->elements * sizeof *net->values) == 0;
    }
    return same;
}

void cnn_onnx_find_shared(const cnn_onnx_reader *reader, int64_t index) {
    cnn_net *net = reader->net;
    const cnn_layer layer = (cnn_layer)net->node_count;
    const sources own = sources_of(reader, index, layer);
    const cnn_onnx_value *shared = NULL;
    for (int k = 0; k < own.count; k++) {
        cnn_onnx_value *root = root_of(own.of[k]);
        if (!is_telling(reader, own.of[k], index))
            continue;
        if (!root->taken_by) {
            root->taken_by = layer;
            root->taker = index;
        } else if (root->taken_by != layer && !shared)
            shared = root;
    }
    if (!shared)
        return;
    const cnn_node *first = &net->nodes[shared->taken_by - 1], *last = &net->nodes[layer - 1];
    const sources others = sources_of(reader, shared->taker, shared->taken_by);
    if (same_roots(&own, &others) && same_values(net, first, last) &&
        cnn_net_share_last(net, (int)shared->taken_by - 1))
        return;
    if (shared->constant && shared->constant->n_dims < 2)
        cnn_net_add_note(
            net, "The layers %.120s and %.120s share only the tensor \"%s\", and each gets a copy of it",
            first->name, last->name, cnn_onnx_printable(shared->symbol->name).text);
    else
        cnn_net_refuse_training(net,
                                "The layers %.120s and %.120s share the tensor \"%s\", but not all of their "
                                "parameters or not in the same way, and each gets a copy of it",
                                first->name, last->name, cnn_onnx_printable(shared->symbol->name).text);
}
