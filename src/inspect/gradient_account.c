/* The account of one gradient: the outputs that a parameter takes part in. */
#include "inspect/account.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>

/* A gradient account while it is put together. */
typedef struct collection {
    cnn_gradient_account account;
    int64_t capacity;
    int k;         /* which of the layer's parameters */
    int64_t image; /* of the outputs that are gone over */
    bool failed;
} collection;

static void collect(collection *to, const cnn_gradient_term *term, double magnitude) {
    cnn_gradient_account *account = &to->account;
    if (to->failed || cnn_grow((void **)&account->terms, account->count, &to->capacity,
                               sizeof *account->terms, "an account", NULL) != CNN_OK) {
        to->failed = true;
        return;
    }
    account->terms[account->count++] = *term;
    account->result += term->product;
    account->magnitude += fabs(term->upstream) * magnitude;
}

/* The terms of one output's account in which the parameter stands: what it is multiplied by there is the slope. */
static void collect_output(collection *to, const cnn_tally *tally, double upstream) {
    const cnn_account *value = &tally->account;
    if (to->k == 1 && value->bias_index == to->account.index)
        collect(to, &(cnn_gradient_term){to->image, value->index, -1, upstream, 1, upstream}, 1);
    for (int64_t i = 0; to->k == 0 && i < value->count; i++) {
        const cnn_term *term = &value->terms[i];
        if (term->weight == to->account.index && term->index >= 0)
            collect(to,
                    &(cnn_gradient_term){to->image, value->index, term->index, upstream, term->value,
                                         upstream * term->value},
                    tally->value_magnitude > 0 ? tally->value_magnitude : fabs(term->value));
    }
}

/* All outputs of a range of channels, of one image. `upstream`: the gradients by the layer's output. */
static cnn_status collect_image(collection *to, const cnn_inspected_kind *kind, const cnn_subject *subject,
                                cnn_range channels, const float *upstream, cnn_error *error) {
    const cnn_shape *shape = &subject->node->output;
    const int64_t area = cnn_shape_elements(shape) / shape->dim[0];
    cnn_tally tally = {.records = true};
    for (int64_t index = channels.first * area; index < channels.end * area; index++) {
        tally.account =
            (cnn_account){.terms = tally.account.terms, .index = index, .bias_index = -1, .winner = -1};
        tally.sum = 0;
        kind->account(subject, cnn_spot_of(shape, index), &tally);
        collect_output(to, &tally, (double)upstream[index]);
    }
    to->failed = to->failed || tally.failed;
    cnn_free(tally.account.terms);
    return to->failed ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for the terms of an account")
                      : CNN_OK;
}

/* All images of the last run. */
static cnn_status collect_images(collection *to, const cnn_inspector *inspector, int node,
                                 const cnn_inspected_kind *kind, float *upstream, cnn_error *error) {
    const cnn_node *layer = &inspector->net->nodes[node];
    const int64_t channel = kind->channel(inspector->net, layer, to->k, to->account.index);
    const cnn_range all = {0, layer->output.dim[0]}, one = {channel, channel + 1};
    cnn_status status = CNN_OK;
    for (to->image = 0; status == CNN_OK && to->image < inspector->count; to->image++) {
        cnn_case made;
        status = cnn_case_new(&made, inspector, node, to->image, error);
        if (status != CNN_OK)
            break;
        cnn_plan_get_gradients(inspector->plan, node, to->image, 1, upstream);
        status = collect_image(to, kind, &made.subject, channel < 0 ? all : one, upstream, error);
        cnn_case_free(&made);
    }
    return status;
}

/* ---- What can be asked ------------------------------------------------------------------------------ */

