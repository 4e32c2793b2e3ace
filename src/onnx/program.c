#include "onnx/control.h"

#include "arrays/half.h"
#include "base/memory.h"
#include "onnx/evaluate.h"
#include "onnx/unpack.h"

#include <string.h>

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

/* A run needs a value for an input that is no initialiser and that a node reads. All inputs of a graph within a node come by
 * their places. */
static bool is_needed(const cnn_program *program, const cnn_onnx_symbol *symbol) {
    return !symbol->initialiser && (symbol->uses > 0 || program->outer);
}

static cnn_status declare_all(cnn_program *program, cnn_error *error) {
    const CnnOnnx__GraphProto *graph = program->graph.proto;
    program->inputs = cnn_allocate(graph->n_input, sizeof *program->inputs, "a graph's inputs", error);
    program->input_symbols =
        cnn_allocate(graph->n_input, sizeof *program->input_symbols, "a graph's inputs", error);
    program->outputs = cnn_allocate(graph->n_output, sizeof *program->outputs, "a graph's outputs", error);
    if (!program->inputs || !program->input_symbols || !program->outputs)
        return CNN_ERROR_MEMORY;
    for (int optional = 0; optional < 2; optional++) {
        for (size_t i = 0; i < graph->n_input; i++) {
            const int64_t symbol = cnn_onnx_find_symbol(&program->graph, graph->input[i]->name);
            if (symbol < 0 || is_needed(program, &program->graph.symbols[symbol]) == optional)
                continue;
            program->input_symbols[program->input_count] = symbol;
            program->inputs[program->input_count++] = declare(graph->input[i]);
        }
        if (!optional)
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

bool cnn_program_replaces_constants(const cnn_program *program, const cnn_array *const *inputs) {
    bool replaces = false;
    for (int k = program->needed_inputs; k < program->input_count; k++)
        replaces = replaces || (inputs[k] && program->graph.symbols[program->input_symbols[k]].uses > 0);
    return replaces;
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

int64_t cnn_program_nodes(const cnn_program *program) {
    return program->graph.ordered;
}

int64_t cnn_program_values(const cnn_program *program) {
    return program->graph.count;
}

int cnn_program_operators(const cnn_program *program) {
    return (int)program->operator_count;
}

cnn_operator_info cnn_program_operator(const cnn_program *program, int k) {
    const cnn_onnx_count *counted = &program->operators[k];
    return (cnn_operator_info){.domain = counted->domain, .name = counted->name, .nodes = counted->nodes};
}

const char *cnn_program_value_name(const cnn_program *program, int64_t symbol) {
    return program->graph.symbols[symbol].name;
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

cnn_onnx_source cnn_program_source(const cnn_program *program, cnn_budget *budget, cnn_error *error) {
    return (cnn_onnx_source){
        .origin = program->origin, .folder = program->folder, .budget = budget, .error = error};
}

static cnn_status read_constants(cnn_program *program, cnn_error *error) {
    const cnn_onnx_graph *graph = &program->graph;
    const cnn_onnx_source source = cnn_program_source(program, program->budget, error);
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
static cnn_status check_operators(cnn_program *program, cnn_error *error) {
    cnn_status status =
        cnn_onnx_count_operators(&program->graph, &program->operators, &program->operator_count, error);
    if (status != CNN_OK)
        return status;
    return cnn_onnx_check_operators(&program->graph, program->operators, program->operator_count, error);
}

static bool has_bodies(const cnn_program *program) {
    bool has = false;
    for (int64_t i = 0; i < program->graph.ordered; i++)
        has = has || cnn_onnx_is_control(program->graph.proto->node[program->graph.order[i]]->op_type);
    return has;
}

/* What is made of an open graph. */
static cnn_status open_graph(cnn_program *program, cnn_error *error) {
    cnn_status status = check_operators(program, error);
    if (status == CNN_OK)
        status = declare_all(program, error);
    if (status == CNN_OK)
        status = read_constants(program, error);
    if (status == CNN_OK && (program->outer || has_bodies(program)))
        status = cnn_program_fold(program, error);
    return status == CNN_OK ? cnn_control_open(program, error) : status;
}

static cnn_status name_parts(cnn_program *program, const char *origin, const char *folder, cnn_error *error) {
    program->origin = cnn_copy_string(origin, error);
    program->folder = cnn_copy_string(folder, error);
    return !program->origin || (folder && !program->folder) ? CNN_ERROR_MEMORY : CNN_OK;
}

static cnn_status open_parts(cnn_program *program, const void *bytes, size_t size, const char *origin,
                             const char *folder, cnn_error *error) {
    cnn_status status = name_parts(program, origin, folder, error);
    if (status == CNN_OK)
        status = cnn_onnx_unpack(&program->model, bytes, size, origin, &program->opset, error);
    if (status == CNN_OK)
        status = cnn_onnx_graph_open(&program->graph, program->model->graph, program->origin, error);
    return status == CNN_OK ? open_graph(program, error) : status;
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

static cnn_status open_body_parts(cnn_program *body, const CnnOnnx__GraphProto *graph, cnn_error *error) {
    cnn_status status = name_parts(body, body->outer->origin, body->outer->folder, error);
    if (status == CNN_OK)
        status = cnn_onnx_graph_open_within(&body->graph, graph, body->origin, error);
    return status == CNN_OK ? open_graph(body, error) : status;
}

cnn_status cnn_program_open_body(cnn_program **out, const cnn_program *outer,
                                 const CnnOnnx__GraphProto *graph, cnn_error *error) {
    cnn_program *body = *out = cnn_allocate(1, sizeof *body, "a graph within a node", error);
    if (!body)
        return CNN_ERROR_MEMORY;
    body->outer = outer;
    body->opset = outer->opset;
    body->budget = outer->budget;
    body->stored = outer->stored;
    return open_body_parts(body, graph, error);
}

static void free_constants(cnn_program *program) {
    for (int64_t i = 0; program->constants && i < program->graph.count; i++)
        cnn_array_free(&program->constants[i], program->budget);
}

void cnn_program_release_constants(cnn_program *program) {
    const CnnOnnx__GraphProto *graph = program->graph.proto;
    free_constants(program);
    for (size_t i = 0; i < graph->n_initializer; i++) {
        ProtobufCBinaryData *raw = &graph->initializer[i]->raw_data;
        cnn_free(raw->data);
        *raw = (ProtobufCBinaryData){0};
    }
}

void cnn_program_free(cnn_program *program) {
    if (!program)
        return;
    cnn_control_free(program);
    free_constants(program);
    cnn_free(program->constants);
    cnn_free(program->folded);
    cnn_onnx_graph_free(&program->graph);
    if (program->model)
        cnn_onnx__model_proto__free_unpacked(program->model, NULL);
    cnn_free(program->inputs);
    cnn_free(program->input_symbols);
    cnn_free(program->outputs);
    cnn_free(program->operators);
    cnn_free(program->origin);
    cnn_free(program->folder);
    cnn_free(program);
}
