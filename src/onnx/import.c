/* ONNX models to networks. */
#include "onnx/onnx.h"

#include "base/memory.h"
#include "graph/json_classes.h"
#include "onnx/fold.h"
#include "onnx/input.h"
#include "onnx/unpack.h"
#include "onnx/names.h"
#include "onnx/notes.h"
#include "onnx/layers/list.h"
#include "onnx/shared.h"
#include "onnx/values.h"

#include <string.h>

enum {
    OLDEST_OPSET = 7 /* before it, Add and its like did not broadcast as they do now */
};

static bool is_own(const CnnOnnx__ModelProto *model) {
    return model->producer_name && strcmp(model->producer_name, CNN_ONNX_PRODUCER) == 0;
}

/* What the metadata say of images. */
static cnn_status read_pixels(cnn_onnx_reader *reader) {
    cnn_onnx_pixels *pixels = &reader->pixels;
    if (!reader->images_of)
        return CNN_OK;
    return cnn_onnx_read_pixels(reader->images_of, reader->net->input.dim[0], reader->graph.origin, pixels,
                                reader->error);
}

/* What is kept for each channel and each node. */
static cnn_status make_room(cnn_onnx_reader *reader) {
    const size_t channels = (size_t)reader->net->input.dim[0];
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

/* ---- The nodes ------------------------------------------------------------------------------------- */

static cnn_onnx_node node_at(const cnn_onnx_reader *reader, size_t index) {
    cnn_onnx_node node = cnn_onnx_node_at(reader, (int64_t)index);
    node.error = reader->error;
    return node;
}

/* What every needed node must have. */
static cnn_status check_node(const cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    const CnnOnnx__NodeProto *proto = node->proto;
    if (!proto->op_type || proto->n_output == 0 || !*proto->output[0])
        return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "it has no operator or no output");
    if (!cnn_onnx_is_own_domain(proto->domain))
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                             "the operators of the domain \"%s\" are not supported",
                             cnn_onnx_printable(proto->domain).text);
    for (size_t k = 1; k < proto->n_output; k++) {
        const cnn_onnx_value *value = cnn_onnx_output_number(reader, node, k);
        if (value && value->symbol->uses)
            return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                                 "another node uses its output %zu; only the first one "
                                 "is supported",
                                 k + 1);
    }
    return CNN_OK;
}

static cnn_status check_nodes(const cnn_onnx_reader *reader) {
    for (size_t i = 0; i < reader->graph.proto->n_node; i++) {
        const cnn_onnx_node node = node_at(reader, i);
        cnn_status status = CNN_OK;
        if (reader->graph.needed[i])
            status = check_node(reader, &node);
        if (status != CNN_OK)
            return cnn_onnx_name_node(&node, reader->graph.origin, status);
    }
    return CNN_OK;
}

static cnn_status read_layer(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    const cnn_onnx_operator *op = cnn_onnx_find_operator(node->proto->op_type);
    if (!op)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                             "this operator is not supported; docs/onnx.md lists the supported ones");
    if (node->proto->n_input < op->min_inputs || node->proto->n_input > op->max_inputs)
        return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "it has %zu inputs, expected %zu to %zu",
                             node->proto->n_input, op->min_inputs, op->max_inputs);
    cnn_onnx_attributes room;
    cnn_status status = cnn_onnx_open_attributes(&node->attributes, &room, node->proto, node->error);
    if (status == CNN_OK)
        status = op->read(reader, node);
    return status == CNN_OK ? cnn_attributes_all_read(&node->attributes) : status;
}

/* The layer that does the node's work gives one of its inputs already. */
static void take_over(const cnn_onnx_reader *reader, const cnn_onnx_node *node, cnn_layer layer) {
    for (size_t k = 0; k < node->proto->n_input; k++) {
        const cnn_onnx_value *input = cnn_onnx_input(reader, node, k);
        if (input && input->layer == layer)
            cnn_onnx_pass_on(reader, node, input);
    }
}

static cnn_status read_node(cnn_onnx_reader *reader, size_t index) {
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

/* Constants come first: a layer looks ahead for a bias that may stand behind it. */
static cnn_status read_nodes(cnn_onnx_reader *reader) {
    cnn_status status = check_nodes(reader);
    if (status == CNN_OK)
        status = cnn_onnx_fold_constants(reader);
    if (status == CNN_OK)
        status = cnn_onnx_make_net(reader);
    if (status == CNN_OK)
        status = read_pixels(reader);
    if (status == CNN_OK)
        status = make_room(reader);
    for (size_t i = 0; status == CNN_OK && i < reader->graph.proto->n_node; i++)
        if (reader->graph.needed[i])
            status = read_node(reader, i);
    if (status == CNN_OK && cnn_net_layers(reader->net) == 0)
        status = cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED, "%s: the graph has no layers",
                          reader->graph.origin);
    if (status == CNN_OK && reader->output->layer != cnn_net_layers(reader->net))
        status = cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED,
                          "%s: the output is not the feature map of the last layer", reader->graph.origin);
    return status;
}

