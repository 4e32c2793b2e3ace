/* A network's values: initial ones, single tensors and class names; and the queries of cnn.h. */
#include "graph/net.h"

#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "graph/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- What a caller may ask ------------------------------------------------------------------------- */

cnn_status cnn_net_status(const cnn_net *net) {
    return net ? net->error.status : CNN_ERROR_ARGUMENT;
}

const char *cnn_net_error(const cnn_net *net) {
    return net ? net->error.message
               : "the network is NULL, which is what cnn_net_new returns when out of memory";
}

int cnn_net_layers(const cnn_net *net) {
    return net ? (int)net->node_count : 0;
}

void cnn_net_input(const cnn_net *net, int64_t shape[3]) {
    if (net && shape)
        memcpy(shape, net->input.dim, 3 * sizeof *shape);
}

int64_t cnn_net_outputs(const cnn_net *net) {
    if (!net)
        return 0;
    return cnn_shape_elements(net->node_count ? &net->nodes[net->node_count - 1].output : &net->input);
}

int64_t cnn_net_parameters(const cnn_net *net) {
    return net ? net->value_count - cnn_net_statistics(net) : 0;
}

int64_t cnn_net_statistics(const cnn_net *net) {
    int64_t count = 0;
    for (int64_t i = 0; net && i < net->parameter_count; i++)
        count += net->parameters[i].spec.statistic ? net->parameters[i].elements : 0;
    return count;
}

const cnn_parameter *cnn_net_find_not_finite(const cnn_net *net) {
    for (int64_t i = 0; net->values && i < net->parameter_count; i++) {
        const cnn_parameter *parameter = &net->parameters[i];
        for (int64_t k = 0; k < parameter->elements; k++)
            if (!isfinite(net->values[parameter->offset + k]))
                return parameter;
    }
    return NULL;
}

cnn_status cnn_net_check_finite(const cnn_net *net, cnn_error *error) {
    cnn_status status = cnn_required(error, net);
    if (status != CNN_OK)
        return status;
    const cnn_parameter *bad = cnn_net_find_not_finite(net);
    if (!bad)
        return CNN_OK;
    return cnn_fail(
        error, CNN_ERROR_DIVERGED,
        "layer %s: its parameter %s holds a value that is not finite (infinite or not a number): the "
        "model is of no use; its training diverged, or its file is damaged",
        net->nodes[bad->node].name, bad->name);
}

int cnn_net_tensors(const cnn_net *net) {
    return net ? (int)net->parameter_count : 0;
}

cnn_status cnn_net_layer(const cnn_net *net, cnn_layer layer, cnn_layer_info *info, cnn_error *error) {
    cnn_status status = cnn_required(error, net, info);
    if (status != CNN_OK)
        return status;
    if (layer < 1 || layer > net->node_count)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there is no layer %d; there are 1 to %" PRId64, layer,
                        net->node_count);
    const cnn_node *node = &net->nodes[layer - 1];
    *info = (cnn_layer_info){.name = node->name,
                             .kind = node->op->word,
                             .text = node->text,
                             .inputs = node->inputs,
                             .input = node->source,
                             .rank = node->output.rank,
                             .frozen = node->frozen};
    memcpy(info->output, node->output.dim, sizeof info->output);
    info->shares = node->shares + 1;
    for (int i = 0; i < node->parameters && node->shares < 0; i++) {
        const cnn_parameter *parameter = &net->parameters[node->first_parameter + i];
        *(parameter->spec.statistic ? &info->statistics : &info->parameters) += parameter->elements;
    }
    if (node->op->macs)
        info->macs = node->op->macs(&node->options, cnn_node_input_shape(net, node, 0), &node->output);
    return CNN_OK;
}

cnn_status cnn_net_tensor(const cnn_net *net, int tensor, cnn_tensor_info *info, cnn_error *error) {
    cnn_status status = cnn_required(error, net, info);
    if (status != CNN_OK)
        return status;
    if (tensor < 0 || tensor >= net->parameter_count)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there is no parameter tensor %d; there are %" PRId64,
                        tensor, net->parameter_count);
    const cnn_parameter *parameter = &net->parameters[tensor];
    *info = (cnn_tensor_info){
        .name = parameter->name, .rank = parameter->spec.shape.rank, .elements = parameter->elements};
    memcpy(info->shape, parameter->spec.shape.dim, sizeof info->shape);
    return CNN_OK;
}

