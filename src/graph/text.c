/* Text models to networks. */
#include "graph/text.h"

#include "base/memory.h"
#include "graph/text_field.h"
#include "graph/text_input.h"
#include "graph/text_line.h"

#include <stdio.h>
#include <string.h>

/* An op that needs neither words nor a second input may be written at the end of another layer's line. */
static bool is_plain(const cnn_op *op) {
    return op->inputs == 1 && !op->fields;
}

bool cnn_text_reserves(const char *word) {
    const cnn_op *op = cnn_op_by_word(word);
    return (op && is_plain(op)) || strcmp(word, CNN_INPUT_WORD) == 0 || strcmp(word, CNN_NAME_WORD) == 0 ||
           strcmp(word, CNN_FROM_WORD) == 0 || strcmp(word, CNN_SHARES_WORD) == 0;
}

/* ---- Messages with the nearest word ---------------------------------------------------------------- */

enum { MAX_CANDIDATES = 100, MAX_LISTED = 20 };

/* Words that could have been meant, ended by NULL. */
typedef struct candidates {
    const char **words;
    size_t count, max;
} candidates;

/* Room is limited: what does not fit is simply not suggested. */
static void add_candidate(candidates *all, const char *word) {
    if (all->count < all->max)
        all->words[all->count++] = word;
}

/* "there is no WHAT "WORD"", with the nearest of the candidates or, if none is near, all of them. */
static cnn_status unknown_word(const cnn_line *line, const char *what, const char *word,
                               const candidates *all, cnn_error *error) {
    const char *nearest = cnn_nearest_word(word, all->words);
    if (nearest)
        return cnn_line_fail(line, error, CNN_ERROR_FORMAT, "there is no %s \"%.40s\": did you mean %s?",
                             what, word, nearest);
    cnn_text known = {0};
    for (size_t i = 0; i < all->count && i < MAX_LISTED; i++)
        cnn_text_append(&known, i ? ", %s" : "%s", all->words[i]);
    cnn_status status =
        cnn_line_fail(line, error, CNN_ERROR_FORMAT, "there is no %s \"%.40s\"; known ones are %s", what,
                      word, known.data ? known.data : "none");
    cnn_free(known.data);
    return status;
}

static cnn_status unknown_layer(const cnn_line *line, const char *word, cnn_error *error) {
    const char *words[MAX_CANDIDATES + 1] = {0};
    candidates all = {.words = words, .max = MAX_CANDIDATES};
    for (const cnn_op *const *op = cnn_ops(); *op; op++)
        add_candidate(&all, (*op)->word);
    return unknown_word(line, "layer", word, &all, error);
}

/* After an op with any number of inputs the word may be a misspelt layer. */
static cnn_status unknown_option(const cnn_line *line, const cnn_net *net, const cnn_op *op, const char *word,
                                 cnn_error *error) {
    const char *words[MAX_CANDIDATES + 1] = {0};
    candidates all = {.words = words, .max = MAX_CANDIDATES};
    for (const cnn_field *field = op->fields; field && field->word; field++)
        if (!field->positional)
            add_candidate(&all, field->word);
    add_candidate(&all, CNN_NAME_WORD);
    add_candidate(&all, CNN_FROM_WORD);
    if (op->parameters)
        add_candidate(&all, CNN_SHARES_WORD);
    for (const cnn_op *const *plain = cnn_ops(); *plain; plain++)
        if (is_plain(*plain))
            add_candidate(&all, (*plain)->word);
    for (int64_t i = 0; op->more_inputs && i < net->node_count; i++)
        add_candidate(&all, net->nodes[i].name);
    char what[64];
    snprintf(what, sizeof what, "option of %s", op->word);
    return unknown_word(line, what, word, &all, error);
}

