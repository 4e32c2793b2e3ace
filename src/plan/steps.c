/* Which nodes become steps. */
#include "plan/internal.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "base/random.h"
#include "graph/output.h"
#include "ops/activation.h"
#include "ops/batch_norm.h"
#include "ops/concat.h"
#include "ops/conv2d_batch.h"
#include "ops/conv2d_bf16_winograd.h"
#include "ops/conv2d_max_pool.h"
#include "ops/conv2d_winograd.h"
#include "ops/conv2d_winograd_batch.h"
#include "ops/dense_bf16.h"
#include "ops/winograd.h"

/* ---- Which nodes are needed --------------------------------------------------------------------------- */

/* The node whose output is needed: the last one or, if a softmax or sigmoids at the end belong to the loss, the input
 * of that; only views may follow it, and in inference dropout, which changes nothing then. */
static int wanted_node(const cnn_plan *plan) {
    const cnn_node *nodes = plan->net->nodes;
    const cnn_output_kind kind = cnn_net_output_kind(plan->net);
    const int last = (int)plan->net->node_count - 1;
    if (!plan->options.logits ||
        (kind != CNN_OUTPUT_PROBABILITIES && kind != CNN_OUTPUT_BINARY && kind != CNN_OUTPUT_SIGMOIDS))
        return last;
    int i = last;
    while (nodes[i].op->kind == CNN_VIEW || (nodes[i].op->idle_in_inference && !plan->options.training))
        i = nodes[i].input[0];
    return i == cnn_output_node(plan->net) ? nodes[i].input[0] : last;
}

/* Walk back from the output: nodes that are not needed get no uses. A plan that keeps has a use for each. */
static cnn_status count_uses(const cnn_plan *plan, plan_usage *usage, cnn_error *error) {
    const cnn_net *net = plan->net;
    usage->last = wanted_node(plan);
    usage->uses = cnn_allocate((size_t)net->node_count, sizeof *usage->uses, "a plan", error);
    if (!usage->uses)
        return CNN_ERROR_MEMORY;
    for (int i = 0; i <= usage->last; i++)
        usage->uses[i] = plan->options.keep || i == usage->last;
    for (int k = 0; k < plan->options.output_count; k++)
        usage->uses[plan->options.outputs[k]]++;
    for (int i = usage->last; i >= 0; i--)
        for (int k = 0; usage->uses[i] && k < net->nodes[i].inputs; k++)
            if (net->nodes[i].input[k] >= 0)
                usage->uses[net->nodes[i].input[k]]++;
    return CNN_OK;
}

/* The step that writes what the node reads, or reads first; NULL: that is the network's input. */
static plan_step *step_before(const cnn_plan *plan, int node) {
    const int value = plan->stands_for[plan->net->nodes[node].input[0] + 1];
    return value == 0 ? NULL : &plan->steps[plan->values[value].writer];
}

/* What the step writes is the node's result from now on. */
static void take_over(cnn_plan *plan, plan_step *made, int node) {
    made->result = node;
    plan->stands_for[node + 1] = plan->stands_for[plan->net->nodes[node].input[0] + 1];
}

/* max(0, x) with an upper bound, like ReLU6. */
static bool is_bounded_relu(const cnn_node *node) {
    return node->op == &cnn_op_clip && node->options.activation.alpha == 0;
}

/* Whether it will be cnn_op_batch_norm_training, with the statistics of the batch. */
static bool normalises_batch(const cnn_plan *plan, const plan_step *made) {
    return made->step.op == &cnn_op_batch_norm && plan->options.training && !plan->options.keep &&
           !plan->net->nodes[made->node].frozen;
}

/* Whether what the node reads comes directly from a step that can apply an upper bound: a convolution, maybe
 * with a batch normalisation folded in, or a normalisation. In training, that of the batch alone takes the gradient back through it. */