/* ---- Single tensors -------------------------------------------------------------------------------- */

cnn_status cnn_parameter_lookup(const cnn_net *net, const char *name, int64_t elements,
                                const cnn_parameter **parameter, cnn_error *error) {
    int64_t index = cnn_find_parameter(net, name);
    if (index < 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there is no parameter tensor named \"%s\"", name);
    *parameter = &net->parameters[index];
    if ((*parameter)->elements != elements)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s has %" PRId64 " values, not %" PRId64, name,
                        (*parameter)->elements, elements);
    return CNN_OK;
}

cnn_status cnn_net_get_parameter(const cnn_net *net, const char *name, float *values, int64_t elements,
                                 cnn_error *error) {
    const cnn_parameter *parameter = NULL;
    cnn_status status = cnn_required(error, net, name, values);
    if (status == CNN_OK)
        status = cnn_parameter_lookup(net, name, elements, &parameter, error);
    if (status != CNN_OK)
        return status;
    if (net->values)
        memcpy(values, net->values + parameter->offset, (size_t)elements * sizeof *values);
    else
        memset(values, 0, (size_t)elements * sizeof *values);
    return CNN_OK;
}

cnn_status cnn_net_set_parameter(cnn_net *net, const char *name, const float *values, int64_t elements,
                                 cnn_error *error) {
    const cnn_parameter *parameter = NULL;
    cnn_status status = cnn_required(error, net, name, values);
    if (status == CNN_OK)
        status = cnn_parameter_lookup(net, name, elements, &parameter, error);
    if (status == CNN_OK)
        status = cnn_net_make_values(net, error);
    if (status == CNN_OK)
        memcpy(net->values + parameter->offset, values, (size_t)elements * sizeof *values);
    return status;
}

/* ---- Initial values -------------------------------------------------------------------------------- */

/* Normal with variance 2 / fan_in (He et al. 2015), for layers before a ReLU. */
static void fill_he(cnn_random *random, const cnn_parameter *parameter, float *values) {
    const double deviation = sqrt(2.0 / (double)parameter->spec.fan_in);
    for (int64_t i = 0; i < parameter->elements; i++)
        values[i] = (float)(deviation * cnn_random_normal(random));
}

/* Uniform within sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010). */
static void fill_glorot(cnn_random *random, const cnn_parameter *parameter, float *values) {
    const double limit = sqrt(6.0 / (double)(parameter->spec.fan_in + parameter->spec.fan_out));
    for (int64_t i = 0; i < parameter->elements; i++)
        values[i] = (float)(limit * (2 * cnn_random_uniform(random) - 1));
}

/* Filter k of a group passes on its channel k, by the middle of its kernel; filters beyond the channels are drawn. */
static void fill_dirac(cnn_random *random, const cnn_parameter *parameter, float *values) {
    const cnn_parameter_spec *spec = &parameter->spec;
    const int64_t rows = spec->shape.rank > 2 ? spec->shape.dim[2] : 1,
                  columns = spec->shape.rank > 2 ? spec->shape.dim[3] : 1, area = rows * columns,
                  channels = spec->shape.dim[1],
                  filters = spec->fan_in / area * (spec->fan_out / area) / channels; /* of a group */
    const int64_t middle = rows / 2 * columns + columns / 2;
    fill_he(random, parameter, values);
    for (int64_t k = 0; k < spec->shape.dim[0]; k++) {
        float *filter = values + k * channels * area;
        if (k % filters >= channels)
            continue;
        memset(filter, 0, (size_t)(channels * area) * sizeof *filter);
        filter[k % filters * area + middle] = 1;
    }
}

