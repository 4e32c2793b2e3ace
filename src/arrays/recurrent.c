/* RNN, GRU and LSTM: both directions, initial states, lengths of sequences, either layout. */
#include "arrays/cells.h"
#include "arrays/product.h"
#include "arrays/walk.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Inputs by their place. */
enum { X, W, R, B, LENGTHS, STATE, MEMORY, PEEPHOLES };

/* A layer in numbers. Arrays are times x batch x values; the weights' first axis are directions. */
typedef struct recurrent {
    const cnn_cell_kind *kind;
    int64_t times, batch, inputs, hidden, width; /* width: gates x hidden */
    int directions;
    bool backward_alone, batch_first;
    cnn_cell cells[2];             /* of each direction */
    cnn_array input;               /* times first */
    cnn_array sums;                /* of the input, times x batch x width */
    cnn_array turned;              /* a direction's recurrent weight, hidden x width, where that pays */
    cnn_matrix weight;             /* the same as it is multiplied with: turned, or as it lies */
    cnn_array rows;                /* batch x width: of the state */
    cnn_array state, memory, kept; /* batch x hidden */
    cnn_multiplier multiplier;
} recurrent;

/* ---- Reading --------------------------------------------------------------------------------------- */

/* Input `k`, float32, of the sizes given; left out, unless it is one of the first three. */
static cnn_status check_input(const cnn_call *call, int k, const char *what, const cnn_shape *expected) {
    const cnn_array *array;
    char text[CNN_SHAPE_TEXT];
    if (!cnn_call_input(call, k))
        return CNN_OK;
    cnn_status status = cnn_call_typed(call, k, what, CNN_TYPE_FLOAT32, &array);
    if (status == CNN_OK && !cnn_shape_equal(&array->shape, expected))
        status = cnn_call_fail(call, CNN_ERROR_SHAPE, "the %s (input %d) is %s, expected [%s]", what, k,
                               cnn_array_describe(array).text, cnn_shape_text(expected, text));
    return status;
}

static cnn_status check_lengths(const cnn_call *call, const recurrent *r) {
    const cnn_array *lengths;
    if (!cnn_call_input(call, LENGTHS))
        return CNN_OK;
    cnn_status status = cnn_call_typed(call, LENGTHS, "lengths", CNN_TYPE_INT32, &lengths);
    if (status == CNN_OK && lengths->elements != r->batch)
        status = cnn_call_fail(call, CNN_ERROR_SHAPE,
                               "the lengths are %s, expected one for each of %" PRId64 " sequences",
                               cnn_array_describe(lengths).text, r->batch);
    for (int64_t i = 0; status == CNN_OK && i < r->batch; i++)
        if (cnn_array_integer(lengths, i) < 0 || cnn_array_integer(lengths, i) > r->times)
            status =
                cnn_call_fail(call, CNN_ERROR_ARGUMENT, "a length of %" PRId64 " in sequences of %" PRId64,
                              cnn_array_integer(lengths, i), r->times);
    return status;
}

static cnn_status check_inputs(const cnn_call *call, const recurrent *r) {
    const int64_t d = r->directions;
    const cnn_shape w = cnn_shape_3(d, r->width, r->inputs), rec = cnn_shape_3(d, r->width, r->hidden);
    const cnn_shape bias = cnn_shape_2(d, 2 * r->width), peepholes = cnn_shape_2(d, 3 * r->hidden);
    const cnn_shape state =
        r->batch_first ? cnn_shape_3(r->batch, d, r->hidden) : cnn_shape_3(d, r->batch, r->hidden);
    cnn_status status = check_input(call, W, "weight", &w);
    if (status == CNN_OK)
        status = check_input(call, R, "recurrent weight", &rec);
    if (status == CNN_OK)
        status = check_input(call, B, "bias", &bias);
    if (status == CNN_OK)
        status = check_lengths(call, r);
    if (status == CNN_OK)
        status = check_input(call, STATE, "initial state", &state);
    if (status == CNN_OK)
        status = check_input(call, MEMORY, "initial cell state", &state);
    return status == CNN_OK ? check_input(call, PEEPHOLES, "peepholes", &peepholes) : status;
}

