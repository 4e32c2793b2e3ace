#include "onnx/program.h"

#include "arrays/half.h"
#include "base/memory.h"
#include "onnx/evaluate.h"
#include "onnx/graph.h"
#include "onnx/unpack.h"

#include <string.h>

enum { OLDEST_OPSET = 1 }; /* attributes that went with old sets are refused one by one */

struct cnn_program {
    CnnOnnx__ModelProto *model;
    int64_t opset;
    char *origin, *folder;
    cnn_onnx_graph graph;
    cnn_array *constants; /* of each symbol; empty: none, or not used */
    cnn_declared *inputs, *outputs;
    int64_t *input_symbols;
    int input_count, needed_inputs, output_count;
    int64_t stored;     /* bytes of the file and of its external data */
    cnn_budget *budget; /* of the constants: the caller's, or `machine` */
    cnn_budget machine;
};

/* ---- Inputs and outputs ---------------------------------------------------------------------------- */

static cnn_declared declare(const CnnOnnx__ValueInfoProto *info) {
    cnn_declared declared = {.name = info->name, .rank = -1};
    const CnnOnnx__TypeProto *type = info->type;
    if (!type || type->value_case != CNN_ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return declared;
    declared.type = type->tensor_type->elem_type;
    if (cnn_type_is_half(declared.type))
        declared.type = CNN_TYPE_FLOAT32; /* as halves are held */
    const CnnOnnx__TensorShapeProto *shape = type->tensor_type->shape;
    if (!shape || shape->n_dim > CNN_MAX_RANK)
        return declared;
    declared.rank = (int)shape->n_dim;
    for (int i = 0; i < declared.rank; i++) {
        const CnnOnnx__TensorShapeProto__Dimension *dim = shape->dim[i];
        const bool known = dim->value_case == CNN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        declared.dim[i] = known && dim->dim_value > 0 ? dim->dim_value : -1;
    }
    return declared;
}

static cnn_status declare_all(cnn_program *program, cnn_error *error) {
    const CnnOnnx__GraphProto *graph = program->model->graph;
    program->inputs = cnn_allocate(graph->n_input, sizeof *program->inputs, "a graph's inputs", error);
    program->input_symbols =
        cnn_allocate(graph->n_input, sizeof *program->input_symbols, "a graph's inputs", error);
    program->outputs = cnn_allocate(graph->n_output, sizeof *program->outputs, "a graph's outputs", error);
    if (!program->inputs || !program->input_symbols || !program->outputs)
        return CNN_ERROR_MEMORY;
    for (int with_value = 0; with_value < 2; with_value++) {
        for (size_t i = 0; i < graph->n_input; i++) {
            const int64_t symbol = cnn_onnx_find_symbol(&program->graph, graph->input[i]->name);
            if (symbol < 0 || (program->graph.symbols[symbol].initialiser != NULL) != with_value)
                continue;
            program->input_symbols[program->input_count] = symbol;
            program->inputs[program->input_count++] = declare(graph->input[i]);
        }
        if (!with_value)
            program->needed_inputs = program->input_count;
    }
    for (size_t i = 0; i < graph->n_output; i++)
        program->outputs[program->output_count++] = declare(graph->output[i]);
    return CNN_OK;
}

int cnn_program_inputs(const cnn_program *program) {
    return program->input_count;
}

int cnn_program_needed_inputs(const cnn_program *program) {
    return program->needed_inputs;
}

int cnn_program_outputs(const cnn_program *program) {
    return program->output_count;
}

const cnn_declared *cnn_program_input(const cnn_program *program, int k) {
    return &program->inputs[k];
}

const cnn_declared *cnn_program_output(const cnn_program *program, int k) {
    return &program->outputs[k];
}

cnn_status cnn_declared_check(const cnn_declared *declared, const cnn_array *array, const char *origin,
                              cnn_error *error) {
    const bool type_fits = declared->type == 0 || declared->type == (int)array->type;
    bool shape_fits = declared->rank < 0 || declared->rank == array->shape.rank;
    cnn_shape wanted = {.rank = declared->rank < 0 ? 0 : declared->rank};
    for (int i = 0; i < wanted.rank; i++) {
        wanted.dim[i] = declared->dim[i];
        shape_fits = shape_fits && (wanted.dim[i] < 0 || wanted.dim[i] == array->shape.dim[i]);
    }
    if (type_fits && shape_fits)
        return CNN_OK;
    char text[CNN_SHAPE_TEXT];
    return cnn_fail(error, CNN_ERROR_SHAPE, "%s: the input \"%s\" is %s, expected %s [%s] (-1: any size)",
                    origin, cnn_onnx_printable(declared->name).text, cnn_array_describe(array).text,
                    declared->type ? cnn_type_name((cnn_type)declared->type) : "any type",
                    declared->rank < 0 ? "any shape" : cnn_shape_text(&wanted, text));
}

/* ---- Opening --------------------------------------------------------------------------------------- */

static cnn_onnx_source source_of(const cnn_program *program, cnn_budget *budget, cnn_error *error) {
    return (cnn_onnx_source){
        .origin = program->origin, .folder = program->folder, .budget = budget, .error = error};
}

static cnn_status read_constants(cnn_program *program, cnn_error *error) {
    const cnn_onnx_graph *graph = &program->graph;
    const cnn_onnx_source source = source_of(program, program->budget, error);
    cnn_status status = CNN_OK;
    program->constants =
        cnn_allocate((size_t)graph->count, sizeof *program->constants, "an ONNX graph's constants", error);
    if (!program->constants)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; status == CNN_OK && i < graph->count; i++)
        if (graph->symbols[i].initialiser && graph->symbols[i].uses > 0) {
            status = cnn_onnx_array(&program->constants[i], graph->symbols[i].initialiser, &source);
            if (cnn_onnx_is_external(graph->symbols[i].initialiser))
                program->stored += cnn_array_bytes(&program->constants[i]);
        }
    return status;
}

