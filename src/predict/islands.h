/* A graph that is no network as a whole: its islands (onnx/islands.h) run as planned networks, and what lies between them
 * by the interpreter. */
#ifndef CNN_PREDICT_ISLANDS_H
#define CNN_PREDICT_ISLANDS_H

#include "cnn_model.h"
#include "onnx/program.h"

typedef struct cnn_islands cnn_islands;

/* `program` must outlive it. threads 0: one for each processor. */
cnn_status cnn_islands_new(cnn_islands **islands, const cnn_program *program, int threads,
                           cnn_precision precision, cnn_error *error);
void cnn_islands_free(cnn_islands *islands); /* NULL is allowed */
/* As cnn_program_run. The first run on tensors of these shapes cuts the islands and plans them; the next ones use them. */
cnn_status cnn_islands_run(cnn_islands *islands, const cnn_array *const *inputs, cnn_array *outputs,
                           cnn_error *error);
/* Of the last run: how many islands there were; what is in one of them. */
int cnn_islands_count(const cnn_islands *islands);
void cnn_islands_describe(const cnn_islands *islands, int island, cnn_island_info *info);

#endif
