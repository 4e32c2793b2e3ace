/* Batch normalisation of rows: PyTorch's BatchNorm1d takes N,C, so that LeViT and its kin merge the batch and the positions of
 * N,L,C by a Flatten or a Reshape, normalise, and shape the rows back. Each channel is scaled wherever it stands. */
#include "onnx/layers/list.h"
#include "onnx/layers/views.h"
#include "onnx/layers/weights.h"

#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;
typedef cnn_onnx_value value;

/* Whether the node makes rows of x, which has its channels on the last axis. */
static bool makes_rows(const reader *r, const node *n, const value *x) {
    node copy = *n;
    cnn_onnx_attributes room;
    cnn_onnx_tensor sizes;
    int64_t axis = 1;
    copy.error = NULL;
    if (strcmp(n->proto->op_type, "Flatten") == 0)
        return cnn_onnx_open_attributes(&copy.attributes, &room, n->proto, NULL) == CNN_OK &&
               cnn_attribute_integer(&copy.attributes, "axis", &axis) == CNN_OK &&
               (axis == x->view.rank - 1 || axis == -1);
    const value *shape = strcmp(n->proto->op_type, "Reshape") == 0 ? cnn_onnx_input(r, n, 1) : NULL;
    return shape && shape->constant && cnn_onnx_integers(&copy, shape->constant, "shape", &sizes) == CNN_OK &&
           sizes.elements == 2 && sizes.integers[0] == -1 &&
           sizes.integers[1] == x->view.size[CNN_ONNX_CHANNELS];
}

/* The only node that reads the first output of `n`, which must be its first input. */
static bool find_behind(const reader *r, const node *n, const char *op, node *found) {
    const int64_t user = cnn_onnx_only_user(r, n);
    if (user == CNN_ONNX_NO_NODE)
        return false;
    *found = cnn_onnx_node_at(r, user);
    return strcmp(found->proto->op_type, op) == 0 && cnn_onnx_input(r, found, 0) == cnn_onnx_output(r, n);
}

bool cnn_onnx_find_rows_norm(const reader *r, const node *n, node *norm, node *back) {
    const value *x = cnn_onnx_input(r, n, 0);
    return x && x->layer && cnn_onnx_shape(r, x)->rank == 3 && x->view.rank >= 3 &&
           cnn_onnx_view_channel_axis(&x->view) == x->view.rank - 1 && makes_rows(r, n, x) &&
           find_behind(r, n, "BatchNormalization", norm) && norm->proto->n_input == 5 &&
           norm->proto->n_output == 1 && find_behind(r, norm, "Reshape", back) &&
           cnn_onnx_asks_for_shape_of(r, back, x);
}

cnn_status cnn_onnx_read_rows_norm(reader *r, node *n, node *norm, const node *back) {
    const value *x = cnn_onnx_input(r, n, 0);
    const cnn_layer made = (cnn_layer)r->net->node_count + 1;
    cnn_onnx_attributes room;
    int64_t ignored;
    norm->error = n->error;
    cnn_status status = cnn_onnx_open_attributes(&norm->attributes, &room, norm->proto, n->error);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "axis", &ignored);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "allowzero", &ignored);
    r->absorbed_by[norm->index] = r->absorbed_by[back->index] = made;
    if (status == CNN_OK)
        status = cnn_onnx_append_batch_norm(r, norm, x);
    if (status == CNN_OK)
        status = cnn_attributes_all_read(&norm->attributes);
    if (status == CNN_OK) /* which nobody reads but the nodes that are absorbed */
        *cnn_onnx_output(r, n) =
            (value){.symbol = cnn_onnx_output(r, n)->symbol, .layer = made, .view = x->view};
    return status;
}
