/* Running a plan: segment by segment, each divided into pieces that any worker may take. */
#include "plan/internal.h"

#include "base/clock.h"
#include "base/numbers.h"

#include <math.h>
#include <string.h>

typedef struct run_context {
    cnn_plan *plan;
    const plan_segment *segment;
    cnn_run run;
    int steps; /* backward: those from the first that take part */
} run_context;

/* ---- Time: read only where somebody measures ---------------------------------------------------------- */

/* Where the worker's time for the step is added up; NULL: times are not measured. */
static cnn_step_times *times_of(const run_context *here, int step, int worker) {
    return here->plan->times ? &here->plan->times[worker * here->plan->step_count + step] : NULL;
}

/* The clock, read only where it is needed. */
static double begin(const cnn_step_times *times) {
    return times ? cnn_seconds() : 0;
}

static void end_forward(cnn_step_times *times, double begun) {
    if (times)
        times->forward += cnn_seconds() - begun;
}

static void end_backward(cnn_step_times *times, double begun) {
    if (times)
        times->backward += cnn_seconds() - begun;
}

/* ---- Forward --------------------------------------------------------------------------------------- */

/* Run one step forward for one piece of work. */
static void forward_step(const run_context *here, int index, cnn_place place) {
    const cnn_step *step = &here->plan->steps[index].step;
    cnn_step_times *times = times_of(here, index, place.worker);
    const double begun = begin(times);
    step->op->forward(step, &here->run, place);
    end_forward(times, begun);
}

/* A worker's task: one image through all steps of the segment, so that it stays cached. */
static void forward_image(void *context, int64_t image, int worker) {
    const run_context *here = context;
    for (int i = here->segment->first; i < here->segment->end; i++)
        forward_step(here, i, (cnn_place){.index = image, .worker = worker});
}

/* A worker's task: a part of an image's work for a step. Pieces are the parts of the first image, then those of the
 * next. */
static void forward_part(void *context, int64_t piece, int worker) {
    const run_context *here = context;
    const int64_t parts = here->segment->parts;
    forward_step(
        here, here->segment->first,
        (cnn_place){.index = piece / parts, .worker = worker, .part = piece % parts, .parts = parts});
}

/* A worker's task: a piece of a batchwise step. */
static void forward_piece(void *context, int64_t piece, int worker) {
    const run_context *here = context;
    forward_step(here, here->segment->first, (cnn_place){.index = piece, .worker = worker});
}

/* A worker's task: a piece of the step's second round. */
static void finish_piece(void *context, int64_t piece, int worker) {
    const run_context *here = context;
    const cnn_step *step = &here->plan->steps[here->segment->first].step;
    cnn_step_times *times = times_of(here, here->segment->first, worker);
    const double begun = begin(times);
    step->op->finish(step, &here->run, (cnn_place){.index = piece, .worker = worker});
    end_forward(times, begun);
}

/* All pieces, then the second round if the op has one. */
static void forward_batchwise(run_context *here) {
    const cnn_step *step = &here->plan->steps[here->segment->first].step;
    cnn_pool_run(here->plan->pool, forward_piece, here, step->op->forward_pieces(step, &here->run));
    if (step->op->finish)
        cnn_pool_run(here->plan->pool, finish_piece, here, step->op->finish_pieces(step, &here->run));
}

void cnn_plan_turn(const cnn_plan *plan, const cnn_layout *layout, int64_t count, const float *from,
                   float *to, bool to_logical) {
    const int64_t channels = layout->channels, area = layout->area;
    const cnn_transpose_loop loop = to_logical ? (cnn_transpose_loop){area, channels, channels, area}
                                               : (cnn_transpose_loop){channels, area, area, channels};
    for (int64_t at = 0; at < count * channels * area; at += channels * area)
        plan->kernels->transpose(&loop, from + at, to + at);
}

float *cnn_plan_forward(cnn_plan *plan, int64_t count, uint64_t iteration) {
    run_context here = {.plan = plan, .run = {.batch = count, .iteration = iteration}};
    for (int s = 0; s < plan->segment_count; s++) {
        here.segment = &plan->segments[s];
        if (here.segment->parts > 1)
            cnn_pool_run(plan->pool, forward_part, &here, count * here.segment->parts);
        else if (here.segment->imagewise)
            cnn_pool_run(plan->pool, forward_image, &here, count);
        else
            forward_batchwise(&here);
    }
    float *output = plan->values[plan->output].data.data;
    if (!plan->logical_output)
        return output;
    cnn_plan_turn(plan, &plan->output_layout, count, output, plan->logical_output, true);
    return plan->logical_output;
}