static cnn_status read_sizes(cnn_call *call, recurrent *r) {
    static const char *const words[] = {"forward", "reverse", "bidirectional", NULL};
    const cnn_array *x, *weight;
    int64_t batch_first = 0, hidden = -1;
    int direction = 0;
    cnn_status status = cnn_call_typed(call, X, "input", CNN_TYPE_FLOAT32, &x);
    if (status == CNN_OK)
        status = cnn_call_typed(call, R, "recurrent weight", CNN_TYPE_FLOAT32, &weight);
    if (status == CNN_OK)
        status = cnn_attribute_choice(&call->attributes, "direction", words, &direction);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "layout", &batch_first);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "hidden_size", &hidden);
    if (status != CNN_OK)
        return status;
    if (x->shape.rank != 3 || weight->shape.rank != 3 || (hidden >= 0 && hidden != weight->shape.dim[2]) ||
        weight->shape.dim[2] > INT32_MAX || x->shape.dim[2] > INT32_MAX)
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "%s, %s and hidden_size %" PRId64 " do not fit",
                             cnn_array_describe(x).text, cnn_array_describe(weight).text, hidden);
    r->batch_first = batch_first != 0;
    r->times = x->shape.dim[r->batch_first];
    r->batch = x->shape.dim[!r->batch_first];
    r->inputs = x->shape.dim[2];
    r->hidden = weight->shape.dim[2];
    r->width = r->kind->gates * r->hidden;
    r->directions = direction == 2 ? 2 : 1;
    r->backward_alone = direction == 1;
    return check_inputs(call, r);
}

/* ---- Functions of the gates ------------------------------------------------------------------------ */

/* Constants are listed for those functions alone that have some, in their order. */
typedef struct constants {
    const float *alphas, *betas;
    int64_t alpha_count, beta_count, alphas_used, betas_used;
} constants;

static cnn_status name_function(const cnn_call *call, const char *name, constants *all,
                                cnn_cell_function *function) {
    int has = 0;
    cnn_status status = cnn_cell_function_named(call, name, function, &has);
    if (status == CNN_OK && has > 0 && all->alphas_used < all->alpha_count)
        function->alpha = all->alphas[all->alphas_used++];
    if (status == CNN_OK && has > 1 && all->betas_used < all->beta_count)
        function->beta = all->betas[all->betas_used++];
    return status;
}

static cnn_status read_functions(cnn_call *call, recurrent *r) {
    const char *const *names = NULL;
    constants all = {0};
    const int count = r->kind->functions;
    int64_t given = 0;
    cnn_status status = cnn_attribute_texts(&call->attributes, "activations", &names, &given);
    if (status == CNN_OK)
        status = cnn_attribute_reals(&call->attributes, "activation_alpha", &all.alphas, &all.alpha_count);
    if (status == CNN_OK)
        status = cnn_attribute_reals(&call->attributes, "activation_beta", &all.betas, &all.beta_count);
    if (status == CNN_OK && given != 0 && given != (int64_t)count * r->directions)
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "it has %" PRId64 " activations, expected %d", given,
                               count * r->directions);
    for (int i = 0; status == CNN_OK && i < count * r->directions; i++)
        status = name_function(call, given ? names[i] : r->kind->defaults[i % count], &all,
                               &r->cells[i / count].functions[i % count]);
    return status;
}

static cnn_status read_cells(cnn_call *call, recurrent *r) {
    double clip = INFINITY;
    int64_t coupled = 0, reset_after = 0;
    const cnn_array *peepholes = cnn_call_input(call, PEEPHOLES);
    cnn_status status = cnn_attribute_real(&call->attributes, "clip", &clip);
    if (status == CNN_OK && r->kind == &cnn_cell_lstm)
        status = cnn_attribute_integer(&call->attributes, "input_forget", &coupled);
    if (status == CNN_OK && r->kind == &cnn_cell_gru)
        status = cnn_attribute_integer(&call->attributes, "linear_before_reset", &reset_after);
    for (int d = 0; status == CNN_OK && d < r->directions; d++)
        r->cells[d] =
            (cnn_cell){.kernels = r->multiplier.kernels,
                       .hidden = r->hidden,
                       .peepholes = peepholes ? (const float *)peepholes->data + d * 3 * r->hidden : NULL,
                       .clip = (float)clip,
                       .coupled = coupled != 0,
                       .reset_after = reset_after != 0};
    return status == CNN_OK ? read_functions(call, r) : status;
}

