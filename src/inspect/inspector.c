#include "inspect/inspector.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

static const char input_name[] = "input"; /* no layer can have this name: it is a word of text models */

/* ---- Making ---------------------------------------------------------------------------------------- */

static cnn_status make_plan(cnn_inspector *inspector, const cnn_net *net,
                            const cnn_inspector_options *options, cnn_error *error) {
    inspector->gradients = !net->untrainable && !options->no_gradients;
    const cnn_plan_options plan = {
        .batch = options->batch ? options->batch : 1,
        .threads = options->threads,
        .training = inspector->gradients,
        .keep = true,
    };
    return cnn_plan_new(&inspector->plan, net, &plan, error);
}

static cnn_status fill_inspector(cnn_inspector *inspector, const cnn_net *net,
                                 const cnn_inspector_options *options, cnn_error *error) {
    cnn_status status = make_plan(inspector, net, options, error);
    if (status != CNN_OK)
        return status;
    const size_t batch = (size_t)cnn_plan_batch(inspector->plan);
    inspector->net = cnn_net_copy(net, error);
    inspector->classes = cnn_allocate(batch, sizeof *inspector->classes, "an inspector", error);
    return inspector->net && inspector->classes ? CNN_OK : CNN_ERROR_MEMORY;
}

cnn_status cnn_inspector_new(cnn_inspector **inspector, const cnn_net *net,
                             const cnn_inspector_options *options, cnn_error *error) {
    static const cnn_inspector_options defaults = {0};
    if (inspector)
        *inspector = NULL;
    cnn_status status = cnn_required(error, inspector, net);
    if (status != CNN_OK)
        return status;
    cnn_inspector *made = cnn_allocate(1, sizeof *made, "an inspector", error);
    if (!made)
        return CNN_ERROR_MEMORY;
    status = fill_inspector(made, net, options ? options : &defaults, error);
    if (status == CNN_OK)
        *inspector = made;
    else
        cnn_inspector_free(made);
    return status;
}

void cnn_inspector_free(cnn_inspector *inspector) {
    if (!inspector)
        return;
    cnn_plan_free(inspector->plan);
    cnn_net_free(inspector->net);
    cnn_free(inspector->classes);
    cnn_free(inspector);
}

const cnn_net *cnn_inspector_net(const cnn_inspector *inspector) {
    return inspector ? inspector->net : NULL;
}

/* ---- Names ----------------------------------------------------------------------------------------- */

const char *cnn_inspect_name(const cnn_inspector *inspector, int node) {
    return node < 0 ? input_name : inspector->net->nodes[node].name;
}

const cnn_shape *cnn_inspect_shape(const cnn_inspector *inspector, int node) {
    return node < 0 ? &inspector->net->input : &inspector->net->nodes[node].output;
}

/* `count` names and NULL, to compare with; NULL when out of memory: then nothing is near. */
static const char **names_of_layers(const cnn_net *net) {
    const char **names = cnn_allocate((size_t)net->node_count + 2, sizeof *names, "names", NULL);
    for (int64_t i = 0; names && i < net->node_count; i++)
        names[i] = net->nodes[i].name;
    if (names)
        names[net->node_count] = input_name;
    return names;
}

static const char **names_of_parameters(const cnn_net *net) {
    const char **names = cnn_allocate((size_t)net->parameter_count + 1, sizeof *names, "names", NULL);
    for (int64_t i = 0; names && i < net->parameter_count; i++)
        names[i] = net->parameters[i].name;
    return names;
}

/* Refuse a name that none of `names` is, with the one that was meant or, where none is near, the first. */
static cnn_status refuse_name(const char *what, const char *name, const char **names, cnn_error *error) {
    const char *nearest = names ? cnn_nearest_word(name, names) : NULL;
    cnn_status status;
    if (nearest)
        status = cnn_fail(error, CNN_ERROR_ARGUMENT, "there is no %s named \"%s\": did you mean \"%s\"?",
                          what, name, nearest);
    else
        status = cnn_fail(error, CNN_ERROR_ARGUMENT,
                          "there is no %s named \"%s\"; the first one is \"%s\" ('cnn summary' lists them)",
                          what, name, names && names[0] ? names[0] : "");
    cnn_free(names);
    return status;
}

cnn_status cnn_inspect_find(const cnn_inspector *inspector, const char *name, int *node, cnn_error *error) {
    *node = (int)cnn_find_node(inspector->net, name);
    if (*node >= 0 || strcmp(name, input_name) == 0)
        return CNN_OK;
    return refuse_name("layer", name, names_of_layers(inspector->net), error);
}

