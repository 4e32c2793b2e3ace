/* ONNX models to networks. */
#include "onnx/onnx.h"

#include "graph/json_classes.h"
#include "onnx/fold.h"
#include "onnx/input.h"
#include "onnx/input_size.h"
#include "onnx/unpack.h"
#include "onnx/names.h"
#include "onnx/nodes.h"
#include "onnx/notes.h"
#include "onnx/program_internal.h"
#include "onnx/values.h"

#include <string.h>

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

/* ---- The nodes ------------------------------------------------------------------------------------- */

static cnn_status check_nodes(const cnn_onnx_reader *reader) {
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < reader->graph.proto->n_node; i++)
        if (reader->graph.needed[i])
            status = cnn_onnx_check_node(reader, i);
    return status;
}

/* About as many as the network will have as parameters: constants that some node reads. */
static int64_t count_reals(const cnn_onnx_reader *reader) {
    int64_t count = 0;
    for (int64_t i = 0; i < reader->graph.count; i++) {
        const CnnOnnx__TensorProto *constant = reader->values[i].constant;
        if (!constant || reader->values[i].symbol->uses == 0 ||
            constant->data_type != CNN_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT)
            continue;
        count += (int64_t)(constant->has_raw_data ? constant->raw_data.len / sizeof(float)
                                                  : constant->n_float_data);
    }
    return count;
}

static cnn_status reserve_values(const cnn_onnx_reader *reader) {
    const int64_t count = count_reals(reader);
    if (reader->spare) {
        void *memory = reader->spare->data;
        cnn_net_take_memory(reader->net, &memory, reader->spare->size, count);
        reader->spare->data = memory;
    }
    return cnn_net_reserve_values(reader->net, count, reader->error);
}

/* Constants come first: a layer looks ahead for a bias that may stand behind it. */
static cnn_status read_nodes(cnn_onnx_reader *reader) {
    cnn_status status = check_nodes(reader);
    if (status == CNN_OK)
        status = cnn_onnx_fold_constants(reader);
    if (status == CNN_OK)
        status = cnn_onnx_make_net(reader);
    if (status == CNN_OK)
        status = reserve_values(reader);
    if (status == CNN_OK)
        status = read_pixels(reader);
    if (status == CNN_OK)
        status = cnn_onnx_make_room(reader);
    for (size_t i = 0; status == CNN_OK && i < reader->graph.proto->n_node; i++)
        if (reader->graph.needed[i])
            status = cnn_onnx_read_node(reader, i);
    if (status == CNN_OK && cnn_net_layers(reader->net) == 0)
        status = cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED, "%s: the graph has no layers",
                          reader->graph.origin);
    if (status == CNN_OK && reader->output->layer != cnn_net_layers(reader->net))
        status = cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED,
                          "%s: the output is not the feature map of the last layer", reader->graph.origin);
    return status;
}

/* ---- What belongs to the whole network ------------------------------------------------------------- */

/* The normalisation, and what the metadata say of pixels. */
static cnn_status set_pixels(const cnn_onnx_reader *reader) {
    cnn_net *net = reader->net;
    cnn_status status = cnn_onnx_set_normalisation(reader);
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

static cnn_status read_model(cnn_onnx_reader *reader, const CnnOnnx__ModelProto *model, const char *origin,
                             const cnn_input_size *images) {
    reader->own = is_own(model);
    cnn_status status = cnn_onnx_values_open(reader, model->graph, origin);
    if (status == CNN_OK)
        status = cnn_onnx_find_ends(reader);
    if (status == CNN_OK && images)
        status = cnn_onnx_size_input(reader, images);
    if (status == CNN_OK)
        status = read_nodes(reader);
    if (status == CNN_OK)
        status = set_pixels(reader);
    if (status == CNN_OK)
        cnn_onnx_note_losses(reader, model);
    return status == CNN_OK ? read_metadata(reader, model) : status;
}

/* How the file sees what goes in and comes out. */
static void tell_views(const cnn_onnx_reader *reader, cnn_onnx_views *views) {
    views->input = reader->input->view;
    views->output = reader->output->view;
    views->trains = reader->trains;
}

static cnn_status finish_reading(cnn_onnx_reader *reader, cnn_net **net, cnn_status status) {
    cnn_onnx_release_nodes(reader);
    if (status == CNN_OK)
        *net = reader->net;
    else
        cnn_net_free(reader->net);
    return status;
}

cnn_status cnn_onnx_read(cnn_net **net, const void *bytes, size_t size, const char *origin,
                         const char *folder, cnn_error *error) {
    return cnn_onnx_read_sized(net, bytes, size, origin, folder, NULL, error);
}

cnn_status cnn_onnx_read_sized(cnn_net **net, const void *bytes, size_t size, const char *origin,
                               const char *folder, const cnn_input_size *images, cnn_error *error) {
    cnn_onnx_reader reader = {.folder = folder, .stored = (int64_t)size, .error = error};
    *net = NULL;
    CnnOnnx__ModelProto *model;
    cnn_status status = cnn_onnx_unpack(&model, bytes, size, origin, &reader.opset, error);
    if (status != CNN_OK)
        return status;
    reader.images_of = model;
    status = finish_reading(&reader, net, read_model(&reader, model, origin, images));
    cnn_onnx__model_proto__free_unpacked(model, NULL);
    return status;
}

cnn_status cnn_onnx_read_views(cnn_net **net, cnn_onnx_views *views, const cnn_program *program,
                               cnn_bytes *spare, cnn_error *error) {
    cnn_onnx_reader reader = {.folder = program->folder,
                              .opset = program->opset,
                              .stored = program->stored,
                              .spare = spare,
                              .error = error};
    *net = NULL;
    cnn_status status = read_model(&reader, program->model, program->origin, NULL);
    if (status == CNN_OK)
        tell_views(&reader, views);
    return finish_reading(&reader, net, status);
}
