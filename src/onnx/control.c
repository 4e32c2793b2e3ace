#include "onnx/control.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

/* An operator, and the attributes that are its graphs. */
typedef struct control {
    const char *name, *bodies[CNN_PROGRAM_BODIES];
    cnn_status (*run)(const cnn_control_call *call);
} control;

static cnn_status run_if(const cnn_control_call *call);
static cnn_status run_loop(const cnn_control_call *call);

static const control controls[] = {{"If", {"then_branch", "else_branch"}, run_if},
                                   {"Loop", {"body"}, run_loop}};
enum { CONTROLS = sizeof controls / sizeof controls[0] };

static const control *find(const char *operator) {
    for (int i = 0; operator&& i<CONTROLS; i++)
        if (strcmp(controls[i].name, operator) == 0)
            return &controls[i];
    return NULL;
}

bool cnn_onnx_is_control(const char *operator) {
    return find(operator) != NULL;
}

/* ---- Opening --------------------------------------------------------------------------------------- */

static const CnnOnnx__GraphProto *body_named(const CnnOnnx__NodeProto *node, const char *name) {
    for (size_t i = 0; i < node->n_attribute; i++)
        if (node->attribute[i]->name && strcmp(node->attribute[i]->name, name) == 0)
            return node->attribute[i]->g;
    return NULL;
}

static cnn_status open_node(cnn_program *program, int64_t node, cnn_error *error) {
    const CnnOnnx__NodeProto *proto = program->graph.proto->node[node];
    const control *c = find(proto->op_type);
    cnn_status status = CNN_OK;
    for (int k = 0; status == CNN_OK && k < CNN_PROGRAM_BODIES && c->bodies[k]; k++) {
        const CnnOnnx__GraphProto *graph = body_named(proto, c->bodies[k]);
        if (!graph)
            return cnn_fail(error, CNN_ERROR_FORMAT, "%s: node \"%s\" (%s) has no graph \"%s\"",
                            program->origin, cnn_onnx_printable(proto->name).text, c->name, c->bodies[k]);
        status = cnn_program_open_body(&program->bodies[node][k], program, graph, error);
    }
    return status;
}

cnn_status cnn_control_open(cnn_program *program, cnn_error *error) {
    const cnn_onnx_graph *graph = &program->graph;
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < graph->ordered; i++) {
        const int64_t node = graph->order[i];
        if (!cnn_onnx_is_control(graph->proto->node[node]->op_type))
            continue;
        if (!program->bodies)
            program->bodies =
                cnn_allocate(graph->proto->n_node, sizeof *program->bodies, "graphs within nodes", error);
        status = program->bodies ? open_node(program, node, error) : CNN_ERROR_MEMORY;
    }
    return status;
}

void cnn_control_free(cnn_program *program) {
    for (size_t i = 0; program->bodies && i < program->graph.proto->n_node; i++)
        for (int k = 0; k < CNN_PROGRAM_BODIES; k++)
            cnn_program_free(program->bodies[i][k]);
    cnn_free(program->bodies);
}

bool cnn_control_has(const cnn_program *program, int64_t node) {
    return program->bodies && program->bodies[node][0];
}

/* ---- Running --------------------------------------------------------------------------------------- */

static const CnnOnnx__NodeProto *proto_of(const cnn_control_call *call) {
    return call->program->graph.proto->node[call->node];
}

static cnn_status wrong(const cnn_control_call *call, cnn_status status, const char *what) {
    return cnn_fail(call->error, status, "%s: node \"%s\" (%s): %s", call->program->origin,
                    cnn_onnx_printable(proto_of(call)->name).text,
                    cnn_onnx_printable(proto_of(call)->op_type).text, what);
}

cnn_status cnn_control_run(const cnn_control_call *call) {
    return find(proto_of(call)->op_type)->run(call);
}

/* One bool. */
static cnn_status read_truth(const cnn_control_call *call, const cnn_array *array, bool *truth) {
    if (!array || array->type != CNN_TYPE_BOOL || array->elements != 1)
        return wrong(call, CNN_ERROR_FORMAT, "its condition is not one bool");
    *truth = *(const uint8_t *)array->data != 0;
    return CNN_OK;
}

