/* Parts of a graph that are networks: one value goes in, any number comes out. */
#ifndef CNN_ONNX_ISLANDS_H
#define CNN_ONNX_ISLANDS_H

#include "graph/net.h"
#include "onnx/program.h"
#include "onnx/view.h"

/* A value that others read: what a node of the network gives, seen in the axes of the file. */
typedef struct cnn_island_output {
    int64_t symbol;
    int node;
    cnn_onnx_view view;
} cnn_island_output;

/* A value that was calculated while the island was cut, from constants and shapes. */
typedef struct cnn_known_value {
    int64_t symbol;
    cnn_array array; /* borrowed from the cutter */
} cnn_known_value;

struct cnn_island {
    int64_t input; /* the symbol that it begins with */
    cnn_shape shape;
    cnn_onnx_view view; /* how the file sees the network's input */
    cnn_net *net;       /* NULL: only known values */
    cnn_island_output *outputs;
    int64_t output_count;
    int64_t *nodes; /* of the graph, whose work it does */
    int64_t node_count;
    cnn_known_value *known;
    int64_t known_count;
};

void cnn_island_free(cnn_island *island); /* NULL is allowed */

/* Cuts islands out of a program's graph, which must outlive it, for one set of shapes of its inputs. */
typedef struct cnn_cutter cnn_cutter;

/* What can be calculated from constants is. *cutter is NULL, without an error, where a graph's nodes do not stand in the
 * order in which they run. */
cnn_status cnn_cutter_new(cnn_cutter **cutter, const cnn_program *program, cnn_error *error);
void cnn_cutter_free(cnn_cutter *cutter); /* NULL is allowed; after its islands */
/* What was calculated from constants alone: an island without a network. */
const cnn_island *cnn_cutter_constants(const cnn_cutter *cutter);
/* The largest part that begins with this float32 value and reads nothing else but constants; `done` are the nodes that ran
 * already. *island is NULL, without an error, where there is none that would be worth it. */
cnn_status cnn_cutter_cut(cnn_cutter *cutter, int64_t symbol, const cnn_shape *shape, const bool *done,
                          cnn_island **island, cnn_error *error);

#endif