cnn_status cnn_inspect_find_run(const cnn_inspector *inspector, const char *name, int *node,
                                cnn_error *error) {
    cnn_status status = cnn_inspect_find(inspector, name, node, error);
    if (status == CNN_OK && inspector->count == 0)
        status =
            cnn_fail(error, CNN_ERROR_ARGUMENT, "no images have been run yet: call cnn_inspector_run first");
    return status;
}

cnn_status cnn_inspect_find_parameter(const cnn_inspector *inspector, const char *name, int64_t *parameter,
                                      cnn_error *error) {
    *parameter = cnn_find_parameter(inspector->net, name);
    if (*parameter >= 0)
        return CNN_OK;
    return refuse_name("parameter", name, names_of_parameters(inspector->net), error);
}

cnn_status cnn_inspector_find(const cnn_inspector *inspector, const char *name, cnn_layer *layer,
                              cnn_error *error) {
    int node = -1;
    cnn_status status = cnn_required(error, inspector, name, layer);
    if (status == CNN_OK)
        status = cnn_inspect_find(inspector, name, &node, error);
    if (status == CNN_OK)
        *layer = node < 0 ? CNN_NETWORK_INPUT : node + 1;
    return status;
}

cnn_status cnn_inspector_index(const cnn_inspector *inspector, const char *name, const int64_t at[3],
                               int64_t *index, cnn_error *error) {
    static const char *const axes[] = {"channel", "row", "column"};
    int node = -1;
    cnn_status status = cnn_required(error, inspector, name, at, index);
    if (status == CNN_OK)
        status = cnn_inspect_find(inspector, name, &node, error);
    if (status != CNN_OK)
        return status;
    const cnn_shape *shape = cnn_inspect_shape(inspector, node);
    int64_t place = 0;
    for (int axis = 0; axis < 3; axis++) {
        const int64_t size = axis < shape->rank ? shape->dim[axis] : 1;
        char text[CNN_SHAPE_TEXT];
        if (at[axis] < 0 || at[axis] >= size)
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "%s %" PRId64
                            " is outside layer %s, whose output is %s: it must be 0 to %" PRId64,
                            axes[axis], at[axis], name, cnn_shape_text(shape, text), size - 1);
        place = place * size + at[axis];
    }
    *index = place;
    return CNN_OK;
}

/* ---- Running --------------------------------------------------------------------------------------- */

cnn_status cnn_inspector_run(cnn_inspector *inspector, const float *images, int64_t count, cnn_error *error) {
    cnn_status status = cnn_required(error, inspector, images);
    if (status != CNN_OK)
        return status;
    const int64_t batch = cnn_plan_batch(inspector->plan);
    if (count < 1 || count > batch)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the inspector takes 1 to %" PRId64 " images in a run, not %" PRId64, batch, count);
    status = cnn_pool_check(cnn_plan_pool(inspector->plan), error);
    if (status != CNN_OK)
        return status;
    cnn_plan_set_images(inspector->plan, images, count);
    cnn_plan_forward(inspector->plan, count, 0);
    inspector->count = count;
    inspector->went_backward = inspector->has_loss = false;
    return CNN_OK;
}

cnn_status cnn_inspect_check_elements(const char *what, int64_t elements, int64_t wanted, cnn_error *error) {
    if (elements == wanted)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "%s has %" PRId64 " values, but room for %" PRId64 " was given", what, wanted, elements);
}

cnn_status cnn_inspect_check_values(const cnn_inspector *inspector, int node, int64_t elements,
                                    cnn_error *error) {
    const int64_t wanted = inspector->count * cnn_shape_elements(cnn_inspect_shape(inspector, node));
    return cnn_inspect_check_elements(cnn_inspect_name(inspector, node), elements, wanted, error);
}

cnn_status cnn_inspector_output(const cnn_inspector *inspector, const char *layer, float *values,
                                int64_t elements, cnn_error *error) {
    int node = -1;
    cnn_status status = cnn_required(error, inspector, layer, values);
    if (status == CNN_OK)
        status = cnn_inspect_find_run(inspector, layer, &node, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_values(inspector, node, elements, error);
    if (status == CNN_OK)
        cnn_plan_get_values(inspector->plan, node, 0, inspector->count, values);
    return status;
}