static cnn_status unknown_name(const cnn_line *line, const cnn_net *net, const char *name, cnn_error *error) {
    candidates all = {.words = cnn_allocate((size_t)net->node_count + 2, sizeof *all.words, "names", error),
                      .max = (size_t)net->node_count + 1};
    if (!all.words)
        return CNN_ERROR_MEMORY;
    add_candidate(&all, CNN_INPUT_WORD);
    for (int64_t i = 0; i < net->node_count; i++)
        add_candidate(&all, net->nodes[i].name);
    cnn_status status = unknown_word(line, "earlier layer named", name, &all, error);
    cnn_free(all.words);
    return status;
}

/* ---- A layer's line -------------------------------------------------------------------------------- */

/* What a line asks for. */
typedef struct layer_line {
    cnn_options options;
    cnn_node_request request;
    cnn_layer others[CNN_MAX_WORDS];
    uint64_t given; /* a bit for each field of the op that was set */
    const cnn_op *plain[CNN_MAX_WORDS];
    int plains;
} layer_line;

/* The line ended where the op still needs `what`. */
static cnn_status missing_word(const cnn_line *line, const char *what, const cnn_op *op, cnn_error *error) {
    return cnn_line_fail(line, error, CNN_ERROR_FORMAT, "%s is missing after %s", what, op->word);
}

/* The layer that the next word names. */
static cnn_status read_source(const cnn_net *net, cnn_line *line, cnn_layer *source, cnn_error *error) {
    const char *name = cnn_line_take(line);
    if (!name)
        return cnn_line_fail(line, error, CNN_ERROR_FORMAT,
                             "the name of an earlier layer is missing after %s", line->word[line->count - 1]);
    int64_t node = cnn_find_node(net, name);
    if (node < 0 && strcmp(name, CNN_INPUT_WORD) != 0)
        return unknown_name(line, net, name, error);
    *source = node < 0 ? CNN_NETWORK_INPUT : (cnn_layer)node + 1;
    return CNN_OK;
}

/* Whether a word (or NULL) names a layer rather than an option. */
static bool is_operand(const cnn_net *net, const char *word) {
    return word && (cnn_find_node(net, word) >= 0 || strcmp(word, CNN_INPUT_WORD) == 0);
}

/* The values of a field whose word was just read; each field may be given once. */
static cnn_status read_field(const cnn_field *field, cnn_line *line, layer_line *layer, cnn_error *error) {
    uint64_t bit = UINT64_C(1) << (field - layer->request.op->fields);
    if (layer->given & bit)
        return cnn_line_fail(line, error, CNN_ERROR_FORMAT, "%s is given twice", field->word);
    layer->given |= bit;
    return cnn_field_read(field, layer->request.op, line, &layer->options, error);
}

/* Positional values precede the named ones. One that has a default may be omitted. */
static cnn_status read_positional(cnn_line *line, layer_line *layer, cnn_error *error) {
    const cnn_op *op = layer->request.op;
    cnn_status status = CNN_OK;
    for (const cnn_field *field = op->fields; status == CNN_OK && field && field->word; field++) {
        const char *word = cnn_line_peek(line);
        bool present = word && strchr("+-.0123456789", *word);
        if (!field->positional || (field->type == CNN_FIELD_REAL && !present))
            continue;
        status = word ? read_field(field, line, layer, error) : missing_word(line, field->word, op, error);
    }
    return status;
}

/* One option after the values: a field of the op, `from`, `name`, `shares`, or a layer without values such as `relu`.
 * */
static cnn_status read_option(const cnn_net *net, cnn_line *line, layer_line *layer, cnn_error *error) {
    const char *word = cnn_line_take(line);
    const cnn_field *field = cnn_find_field(layer->request.op, word);
    const cnn_op *plain = cnn_op_by_word(word);
    if (field && !field->positional)
        return read_field(field, line, layer, error);
    if (strcmp(word, CNN_FROM_WORD) == 0 && layer->request.input == 0)
        return read_source(net, line, &layer->request.input, error);
    if (strcmp(word, CNN_SHARES_WORD) == 0 && layer->request.op->parameters && layer->request.shares == 0)
        return read_source(net, line, &layer->request.shares, error);
    if (strcmp(word, CNN_NAME_WORD) == 0 && !layer->request.name) {
        layer->request.name = cnn_line_take(line);
        return layer->request.name ? CNN_OK
                                   : missing_word(line, "the layer's name", layer->request.op, error);
    }
    if (strcmp(word, CNN_FROM_WORD) == 0 || strcmp(word, CNN_NAME_WORD) == 0 ||
        (strcmp(word, CNN_SHARES_WORD) == 0 && layer->request.shares))
        return cnn_line_fail(line, error, CNN_ERROR_FORMAT, "%s is given twice", word);
    if (!plain || !is_plain(plain))
        return unknown_option(line, net, layer->request.op, word, error);
    layer->plain[layer->plains++] = plain;
    return CNN_OK;
}