/* A parameter that one layer has, in a layer that gives an account, and an element of it. */
static cnn_status check_parameter(const cnn_inspector *inspector, const cnn_parameter *parameter,
                                  int64_t index, cnn_error *error) {
    const cnn_net *net = inspector->net;
    char shape[CNN_SHAPE_TEXT];
    if (index < 0 || index >= parameter->elements)
        return cnn_fail(
            error, CNN_ERROR_ARGUMENT,
            "element %" PRId64 " is outside parameter %s, whose shape is %s: it must be 0 to %" PRId64, index,
            parameter->name, cnn_shape_text(&parameter->spec.shape, shape), parameter->elements - 1);
    if (parameter->spec.statistic)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "%s is a running statistic: training keeps it, and it has no gradient",
                        parameter->name);
    for (int64_t i = 0; i < net->node_count; i++)
        if (net->nodes[i].shares == parameter->node)
            return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                            "layers %s and %s share parameter %s: there is no account of its gradient, but "
                            "the gradient can be read",
                            net->nodes[parameter->node].name, net->nodes[i].name, parameter->name);
    return CNN_OK;
}

static cnn_status fill_account(collection *to, const cnn_inspector *inspector, const cnn_parameter *parameter,
                               const cnn_inspected_kind *kind, cnn_error *error) {
    const cnn_shape *shape = cnn_inspect_shape(inspector, parameter->node);
    const size_t outputs = (size_t)cnn_shape_elements(shape), elements = (size_t)parameter->elements;
    float *floats =
        cnn_allocate(outputs > elements ? outputs : elements, sizeof *floats, "an account", error);
    if (!floats)
        return CNN_ERROR_MEMORY;
    cnn_status status = collect_images(to, inspector, parameter->node, kind, floats, error);
    if (status == CNN_OK)
        status =
            cnn_inspector_parameter_gradient(inspector, parameter->name, floats, parameter->elements, error);
    if (status == CNN_OK)
        to->account.engine = floats[to->account.index];
    cnn_free(floats);
    return status;
}

static void close_account(cnn_gradient_account *account) {
    const double roundings = (double)account->count + 4;
    account->difference = (double)account->engine - account->result;
    account->bound = account->magnitude * cnn_bound_of(roundings) + roundings * 0x1p-149;
    account->worst = account->magnitude * cnn_worst_of(roundings) + roundings * 0x1p-149;
}

static cnn_status make_account(const cnn_inspector *inspector, const cnn_parameter *parameter, int64_t index,
                               cnn_gradient_account *account, cnn_error *error) {
    const cnn_inspected_kind *kind = NULL;
    const cnn_node *layer = &inspector->net->nodes[parameter->node];
    cnn_status status = cnn_inspect_kind(inspector, parameter->node, &kind, error);
    if (status != CNN_OK)
        return status;
    collection to = {
        .account = {.parameter = parameter->name,
                    .layer = layer->name,
                    .index = index,
                    .weight = (double)inspector->net->values[parameter->offset + index]},
        .k = (int)(parameter - inspector->net->parameters) - layer->first_parameter,
    };
    status = fill_account(&to, inspector, parameter, kind, error);
    if (status != CNN_OK) {
        cnn_free(to.account.terms);
        return status;
    }
    close_account(&to.account);
    *account = to.account;
    return CNN_OK;
}

cnn_status cnn_inspector_gradient_account(const cnn_inspector *inspector, const char *parameter,
                                          int64_t index, cnn_gradient_account *account, cnn_error *error) {
    int64_t found = -1;
    if (account)
        *account = (cnn_gradient_account){0};
    cnn_status status = cnn_required(error, inspector, parameter, account);
    if (status == CNN_OK)
        status = cnn_inspect_find_parameter(inspector, parameter, &found, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_backward(inspector, error);
    if (status == CNN_OK)
        status = check_parameter(inspector, &inspector->net->parameters[found], index, error);
    return status == CNN_OK
               ? make_account(inspector, &inspector->net->parameters[found], index, account, error)
               : status;
}

void cnn_gradient_account_free(cnn_gradient_account *account) {
    if (!account)
        return;
    cnn_free(account->terms);
    *account = (cnn_gradient_account){0};
}