static bool follows_bounding_step(const cnn_plan *plan, int node) {
    const plan_step *made = step_before(plan, node);
    return made && made->step.op->takes_limit && (!plan->options.training || normalises_batch(plan, made)) &&
           made->result == plan->net->nodes[node].input[0] && cnn_plan_is_linear(&made->step);
}

/* A ReLU is fused into the step before it if no other node reads its input. */
static bool fuses_into_previous(const cnn_plan *plan, const plan_usage *usage, int node) {
    const cnn_node *nodes = plan->net->nodes;
    const int before = nodes[node].input[0];
    if (before < 0 || usage->uses[before] != 1 || plan->options.keep)
        return false;
    if (is_bounded_relu(&nodes[node]))
        return follows_bounding_step(plan, node);
    return nodes[node].op == &cnn_op_relu && nodes[before].op->takes_relu;
}

/* Views, ops that only copy in inference, and what is fused into the step before it. */
static bool needs_no_step(const cnn_plan *plan, const plan_usage *usage, int node) {
    const cnn_op *op = plan->net->nodes[node].op;
    const bool inference = !plan->options.training || plan->options.keep;
    return op->kind == CNN_VIEW || (op->idle_in_inference && inference) ||
           fuses_into_previous(plan, usage, node);
}

/* ---- Making steps ---------------------------------------------------------------------------------- */

void cnn_plan_note_read(cnn_plan *plan, int value, int step) {
    plan_value *read = &plan->values[value];
    if (read->first_use > read->last_use)
        read->first_use = step;
    read->last_use = step;
}

/* Whether the step has trainable parameters, or reads a value whose gradient is needed. */
static bool wants_gradient(const cnn_plan *plan, const plan_step *step) {
    const cnn_node *node = &plan->net->nodes[step->node];
    bool wants = plan->options.keep || (node->parameters > 0 && !node->frozen);
    for (int k = 0; k < step->step.inputs; k++)
        wants = wants || plan->values[step->operands[k].value].wants_gradient;
    return wants && plan->options.training;
}

/* The step's part of the plan's arrays of operands. */
static void add_operands(cnn_plan *plan, plan_step *made, const cnn_node *node) {
    const int64_t first = plan->operand_count;
    made->operands = plan->operands + first;
    made->step.inputs = node->inputs;
    made->step.input_shape = plan->input_shapes + first;
    made->step.input = plan->inputs + first;
    made->step.input_gradient = plan->input_gradients + first;
    for (int k = 0; k < node->inputs; k++) {
        made->operands[k].value = plan->stands_for[node->input[k] + 1];
        plan->input_shapes[first + k] = *cnn_node_input_shape(plan->net, node, k);
        cnn_plan_note_read(plan, made->operands[k].value, plan->step_count);
    }
    plan->operand_count += node->inputs;
}

/* The node becomes a step with a value of its own. */
static void add_step(cnn_plan *plan, int node_index) {
    const cnn_node *node = &plan->net->nodes[node_index];
    plan_step *made = &plan->steps[plan->step_count];
    made->node = made->result = node_index;
    made->folded = made->branches = -1;
    made->output = node_index + 1;
    made->step = (cnn_step){
        .op = node->op,
        .kernels = plan->kernels,
        .options = node->options,
        .training = plan->options.training,
        .frozen = node->frozen && !plan->options.keep,
        .output_shape = node->output,
        .seed = cnn_random_hash(plan->options.seed, (uint64_t)node_index),
    };
    add_operands(plan, made, node);
    made->step.input_layout =
        node->input[0] < 0 ? cnn_layout_of(&plan->net->input) : plan->net->nodes[node->input[0]].layout;
    plan_value *output = &plan->values[made->output];
    output->elements = cnn_shape_elements(&node->output);
    output->producer = output->writer = plan->step_count;
    output->wants_gradient = wants_gradient(plan, made);
    plan->step_count++;
}

