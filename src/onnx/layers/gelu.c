/* GELU: the operator, and the five nodes that exporters write where the operator set has none,
 * x times 1/2 times (1 + erf(x / sqrt 2)), the factors multiplied in any order. */
#include "onnx/layers/gelu.h"
#include "onnx/layers/list.h"

#include <math.h>
#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;
typedef cnn_onnx_value value;

/* ---- The operator ---------------------------------------------------------------------------------- */

cnn_status cnn_onnx_read_gelu(reader *r, node *n) {
    static const char *const words[] = {"none", NULL};
    int choice;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_attribute_choice(&n->attributes, "approximate", words, &choice);
    return status == CNN_OK ? cnn_onnx_append(r, n, &cnn_op_gelu, NULL, x, NULL) : status;
}

/* ---- Its composition ------------------------------------------------------------------------------- */

static bool is(const node *n, const char *op) {
    return n->proto->op_type && strcmp(n->proto->op_type, op) == 0;
}

static bool is_number(const node *n, const value *constant, double number) {
    cnn_onnx_tensor found;
    return constant && constant->constant &&
           cnn_onnx_reals(n, constant->constant, "constant", &found) == CNN_OK && found.elements == 1 &&
           fabs((double)*found.reals - number) < 1e-6 * number;
}

/* The other input of a node of two that reads `known`; NULL: it has not two, or reads something else. */
static const value *other_input(const reader *r, const node *n, const value *known) {
    const value *first = cnn_onnx_input(r, n, 0), *second = cnn_onnx_input(r, n, 1);
    if (n->proto->n_input != 2)
        return NULL;
    return first == known ? second : second == known ? first : NULL;
}

/* Whether the node gives `factor` times x. */
static bool scales(const reader *r, const node *n, const value *x, double factor) {
    if (is(n, "Div"))
        return cnn_onnx_input(r, n, 0) == x && is_number(n, cnn_onnx_input(r, n, 1), 1 / factor);
    return is(n, "Mul") && is_number(n, other_input(r, n, x), factor);
}

/* The node that alone reads what `n` gives. */
static bool find_user(const reader *r, const node *n, node *user) {
    const int64_t index = cnn_onnx_only_user(r, n);
    if (index != CNN_ONNX_NO_NODE)
        *user = cnn_onnx_node_at(r, index);
    return index != CNN_ONNX_NO_NODE;
}

static bool find_producer(const reader *r, const value *made, node *producer) {
    if (!made || made->symbol->producer == CNN_ONNX_NO_NODE)
        return false;
    *producer = cnn_onnx_node_at(r, made->symbol->producer);
    return true;
}

enum { ARGUMENT, ERF, SUM, FACTOR, LAST, NODES };

/* From x / sqrt 2 on to the sum 1 + erf. */
static bool find_sum(const reader *r, const value *x, node found[NODES]) {
    return scales(r, &found[ARGUMENT], x, sqrt(0.5)) && find_user(r, &found[ARGUMENT], &found[ERF]) &&
           is(&found[ERF], "Erf") && find_user(r, &found[ERF], &found[SUM]) && is(&found[SUM], "Add") &&
           is_number(&found[SUM], other_input(r, &found[SUM], cnn_onnx_output(r, &found[ERF])), 1);
}

/* The sum, x and 1/2, two of them multiplied first, and that with the third. */
static bool find_product(const reader *r, const value *x, node found[NODES]) {
    const value *sum = cnn_onnx_output(r, &found[SUM]);
    node *first = &found[FACTOR], *last = &found[LAST];
    if (!find_user(r, &found[SUM], first))
        return false;
    const value *made = cnn_onnx_output(r, first);
    if (is(first, "Mul") && other_input(r, first, sum) == x)
        return find_user(r, first, last) && scales(r, last, made, 0.5);
    if (scales(r, first, sum, 0.5))
        return find_user(r, first, last) && is(last, "Mul") && other_input(r, last, made) == x;
    *last = *first;
    node user;
    return is(last, "Mul") && find_producer(r, other_input(r, last, sum), first) &&
           scales(r, first, x, 0.5) && find_user(r, first, &user) && user.index == last->index;
}

/* The node that gives x / sqrt 2, where `n` gives x / 2, and what it gives meets 1 + erf. */
static bool find_argument(const reader *r, const node *n, const value *x, node *argument) {
    node last, sum, erf;
    if (!scales(r, n, x, 0.5) || !find_user(r, n, &last) ||
        !find_producer(r, other_input(r, &last, cnn_onnx_output(r, n)), &sum) || sum.proto->n_input != 2)
        return false;
    const value *first = cnn_onnx_input(r, &sum, 0);
    return find_producer(r, first && !first->constant ? first : cnn_onnx_input(r, &sum, 1), &erf) &&
           is(&erf, "Erf") && find_producer(r, cnn_onnx_input(r, &erf, 0), argument);
}

/* Erf's node gives the layer its name. */
static cnn_status append_gelu(reader *r, const node *n, const value *x, node found[NODES]) {
    for (int i = 0; i < NODES; i++)
        if (found[i].index != n->index)
            r->absorbed_by[found[i].index] = (cnn_layer)r->net->node_count + 1;
    found[ERF].error = r->error;
    cnn_status status = cnn_onnx_append(r, &found[ERF], &cnn_op_gelu, NULL, x, NULL);
    return status == CNN_OK ? cnn_onnx_pass_on(r, n, cnn_onnx_output(r, &found[ERF])) : status;
}

cnn_status cnn_onnx_read_composed_gelu(reader *r, const node *n, const value *x, bool *found) {
    node nodes[NODES];
    *found = false;
    nodes[ARGUMENT] = *n;
    if (!scales(r, n, x, sqrt(0.5)) && !find_argument(r, n, x, &nodes[ARGUMENT]))
        return CNN_OK;
    *found = find_sum(r, x, nodes) && find_product(r, x, nodes);
    return *found ? append_gelu(r, n, x, nodes) : CNN_OK;
}
