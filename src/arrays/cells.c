#include "arrays/cells.h"

#include "base/numbers.h"

#include <math.h>
#include <string.h>

/* ---- Functions ------------------------------------------------------------------------------------- */

/* Those of the kernels by their number there; the others are in `apply`. */
enum { RELU = -1, AFFINE = -2, SCALED_TANH = -3 };

typedef struct function_row {
    const char *name;
    int kind, constants;
    float alpha, beta;
} function_row;

static const function_row functions[] = {{"Relu", RELU, 0, 0, 0},
                                         {"Tanh", CNN_KERNEL_TANH, 0, 0, 0},
                                         {"Sigmoid", CNN_KERNEL_SIGMOID, 0, 0, 0},
                                         {"Affine", AFFINE, 2, 1, 0},
                                         {"LeakyRelu", CNN_KERNEL_LEAKY_RELU, 1, 0.01F, 0},
                                         {"ThresholdedRelu", CNN_KERNEL_THRESHOLDED_RELU, 1, 1, 0},
                                         {"ScaledTanh", SCALED_TANH, 2, 1, 1},
                                         {"HardSigmoid", CNN_KERNEL_HARD_SIGMOID, 2, 0.2F, 0.5F},
                                         {"Elu", CNN_KERNEL_ELU, 1, 1, 0},
                                         {"Softsign", CNN_KERNEL_SOFTSIGN, 0, 0, 0},
                                         {"Softplus", CNN_KERNEL_SOFTPLUS, 0, 0, 0}};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

static bool same_word(const char *a, const char *b) {
    for (; *a && *b; a++, b++)
        if ((*a | 32) != (*b | 32))
            return false;
    return *a == *b;
}

cnn_status cnn_cell_function_named(const cnn_call *call, const char *name, cnn_cell_function *function,
                                   int *constants) {
    for (int i = 0; i < FUNCTIONS; i++)
        if (same_word(functions[i].name, name)) {
            *function = (cnn_cell_function){i, functions[i].alpha, functions[i].beta};
            *constants = functions[i].constants;
            return CNN_OK;
        }
    return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "the activation \"%.32s\" is not known", name);
}

static float apply_one(int kind, const cnn_cell_function *f, float x) {
    if (kind == RELU)
        return x < 0 ? 0 : x;
    return kind == AFFINE ? f->alpha * x + f->beta : f->alpha * tanhf(f->beta * x);
}

static void apply(const cnn_cell *cell, int number, float *row, int64_t count) {
    const cnn_cell_function *f = &cell->functions[number];
    const int kind = functions[f->row].kind;
    const cnn_activation_function known = {(cnn_kernel_activation)(kind > 0 ? kind : 0), f->alpha, f->beta};
    if (kind > 0)
        cell->kernels->activate(&known, count, row, row);
    else
        for (int64_t i = 0; i < count; i++)
            row[i] = apply_one(kind, f, row[i]);
}

/* ---- Sums ------------------------------------------------------------------------------------------ */

static void limit(const cnn_cell *cell, float *row, int64_t count) {
    for (int64_t i = 0; isfinite(cell->clip) && i < count; i++)
        row[i] = row[i] < -cell->clip ? -cell->clip : row[i] > cell->clip ? cell->clip : row[i];
}

/* sums += values, where they may not leave their limits. */
static void add(const cnn_cell *cell, float *sums, const float *values, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        sums[i] += values[i];
    limit(cell, sums, count);
}

static void add_products(float *sums, const float *factors, const float *values, int64_t count) {
    for (int64_t i = 0; factors && i < count; i++)
        sums[i] += factors[i] * values[i];
}

/* ---- Kinds ----------------------------------------------------------------------------------------- */

static void step_rnn(const cnn_cell *cell, float *sums, const float *recurrent, float *state, float *memory) {
    (void)memory;
    add(cell, sums, recurrent, cell->hidden);
    apply(cell, 0, sums, cell->hidden);
    memcpy(state, sums, (size_t)cell->hidden * sizeof *state);
}

/* Gates: update, reset, hidden. */
static void reset_gru(const cnn_cell *cell, float *sums, const float *recurrent, const float *state,
                      float *kept) {
    const int64_t n = cell->hidden;
    add(cell, sums, recurrent, 2 * n);
    apply(cell, 0, sums, 2 * n);
    for (int64_t i = 0; i < n; i++)
        kept[i] = sums[n + i] * state[i];
}

static void step_gru(const cnn_cell *cell, float *sums, const float *recurrent, float *state, float *memory) {
    const int64_t n = cell->hidden;
    const float *reset = sums + n, *product = recurrent + 2 * n;
    float *update = sums, *new = sums + 2 * n;
    (void)memory;
    for (int64_t i = 0; i < n; i++)
        new[i] += (cell->reset_after ? reset[i] : 1) * product[i];
    limit(cell, new, n);
    apply(cell, 1, new, n);
    for (int64_t i = 0; i < n; i++)
        state[i] = (1 - update[i]) * new[i] + update[i] * state[i];
}

/* Gates: input, output, forget, cell. */
static void step_lstm(const cnn_cell *cell, float *sums, const float *recurrent, float *state,
                      float *memory) {
    const int64_t n = cell->hidden;
    float *input = sums, *output = sums + n, *forget = sums + 2 * n, *new = sums + 3 * n;
    const float *p = cell->peepholes;
    for (int64_t i = 0; i < 4 * n; i++)
        sums[i] += recurrent[i];
    add_products(input, p, memory, n);
    add_products(forget, p ? p + 2 * n : NULL, memory, n);
    limit(cell, input, n);
    limit(cell, forget, 2 * n);
    apply(cell, 0, input, n);
    apply(cell, 0, forget, n);
    apply(cell, 1, new, n);
    for (int64_t i = 0; i < n; i++)
        memory[i] = (cell->coupled ? 1 - input[i] : forget[i]) * memory[i] + input[i] * new[i];
    add_products(output, p ? p + n : NULL, memory, n);
    limit(cell, output, n);
    apply(cell, 0, output, n);
    memcpy(state, memory, (size_t)n * sizeof *state);
    apply(cell, 2, state, n);
    for (int64_t i = 0; i < n; i++)
        state[i] *= output[i];
}

const cnn_cell_kind cnn_cell_rnn = {1, 1, {"Tanh"}, step_rnn, NULL};
const cnn_cell_kind cnn_cell_gru = {3, 2, {"Sigmoid", "Tanh"}, step_gru, reset_gru};
const cnn_cell_kind cnn_cell_lstm = {4, 3, {"Sigmoid", "Tanh", "Tanh"}, step_lstm, NULL};
