/* The network in double precision, output by output from the accounts: slow, and without the kernels. It checks gradients
 * by central differences. */
#include "inspect/account.h"
#include "inspect/loss.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* One image's values, of which some are computed anew with one parameter changed. */
typedef struct reference {
    const cnn_inspector *inspector;
    int64_t image;
    int64_t parameter, index; /* what is changed */
    double value;             /* into what */
    double **values;          /* [1 + node], C,H,W; NULL: not needed yet */
    bool *affected;           /* [1 + node]: whether the changed parameter reaches it */
} reference;

static void reference_free(reference *r) {
    for (int64_t i = 0; r->values && i <= r->inspector->net->node_count; i++)
        cnn_free(r->values[i]);
    cnn_free(r->values);
    cnn_free(r->affected);
}

static cnn_status reference_new(reference *r, cnn_error *error) {
    const size_t nodes = (size_t)r->inspector->net->node_count + 1;
    r->values = cnn_allocate(nodes, sizeof *r->values, "a reference", error);
    r->affected = cnn_allocate(nodes, sizeof *r->affected, "a reference", error);
    return r->values && r->affected ? CNN_OK : CNN_ERROR_MEMORY;
}

/* Room for a node's values; those that do not change are the engine's. */
static cnn_status need_values(reference *r, int node, cnn_error *error) {
    const size_t count = (size_t)cnn_shape_elements(cnn_inspect_shape(r->inspector, node));
    if (r->values[node + 1])
        return CNN_OK;
    double *values = r->values[node + 1] = cnn_allocate(count, sizeof *values, "a reference", error);
    float *floats = cnn_allocate(count, sizeof *floats, "a reference", error);
    if (values && floats)
        cnn_plan_get_values(r->inspector->plan, node, r->image, 1, floats);
    for (size_t i = 0; values && floats && i < count; i++)
        values[i] = (double)floats[i];
    cnn_free(floats);
    return values && floats ? CNN_OK : CNN_ERROR_MEMORY;
}

/* Whether the changed parameter is one of the node's. */
static bool has_parameter(const reference *r, const cnn_node *node) {
    return r->parameter >= node->first_parameter && r->parameter < node->first_parameter + node->parameters;
}

static void compute(const reference *r, int node, const double *const *input) {
    const cnn_net *net = r->inspector->net;
    const cnn_node *layer = &net->nodes[node];
    const cnn_inspected_kind *kind = cnn_inspected_kind_of(layer->op);
    cnn_subject subject = cnn_subject_of(net, layer);
    subject.input = input;
    if (has_parameter(r, layer)) {
        subject.changed = (int)(r->parameter - layer->first_parameter);
        subject.changed_index = r->index;
        subject.changed_value = r->value;
    }
    for (int64_t i = 0; i < cnn_shape_elements(&layer->output); i++) {
        cnn_tally tally = {.account = {.bias_index = -1, .winner = -1}};
        kind->account(&subject, cnn_spot_of(&layer->output, i), &tally);
        r->values[node + 1][i] = tally.account.result;
    }
}

/* One node, if the change reaches it. */
static cnn_status run_node(reference *r, int node, cnn_error *error) {
    const cnn_node *layer = &r->inspector->net->nodes[node];
    const cnn_inspected_kind *kind = NULL;
    bool affected = has_parameter(r, layer);
    for (int k = 0; k < layer->inputs; k++)
        affected = affected || r->affected[layer->input[k] + 1];
    r->affected[node + 1] = affected;
    if (!affected)
        return CNN_OK;
    cnn_status status = cnn_inspect_kind(r->inspector, node, &kind, error);
    if (status == CNN_OK)
        status = need_values(r, node, error);
    const double **input = cnn_allocate((size_t)layer->inputs, sizeof *input, "a reference", error);
    if (!input)
        return CNN_ERROR_MEMORY;
    for (int k = 0; status == CNN_OK && k < layer->inputs; k++) {
        status = need_values(r, layer->input[k], error);
        input[k] = r->values[layer->input[k] + 1];
    }
    if (status == CNN_OK)
        compute(r, node, input);
    cnn_free(input);
    return status;
}

/* The loss of the reference's image. */
static cnn_status image_loss(reference *r, int scores, double *loss, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int node = 0; status == CNN_OK && node <= scores; node++)
        status = run_node(r, node, error);
    if (status == CNN_OK)
        status = need_values(r, scores, error);
    if (status == CNN_OK)
        *loss = cnn_inspect_loss_of(r->values[scores + 1],
                                    cnn_shape_elements(cnn_inspect_shape(r->inspector, scores)),
                                    r->inspector->classes[r->image]);
    return status;
}

/* (loss(value + step) - loss(value - step)) / (2 step), of one image. */
static cnn_status image_difference(reference *r, int scores, double value, double step, double *difference,
                                   cnn_error *error) {
    double loss[2] = {0};
    cnn_status status = reference_new(r, error);
    for (int side = 0; status == CNN_OK && side < 2; side++) {
        r->value = side ? value + step : value - step;
        status = image_loss(r, scores, &loss[side], error);
    }
    *difference = (loss[1] - loss[0]) / (2 * step);
    reference_free(r);
    return status;
}

static cnn_status check_question(const cnn_inspector *inspector, const char *name, int64_t index,
                                 int64_t *parameter, cnn_error *error) {
    cnn_status status = cnn_inspect_find_parameter(inspector, name, parameter, error);
    if (status == CNN_OK && !inspector->has_loss)
        status = cnn_fail(error, CNN_ERROR_ARGUMENT,
                          "there is no loss of the last run yet: call cnn_inspector_loss first");
    if (status == CNN_OK && (index < 0 || index >= inspector->net->parameters[*parameter].elements))
        status = cnn_fail(error, CNN_ERROR_ARGUMENT,
                          "element %" PRId64 " is outside parameter %s, which has %" PRId64, index, name,
                          inspector->net->parameters[*parameter].elements);
    return status;
}

cnn_status cnn_inspector_check_gradient(const cnn_inspector *inspector, const char *parameter, int64_t index,
                                        double *gradient, cnn_error *error) {
    int64_t found = -1;
    int scores = -1;
    cnn_status status = cnn_required(error, inspector, parameter, gradient);
    if (status == CNN_OK)
        status = check_question(inspector, parameter, index, &found, error);
    if (status == CNN_OK)
        status = cnn_inspect_scores_node(inspector->net, &scores, error);
    if (status != CNN_OK)
        return status;
    const double value = (double)inspector->net->values[inspector->net->parameters[found].offset + index];
    const double step = 1e-6 * fmax(fabs(value), 0.01);
    *gradient = 0;
    for (int64_t image = 0; status == CNN_OK && image < inspector->count; image++) {
        reference r = {.inspector = inspector, .image = image, .parameter = found, .index = index};
        double difference = 0;
        status = image_difference(&r, scores, value, step, &difference, error);
        *gradient += difference;
    }
    return status;
}