/* ---- Room ------------------------------------------------------------------------------------------ */

/* The input with times first. */
static cnn_status turn_input(cnn_call *call, recurrent *r) {
    const cnn_array *x = call->inputs[X];
    const cnn_shape shape = cnn_shape_3(r->times, r->batch, r->inputs);
    cnn_strides from = cnn_strides_of(&x->shape);
    if (!r->batch_first) {
        r->input = cnn_array_over(CNN_TYPE_FLOAT32, &x->shape, x->data);
        return CNN_OK;
    }
    cnn_status status = cnn_array_new(&r->input, CNN_TYPE_FLOAT32, &shape, call->budget, call->error);
    if (status != CNN_OK)
        return status;
    const int64_t swapped = from.step[0];
    from.step[0] = from.step[1];
    from.step[1] = swapped;
    const cnn_strides to = cnn_strides_of(&shape);
    cnn_copy_strided(r->input.data, &to, x->data, &from, &shape, sizeof(float));
    return CNN_OK;
}

static cnn_status make_room(cnn_call *call, recurrent *r) {
    const cnn_shape all = cnn_shape_3(r->times, r->batch, r->width),
                    turned = cnn_shape_2(r->hidden, r->width);
    const cnn_shape rows = cnn_shape_2(r->batch, r->width), states = cnn_shape_2(r->batch, r->hidden);
    const struct {
        cnn_array *array;
        const cnn_shape *shape;
    } rooms[] = {{&r->sums, &all},     {&r->turned, &turned}, {&r->rows, &rows},
                 {&r->state, &states}, {&r->memory, &states}, {&r->kept, &states}};
    cnn_status status = turn_input(call, r);
    for (size_t i = 0; status == CNN_OK && i < sizeof rooms / sizeof rooms[0]; i++)
        status = cnn_array_new(rooms[i].array, CNN_TYPE_FLOAT32, rooms[i].shape, call->budget, call->error);
    return status;
}

static void release(cnn_call *call, recurrent *r) {
    cnn_array *const all[] = {&r->input, &r->sums, &r->turned, &r->rows, &r->state, &r->memory, &r->kept};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        cnn_array_free(all[i], call->budget);
    cnn_multiplier_close(call, &r->multiplier);
}

/* ---- Outputs --------------------------------------------------------------------------------------- */

/* All states, the last states, the last cell states; NULL data: not wanted. Steps lead to the next time, direction and
 * sequence. */
typedef struct results {
    float *all, *last, *memory;
    int64_t time, direction, sequence; /* in `all` */
    int64_t last_direction, last_sequence;
} results;

static cnn_status make_outputs(cnn_call *call, const recurrent *r, results *to) {
    const int64_t d = r->directions, n = r->hidden;
    const cnn_shape all = r->batch_first ? (cnn_shape){.rank = 4, .dim = {r->batch, r->times, d, n}}
                                         : (cnn_shape){.rank = 4, .dim = {r->times, d, r->batch, n}};
    const cnn_shape last = r->batch_first ? cnn_shape_3(r->batch, d, n) : cnn_shape_3(d, r->batch, n);
    float **const places[] = {&to->all, &to->last, &to->memory};
    cnn_status status = CNN_OK;
    *to = (results){.time = r->batch_first ? d * n : d * r->batch * n,
                    .direction = r->batch_first ? n : r->batch * n,
                    .sequence = r->batch_first ? r->times * d * n : n,
                    .last_direction = r->batch_first ? n : r->batch * n,
                    .last_sequence = r->batch_first ? d * n : n};
    for (int k = 0; status == CNN_OK && k < call->output_count && k < 3; k++) {
        cnn_array *output;
        if (!cnn_call_wants(call, k))
            continue;
        status = cnn_call_output(call, k, CNN_TYPE_FLOAT32, k ? &last : &all, &output);
        *places[k] = output->data;
    }
    return status;
}

