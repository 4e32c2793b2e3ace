/* Networks to text models. */
#include "graph/text.h"

#include "base/memory.h"
#include "graph/text_field.h"
#include "graph/text_input.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The options of a line that has only the positional values. */
static cnn_options defaults_of(const cnn_op *op, const cnn_options *options) {
    cnn_options defaults = {0};
    for (const cnn_field *field = op->fields; field && field->word; field++)
        if (field->positional)
            cnn_field_copy(field, options, &defaults);
    if (op->complete)
        op->complete(&defaults, NULL);
    return defaults;
}

/* The op's flag "same", if it is set: then "padding same" is written instead of the padding that resulted. */
static const cnn_field *same_flag(const cnn_op *op, const cnn_options *options) {
    static const cnn_options zero;
    const cnn_field *same = cnn_find_field(op, CNN_SAME_WORD);
    return same && !cnn_field_equal(same, options, &zero) ? same : NULL;
}

/* A field that differs from its default, as a reader expects it. */
static void append_option(const cnn_field *field, const cnn_options *options, const cnn_field *same,
                          cnn_text *line) {
    cnn_text_append(line, field->type == CNN_FIELD_FLAG ? " %s" : " %s ", field->word);
    if (same && field->type == CNN_FIELD_PADDING)
        cnn_text_append(line, "%s", CNN_SAME_WORD);
    else
        cnn_field_write(field, options, line);
}

/* All fields but the positional ones that differ from their defaults. */
static void append_options(const cnn_op *op, const cnn_options *options, cnn_text *line) {
    const cnn_options defaults = defaults_of(op, options);
    const cnn_field *same = same_flag(op, options);
    for (const cnn_field *field = op->fields; field && field->word; field++) {
        bool differs =
            !cnn_field_equal(field, options, &defaults) || (same && field->type == CNN_FIELD_PADDING);
        if (!field->positional && field != same && differs)
            append_option(field, options, same, line);
    }
}

/* The word for what a node reads: an earlier layer's name, or `input`. */
static const char *source_name(const cnn_net *net, int node) {
    return node < 0 ? CNN_INPUT_WORD : net->nodes[node].name;
}

char *cnn_node_line(const cnn_net *net, const cnn_node *node, cnn_error *error) {
    cnn_text line = {0};
    cnn_text_append(&line, "%s", node->op->word);
    for (int k = 1; k < node->inputs; k++)
        cnn_text_append(&line, " %s", source_name(net, node->input[k]));
    for (const cnn_field *field = node->op->fields; field && field->word; field++)
        if (field->positional) {
            cnn_text_append(&line, " ");
            cnn_field_write(field, &node->options, &line);
        }
    append_options(node->op, &node->options, &line);
    if (!line.failed)
        return line.data;
    cnn_free(line.data);
    cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for a layer's line");
    return NULL;
}

bool cnn_same_options(const cnn_node *a, const cnn_node *b) {
    bool same = a->op == b->op;
    for (const cnn_field *field = a->op->fields; same && field && field->word; field++)
        same = cnn_field_equal(field, &a->options, &b->options);
    return same;
}

/* Whether a line without a name would give the node this very name: its op's prefix and a running number. */
static bool has_made_name(const cnn_net *net, int64_t index) {
    const char *prefix = net->nodes[index].op->prefix;
    char made[256];
    int64_t number = 1;
    for (int64_t i = 0; i < index; i++)
        number += strcmp(net->nodes[i].op->prefix, prefix) == 0;
    snprintf(made, sizeof made, "%s_%" PRId64, prefix, number);
    return strcmp(made, net->nodes[index].name) == 0;
}

/* Whether the node reads the one before it, or, as the first, the network's input. */
static bool follows(const cnn_net *net, int64_t index) {
    return net->nodes[index].input[0] == (int)index - 1;
}

/* A ReLU is written on the line of the layer before it, but not one ReLU after another, since a line has a maximum
 * length. */
static bool joins_line(const cnn_net *net, int64_t index) {
    return index > 0 && net->nodes[index].op == &cnn_op_relu && follows(net, index) &&
           net->nodes[index - 1].op != &cnn_op_relu && has_made_name(net, index);
}

/* The node's line; a plain layer that only follows the one before it is written at the end of that line. */
static void append_node(const cnn_net *net, int64_t index, cnn_text *text) {
    const cnn_node *node = &net->nodes[index];
    cnn_text_append(text, "%s%s", joins_line(net, index) ? " " : "\n", node->text);
    if (!has_made_name(net, index))
        cnn_text_append(text, " %s %s", CNN_NAME_WORD, node->name);
    if (!follows(net, index))
        cnn_text_append(text, " %s %s", CNN_FROM_WORD, source_name(net, node->input[0]));
    if (node->shares >= 0)
        cnn_text_append(text, " %s %s", CNN_SHARES_WORD, net->nodes[node->shares].name);
}

char *cnn_net_text(const cnn_net *net) {
    if (!net)
        return NULL;
    cnn_text text = {0};
    cnn_text_write_input(net, &text);
    for (int64_t i = 0; i < net->node_count; i++)
        append_node(net, i, &text);
    cnn_text_append(&text, "\n");
    if (!text.failed)
        return text.data;
    cnn_free(text.data);
    return NULL;
}
