#include "support/graph_model.h"

#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

void graph_model_begin(graph_model *g, int64_t opset) {
    memset(g, 0, sizeof *g);
    cnn_onnx__model_proto__init(&g->model);
    cnn_onnx__graph_proto__init(&g->graph);
    cnn_onnx__operator_set_id_proto__init(&g->opset);
    g->opset.has_version = true;
    g->opset.version = opset;
    g->opsets[0] = &g->opset;
    g->model.has_ir_version = true;
    g->model.ir_version = 7;
    g->model.n_opset_import = 1;
    g->model.opset_import = g->opsets;
    g->model.graph = &g->graph;
    g->graph.name = (char *)"graph";
    g->graph.node = g->nodes;
    g->graph.initializer = g->tensors;
    g->graph.input = g->inputs;
    g->graph.output = g->outputs;
}

void graph_model_free(graph_model *g) {
    cnn_onnx_release(&g->arena);
}

CnnOnnx__NodeProto *graph_model_node(graph_model *g, const char *op, const char *output,
                                     const char *const *inputs) {
    CnnOnnx__NodeProto *node = cnn_onnx_make_node(&g->arena, op, output, 8, 8);
    assert_non_null(node);
    for (; *inputs; inputs++)
        cnn_onnx_add_input(node, *inputs);
    node->output[0] = (char *)output;
    node->n_output = 1;
    assert_true(g->graph.n_node < GRAPH_MODEL_PARTS);
    return g->nodes[g->graph.n_node++] = node;
}

static CnnOnnx__ValueInfoProto *value(graph_model *g, const char *name, int rank, const int64_t *dim) {
    const cnn_shape shape = cnn_shape_of(rank, dim);
    CnnOnnx__ValueInfoProto *made = cnn_onnx_make_value(&g->arena, name, &shape);
    assert_non_null(made);
    return made;
}

void graph_model_input(graph_model *g, const char *name, int rank, const int64_t *dim) {
    g->inputs[g->graph.n_input++] = value(g, name, rank, dim);
}

void graph_model_output(graph_model *g, const char *name, int rank, const int64_t *dim) {
    g->outputs[g->graph.n_output++] = value(g, name, rank, dim);
}

CnnOnnx__TensorProto *graph_model_reals(graph_model *g, const char *name, int rank, const int64_t *dim,
                                        const float *values) {
    cnn_shape *shape = cnn_onnx_take(&g->arena, 1, sizeof *shape);
    assert_non_null(shape);
    *shape = cnn_shape_of(rank, dim);
    CnnOnnx__TensorProto *tensor = cnn_onnx_make_tensor(&g->arena, name, shape, values);
    assert_true(tensor && g->graph.n_initializer < GRAPH_MODEL_PARTS);
    return g->tensors[g->graph.n_initializer++] = tensor;
}

void graph_model_integers(graph_model *g, const char *name, int64_t count, const int64_t *values) {
    CnnOnnx__TensorProto *tensor = graph_model_reals(g, name, 1, &count, NULL);
    tensor->data_type = CNN_ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    tensor->has_raw_data = false;
    tensor->raw_data.len = 0;
    tensor->n_int64_data = (size_t)count;
    tensor->int64_data = (int64_t *)values;
}

unsigned char *graph_model_bytes(const graph_model *g, size_t *size) {
    assert_false(g->arena.failed);
    *size = cnn_onnx__model_proto__get_packed_size(&g->model);
    unsigned char *bytes = malloc(*size);
    assert_non_null(bytes);
    cnn_onnx__model_proto__pack(&g->model, bytes);
    return bytes;
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIMS(...)                                                                                            \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                           \
        __VA_ARGS__                                                                                          \
    }

unsigned char *graph_model_small(size_t *size) {
    static const float weight[] = {1, -1, 0.5F, 0.25F, 2, -2}, matrix[] = {1, 2, -1, 0.5F, 3, 1, 0, 1};
    static const int64_t zero[] = {0}, rest[] = {-1}, starts[] = {-1}, ends[] = {-100}, axes[] = {2},
                         steps[] = {-2}, pads[] = {0, 0, 1, 0, 0, 0}, two[] = {2};
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2, 8));
    graph_model_output(&g, "y", DIMS(4));
    graph_model_reals(&g, "w", DIMS(1, 2, 3), weight);
    graph_model_reals(&g, "m", DIMS(2, 4), matrix);
    graph_model_integers(&g, "zero", 1, zero);
    graph_model_integers(&g, "rest", 1, rest);
    graph_model_integers(&g, "starts", 1, starts);
    graph_model_integers(&g, "ends", 1, ends);
    graph_model_integers(&g, "axes", 1, axes);
    graph_model_integers(&g, "steps", 1, steps);
    graph_model_integers(&g, "pads", 6, pads);
    graph_model_integers(&g, "two", 1, two);
    CnnOnnx__NodeProto *conv = graph_model_node(&g, "Conv", "c", NAMES("x", "w")); /* N,1,6 */
    cnn_onnx_add_integers(&g.arena, conv, "kernel_shape", (const int64_t[]){3}, 1);
    graph_model_node(&g, "Slice", "s", NAMES("c", "starts", "ends", "axes", "steps")); /* N,1,3 */
    graph_model_node(&g, "Pad", "p", NAMES("s", "pads"));                              /* N,1,4 */
    graph_model_node(&g, "Shape", "sizes", NAMES("p"));
    graph_model_node(&g, "Gather", "n", NAMES("sizes", "zero"));
    CnnOnnx__NodeProto *both = graph_model_node(&g, "Concat", "shape", NAMES("n", "rest", "two"));
    cnn_onnx_add_integer(&g.arena, both, "axis", 0);
    graph_model_node(&g, "Reshape", "r", NAMES("p", "shape")); /* N,2,2 */
    graph_model_node(&g, "MatMul", "q", NAMES("r", "m"));      /* N,2,4 */
    CnnOnnx__NodeProto *mean = graph_model_node(&g, "ReduceMean", "y", NAMES("q"));
    cnn_onnx_add_integers(&g.arena, mean, "axes", (const int64_t[]){1}, 1);
    cnn_onnx_add_integer(&g.arena, mean, "keepdims", 0);
    unsigned char *bytes = graph_model_bytes(&g, size);
    graph_model_free(&g);
    return bytes;
}
