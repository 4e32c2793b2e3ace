#include "summary_model.h"

#include "command.h"
#include "islands.h"
#include "model.h"
#include "output.h"
#include "table.h"
#include "wrap.h"

#include <cnn_model.h>

#include <stdlib.h>
#include <string.h>

/* What is known of the model; inputs are zeros of the sizes that a run is tried with. */
typedef struct summary {
    const char *path;
    const cnn_error *why;
    cnn_model *model;
    cnn_tensor *zeros;
    char *unknown;    /* the input whose sizes are free and not given; NULL: none is */
    cnn_error failed; /* of the run on zeros */
} summary;

/* ---- A run on zeros -------------------------------------------------------------------------------- */

/* "NAME=1x3x224x224" among the shapes that were given; NULL: that input is not. */
static const char *shape_given(const cli_texts *shapes, const char *name) {
    const size_t length = strlen(name);
    for (int i = 0; i < shapes->count; i++)
        if (!strncmp(shapes->text[i], name, length) && shapes->text[i][length] == '=')
            return shapes->text[i] + length + 1;
    return NULL;
}

/* One image where the first size alone is free. */
static bool is_sized(cnn_tensor *tensor) {
    bool sized = tensor->rank >= 0 && tensor->type != 0;
    for (int axis = 0; axis < tensor->rank; axis++) {
        if (axis == 0 && tensor->shape[axis] < 0)
            tensor->shape[axis] = 1;
        sized = sized && tensor->shape[axis] > 0;
    }
    return sized;
}

static bool fill_zeros(cnn_tensor *tensor) {
    size_t bytes = cnn_type_size(tensor->type);
    for (int axis = 0; axis < tensor->rank; axis++)
        if (__builtin_mul_overflow(bytes, (size_t)tensor->shape[axis], &bytes))
            return false;
    tensor->data = calloc(bytes ? bytes : 1, 1);
    return tensor->data != NULL;
}

/* Zeros for input `k`; s->unknown where its sizes are not known. */
static int make_input(summary *s, const cli_texts *shapes, int k) {
    cnn_tensor *tensor = &s->zeros[k];
    *tensor = *cnn_model_input(s->model, k);
    const char *given = shape_given(shapes, tensor->name);
    if (given && !cli_read_sizes(given, CNN_TENSOR_AXES, tensor->shape, &tensor->rank))
        return cli_fail_usage("summary: --input-shape expects NAME=SIZExSIZE..., as 1x3x224x224, not '%s'",
                              given);
    if (!is_sized(tensor)) {
        free(s->unknown);
        s->unknown = cli_format("%s", tensor->name);
    } else if (!fill_zeros(tensor))
        return cli_fail("%s: an input of zeros does not fit into memory", s->path);
    return CLI_GO_ON;
}

/* A run shows the islands. */
static int run_on_zeros(summary *s, const cli_texts *shapes) {
    const int inputs = cnn_model_inputs(s->model);
    int code = CLI_GO_ON;
    s->zeros = cli_allocate((size_t)inputs + 1, sizeof *s->zeros);
    for (int k = 0; code == CLI_GO_ON && k < inputs; k++)
        code = make_input(s, shapes, k);
    if (code == CLI_GO_ON && !s->unknown &&
        cnn_model_run(s->model, s->zeros, inputs, &s->failed) == CNN_ERROR_MEMORY)
        code = cli_fail("%s", s->failed.message);
    return code;
}

/* ---- Text ------------------------------------------------------------------------------------------ */

/* A tensor as the file declares it: "any x 3 x 224 x 224". */
static char *declared_shape(const cnn_tensor *tensor) {
    char *text = cli_format("%s", tensor->rank < 0 ? "any" : tensor->rank == 0 ? "one number" : "");
    for (int axis = 0; axis < tensor->rank; axis++) {
        cli_append(&text, "%s", axis ? " x " : "");
        if (tensor->shape[axis] < 0)
            cli_append(&text, "any");
        else
            cli_append(&text, "%s", cli_grouped(tensor->shape[axis]).text);
    }
    return text;
}

