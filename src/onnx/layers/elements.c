/* Dropout, drop path, Softmax and LogSoftmax. */
#include "onnx/layers/list.h"

#include "base/text.h"
#include "graph/text_field.h"

#include <inttypes.h>
#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

/* The rate: an attribute before opset 12, then an input. ONNX's default is 0.5. */
static cnn_status read_rate(const reader *r, node *n, double *rate) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor ratio;
    *rate = 0.5;
    cnn_status status = cnn_onnx_get_real(n, "ratio", rate);
    if (status == CNN_OK)
        status = cnn_onnx_constant(r, n, 1, "ratio", true, &proto);
    if (status != CNN_OK || !proto)
        return status;
    status = cnn_onnx_reals(n, proto, "ratio", &ratio);
    if (status == CNN_OK && ratio.elements != 1)
        status = cnn_onnx_fail(n, CNN_ERROR_FORMAT, "the ratio must be one number");
    if (status == CNN_OK)
        *rate = cnn_shortest(ratio.reals[0]);
    return status;
}

cnn_status cnn_onnx_read_dropout(reader *r, node *n) {
    const CnnOnnx__TensorProto *mode;
    cnn_onnx_value *x;
    cnn_options options = {0};
    int64_t seed;
    bool training = false;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = read_rate(r, n, &options.dropout.rate);
    if (status == CNN_OK)
        status = cnn_onnx_constant(r, n, 2, "training mode", true, &mode);
    if (status == CNN_OK && mode)
        status = cnn_onnx_truth(n, mode, "training mode", &training);
    r->trains = r->trains || training;
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "seed",
                                       &seed); /* of training in another tool: of no use here */
    if (status != CNN_OK)
        return status;
    return options.dropout.rate == 0 ? cnn_onnx_pass_on(r, n, x)
                                     : cnn_onnx_append(r, n, &cnn_op_dropout, &options, x, NULL);
}

/* ONNX has no operator for drop path, which is nothing in inference: an Identity whose doc_string is the layer's line of a
 * text model, "droppath 0.2". */
static bool tells_drop_path(const char *line, double *rate) {
    const size_t length = strlen(cnn_op_drop_path.word);
    return line && strncmp(line, cnn_op_drop_path.word, length) == 0 && line[length] == ' ' &&
           cnn_word_real(line + length + 1, rate) && *rate > 0 && *rate < 1;
}

cnn_status cnn_onnx_read_identity(reader *r, node *n) {
    cnn_options options = {0};
    cnn_onnx_value *x;
    if (!tells_drop_path(n->proto->doc_string, &options.drop_path.rate))
        return cnn_onnx_read_view(r, n);
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    return status == CNN_OK ? cnn_onnx_append(r, n, &cnn_op_drop_path, &options, x, NULL) : status;
}

void cnn_onnx_write_drop_path(cnn_onnx_writer *w, const cnn_node *layer) {
    CnnOnnx__NodeProto *to = cnn_onnx_write_as(w, layer, layer->op->onnx);
    if (to)
        to->doc_string = (char *)layer->text;
}

/* Whether a softmax goes over all channels of each position. Before opset 13 it took all axes from `axis` on
 * together. */
static bool goes_over_channels(const reader *r, const cnn_onnx_value *x, int64_t axis) {
    const cnn_onnx_view *view = &x->view;
    if (axis < 1 || axis >= view->rank || cnn_onnx_view_has_branches(view))
        return false;
    if (view->count <= 1 &&
        (view->count == 0 || view->part[0] == CNN_ONNX_CHANNELS)) /* N,C,1,1 and its like */
        return r->opset < 13 ? view->count == 0 || view->axis[0] >= axis
                             : cnn_onnx_view_holds(view, (int)axis, CNN_ONNX_CHANNELS);
    if (cnn_onnx_shape(r, x)->rank == 1)
        return cnn_onnx_view_is_flat(view);
    if (r->opset >= 13)
        return cnn_onnx_view_holds(view, (int)axis, CNN_ONNX_CHANNELS);
    bool over = true;
    for (int k = 0; k < view->count; k++)
        over = over && (view->part[k] == CNN_ONNX_CHANNELS) == (view->axis[k] >= axis);
    return over;
}

/* Across branches of C,1,1 or of a vector: branches become the channels of maps of a single row, and come back. */
static cnn_status append_across_branches(reader *r, const node *n, const cnn_onnx_value *x) {
    const bool map = cnn_onnx_shape(r, x)->rank > 1;
    const cnn_options rows = {.unflatten = {.size = {1, x->view.size[CNN_ONNX_CHANNELS]}}},
                      single = {.unflatten = {.size = {1, 1}}};
    const cnn_onnx_view view = x->view;
    cnn_onnx_value *output = cnn_onnx_output(r, n);
    cnn_status status = map ? cnn_onnx_append(r, n, &cnn_op_flatten, NULL, x, NULL) : CNN_OK;
    if (status == CNN_OK)
        status = cnn_onnx_append(r, n, &cnn_op_unflatten, &rows, map ? output : x, NULL);
    if (status == CNN_OK)
        status = cnn_onnx_append(r, n, cnn_op_by_onnx(n->proto->op_type), NULL, output, NULL);
    if (status == CNN_OK)
        status = cnn_onnx_append(r, n, &cnn_op_flatten, NULL, output, NULL);
    if (status == CNN_OK && map)
        status = cnn_onnx_append(r, n, &cnn_op_unflatten, &single, output, NULL);
    output->view = view;
    return status;
}

/* Whether a softmax goes over the branches, of which each has one position. */
static bool goes_over_branches(const reader *r, const cnn_onnx_value *x, int64_t axis) {
    const cnn_onnx_view *view = &x->view;
    return r->opset >= 13 && cnn_onnx_view_has_branches(view) && axis >= 1 && axis < view->rank &&
           cnn_onnx_view_holds(view, (int)axis, CNN_ONNX_BRANCHES) && view->size[CNN_ONNX_ROWS] == 1 &&
           view->size[CNN_ONNX_COLUMNS] == 1;
}

cnn_status cnn_onnx_read_softmax(reader *r, node *n) {
    int64_t axis = r->opset < 13 ? 1 : -1;
    char text[CNN_ONNX_VIEW_TEXT];
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "axis", &axis);
    if (status != CNN_OK)
        return status;
    const int64_t real = axis < 0 ? axis + x->view.rank : axis;
    if (goes_over_branches(r, x, real))
        return append_across_branches(r, n, x);
    if (!goes_over_channels(r, x, real))
        return cnn_onnx_fail(
            n, CNN_ERROR_UNSUPPORTED,
            "axis %" PRId64 " is not supported, only the channels; its input has the axes %s%s", axis,
            cnn_onnx_view_text(&x->view, text),
            r->opset < 13 ? ", and before opset 13 all axes from that one on are taken together" : "");
    return cnn_onnx_append(r, n, cnn_op_by_onnx(n->proto->op_type), NULL, x, NULL);
}

void cnn_onnx_write_along_channels(cnn_onnx_writer *w, const cnn_node *layer) {
    cnn_onnx_add_integer(&w->arena, cnn_onnx_write_as(w, layer, layer->op->onnx), "axis", 1);
}