static cnn_status run_if(const cnn_control_call *call) {
    bool truth = false;
    if (proto_of(call)->n_input != 1)
        return wrong(call, CNN_ERROR_FORMAT, "expected one input");
    cnn_status status = read_truth(call, call->inputs[0], &truth);
    if (status != CNN_OK)
        return status;
    const cnn_program *body = call->program->bodies[call->node][!truth];
    if (cnn_program_inputs(body) != 0 || cnn_program_outputs(body) != (int)proto_of(call)->n_output)
        return wrong(call, CNN_ERROR_FORMAT, "its branch has inputs, or another number of outputs");
    return cnn_program_run_body(body, call->values, NULL, call->outputs, call->budget, call->error);
}

/* ---- Loop ------------------------------------------------------------------------------------------ */

/* `carried` values go from each round into the next one; of `scanned` ones each round's is kept. */
typedef struct loop {
    const cnn_control_call *call;
    const cnn_program *body;
    int carried, scanned;
    cnn_array *state;         /* carried */
    const cnn_array **inputs; /* of the body: the round, the condition, the carried ones */
    cnn_array *outputs;       /* of the body: the condition, the carried ones, the scanned ones */
    cnn_array *pieces;        /* `scanned` of each round */
    int64_t piece_count, piece_room;
} loop;

static cnn_status check_loop(const cnn_control_call *call, loop *l) {
    const CnnOnnx__NodeProto *proto = proto_of(call);
    *l = (loop){
        .call = call, .body = call->program->bodies[call->node][0], .carried = (int)proto->n_input - 2};
    l->scanned = (int)proto->n_output - l->carried;
    bool fits = proto->n_input >= 2 && l->scanned >= 0 && cnn_program_inputs(l->body) == 2 + l->carried &&
                cnn_program_outputs(l->body) == 1 + l->carried + l->scanned;
    for (int k = 0; fits && k < l->carried; k++)
        fits = call->inputs[2 + k] != NULL;
    return fits ? CNN_OK
                : wrong(call, CNN_ERROR_FORMAT, "its inputs, its outputs and those of its body do not match");
}

static cnn_status begin_loop(loop *l) {
    const size_t inputs = (size_t)l->carried + 2, outputs = (size_t)(1 + l->carried + l->scanned);
    cnn_error *error = l->call->error;
    l->state = cnn_allocate(inputs, sizeof *l->state, "a loop's values", error);
    l->inputs = cnn_allocate(inputs, sizeof *l->inputs, "a loop's values", error);
    l->outputs = cnn_allocate(outputs, sizeof *l->outputs, "a loop's values", error);
    if (!l->state || !l->inputs || !l->outputs)
        return CNN_ERROR_MEMORY;
    for (int k = 0; k < l->carried; k++) {
        l->state[k] = *l->call->inputs[2 + k];
        l->state[k].borrowed = true;
        l->inputs[2 + k] = &l->state[k];
    }
    return CNN_OK;
}

static void end_loop(loop *l) {
    for (int k = 0; l->state && k < l->carried; k++)
        cnn_array_free(&l->state[k], l->call->budget);
    for (int k = 0; l->outputs && k < 1 + l->carried + l->scanned; k++)
        cnn_array_free(&l->outputs[k], l->call->budget);
    for (int64_t i = 0; i < l->piece_count; i++)
        cnn_array_free(&l->pieces[i], l->call->budget);
    cnn_free(l->state);
    cnn_free(l->inputs);
    cnn_free(l->outputs);
    cnn_free(l->pieces);
}

static cnn_status keep_piece(loop *l, cnn_array *piece) {
    cnn_status status = cnn_grow((void **)&l->pieces, l->piece_count, &l->piece_room, sizeof *l->pieces,
                                 "a loop's results", l->call->error);
    if (status == CNN_OK) {
        l->pieces[l->piece_count++] = *piece;
        *piece = (cnn_array){0};
    }
    return status;
}

/* A round of nothing is a step, too: a loop ends. */
static cnn_status take_step(const loop *l) {
    for (cnn_budget *budget = l->call->budget; budget; budget = budget->within)
        if (--budget->work < 0)
            return wrong(l->call, CNN_ERROR_UNSUPPORTED, "it needs more steps than are left");
    return CNN_OK;
}

