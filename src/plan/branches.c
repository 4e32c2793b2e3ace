/* Branches that read the same value and are added up, as in networks whose blocks were trained with several of them (Ding et al. 2021,
 * arXiv:2101.03697): convolutions with smaller kernels, and normalisations alone, become part of the largest kernel's weights. */
#include "plan/internal.h"

/* ---- Which ------------------------------------------------------------------------------------------- */

static bool is_dense_step(const cnn_step *step) {
    const cnn_conv2d_options *conv = &step->options.conv2d;
    return conv->dilation[0] == 1 && conv->dilation[1] == 1;
}

/* Whether the step is linear, and gives the value of this node to nobody but one reader. */
static bool is_branch(const plan_usage *usage, const plan_step *made, int node) {
    const cnn_step *step = &made->step;
    const bool kind = step->op == &cnn_op_conv2d ? is_dense_step(step) : step->op == &cnn_op_batch_norm;
    return kind && made->result == node && usage->uses[node] == 1 && cnn_plan_is_open(step) &&
           step->output_shape.rank == 3;
}

/* Where the branch's first tap lies among those of the main convolution, along an axis. A normalisation has one tap, the pixel's. */
static int64_t tap_offset(const cnn_step *main, const cnn_step *branch, int axis) {
    const int64_t padding = branch->op == &cnn_op_conv2d ? branch->options.conv2d.padding[axis] : 0;
    return main->options.conv2d.padding[axis] - padding;
}

/* Whether all taps of the branch are taps of the main convolution. */
static bool takes_branch(const cnn_step *main, const cnn_step *branch) {
    const cnn_conv2d_options *m = &main->options.conv2d, *b = &branch->options.conv2d;
    const bool is_norm = branch->op == &cnn_op_batch_norm;
    bool takes =
        main->op == &cnn_op_conv2d && cnn_shape_equal(&main->output_shape, &branch->output_shape) &&
        (is_norm ? cnn_shape_equal(&main->input_shape[0], &main->output_shape) : m->groups == b->groups);
    for (int axis = 0; takes && axis < 2; axis++) {
        const int64_t offset = tap_offset(main, branch, axis), taps = is_norm ? 1 : b->kernel[axis];
        takes = offset >= 0 && offset + taps <= m->kernel[axis] &&
                (is_norm ? 1 : b->stride[axis]) == m->stride[axis];
    }
    return takes;
}

/* ---- Merging ------------------------------------------------------------------------------------------ */

/* The step's list of branches ends with the other step and those of its list. */
static void append(cnn_plan *plan, plan_step *to, const plan_step *other) {
    int *end = &to->branches;
    while (*end >= 0)
        end = &plan->branches[*end].next;
    *end = plan->branch_count;
    plan->branches[plan->branch_count++] =
        (plan_branch){.node = other->node, .folded = other->folded, .next = other->branches};
}

/* The last step that reads the value, or adds to it. */
static int last_reader(const cnn_plan *plan, int value) {
    for (int i = plan->step_count - 1; i >= 0; i--) {
        if (plan->steps[i].step.adds && plan->steps[i].output == value)
            return i;
        for (int k = 0; k < plan->steps[i].step.inputs; k++)
            if (plan->steps[i].operands[k].value == value)
                return i;
    }
    return 0;
}

/* Have `step` do what the last step did, too, which is no more. */
static void merge_last(cnn_plan *plan, plan_step *step, bool last_is_main) {
    const plan_step first = *step, last = plan->steps[plan->step_count - 1];
    if (last_is_main) {
        step->step = last.step; /* but for where it reads, which is the same */
        step->step.input_shape = first.step.input_shape;
        step->step.input = first.step.input;
        step->step.input_gradient = first.step.input_gradient;
        step->node = last.node;
        step->folded = last.folded;
        step->branches = last.branches;
    }
    append(plan, step, last_is_main ? &first : &last);
    plan->step_count--;
    plan->operand_count -= last.step.inputs;
    plan->values[first.operands[0].value].last_use = last_reader(plan, first.operands[0].value);
}

bool cnn_plan_merges_branches(cnn_plan *plan, const plan_usage *usage, int node) {
    if (!cnn_plan_is_sum_of_two(plan, node))
        return false;
    const int *inputs = plan->net->nodes[node].input;
    const int values[2] = {cnn_plan_summand(plan, node, 0), cnn_plan_summand(plan, node, 1)};
    const int later = plan->values[values[1]].writer > plan->values[values[0]].writer ? 1 : 0;
    plan_step *first = &plan->steps[plan->values[values[1 - later]].writer],
              *last = &plan->steps[plan->values[values[later]].writer];
    if (last != &plan->steps[plan->step_count - 1] || first->operands[0].value != last->operands[0].value ||
        !is_branch(usage, first, inputs[1 - later]) || !is_branch(usage, last, inputs[later]))
        return false;
    const bool last_is_main = !takes_branch(&first->step, &last->step);
    if (last_is_main && !takes_branch(&last->step, &first->step))
        return false;
    merge_last(plan, first, last_is_main);
    cnn_plan_sum_stands_for(plan, node, values[later], first->output);
    first->result = node;
    return true;
}

/* ---- Weights ------------------------------------------------------------------------------------------ */

static const cnn_order *order_of(const cnn_plan *plan, int node) {
    return &plan->net->parameters[plan->net->nodes[node].first_parameter].spec.order;
}

/* The branch's weights, each output's times its scale, to the main convolution's from tap (row, column) on. */
static void add_taps(const cnn_order *main, const cnn_order *branch, const int64_t kernels[2][2],
                     const int64_t at[2], const float *from, const float *scale, float *to) {
    const int64_t block = main->inputs * main->outputs;
    for (int64_t g = 0; g < main->groups; g++, scale += main->outputs)
        for (int64_t t = 0; t < branch->area; t++) {
            const int64_t row = at[0] + t / kernels[1][1], column = at[1] + t % kernels[1][1];
            float *tap = to + (g * main->area + row * kernels[0][1] + column) * block;
            for (int64_t k = 0; k < block; k++)
                tap[k] += from[(g * branch->area + t) * block + k] * scale[k % main->outputs];
        }
}

/* A normalisation multiplies each channel with its scale, and nothing else. */
static void add_diagonal(const cnn_order *main, int64_t tap, const float *scale, float *to) {
    for (int64_t g = 0; g < main->groups; g++)
        for (int64_t o = 0; o < main->outputs; o++) {
            const int64_t input = main->inputs > 1 ? o : 0;
            to[((g * main->area + tap) * main->inputs + input) * main->outputs + o] +=
                scale[g * main->outputs + o];
        }
}

void cnn_plan_add_branch(const cnn_plan *plan, const plan_step *made, const plan_branch *branch,
                         const float *scale, float *weights) {
    const cnn_conv2d_options *main = &made->step.options.conv2d;
    const cnn_node *node = &plan->net->nodes[branch->node];
    const cnn_order *order = order_of(plan, made->node);
    if (node->op != &cnn_op_conv2d) {
        add_diagonal(order, main->padding[0] * main->kernel[1] + main->padding[1], scale, weights);
        return;
    }
    const cnn_conv2d_options *conv = &node->options.conv2d;
    const int64_t kernels[2][2] = {{main->kernel[0], main->kernel[1]}, {conv->kernel[0], conv->kernel[1]}},
                  at[2] = {main->padding[0] - conv->padding[0], main->padding[1] - conv->padding[1]};
    add_taps(order, order_of(plan, branch->node), kernels, at,
             plan->weights + plan->parameter_offset[node->first_parameter], scale, weights);
}
