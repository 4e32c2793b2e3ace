/* Building a network: nodes, their names, shapes and parameters. */
#include "graph/net.h"

#include "base/memory.h"
#include "base/text.h"
#include "graph/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_NAME = 120, MAX_NODES = 10000, MAX_CHANNELS = 65536 };

static cnn_status check_input(const cnn_input_options *input, cnn_error *error) {
    const cnn_shape shape = cnn_shape_3(input->channels, input->height, input->width);
    if (input->channels >= 1 && input->channels <= MAX_CHANNELS && input->height >= 1 && input->width >= 1 &&
        cnn_shape_valid(&shape))
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "the input must be at least 1x1x1, with at most %d channels and 2^42 values, not %" PRId64
                    "x%" PRId64 "x%" PRId64,
                    MAX_CHANNELS, input->channels, input->height, input->width);
}

cnn_net *cnn_net_new(const cnn_input_options *input) {
    cnn_net *net = cnn_allocate(1, sizeof *net, "a network", NULL);
    if (!net)
        return NULL;
    cnn_status status = cnn_required(&net->error, input);
    if (status == CNN_OK)
        status = check_input(input, &net->error);
    net->input =
        status == CNN_OK ? cnn_shape_3(input->channels, input->height, input->width) : cnn_shape_3(1, 1, 1);
    const size_t channels = (size_t)net->input.dim[0];
    net->mean = cnn_allocate(channels, sizeof *net->mean, "a normalisation", NULL);
    net->deviation = cnn_allocate(channels, sizeof *net->deviation, "a normalisation", NULL);
    if (!net->mean || !net->deviation) {
        cnn_net_free(net);
        return NULL;
    }
    for (size_t c = 0; c < channels; c++)
        net->deviation[c] = 1;
    return net;
}

static void free_classes(cnn_net *net) {
    for (int64_t i = 0; net->classes && i < net->class_count; i++)
        cnn_free(net->classes[i]);
    cnn_free(net->classes);
}

static void free_node(cnn_node *node) {
    cnn_free(node->name);
    cnn_free(node->text);
    cnn_free(node->input);
}

void cnn_net_free(cnn_net *net) {
    if (!net)
        return;
    for (int64_t i = 0; i < net->node_count; i++)
        free_node(&net->nodes[i]);
    for (int64_t i = 0; i < net->parameter_count; i++)
        cnn_free(net->parameters[i].name);
    for (int64_t i = 0; i < net->note_count; i++)
        cnn_free(net->notes[i]);
    free_classes(net);
    cnn_free(net->notes);
    cnn_free(net->untrainable);
    cnn_free(net->nodes);
    cnn_free(net->parameters);
    cnn_net_drop_values(net);
    cnn_free(net->mean);
    cnn_free(net->deviation);
    cnn_free(net);
}

const cnn_shape *cnn_node_input_shape(const cnn_net *net, const cnn_node *node, int k) {
    return node->input[k] < 0 ? &net->input : &net->nodes[node->input[k]].output;
}

/* How input k of a node lies: as the layer that makes it left it, or channels-last for the network's input. */
static cnn_layout input_layout(const cnn_net *net, const cnn_node *node, int k) {
    return node->input[k] < 0 ? cnn_layout_of(&net->input) : net->nodes[node->input[k]].layout;
}

int64_t cnn_find_node(const cnn_net *net, const char *name) {
    for (int64_t i = 0; i < net->node_count; i++)
        if (strcmp(net->nodes[i].name, name) == 0)
            return i;
    return -1;
}

int64_t cnn_find_parameter(const cnn_net *net, const char *name) {
    for (int64_t i = 0; i < net->parameter_count; i++)
        if (strcmp(net->parameters[i].name, name) == 0)
            return i;
    return -1;
}

/* ---- Adding a node --------------------------------------------------------------------------------- */

