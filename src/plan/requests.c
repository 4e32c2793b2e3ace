/* Which buffers a plan needs, and when each is in use. */
#include "plan/internal.h"

#include "base/memory.h"

/* When a step runs backward: the steps run forward at times 0, 1, ... and backward in reverse order after that. */
static int backward_time(const cnn_plan *plan, int step) {
    return 2 * plan->step_count - 1 - step;
}

/* All images pass a segment together, so what is kept for the whole batch is in use as long as the segment
 * runs. */
static int segment_start(const cnn_plan *plan, int step) {
    return step < 0 ? 0 : plan->segments[plan->steps[step].segment].first;
}

/* The last step of the segment that the step belongs to. */
static int segment_end(const cnn_plan *plan, int step) {
    return step < 0 ? 0 : plan->segments[plan->steps[step].segment].end - 1;
}

/* Whether producer and all readers are in one imagewise segment: then one image per worker is enough. */
static bool within_segment(const cnn_plan *plan, const plan_value *value, bool is_output) {
    if (is_output || value->producer < 0 || value->first_use > value->last_use)
        return false;
    int segment = plan->steps[value->producer].segment;
    return plan->segments[segment].imagewise && plan->steps[value->last_use].segment == segment;
}

/* In training: which values must be there until their backward passes. The others share memory as in inference. */
static void find_read_backward(cnn_plan *plan) {
    for (int i = 0; plan->options.training && i < plan->step_count; i++) {
        const plan_step *made = &plan->steps[i];
        const cnn_op *op = made->step.op;
        if (!op->forgets_output || cnn_plan_passes_relu_back(&made->step))
            plan->values[made->output].is_read_backward = true;
        for (int k = 0; !op->forgets_inputs && k < made->step.inputs; k++)
            plan->values[made->operands[k].value].is_read_backward = true;
    }
}

/* Whether the step reads its inputs image by image, so that one image for each worker is enough: forward, and backward. */
static bool reads_images(const cnn_step *step) {
    return step->op->kind == CNN_IMAGEWISE || step->op->forward_pieces == cnn_pieces_of_images;
}
static bool reads_images_backward(const cnn_step *step) {
    return step->op->kind == CNN_IMAGEWISE || step->op->backward_pieces == cnn_pieces_of_images;
}

/* And whether it reads its output's gradient so: that of a bias may be summed up over the batch in a later round. */
static bool reads_gradient_of_images(const cnn_plan *plan, const plan_step *made) {
    const bool has_bias = plan->net->nodes[made->node].parameters > 1;
    return made->step.op->kind == CNN_IMAGEWISE || (made->step.op->backward_pieces == cnn_pieces_of_images &&
                                                    !has_bias && !cnn_plan_passes_relu_back(&made->step));
}

/* Whether one step alone reads the value. */
static bool has_one_reader(const plan_value *value) {
    return value->producer >= 0 && value->first_use == value->last_use && !value->stays;
}

/* What is written image by image for its only reader is not stored for the batch. Backward, too: what it is written from would be read
 * for the producer's backward pass anyway. */
static void put_value_off(cnn_plan *plan, plan_value *value) {
    const cnn_step *producer = &plan->steps[value->producer].step;
    const cnn_step *reader = &plan->steps[value->last_use].step;
    value->is_late = producer->op->write_image && !cnn_plan_passes_relu_back(producer) &&
                     reads_images(reader) && (!value->is_read_backward || reads_images_backward(reader));
    value->is_repeated = value->is_late && value->is_read_backward;
    value->is_read_backward = value->is_read_backward && !value->is_repeated;
}

/* Its gradient likewise for its producer. */
static void put_gradient_off(cnn_plan *plan, plan_value *value) {
    value->gradient_is_late = value->wants_gradient &&
                              plan->steps[value->last_use].step.op->write_image_gradient &&
                              reads_gradient_of_images(plan, &plan->steps[value->producer]);
}

static void put_off(cnn_plan *plan) {
    for (int i = 1; i <= plan->net->node_count; i++) {
        plan_value *value = &plan->values[i];
        if (i == plan->output || plan->divides || plan->options.keep || !has_one_reader(value))
            continue;
        put_value_off(plan, value);
        put_gradient_off(plan, value);
    }
}

/* Ask for a buffer; nothing is asked for that has no elements. */
static void request(cnn_plan *plan, plan_request wanted) {
    if (wanted.elements > 0)
        plan->requests[plan->request_count++] = wanted;
}

/* The buffer of a value, in use from its producer to its last reader, and in training until its backward pass needs
 * it no more. */
static void request_data(cnn_plan *plan, int index) {
    plan_value *value = &plan->values[index];
    const bool is_output = index == plan->output || value->stays;
    const bool per_worker = value->is_late || (!value->is_read_backward && !plan->options.keep &&
                                               within_segment(plan, value, is_output));
    int first = value->producer < 0 ? 0 : value->is_late ? value->first_use : value->producer;
    int last = value->last_use;
    if (last < first)
        last = first;
    if (!per_worker) {
        first = segment_start(plan, value->producer);
        last = segment_end(plan, last);
    }
    if (is_output)
        last = 2 * plan->step_count;
    else if (value->is_read_backward)
        last = backward_time(plan, segment_start(plan, value->producer));
    const bool always = plan->options.keep;
    request(plan, (plan_request){.target = &value->data,
                                 .elements = cnn_plan_value_floats(value),
                                 .per_worker = per_worker,
                                 .first = always ? 0 : first,
                                 .last = always ? 2 * plan->step_count : last,
                                 .dense = index == 0 || is_output});
}

