/* Reading what a plan keeps of every layer, and backward from any of them. */
#include "plan/internal.h"

#include <string.h>

/* How the values of a node lie in memory; -1: those of the network's input. */
static cnn_layout layout_of(const cnn_plan *plan, int node) {
    return node < 0 ? cnn_layout_of(&plan->net->input) : plan->net->nodes[node].layout;
}

static const plan_value *value_of(const cnn_plan *plan, int node) {
    return &plan->values[plan->stands_for[node + 1]];
}

/* Images of a buffer, which may have gaps between them, to rows in logical order. */
static void copy_rows(const cnn_plan *plan, int node, const cnn_buffer *buffer, int64_t first, int64_t count,
                      float *rows) {
    const cnn_layout layout = layout_of(plan, node);
    const int64_t elements = value_of(plan, node)->elements;
    for (int64_t image = 0; image < count; image++)
        cnn_plan_turn(plan, &layout, 1, cnn_buffer_at(buffer, first + image, 0), rows + image * elements,
                      true);
}

void cnn_plan_get_values(const cnn_plan *plan, int node, int64_t first, int64_t count, float *values) {
    copy_rows(plan, node, &value_of(plan, node)->data, first, count, values);
}

void cnn_plan_get_values_last(const cnn_plan *plan, int node, int64_t first, int64_t count, float *values) {
    const plan_value *value = value_of(plan, node);
    for (int64_t image = 0; image < count; image++)
        memcpy(values + image * value->elements, cnn_buffer_at(&value->data, first + image, 0),
               (size_t)value->elements * sizeof *values);
}

void cnn_plan_get_gradients(const cnn_plan *plan, int node, int64_t first, int64_t count, float *gradients) {
    copy_rows(plan, node, &value_of(plan, node)->gradient, first, count, gradients);
}

/* Consumers add to gradients that others wrote before them, and those behind the start do not write. */
static void clear_gradients(const cnn_plan *plan, int64_t count) {
    memset(plan->gradients, 0, (size_t)plan->parameter_floats * sizeof *plan->gradients);
    for (int64_t i = 0; i <= plan->net->node_count; i++) {
        const plan_value *value = &plan->values[i];
        for (int64_t image = 0; plan->stands_for[i] == i && image < count; image++)
            memset(cnn_buffer_at(&value->gradient, image, 0), 0,
                   (size_t)value->elements * sizeof *value->gradient.data);
    }
}

void cnn_plan_backward_from(cnn_plan *plan, int node, const float *gradients, int64_t count) {
    const cnn_layout layout = layout_of(plan, node);
    const plan_value *value = value_of(plan, node);
    clear_gradients(plan, count);
    for (int64_t image = 0; image < count; image++)
        cnn_plan_turn(plan, &layout, 1, gradients + image * value->elements,
                      cnn_buffer_at(&value->gradient, image, 0), false);
    cnn_plan_backward_steps(plan, value->producer + 1, count, 0);
}