/* An operator that is missing is found before anything is calculated. */
static cnn_status check_operators(const cnn_program *program, cnn_error *error) {
    const cnn_onnx_graph *graph = &program->graph;
    const cnn_onnx_source source = source_of(program, NULL, error);
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < graph->ordered; i++)
        status = cnn_onnx_check_operator(graph->proto->node[graph->order[i]], &source);
    return status;
}

static cnn_status open_parts(cnn_program *program, const void *bytes, size_t size, const char *origin,
                             const char *folder, cnn_error *error) {
    program->origin = cnn_copy_string(origin, error);
    program->folder = cnn_copy_string(folder, error);
    if (!program->origin || (folder && !program->folder))
        return CNN_ERROR_MEMORY;
    cnn_status status =
        cnn_onnx_unpack(&program->model, bytes, size, origin, OLDEST_OPSET, &program->opset, error);
    if (status == CNN_OK)
        status = cnn_onnx_graph_open(&program->graph, program->model->graph, program->origin, error);
    if (status == CNN_OK)
        status = check_operators(program, error);
    if (status == CNN_OK)
        status = declare_all(program, error);
    return status == CNN_OK ? read_constants(program, error) : status;
}

cnn_status cnn_program_open(cnn_program **out, const void *bytes, size_t size, const char *origin,
                            const char *folder, cnn_budget *budget, cnn_error *error) {
    cnn_program *program = *out = cnn_allocate(1, sizeof *program, "an ONNX graph", error);
    if (!program)
        return CNN_ERROR_MEMORY;
    program->machine = cnn_machine_budget();
    program->budget = budget ? budget : &program->machine;
    program->stored = (int64_t)size;
    cnn_status status = open_parts(program, bytes, size, origin, folder, error);
    if (status == CNN_OK)
        return CNN_OK;
    cnn_program_free(program);
    *out = NULL;
    return status;
}

void cnn_program_free(cnn_program *program) {
    if (!program)
        return;
    for (int64_t i = 0; program->constants && i < program->graph.count; i++)
        cnn_array_free(&program->constants[i], program->budget);
    cnn_free(program->constants);
    cnn_onnx_graph_free(&program->graph);
    if (program->model)
        cnn_onnx__model_proto__free_unpacked(program->model, NULL);
    cnn_free(program->inputs);
    cnn_free(program->input_symbols);
    cnn_free(program->outputs);
    cnn_free(program->origin);
    cnn_free(program->folder);
    cnn_free(program);
}

