/* What the files of the plan share. A plan is made in four stages: which nodes become steps (steps.c), which of these
 * run together (segments.c), the offset of every buffer (memory.c), and one allocation (plan.c); then it runs (run.c, backward.c). */
#ifndef CNN_PLAN_INTERNAL_H
#define CNN_PLAN_INTERNAL_H

#include "plan/plan.h"

/* A value: the network's input or the output of a node that became a step; data.pairs says how it is stored. Nodes that need no arithmetic
 * (views, fused ReLUs) stand for the value of the node before them. */
typedef struct plan_value {
    cnn_buffer data, gradient;
    int64_t elements;        /* of one image */
    int producer;            /* step; -1 for the network's input */
    int writer;              /* the last step that writes it: the producer, or one that adds to it */
    int first_use, last_use; /* steps that read it; first_use > last_use: none */
    bool wants_gradient;
    bool stays; /* until the end of a run: the caller reads it */
    bool is_read_backward;
    bool is_late;     /* its only reader has an image of it written (cnn_op.write_image) when it reads that */
    bool is_repeated; /* and once more backward, so that it is not kept until then ... */
    cnn_buffer repeated; /* ... but written there */
    bool
        gradient_is_late; /* its producer has its only reader write an image's (write_image_gradient) when it reads that */
} plan_value;

/* What a step reads. */
typedef struct plan_operand {
    int value;
    /* Set if another consumer of the same value writes its gradient first: then this step's goes to a separate buffer
     * (step.input_gradient) and is added. */
    bool adds_gradient;
} plan_operand;

typedef struct plan_step {
    cnn_step step;
    int node;
    plan_operand *operands; /* step.inputs, within the plan's */
    int output;             /* value */
    int folded;             /* the batch normalisation folded into this step; -1: none */
    int branches;           /* the first of the branches in its weights; -1: none */
    int64_t folded_offset;  /* of its weights and biases, in the plan's */
    int result;             /* the last node fused into this step: its output is what the step gives */
    cnn_step_sizes sizes;
    int64_t prepared_offset, prepared_backward_offset;
    bool prepares_late; /* what it derives from its weights is there only while its segment runs ... */
    cnn_buffer late, late_back; /* ... forward and backward: where */
    int segment;
} plan_step;

/* A convolution, maybe with a batch normalisation folded into it, or a normalisation alone, that a step's weights contain. */
typedef struct plan_branch {
    int node, folded;
    int next; /* of the same step; -1: none */
} plan_branch;

/* Which nodes are needed, and by how many. */
typedef struct plan_usage {
    int *uses; /* of each node: how many nodes read it, the caller of the output included; 0: not needed */
    int last;  /* the node whose output is the plan's */
} plan_usage;

/* Neighbouring steps that run together: imagewise ones image after image, so that what one writes is in cache when
 * the next reads it; a batchwise step is a segment by itself. */
typedef struct plan_segment {
    int first, end; /* steps [first, end) */
    bool imagewise;
    int64_t parts, backward_parts; /* of each image; 0: whole images */
    int slices; /* groups of images whose parameter gradients are summed separately, then together */
    /* The step alone in the segment behind, whose first round a slice of images goes through as soon as it has left this segment, while it
     * is cached; the step alone in the segment before, the same backward. -1: none */
    int then, then_backward;
    int64_t parameter_first, parameter_count; /* this segment's range of the flat parameters */
    cnn_buffer sums;                          /* of the slices' gradients, one slice after the other */
} plan_segment;

/* A single slice needs no partial sums: it is the whole. */
static inline bool cnn_has_partial_sums(const plan_segment *segment) {
    return segment->imagewise && segment->slices > 1;
}

/* A buffer to place: `elements` floats per image of the batch, per worker or once, in use from time `first` to `last`. Step
 * k runs forward at time k, backward at 2 x steps - 1 - k. */
typedef struct plan_request {
    cnn_buffer *target;
    int64_t elements;
    bool per_worker, once;
    int first, last;
    bool dense; /* a caller reads or writes it: images follow each other without a gap */
    int64_t offset;
} plan_request;

struct cnn_plan {
    cnn_plan_options options;
    bool bf16;     /* whether steps that can do so sum up numbers in bfloat16 */
    bool winograd; /* whether steps may use it */
    bool divides;  /* fewer images than workers: they share each step of an image, one step after the other */
    int threads;   /* of the pool, which is not started when only memory is counted */
    cnn_pool *pool;
    const cnn_kernels *kernels;
    cnn_net *net; /* layers and names, without values */

    plan_value *values; /* [0] the input, [1 + node] a node's output */
    int *stands_for;    /* value -> the value that it is identical to */
    plan_step *steps;
    int step_count;
    plan_branch *branches; /* of all steps */
    int branch_count;
    /* Of all steps, one after another: */
    plan_operand *operands;
    cnn_shape *input_shapes;
    cnn_buffer *inputs, *input_gradients;
    int64_t operand_count;
    plan_segment *segments;
    int segment_count;
    int output; /* value that the loss or the caller reads */
    cnn_layout output_layout;

    plan_request *requests;
    int64_t request_count;
    int64_t batch_floats, worker_floats; /* sizes of the two regions, the second for each worker */
    int64_t scratch_floats;              /* for each worker, within worker_floats */
    int64_t scratch_offset;
    int64_t prepared_floats, folded_floats;
    int64_t *parameter_offset; /* of each parameter tensor, in physical order */
    int64_t parameter_floats;
    int64_t passing_offset; /* of the place of weights that pass, behind all that stay */

