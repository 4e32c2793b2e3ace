/* The nodes of a graph, one after the other, to layers of the reader's network. */
#include "onnx/nodes.h"

#include "base/memory.h"
#include "onnx/fold.h"
#include "onnx/layers/list.h"
#include "onnx/shared.h"
#include "onnx/unpack.h"
#include "onnx/values.h"

#include <string.h>

/* What was kept for another network. */
static void free_room(const cnn_onnx_reader *reader) {
    cnn_free(reader->mean);
    cnn_free(reader->deviation);
    cnn_free(reader->absorbed_by);
}

cnn_status cnn_onnx_make_room(cnn_onnx_reader *reader) {
    const size_t channels = (size_t)reader->net->input.dim[0];
    free_room(reader);
    reader->mean = cnn_allocate(channels, sizeof *reader->mean, "a normalisation", reader->error);
    reader->deviation = cnn_allocate(channels, sizeof *reader->deviation, "a normalisation", reader->error);
    reader->absorbed_by = cnn_allocate(reader->graph.proto->n_node, sizeof *reader->absorbed_by,
                                       "an ONNX graph's nodes", reader->error);
    if (!reader->mean || !reader->deviation || !reader->absorbed_by)
        return CNN_ERROR_MEMORY;
    const cnn_pixel_range range = cnn_range_of(reader->pixels.range);
    for (size_t c = 0; c < channels; c++) {                 /* what the graph's first node sees of a pixel */
        reader->mean[c] = (0 - range.offset) / range.scale; /* never -0 */
        reader->deviation[c] = 1 / range.scale;
    }
    return CNN_OK;
}

cnn_status cnn_onnx_set_normalisation(const cnn_onnx_reader *reader) {
    const int64_t channels = reader->net->input.dim[0];
    float *values = cnn_allocate(2 * (size_t)channels, sizeof *values, "a normalisation", reader->error);
    if (!values)
        return CNN_ERROR_MEMORY;
    for (int64_t c = 0; c < channels; c++) {
        values[c] = (float)reader->mean[c];
        values[channels + c] = (float)reader->deviation[c];
    }
    cnn_status status = cnn_net_set_normalisation(reader->net, values, values + channels, reader->error);
    cnn_free(values);
    return status;
}

void cnn_onnx_release_nodes(cnn_onnx_reader *reader) {
    cnn_onnx_fold_release(reader);
    cnn_onnx_values_free(reader);
    free_room(reader);
}

/* ---- One node -------------------------------------------------------------------------------------- */

static cnn_onnx_node node_at(const cnn_onnx_reader *reader, size_t index) {
    cnn_onnx_node node = cnn_onnx_node_at(reader, (int64_t)index);
    node.error = reader->error;
    return node;
}

/* What every needed node must have. */
static cnn_status check_node(const cnn_onnx_node *node) {
    const CnnOnnx__NodeProto *proto = node->proto;
    if (!proto->op_type || proto->n_output == 0 || !*proto->output[0])
        return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "it has no operator or no output");
    if (!cnn_onnx_is_own_domain(proto->domain))
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                             "the operators of the domain \"%s\" are not supported",
                             cnn_onnx_printable(proto->domain).text);
    return CNN_OK;
}

cnn_status cnn_onnx_check_node(const cnn_onnx_reader *reader, size_t index) {
    const cnn_onnx_node node = node_at(reader, index);
    const cnn_status status = check_node(&node);
    return status == CNN_OK ? CNN_OK : cnn_onnx_name_node(&node, reader->graph.origin, status);
}

/* A layer gives one value. */
static cnn_status check_outputs(const cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    for (size_t k = 1; k < node->proto->n_output; k++) {
        const cnn_onnx_value *value = cnn_onnx_output_number(reader, node, k);
        if (value && value->symbol->uses)
            return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                                 "another node uses its output %zu; only the first one "
                                 "is supported",
                                 k + 1);
    }
    return CNN_OK;
}

/* What operator sets before 7 said besides: that values may be overwritten, that a layer is in inference, and that a Gemm's bias is
 * there for each row, of which its shape is what counts. Their other attributes, as those of a broadcast, are refused. */
static cnn_status read_old_attributes(const cnn_onnx_reader *reader, cnn_onnx_node *node) {
    const int64_t *ignored;
    int64_t count, broadcast;
    if (reader->opset >= 7)
        return CNN_OK;
    cnn_status status = cnn_attribute_integers(&node->attributes, "consumed_inputs", &ignored, &count);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(node, "is_test", 1);
    if (status == CNN_OK && strcmp(node->proto->op_type, "Gemm") == 0)
        status = cnn_attribute_integer(&node->attributes, "broadcast", &broadcast);
    return status;
}

static cnn_status read_layer(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    const cnn_onnx_operator *op = cnn_onnx_find_operator(node->proto->op_type);
    if (!op)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                             "this operator is not supported; docs/onnx.md lists the supported ones");
    if (node->proto->n_input < op->min_inputs || node->proto->n_input > op->max_inputs)
        return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "it has %zu inputs, expected %zu to %zu",
                             node->proto->n_input, op->min_inputs, op->max_inputs);
    const bool gives_many = op->read == cnn_onnx_read_split;
    cnn_status status = gives_many ? CNN_OK : check_outputs(reader, node);
    if (status != CNN_OK)
        return status;
    cnn_onnx_attributes room;
    status = cnn_onnx_open_attributes(&node->attributes, &room, node->proto, node->error);
    if (status == CNN_OK)
        status = read_old_attributes(reader, node);
    if (status == CNN_OK)
        status = op->read(reader, node);
    return status == CNN_OK ? cnn_attributes_all_read(&node->attributes) : status;
}

/* The layer that does the node's work gives one of its inputs already, or what it reads itself. What other nodes of several
 * that are one layer give is not asked for. */
static void take_over(const cnn_onnx_reader *reader, const cnn_onnx_node *node, cnn_layer layer) {
    for (size_t k = 0; k < node->proto->n_input; k++) {
        const cnn_onnx_value *input = cnn_onnx_input(reader, node, k);
        if (input && input->layer && cnn_onnx_output(reader, node)->layer != layer) {
            cnn_onnx_pass_on(reader, node, input);
            cnn_onnx_output(reader, node)->layer = layer;
        }
    }
}

cnn_status cnn_onnx_read_node(cnn_onnx_reader *reader, size_t index) {
    cnn_onnx_node node = node_at(reader, index);
    cnn_onnx_value *output = cnn_onnx_output(reader, &node);
    bool folded = output->constant != NULL;
    if (reader->absorbed_by[index]) {
        take_over(reader, &node, reader->absorbed_by[index]);
        return CNN_OK;
    }
    cnn_status status = folded ? CNN_OK : cnn_onnx_fold_node(reader, index, &folded);
    if (status != CNN_OK || folded)
        return status;
    const int64_t layers = reader->net->node_count;
    status = read_layer(reader, &node);
    if (status != CNN_OK)
        return cnn_onnx_name_node(&node, reader->graph.origin, status);
    if (reader->net->node_count > layers && reader->net->nodes[reader->net->node_count - 1].parameters > 0)
        cnn_onnx_find_shared(reader, (int64_t)index);
    return CNN_OK;
}