/* Room for the node's inputs, whose number must suit its op. */
static cnn_status allocate_inputs(const cnn_node_request *request, cnn_node *node, cnn_error *error) {
    const cnn_op *op = request->op;
    node->inputs = 1 + (request->other_count > 0 ? request->other_count : 0);
    if (node->inputs < op->inputs || (node->inputs > op->inputs && !op->more_inputs))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s needs %d %s, not %d", op->word, op->inputs,
                        op->more_inputs ? "or more inputs" : "inputs", node->inputs);
    if (node->inputs > CNN_MAX_INPUTS)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s: a layer can have at most %d inputs, not %d", op->word,
                        CNN_MAX_INPUTS, node->inputs);
    node->input = cnn_allocate((size_t)node->inputs, sizeof *node->input + sizeof *node->source,
                               "a layer's inputs", error);
    if (!node->input)
        return CNN_ERROR_MEMORY;
    node->source = node->input + node->inputs;
    return CNN_OK;
}

/* Layer numbers as the caller gave them (0: the layer before) become indices of nodes; -1 is the network's input. */
static cnn_status resolve_inputs(const cnn_net *net, const cnn_node_request *request, cnn_node *node,
                                 cnn_error *error) {
    cnn_status status = allocate_inputs(request, node, error);
    for (int k = 0; status == CNN_OK && k < node->inputs; k++) {
        cnn_layer layer = k ? request->others[k - 1] : request->input;
        if (layer < CNN_NETWORK_INPUT || layer > net->node_count)
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "%s: input layer %d does not exist; there are 1 to %" PRId64, request->op->word,
                            layer, net->node_count);
        if (layer == 0)
            layer = net->node_count ? (cnn_layer)net->node_count : CNN_NETWORK_INPUT;
        node->source[k] = layer;
        node->input[k] = layer == CNN_NETWORK_INPUT ? -1 : layer - 1;
    }
    return status;
}

/* "conv_1": the op's prefix and the first number that gives a name not yet taken. */
static void make_name(const cnn_net *net, const char *prefix, char name[LONGEST_NAME + 1]) {
    int64_t number = 1;
    for (int64_t i = 0; i < net->node_count; i++)
        number += strcmp(net->nodes[i].op->prefix, prefix) == 0;
    do
        snprintf(name, LONGEST_NAME + 1, "%s_%" PRId64, prefix, number++);
    while (cnn_find_node(net, name) >= 0);
}

/* A name must survive every format: text, ONNX, safetensors. */
static cnn_status check_name(const cnn_net *net, const char *name, cnn_error *error) {
    if (!*name || strlen(name) > LONGEST_NAME)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "a layer's name must have 1 to %d characters",
                        LONGEST_NAME);
    for (const char *c = name; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '#')
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "a layer's name may have ASCII letters, digits and punctuation other than #, but "
                            "no blanks; its character %d is none of these",
                            (int)(c - name) + 1);
    if (cnn_text_reserves(name))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "no layer may be named %s: that word has another meaning in text models", name);
    if (cnn_find_node(net, name) >= 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there is already a layer named \"%s\"", name);
    return CNN_OK;
}

/* The name that was requested, else one made from the op's prefix and a number. */
static cnn_status name_node(const cnn_net *net, const cnn_node_request *request, cnn_node *node,
                            cnn_error *error) {
    char made[LONGEST_NAME + 1];
    const char *name = request->name;
    if (!name) {
        make_name(net, request->op->prefix, made);
        name = made;
    }
    cnn_status status = check_name(net, name, error);
    if (status != CNN_OK)
        return status;
    node->name = cnn_copy_string(name, error);
    return node->name ? CNN_OK : CNN_ERROR_MEMORY;
}

/* Where inputs meet element by element or position by position, all must lie in the same order. Sets the
 * layout of the output. */
