/* Group normalisation as PyTorch's older exporter writes it: a Reshape that puts the values of each group on one axis,
 * InstanceNormalization of that, a Reshape back, and Mul and Add for the scale and bias of each channel. */
#include "onnx/layers/list.h"
#include "onnx/layers/strided.h"
#include "onnx/layers/views.h"
#include "onnx/layers/weights.h"

#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;
typedef cnn_onnx_value value;

/* The nodes behind the first Reshape, and their constants. */
typedef struct composed_norm {
    node norm, back; /* InstanceNormalization, and the second Reshape */
    int64_t groups;
    cnn_onnx_tensor group_scale, group_bias; /* of `norm`: ones and zeros, as PyTorch writes it */
    cnn_onnx_tensor scale, bias;             /* reals NULL: there is no Mul, no Add */
    int64_t scale_node, bias_node;
} composed_norm;

/* ---- Shapes ---------------------------------------------------------------------------------------- */

/* The sizes that a Reshape asks for. False: they are not constant, or not `rank` of them. */
static bool find_sizes(const reader *r, const node *n, int64_t rank, const int64_t **sizes) {
    const value *shape = cnn_onnx_input(r, n, 1);
    cnn_onnx_tensor found;
    if (!shape || !shape->constant || cnn_onnx_integers(n, shape->constant, "shape", &found) != CNN_OK ||
        found.elements != rank)
        return false;
    *sizes = found.integers;
    return true;
}

/* Whether the Reshape keeps the batch and asks for these sizes behind it, of which one may be left open (-1). */
static bool asks_for(const reader *r, const node *n, int64_t rank, const int64_t *expected) {
    const int64_t *sizes;
    if (!find_sizes(r, n, rank, &sizes))
        return false;
    int64_t open = sizes[0] == -1;
    bool same = open || sizes[0] == 0 || (r->batch > 0 && sizes[0] == r->batch);
    for (int64_t i = 1; i < rank; i++) {
        open += sizes[i] == -1;
        same = same && (sizes[i] == -1 || sizes[i] == expected[i]);
    }
    return same && open <= 1;
}

bool cnn_onnx_asks_for_shape_of(const reader *r, const node *n, const value *x) {
    const value *shape = cnn_onnx_input(r, n, 1);
    if (!shape || shape->symbol->producer == CNN_ONNX_NO_NODE)
        return false;
    const node producer = cnn_onnx_node_at(r, shape->symbol->producer);
    return strcmp(producer.proto->op_type, "Shape") == 0 && producer.proto->n_attribute == 0 &&
           cnn_onnx_input(r, &producer, 0) == x;
}

/* Whether the first Reshape makes N,groups,rest of x. */
static bool splits_into_groups(const reader *r, const node *n, const cnn_shape *x, int64_t *groups) {
    const int64_t *sizes;
    if (!find_sizes(r, n, 3, &sizes) || sizes[1] < 1 || x->dim[0] % sizes[1] != 0)
        return false;
    *groups = sizes[1];
    return asks_for(r, n, 3, (int64_t[]){0, *groups, cnn_shape_elements(x) / *groups});
}

/* ---- Nodes ----------------------------------------------------------------------------------------- */

/* The only node that reads the output of `n`, which must be its first input. */
static bool find_behind(const reader *r, const node *n, const char *op, node *found) {
    const int64_t user = cnn_onnx_only_user(r, n);
    if (user == CNN_ONNX_NO_NODE)
        return false;
    *found = cnn_onnx_node_at(r, user);
    return strcmp(found->proto->op_type, op) == 0 && cnn_onnx_input(r, found, 0) == cnn_onnx_output(r, n);
}

/* Input k, one number for each group. */
static bool find_of_groups(const reader *r, const node *n, size_t k, int64_t groups, cnn_onnx_tensor *found) {
    const CnnOnnx__TensorProto *proto;
    return cnn_onnx_constant(r, n, k, "scale", false, &proto) == CNN_OK &&
           cnn_onnx_reals(n, proto, "scale", found) == CNN_OK && found->elements == groups;
}