/* ---- Backward -------------------------------------------------------------------------------------- */

/* Add this step's gradients of inputs to those that other consumers of the same values have written. */
static void add_gradients(const cnn_plan *plan, const plan_step *made, int64_t image, int worker) {
    for (int k = 0; k < made->step.inputs; k++) {
        const plan_value *input = &plan->values[made->operands[k].value];
        if (made->operands[k].adds_gradient)
            made->step.kernels->add(input->elements,
                                    cnn_buffer_at(&made->step.input_gradient[k], image, worker),
                                    cnn_buffer_at(&input->gradient, image, worker));
    }
}

/* Run one step backward for one piece of work: the fused ReLU, the op, then the sums over consumers. */
static void backward_step(const run_context *here, int index, cnn_place place) {
    const plan_step *made = &here->plan->steps[index];
    if (!here->plan->values[made->output].wants_gradient)
        return;
    cnn_step_times *times = times_of(here, index, place.worker);
    const double begun = begin(times);
    if (cnn_plan_passes_relu_back(&made->step))
        cnn_relu_passed_back(&made->step, place.index, place.worker);
    made->step.op->backward(&made->step, &here->run, place);
    add_gradients(here->plan, made, place.index, place.worker);
    end_backward(times, begun);
}

/* Where the parameter gradients of a slice are summed up. */
static float *slice_sums(const run_context *here, int64_t slice) {
    if (!cnn_has_partial_sums(here->segment))
        return here->plan->gradients + here->segment->parameter_first;
    return here->plan->partials + slice * cnn_aligned_floats(here->segment->parameter_count);
}

/* A worker's task: the images of a slice, one after the other, through the segment from its last step to its first.
 * */
static void backward_slice(void *context, int64_t slice, int worker) {
    const run_context *here = context;
    const int64_t slices = here->segment->slices, batch = here->run.batch;
    memset(slice_sums(here, slice), 0, (size_t)here->segment->parameter_count * sizeof(float));
    const int64_t first = batch * slice / slices, end = batch * (slice + 1) / slices;
    for (int64_t image = first; image < end; image++)
        for (int i = (int)cnn_min(here->segment->end, here->steps) - 1; i >= here->segment->first; i--)
            backward_step(here, i,
                          (cnn_place){.index = image,
                                      .slice = slice,
                                      .worker = worker,
                                      .nth = image - first,
                                      .last = image == end - 1});
}

enum { REDUCE_BLOCK = 4096 }; /* floats */

/* Add the slices' sums up, always in the same order. */
static void reduce_block(void *context, int64_t block, int worker) {
    (void)worker;
    const run_context *here = context;
    const int64_t first = block * REDUCE_BLOCK;
    const int64_t count = cnn_min(here->segment->parameter_count - first, REDUCE_BLOCK);
    float *sum = here->plan->gradients + here->segment->parameter_first + first;
    memcpy(sum, slice_sums(here, 0) + first, (size_t)count * sizeof *sum);
    for (int64_t slice = 1; slice < here->segment->slices; slice++)
        here->plan->kernels->add(count, slice_sums(here, slice) + first, sum);
}

/* All slices of the segment, then their parameter gradients are added up. */
static void backward_imagewise(run_context *here) {
    cnn_pool_run(here->plan->pool, backward_slice, here, here->segment->slices);
    if (cnn_has_partial_sums(here->segment))
        cnn_pool_run(here->plan->pool, reduce_block, here,
                     cnn_ceil_div(here->segment->parameter_count, REDUCE_BLOCK));
}

/* Of a step that is a segment by itself. */
static void backward_place(const run_context *here, cnn_place place) {
    const cnn_step *step = &here->plan->steps[here->segment->first].step;
    cnn_step_times *times = times_of(here, here->segment->first, place.worker);
    const double begun = begin(times);
    step->op->backward(step, &here->run, place);
    end_backward(times, begun);
}

/* A worker's task: a piece of a batchwise step. */
static void backward_piece(void *context, int64_t piece, int worker) {
    backward_place(context, (cnn_place){.index = piece, .worker = worker});
}

/* Of the only image. */
static void backward_part(void *context, int64_t part, int worker) {
    const run_context *here = context;
    backward_place(
        here,
        (cnn_place){.worker = worker, .part = part, .parts = here->segment->backward_parts, .last = true});
}

static void finish_backward_piece(void *context, int64_t piece, int worker) {
    const run_context *here = context;
    const cnn_step *step = &here->plan->steps[here->segment->first].step;
    cnn_step_times *times = times_of(here, here->segment->first, worker);
    const double begun = begin(times);
    step->op->finish_backward(step, &here->run, (cnn_place){.index = piece, .worker = worker});
    end_backward(times, begun);
}

