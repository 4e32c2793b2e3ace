/* The memory of a plan: an offset for every buffer. Buffers that are never in use at the same time share memory. */
#include "plan/internal.h"

#include "base/memory.h"

#include <inttypes.h>

/* ---- When buffers are in use ----------------------------------------------------------------------- */

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
    const bool per_worker =
        !value->is_read_backward && !plan->options.keep && within_segment(plan, value, is_output);
    int first = value->producer < 0 ? 0 : value->producer, last = value->last_use;
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

/* The buffer of a value's gradient, in use from its last reader's backward pass to its producer's. */
static void request_gradient(cnn_plan *plan, int index) {
    plan_value *value = &plan->values[index];
    const bool is_output = index == plan->output;
    if (!value->wants_gradient && !is_output)
        return;
    const bool always = plan->options.keep;
    const bool per_worker = !always && within_segment(plan, value, is_output);
    int first = is_output ? plan->step_count : backward_time(plan, value->last_use);
    int last = value->producer < 0 ? 2 * plan->step_count : backward_time(plan, value->producer);
    if (!per_worker && !is_output)
        first = backward_time(plan, segment_end(plan, value->last_use));
    if (!per_worker && value->producer >= 0)
        last = backward_time(plan, segment_start(plan, value->producer));
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

/* ---- Offsets ---------------------------------------------------------------------------------------- */

enum { PAGE_FLOATS = 1024 };

/* Floats from one image to the next. If images were whole pages apart, all of them would compete for the same set of
 * the first-level cache when a dense layer reads many images side by side: one more cache line avoids that. */
static int64_t image_stride(const plan_request *wanted) {
    const bool collides = !wanted->dense && wanted->elements % PAGE_FLOATS == 0;
    return wanted->elements + (collides ? cnn_aligned_floats(1) : 0);
}

/* Floats that the buffer takes of its region: for the whole batch, or for one worker. */
static int64_t size_of(const cnn_plan *plan, const plan_request *wanted) {
    return wanted->per_worker ? cnn_aligned_floats(wanted->elements)
                              : cnn_aligned_floats(image_stride(wanted) * plan->options.batch);
}

/* Whether two buffers of the same region are in use at the same time. */
static bool conflict(const plan_request *a, const plan_request *b) {
    return a->per_worker == b->per_worker && a->first <= b->last && b->first <= a->last;
}

/* The lowest offset where the request overlaps no placed one that is in use at the same time: candidates are 0 and
 * the ends of those. */
static int64_t find_offset(const cnn_plan *plan, const plan_request *wanted, int64_t placed) {
    const int64_t size = size_of(plan, wanted);
    int64_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int64_t i = 0; i < placed; i++) {
            const plan_request *other = &plan->requests[i];
            int64_t end = other->offset + size_of(plan, other);
            if (conflict(wanted, other) && offset < end && other->offset < offset + size) {
                offset = end;
                moved = true;
            }
        }
    }
    return offset;
}

/* Largest first: small buffers find room between large ones, not the other way round. */
static void sort_by_size(cnn_plan *plan) {
    for (int64_t i = 1; i < plan->request_count; i++) {
        plan_request moving = plan->requests[i];
        int64_t j = i;
        for (; j > 0 && size_of(plan, &plan->requests[j - 1]) < size_of(plan, &moving); j--)
            plan->requests[j] = plan->requests[j - 1];
        plan->requests[j] = moving;
    }
}

/* Give every request its offset within its region, which grows as needed. */
static void place_requests(cnn_plan *plan) {
    sort_by_size(plan);
    for (int64_t i = 0; i < plan->request_count; i++) {
        plan_request *wanted = &plan->requests[i];
        wanted->offset = find_offset(plan, wanted, i);
        int64_t *region = wanted->per_worker ? &plan->worker_floats : &plan->batch_floats;
        if (wanted->offset + size_of(plan, wanted) > *region)
            *region = wanted->offset + size_of(plan, wanted);
    }
}

/* The total must stay far below INT64_MAX, so that the sums above cannot overflow. */
static cnn_status check_countable(const cnn_plan *plan, cnn_error *error) {
    int64_t total = 0, size;
    for (int64_t i = 0; i < plan->request_count; i++)
        if (!cnn_multiply(plan->requests[i].elements + 2 * cnn_aligned_floats(1), plan->options.batch,
                          &size) ||
            __builtin_add_overflow(total, size, &total) || total > INT64_MAX / 64)
            return cnn_fail(error, CNN_ERROR_MEMORY,
                            "out of memory: the size of the intermediate results of %" PRId64
                            " images overflows; "
                            "use a smaller batch",
                            plan->options.batch);
    return CNN_OK;
}

/* What every step needs, and offsets for what is prepared and folded. */
static void size_steps(cnn_plan *plan) {
    for (int i = 0; i < plan->step_count; i++) {
        plan_step *made = &plan->steps[i];
        made->sizes = made->step.op->sizes ? made->step.op->sizes(&made->step) : (cnn_step_sizes){0};
        made->prepared_offset = plan->prepared_floats;
        plan->prepared_floats += cnn_aligned_floats(made->sizes.prepared);
        made->folded_offset = plan->folded_floats;
        plan->folded_floats += cnn_plan_folded_floats(plan, made);
        if (made->sizes.scratch > plan->scratch_floats)
            plan->scratch_floats = cnn_aligned_floats(made->sizes.scratch);
    }
    if (!plan->options.training)
        cnn_plan_share_places(plan);
}

/* Room for the parameter gradients of each slice, in segments of more than one slice: the same for all segments, since they run
 * backward one after another. */