static bool find_norm(const reader *r, const node *n, const value *x, composed_norm *found) {
    const cnn_shape *shape = cnn_onnx_shape(r, x);
    const int line = cnn_onnx_view_line(&x->view);
    if (shape->rank != 3 || (line < 0 && !cnn_onnx_view_is_map(&x->view)) ||
        !splits_into_groups(r, n, shape, &found->groups) ||
        !find_behind(r, n, "InstanceNormalization", &found->norm) ||
        !find_behind(r, &found->norm, "Reshape", &found->back))
        return false;
    return find_of_groups(r, &found->norm, 1, found->groups, &found->group_scale) &&
           find_of_groups(r, &found->norm, 2, found->groups, &found->group_bias) &&
           (cnn_onnx_asks_for_shape_of(r, &found->back, x) ||
            (line >= 0 ? asks_for(r, &found->back, 3, (int64_t[]){0, shape->dim[0], shape->dim[line]})
                       : asks_for(r, &found->back, 4,
                                  (int64_t[]){0, shape->dim[0], shape->dim[1], shape->dim[2]})));
}

/* The Mul and the Add behind it, either of which may be absent. */
static void find_scale_and_bias(const reader *r, const value *x, composed_norm *found) {
    node last = found->back;
    found->scale_node = cnn_onnx_constant_behind(r, &last, "Mul", &x->view, &found->scale);
    if (found->scale_node != CNN_ONNX_NO_NODE)
        last = cnn_onnx_node_at(r, found->scale_node);
    found->bias_node = cnn_onnx_constant_behind(r, &last, "Add", &x->view, &found->bias);
}

/* ---- The layer ------------------------------------------------------------------------------------- */

static float of_channel(const cnn_onnx_tensor *tensor, int64_t c, float absent) {
    return tensor->reals ? tensor->reals[tensor->elements == 1 ? 0 : c] : absent;
}

/* What is done to each channel: by the group's scale and bias first, then by its own. */
static void fill(const reader *r, const composed_norm *from, int64_t channels) {
    float *scale = cnn_onnx_parameter(r, 0), *bias = cnn_onnx_parameter(r, 1);
    for (int64_t c = 0; c < channels; c++) {
        const int64_t group = c / (channels / from->groups);
        const float own = of_channel(&from->scale, c, 1);
        scale[c] = from->group_scale.reals[group] * own;
        bias[c] = from->group_bias.reals[group] * own + of_channel(&from->bias, c, 0);
    }
}

static void absorb(reader *r, const composed_norm *from) {
    const int64_t nodes[] = {from->norm.index, from->back.index, from->scale_node, from->bias_node};
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
        if (nodes[i] != CNN_ONNX_NO_NODE)
            r->absorbed_by[nodes[i]] = (cnn_layer)r->net->node_count + 1;
}

static cnn_status append_norm(reader *r, const value *x, composed_norm *from) {
    const int64_t channels = cnn_onnx_shape(r, x)->dim[0];
    cnn_onnx_attributes room;
    cnn_options norm = {0};
    from->norm.error = r->error;
    cnn_status status = cnn_onnx_open_attributes(&from->norm.attributes, &room, from->norm.proto, r->error);
    if (status == CNN_OK)
        status = cnn_onnx_get_options(&from->norm, &cnn_op_instance_norm, &norm);
    if (status == CNN_OK)
        status = cnn_attributes_all_read(&from->norm.attributes);
    if (status != CNN_OK)
        return status;
    const cnn_options options = {
        .group_norm = {.groups = from->groups, .epsilon = norm.instance_norm.epsilon}};
    absorb(r, from);
    status = cnn_onnx_append(r, &from->norm, &cnn_op_group_norm, &options, x, NULL);
    if (status == CNN_OK)
        fill(r, from, channels);
    return status;
}

/* The Gather behind it gives what the Reshape gives then. */
static cnn_status read_strided(reader *r, node *n, const cnn_onnx_view *view, int64_t gather) {
    int64_t allow_zero;
    cnn_status status = cnn_attribute_integer(&n->attributes, "allowzero", &allow_zero);
    if (status == CNN_OK)
        status = cnn_onnx_give_view(r, n, cnn_onnx_input(r, n, 0), view);
    r->absorbed_by[gather] = cnn_onnx_output(r, n)->layer;
    return status;
}

cnn_status cnn_onnx_read_reshape(reader *r, node *n) {
    const value *x = cnn_onnx_input(r, n, 0);
    composed_norm found = {0};
    cnn_onnx_view view;
    int64_t gather;
    if (cnn_onnx_find_strided_view(r, n, &view, &gather))
        return read_strided(r, n, &view, gather);
    if (!x || !x->layer || !find_norm(r, n, x, &found))
        return cnn_onnx_read_rearranged(r, n);
    find_scale_and_bias(r, x, &found);
    cnn_status status = cnn_onnx_only_integer(n, "allowzero", 0); /* then a 0 stands for the batch */
    return status == CNN_OK ? append_norm(r, x, &found) : status;
}