/* ---- Calculating ----------------------------------------------------------------------------------- */

/* Rows of a bias: input 3 has those of the input, then those of the state, for each direction. */
static void fill_rows(const cnn_call *call, const recurrent *r, int d, int half, int64_t rows, float *to) {
    const cnn_array *bias = cnn_call_input(call, B);
    for (int64_t row = 0; row < rows; row++, to += r->width)
        if (bias)
            memcpy(to, (const float *)bias->data + (2 * d + half) * r->width, (size_t)r->width * sizeof *to);
        else
            memset(to, 0, (size_t)r->width * sizeof *to);
}

/* A single sequence of few steps meets the recurrent weight too seldom. */
static bool pays_to_turn(const recurrent *r) {
    enum { FEW_STEPS = 4 };
    return r->batch > 1 || r->times > FEW_STEPS;
}

/* What does not wait for another step: the input's sums, and the recurrent weight turned. */
static void begin_direction(const cnn_call *call, recurrent *r, int d, const results *to) {
    const float *weight = (const float *)call->inputs[W]->data + d * r->width * r->inputs;
    const cnn_matrix turned = {weight, 1, r->inputs};
    const cnn_matrix rec = {(const float *)call->inputs[R]->data + d * r->width * r->hidden, 1, r->hidden};
    cnn_array *const states[] = {&r->state, &r->memory};
    fill_rows(call, r, d, 0, r->times * r->batch, r->sums.data);
    cnn_multiply_strided(&r->multiplier, r->input.data, &turned, r->times * r->batch, r->inputs, r->width,
                         r->sums.data);
    r->weight = pays_to_turn(r) ? (cnn_matrix){r->turned.data, r->width, 1} : rec;
    if (pays_to_turn(r))
        cnn_pack_matrix(&rec, &(cnn_block){0, r->hidden, 0, r->width}, r->turned.data);
    for (int k = 0; k < 2; k++) {
        const cnn_array *initial = cnn_call_input(call, STATE + k);
        for (int64_t b = 0; b < r->batch; b++) {
            float *state = (float *)states[k]->data + b * r->hidden;
            const int64_t from = d * to->last_direction + b * to->last_sequence;
            if (initial)
                memcpy(state, (const float *)initial->data + from, (size_t)r->hidden * sizeof *state);
            else
                memset(state, 0, (size_t)r->hidden * sizeof *state);
        }
    }
}

/* Sequence b at step s: the time; -1: it is over. */
static int64_t time_at(const cnn_call *call, const recurrent *r, bool backward, int64_t b, int64_t s) {
    const cnn_array *lengths = cnn_call_input(call, LENGTHS);
    const int64_t length = lengths ? cnn_array_integer(lengths, b) : r->times;
    return s >= length ? -1 : backward ? length - 1 - s : s;
}

/* rows += states x columns [first, first + count) of the weight. */
static void multiply_states(const recurrent *r, const float *states, int64_t first, int64_t count,
                            float *rows) {
    const cnn_matrix weight = {r->weight.values + first * r->weight.column, r->weight.row, r->weight.column};
    for (int64_t b = 0; b < r->batch && first > 0; b++)
        cnn_multiply_strided(&r->multiplier, states + b * r->hidden, &weight, 1, r->hidden, count,
                             rows + b * r->width + first);
    if (first == 0)
        cnn_multiply_strided(&r->multiplier, states, &weight, r->batch, r->hidden, count, rows);
}

