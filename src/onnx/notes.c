#include "onnx/notes.h"

#include "onnx/names.h"

#include <inttypes.h>
#include <string.h>

static void note_nodes(const cnn_onnx_reader *reader) {
    const CnnOnnx__NodeProto *first = NULL;
    int64_t count = 0;
    for (size_t i = 0; i < reader->graph.proto->n_node; i++)
        if (!reader->graph.needed[i]) {
            first = first ? first : reader->graph.proto->node[i];
            count++;
        }
    if (count > 0)
        cnn_net_add_note(reader->net,
                         "Left out: %" PRId64 " %s that the output does not need, first \"%s\" (%s)", count,
                         count == 1 ? "node" : "nodes", cnn_onnx_printable(first->name).text,
                         cnn_onnx_printable(first->op_type).text);
}

static void note_tensors(const cnn_onnx_reader *reader) {
    const char *first = NULL;
    int64_t count = 0;
    for (int64_t i = 0; i < reader->graph.count; i++) {
        const cnn_onnx_value *value = &reader->values[i];
        if (value->symbol->uses == 0 && value->symbol->initialiser) {
            first = first ? first : value->symbol->name;
            count++;
        }
    }
    if (count > 0)
        cnn_net_add_note(reader->net, "Left out: %" PRId64 " %s that no remaining node reads, first \"%s\"",
                         count, count == 1 ? "tensor" : "tensors", cnn_onnx_printable(first).text);
}

/* Keys that a network has a place for. */
static bool is_kept(const char *key) {
    static const char image[] = "Image.", own[] = "cnn.";
    return strcmp(key, CNN_ONNX_CLASSES) == 0 || strncmp(key, image, sizeof image - 1) == 0 ||
           strncmp(key, own, sizeof own - 1) == 0;
}

static void note_metadata(const cnn_onnx_reader *reader, const CnnOnnx__ModelProto *model) {
    for (size_t i = 0; i < model->n_metadata_props; i++)
        if (model->metadata_props[i]->key && !is_kept(model->metadata_props[i]->key))
            cnn_net_add_note(reader->net, "The metadata \"%s\" is not kept",
                             cnn_onnx_printable(model->metadata_props[i]->key).text);
    if (model->doc_string && *model->doc_string)
        cnn_net_add_note(reader->net, "The model's description (doc_string) is not kept");
    if (model->n_training_info > 0)
        cnn_net_add_note(reader->net, "The file's training information (training_info) is not kept");
    if (reader->graph.proto->n_quantization_annotation > 0)
        cnn_net_add_note(reader->net,
                         "The file's quantisation annotations (quantization_annotation) are not kept");
}

void cnn_onnx_note_losses(const cnn_onnx_reader *reader, const CnnOnnx__ModelProto *model) {
    if (reader->trains)
        cnn_net_add_note(reader->net,
                         "The file is in training mode: its batch normalisation and dropout become trainable "
                         "layers, which use running statistics and drop nothing outside training");
    note_nodes(reader);
    note_tensors(reader);
    note_metadata(reader, model);
}
