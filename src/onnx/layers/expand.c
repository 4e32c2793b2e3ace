/* Expand, where what reads it would repeat the values anyway. */
#include "onnx/layers/list.h"

#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;
typedef cnn_onnx_value value;

static bool repeats(const char *op) {
    static const char *const ops[] = {"Mul", "Sub", "Div", "Max", "Min"};
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (strcmp(ops[i], op) == 0)
            return true;
    return false;
}

/* The sizes that are asked for; those of a free batch are for the first of CNN_ONNX_PROBES. */
static cnn_status read_sizes(const reader *r, const node *n, cnn_onnx_tensor *sizes, int64_t *batch) {
    const value *shape = cnn_onnx_input(r, n, 1);
    const CnnOnnx__TensorProto *proto = shape ? shape->probe[0] : NULL;
    *batch = proto ? CNN_ONNX_PROBES[0] : r->batch;
    cnn_status status = proto ? CNN_OK : cnn_onnx_constant(r, n, 1, "shape", false, &proto);
    return status == CNN_OK ? cnn_onnx_integers(n, proto, "shape", sizes) : status;
}

/* Whether x of these sizes, where they are larger, has those of `other`. */
static bool becomes(const value *x, const cnn_onnx_tensor *sizes, int64_t batch, const value *other) {
    const int rank = x->view.rank;
    bool same = other->view.rank == rank && sizes->elements == rank &&
                (sizes->integers[0] == 1 || sizes->integers[0] == batch);
    for (int axis = 1; same && axis < rank; axis++) {
        const int64_t own = cnn_onnx_view_size(&x->view, axis), asked = sizes->integers[axis];
        same = (own == 1 || asked == 1 || asked == own) &&
               cnn_onnx_view_size(&other->view, axis) == (own == 1 ? asked : own);
    }
    return same;
}

/* Whether the layer of both takes x as it is: it has one row and column, or is as large. */
static bool meets(const reader *r, const value *x, const value *other) {
    const cnn_shape *small = cnn_onnx_shape(r, x), *large = cnn_onnx_shape(r, other);
    const bool gate = small->rank == 3 && large->rank == 3 && small->dim[0] == large->dim[0] &&
                      small->dim[1] == 1 && small->dim[2] == 1;
    return (gate || cnn_shape_equal(small, large)) && cnn_onnx_view_meets(&x->view, &other->view);
}

/* The map that the only reader of the node's output meets it with; NULL: there is none. */
static const value *partner(const reader *r, const node *n) {
    const int64_t user = cnn_onnx_only_user(r, n);
    if (user == CNN_ONNX_NO_NODE)
        return NULL;
    const node reads = cnn_onnx_node_at(r, user);
    if (!repeats(reads.proto->op_type) || reads.proto->n_input != 2)
        return NULL;
    const value *first = cnn_onnx_input(r, &reads, 0), *second = cnn_onnx_input(r, &reads, 1);
    const value *other = first == cnn_onnx_output(r, n) ? second : first;
    return other && other->layer ? other : NULL;
}

cnn_status cnn_onnx_read_expand(reader *r, node *n) {
    const value *other = partner(r, n);
    value *x;
    cnn_onnx_tensor sizes;
    int64_t batch;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = read_sizes(r, n, &sizes, &batch);
    if (status == CNN_OK && (!other || !becomes(x, &sizes, batch, other) || !meets(r, x, other)))
        return cnn_onnx_fail(
            n, CNN_ERROR_UNSUPPORTED,
            "only what is then multiplied with, divided by, subtracted from or compared with "
            "a map of that size can be expanded");
    return status == CNN_OK ? cnn_onnx_pass_on(r, n, x) : status;
}
