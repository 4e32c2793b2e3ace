/* Running an open graph: one node after the other on arrays, but for the islands, which run as networks. */
#include "onnx/control.h"

#include "base/memory.h"
#include "onnx/evaluate.h"
#include "onnx/islands.h"

/* A run: the values so far, how often each will still be read, and room for one node. */
typedef struct run {
    const cnn_program *program;
    cnn_array *values; /* of each symbol */
    bool *constant;    /* of each symbol: the file alone says what it is, whatever the inputs are */
    int64_t *uses;
    bool *done; /* of each node of the graph */
    const cnn_islanders *islanders;
    const cnn_array *around; /* of a graph within a node: values of the one around it */
    const cnn_array **inputs;
    cnn_array *outputs;
    bool *wanted;
    cnn_budget machine, constants; /* `constants` is within `budget` */
    cnn_budget *budget;            /* the caller's, or `machine` */
    cnn_error *error;
} run;

static cnn_budget *budget_of(run *r, bool constant) {
    return constant ? &r->constants : r->budget;
}

static cnn_array borrow(const cnn_array *array) {
    cnn_array borrowed = *array;
    borrowed.borrowed = true;
    return borrowed;
}

static cnn_status begin(run *r, const cnn_array *const *inputs) {
    const cnn_program *program = r->program;
    for (int64_t i = 0; i < program->graph.count; i++) {
        r->values[i] = borrow(&program->constants[i]);
        r->constant[i] = program->graph.symbols[i].initialiser || !cnn_array_empty(&program->constants[i]);
        r->uses[i] = program->graph.symbols[i].uses;
        if (program->graph.symbols[i].captured)
            r->values[i] = borrow(
                &r->around[cnn_onnx_find_symbol(&program->outer->graph, program->graph.symbols[i].name)]);
    }
    for (int k = 0; k < program->input_count; k++) {
        if (!inputs[k] && k < program->needed_inputs)
            return cnn_fail(r->error, CNN_ERROR_ARGUMENT, "%s: the input \"%s\" is missing", program->origin,
                            cnn_onnx_printable(program->inputs[k].name).text);
        if (!inputs[k])
            continue;
        cnn_status status =
            program->outer ? CNN_OK
                           : cnn_declared_check(&program->inputs[k], inputs[k], program->origin, r->error);
        if (status != CNN_OK)
            return status;
        r->values[program->input_symbols[k]] = borrow(inputs[k]);
        r->constant[program->input_symbols[k]] = false;
    }
    return CNN_OK;
}

/* One use less; the value goes after the last one. */
static void use(run *r, int64_t symbol) {
    if (symbol >= 0 && --r->uses[symbol] == 0)
        cnn_array_free(&r->values[symbol], budget_of(r, r->constant[symbol]));
}

/* ---- Islands --------------------------------------------------------------------------------------- */

/* Values that were calculated when the island was cut; its nodes need not run any more. */
static void take_over(run *r, const cnn_island *island) {
    const cnn_onnx_graph *graph = &r->program->graph;
    for (int64_t i = 0; i < island->known_count; i++) {
        r->values[island->known[i].symbol] = borrow(&island->known[i].array);
        r->constant[island->known[i].symbol] = !island->net;
    }
    for (int64_t i = 0; i < island->node_count; i++) {
        const int64_t node = island->nodes[i];
        r->done[node] = true;
        for (size_t k = 0; k < graph->proto->node[node]->n_input; k++)
            use(r, graph->links[node].inputs[k]);
    }
}

/* A value is there: the island that begins with it runs at once. */
static cnn_status offer(run *r, int64_t symbol) {
    const cnn_island *island = NULL;
    const cnn_array *value = &r->values[symbol];
    if (!r->islanders || value->type != CNN_TYPE_FLOAT32 || cnn_array_empty(value))
        return CNN_OK;
    cnn_status status =
        r->islanders->find(r->islanders->context, symbol, &value->shape, r->done, &island, r->error);
    if (status != CNN_OK || !island)
        return status;
    status = r->islanders->run(r->islanders->context, island, r->values, r->budget, r->error);
    if (status == CNN_OK)
        take_over(r, island);
    return status;
}

static cnn_status offer_inputs(run *r) {
    cnn_status status = CNN_OK;
    if (r->islanders)
        take_over(r, r->islanders->constants);
    for (int k = 0; status == CNN_OK && k < r->program->needed_inputs; k++)
        status = offer(r, r->program->input_symbols[k]);
    return status;
}

/* ---- Nodes ----------------------------------------------------------------------------------------- */

/* Outputs into their places; those that nobody reads go at once. */
static void keep_outputs(run *r, const cnn_onnx_links *links, size_t count, bool constant) {
    for (size_t k = 0; k < count; k++) {
        const int64_t symbol = links->outputs[k];
        if (symbol >= 0 && r->uses[symbol] > 0) {
            r->values[symbol] = r->outputs[k];
            r->constant[symbol] = constant;
        } else
            cnn_array_free(&r->outputs[k], budget_of(r, constant));
    }
}

static bool reads_constants_alone(const run *r, const cnn_onnx_links *links) {
    for (int64_t k = 0; k < links->input_count; k++)
        if (links->inputs[k] >= 0 && !r->constant[links->inputs[k]])
            return false;
    return true;
}

static cnn_status evaluate(run *r, int64_t node, const cnn_onnx_source *source) {
    const cnn_program *program = r->program;
    const cnn_control_call call = {.program = program,
                                   .node = node,
                                   .values = r->values,
                                   .inputs = r->inputs,
                                   .outputs = r->outputs,
                                   .budget = source->budget,
                                   .error = r->error};
    if (cnn_control_has(program, node))
        return cnn_control_run(&call);
    return cnn_onnx_evaluate(program->graph.proto->node[node], program->opset, source, r->inputs, r->outputs,
                             r->wanted);
}