static void size_partials(cnn_plan *plan) {
    for (int s = 0; plan->options.training && s < plan->segment_count; s++) {
        const plan_segment *segment = &plan->segments[s];
        const int64_t floats = segment->slices * cnn_aligned_floats(segment->parameter_count);
        if (cnn_has_partial_sums(segment) && floats > plan->partial_floats)
            plan->partial_floats = floats;
    }
}

cnn_status cnn_plan_lay_out(cnn_plan *plan, cnn_error *error) {
    const int64_t values = plan->net->node_count + 1;
    const int64_t max = 2 * values + 4 * plan->step_count + plan->operand_count;
    plan->requests = cnn_allocate((size_t)max, sizeof *plan->requests, "a plan", error);
    if (!plan->requests)
        return CNN_ERROR_MEMORY;
    size_steps(plan);
    find_read_backward(plan);
    for (int i = 0; i < values; i++) {
        if (plan->stands_for[i] != i)
            continue;
        request_data(plan, i);
        if (plan->options.training)
            request_gradient(plan, i);
    }
    for (int i = 0; i < plan->step_count; i++)
        request_own(plan, i);
    cnn_status status = check_countable(plan, error);
    if (status != CNN_OK)
        return status;
    place_requests(plan);
    size_partials(plan);
    plan->scratch_offset = plan->worker_floats;
    plan->worker_floats += plan->scratch_floats;
    return CNN_OK;
}

/* ---- From offsets to pointers ----------------------------------------------------------------------- */

static int64_t permuted_floats(const cnn_plan *plan) {
    const bool permuted = plan->output_layout.area > 1 && plan->output_layout.channels > 1;
    return permuted ? cnn_aligned_floats(plan->values[plan->output].elements * plan->options.batch) : 0;
}

static int64_t gradient_floats(const cnn_plan *plan) {
    return plan->options.training ? cnn_aligned_floats(plan->parameter_floats) : 0;
}

int64_t cnn_plan_arena_floats(const cnn_plan *plan) {
    int64_t outputs = permuted_floats(plan) * (plan->options.training ? 2 : 1);
    return cnn_aligned_floats(plan->parameter_floats) + gradient_floats(plan) + plan->prepared_floats +
           plan->partial_floats + plan->folded_floats + outputs + plan->batch_floats +
           plan->worker_floats * plan->threads;
}

/* The next `floats` of the arena, aligned. */
static float *take(float **next, int64_t floats) {
    float *taken = *next;
    *next += floats;
    return taken;
}

/* Divide the arena into its regions. */
static void divide_arena(cnn_plan *plan) {
    float *next = plan->arena;
    const int64_t permuted = permuted_floats(plan);
    plan->weights = take(&next, cnn_aligned_floats(plan->parameter_floats));
    plan->gradients = take(&next, gradient_floats(plan));
    plan->prepared = take(&next, plan->prepared_floats);
    plan->partials = take(&next, plan->partial_floats);
    plan->folded = take(&next, plan->folded_floats);
    if (permuted)
        plan->logical_output = take(&next, permuted);
    if (permuted && plan->options.training)
        plan->logical_gradient = take(&next, permuted);
    plan->batch_region = take(&next, plan->batch_floats);
    plan->worker_region = next;
}

/* Turn an offset into a pointer and the strides of images and workers. */
static void resolve_request(cnn_plan *plan, const plan_request *placed) {
    cnn_buffer *target = placed->target;
    target->data = (placed->per_worker ? plan->worker_region : plan->batch_region) + placed->offset;
    target->image_stride = placed->per_worker ? 0 : image_stride(placed);
    target->worker_stride = placed->per_worker ? plan->worker_floats : 0;
}

/* Point the step at its parameters and gradients. */
static void resolve_parameters(cnn_plan *plan, plan_step *made) {
    const cnn_node *node = &plan->net->nodes[made->node];
    const plan_segment *segment = &plan->segments[made->segment];
    for (int i = 0; i < node->parameters; i++) {
        int64_t offset = plan->parameter_offset[node->first_parameter + i];
        made->step.parameter[i] = plan->weights + offset;
        if (plan->options.training)
            made->step.gradient[i] = cnn_has_partial_sums(segment)
                                         ? plan->partials + offset - segment->parameter_first
                                         : plan->gradients + offset;
    }
    made->step.gradient_slice = segment->imagewise ? cnn_aligned_floats(segment->parameter_count) : 0;
}

/* Point the step at the buffers of its inputs and its output. */
static void resolve_step(cnn_plan *plan, plan_step *made) {
    cnn_step *step = &made->step;
    for (int k = 0; k < step->inputs; k++) {
        const plan_operand *operand = &made->operands[k];
        const plan_value *input = &plan->values[operand->value];
        plan->inputs[operand - plan->operands] = input->data;
        if (input->wants_gradient && !operand->adds_gradient)
            step->input_gradient[k] = input->gradient;
    }
    step->output = plan->values[made->output].data;
    step->output_gradient = plan->values[made->output].gradient;
    step->prepared = plan->prepared + made->prepared_offset;
    step->scratch = (cnn_buffer){.data = plan->worker_region + plan->scratch_offset,
                                 .worker_stride = plan->worker_floats};
    resolve_parameters(plan, made);
    cnn_plan_use_folded(plan, made);
}

void cnn_plan_resolve(cnn_plan *plan) {
    divide_arena(plan);
    for (int64_t i = 0; i < plan->request_count; i++)
        resolve_request(plan, &plan->requests[i]);
    plan->input = plan->values[0].data.data;
    for (int i = 0; i < plan->step_count; i++)
        resolve_step(plan, &plan->steps[i]);
}
