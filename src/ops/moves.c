#include "ops/moves.h"

enum { INNERMOST = CNN_MOVE_LOOPS - 1 };

cnn_moves cnn_moves_reversed(const cnn_moves *moves) {
    cnn_moves reversed = {.first = 0};
    memcpy(reversed.count, moves->count, sizeof reversed.count);
    memcpy(reversed.from, moves->to, sizeof reversed.from);
    memcpy(reversed.to, moves->from, sizeof reversed.to);
    return reversed;
}

static void put_loop(cnn_moves *to, int at, const cnn_moves *from, int loop) {
    to->count[at] = from->count[loop];
    to->from[at] = from->from[loop];
    to->to[at] = from->to[loop];
}

/* Whether the loop goes on where the next inner one stops, on both sides. */
static bool goes_on(const cnn_moves *moves, int loop, const cnn_moves *merged, int inner) {
    return moves->from[loop] == merged->from[inner] * merged->count[inner] &&
           moves->to[loop] == merged->to[inner] * merged->count[inner];
}

/* Loops that are one make the innermost one long, so that memory is copied in large pieces. *outermost is the first that
 * is left. */
static cnn_moves merge_loops(const cnn_moves *moves, int *outermost) {
    cnn_moves merged = *moves;
    int inner = INNERMOST;
    for (int loop = INNERMOST - 1; loop >= 0; loop--)
        if (moves->count[loop] == 1)
            continue;
        else if (merged.count[inner] == 1)
            put_loop(&merged, inner, moves, loop);
        else if (goes_on(moves, loop, &merged, inner))
            merged.count[inner] *= moves->count[loop];
        else
            put_loop(&merged, --inner, moves, loop);
    *outermost = inner;
    return merged;
}

static void move_row(int64_t count, const float *restrict from, int64_t from_step, float *restrict to,
                     int64_t to_step) {
    if (from_step == 1 && to_step == 1) {
        memcpy(to, from, (size_t)count * sizeof *to);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        to[i * to_step] = from[i * from_step];
}

static void move_loops(const cnn_moves *moves, int loop, const float *from, float *to) {
    if (loop == INNERMOST) {
        move_row(moves->count[loop], from, moves->from[loop], to, moves->to[loop]);
        return;
    }
    for (int64_t i = 0; i < moves->count[loop]; i++)
        move_loops(moves, loop + 1, from + i * moves->from[loop], to + i * moves->to[loop]);
}

static void move_all(const cnn_moves *moves, const float *from, float *to) {
    int outermost;
    const cnn_moves merged = merge_loops(moves, &outermost);
    move_loops(&merged, outermost, from, to);
}

void cnn_moves_forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    cnn_moves moves = step->op->moves(step);
    const cnn_range part = cnn_part_of(place, moves.count[0]);
    moves.count[0] = part.end - part.first;
    if (moves.count[0] > 0)
        move_all(&moves,
                 cnn_buffer_at(&step->input[0], place.index, place.worker) + moves.first +
                     part.first * moves.from[0],
                 cnn_buffer_at(&step->output, place.index, place.worker) + part.first * moves.to[0]);
}

void cnn_moves_backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_moves moves = step->op->moves(step), back = cnn_moves_reversed(&moves);
    const int64_t inputs = cnn_shape_elements(&step->input_shape[0]);
    if (!step->input_gradient[0].data)
        return;
    float *dx = cnn_buffer_at(&step->input_gradient[0], place.index, place.worker);
    if (cnn_shape_elements(&step->output_shape) < inputs)
        memset(dx, 0, (size_t)inputs * sizeof *dx);
    move_all(&back, cnn_buffer_at(&step->output_gradient, place.index, place.worker), dx + moves.first);
}

int64_t cnn_moves_divisions(const cnn_step *step) {
    return step->op->moves(step).count[0];
}
