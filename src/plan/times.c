/* What each step of a plan is, and how long it takes. */
#include "plan/internal.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* One for each worker and step. */
static size_t time_count(const cnn_plan *plan) {
    return (size_t)plan->step_count * (size_t)plan->threads;
}

cnn_status cnn_plan_time(cnn_plan *plan, cnn_error *error) {
    const size_t count = time_count(plan);
    if (plan->times)
        memset(plan->times, 0, count * sizeof *plan->times);
    else
        plan->times = cnn_allocate(count, sizeof *plan->times, "the layers' times", error);
    return plan->times ? CNN_OK : CNN_ERROR_MEMORY;
}

int cnn_plan_steps(const cnn_plan *plan) {
    return plan->step_count;
}

int cnn_plan_step_node(const cnn_plan *plan, int step) {
    return plan->steps[step].result;
}

cnn_step_times cnn_plan_step_times(const cnn_plan *plan, int step) {
    cnn_step_times sum = {0};
    for (int worker = 0; plan->times && worker < plan->threads; worker++) {
        const cnn_step_times *times = &plan->times[worker * plan->step_count + step];
        sum.forward += times->forward;
        sum.backward += times->backward;
    }
    return sum;
}

/* Whether the node has no step of its own because `step` does its arithmetic: a fused ReLU or pooling. */
static bool is_part_of(const cnn_plan *plan, const plan_step *step, int node) {
    const cnn_op *op = plan->net->nodes[node].op;
    const bool moves_nothing = op->kind == CNN_VIEW || (op->idle_in_inference && !plan->options.training);
    return node > step->node && node <= step->result && plan->stands_for[node + 1] == step->output &&
           !moves_nothing;
}

/* "conv_1, relu_1": all layers whose arithmetic the step does. */
static void name_layers(const cnn_plan *plan, const plan_step *step, char *names, size_t room) {
    int length = snprintf(names, room, "%s", plan->net->nodes[step->node].name);
    for (int node = step->node + 1; node < plan->net->node_count; node++)
        if (is_part_of(plan, step, node) && length >= 0 && (size_t)length < room)
            length += snprintf(names + length, room - (size_t)length, " + %s", plan->net->nodes[node].name);
}

/* The op's algorithm, or its word where that says it. */
static const char *algorithm_of(const cnn_step *step) {
    if (step->op->algorithm_of)
        return step->op->algorithm_of(step);
    return step->op->algorithm ? step->op->algorithm : step->op->word;
}

/* ---- Bytes -------------------------------------------------------------------------------------------- */

/* Floats of what the step reads; `wanted`: only of values whose gradient is needed. */
static int64_t input_floats(const cnn_plan *plan, const plan_step *step, bool wanted) {
    int64_t floats = 0;
    for (int k = 0; k < step->step.inputs; k++) {
        const plan_value *input = &plan->values[step->operands[k].value];
        floats += !wanted || input->wants_gradient ? cnn_plan_value_floats(input) : 0;
    }
    return floats;
}

/* An image's share of the step's parameters; weights in bfloat16 count half. */
static double parameter_floats(const cnn_plan *plan, const plan_step *step) {
    const cnn_node *node = &plan->net->nodes[step->node];
    double floats = 0;
    for (int i = 0; i < node->parameters; i++)
        floats += (double)cnn_shape_elements(&plan->net->parameters[node->first_parameter + i].spec.shape) /
                  (step->step.bf16 && i == 0 ? 2 : 1);
    return floats / (double)plan->options.batch;
}

/* Inputs, weights, output, and what that holds before. */
static double forward_bytes(const cnn_plan *plan, const plan_step *step) {
    const int64_t output = cnn_plan_value_floats(&plan->values[step->output]);
    const int64_t values = input_floats(plan, step, false) + output * (step->step.adds ? 2 : 1);
    return sizeof(float) * ((double)values + parameter_floats(plan, step));
}

/* The output's gradient and, for a ReLU, the output; inputs; weights and their gradient; the inputs' gradients. */
static double backward_bytes(const cnn_plan *plan, const plan_step *step) {
    const int64_t values = plan->values[step->output].elements * (step->step.relu ? 2 : 1) +
                           input_floats(plan, step, false) + input_floats(plan, step, true);
    return sizeof(float) * ((double)values + 2 * parameter_floats(plan, step));
}

/* Multiplications and additions of the plain sums: one forward, and one for each gradient of a layer with weights. */
void cnn_plan_describe_step(const cnn_plan *plan, int index, cnn_layer_time *layer) {
    const plan_step *step = &plan->steps[index];
    const cnn_node *node = &plan->net->nodes[step->node];
    const double flops =
        node->op->macs ? 2 * (double)node->op->macs(&node->options, &step->step.input_shape[0], &node->output)
                       : 0;
    const bool backward = plan->values[step->output].wants_gradient;
    *layer = (cnn_layer_time){
        .algorithm = algorithm_of(&step->step),
        .stored = plan->values[step->output].data.pairs ? CNN_PRECISION_BF16 : CNN_PRECISION_FLOAT32,
        .forward_flops = flops,
        .backward_flops =
            backward ? flops * (plan->values[step->operands[0].value].wants_gradient ? 2 : 1) : 0,
        .forward_bytes = forward_bytes(plan, step),
        .backward_bytes = backward ? backward_bytes(plan, step) : 0,
    };
    name_layers(plan, step, layer->layers, sizeof layer->layers);
}
