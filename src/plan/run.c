/* Running a plan forward: segment by segment, each divided into pieces that any worker may take. */
#include "base/numbers.h"
#include "plan/run.h"

#include <math.h>

void cnn_plan_read_repeated(cnn_plan *plan, bool backward) {
    for (int64_t k = 0; k < plan->operand_count; k++) {
        const plan_value *value = &plan->values[plan->operands[k].value];
        if (value->is_repeated)
            plan->inputs[k] = backward ? value->repeated : value->data;
    }
}

/* ---- Steps ------------------------------------------------------------------------------------------- */

/* Run one step forward for one piece of work. */
static void forward_step(const run_context *here, int index, cnn_place place) {
    const cnn_step *step = &here->plan->steps[index].step;
    cnn_step_times *times = times_of(here, index, place.worker);
    const double begun = begin(times);
    step->op->forward(step, &here->run, place);
    end_forward(times, begun);
}

/* The second round of step `index` for an image. */
static void write_image(const run_context *here, int index, cnn_place place) {
    const plan_step *made = &here->plan->steps[index];
    cnn_step_times *times = times_of(here, index, place.worker);
    const double begun = begin(times);
    made->step.op->write_image(
        &made->step, place, cnn_buffer_at(&here->plan->values[made->output].data, place.index, place.worker));
    end_forward(times, begun);
}

/* Run one step forward for an image, whose late inputs are written now. */
static void forward_step_of_image(const run_context *here, int index, cnn_place place) {
    const plan_step *made = &here->plan->steps[index];
    for (int k = 0; k < made->step.inputs; k++) {
        const plan_value *input = &here->plan->values[made->operands[k].value];
        if (input->is_late)
            write_image(here, input->producer, place);
    }
    forward_step(here, index, place);
}

/* ---- Segments ---------------------------------------------------------------------------------------- */

/* A worker's task: one image through all steps of the segment, so that it stays cached. */
static void forward_image(void *context, int64_t image, int worker) {
    const run_context *here = context;
    for (int i = here->segment->first; i < here->segment->end; i++)
        forward_step_of_image(here, i, (cnn_place){.index = image, .worker = worker});
}

/* A worker's task: the images of a slice, then the slice through the first round of the step behind the segment. */
static void forward_slice(void *context, int64_t slice, int worker) {
    const run_context *here = context;
    const int then = here->segment->then;
    const cnn_step *step = &here->plan->steps[then].step;
    const cnn_range images = cnn_slice_of(&here->run, slice, step->op->forward_pieces(step, &here->run));
    for (int64_t image = images.first; image < images.end; image++)
        forward_image(context, image, worker);
    forward_step(here, then, (cnn_place){.index = slice, .worker = worker});
}

/* In slices, if there are enough of them for all workers. */
static void forward_imagewise(run_context *here) {
    const int64_t images = here->run.batch, then = here->segment->then;
    const cnn_step *step = then < 0 ? NULL : &here->plan->steps[then].step;
    const int64_t slices = step ? step->op->forward_pieces(step, &here->run) : 0;
    here->begun = slices > 0 && slices >= cnn_min(images, here->plan->threads);
    cnn_pool_run(here->plan->pool, here->begun ? forward_slice : forward_image, here,
                 here->begun ? slices : images);
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

/* A worker's task: a piece of a batchwise step. Late inputs are only those of pieces that are images. */
static void forward_piece(void *context, int64_t piece, int worker) {
    const run_context *here = context;
    forward_step_of_image(here, here->segment->first, (cnn_place){.index = piece, .worker = worker});
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

/* A worker's task: an image of the step's second round. */
static void write_image_now(void *context, int64_t image, int worker) {
    const run_context *here = context;
    write_image(here, here->segment->first, (cnn_place){.index = image, .worker = worker});
}

/* What lies between the rounds, and the second one unless the output's reader goes through it. */
static void settle(run_context *here) {
    const plan_step *made = &here->plan->steps[here->segment->first];
    cnn_step_times *times = times_of(here, here->segment->first, 0);
    const double begun = begin(times);
    made->step.op->settle(&made->step, &here->run);
    end_forward(times, begun);
    if (!here->plan->values[made->output].is_late)
        cnn_pool_run(here->plan->pool, write_image_now, here, here->run.batch);
}

/* All pieces, then the second round if the op has one. */
static void forward_batchwise(run_context *here) {
    const cnn_step *step = &here->plan->steps[here->segment->first].step;
    if (!here->begun)
        cnn_pool_run(here->plan->pool, forward_piece, here, step->op->forward_pieces(step, &here->run));
    here->begun = false;
    if (step->op->finish)
        cnn_pool_run(here->plan->pool, finish_piece, here, step->op->finish_pieces(step, &here->run));
    if (step->op->settle)
        settle(here);
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
    cnn_plan_read_repeated(plan, false);
    for (int s = 0; s < plan->segment_count; s++) {
        here.segment = &plan->segments[s];
        cnn_plan_prepare_segment(plan, here.segment, false);
        if (here.segment->parts > 1)
            cnn_pool_run(plan->pool, forward_part, &here, count * here.segment->parts);
        else if (here.segment->imagewise)
            forward_imagewise(&here);
        else
            forward_batchwise(&here);
    }
    float *output = plan->values[plan->output].data.data;
    if (!plan->logical_output)
        return output;
    cnn_plan_turn(plan, &plan->output_layout, count, output, plan->logical_output, true);
    return plan->logical_output;
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