/* A max pooling is fused with the convolution before it (with or without a ReLU in between) if one op can do both. */
static bool fuses_pooling(const cnn_plan *plan, const plan_usage *usage, int node) {
    const cnn_node *nodes = plan->net->nodes;
    const int before = nodes[node].input[0];
    const plan_step *step = step_before(plan, node);
    if (!plan->winograd || plan->bf16 || nodes[node].op != &cnn_op_max_pool2d || !step ||
        usage->uses[before] != 1)
        return false;
    return step->step.op == &cnn_op_conv2d && step->result == before && !step->step.adds &&
           step->branches < 0 && step->step.activation.kind == CNN_KERNEL_NO_ACTIVATION &&
           cnn_conv2d_max_pool_fits(&step->step.options.conv2d, &step->step.input_shape[0],
                                    &nodes[node].options.pool2d);
}

static void fuse_pooling(cnn_plan *plan, int node) {
    plan_step *made = step_before(plan, node);
    made->step.op = &cnn_op_conv2d_max_pool;
    made->step.output_shape = plan->net->nodes[node].output;
    take_over(plan, made, node);
    plan->net->parameters[plan->net->nodes[made->node].first_parameter].spec.order.outputs_first = true;
    plan->values[plan->stands_for[node + 1]].elements = cnn_shape_elements(&made->step.output_shape);
}

/* In inference, the step of which a batch normalisation, with the running statistics, alone reads the output; NULL: none. */
static plan_step *step_before_norm(const cnn_plan *plan, const plan_usage *usage, int node) {
    const cnn_node *norm = &plan->net->nodes[node];
    plan_step *made = step_before(plan, node);
    const bool joins = norm->op == &cnn_op_batch_norm && !plan->options.training && !plan->options.keep;
    return joins && made && usage->uses[norm->input[0]] == 1 ? made : NULL;
}

/* It is folded into a layer whose outputs can be scaled. */
static bool folds_into_previous(const cnn_plan *plan, const plan_usage *usage, int node) {
    const plan_step *made = step_before_norm(plan, usage, node);
    const int before = plan->net->nodes[node].input[0];
    return made && made->node == before && plan->net->nodes[before].op->takes_scale;
}

static void fold_norm(cnn_plan *plan, int node) {
    plan_step *made = step_before(plan, node);
    made->folded = node;
    take_over(plan, made, node);
}

/* One of maps joins a concatenation. */
static bool joins_concat(const cnn_plan *plan, const plan_usage *usage, int node) {
    const cnn_node *norm = &plan->net->nodes[node];
    const plan_step *made = step_before_norm(plan, usage, node);
    return made && norm->output.rank == 3 && made->step.op == &cnn_op_concat &&
           made->result == norm->input[0] && cnn_plan_is_linear(&made->step);
}

/* The step is the normalisation's from now on, but for what it reads. */
static void join_concat(cnn_plan *plan, int node) {
    plan_step *made = step_before(plan, node);
    made->step.op = &cnn_op_concat_norm;
    made->step.options = plan->net->nodes[node].options;
    made->node = node;
    take_over(plan, made, node);
}

/* The ReLU's output is the step's. */
static void fuse_relu(const cnn_plan *plan, plan_step *made, int node) {
    const cnn_node *relu = &plan->net->nodes[node];
    made->step.relu = true;
    if (is_bounded_relu(relu))
        made->step.limit = (float)relu->options.activation.beta;
    made->result = node;
}

/* Winograd's algorithm where it fits and is faster, else direct sums; image by image or over the batch. In bfloat16
 * with the smallest tiles, image by image, as is all that trains. */
static const cnn_op *convolution_of(const cnn_plan *plan, const cnn_step *step) {
    const cnn_conv2d_options *conv = &step->options.conv2d;
    const cnn_shape *input = &step->input_shape[0], *output = &step->output_shape;
    const bool over_batch = plan->options.batch > 1 && !(step->bf16 && step->training);
    if (!plan->options.keep && cnn_conv2d_batch_pays(conv, input, output))
        return over_batch ? &cnn_op_conv2d_batch : step->op;
    if (step->bf16)
        return plan->winograd && cnn_conv2d_bf16_winograd_pays(conv, input) ? &cnn_op_conv2d_bf16_winograd
                                                                            : step->op;
    if (!plan->winograd || !cnn_conv2d_winograd_fits(conv, input))
        return step->op;
    if (cnn_conv2d_winograd_batch_pays(conv, input, output, plan->options.batch))
        return &cnn_op_conv2d_winograd_batch;
    return cnn_conv2d_winograd_pays(conv, input, output) ? &cnn_op_conv2d_winograd : step->op;
}

