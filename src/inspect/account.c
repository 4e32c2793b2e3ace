/* The account of one value. */
#include "inspect/account.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>

/* ---- Bounds ---------------------------------------------------------------------------------------- */

static const double unit = 0x1p-24;   /* of rounding in single precision */
static const double least = 0x1p-149; /* the least float: what a result below the normal ones loses */

double cnn_worst_of(double roundings) {
    return roundings * unit < 1 ? roundings * unit / (1 - roundings * unit) : INFINITY;
}

double cnn_bound_of(double roundings) {
    return fmin(cnn_worst_of(roundings), fmax(1e-5, sqrt(roundings) * unit));
}

/* ---- What a layer read ----------------------------------------------------------------------------- */

cnn_subject cnn_subject_of(const cnn_net *net, const cnn_node *node) {
    cnn_subject subject = {.net = net, .node = node, .changed = -1};
    for (int k = 0; k < node->parameters; k++)
        subject.parameter[k] = net->values + net->parameters[node->first_parameter + k].offset;
    return subject;
}

/* One image's output of a node as doubles; NULL and the error when out of memory. */
static double *copy_values(const cnn_inspector *inspector, int node, int64_t image, cnn_error *error) {
    const int64_t count = cnn_shape_elements(cnn_inspect_shape(inspector, node));
    double *values = cnn_allocate((size_t)count, sizeof *values, "an account", error);
    float *floats = cnn_allocate((size_t)count, sizeof *floats, "an account", error);
    if (values && floats) {
        cnn_plan_get_values(inspector->plan, node, image, 1, floats);
        for (int64_t i = 0; i < count; i++)
            values[i] = (double)floats[i];
    } else {
        cnn_free(values);
        values = NULL;
    }
    cnn_free(floats);
    return values;
}

cnn_status cnn_case_new(cnn_case *made, const cnn_inspector *inspector, int node, int64_t image,
                        cnn_error *error) {
    const cnn_node *layer = &inspector->net->nodes[node];
    *made = (cnn_case){.subject = cnn_subject_of(inspector->net, layer), .node = node, .image = image};
    made->input = cnn_allocate((size_t)layer->inputs, sizeof *made->input, "an account", error);
    bool fits = made->input != NULL;
    for (int k = 0; fits && k < layer->inputs; k++) {
        made->input[k] = copy_values(inspector, layer->input[k], image, error);
        fits = made->input[k] != NULL;
    }
    made->subject.input = (const double *const *)made->input;
    if (!fits)
        cnn_case_free(made);
    return fits ? CNN_OK : CNN_ERROR_MEMORY;
}

void cnn_case_free(cnn_case *made) {
    for (int k = 0; made->input && k < made->subject.node->inputs; k++)
        cnn_free(made->input[k]);
    cnn_free(made->input);
    cnn_free(made->output);
    made->input = NULL;
    made->output = NULL;
}

/* ---- What can be asked ------------------------------------------------------------------------------ */

cnn_status cnn_inspect_kind(const cnn_inspector *inspector, int node, const cnn_inspected_kind **kind,
                            cnn_error *error) {
    if (node < 0)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "the network's input is not computed by a layer, so there is no account of it");
    const cnn_node *layer = &inspector->net->nodes[node];
    *kind = cnn_inspected_kind_of(layer->op);
    if (*kind)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                    "layer %s: a layer of the kind %s gives no account of its values; its output and "
                    "gradients can be read",
                    layer->name, layer->op->word);
}

cnn_status cnn_inspect_check_index(const cnn_inspector *inspector, int node, int64_t index,
                                   cnn_error *error) {
    const cnn_shape *shape = cnn_inspect_shape(inspector, node);
    char text[CNN_SHAPE_TEXT];
    if (index >= 0 && index < cnn_shape_elements(shape))
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "value %" PRId64 " is outside layer %s, whose output is %s: it must be 0 to %" PRId64,
                    index, cnn_inspect_name(inspector, node), cnn_shape_text(shape, text),
                    cnn_shape_elements(shape) - 1);
}

