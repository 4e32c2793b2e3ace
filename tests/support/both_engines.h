/* Small graphs run by more than one engine, whose results must agree. */
#ifndef TESTS_SUPPORT_BOTH_ENGINES_H
#define TESTS_SUPPORT_BOTH_ENGINES_H

#include "support/graph_model.h"

#include "cnn_model.h"

/* Write the graph into the folder and open it with an engine; frees the graph. The test fails if it does not open. */
cnn_model *open_graph_model(graph_model *g, const char *folder, cnn_engine engine);
/* The graph as a network; frees the graph. The test fails if it is none. */
cnn_net *graph_model_net(graph_model *g);
/* Run the graph, which has one input, as a network and by the interpreter; both must give `expected` at the first output.
 * Frees the graph. */
void expect_from_both(graph_model *g, const char *folder, const cnn_tensor *input, int count,
                      const float *expected);
/* Run on these inputs; the test fails unless the first output has these values. */
void expect_result(cnn_model *model, const cnn_tensor *inputs, int input_count, int count,
                   const float *expected);

#endif