static void add_heads(cli_table *table, int count, const char *const *heads) {
    for (int i = 0; i < count; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
}

static void add_tensor(cli_table *table, const char *what, const cnn_tensor *tensor) {
    char *shape = declared_shape(tensor);
    cli_table_cell(table, "%s", what);
    cli_table_cell(table, "%s", tensor->name);
    cli_table_cell(table, "%s", tensor->type ? cnn_type_name(tensor->type) : "any");
    cli_table_cell(table, "%s", shape);
    free(shape);
}

static void print_tensors(const cnn_model *model) {
    static const char *const heads[] = {"", "Name", "Type", "Shape"};
    cli_table *table = cli_table_new(4, "llll");
    add_heads(table, 4, heads);
    for (int k = 0; k < cnn_model_inputs(model); k++)
        add_tensor(table, "input", cnn_model_input(model, k));
    for (int k = 0; k < cnn_model_outputs(model); k++)
        add_tensor(table, "output", cnn_model_output(model, k));
    cli_table_print(table, stdout);
    cli_table_free(table);
}

static void print_operators(const cnn_model *model) {
    static const char *const heads[] = {"Operator", "Nodes"};
    cli_table *table = cli_table_new(2, "lr");
    cnn_operator_info info;
    add_heads(table, 2, heads);
    for (int k = 0; k < cnn_model_operators(model) && !cnn_model_operator(model, k, &info, NULL); k++) {
        cli_table_cell(table, "%s%s%s", info.domain, *info.domain ? "." : "", info.name);
        cli_table_cell(table, "%s", cli_grouped(info.nodes).text);
    }
    putchar('\n');
    cli_table_print(table, stdout);
    cli_table_free(table);
}

static void print_island_table(const cnn_model *model) {
    static const char *const heads[] = {"Island from", "Layers", "Nodes", "Outputs"};
    cli_table *table = cli_table_new(4, "lrrr");
    cnn_island_info info;
    add_heads(table, 4, heads);
    for (int k = 0; k < cnn_model_islands(model) && !cnn_model_island(model, k, &info, NULL); k++) {
        cli_table_cell(table, "%s", info.input);
        cli_table_cell(table, "%d", info.layers);
        cli_table_cell(table, "%d", info.nodes);
        cli_table_cell(table, "%d", info.outputs);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
}

/* The parts that run as planned networks, or why they are not known. */
static void print_islands(const summary *s) {
    if (s->unknown)
        cli_print_words(
            "\nWhich parts run as planned networks depends on the sizes of the input %s: give them with "
            "--input-shape %s=SIZExSIZE...\n",
            s->unknown, s->unknown);
    else if (s->failed.status)
        cli_print_words("\nIt does not run on zeros: %s\n", s->failed.message);
    else if (cnn_model_islands(s->model) == 0)
        cli_print_words("\nNo part of it runs as a planned network: the interpreter runs all nodes.\n");
    else {
        putchar('\n');
        print_island_table(s->model);
    }
}

static int print_text(const summary *s) {
    cli_print_words("%s: no network as a whole, but a model that 'cnn run' runs; %s\n", s->path,
                    cli_count(cnn_model_nodes(s->model), "node").text);
    cli_print_words("Why it is no network: %s\n\n", s->why->message);
    print_tensors(s->model);
    print_operators(s->model);
    print_islands(s);
    return CLI_DONE;
}

/* ---- JSON ------------------------------------------------------------------------------------------ */

/* Sizes that may be anything are null. */
static json_t *tensor_json(const cnn_tensor *tensor) {
    json_t *shape = tensor->rank < 0 ? json_null() : json_array();
    for (int axis = 0; axis < tensor->rank; axis++)
        cli_json_add(shape, tensor->shape[axis] < 0 ? json_null() : json_integer(tensor->shape[axis]));
    return json_pack("{so so so}", "name", cli_json_text(tensor->name), "type",
                     tensor->type ? json_string(cnn_type_name(tensor->type)) : json_null(), "shape", shape);
}

static json_t *operators_json(const cnn_model *model) {
    json_t *operators = json_array();
    cnn_operator_info info;
    for (int k = 0; k < cnn_model_operators(model) && !cnn_model_operator(model, k, &info, NULL); k++)
        cli_json_add(operators, json_pack("{so so sI}", "domain", cli_json_text(info.domain), "operator",
                                          cli_json_text(info.name), "nodes", (json_int_t)info.nodes));
    return operators;
}

static int print_json(const summary *s) {
    json_t *inputs = json_array(), *outputs = json_array();
    for (int k = 0; k < cnn_model_inputs(s->model); k++)
        cli_json_add(inputs, tensor_json(cnn_model_input(s->model, k)));
    for (int k = 0; k < cnn_model_outputs(s->model); k++)
        cli_json_add(outputs, tensor_json(cnn_model_output(s->model, k)));
    const bool known = !s->unknown && !s->failed.status;
    return cli_json_print(json_pack("{so so sI so so so so}", "model", cli_json_text(s->path), "no_network",
                                    cli_json_text(s->why->message), "nodes",
                                    (json_int_t)cnn_model_nodes(s->model), "inputs", inputs, "outputs",
                                    outputs, "operators", operators_json(s->model), "islands",
                                    known ? cli_json_islands(s->model) : json_null()));
}

/* ---- The whole ------------------------------------------------------------------------------------- */

static void release(summary *s) {
    for (int k = 0; s->zeros && k < cnn_model_inputs(s->model); k++)
        free((void *)s->zeros[k].data);
    free(s->zeros);
    free(s->unknown);
    cnn_model_free(s->model);
}

int cli_summarise_model(const char *path, const cli_texts *shapes, bool json, const cnn_error *why) {
    summary s = {.path = path, .why = why};
    cnn_error error;
    const cnn_model_options options = {.engine = CNN_ENGINE_ISLANDS};
    if (why->status == CNN_ERROR_MEMORY || why->status == CNN_ERROR_IO)
        return cli_fail("%s", why->message);
    const cnn_status status = cnn_model_open(&s.model, path, &options, &error);
    if (status)
        return cli_fail("%s", status == CNN_ERROR_FORMAT ? why->message : error.message);
    int code = run_on_zeros(&s, shapes);
    if (code == CLI_GO_ON)
        code = json ? print_json(&s) : print_text(&s);
    release(&s);
    return code;
}
