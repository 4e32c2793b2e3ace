/* Running a plan backward: segment by segment from the last, each divided into pieces that any worker may take. */
#include "base/numbers.h"
#include "plan/run.h"

#include <string.h>

/* ---- Steps ------------------------------------------------------------------------------------------- */

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

/* Write once more what the step reads of an image and was not kept since forward. */
static void repeat_inputs(const run_context *here, const plan_step *made, cnn_place place) {
    const cnn_plan *plan = here->plan;
    for (int k = 0; k < made->step.inputs; k++) {
        const plan_value *input = &plan->values[made->operands[k].value];
        if (!input->is_repeated)
            continue;
        const cnn_step *producer = &plan->steps[input->producer].step;
        cnn_step_times *times = times_of(here, input->producer, place.worker);
        const double begun = begin(times);
        producer->op->write_image(producer, place,
                                  cnn_buffer_at(&input->repeated, place.index, place.worker));
        end_backward(times, begun);
    }
}

/* The second round of step `index` for an image. */
static void write_image_gradient(const run_context *here, int index, cnn_place place) {
    const cnn_step *step = &here->plan->steps[index].step;
    cnn_step_times *times = times_of(here, index, place.worker);
    const double begun = begin(times);
    step->op->write_image_gradient(step, place,
                                   cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
    end_backward(times, begun);
}

/* What the step is to have of an image before it runs backward: inputs again, and the gradient of its output, if that is late. */
static void begin_image(const run_context *here, const plan_step *made, cnn_place place) {
    const plan_value *output = &here->plan->values[made->output];
    repeat_inputs(here, made, place);
    if (output->gradient_is_late)
        write_image_gradient(here, output->last_use, place);
}

/* Run one step backward for one piece of work: the fused ReLU, the op, then the sums over consumers. */
static void backward_step(const run_context *here, int index, cnn_place place) {
    const plan_step *made = &here->plan->steps[index];
    if (!here->plan->values[made->output].wants_gradient)
        return;
    begin_image(here, made, place);
    cnn_step_times *times = times_of(here, index, place.worker);
    const double begun = begin(times);
    if (cnn_plan_passes_relu_back(&made->step))
        cnn_relu_passed_back(&made->step, place.index, place.worker);
    made->step.op->backward(&made->step, &here->run, place);
    add_gradients(here->plan, made, place.index, place.worker);
    end_backward(times, begun);
}

/* The op alone, for one piece of its work. */
static void backward_op(const run_context *here, int index, cnn_place place) {
    const cnn_step *step = &here->plan->steps[index].step;
    cnn_step_times *times = times_of(here, index, place.worker);
    const double begun = begin(times);
    step->op->backward(step, &here->run, place);
    end_backward(times, begun);
}

/* ---- Segments ---------------------------------------------------------------------------------------- */

/* Where the parameter gradients of a slice are summed up. */
static float *slice_sums(const run_context *here, int64_t slice) {
    if (!cnn_has_partial_sums(here->segment))
        return here->plan->gradients + here->segment->parameter_first;
    return here->segment->sums.data + slice * cnn_aligned_floats(here->segment->parameter_count);
}

/* An image of a slice through the segment from its last step to its first. */
static void backward_image(const run_context *here, cnn_place place) {
    for (int i = (int)cnn_min(here->segment->end, here->steps) - 1; i >= here->segment->first; i--)
        backward_step(here, i, place);
}

/* How many pieces the first round of the step before the segment has, if each slice of the segment has all images of as many of
 * them; else 0. */
static int64_t pieces_before(const run_context *here) {
    if (here->segment->then_backward < 0)
        return 0;
    const cnn_step *step = &here->plan->steps[here->segment->then_backward].step;
    const int64_t pieces = step->op->backward_pieces(step, &here->run);
    return pieces % here->segment->slices == 0 ? pieces : 0;
}

/* If it was the last of such a piece, the piece goes through that round while its images are cached. */
static void begin_before(const run_context *here, int64_t image, int worker) {
    const int64_t batch = here->run.batch, pieces = pieces_before(here);
    const int64_t piece = ((image + 1) * pieces - 1) / batch; /* that the image is in */
    if (cnn_slice_of(&here->run, piece, pieces).end == image + 1)
        backward_op(here, here->segment->then_backward, (cnn_place){.index = piece, .worker = worker});
}

/* A worker's task: the images of a slice, one after the other. */
static void backward_slice(void *context, int64_t slice, int worker) {
    const run_context *here = context;
    const cnn_range images = cnn_slice_of(&here->run, slice, here->segment->slices);
    if (here->segment->parameter_count > 0)
        memset(slice_sums(here, slice), 0, (size_t)here->segment->parameter_count * sizeof(float));
    for (int64_t image = images.first; image < images.end; image++) {
        backward_image(here, (cnn_place){.index = image,
                                         .slice = slice,
                                         .worker = worker,
                                         .nth = image - images.first,
                                         .last = image == images.end - 1});
        if (here->begun)
            begin_before(here, image, worker);
    }
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
    here->begun = pieces_before(here) > 0;
    cnn_pool_run(here->plan->pool, backward_slice, here, here->segment->slices);
    if (cnn_has_partial_sums(here->segment))
        cnn_pool_run(here->plan->pool, reduce_block, here,
                     cnn_ceil_div(here->segment->parameter_count, REDUCE_BLOCK));
}

/* A worker's task: a piece of a batchwise step. Only pieces that are images have to have something before. */
static void backward_piece(void *context, int64_t piece, int worker) {
    const run_context *here = context;
    const cnn_place place = {.index = piece, .worker = worker};
    begin_image(here, &here->plan->steps[here->segment->first], place);
    backward_op(here, here->segment->first, place);
}

/* Of the only image. */
static void backward_part(void *context, int64_t part, int worker) {
    const run_context *here = context;
    backward_op(
        here, here->segment->first,
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

/* A worker's task: an image of the step's second round. */
static void write_image_gradient_now(void *context, int64_t image, int worker) {
    const run_context *here = context;
    write_image_gradient(here, here->segment->first, (cnn_place){.index = image, .worker = worker});
}

/* What lies between the rounds, and the second one unless the input's producer goes through it, or nobody wants it. */
static void settle(run_context *here) {
    const plan_step *made = &here->plan->steps[here->segment->first];
    cnn_step_times *times = times_of(here, here->segment->first, 0);
    const double begun = begin(times);
    made->step.op->settle_backward(&made->step, &here->run);
    end_backward(times, begun);
    if (made->step.input_gradient[0].data && !here->plan->values[made->operands[0].value].gradient_is_late)
        cnn_pool_run(here->plan->pool, write_image_gradient_now, here, here->run.batch);
}

/* For the images of a slice, what such a step has to do besides its op. */
static void go_through_slice(const run_context *here, int64_t slice, int worker,
                             void (*act)(const cnn_plan *plan, const plan_step *made, int64_t image,
                                         int worker)) {
    const cnn_range images = cnn_slice_of(&here->run, slice, here->segment->slices);
    cnn_step_times *times = times_of(here, here->segment->first, worker);
    const double begun = begin(times);
    for (int64_t image = images.first; image < images.end; image++)
        act(here->plan, &here->plan->steps[here->segment->first], image, worker);
    end_backward(times, begun);
}

static void pass_relu_back(const cnn_plan *plan, const plan_step *made, int64_t image, int worker) {
    (void)plan;
    cnn_relu_passed_back(&made->step, image, worker);
}

/* Workers' tasks. */
static void relu_slice(void *context, int64_t slice, int worker) {
    go_through_slice(context, slice, worker, pass_relu_back);
}
static void add_slice(void *context, int64_t slice, int worker) {
    go_through_slice(context, slice, worker, add_gradients);
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
    if (!here->begun)
        cnn_pool_run(here->plan->pool, backward_piece, here, step->op->backward_pieces(step, &here->run));
    here->begun = false;
    if (step->op->finish_backward)
        cnn_pool_run(here->plan->pool, finish_backward_piece, here,
                     step->op->finish_backward_pieces(step, &here->run));
    if (step->op->settle_backward)
        settle(here);
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
    cnn_plan_read_repeated(plan, true);
    for (int s = plan->segment_count - 1; s >= 0; s--) {
        here.segment = &plan->segments[s];
        if (here.segment->first >= steps)
            continue;
        cnn_plan_prepare_segment(plan, here.segment, true);
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