static cnn_status join_layouts(const cnn_net *net, cnn_node *node, cnn_error *error) {
    const cnn_layout first = input_layout(net, node, 0);
    const bool joins = node->op->joins_channels;
    const bool ordered =
        first.area == 1 || first.channels == 1 || cnn_node_input_shape(net, node, 0)->rank > 1;
    if (node->op->needs_order && !ordered && !(node->op->orders && node->op->orders(&node->options, &first)))
        return cnn_fail(
            error, CNN_ERROR_UNSUPPORTED,
            "%s: the input is a flattened feature map: put %s before flatten, or a dense layer in "
            "between",
            node->op->word, node->op->word);
    node->layout = node->op->keeps_layout || joins ? first : cnn_layout_of(&node->output);
    if (node->op->spreads_maps && node->output.rank == 3) {
        node->layout = cnn_layout_of(&node->output);
        return CNN_OK;
    }
    for (int k = 1; k < node->inputs; k++) {
        const cnn_layout other = input_layout(net, node, k);
        if ((other.channels != first.channels && !joins) || other.area != first.area)
            return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                            "%s: one input is a flattened feature map, the other never was one: put %s "
                            "before flatten, or a dense layer in between",
                            node->op->word, node->op->word);
        if (joins)
            node->layout.channels += other.channels;
    }
    return CNN_OK;
}

/* The node's output shape from those of its inputs. */
static cnn_status infer_output(const cnn_net *net, cnn_node *node, cnn_error *error) {
    const cnn_op *op = node->op;
    cnn_shape *inputs = cnn_allocate((size_t)node->inputs, sizeof *inputs, "a layer's inputs", error);
    if (!inputs)
        return CNN_ERROR_MEMORY;
    for (int k = 0; k < node->inputs; k++)
        inputs[k] = *cnn_node_input_shape(net, node, k);
    cnn_status status = op->infer_many ? op->infer_many(inputs, node->inputs, &node->output, error)
                                       : op->infer(&node->options, inputs, &node->output, error);
    cnn_free(inputs);
    return status;
}

/* Everything about the node that follows from its options and inputs: defaults, output shape, layout. */
static cnn_status infer_node(const cnn_net *net, cnn_node *node, cnn_error *error) {
    cnn_status status = node->op->complete ? node->op->complete(&node->options, error) : CNN_OK;
    if (status == CNN_OK)
        status = infer_output(net, node, error);
    if (status == CNN_OK && !cnn_shape_valid(&node->output))
        status = cnn_fail(error, CNN_ERROR_SHAPE, "%s: the output is too large", node->op->word);
    return status == CNN_OK ? join_layouts(net, node, error) : status;
}

/* Add "NODE.SUFFIX" to the network's list; its values get their place later. */
static cnn_status append_parameter(cnn_net *net, const cnn_node *node, const cnn_parameter_spec *spec,
                                   cnn_error *error) {
    cnn_text name = {0};
    cnn_status status = cnn_grow((void **)&net->parameters, net->parameter_count, &net->parameter_capacity,
                                 sizeof *net->parameters, "a parameter", error);
    if (status != CNN_OK)
        return status;
    if (!cnn_shape_valid(&spec->shape))
        return cnn_fail(error, CNN_ERROR_SHAPE, "%s: the %s is too large", node->op->word, spec->suffix);
    cnn_text_append(&name, "%s.%s", node->name, spec->suffix);
    if (name.failed)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for a parameter's name");
    net->parameters[net->parameter_count++] = (cnn_parameter){
        .name = name.data,
        .spec = *spec,
        .node = (int)net->node_count,
        .elements = cnn_shape_elements(&spec->shape),
        .twin = -1,
    };
    return CNN_OK;
}

/* Give the new parameters their offsets in the array of values. */
static cnn_status place_parameters(cnn_net *net, int64_t first, cnn_error *error) {
    int64_t total = net->value_count;
    for (int64_t i = first; i < net->parameter_count; i++) {
        net->parameters[i].offset = total;
        if (__builtin_add_overflow(total, net->parameters[i].elements, &total))
            return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: more parameters than can be counted");
    }
    return cnn_net_grow_values(net, total, error);
}

/* Remove the parameters appended since the list had `first` of them. */
static void drop_parameters(cnn_net *net, int64_t first) {
    while (net->parameter_count > first)
        cnn_free(net->parameters[--net->parameter_count].name);
}