/* ---- Running --------------------------------------------------------------------------------------- */

/* A run: the values so far, how often each will still be read, and room for one node. */
typedef struct run {
    const cnn_program *program;
    cnn_array *values; /* of each symbol */
    bool *constant;    /* of each symbol: the file alone says what it is, whatever the inputs are */
    int64_t *uses;
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
        r->constant[i] = program->graph.symbols[i].initialiser != NULL;
        r->uses[i] = program->graph.symbols[i].uses;
    }
    for (int k = 0; k < program->input_count; k++) {
        if (!inputs[k] && k < program->needed_inputs)
            return cnn_fail(r->error, CNN_ERROR_ARGUMENT, "%s: the input \"%s\" is missing", program->origin,
                            cnn_onnx_printable(program->inputs[k].name).text);
        if (!inputs[k])
            continue;
        cnn_status status = cnn_declared_check(&program->inputs[k], inputs[k], program->origin, r->error);
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

static bool reads_constants_alone(const run *r, const cnn_onnx_links *links, size_t count) {
    for (size_t k = 0; k < count; k++)
        if (links->inputs[k] >= 0 && !r->constant[links->inputs[k]])
            return false;
    return true;
}

static cnn_status run_node(run *r, int64_t node) {
    const cnn_program *program = r->program;
    const CnnOnnx__NodeProto *proto = program->graph.proto->node[node];
    const cnn_onnx_links *links = &program->graph.links[node];
    const bool constant = reads_constants_alone(r, links, proto->n_input);
    const cnn_onnx_source source = source_of(program, budget_of(r, constant), r->error);
    for (size_t k = 0; k < proto->n_input; k++)
        r->inputs[k] = links->inputs[k] < 0 ? NULL : &r->values[links->inputs[k]];
    for (size_t k = 0; k < proto->n_output; k++) {
        r->outputs[k] = (cnn_array){0};
        r->wanted[k] = links->outputs[k] >= 0 && r->uses[links->outputs[k]] > 0;
    }
    cnn_status status = cnn_onnx_evaluate(proto, program->opset, &source, r->inputs, r->outputs, r->wanted);
    if (status == CNN_OK)
        keep_outputs(r, links, proto->n_output, constant);
    for (size_t k = 0; status != CNN_OK && k < proto->n_output; k++)
        cnn_array_free(&r->outputs[k], source.budget);
    for (size_t k = 0; k < proto->n_input; k++)
        use(r, links->inputs[k]);
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
    r->wanted = cnn_allocate(outputs, sizeof *r->wanted, "a node's outputs", r->error);
    const bool complete = r->values && r->constant && r->uses && r->inputs && r->outputs && r->wanted;
    return complete ? CNN_OK : CNN_ERROR_MEMORY;
}

static void release(run *r) {
    for (int64_t i = 0; r->values && r->constant && i < r->program->graph.count; i++)
        cnn_array_free(&r->values[i], budget_of(r, r->constant[i]));
    cnn_free(r->values);
    cnn_free(r->constant);
    cnn_free(r->uses);
    cnn_free(r->inputs);
    cnn_free(r->outputs);
    cnn_free(r->wanted);
}

cnn_status cnn_program_run(const cnn_program *program, const cnn_array *const *inputs, cnn_array *outputs,
                           cnn_budget *budget, cnn_error *error) {
    run r = {.program = program, .machine = cnn_machine_budget(), .error = error};
    r.budget = budget ? budget : &r.machine;
    r.constants = cnn_onnx_constant_budget(program->stored);
    r.constants.within = r.budget;
    cnn_status status = make_room(&r);
    if (status == CNN_OK)
        status = begin(&r, inputs);
    for (int64_t i = 0; status == CNN_OK && i < program->graph.ordered; i++)
        status = run_node(&r, program->graph.order[i]);
    if (status == CNN_OK)
        status = hand_over(&r, outputs);
    release(&r);
    return status;
}
