/* Sums that a convolution forms: in inference the second part of a residual connection is added where the first one lies. */
#include "plan/internal.h"

#include "ops/conv2d_batch.h"

/* Whether forward of the step can add to what its output holds, and nothing comes between its products and the sum. */
static bool takes_sum(const cnn_plan *plan, const cnn_step *step) {
    const cnn_conv2d_options *conv = &step->options.conv2d;
    if (step->op != &cnn_op_conv2d || step->adds || step->relu || step->limit > 0)
        return false;
    const bool depthwise = conv->groups > 1 && conv->groups == step->input_shape[0].dim[0];
    const bool batchwise =
        plan->options.batch > 1 && cnn_conv2d_batch_pays(conv, &step->input_shape[0], &step->output_shape);
    return !depthwise && !batchwise;
}

/* Whether neither a later node nor the caller reads the value as it was before node `sum`. */
static bool is_last_reader(const cnn_plan *plan, const plan_usage *usage, int value, int sum) {
    const cnn_node *nodes = plan->net->nodes;
    for (int k = 0; k < plan->options.output_count; k++)
        if (plan->stands_for[plan->options.outputs[k] + 1] == value)
            return false;
    for (int node = sum + 1; node <= usage->last; node++)
        for (int k = 0; usage->uses[node] && k < nodes[node].inputs; k++)
            if (plan->stands_for[nodes[node].input[k] + 1] == value)
                return false;
    return true;
}

/* Whether the step that gives input `side` of the sum can add to the other input, which is there by then and which no other step
 * reads from then on. */
static bool can_add(const cnn_plan *plan, const plan_usage *usage, int sum, int side) {
    const cnn_node *node = &plan->net->nodes[sum];
    const int part = node->input[side], other = node->input[1 - side];
    if (part < 0 || other < 0 || usage->uses[part] != 1)
        return false;
    const int value = plan->stands_for[part + 1], kept = plan->stands_for[other + 1];
    if (value == 0 || kept == 0 || value == kept)
        return false;
    const int step = plan->values[value].writer;
    return plan->steps[step].result == part && takes_sum(plan, &plan->steps[step].step) &&
           plan->values[kept].writer < step && plan->values[kept].last_use < step &&
           is_last_reader(plan, usage, kept, sum);
}

/* What the step wrote to is not needed any more, and what stood for it stands for the sum. */
static void fuse(cnn_plan *plan, int sum, int side) {
    const cnn_node *node = &plan->net->nodes[sum];
    const int value = plan->stands_for[node->input[side] + 1],
              kept = plan->stands_for[node->input[1 - side] + 1];
    const int step = plan->values[value].writer;
    plan_step *made = &plan->steps[step];
    for (int i = made->node; i <= sum; i++)
        if (plan->stands_for[i + 1] == value)
            plan->stands_for[i + 1] = kept;
    plan->stands_for[sum + 1] = kept;
    plan->values[value].elements = 0;
    plan->values[kept].writer = step;
    cnn_plan_note_read(plan, kept, step);
    made->step.adds = true;
    made->output = kept;
    made->result = sum;
}

bool cnn_plan_fuses_sum(cnn_plan *plan, const plan_usage *usage, int node) {
    const cnn_node *sum = &plan->net->nodes[node];
    if (sum->op != &cnn_op_add || sum->inputs != 2 || plan->options.training || plan->options.keep ||
        plan->bf16)
        return false; /* sums in bfloat16 begin with the bias alone */
    for (int side = 0; side < 2; side++)
        if (can_add(plan, usage, node, side)) {
            fuse(plan, node, side);
            return true;
        }
    return false;
}