/* Of a GRU whose reset gate works on the state: the state's product for the last gate. */
static void reset_states(const cnn_call *call, recurrent *r, int d, bool backward, int64_t s) {
    const cnn_cell *cell = &r->cells[d];
    float *rows = r->rows.data, *kept = r->kept.data;
    for (int64_t b = 0; b < r->batch; b++) {
        const int64_t time = time_at(call, r, backward, b, s);
        if (time >= 0)
            r->kind->reset(cell, (float *)r->sums.data + (time * r->batch + b) * r->width,
                           rows + b * r->width, (const float *)r->state.data + b * r->hidden,
                           kept + b * r->hidden);
    }
    if (cell->reset_after)
        return;
    for (int64_t b = 0; b < r->batch; b++) /* what the unreset state gave goes, but for its bias */
        memset(rows + b * r->width + 2 * r->hidden, 0, (size_t)r->hidden * sizeof *rows);
    multiply_states(r, kept, 2 * r->hidden, r->hidden, rows);
    const cnn_array *bias = cnn_call_input(call, B);
    for (int64_t i = 0; bias && i < r->batch * r->hidden; i++)
        rows[i / r->hidden * r->width + 2 * r->hidden + i % r->hidden] +=
            ((const float *)bias->data)[(2 * d + 1) * r->width + 2 * r->hidden + i % r->hidden];
}

static void step(const cnn_call *call, recurrent *r, int d, bool backward, int64_t s, const results *to) {
    fill_rows(call, r, d, 1, r->batch, r->rows.data);
    multiply_states(r, r->state.data, 0, r->width, r->rows.data);
    if (r->kind->reset)
        reset_states(call, r, d, backward, s);
    for (int64_t b = 0; b < r->batch; b++) {
        const int64_t time = time_at(call, r, backward, b, s);
        float *state = (float *)r->state.data + b * r->hidden;
        if (time < 0)
            continue;
        r->kind->step(&r->cells[d], (float *)r->sums.data + (time * r->batch + b) * r->width,
                      (const float *)r->rows.data + b * r->width, state,
                      (float *)r->memory.data + b * r->hidden);
        if (to->all)
            memcpy(to->all + time * to->time + d * to->direction + b * to->sequence, state,
                   (size_t)r->hidden * sizeof *state);
    }
}

static void run_direction(const cnn_call *call, recurrent *r, int d, const results *to) {
    float *const last[] = {to->last, to->memory};
    const cnn_array *const states[] = {&r->state, &r->memory};
    begin_direction(call, r, d, to);
    for (int64_t s = 0; s < r->times; s++)
        step(call, r, d, d == 1 || r->backward_alone, s, to);
    for (int k = 0; k < 2; k++)
        for (int64_t b = 0; last[k] && b < r->batch; b++)
            memcpy(last[k] + d * to->last_direction + b * to->last_sequence,
                   (const float *)states[k]->data + b * r->hidden, (size_t)r->hidden * sizeof(float));
}

static cnn_status run(cnn_call *call, const cnn_cell_kind *kind) {
    recurrent r = {.kind = kind};
    results to;
    int64_t each;
    cnn_status status = cnn_multiplier_open(call, &r.multiplier);
    if (status == CNN_OK)
        status = read_sizes(call, &r);
    if (status == CNN_OK)
        status = read_cells(call, &r);
    if (status == CNN_OK)
        status = make_room(call, &r);
    if (status == CNN_OK)
        status = make_outputs(call, &r, &to);
    if (status == CNN_OK && !cnn_multiply(r.directions * (r.inputs + r.hidden + 1), r.width, &each))
        each = INT64_MAX;
    if (status == CNN_OK)
        status = cnn_call_work(call, r.times * r.batch, each);
    for (int d = 0; status == CNN_OK && d < r.directions && r.batch > 0 && r.hidden > 0; d++)
        run_direction(call, &r, d, &to);
    release(call, &r);
    return status;
}

cnn_status cnn_run_RNN(cnn_call *call) {
    return run(call, &cnn_cell_rnn);
}

cnn_status cnn_run_GRU(cnn_call *call) {
    return run(call, &cnn_cell_gru);
}

cnn_status cnn_run_LSTM(cnn_call *call) {
    return run(call, &cnn_cell_lstm);
}
