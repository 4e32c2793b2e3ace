/* A Reshape to one axis and a Gather of all its values in their order: how PyTorch's newer exporter writes a view whose strides
 * it was given. */
#include "onnx/layers/strided.h"

#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;
typedef cnn_onnx_value value;

/* Whether the node asks for one axis; only a single image can be one with its values. */
static bool flattens_all(const reader *r, const node *n, const value *x) {
    const value *shape = cnn_onnx_input(r, n, 1);
    cnn_onnx_tensor sizes;
    return r->batch == 1 && shape && shape->constant &&
           cnn_onnx_integers(n, shape->constant, "shape", &sizes) == CNN_OK && sizes.elements == 1 &&
           (sizes.integers[0] == -1 || sizes.integers[0] == cnn_onnx_view_elements(&x->view));
}

/* Whether the only node behind takes each value once, in order; *sizes are those of its indices. */
static bool gathers_all(const reader *r, const node *n, const value *x, node *gather,
                        cnn_onnx_tensor *indices) {
    const int64_t user = cnn_onnx_only_user(r, n);
    if (user == CNN_ONNX_NO_NODE)
        return false;
    *gather = cnn_onnx_node_at(r, user);
    const value *given = cnn_onnx_input(r, gather, 1);
    const CnnOnnx__NodeProto *proto = gather->proto;
    const bool first = proto->n_attribute == 0 || (proto->n_attribute == 1 && proto->attribute[0]->i == 0);
    bool all = strcmp(proto->op_type, "Gather") == 0 && first && given && given->constant &&
               cnn_onnx_input(r, gather, 0) == cnn_onnx_output(r, n) &&
               cnn_onnx_integers(gather, given->constant, "indices", indices) == CNN_OK &&
               indices->elements == cnn_onnx_view_elements(&x->view) && indices->shape.rank > 1 &&
               indices->shape.dim[0] == 1;
    for (int64_t i = 0; all && i < indices->elements; i++)
        all = indices->integers[i] == i;
    return all;
}

bool cnn_onnx_find_strided_view(reader *r, const node *n, cnn_onnx_view *view, int64_t *gather) {
    const value *x = cnn_onnx_input(r, n, 0);
    cnn_onnx_tensor indices;
    node behind;
    if (!x || x->layer < 1 || !flattens_all(r, n, x) || !gathers_all(r, n, x, &behind, &indices))
        return false;
    *view = x->view;
    *gather = behind.index;
    return cnn_onnx_view_reshape(view, indices.shape.dim, indices.shape.rank);
}
