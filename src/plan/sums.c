/* Sums that a convolution forms: in inference the second part of a residual connection is added where the first one lies. */
#include "plan/internal.h"

#include "ops/conv2d_batch.h"

/* ---- Sums of two ---------------------------------------------------------------------------------------- */

int cnn_plan_summand(const cnn_plan *plan, int sum, int side) {
    return plan->stands_for[plan->net->nodes[sum].input[side] + 1];
}

bool cnn_plan_is_sum_of_two(const cnn_plan *plan, int node) {
    const cnn_node *sum = &plan->net->nodes[node];
    if (sum->op != &cnn_op_add || sum->inputs != 2 || plan->options.training || plan->options.keep)
        return false;
    const int first = cnn_plan_summand(plan, node, 0), second = cnn_plan_summand(plan, node, 1);
    return first > 0 && second > 0 && first != second; /* 0 is the network's input */
}

void cnn_plan_sum_stands_for(cnn_plan *plan, int sum, int value, int kept) {
    for (int i = 0; i < sum; i++)
        if (plan->stands_for[i + 1] == value)
            plan->stands_for[i + 1] = kept;
    plan->stands_for[sum + 1] = kept;
    plan->values[value].elements = 0;
}

/* ---- Sums that are formed by the step of one part ------------------------------------------------------- */

/* Whether forward of the step can add to what its output holds, and nothing comes between its products and the sum. In bfloat16
 * sums are rounded where they are formed, which must not depend on the batch. */
static bool takes_sum(const cnn_plan *plan, const cnn_step *step) {
    const cnn_conv2d_options *conv = &step->options.conv2d;
    if (step->op != &cnn_op_conv2d || !cnn_plan_is_open(step))
        return false;
    const bool depthwise = conv->groups > 1 && conv->groups == step->input_shape[0].dim[0];
    const bool batchwise = (plan->bf16 || plan->options.batch > 1) &&
                           cnn_conv2d_batch_pays(conv, &step->input_shape[0], &step->output_shape);
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
    const int part = plan->net->nodes[sum].input[side], kept = cnn_plan_summand(plan, sum, 1 - side);
    const int step = plan->values[cnn_plan_summand(plan, sum, side)].writer;
    return usage->uses[part] == 1 && plan->steps[step].result == part &&
           takes_sum(plan, &plan->steps[step].step) && plan->values[kept].writer < step &&
           plan->values[kept].last_use < step && is_last_reader(plan, usage, kept, sum);
}

static void fuse(cnn_plan *plan, int sum, int side) {
    const int value = cnn_plan_summand(plan, sum, side), kept = cnn_plan_summand(plan, sum, 1 - side);
    const int step = plan->values[value].writer;
    plan_step *made = &plan->steps[step];
    cnn_plan_sum_stands_for(plan, sum, value, kept);
    plan->values[kept].writer = step;
    cnn_plan_note_read(plan, kept, step);
    made->step.adds = true;
    made->output = kept;
    made->result = sum;
}

bool cnn_plan_fuses_sum(cnn_plan *plan, const plan_usage *usage, int node) {
    if (!cnn_plan_is_sum_of_two(plan, node))
        return false;
    for (int side = 0; side < 2; side++)
        if (can_add(plan, usage, node, side)) {
            fuse(plan, node, side);
            return true;
        }
    return false;
}
