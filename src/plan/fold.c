/* Folding a batch normalisation into the layer before it: with the running statistics it only scales and shifts each
 * output of that layer, which scaled weights and shifted biases do as well. And adding the weights of branches (branches.c). */
#include "plan/internal.h"

#include "ops/batch_norm.h"

/* Whether the step works with other weights and biases than its layer has. */
static bool has_own_weights(const plan_step *made) {
    return made->folded >= 0 || made->branches >= 0;
}

/* The first parameter of a node of the network. */
static const cnn_parameter *parameters_of(const cnn_plan *plan, int node) {
    return &plan->net->parameters[plan->net->nodes[node].first_parameter];
}

/* Output channels or units of the step, which the normalisation scales one by one. */
static int64_t outputs_of(const cnn_plan *plan, const plan_step *made) {
    return made->folded >= 0 ? parameters_of(plan, made->folded)->elements : made->step.output_shape.dim[0];
}

/* Floats of the scaled weights; those that pass are scaled where they are. */
static int64_t folded_weight_floats(const cnn_plan *plan, const plan_step *made) {
    return cnn_plan_weights_pass(plan, made) ? 0
                                             : cnn_aligned_floats(parameters_of(plan, made->node)->elements);
}

/* The weights and biases that the step works with, then what the weights are multiplied by and, for branches, their biases. */
int64_t cnn_plan_folded_floats(const cnn_plan *plan, const plan_step *made) {
    if (!has_own_weights(made))
        return 0;
    return folded_weight_floats(plan, made) +
           (made->branches >= 0 ? 3 : 2) * cnn_aligned_floats(outputs_of(plan, made));
}

/* Where the step's weights lie, in physical order. */
static float *weights_of(const cnn_plan *plan, const plan_step *made) {
    return plan->weights + plan->parameter_offset[plan->net->nodes[made->node].first_parameter];
}

/* Where the step's scaled weights lie. */
static float *folded_weights(const cnn_plan *plan, const plan_step *made) {
    return cnn_plan_weights_pass(plan, made) ? weights_of(plan, made) : plan->folded + made->folded_offset;
}

/* Where the step's shifted biases lie. */
static float *folded_biases(const cnn_plan *plan, const plan_step *made) {
    return plan->folded + made->folded_offset + folded_weight_floats(plan, made);
}

void cnn_plan_use_folded(const cnn_plan *plan, plan_step *made) {
    if (!has_own_weights(made))
        return;
    made->step.parameter[0] = folded_weights(plan, made);
    made->step.parameter[1] = folded_biases(plan, made);
}

/* The values of tensor `k` of a node, in physical order; NULL if it has none. */
static const float *values_of(const cnn_plan *plan, int node, int k) {
    const cnn_node *owner = &plan->net->nodes[node];
    return k < owner->parameters ? plan->weights + plan->parameter_offset[owner->first_parameter + k] : NULL;
}

/* What a normalisation (-1: none) makes of a layer's outputs and biases (NULL: none): scale times the outputs, and biases. */
static void normalised(const cnn_plan *plan, int norm_node, const float *bias, int64_t outputs, float *scale,
                       float *biases) {
    const float *norm[CNN_MAX_PARAMETERS];
    for (int64_t o = 0; norm_node < 0 && o < outputs; o++) {
        scale[o] = 1;
        biases[o] = bias ? bias[o] : 0;
    }
    if (norm_node < 0)
        return;
    for (int k = 0; k < CNN_MAX_PARAMETERS; k++)
        norm[k] = values_of(plan, norm_node, k);
    cnn_norm_scale(&plan->net->nodes[norm_node].options.batch_norm, norm, outputs, scale);
    for (int64_t o = 0; o < outputs; o++)
        biases[o] = ((bias ? bias[o] : 0) - norm[CNN_NORM_MEAN][o]) * scale[o] + norm[CNN_NORM_BIAS][o];
}

/* The branch's weights and biases to the step's. `room`: two floats for each output. */
static void add_branch(const cnn_plan *plan, const plan_step *made, const plan_branch *branch,
                       int64_t outputs, float *room, float *biases) {
    const bool is_norm = plan->net->nodes[branch->node].op == &cnn_op_batch_norm;
    float *scale = room, *more = room + cnn_aligned_floats(outputs);
    normalised(plan, is_norm ? branch->node : branch->folded,
               is_norm ? NULL : values_of(plan, branch->node, 1), outputs, scale, more);
    cnn_plan_add_branch(plan, made, branch, scale, folded_weights(plan, made));
    for (int64_t o = 0; o < outputs; o++)
        biases[o] += more[o];
}

void cnn_plan_fold(const cnn_plan *plan, const plan_step *made) {
    if (!has_own_weights(made))
        return;
    const int64_t outputs = outputs_of(plan, made);
    float *biases = folded_biases(plan, made), *scale = biases + cnn_aligned_floats(outputs);
    normalised(plan, made->folded, values_of(plan, made->node, 1), outputs, scale, biases);
    cnn_order_scale(&parameters_of(plan, made->node)->spec.order, weights_of(plan, made), scale,
                    folded_weights(plan, made));
    for (int i = made->branches; i >= 0; i = plan->branches[i].next)
        add_branch(plan, made, &plan->branches[i], outputs, scale, biases);
}
