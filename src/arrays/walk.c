#include "arrays/walk.h"

#include <string.h>

cnn_strides cnn_strides_of(const cnn_shape *shape) {
    cnn_strides strides = {0};
    int64_t step = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        strides.step[i] = step;
        step *= shape->dim[i];
    }
    return strides;
}

cnn_strides cnn_strides_broadcast(const cnn_shape *from, const cnn_shape *to) {
    const cnn_strides own = cnn_strides_of(from);
    cnn_strides strides = {0};
    const int missing = to->rank - from->rank;
    for (int i = 0; i < from->rank; i++)
        strides.step[i + missing] = from->dim[i] == 1 ? 0 : own.step[i];
    return strides;
}

bool cnn_shape_broadcast(const cnn_shape *a, const cnn_shape *b, cnn_shape *both) {
    const int rank = a->rank > b->rank ? a->rank : b->rank;
    cnn_shape shape = {.rank = rank}; /* `both` may be one of the two */
    for (int i = 0; i < rank; i++) {
        const int in_a = i - (rank - a->rank), in_b = i - (rank - b->rank);
        const int64_t first = in_a < 0 ? 1 : a->dim[in_a], second = in_b < 0 ? 1 : b->dim[in_b];
        if (first != second && first != 1 && second != 1)
            return false;
        shape.dim[i] = first == 1 ? second : first;
    }
    *both = shape;
    return true;
}

cnn_around cnn_around_axis(const cnn_shape *shape, int axis) {
    cnn_around around = {1, shape->dim[axis], 1};
    for (int i = 0; i < axis; i++)
        around.before *= shape->dim[i];
    for (int i = axis + 1; i < shape->rank; i++)
        around.behind *= shape->dim[i];
    return around;
}

cnn_walk cnn_walk_begin_axes(const cnn_shape *shape, int operands, const cnn_strides *strides) {
    cnn_walk walk = {.operands = operands, .length = 1, .rows = 1};
    walk.axes = shape->rank > 0 ? shape->rank - 1 : 0;
    if (shape->rank > 0)
        walk.length = shape->dim[walk.axes];
    for (int i = 0; i < walk.axes; i++) {
        walk.dim[i] = shape->dim[i];
        walk.rows *= shape->dim[i];
    }
    if (walk.length == 0)
        walk.rows = 0; /* a great many rows of nothing */
    for (int k = 0; k < operands; k++) {
        walk.step[k] = strides[k].step[walk.axes];
        for (int i = 0; i < walk.axes; i++)
            walk.stride[k][i] = strides[k].step[i];
    }
    return walk;
}

/* Whether an axis with steps `outer` goes on where one of `size` places with steps `inner` ends, for all operands. */
static bool joins(int operands, const int64_t *outer, const int64_t *inner, int64_t size) {
    for (int k = 0; k < operands; k++)
        if (outer[k] != inner[k] * size)
            return false;
    return true;
}

cnn_walk cnn_walk_begin(const cnn_shape *shape, int operands, const cnn_strides *strides) {
    cnn_shape joined = {0};
    cnn_strides steps[CNN_MAX_OPERANDS] = {{{0}}};
    int64_t last[CNN_MAX_OPERANDS] = {0}, here[CNN_MAX_OPERANDS] = {0};
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dim[i] == 1)
            continue;
        for (int k = 0; k < operands; k++)
            here[k] = strides[k].step[i];
        const bool join = joined.rank > 0 && joins(operands, last, here, shape->dim[i]);
        const int axis = join ? joined.rank - 1 : joined.rank++;
        joined.dim[axis] = (join ? joined.dim[axis] : 1) * shape->dim[i];
        for (int k = 0; k < operands; k++)
            last[k] = steps[k].step[axis] = here[k];
    }
    return cnn_walk_begin_axes(&joined, operands, steps);
}

/* Like the digits of a number: the last one first, with carry. */
static void advance(cnn_walk *walk) {
    for (int axis = walk->axes - 1; axis >= 0; axis--) {
        const bool carry = ++walk->index[axis] == walk->dim[axis];
        for (int k = 0; k < walk->operands; k++)
            walk->at[k] += walk->stride[k][axis] * (carry ? 1 - walk->dim[axis] : 1);
        if (!carry)
            return;
        walk->index[axis] = 0;
    }
}

bool cnn_walk_next(cnn_walk *walk) {
    if (walk->rows == 0)
        return false;
    if (walk->started)
        advance(walk);
    walk->started = true;
    walk->rows--;
    return true;
}

/* Inline, so that a size that is known becomes one instruction. */
static inline void copy_each(char *to, int64_t to_bytes, const char *from, int64_t from_bytes, int64_t count,
                             size_t size) {
    for (int64_t i = 0; i < count; i++)
        memcpy(to + i * to_bytes, from + i * from_bytes, size);
}

static void copy_row(char *to, int64_t to_step, const char *from, int64_t from_step, int64_t count,
                     size_t size) {
    if (to_step == 1 && from_step == 1) {
        memcpy(to, from, (size_t)count * size);
        return;
    }
    if (size == 4)
        copy_each(to, to_step * 4, from, from_step * 4, count, 4);
    else if (size == 8)
        copy_each(to, to_step * 8, from, from_step * 8, count, 8);
    else
        copy_each(to, to_step * (int64_t)size, from, from_step * (int64_t)size, count, size);
}

/* Whether elements of 4 bytes that lie side by side on the last axis of `to` do so on the axis before it in `from`. */
static bool is_turned(const cnn_walk *walk, size_t size) {
    return size == 4 && walk->axes > 0 && walk->rows > 0 && walk->step[0] == 1 && walk->step[1] != 1 &&
           walk->stride[1][walk->axes - 1] == 1;
}

/* One such matrix, in small squares, whose lines stay in cache. */
static void copy_turned(char *to, const char *from, const cnn_walk *walk) {
    enum { SIDE = 16 };
    const int64_t rows = walk->dim[walk->axes - 1], to_row = walk->stride[0][walk->axes - 1] * 4;
    for (int64_t first = 0; first < rows; first += SIDE)
        for (int64_t column = 0; column < walk->length; column += SIDE)
            for (int64_t row = first; row < rows && row < first + SIDE; row++)
                copy_each(to + row * to_row + column * 4, 4, from + (row + column * walk->step[1]) * 4,
                          walk->step[1] * 4, walk->length - column < SIDE ? walk->length - column : SIDE, 4);
}

/* All of them: a walk over the axes before the last two. */
static void copy_all_turned(char *to, const char *from, const cnn_walk *walk) {
    cnn_walk outer = *walk;
    outer.axes--;
    outer.rows /= walk->dim[outer.axes];
    while (cnn_walk_next(&outer))
        copy_turned(to + outer.at[0] * 4, from + outer.at[1] * 4, walk);
}

void cnn_copy_strided(void *to, const cnn_strides *to_strides, const void *from,
                      const cnn_strides *from_strides, const cnn_shape *shape, size_t size) {
    const cnn_strides both[] = {*to_strides, *from_strides};
    cnn_walk walk = cnn_walk_begin(shape, 2, both);
    if (is_turned(&walk, size)) {
        copy_all_turned(to, from, &walk);
        return;
    }
    while (cnn_walk_next(&walk))
        copy_row((char *)to + walk.at[0] * (int64_t)size, walk.step[0],
                 (const char *)from + walk.at[1] * (int64_t)size, walk.step[1], walk.length, size);
}
