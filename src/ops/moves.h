/* Layers that put an image's values elsewhere and compute nothing: a copy by nested loops. */
#ifndef CNN_OPS_MOVES_H
#define CNN_OPS_MOVES_H

#include "ops/op.h"

enum { CNN_MOVE_LOOPS = 5 };

/* How often each loop runs, the outermost first, and by how many floats it steps in the input and in the output, both as
 * they lie in memory. */
typedef struct cnn_moves {
    int64_t count[CNN_MOVE_LOOPS], from[CNN_MOVE_LOOPS], to[CNN_MOVE_LOOPS];
    int64_t first; /* where the first value lies in the input */
} cnn_moves;

/* The moves from the output back to an input, which begin at its first value. */
cnn_moves cnn_moves_reversed(const cnn_moves *moves);
/* Of an op that says its moves: forward and backward, whose inputs that no output is a copy of get a gradient of 0, and
 * divisions, those of the outermost loop. */
void cnn_moves_forward(const cnn_step *step, const cnn_run *run, cnn_place place);
void cnn_moves_backward(const cnn_step *step, const cnn_run *run, cnn_place place);
int64_t cnn_moves_divisions(const cnn_step *step);

/* What the tables of such ops have in common. */
#define CNN_MOVES_OP                                                                                         \
    .kind = CNN_IMAGEWISE, .inputs = 1, .forgets_inputs = true, .forgets_output = true,                      \
    .divisions = cnn_moves_divisions, .forward = cnn_moves_forward, .backward = cnn_moves_backward

/* A vector is a map of one row and column here. */
static inline int64_t cnn_moves_size(const cnn_shape *shape, int axis) {
    return axis < shape->rank ? shape->dim[axis] : 1;
}

#endif