static cnn_status run_node(run *r, int64_t node) {
    const cnn_program *program = r->program;
    const CnnOnnx__NodeProto *proto = program->graph.proto->node[node];
    const cnn_onnx_links *links = &program->graph.links[node];
    const bool constant = reads_constants_alone(r, links);
    const cnn_onnx_source source = cnn_program_source(program, budget_of(r, constant), r->error);
    for (size_t k = 0; k < proto->n_input; k++)
        r->inputs[k] = links->inputs[k] < 0 ? NULL : &r->values[links->inputs[k]];
    for (size_t k = 0; k < proto->n_output; k++) {
        r->outputs[k] = (cnn_array){0};
        r->wanted[k] = links->outputs[k] >= 0 && r->uses[links->outputs[k]] > 0;
    }
    cnn_status status = evaluate(r, node, &source);
    if (status == CNN_OK)
        keep_outputs(r, links, proto->n_output, constant);
    for (size_t k = 0; status != CNN_OK && k < proto->n_output; k++)
        cnn_array_free(&r->outputs[k], source.budget);
    for (int64_t k = 0; k < links->input_count; k++)
        use(r, links->inputs[k]);
    for (size_t k = 0; status == CNN_OK && !constant && k < proto->n_output; k++)
        if (links->outputs[k] >= 0 && r->uses[links->outputs[k]] > 0)
            status = offer(r, links->outputs[k]);
    return status;
}

/* The graph's outputs: moved out of their places, or copied if somebody else has them, too. */
static cnn_status hand_over(run *r, cnn_array *outputs) {
    const cnn_onnx_graph *graph = &r->program->graph;
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < graph->proto->n_output; i++) {
        cnn_array *value = &r->values[graph->outputs[i]];
        if (value->borrowed || r->uses[graph->outputs[i]] > 1) {
            status = cnn_array_copy(&outputs[i], value, r->budget, r->error);
        } else {
            outputs[i] = *value;
            *value = (cnn_array){0};
        }
        use(r, graph->outputs[i]);
    }
    return status;
}

static cnn_status make_room(run *r) {
    const cnn_onnx_graph *graph = &r->program->graph;
    size_t inputs = 0, outputs = 0;
    for (int64_t i = 0; i < graph->ordered; i++) {
        const CnnOnnx__NodeProto *node = graph->proto->node[graph->order[i]];
        inputs = node->n_input > inputs ? node->n_input : inputs;
        outputs = node->n_output > outputs ? node->n_output : outputs;
    }
    r->values = cnn_allocate((size_t)graph->count, sizeof *r->values, "a graph's values", r->error);
    r->constant = cnn_allocate((size_t)graph->count, sizeof *r->constant, "a graph's values", r->error);
    r->uses = cnn_allocate((size_t)graph->count, sizeof *r->uses, "a graph's values", r->error);
    r->inputs = cnn_allocate(inputs, sizeof *r->inputs, "a node's inputs", r->error);
    r->outputs = cnn_allocate(outputs, sizeof *r->outputs, "a node's outputs", r->error);
    r->done = cnn_allocate(graph->proto->n_node, sizeof *r->done, "a graph's nodes", r->error);
    r->wanted = cnn_allocate(outputs, sizeof *r->wanted, "a node's outputs", r->error);
    const bool complete =
        r->values && r->constant && r->uses && r->done && r->inputs && r->outputs && r->wanted;
    return complete ? CNN_OK : CNN_ERROR_MEMORY;
}

static void release(run *r) {
    for (int64_t i = 0; r->values && r->constant && i < r->program->graph.count; i++)
        cnn_array_free(&r->values[i], budget_of(r, r->constant[i]));
    cnn_free(r->values);
    cnn_free(r->constant);
    cnn_free(r->uses);
    cnn_free(r->done);
    cnn_free(r->inputs);
    cnn_free(r->outputs);
    cnn_free(r->wanted);
}

static cnn_status run_nodes(run *r) {
    const cnn_onnx_graph *graph = &r->program->graph;
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < graph->ordered; i++) {
        const int64_t node = graph->order[i];
        if (r->done[node] || (r->program->folded && r->program->folded[node]))
            continue;
        r->done[node] = true;
        status = run_node(r, node);
    }
    return status;
}

/* `r` says what runs and with what. */
static cnn_status run_all(run *r, const cnn_array *const *inputs, cnn_array *outputs) {
    r->constants = cnn_onnx_constant_budget(r->program->stored);
    r->constants.within = r->budget;
    cnn_status status = make_room(r);
    if (status == CNN_OK)
        status = begin(r, inputs);
    if (status == CNN_OK)
        status = offer_inputs(r);
    if (status == CNN_OK)
        status = run_nodes(r);
    if (status == CNN_OK)
        status = hand_over(r, outputs);
    release(r);
    return status;
}

cnn_status cnn_program_run(const cnn_program *program, const cnn_array *const *inputs, cnn_array *outputs,
                           const cnn_islanders *islanders, cnn_budget *budget, cnn_error *error) {
    run r = {.program = program, .machine = cnn_machine_budget(), .islanders = islanders, .error = error};
    r.budget = budget ? budget : &r.machine;
    return run_all(&r, inputs, outputs);
}

cnn_status cnn_program_run_body(const cnn_program *body, const cnn_array *values,
                                const cnn_array *const *inputs, cnn_array *outputs, cnn_budget *budget,
                                cnn_error *error) {
    run r = {.program = body, .around = values, .budget = budget, .error = error};
    return run_all(&r, inputs, outputs);
}
