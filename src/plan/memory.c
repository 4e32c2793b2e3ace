/* The memory of a plan: an offset for every buffer. Buffers that are never in use at the same time share memory. */
#include "plan/internal.h"

#include "base/memory.h"

#include <inttypes.h>

/* ---- Offsets ---------------------------------------------------------------------------------------- */

enum { PAGE_FLOATS = 1024 };

/* Floats from one image to the next. If images were whole pages apart, all of them would compete for the same set of
 * the first-level cache when a dense layer reads many images side by side: one more cache line avoids that. */
static int64_t image_stride(const plan_request *wanted) {
    const bool collides = !wanted->dense && wanted->elements % PAGE_FLOATS == 0;
    return wanted->elements + (collides ? cnn_aligned_floats(1) : 0);
}

/* How often the region has the elements: one image after the other, or what is there once. */
static int64_t copies_of(const cnn_plan *plan, const plan_request *wanted) {
    return wanted->per_worker || wanted->once ? 1 : plan->options.batch;
}

/* Floats that the buffer takes of its region: for the whole batch, or for one worker. */
static int64_t size_of(const cnn_plan *plan, const plan_request *wanted) {
    const int64_t copies = copies_of(plan, wanted);
    return cnn_aligned_floats(copies == 1 ? wanted->elements : image_stride(wanted) * copies);
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
        if (!cnn_multiply(plan->requests[i].elements + 2 * cnn_aligned_floats(1),
                          copies_of(plan, &plan->requests[i]), &size) ||
            __builtin_add_overflow(total, size, &total) || total > INT64_MAX / 64)
            return cnn_fail(error, CNN_ERROR_MEMORY,
                            "out of memory: the size of the intermediate results of %" PRId64
                            " images overflows; "
                            "use a smaller batch",
                            plan->options.batch);
    return CNN_OK;
}

/* From so much on, what a step derives from its weights is derived when it is wanted, by as many pieces as all workers take;
 * less is not worth waiting for them once more. */
enum { LATE_FLOATS = 1 << 17 };

/* Offsets for what a step derives from its weights, unless it does so late. */
static void place_prepared(cnn_plan *plan, plan_step *made) {
    const cnn_step_sizes *sizes = &made->sizes;
    made->prepares_late = plan->options.training && made->step.op->prepare_backward &&
                          sizes->prepared + sizes->prepared_backward >= LATE_FLOATS;
    if (made->prepares_late)
        return;
    made->prepared_offset = plan->prepared_floats;
    made->prepared_backward_offset = made->prepared_offset + cnn_aligned_floats(sizes->prepared);
    plan->prepared_floats = made->prepared_backward_offset + cnn_aligned_floats(sizes->prepared_backward);
}

/* What every step needs, and offsets for what is prepared and folded. */
static void size_steps(cnn_plan *plan) {
    for (int i = 0; i < plan->step_count; i++) {
        plan_step *made = &plan->steps[i];
        made->sizes = made->step.op->sizes ? made->step.op->sizes(&made->step) : (cnn_step_sizes){0};
        place_prepared(plan, made);
        made->folded_offset = plan->folded_floats;
        plan->folded_floats += cnn_plan_folded_floats(plan, made);
        if (made->sizes.scratch > plan->scratch_floats)
            plan->scratch_floats = cnn_aligned_floats(made->sizes.scratch);
    }
    if (!plan->options.training)
        cnn_plan_share_places(plan);
}

cnn_status cnn_plan_lay_out(cnn_plan *plan, cnn_error *error) {
    size_steps(plan);
    cnn_status status = cnn_plan_make_requests(plan, error);
    if (status == CNN_OK)
        status = check_countable(plan, error);
    if (status != CNN_OK)
        return status;
    place_requests(plan);
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
           plan->folded_floats + outputs + plan->batch_floats + plan->worker_floats * plan->threads;
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
                                         ? segment->sums.data + offset - segment->parameter_first
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
    step->prepared = made->prepares_late ? made->late.data : plan->prepared + made->prepared_offset;
    step->prepared_backward =
        made->prepares_late ? made->late_back.data : plan->prepared + made->prepared_backward_offset;
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