/* All parameters of the node, or none of them after a failure. */
static cnn_status append_parameters(cnn_net *net, cnn_node *node, cnn_error *error) {
    cnn_parameter_spec specs[CNN_MAX_PARAMETERS];
    cnn_layout layout = input_layout(net, node, 0);
    const int64_t first = net->parameter_count;
    int count = node->op->parameters
                    ? node->op->parameters(&node->options, cnn_node_input_shape(net, node, 0), &layout, specs)
                    : 0;
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < count; i++)
        status = append_parameter(net, node, &specs[i], error);
    if (status == CNN_OK)
        status = place_parameters(net, first, error);
    if (status != CNN_OK)
        drop_parameters(net, first);
    node->first_parameter = (int)first;
    node->parameters = count;
    return status;
}

/* Whether two nodes could share: the same op, and parameters of the same names, shapes and groups. */
static bool same_parameters(const cnn_net *net, const cnn_node *a, const cnn_node *b) {
    bool same = a->op == b->op && a->parameters == b->parameters && a->parameters > 0;
    for (int i = 0; same && i < a->parameters; i++) {
        const cnn_parameter_spec *first = &net->parameters[a->first_parameter + i].spec,
                                 *second = &net->parameters[b->first_parameter + i].spec;
        same = strcmp(first->suffix, second->suffix) == 0 && cnn_shape_equal(&first->shape, &second->shape) &&
               first->order.groups == second->order.groups;
    }
    return same;
}

/* Replace the parameters of the node, which are the last ones, with those of another node. */
static bool share(cnn_net *net, cnn_node *node, int with) {
    const cnn_node *owner = &net->nodes[with];
    if (!same_parameters(net, owner, node))
        return false;
    net->value_count = net->parameters[node->first_parameter].offset;
    drop_parameters(net, node->first_parameter);
    node->first_parameter = owner->first_parameter;
    node->shares = owner->shares >= 0 ? owner->shares : with;
    return true;
}

bool cnn_net_share_last(cnn_net *net, int with) {
    return share(net, &net->nodes[net->node_count - 1], with);
}

/* `with` is the number of an earlier layer; 0: the node keeps its own parameters. */
static cnn_status share_requested(cnn_net *net, cnn_node *node, cnn_layer with, cnn_error *error) {
    if (with < 0 || with > net->node_count)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s: there is no layer %d whose parameters it could share",
                        node->op->word, with);
    if (with == 0 || share(net, node, with - 1))
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_SHAPE,
                    "%s: it cannot share the parameters of %s (%s): both must be of the same kind, with "
                    "parameters of the same shapes",
                    node->op->word, net->nodes[with - 1].name, net->nodes[with - 1].op->word);
}

/* Build a node of what was requested. On failure the caller frees what it has so far. */
static cnn_status make_node(cnn_net *net, const cnn_node_request *request, cnn_node *node, cnn_error *error) {
    node->op = request->op;
    node->shares = -1;
    if (request->options)
        node->options = *request->options;
    if (net->node_count >= MAX_NODES)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "a network can have at most %d layers", MAX_NODES);
    cnn_status status = cnn_grow((void **)&net->nodes, net->node_count, &net->node_capacity,
                                 sizeof *net->nodes, "a layer", error);
    if (status == CNN_OK)
        status = resolve_inputs(net, request, node, error);
    if (status == CNN_OK)
        status = infer_node(net, node, error);
    if (status == CNN_OK)
        status = name_node(net, request, node, error);
    if (status == CNN_OK) {
        node->text = cnn_node_line(net, node, error);
        status = node->text ? CNN_OK : CNN_ERROR_MEMORY;
    }
    if (status == CNN_OK)
        status = append_parameters(net, node, error);
    return status == CNN_OK ? share_requested(net, node, request->shares, error) : status;
}

cnn_layer cnn_net_append(cnn_net *net, const cnn_node_request *request) {
    if (!net || net->error.status != CNN_OK)
        return 0;
    cnn_node node = {0};
    cnn_status status = make_node(net, request, &node, &net->error);
    if (status == CNN_OK) {
        net->nodes[net->node_count++] = node;
        return (cnn_layer)net->node_count;
    }
    free_node(&node);
    cnn_fail_within(&net->error, status, "layer %" PRId64, net->node_count + 1);
    return 0;
}
