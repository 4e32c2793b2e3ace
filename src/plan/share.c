/* Parameters that several layers share: one in the network, a copy for each layer in a plan. */
#include "plan/internal.h"

/* A parameter tensor and one of its copies, element by element in logical order. */
typedef struct pair {
    const cnn_order *order, *copy_order;
    float *values, *copy;
    int64_t elements;
} pair;

static pair pair_of(const cnn_plan *plan, float *values, int64_t copy) {
    const cnn_parameter *second = &plan->net->parameters[copy], *first = &plan->net->parameters[second->twin];
    return (pair){.order = &first->spec.order,
                  .copy_order = &second->spec.order,
                  .values = values + plan->parameter_offset[second->twin],
                  .copy = values + plan->parameter_offset[copy],
                  .elements = first->elements};
}

void cnn_plan_add_shared_gradients(const cnn_plan *plan) {
    for (int64_t i = 0; i < plan->net->parameter_count; i++) {
        if (plan->net->parameters[i].twin < 0)
            continue;
        const pair p = pair_of(plan, plan->gradients, i);
        for (int64_t k = 0; k < p.elements; k++)
            p.values[cnn_order_place(p.order, k)] += p.copy[cnn_order_place(p.copy_order, k)];
    }
}

/* From the first layer's copy to another one, whose order in memory may differ. */
static void copy_weights(const pair *p) {
    for (int64_t k = 0; k < p->elements; k++)
        p->copy[cnn_order_place(p->copy_order, k)] = p->values[cnn_order_place(p->order, k)];
}

/* Each layer has moved its own statistics. Sums of floats are exact in double up to 2^29 of them. */
static void average(const cnn_plan *plan, int64_t first) {
    const cnn_parameter *parameters = plan->net->parameters;
    for (int64_t k = 0; k < parameters[first].elements; k++) {
        double sum = 0;
        int64_t count = 0;
        for (int64_t i = first; i < plan->net->parameter_count; i++)
            if (i == first || parameters[i].twin == first) {
                sum +=
                    plan->weights[plan->parameter_offset[i] + cnn_order_place(&parameters[i].spec.order, k)];
                count++;
            }
        plan->weights[plan->parameter_offset[first] + cnn_order_place(&parameters[first].spec.order, k)] =
            (float)(sum / (double)count);
    }
}

/* Whether a copy is the first of its parameter. */
static bool is_first_copy(const cnn_net *net, int64_t copy) {
    for (int64_t i = 0; i < copy; i++)
        if (net->parameters[i].twin == net->parameters[copy].twin)
            return false;
    return true;
}

void cnn_plan_share_weights(const cnn_plan *plan) {
    const cnn_net *net = plan->net;
    for (int64_t i = 0; i < net->parameter_count; i++) {
        const int64_t twin = net->parameters[i].twin;
        if (twin < 0)
            continue;
        if (plan->options.training && net->parameters[twin].spec.statistic && is_first_copy(net, i))
            average(plan, twin);
        const pair p = pair_of(plan, plan->weights, i);
        copy_weights(&p);
    }
}
