/* What the files of the interpreter share: a graph that is open. */
#ifndef CNN_ONNX_PROGRAM_INTERNAL_H
#define CNN_ONNX_PROGRAM_INTERNAL_H

#include "onnx/array.h"
#include "onnx/graph.h"
#include "onnx/program.h"

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

/* Where its tensors come from. */
cnn_onnx_source cnn_program_source(const cnn_program *program, cnn_budget *budget, cnn_error *error);

#endif
