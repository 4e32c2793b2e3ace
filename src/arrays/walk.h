/* Strides, broadcasting, and the one loop that goes over several strided arrays at once. */
#ifndef CNN_ARRAYS_WALK_H
#define CNN_ARRAYS_WALK_H

#include "arrays/array.h"

/* How many elements lie between neighbours on each axis; 0 repeats, negative goes backwards. */
typedef struct cnn_strides {
    int64_t step[CNN_MAX_RANK];
} cnn_strides;

/* Of a row-major array. */
cnn_strides cnn_strides_of(const cnn_shape *shape);
/* Of an array of shape `from` that is broadcast to `to`: axes are compared from the last one. Must fit. */
cnn_strides cnn_strides_broadcast(const cnn_shape *from, const cnn_shape *to);

/* The shape to which both are broadcast; false if they do not fit. */
bool cnn_shape_broadcast(const cnn_shape *a, const cnn_shape *b, cnn_shape *both);

enum { CNN_MAX_OPERANDS = 4 };

/* A walk over the rows (runs along the last axis) of a shape. Start with cnn_walk_begin, then, while
 * cnn_walk_next is true, at[k] is where operand k's row begins, step[k] the distance of its elements. */
typedef struct cnn_walk {
    int operands;
    int64_t length; /* of a row */
    int64_t rows;   /* that are left */
    int64_t at[CNN_MAX_OPERANDS], step[CNN_MAX_OPERANDS];
    int axes; /* but the last one */
    int64_t dim[CNN_MAX_RANK], index[CNN_MAX_RANK];
    int64_t stride[CNN_MAX_OPERANDS][CNN_MAX_RANK];
    bool started;
} cnn_walk;

/* Neighbouring axes along which all operands go on in even steps count as one, so that rows are long. */
cnn_walk cnn_walk_begin(const cnn_shape *shape, int operands, const cnn_strides *strides);
/* Every axis by itself, for those who look at walk.index. */
cnn_walk cnn_walk_begin_axes(const cnn_shape *shape, int operands, const cnn_strides *strides);
bool cnn_walk_next(cnn_walk *walk);

/* How many elements lie before, on and behind one axis: element (b, i, a) is (b * size + i) * behind + a. */
typedef struct cnn_around {
    int64_t before, size, behind;
} cnn_around;
cnn_around cnn_around_axis(const cnn_shape *shape, int axis);

/* Copy elements of `size` bytes between two strided places, over all of `shape`. */
void cnn_copy_strided(void *to, const cnn_strides *to_strides, const void *from,
                      const cnn_strides *from_strides, const cnn_shape *shape, size_t size);

#endif
