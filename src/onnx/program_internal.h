/* What the files of the interpreter share: a graph that is open. */
#ifndef CNN_ONNX_PROGRAM_INTERNAL_H
#define CNN_ONNX_PROGRAM_INTERNAL_H

#include "onnx/array.h"
#include "onnx/census.h"
#include "onnx/graph.h"
#include "onnx/program.h"

enum { CNN_PROGRAM_BODIES = 2 }; /* graphs within a node, at most */

struct cnn_program {
    CnnOnnx__ModelProto *model;
    int64_t opset;
    char *origin, *folder;
    cnn_onnx_graph graph;
    cnn_array *constants; /* of each symbol; empty: none, or not used */
    bool *folded;         /* of each node: what it gives is among the constants; NULL: of none */
    cnn_declared *inputs, *outputs;
    int64_t *input_symbols;
    int input_count, needed_inputs, output_count;
    cnn_onnx_count *operators; /* that the outputs need */
    int64_t operator_count;
    int64_t stored;     /* bytes of the file and of its external data */
    cnn_budget *budget; /* of the constants: the caller's, or `machine` */
    cnn_budget machine;
    const cnn_program *outer; /* of a graph within a node: the one around it, which owns the model */
    cnn_program *(
        *bodies)[CNN_PROGRAM_BODIES]; /* of each node: the graphs within it; NULL: no node has any */
};

/* Where its tensors come from. */
cnn_onnx_source cnn_program_source(const cnn_program *program, cnn_budget *budget, cnn_error *error);

/* Calculate what depends on constants alone. Before graphs within nodes are opened, which read of it. */
cnn_status cnn_program_fold(cnn_program *program, cnn_error *error);

/* A graph within a node of `outer`, which must outlive it; released with cnn_program_free. */
cnn_status cnn_program_open_body(cnn_program **body, const cnn_program *outer,
                                 const CnnOnnx__GraphProto *graph, cnn_error *error);
/* Run it. `values` are those of the outer graph; inputs are not compared with what is declared. */
cnn_status cnn_program_run_body(const cnn_program *body, const cnn_array *values,
                                const cnn_array *const *inputs, cnn_array *outputs, cnn_budget *budget,
                                cnn_error *error);

#endif