/* In inference an activation is fused into the convolution before it, if the algorithm of that takes one and no other node reads what
 * comes between. What a worker has written is nearest to itself. */
static bool fuses_activation(const cnn_plan *plan, const plan_usage *usage, int node) {
    const int before = plan->net->nodes[node].input[0];
    const plan_step *made = step_before(plan, node);
    if (!cnn_is_activation(plan->net->nodes[node].op) || plan->options.training || plan->options.keep ||
        plan->bf16 || !made || usage->uses[before] != 1)
        return false;
    return made->step.op == &cnn_op_conv2d && convolution_of(plan, &made->step)->takes_activation &&
           made->result == before && cnn_plan_is_linear(&made->step);
}

static void fuse_activation(cnn_plan *plan, int node) {
    const cnn_node *activation = &plan->net->nodes[node];
    plan_step *made = step_before(plan, node);
    made->step.activation = cnn_activation_function_of(&activation->options.activation);
    take_over(plan, made, node);
}

/* Skip the node, fuse it into a step before it, or make it a step. */
static void visit_node(cnn_plan *plan, const plan_usage *usage, int node) {
    if (!usage->uses[node])
        return;
    int before = plan->stands_for[plan->net->nodes[node].input[0] + 1];
    if (fuses_pooling(plan, usage, node)) {
        fuse_pooling(plan, node);
        return;
    }
    if (folds_into_previous(plan, usage, node)) {
        fold_norm(plan, node);
        return;
    }
    if (joins_concat(plan, usage, node)) {
        join_concat(plan, node);
        return;
    }
    if (cnn_plan_merges_branches(plan, usage, node) || cnn_plan_fuses_sum(plan, usage, node))
        return;
    if (!needs_no_step(plan, usage, node)) {
        if (fuses_activation(plan, usage, node))
            fuse_activation(plan, node);
        else
            add_step(plan, node);
        return;
    }
    plan->stands_for[node + 1] = before;
    if (fuses_into_previous(plan, usage, node))
        fuse_relu(plan, &plan->steps[plan->values[before].writer], node);
}

/* Once it is known which convolutions are not fused with a pooling. */
static void choose_algorithms(cnn_plan *plan) {
    for (int i = 0; i < plan->step_count; i++) {
        cnn_step *step = &plan->steps[i].step;
        step->bf16 = plan->bf16 && step->op->takes_bf16 && step->op->takes_bf16(step);
        if (step->op == &cnn_op_conv2d)
            step->op = convolution_of(plan, step);
        if (step->op == &cnn_op_dense && step->bf16)
            step->op = &cnn_op_dense_bf16;
        if (normalises_batch(plan, &plan->steps[i]))
            step->op = &cnn_op_batch_norm_training;
    }
}

/* Once ReLUs have joined the steps before them. A plan that keeps wants gradients everywhere. */
static void note_relus(cnn_plan *plan) {
    for (int i = 0; !plan->options.keep && i < plan->step_count; i++) {
        const int producer = plan->values[plan->steps[i].operands[0].value].producer;
        if (producer < 0) /* the network's input */
            continue;
        const cnn_step *before = &plan->steps[producer].step;
        plan->steps[i].step.input_is_relu = before->relu || before->op == &cnn_op_relu;
    }
}

/* ---- Who reads what ---------------------------------------------------------------------------------- */

/* What the caller reads besides the output. */
static void note_outputs(cnn_plan *plan) {
    for (int k = 0; k < plan->options.output_count; k++)
        plan->values[plan->stands_for[plan->options.outputs[k] + 1]].stays = true;
}

