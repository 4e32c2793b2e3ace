/* Nodes of graphs within nodes, and of those around them, that read constants alone: they are calculated once, when the
 * program is opened. Without such graphs, islands and networks do that. */
#include "base/memory.h"
#include "onnx/control.h"
#include "onnx/evaluate.h"

static const int64_t max_work = (int64_t)1 << 30;

/* An input of the graph may be given another value than the initialiser that it has. */
static bool is_fixed(const cnn_program *program, int64_t symbol) {
    return !program->graph.symbols[symbol].input && !cnn_array_empty(&program->constants[symbol]);
}

/* The constant that a symbol is, of this graph or of one around it; NULL: it is none. */
static const cnn_array *find_constant(const cnn_program *program, int64_t symbol) {
    while (symbol >= 0 && program->graph.symbols[symbol].captured) {
        const char *name = program->graph.symbols[symbol].name;
        program = program->outer;
        symbol = cnn_onnx_find_symbol(&program->graph, name);
    }
    return symbol >= 0 && is_fixed(program, symbol) ? &program->constants[symbol] : NULL;
}

/* Whether all inputs are constants, or left out. */
static bool find_inputs(const cnn_program *program, int64_t node, const cnn_array **inputs) {
    const cnn_onnx_links *links = &program->graph.links[node];
    bool found = true;
    for (int64_t k = 0; found && k < links->input_count; k++) {
        inputs[k] = links->inputs[k] == CNN_ONNX_LEFT_OUT ? NULL : find_constant(program, links->inputs[k]);
        found = inputs[k] || links->inputs[k] == CNN_ONNX_LEFT_OUT;
    }
    return found;
}

static void keep_outputs(cnn_program *program, int64_t node, cnn_array *outputs) {
    const cnn_onnx_links *links = &program->graph.links[node];
    for (size_t k = 0; k < program->graph.proto->node[node]->n_output; k++)
        if (links->outputs[k] >= 0) {
            program->constants[links->outputs[k]] = outputs[k];
            outputs[k] = (cnn_array){0};
        }
    program->folded[node] = true;
}

/* What fails, or is more than the limits allow, is left to the run. */
static cnn_status fold(cnn_program *program, int64_t node, const cnn_array **inputs, cnn_budget *budget,
                       cnn_error *error) {
    const CnnOnnx__NodeProto *proto = program->graph.proto->node[node];
    cnn_error reason;
    const cnn_onnx_source source = cnn_program_source(program, budget, &reason);
    cnn_array *outputs = cnn_allocate(proto->n_output, sizeof *outputs, "a node's outputs", error);
    if (!outputs)
        return CNN_ERROR_MEMORY;
    const cnn_status status = cnn_onnx_evaluate(proto, program->opset, &source, inputs, outputs, NULL);
    if (status == CNN_OK)
        keep_outputs(program, node, outputs);
    for (size_t k = 0; k < proto->n_output; k++)
        cnn_array_free(&outputs[k], budget);
    cnn_free(outputs);
    return status == CNN_ERROR_MEMORY ? cnn_fail(error, status, "%s", reason.message) : CNN_OK;
}

cnn_status cnn_program_fold(cnn_program *program, cnn_error *error) {
    const cnn_onnx_graph *graph = &program->graph;
    cnn_budget budget = cnn_onnx_constant_budget(program->stored);
    budget.work = max_work;
    budget.within = program->budget;
    program->folded = cnn_allocate(graph->proto->n_node, sizeof *program->folded, "a graph's nodes", error);
    cnn_status status = program->folded ? CNN_OK : CNN_ERROR_MEMORY;
    for (int64_t i = 0; status == CNN_OK && i < graph->ordered; i++) {
        const int64_t node = graph->order[i], count = graph->links[node].input_count;
        const cnn_array **inputs = cnn_allocate((size_t)count, sizeof *inputs, "a node's inputs", error);
        if (!inputs)
            return CNN_ERROR_MEMORY;
        if (!cnn_onnx_is_control(graph->proto->node[node]->op_type) && find_inputs(program, node, inputs))
            status = fold(program, node, inputs, &budget, error);
        cnn_free(inputs);
    }
    return status;
}