    float *arena;
    float *input; /* the place of values[0] in the arena; runs may read from elsewhere */
    float *weights, *gradients, *prepared, *folded, *batch_region, *worker_region;
    cnn_step_times *times;                    /* [worker][step]; NULL: times are not measured */
    float *logical_output, *logical_gradient; /* where the output's order in memory is not the logical one */
};

/* Whether the plan has to pass the gradient of the step's output back through its fused ReLU, which reads the output. */
static inline bool cnn_plan_passes_relu_back(const cnn_step *step) {
    return step->relu && !step->op->passes_relu_back;
}
/* [area][channels] of each of `count` images into [channels][area], or back. */
void cnn_plan_turn(const cnn_plan *plan, const cnn_layout *layout, int64_t count, const float *from,
                   float *to, bool to_logical);
/* Backward for `count` images through the first `steps` steps, from the gradient of what the last of them gives. */
void cnn_plan_backward_steps(cnn_plan *plan, int steps, int64_t count, uint64_t iteration);
/* Whether workers share each step of an image, since there are fewer images than workers. */
bool cnn_plan_shares_images(const cnn_plan *plan);
/* Once the steps are known: which of them run together, and into how many pieces they are cut. */
void cnn_plan_make_segments(cnn_plan *plan);
/* Decide the steps, the fusions, the segments and which values need a gradient. */
cnn_status cnn_plan_make_steps(cnn_plan *plan, cnn_error *error);
/* Note that the step reads the value, which lives at least until then. */
void cnn_plan_note_read(cnn_plan *plan, int value, int step);
/* Whether the node is a sum of two values that steps of a plan for inference gave, each of its own. */
bool cnn_plan_is_sum_of_two(const cnn_plan *plan, int node);
/* The value that input `side` of a sum of two stands for. */
int cnn_plan_summand(const cnn_plan *plan, int sum, int side);
/* The sum is the value `kept`, and so is what stood for `value`, which is needed no more. */
void cnn_plan_sum_stands_for(cnn_plan *plan, int sum, int value, int kept);
/* Whether no function of its values was fused into the step yet. */
static inline bool cnn_plan_is_linear(const cnn_step *step) {
    return !step->relu && step->limit == 0 && step->activation.kind == CNN_KERNEL_NO_ACTIVATION;
}
/* Whether a sum may come directly behind the step: nothing was fused into it yet that ends or bounds its own. */
static inline bool cnn_plan_is_open(const cnn_step *step) {
    return !step->adds && cnn_plan_is_linear(step);
}
/* Make the two branches before the node, a sum, one step if its weights can contain both. */
bool cnn_plan_merges_branches(cnn_plan *plan, const plan_usage *usage, int node);
/* Add a branch, whose outputs are multiplied by `scale`, to the step's weights in physical order. */
void cnn_plan_add_branch(const cnn_plan *plan, const plan_step *made, const plan_branch *branch,
                         const float *scale, float *weights);
/* In training: what the steps of a segment derive from their weights that is not there all the time. */
void cnn_plan_prepare_segment(const cnn_plan *plan, const plan_segment *segment, bool backward);
/* Have a step before the node, a sum, form it if one can. */
bool cnn_plan_fuses_sum(cnn_plan *plan, const plan_usage *usage, int node);
/* Once the steps' sizes are known: which buffers are needed, and when. */
cnn_status cnn_plan_make_requests(cnn_plan *plan, cnn_error *error);
/* Decide the offset of every buffer; CNN_ERROR_MEMORY if the sizes overflow. */
cnn_status cnn_plan_lay_out(cnn_plan *plan, cnn_error *error);
/* Decide which values between steps are stored as pairs of numbers in bfloat16, once the algorithms are known. */
void cnn_plan_choose_storage(cnn_plan *plan);
/* Floats of one image of the value, as it is stored. */
static inline int64_t cnn_plan_value_floats(const plan_value *value) {
    return value->elements / cnn_numbers_in_float(&value->data);
}
/* Floats of the arena that the layout needs. */
int64_t cnn_plan_arena_floats(const cnn_plan *plan);
/* An offset for each parameter tensor of its own. */
cnn_status cnn_plan_place_parameters(cnn_plan *plan, cnn_error *error);
/* Whether what the step derives from its weights is all that it reads of them later. Then the weights pass: in inference they
 * are in memory only while they are loaded. */
bool cnn_plan_weights_pass(const cnn_plan *plan, const plan_step *made);
/* Once the steps' sizes are known: one place for all weights that pass. */
void cnn_plan_share_places(cnn_plan *plan);
/* Floats that the step's folded weights and biases take; have it use them; compute them anew. None of them
 * does anything where nothing is folded. */
int64_t cnn_plan_folded_floats(const cnn_plan *plan, const plan_step *made);
void cnn_plan_use_folded(const cnn_plan *plan, plan_step *made);
void cnn_plan_fold(const cnn_plan *plan, const plan_step *made);
/* Layers that share parameters have a copy each, in the order that suits it. The gradients of the copies are added to
 * that of the first; its weights are copied to the others; the statistics of batch normalisation become the mean of
 * all. Always in the same order. */
void cnn_plan_add_shared_gradients(const cnn_plan *plan);
void cnn_plan_share_weights(const cnn_plan *plan);
/* Turn the layout into pointers once the arena is there. */
void cnn_plan_resolve(cnn_plan *plan);

static inline int64_t cnn_aligned_floats(int64_t floats) {
    return (floats + 15) / 16 * 16;
}

#endif