/* The images of one slice of such a step. */
static void relu_slice(void *context, int64_t slice, int worker) {
    const run_context *here = context;
    const int64_t slices = here->segment->slices, batch = here->run.batch;
    cnn_step_times *times = times_of(here, here->segment->first, worker);
    const double begun = begin(times);
    for (int64_t image = batch * slice / slices; image < batch * (slice + 1) / slices; image++)
        cnn_relu_passed_back(&here->plan->steps[here->segment->first].step, image, worker);
    end_backward(times, begun);
}

/* A worker's task: for the images of a slice, add the step's gradients of inputs to those of other consumers. */
static void add_slice(void *context, int64_t slice, int worker) {
    const run_context *here = context;
    const int64_t slices = here->segment->slices, batch = here->run.batch;
    cnn_step_times *times = times_of(here, here->segment->first, worker);
    const double begun = begin(times);
    for (int64_t image = batch * slice / slices; image < batch * (slice + 1) / slices; image++)
        add_gradients(here->plan, &here->plan->steps[here->segment->first], image, worker);
    end_backward(times, begun);
}

/* Whether one of its inputs has other consumers that wrote the gradient first. */
static bool adds_any_gradient(const plan_step *made) {
    bool adds = false;
    for (int k = 0; k < made->step.inputs; k++)
        adds = adds || made->operands[k].adds_gradient;
    return adds;
}

static void backward_pieces(run_context *here) {
    const cnn_step *step = &here->plan->steps[here->segment->first].step;
    cnn_pool_run(here->plan->pool, backward_piece, here, step->op->backward_pieces(step, &here->run));
    if (step->op->finish_backward)
        cnn_pool_run(here->plan->pool, finish_backward_piece, here,
                     step->op->finish_backward_pieces(step, &here->run));
}

static void backward_parts(run_context *here) {
    cnn_pool_run(here->plan->pool, backward_part, here, here->segment->backward_parts);
}

/* A step that is a segment by itself: each round of its pieces or parts must be complete before the next begins. */
static void backward_alone(run_context *here, void (*backward)(run_context *here)) {
    const plan_step *made = &here->plan->steps[here->segment->first];
    if (!here->plan->values[made->output].wants_gradient)
        return;
    if (cnn_plan_passes_relu_back(&made->step))
        cnn_pool_run(here->plan->pool, relu_slice, here, here->segment->slices);
    backward(here);
    if (adds_any_gradient(made))
        cnn_pool_run(here->plan->pool, add_slice, here, here->segment->slices);
}

void cnn_plan_backward_steps(cnn_plan *plan, int steps, int64_t count, uint64_t iteration) {
    run_context here = {.plan = plan, .run = {.batch = count, .iteration = iteration}, .steps = steps};
    for (int s = plan->segment_count - 1; s >= 0; s--) {
        here.segment = &plan->segments[s];
        if (here.segment->first >= steps)
            continue;
        if (here.segment->backward_parts > 1)
            backward_alone(&here, backward_parts);
        else if (here.segment->imagewise)
            backward_imagewise(&here);
        else
            backward_alone(&here, backward_pieces);
    }
    cnn_plan_add_shared_gradients(plan);
}

void cnn_plan_backward(cnn_plan *plan, int64_t count, uint64_t iteration) {
    if (plan->logical_gradient)
        cnn_plan_turn(plan, &plan->output_layout, count, plan->logical_gradient,
                      plan->values[plan->output].gradient.data, false);
    cnn_plan_backward_steps(plan, plan->step_count, count, iteration);
}

/* ---- Looking for what went wrong ------------------------------------------------------------------- */

static bool all_finite(const plan_value *value, int64_t images) {
    for (int64_t image = 0; image < images; image++)
        for (int64_t i = 0; i < value->elements; i++)
            if (!isfinite(cnn_buffer_at(&value->data, image, 0)[i]))
                return false;
    return true;
}

/* Whether what the step gave is still there after a run: the others share memory. */
static bool is_kept(const cnn_plan *plan, int step) {
    const int output = plan->steps[step].output;
    return plan->options.keep || output == plan->output || plan->values[output].is_read_backward;
}

/* What a training plan has not kept of a layer shows in the next that it has. */
const char *cnn_plan_first_bad_layer(const cnn_plan *plan, int64_t count) {
    for (int i = 0; i < plan->step_count; i++)
        if (is_kept(plan, i) && !all_finite(&plan->values[plan->steps[i].output], count))
            return plan->net->nodes[plan->steps[i].node].name;
    return NULL;
}
