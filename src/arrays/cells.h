/* One step of a recurrent layer: what becomes of a hidden state. */
#ifndef CNN_ARRAYS_CELLS_H
#define CNN_ARRAYS_CELLS_H

#include "arrays/call.h"
#include "kernels/kernels.h"

/* A function of a row of values, in place. */
typedef struct cnn_cell_function {
    int row; /* of the table of functions */
    float alpha, beta;
} cnn_cell_function;

enum { CNN_CELL_FUNCTIONS = 3 }; /* at most, of one direction */

/* What all steps of one direction have in common. */
typedef struct cnn_cell {
    const struct cnn_kernels *kernels;
    int64_t hidden;
    cnn_cell_function functions[CNN_CELL_FUNCTIONS];
    const float *peepholes; /* of an LSTM: of input, output and forget gate; NULL: none */
    float clip;             /* sums stay within -clip and clip; infinite: no limit */
    bool coupled;           /* the forget gate is 1 minus the input gate */
    bool reset_after;       /* a GRU's reset gate works on the product, not on the state */
} cnn_cell;

/* A kind of layer. `first` and `second` are rows of `gates` x hidden floats: `sums` come from the input, and the result
 * is left there; `recurrent` from the state before. */
typedef struct cnn_cell_kind {
    int gates, functions;
    const char *defaults[CNN_CELL_FUNCTIONS]; /* names of functions */
    /* The new state and cell state, in place. */
    void (*step)(const cnn_cell *cell, float *sums, const float *recurrent, float *state, float *memory);
    /* Before it, of a GRU: the state that its last gate multiplies, reset; NULL: none. */
    void (*reset)(const cnn_cell *cell, float *sums, const float *recurrent, const float *state, float *kept);
} cnn_cell_kind;

extern const cnn_cell_kind cnn_cell_rnn, cnn_cell_gru, cnn_cell_lstm;

/* A function by ONNX's name, with its default constants; *has says which of the constants it has. */
cnn_status cnn_cell_function_named(const cnn_call *call, const char *name, cnn_cell_function *function,
                                   int *constants);

#endif