/* An image of it for each worker, while its reader runs backward. */
static void request_repeated(cnn_plan *plan, plan_value *value) {
    if (value->is_repeated)
        request(plan, (plan_request){.target = &value->repeated,
                                     .elements = value->elements,
                                     .per_worker = true,
                                     .first = backward_time(plan, segment_end(plan, value->last_use)),
                                     .last = backward_time(plan, segment_start(plan, value->last_use))});
}

/* The step that is the last to read the value's gradient: its producer, or, where that puts its second round off, the producer of its
 * input; -1: nobody, it stays. */
static int last_gradient_reader(const cnn_plan *plan, const plan_value *value) {
    if (value->producer < 0)
        return -1;
    const plan_value *input = &plan->values[plan->steps[value->producer].operands[0].value];
    return input->gradient_is_late ? input->producer : value->producer;
}

/* The buffer of a value's gradient, in use from its last reader's backward pass to its producer's. */
static void request_gradient(cnn_plan *plan, int index) {
    plan_value *value = &plan->values[index];
    const bool is_output = index == plan->output;
    if (!value->wants_gradient && !is_output)
        return;
    const bool always = plan->options.keep;
    const bool per_worker = !always && (value->gradient_is_late || within_segment(plan, value, is_output));
    const int reader = last_gradient_reader(plan, value);
    int first = is_output ? plan->step_count : backward_time(plan, value->last_use);
    int last = reader < 0 ? 2 * plan->step_count : backward_time(plan, reader);
    if (value->gradient_is_late)
        first = last;
    if (!per_worker && !is_output)
        first = backward_time(plan, segment_end(plan, value->last_use));
    if (!per_worker && reader >= 0)
        last = backward_time(plan, segment_start(plan, reader));
    request(plan, (plan_request){.target = &value->gradient,
                                 .elements = value->elements,
                                 .per_worker = per_worker,
                                 .first = always ? 0 : first,
                                 .last = always ? 2 * plan->step_count : last,
                                 .dense = is_output});
}

/* The buffers of a step itself: sums over pieces, what forward saves for backward, what backward gathers, and
 * gradients that are added to those of another consumer. */
static void request_own(cnn_plan *plan, int index) {
    plan_step *made = &plan->steps[index];
    const int start = segment_start(plan, index), end = segment_end(plan, index);
    const int last = backward_time(plan, start);
    request(plan,
            (plan_request){
                .target = &made->step.shared, .elements = made->sizes.shared, .first = start, .last = end});
    if (!plan->options.training)
        return;
    request(plan,
            (plan_request){
                .target = &made->step.saved, .elements = made->sizes.saved, .first = start, .last = last});
    request(plan, (plan_request){.target = &made->step.shared_backward,
                                 .elements = made->sizes.shared_backward,
                                 .first = backward_time(plan, end),
                                 .last = last});
    request(plan, (plan_request){.target = &made->step.gathered,
                                 .elements = made->sizes.gathered,
                                 .per_worker = true,
                                 .first = backward_time(plan, end),
                                 .last = last});
    for (int k = 0; k < made->step.inputs; k++)
        if (made->operands[k].adds_gradient)
            request(plan, (plan_request){.target = &made->step.input_gradient[k],
                                         .elements = plan->values[made->operands[k].value].elements,
                                         .per_worker = made->step.op->kind == CNN_IMAGEWISE && !plan->divides,
                                         .first = backward_time(plan, end),
                                         .last = last});
}

/* Room for the parameter gradients of each slice, in segments of more than one slice. */
static void request_sums(cnn_plan *plan, plan_segment *segment) {
    if (cnn_has_partial_sums(segment))
        request(plan,
                (plan_request){.target = &segment->sums,
                               .elements = segment->slices * cnn_aligned_floats(segment->parameter_count),
                               .once = true,
                               .first = backward_time(plan, segment->end - 1),
                               .last = backward_time(plan, segment->first)});
}

/* What a step derives from its weights while its segment runs. */
static void request_late(cnn_plan *plan, int index) {
    plan_step *made = &plan->steps[index];
    const int start = segment_start(plan, index), end = segment_end(plan, index);
    if (!made->prepares_late)
        return;
    request(plan, (plan_request){.target = &made->late,
                                 .elements = made->sizes.prepared,
                                 .once = true,
                                 .first = start,
                                 .last = end});
    request(plan, (plan_request){.target = &made->late_back,
                                 .elements = made->sizes.prepared_backward,
                                 .once = true,
                                 .first = backward_time(plan, end),
                                 .last = backward_time(plan, start)});
}

cnn_status cnn_plan_make_requests(cnn_plan *plan, cnn_error *error) {
    const int64_t values = plan->net->node_count + 1;
    const int64_t max = 3 * values + 6 * plan->step_count + plan->segment_count + plan->operand_count;
    plan->requests = cnn_allocate((size_t)max, sizeof *plan->requests, "a plan", error);
    if (!plan->requests)
        return CNN_ERROR_MEMORY;
    find_read_backward(plan);
    put_off(plan);
    for (int i = 0; i < values; i++) {
        if (plan->stands_for[i] != i)
            continue;
        request_data(plan, i);
        if (plan->options.training)
            request_gradient(plan, i);
        request_repeated(plan, &plan->values[i]);
    }
    for (int i = 0; i < plan->step_count; i++) {
        request_own(plan, i);
        request_late(plan, i);
    }
    for (int s = 0; plan->options.training && s < plan->segment_count; s++)
        request_sums(plan, &plan->segments[s]);
    return CNN_OK;
}
