/* LayerNormalization over the channels: of a vector, or of each position of a map, whose channels then lie on the last axis. */
#include "onnx/layers/list.h"
#include "onnx/layers/weights.h"

#include "base/text.h"

#include <float.h>
#include <inttypes.h>
#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

/* Whether the axes from `first` on hold all channels and nothing else. */
static bool normalises_channels(const cnn_onnx_view *view, int64_t first) {
    bool channels = view->size[CNN_ONNX_CHANNELS] > 1 && first >= 1 && !cnn_onnx_view_has_branches(view);
    for (int k = 0; k < view->count; k++)
        channels = channels && (view->part[k] == CNN_ONNX_CHANNELS) == (view->axis[k] >= first);
    return channels;
}

/* A vector that was a map has all its parts on one axis. */
static bool normalises_vector(const reader *r, const cnn_onnx_value *x, int64_t first) {
    return cnn_onnx_shape(r, x)->rank == 1 && cnn_onnx_view_is_flat(&x->view) && first == 1;
}

static cnn_status check_axis(const reader *r, node *n, const cnn_onnx_value *x) {
    int64_t axis = -1;
    char text[CNN_ONNX_VIEW_TEXT];
    cnn_status status = cnn_attribute_integer(&n->attributes, "axis", &axis);
    if (status != CNN_OK)
        return status;
    const int64_t first = axis < 0 ? axis + x->view.rank : axis;
    if (normalises_channels(&x->view, first) || normalises_vector(r, x, first))
        return CNN_OK;
    return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                         "axis %" PRId64 " is not supported, only the channels of each position; its input "
                         "has the axes %s",
                         axis, cnn_onnx_view_text(&x->view, text));
}

/* Input k + 1 into parameter k, one number for each channel. */
static cnn_status fill(const reader *r, const node *n, const cnn_onnx_view *view, int k, bool optional) {
    const int64_t count = r->net->nodes[r->net->node_count - 1].output.dim[0];
    const bool is_map = r->net->nodes[r->net->node_count - 1].output.rank == 3;
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor values;
    cnn_status status = cnn_onnx_constant(r, n, (size_t)k + 1, k ? "bias" : "scale", optional, &proto);
    if (status != CNN_OK || !proto)
        return status;
    status = cnn_onnx_reals(n, proto, k ? "bias" : "scale", &values);
    if (status == CNN_OK && values.elements != count)
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                             "the %s has %" PRId64 " elements, expected one for each of %" PRId64 " channels",
                             k ? "bias" : "scale", values.elements, count);
    for (int64_t i = 0; status == CNN_OK && i < count; i++)
        cnn_onnx_parameter(r, k)[is_map ? i : cnn_onnx_view_place(view, i)] = values.reals[i];
    return status;
}

cnn_status cnn_onnx_read_layer_norm(reader *r, node *n) {
    cnn_onnx_value *x;
    cnn_options options = {.layer_norm = {.epsilon = 1e-5}};
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = check_axis(r, n, x);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(n, "stash_type", CNN_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    if (status == CNN_OK)
        status = cnn_onnx_get_fields(n, &cnn_op_layer_norm, &options);
    if (options.layer_norm.epsilon == 0) /* which stands for the default: one that no variance feels */
        options.layer_norm.epsilon = cnn_shortest(FLT_MIN);
    if (status == CNN_OK)
        status = cnn_onnx_append(r, n, &cnn_op_layer_norm, &options, x, NULL);
    if (status == CNN_OK)
        status = fill(r, n, &x->view, 0, false);
    return status == CNN_OK ? fill(r, n, &x->view, 1, true) : status;
}

/* ---- Writing --------------------------------------------------------------------------------------- */

static void write_transpose(cnn_onnx_writer *w, const char *name, const char *input, const int64_t perm[4],
                            const char *output) {
    CnnOnnx__NodeProto *to = cnn_onnx_write_node(w, "Transpose", name, 1, output);
    cnn_onnx_add_input(to, input);
    cnn_onnx_add_integers(&w->arena, to, "perm", perm, 4);
}

/* The node itself, which reads `input` and gives `output`. */
static void write_norm(cnn_onnx_writer *w, const cnn_node *layer, const char *input, const char *output) {
    CnnOnnx__NodeProto *to = cnn_onnx_write_node(w, "LayerNormalization", layer->name, 1, output);
    cnn_onnx_add_input(to, input);
    for (int k = 0; k < layer->parameters; k++)
        cnn_onnx_write_parameter(w, to, layer, k, &w->net->parameters[layer->first_parameter + k].spec.shape);
    cnn_onnx_add_integer(&w->arena, to, "axis", -1);
    cnn_onnx_add_real(&w->arena, to, "epsilon", layer->options.layer_norm.epsilon);
}

void cnn_onnx_write_layer_norm(cnn_onnx_writer *w, const cnn_node *layer) {
    static const int64_t last[] = {0, 2, 3, 1}, first[] = {0, 3, 1, 2};
    const char *input = cnn_onnx_input_name(w, layer, 0), *output = cnn_onnx_output_name(w, layer);
    if (layer->output.rank == 1) {
        write_norm(w, layer, input, output);
        return;
    }
    const char *turned = cnn_onnx_join(&w->arena, layer->name, ":channels_last"),
               *made = cnn_onnx_join(&w->arena, layer->name, ":normalised");
    write_transpose(w, turned, input, last, turned);
    write_norm(w, layer, turned, made);
    write_transpose(w, made, made, first, output);
}