/* Whether an operand before `k` is the same value. */
static bool reads_again(const plan_step *made, int k) {
    bool again = false;
    for (int before = 0; before < k; before++)
        again = again || made->operands[before].value == made->operands[k].value;
    return again;
}

/* The last consumer in forward order writes a value's gradient first; all others add theirs. */
static void order_gradients(cnn_plan *plan) {
    for (int i = 0; i < plan->step_count; i++)
        for (int k = 0; k < plan->steps[i].step.inputs; k++) {
            const plan_step *made = &plan->steps[i];
            const plan_value *value = &plan->values[made->operands[k].value];
            made->operands[k].adds_gradient =
                value->wants_gradient && (value->last_use != i || reads_again(made, k));
        }
}

static cnn_status allocate_operands(cnn_plan *plan, cnn_error *error) {
    size_t count = 0;
    for (int64_t i = 0; i < plan->net->node_count; i++)
        count += (size_t)plan->net->nodes[i].inputs;
    plan->operands = cnn_allocate(count, sizeof *plan->operands, "a plan", error);
    plan->input_shapes = cnn_allocate(count, sizeof *plan->input_shapes, "a plan", error);
    plan->inputs = cnn_allocate(count, sizeof *plan->inputs, "a plan", error);
    plan->input_gradients = cnn_allocate(count, sizeof *plan->input_gradients, "a plan", error);
    return plan->operands && plan->input_shapes && plan->inputs && plan->input_gradients ? CNN_OK
                                                                                         : CNN_ERROR_MEMORY;
}

static cnn_status allocate_tables(cnn_plan *plan, cnn_error *error) {
    const size_t nodes = (size_t)plan->net->node_count;
    plan->values = cnn_allocate(nodes + 1, sizeof *plan->values, "a plan", error);
    plan->stands_for = cnn_allocate(nodes + 1, sizeof *plan->stands_for, "a plan", error);
    plan->steps = cnn_allocate(nodes, sizeof *plan->steps, "a plan", error);
    plan->segments = cnn_allocate(nodes, sizeof *plan->segments, "a plan", error);
    plan->branches = cnn_allocate(nodes, sizeof *plan->branches, "a plan", error);
    if (!plan->values || !plan->stands_for || !plan->steps || !plan->segments || !plan->branches)
        return CNN_ERROR_MEMORY;
    for (size_t i = 0; i <= nodes; i++) {
        plan->values[i] = (plan_value){.producer = -1, .writer = -1, .first_use = 1};
        plan->stands_for[i] = (int)i;
    }
    plan->values[0].elements = cnn_shape_elements(&plan->net->input);
    plan->values[0].wants_gradient = plan->options.keep && plan->options.training;
    return CNN_OK;
}

cnn_status cnn_plan_make_steps(cnn_plan *plan, cnn_error *error) {
    plan_usage usage = {0};
    plan->divides = cnn_plan_shares_images(plan);
    plan->bf16 = plan->options.precision == CNN_PRECISION_BF16 && !plan->options.keep;
    cnn_status status = allocate_tables(plan, error);
    if (status == CNN_OK)
        status = allocate_operands(plan, error);
    if (status == CNN_OK)
        status = cnn_winograd_wanted(&plan->winograd, error);
    plan->winograd = plan->winograd && !plan->options.keep;
    if (status == CNN_OK)
        status = count_uses(plan, &usage, error);
    for (int i = 0; status == CNN_OK && i <= usage.last; i++)
        visit_node(plan, &usage, i);
    if (status == CNN_OK) {
        plan->output = plan->stands_for[usage.last + 1];
        plan->output_layout =
            usage.last < 0 ? cnn_layout_of(&plan->net->input) : plan->net->nodes[usage.last].layout;
        note_outputs(plan);
        choose_algorithms(plan);
        cnn_plan_choose_storage(plan);
        note_relus(plan);
        order_gradients(plan);
        cnn_plan_make_segments(plan);
    }
    cnn_free(usage.uses);
    return status;
}