/* One round; *go_on is the condition behind it. */
static cnn_status run_round(loop *l, int64_t round, bool *go_on) {
    const cnn_shape one = {0};
    const uint8_t truth = 1;
    const cnn_array number = cnn_array_over(CNN_TYPE_INT64, &one, &round);
    const cnn_array condition = cnn_array_over(CNN_TYPE_BOOL, &one, &truth);
    l->inputs[0] = &number;
    l->inputs[1] = &condition;
    cnn_status status = take_step(l);
    if (status == CNN_OK)
        status = cnn_program_run_body(l->body, l->call->values, l->inputs, l->outputs, l->call->budget,
                                      l->call->error);
    if (status == CNN_OK)
        status = read_truth(l->call, &l->outputs[0], go_on);
    if (status != CNN_OK)
        return status;
    cnn_array_free(&l->outputs[0], l->call->budget);
    for (int k = 0; k < l->carried; k++) {
        cnn_array_free(&l->state[k], l->call->budget);
        l->state[k] = l->outputs[1 + k];
        l->outputs[1 + k] = (cnn_array){0};
    }
    for (int k = 0; status == CNN_OK && k < l->scanned; k++)
        status = keep_piece(l, &l->outputs[1 + l->carried + k]);
    return status;
}

/* The shape of what no round has made, as far as the body says it. */
static cnn_array nothing(const loop *l, int k) {
    const cnn_declared *declared = cnn_program_output(l->body, 1 + l->carried + k);
    cnn_array piece = {.type = CNN_TYPE_FLOAT32};
    if (cnn_type_known(declared->type))
        piece.type = (cnn_type)declared->type;
    piece.shape.rank = declared->rank < 0 ? 0 : declared->rank;
    for (int i = 0; i < piece.shape.rank; i++)
        piece.shape.dim[i] = declared->dim[i] < 0 ? 0 : declared->dim[i];
    return piece;
}

/* Scanned output `k`: all rounds' pieces, one behind the other along a new first axis. */
static cnn_status join_pieces(const loop *l, int k, int64_t rounds) {
    const cnn_array none = nothing(l, k), *first = rounds ? &l->pieces[k] : &none;
    cnn_array *output = &l->call->outputs[l->carried + k];
    cnn_shape shape = {.rank = first->shape.rank + 1, .dim = {rounds}};
    if (shape.rank > CNN_MAX_RANK)
        return wrong(l->call, CNN_ERROR_UNSUPPORTED, "its output has too many axes");
    for (int i = 0; i < first->shape.rank; i++)
        shape.dim[i + 1] = first->shape.dim[i];
    cnn_status status = cnn_array_new(output, first->type, &shape, l->call->budget, l->call->error);
    for (int64_t round = 0; status == CNN_OK && round < rounds; round++) {
        const cnn_array *piece = &l->pieces[round * l->scanned + k];
        if (piece->type != first->type || !cnn_shape_equal(&piece->shape, &first->shape))
            return wrong(l->call, CNN_ERROR_SHAPE, "its rounds give values of different shapes");
        memcpy((char *)output->data + round * cnn_array_bytes(first), piece->data,
               (size_t)cnn_array_bytes(piece));
    }
    return status;
}

static cnn_status give_outputs(loop *l, int64_t rounds) {
    cnn_status status = CNN_OK;
    for (int k = 0; status == CNN_OK && k < l->carried; k++) {
        if (l->state[k].borrowed) {
            status = cnn_array_copy(&l->call->outputs[k], &l->state[k], l->call->budget, l->call->error);
            continue;
        }
        l->call->outputs[k] = l->state[k];
        l->state[k] = (cnn_array){0};
    }
    for (int k = 0; status == CNN_OK && k < l->scanned; k++)
        status = join_pieces(l, k, rounds);
    return status;
}

/* How many rounds at most, and whether there is one. */
static cnn_status read_limits(const cnn_control_call *call, int64_t *most, bool *go_on) {
    const cnn_array *count = call->inputs[0];
    *most = INT64_MAX;
    *go_on = true;
    if (count && (count->type != CNN_TYPE_INT64 || count->elements != 1))
        return wrong(call, CNN_ERROR_FORMAT, "the number of its rounds is not one int64");
    if (count)
        *most = cnn_array_integer(count, 0);
    return call->inputs[1] ? read_truth(call, call->inputs[1], go_on) : CNN_OK;
}

static cnn_status run_loop(const cnn_control_call *call) {
    loop l;
    int64_t most, round = 0;
    bool go_on = false;
    cnn_status status = check_loop(call, &l);
    if (status != CNN_OK)
        return status;
    status = read_limits(call, &most, &go_on);
    if (status == CNN_OK)
        status = begin_loop(&l);
    for (; status == CNN_OK && go_on && round < most; round++)
        status = run_round(&l, round, &go_on);
    if (status == CNN_OK)
        status = give_outputs(&l, round);
    end_loop(&l);
    return status;
}