static cnn_status check_image(const cnn_inspector *inspector, int64_t image, cnn_error *error) {
    if (image >= 0 && image < inspector->count)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "image %" PRId64 " is not among the %" PRId64 " of the last run", image,
                    inspector->count);
}

cnn_status cnn_inspect_check_place(const cnn_inspector *inspector, int node, int64_t image, int64_t index,
                                   cnn_error *error) {
    cnn_status status = check_image(inspector, image, error);
    return status == CNN_OK ? cnn_inspect_check_index(inspector, node, index, error) : status;
}

/* ---- The account ------------------------------------------------------------------------------------ */

static const char *parameter_name(const cnn_net *net, const cnn_node *node, int k) {
    return k < node->parameters ? net->parameters[node->first_parameter + k].name : NULL;
}

/* What follows once the kind has said what the value is made of. */
static void close_account(cnn_tally *tally) {
    cnn_account *account = &tally->account;
    const double lost = tally->roundings * least;
    account->difference = (double)account->engine - account->result;
    account->bound = account->magnitude * cnn_bound_of(tally->roundings) + lost;
    account->worst = account->magnitude * cnn_worst_of(tally->roundings) + lost;
}

/* Of a value that exists. */
static cnn_status make_account(const cnn_case *made, const cnn_net *net, int64_t index, cnn_account *account,
                               cnn_error *error) {
    const cnn_node *layer = made->subject.node;
    cnn_tally tally = {.records = true,
                       .account = {.layer = layer->name,
                                   .op = layer->op->word,
                                   .image = made->image,
                                   .index = index,
                                   .weight_name = parameter_name(net, layer, 0),
                                   .bias_name = parameter_name(net, layer, 1),
                                   .bias_index = -1,
                                   .winner = -1,
                                   .engine = (float)made->output[index]}};
    cnn_inspected_kind_of(layer->op)->account(&made->subject, cnn_spot_of(&layer->output, index), &tally);
    if (tally.failed) {
        cnn_free(tally.account.terms);
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for the terms of an account");
    }
    close_account(&tally);
    *account = tally.account;
    return CNN_OK;
}

cnn_status cnn_case_open(cnn_case *made, const cnn_inspector *inspector, const char *layer, int64_t image,
                         cnn_error *error) {
    const cnn_inspected_kind *kind = NULL;
    int node = -1;
    *made = (cnn_case){0};
    cnn_status status = cnn_inspect_find_run(inspector, layer, &node, error);
    if (status == CNN_OK)
        status = cnn_inspect_kind(inspector, node, &kind, error);
    if (status == CNN_OK)
        status = check_image(inspector, image, error);
    if (status == CNN_OK)
        status = cnn_case_new(made, inspector, node, image, error);
    if (status == CNN_OK && !(made->output = copy_values(inspector, node, image, error))) {
        cnn_case_free(made);
        status = CNN_ERROR_MEMORY;
    }
    return status;
}

cnn_status cnn_case_account(const cnn_case *made, const cnn_inspector *inspector, int64_t index,
                            cnn_account *account, cnn_error *error) {
    *account = (cnn_account){0};
    cnn_status status = cnn_inspect_check_index(inspector, made->node, index, error);
    return status == CNN_OK ? make_account(made, inspector->net, index, account, error) : status;
}

cnn_status cnn_inspector_account(const cnn_inspector *inspector, const char *layer, int64_t image,
                                 int64_t index, cnn_account *account, cnn_error *error) {
    cnn_case made;
    if (account)
        *account = (cnn_account){0};
    cnn_status status = cnn_required(error, inspector, layer, account);
    if (status == CNN_OK)
        status = cnn_case_open(&made, inspector, layer, image, error);
    if (status != CNN_OK)
        return status;
    status = cnn_case_account(&made, inspector, index, account, error);
    cnn_case_free(&made);
    return status;
}

void cnn_account_free(cnn_account *account) {
    if (!account)
        return;
    cnn_free(account->terms);
    *account = (cnn_account){0};
}