/* Each tensor has a stream of its own, so that a layer added at the end leaves the others as they were. */
void cnn_net_draw(cnn_net *net, int64_t index, uint64_t seed) {
    const cnn_parameter *parameter = &net->parameters[index];
    float *values = net->values + parameter->offset;
    cnn_random random;
    cnn_random_seed(&random, cnn_random_hash(seed, (uint64_t)index));
    if (parameter->spec.init == CNN_INIT_HE || parameter->spec.init == CNN_INIT_WHITEN)
        fill_he(&random, parameter, values);
    else if (parameter->spec.init == CNN_INIT_GLOROT)
        fill_glorot(&random, parameter, values);
    else if (parameter->spec.init == CNN_INIT_DIRAC)
        fill_dirac(&random, parameter, values);
    else
        for (int64_t k = 0; k < parameter->elements; k++)
            values[k] = parameter->spec.start;
}

cnn_status cnn_net_initialise(cnn_net *net, uint64_t seed) {
    if (!net)
        return CNN_ERROR_ARGUMENT;
    if (net->error.status != CNN_OK)
        return net->error.status;
    cnn_status status = cnn_net_make_values(net, &net->error);
    if (status != CNN_OK)
        return status;
    for (int64_t i = 0; i < net->parameter_count; i++)
        cnn_net_draw(net, i, seed);
    if (net->pixels == CNN_PIXELS_UNKNOWN)
        net->pixels = CNN_PIXELS_0_1;
    return CNN_OK;
}

/* ---- Classes ---------------------------------------------------------------------------------------- */

static void free_names(char **names, int64_t count) {
    for (int64_t i = 0; names && i < count; i++)
        cnn_free(names[i]);
    cnn_free(names);
}

static char **copy_names(const char *const *names, int64_t count, cnn_error *error) {
    char **copies = cnn_allocate((size_t)count, sizeof *copies, "class names", error);
    for (int64_t i = 0; copies && i < count; i++) {
        copies[i] = cnn_copy_string(names[i], error);
        if (!copies[i]) {
            free_names(copies, count);
            return NULL;
        }
    }
    return copies;
}

/* Model files store the names as UTF-8. */
static cnn_status check_names(const char *const *names, int64_t count, cnn_error *error) {
    for (int64_t i = 0; i < count; i++) {
        if (!names[i])
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "the name of class %" PRId64 " must not be NULL", i);
        int64_t bad = cnn_not_utf8(names[i]);
        if (bad >= 0)
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "the name of class %" PRId64
                            " is not UTF-8, as model files need it: byte %" PRId64
                            " of \"%.*s...\" is 0x%02x; rename the class",
                            i, bad + 1, (int)bad, names[i], (uint8_t)names[i][bad]);
    }
    return CNN_OK;
}

cnn_status cnn_net_set_classes(cnn_net *net, const char *const *names, int64_t count, cnn_error *error) {
    cnn_status status = cnn_required(error, net, names);
    if (status != CNN_OK)
        return status;
    if (count != cnn_net_classes(net))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "%" PRId64 " class names for a network with %" PRId64 " classes", count,
                        cnn_net_classes(net));
    status = check_names(names, count, error);
    if (status != CNN_OK)
        return status;
    char **copies = copy_names(names, count, error);
    if (!copies)
        return CNN_ERROR_MEMORY;
    free_names(net->classes, net->class_count);
    net->classes = copies;
    net->class_count = count;
    return CNN_OK;
}

const char *cnn_net_class(const cnn_net *net, int64_t index) {
    return net && net->classes && index >= 0 && index < net->class_count ? net->classes[index] : NULL;
}

void cnn_net_swap(cnn_net *a, cnn_net *b) {
    const cnn_net before = *a;
    *a = *b;
    *b = before;
}

/* ---- Copies ---------------------------------------------------------------------------------------- */

void cnn_net_append_copy(cnn_net *net, const cnn_node *node, const cnn_options *options) {
    if (cnn_net_append(net, &(cnn_node_request){.op = node->op,
                                                .options = options,
                                                .name = node->name,
                                                .input = node->source[0],
                                                .others = node->source + 1,
                                                .other_count = node->inputs - 1,
                                                .shares = node->shares + 1}))
        net->nodes[net->node_count - 1].frozen = node->frozen;
}

