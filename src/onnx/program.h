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

/* Inputs that are not initialisers come first: those that a run needs. */
int cnn_program_inputs(const cnn_program *program);
int cnn_program_needed_inputs(const cnn_program *program);
int cnn_program_outputs(const cnn_program *program);
const cnn_declared *cnn_program_input(const cnn_program *program, int k);
const cnn_declared *cnn_program_output(const cnn_program *program, int k);

/* CNN_ERROR_SHAPE when an array is not what was declared. */
cnn_status cnn_declared_check(const cnn_declared *declared, const cnn_array *array, const char *origin,
                              cnn_error *error);

/* Run. `inputs` has one array for each input, NULL for an initialiser that keeps its value; `outputs` one
 * empty array for each output, which the caller frees with the same budget, also after a failure. Intermediate
 * results are freed after their last use. */
cnn_status cnn_program_run(const cnn_program *program, const cnn_array *const *inputs, cnn_array *outputs,
                           cnn_budget *budget, cnn_error *error);

#endif
