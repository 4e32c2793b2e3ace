/* Which steps run together, and into how many pieces they are cut. */
#include "plan/internal.h"

#include "base/numbers.h"

/* There are more slices than workers, to keep all of them busy; slices of several images let steps gather them. */
enum { FEW_SLICES = 8, MAX_SLICES = 16, MIN_SLICE = 2 };
static const int64_t max_partial_floats = 16 << 20; /* of one segment: 64 MiB */

/* Whether the step can run image by image together with the step before it. */
static bool joins_segment(const cnn_plan *plan, int step) {
    return step > 0 && !plan->divides && plan->steps[step].step.op->kind == CNN_IMAGEWISE &&
           plan->steps[step - 1].step.op->kind == CNN_IMAGEWISE;
}

/* Neighbouring imagewise steps form a segment; any other step is one by itself. */
static void make_segments(cnn_plan *plan) {
    for (int i = 0; i < plan->step_count; i++) {
        if (!joins_segment(plan, i))
            plan->segments[plan->segment_count++] =
                (plan_segment){.first = i, .imagewise = plan->steps[i].step.op->kind == CNN_IMAGEWISE};
        plan->segments[plan->segment_count - 1].end = i + 1;
        plan->steps[i].segment = plan->segment_count - 1;
    }
}

/* Results do not depend on it, so that it may depend on the threads. */
static int64_t choose_parts(const cnn_plan *plan, const plan_segment *segment,
                            int64_t (*divisions)(const cnn_step *step)) {
    if (!plan->divides || !divisions)
        return 0;
    return cnn_min(divisions(&plan->steps[segment->first].step), plan->threads);
}

/* With two or more images, the way gradients are summed up depends on the segments: in training they are not divided,
 * so that the sums never depend on the threads. */
bool cnn_plan_shares_images(const cnn_plan *plan) {
    return plan->options.training ? plan->options.batch == 1 && plan->threads > 1
                                  : plan->options.batch < plan->threads;
}

/* Fixed by the network and the batch, never by the number of threads. */
static int choose_slices(const cnn_plan *plan, int64_t parameters) {
    const int64_t batch = plan->options.batch, large = cnn_ceil_div(batch, MIN_SLICE);
    const int64_t slices = cnn_min(cnn_max(large, cnn_min(batch, FEW_SLICES)), MAX_SLICES);
    const int64_t fitting = parameters > 0 ? max_partial_floats / parameters : slices;
    return (int)cnn_min(slices, cnn_max(fitting, 2));
}

/* Its parameters and how it is cut. A segment's nodes follow each other, so their parameters are one range of the flat array. */
static void finish_segment(cnn_plan *plan, plan_segment *segment) {
    const cnn_node *first = &plan->net->nodes[plan->steps[segment->first].node];
    const cnn_node *last = &plan->net->nodes[plan->steps[segment->end - 1].node];
    segment->parameter_first = plan->parameter_offset[first->first_parameter];
    segment->parameter_count =
        plan->parameter_offset[last->first_parameter + last->parameters] - segment->parameter_first;
    segment->slices = choose_slices(plan, segment->parameter_count);
    for (int i = segment->first; i < segment->end; i++)
        plan->steps[i].step.slice_images = cnn_ceil_div(plan->options.batch, segment->slices);
    const plan_step *alone = &plan->steps[segment->first];
    segment->parts = choose_parts(plan, segment, alone->step.op->divisions);
    if (plan->values[alone->output].wants_gradient)
        segment->backward_parts = choose_parts(plan, segment, alone->step.op->backward_divisions);
}

/* Whether slices of images that pass the step's segment may begin with a step beside it, which is alone in its own. */
static bool may_begin(const cnn_plan *plan, const plan_segment *segment, int step) {
    return segment->imagewise && !plan->divides && step >= 0 && step < plan->step_count &&
           plan->steps[step].step.op->begins_in_slices;
}

/* Whether the value is written in the segment; whether all who read it are in it, so that its gradient is complete there. */
static bool is_written_in(const plan_segment *segment, const plan_value *value) {
    return value->producer >= segment->first && value->producer < segment->end;
}
static bool is_read_in(const plan_segment *segment, const plan_value *value) {
    return value->first_use >= segment->first && value->last_use < segment->end &&
           value->first_use <= value->last_use;
}

/* Which neighbours' first rounds the segment's slices go through. */
static void join_rounds(const cnn_plan *plan, plan_segment *segment) {
    const int before = segment->first - 1, behind = segment->end;
    segment->then = segment->then_backward = -1;
    if (may_begin(plan, segment, behind) &&
        is_written_in(segment, &plan->values[plan->steps[behind].operands[0].value]))
        segment->then = behind;
    if (!may_begin(plan, segment, before))
        return;
    const plan_value *output = &plan->values[plan->steps[before].output];
    if (output->wants_gradient && is_read_in(segment, output))
        segment->then_backward = before;
}

void cnn_plan_make_segments(cnn_plan *plan) {
    make_segments(plan);
    for (int s = 0; s < plan->segment_count; s++) {
        finish_segment(plan, &plan->segments[s]);
        join_rounds(plan, &plan->segments[s]);
    }
}
