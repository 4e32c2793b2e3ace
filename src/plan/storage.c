/* How values are stored between steps: in inference in bfloat16 as pairs of numbers, in half the memory, wherever all steps that write
 * and read a value can do that. Its steps alone decide, so that neither the batch nor the threads change a bit. */
#include "plan/internal.h"

static bool reads_pairs(const cnn_step *step) {
    return step->op->reads_pairs && step->op->reads_pairs(step);
}

static bool writes_pairs(const cnn_step *step) {
    return step->op->writes_pairs && step->op->writes_pairs(step);
}

/* What the caller reads is float, and so is what nobody reads. */
static void start_with_inner_values(cnn_plan *plan) {
    for (int i = 1; i <= plan->net->node_count; i++) {
        plan_value *value = &plan->values[i];
        value->data.pairs = i != plan->output && !value->stays && value->first_use <= value->last_use;
    }
}

/* From the last step to the first, so that one that only passes values on knows how its own output is stored. */
static void leave_others_out(cnn_plan *plan) {
    for (int i = plan->step_count - 1; i >= 0; i--) {
        plan_step *made = &plan->steps[i];
        if (!writes_pairs(&made->step))
            plan->values[made->output].data.pairs = false;
        made->step.output.pairs = plan->values[made->output].data.pairs;
        for (int k = 0; k < made->step.inputs; k++)
            if (!reads_pairs(&made->step))
                plan->values[made->operands[k].value].data.pairs = false;
    }
}

/* The steps know, too, before they say what memory they need. */
static void tell_steps(cnn_plan *plan) {
    for (int i = 0; i < plan->step_count; i++) {
        plan_step *made = &plan->steps[i];
        made->step.output.pairs = plan->values[made->output].data.pairs;
        for (int k = 0; k < made->step.inputs; k++)
            plan->inputs[made->operands + k - plan->operands].pairs =
                plan->values[made->operands[k].value].data.pairs;
    }
}

void cnn_plan_choose_storage(cnn_plan *plan) {
    if (!plan->bf16 || plan->options.training)
        return;
    start_with_inner_values(plan);
    leave_others_out(plan);
    tell_steps(plan);
}
