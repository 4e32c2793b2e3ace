/* Any ONNX graph, made ready to run on arrays: the interpreter. */
#ifndef CNN_ONNX_PROGRAM_H
#define CNN_ONNX_PROGRAM_H

#include "arrays/array.h"

typedef struct cnn_program cnn_program;

/* An input or an output as the file declares it; the name belongs to the program. */
typedef struct cnn_declared {
    const char *name;
    int type;                  /* of ONNX; 0: not said */
    int rank;                  /* -1: not said */
    int64_t dim[CNN_MAX_RANK]; /* -1: any */
} cnn_declared;

/* Checks the whole graph: names made once, no cycles, every operator that the outputs need supported. The
 * bytes may go afterwards. `folder` is where external data lies (NULL: none); `budget` (NULL: none) bounds
 * what reading the constants takes. */
cnn_status cnn_program_open(cnn_program **program, const void *bytes, size_t size, const char *origin,
                            const char *folder, cnn_budget *budget, cnn_error *error);
void cnn_program_free(cnn_program *program); /* NULL is allowed */
/* Give back the memory of the initialisers, once a network has taken them over. The program still knows what it is, but cannot
 * be run any more. */
void cnn_program_release_constants(cnn_program *program);

/* Inputs that a run needs come first: those that are no initialisers and that a node reads. */
int cnn_program_inputs(const cnn_program *program);
int cnn_program_needed_inputs(const cnn_program *program);
/* Whether a run with these inputs (NULL: not given) replaces an initialiser. An input that no node reads replaces nothing. */
bool cnn_program_replaces_constants(const cnn_program *program, const cnn_array *const *inputs);
int cnn_program_outputs(const cnn_program *program);
const cnn_declared *cnn_program_input(const cnn_program *program, int k);
const cnn_declared *cnn_program_output(const cnn_program *program, int k);

/* Nodes that the outputs need, and values of the graph: symbols are numbered from 0. */
int64_t cnn_program_nodes(const cnn_program *program);
int64_t cnn_program_values(const cnn_program *program);
int cnn_program_operators(const cnn_program *program);
cnn_operator_info cnn_program_operator(const cnn_program *program, int k);
const char *cnn_program_value_name(const cnn_program *program, int64_t symbol);

/* CNN_ERROR_SHAPE when an array is not what was declared. */
cnn_status cnn_declared_check(const cnn_declared *declared, const cnn_array *array, const char *origin,
                              cnn_error *error);

/* A part of the graph that something else runs than the interpreter (onnx/islands.h). */
typedef struct cnn_island cnn_island;

/* Who finds such parts and runs them. */
typedef struct cnn_islanders {
    void *context;
    const cnn_island *constants; /* values that are known before a run */
    /* A float32 value has just come about: *island begins with it; NULL: none does. `done` are the nodes that ran. */
    cnn_status (*find)(void *context, int64_t symbol, const cnn_shape *shape, const bool *done,
                       const cnn_island **island, cnn_error *error);
    /* `values` are those of all symbols; the island's outputs become arrays of `budget`. */
    cnn_status (*run)(void *context, const cnn_island *island, cnn_array *values, cnn_budget *budget,
                      cnn_error *error);
} cnn_islanders;

/* Run. `inputs` has one array for each input, NULL for an initialiser that keeps its value; `outputs` one
 * empty array for each output, which the caller frees with the same budget, also after a failure. Intermediate
 * results are freed after their last use. `islanders` NULL: all of it by the interpreter. */
cnn_status cnn_program_run(const cnn_program *program, const cnn_array *const *inputs, cnn_array *outputs,
                           const cnn_islanders *islanders, cnn_budget *budget, cnn_error *error);

#endif