/* Everything but layers and values. */
static cnn_status copy_rest(const cnn_net *net, cnn_net *copy, cnn_error *error) {
    if (copy->error.status != CNN_OK)
        return cnn_fail(error, copy->error.status, "%s", copy->error.message);
    for (int64_t i = 0; i < net->note_count; i++)
        cnn_net_add_note(copy, "%s", net->notes[i]);
    copy->untrainable = net->untrainable ? cnn_copy_string(net->untrainable, NULL) : NULL;
    cnn_status status = cnn_net_take_pixels(copy, net, error);
    if (status == CNN_OK && net->classes)
        status = cnn_net_set_classes(copy, (const char *const *)net->classes, net->class_count, error);
    return status;
}

/* Layers, parameters and values. */
static cnn_status copy_contents(const cnn_net *net, cnn_net *copy, cnn_error *error) {
    for (int64_t i = 0; i < net->node_count; i++)
        cnn_net_append_copy(copy, &net->nodes[i], &net->nodes[i].options);
    cnn_status status =
        copy->error.status == CNN_OK ? cnn_net_make_values(copy, &copy->error) : copy->error.status;
    if (status == CNN_OK && net->values && copy->values) /* a network without parameters has none */
        memcpy(copy->values, net->values, (size_t)net->value_count * sizeof *net->values);
    return copy_rest(net, copy, error);
}

/* Layer by layer without sharing; then the twins of shared parameters are marked. */
static cnn_status copy_layers(const cnn_net *net, cnn_net *copy, cnn_error *error) {
    for (int64_t i = 0; i < net->node_count; i++) {
        cnn_node own = net->nodes[i];
        own.shares = -1;
        cnn_net_append_copy(copy, &own, &own.options);
    }
    for (int64_t i = 0; copy->error.status == CNN_OK && i < net->node_count; i++) {
        const cnn_node *node = &net->nodes[i];
        copy->nodes[i].shares = node->shares;
        for (int k = 0; k < node->parameters; k++) {
            cnn_parameter *parameter = &copy->parameters[copy->nodes[i].first_parameter + k];
            parameter->offset = net->parameters[node->first_parameter + k].offset;
            if (node->shares >= 0)
                parameter->twin = copy->nodes[node->shares].first_parameter + k;
        }
    }
    return copy_rest(net, copy, error);
}

/* A new network whose contents `contents` copies; NULL after a failure. */
static cnn_net *copy_with(const cnn_net *net,
                          cnn_status (*contents)(const cnn_net *net, cnn_net *copy, cnn_error *error),
                          cnn_error *error) {
    cnn_net *copy = cnn_net_new(&(cnn_input_options){
        .channels = net->input.dim[0], .height = net->input.dim[1], .width = net->input.dim[2]});
    if (!copy) {
        cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for a copy of the network");
        return NULL;
    }
    if (contents(net, copy, error) == CNN_OK)
        return copy;
    cnn_net_free(copy);
    return NULL;
}

cnn_net *cnn_net_copy(const cnn_net *net, cnn_error *error) {
    return copy_with(net, copy_contents, error);
}

cnn_net *cnn_net_copy_layers(const cnn_net *net, cnn_error *error) {
    return copy_with(net, copy_layers, error);
}

/* Whether two nodes compute the same from the same inputs: op, options, connections and name. */
static bool same_node(const cnn_node *a, const cnn_node *b) {
    bool same = cnn_same_options(a, b) && a->inputs == b->inputs && cnn_shape_equal(&a->output, &b->output) &&
                a->shares == b->shares;
    for (int k = 0; same && k < a->inputs; k++)
        same = a->input[k] == b->input[k];
    return same;
}

bool cnn_net_same_layers(const cnn_net *a, const cnn_net *b) {
    bool same = a->node_count == b->node_count && cnn_shape_equal(&a->input, &b->input);
    for (int64_t i = 0; same && i < a->node_count; i++)
        same = same_node(&a->nodes[i], &b->nodes[i]);
    return same;
}
