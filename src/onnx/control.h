/* Nodes with graphs within them: If and Loop. */
#ifndef CNN_ONNX_CONTROL_H
#define CNN_ONNX_CONTROL_H

#include "onnx/program_internal.h"

/* A node to run. Outputs are empty at first, and the caller's to free, also after a failure. */
typedef struct cnn_control_call {
    const cnn_program *program;
    int64_t node;
    const cnn_array *values;        /* of the program's graph, from which graphs within the node read */
    const cnn_array *const *inputs; /* NULL: left out */
    cnn_array *outputs;
    cnn_budget *budget;
    cnn_error *error;
} cnn_control_call;

bool cnn_onnx_is_control(const char *operator);

/* Open the graphs within all nodes that are needed; each is a program of its own. They go with the program. */
cnn_status cnn_control_open(cnn_program *program, cnn_error *error);
void cnn_control_free(cnn_program *program);
/* Whether a node of an open program is one of them. */
bool cnn_control_has(const cnn_program *program, int64_t node);
cnn_status cnn_control_run(const cnn_control_call *call);

#endif