/* ---- What belongs to the whole network ------------------------------------------------------------- */

static cnn_status set_normalisation(const cnn_onnx_reader *reader) {
    cnn_net *net = reader->net;
    const int64_t channels = net->input.dim[0];
    float *values = cnn_allocate(2 * (size_t)channels, sizeof *values, "a normalisation", reader->error);
    if (!values)
        return CNN_ERROR_MEMORY;
    for (int64_t c = 0; c < channels; c++) {
        values[c] = (float)reader->mean[c];
        values[channels + c] = (float)reader->deviation[c];
    }
    cnn_status status = cnn_net_set_normalisation(net, values, values + channels, reader->error);
    cnn_free(values);
    if (!reader->images_of || !is_own(reader->images_of) || reader->pixels.range == CNN_PIXELS_UNKNOWN)
        net->pixels = reader->pixels.range; /* else the normalisation is what says it */
    if (status == CNN_OK)
        status = cnn_net_set_preprocessing(net, &reader->pixels.preprocessing, reader->error);
    return status == CNN_OK ? CNN_OK : cnn_fail_within(reader->error, status, "%s", reader->graph.origin);
}

/* Another tool may mean something else by "classes": then the network goes without names. */
static cnn_status read_metadata(const cnn_onnx_reader *reader, const CnnOnnx__ModelProto *model) {
    for (size_t i = 0; i < model->n_metadata_props; i++) {
        const CnnOnnx__StringStringEntryProto *entry = model->metadata_props[i];
        if (!entry->key || !entry->value || strcmp(entry->key, CNN_ONNX_CLASSES) != 0)
            continue;
        cnn_status status = cnn_json_set_classes(reader->net, entry->value, reader->error);
        if (status != CNN_OK && (reader->own || status == CNN_ERROR_MEMORY))
            return cnn_fail_within(reader->error, status, "%s", reader->graph.origin);
    }
    return CNN_OK;
}

/* ---- The whole ------------------------------------------------------------------------------------- */

static cnn_status read_model(cnn_onnx_reader *reader, const CnnOnnx__ModelProto *model, const char *origin) {
    reader->own = is_own(model);
    cnn_status status = cnn_onnx_values_open(reader, model->graph, origin);
    if (status == CNN_OK)
        status = read_nodes(reader);
    if (status == CNN_OK)
        status = set_normalisation(reader);
    if (status == CNN_OK)
        cnn_onnx_note_losses(reader, model);
    return status == CNN_OK ? read_metadata(reader, model) : status;
}

static void release(cnn_onnx_reader *reader) {
    cnn_onnx_fold_release(reader);
    cnn_onnx_values_free(reader);
    cnn_free(reader->mean);
    cnn_free(reader->deviation);
    cnn_free(reader->absorbed_by);
}

/* How the file sees what goes in and comes out. */
static void tell_views(const cnn_onnx_reader *reader, cnn_onnx_views *views) {
    views->input = reader->input->view;
    views->output = reader->output->view;
    views->trains = reader->trains;
}

/* Without views, the caller has images. */
static cnn_status read_bytes(cnn_net **net, cnn_onnx_views *views, const void *bytes, size_t size,
                             const char *origin, const char *folder, cnn_error *error) {
    cnn_onnx_reader reader = {.folder = folder, .error = error};
    *net = NULL;
    CnnOnnx__ModelProto *model;
    cnn_status status = cnn_onnx_unpack(&model, bytes, size, origin, OLDEST_OPSET, &reader.opset, error);
    if (status != CNN_OK)
        return status;
    reader.stored = (int64_t)size;
    reader.images_of = views ? NULL : model;
    status = read_model(&reader, model, origin);
    if (status == CNN_OK && views)
        tell_views(&reader, views);
    release(&reader);
    cnn_onnx__model_proto__free_unpacked(model, NULL);
    if (status == CNN_OK)
        *net = reader.net;
    else
        cnn_net_free(reader.net);
    return status;
}

cnn_status cnn_onnx_read(cnn_net **net, const void *bytes, size_t size, const char *origin,
                         const char *folder, cnn_error *error) {
    return read_bytes(net, NULL, bytes, size, origin, folder, error);
}

cnn_status cnn_onnx_read_views(cnn_net **net, cnn_onnx_views *views, const void *bytes, size_t size,
                               const char *origin, const char *folder, cnn_error *error) {
    return read_bytes(net, views, bytes, size, origin, folder, error);
}