/* The layers that are read in addition to the first; if there may be any number, up to the first option. */
static cnn_status read_operands(const cnn_net *net, cnn_line *line, layer_line *layer, cnn_error *error) {
    cnn_node_request *request = &layer->request;
    cnn_status status = CNN_OK;
    request->others = layer->others;
    while (status == CNN_OK && (request->other_count + 1 < request->op->inputs ||
                                (request->op->more_inputs && is_operand(net, cnn_line_peek(line)))))
        status = read_source(net, line, &layer->others[request->other_count++], error);
    return status;
}

/* All words of a layer's line, in the order keyword, inputs, values, options. */
static cnn_status read_words(const cnn_net *net, cnn_line *line, layer_line *layer, cnn_error *error) {
    const char *word = cnn_line_take(line);
    layer->request.op = cnn_op_by_word(word);
    if (!layer->request.op)
        return unknown_layer(line, word, error);
    cnn_status status = read_operands(net, line, layer, error);
    if (status == CNN_OK)
        status = read_positional(line, layer, error);
    while (status == CNN_OK && cnn_line_peek(line))
        status = read_option(net, line, layer, error);
    return status;
}

/* Add the layer; a failure is reported with the line it came from. */
static cnn_status append(cnn_net *net, const cnn_line *line, const cnn_node_request *request,
                         cnn_error *error) {
    if (cnn_net_append(net, request))
        return CNN_OK;
    cnn_fail(error, net->error.status, "%s", net->error.message);
    return cnn_line_fail_within(line, error, net->error.status);
}

/* One line: the layer itself, then the layers written at its end. */
static cnn_status read_layer(cnn_net *net, cnn_line *line, cnn_error *error) {
    layer_line layer = {0};
    cnn_status status = read_words(net, line, &layer, error);
    layer.request.options = &layer.options;
    if (status == CNN_OK)
        status = append(net, line, &layer.request, error);
    for (int i = 0; status == CNN_OK && i < layer.plains; i++)
        status = append(net, line, &(cnn_node_request){.op = layer.plain[i]}, error);
    return status;
}

/* ---- The whole text -------------------------------------------------------------------------------- */

/* *net is made by the first line, `input`, and then gets a layer from every further one. */
static cnn_status read_lines(cnn_net **net, const char *text, const char *origin, cnn_error *error) {
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    cnn_line line = {.origin = origin};
    cnn_status status = CNN_OK;
    if (strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
        text += strlen(byte_order_mark);
    while (status == CNN_OK && *text) {
        status = cnn_line_read(&text, &line, error);
        if (status == CNN_OK && line.count > 0)
            status = *net ? read_layer(*net, &line, error) : cnn_text_read_input(net, &line, error);
    }
    if (status == CNN_OK && (!*net || cnn_net_layers(*net) == 0))
        status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: the model has no %s", origin,
                          *net ? "layers" : "input line");
    return status;
}

cnn_status cnn_net_parse(cnn_net **net, const char *text, const char *origin, cnn_error *error) {
    if (net)
        *net = NULL;
    cnn_status status = cnn_required(error, net, text);
    if (status != CNN_OK)
        return status;
    status = read_lines(net, text, origin ? origin : "text", error);
    if (status != CNN_OK) {
        cnn_net_free(*net);
        *net = NULL;
    }
    return status;
}
