/* cnn run: any ONNX model on raw tensors, for scripts and for comparing with other engines. */
#include "command.h"
#include "islands.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "table.h"
#include "wrap.h"

#include <cnn.h>
#include <cnn_model.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct arguments {
    cli_texts inputs;
    const char *folder;
    int engine, precision;
    int64_t threads;
    bool verbose, json;
};

#define AT(field) offsetof(struct arguments, field)

/* In the order of cnn_engine. */
static const char *const engines[] = {"auto", "network", "interpreter", "islands", NULL};

static const cli_option options[] = {
    {"--input", CLI_TEXTS, AT(inputs), "NAME=FILE",
     .help = "tensor for the input NAME: a .npy file or an ONNX .pb file; repeat for each input",
     .letter = "-i"},
    {"--output", CLI_TEXT, AT(folder), "DIR", .help = "write each output as DIR/NAME.npy", .letter = "-o"},
    {"--engine", CLI_CHOICE, AT(engine), .choices = engines,
     .help = "what runs the model; auto: a planned network if the model can be one, otherwise islands: "
             "planned networks of its parts, and the interpreter between them (auto)"},
    CLI_ROWS(cli_threads_rows, AT(threads)),
    CLI_ROWS(cli_precision_rows, AT(precision)),
    {"--verbose", CLI_FLAG, AT(verbose),
     .help = "say which engine ran the model, and which parts of it were planned networks", .letter = "-v"},
    CLI_ROWS(cli_json_rows, AT(json)),
    {0},
};

const cli_usage cli_run_usage = {
    .command = "run",
    .title = "run any ONNX model on raw tensors: .npy in, .npy out",
    .operands = "MODEL --input NAME=x.npy... -o DIR",
    .min = 1,
    .max = 1,
    .help = "Run an ONNX model, or the model of a run directory, on raw tensors and write its outputs. The "
            "model may have any number of inputs and outputs, of any shape and type. docs/onnx.md lists the "
            "supported operators.",
    .example = "  cnn run model.onnx --input x=x.npy -o results",
    .options = options,
};

/* A run: its input tensors, and the files of its outputs. Zero-initialised, then filled. */
typedef struct running {
    const char *path;
    cnn_model *model;
    cnn_tensor inputs[CLI_MAX_TEXTS];
    char *names[CLI_MAX_TEXTS];
    int count;
    char **files; /* of each output */
} running;

/* "NAME=FILE": the name is for free(). */
static int read_input(running *r, const char *text) {
    const char *equals = strchr(text, '=');
    cnn_error error;
    if (!equals || equals == text || !equals[1])
        return cli_fail_usage("run: --input expects NAME=FILE, not '%s'", text);
    if (cnn_tensor_read(&r->inputs[r->count], equals + 1, &error))
        return cli_fail("%s", error.message);
    r->names[r->count] = cli_format("%.*s", (int)(equals - text), text);
    r->inputs[r->count].name = r->names[r->count];
    r->count++;
    return CLI_GO_ON;
}

/* Whether the character may stand in a file name unchanged. */
static bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._-", c);
}

/* A name as part of a path that stays in its folder: other characters become '_'. For free(). */
static char *file_name(const char *name) {
    char *safe = cli_format("%s%s", *name && *name != '.' ? "" : "_", name);
    for (char *c = safe; *c; c++)
        if (!is_plain(*c))
            *c = '_';
    return safe;
}

/* Whether an earlier output has the same file name after its odd characters were replaced. */
static bool is_taken(const running *r, int before, const char *file) {
    for (int k = 0; k < before; k++)
        if (!strcmp(r->files[k], file))
            return true;
    return false;
}

/* A file for output `k` that none before it has. */
static void choose_file(running *r, const char *folder, int k) {
    char *name = file_name(cnn_model_output(r->model, k)->name);
    r->files[k] = cli_format("%s/%s.npy", folder, name);
    for (int number = 2; is_taken(r, k, r->files[k]); number++) {
        free(r->files[k]);
        r->files[k] = cli_format("%s/%s_%d.npy", folder, name, number);
    }
    free(name);
}

/* Each output as FOLDER/NAME.npy. */
static int write_outputs(running *r, const char *folder) {
    cnn_error error;
    if (mkdir(folder, 0777) && errno != EEXIST)
        return cli_fail("cannot create the folder %s: %s", folder, strerror(errno));
    r->files = cli_allocate((size_t)cnn_model_outputs(r->model), sizeof *r->files);
    for (int k = 0; k < cnn_model_outputs(r->model); k++) {
        choose_file(r, folder, k);
        if (cnn_tensor_write(cnn_model_result(r->model, k), r->files[k], &error))
            return cli_fail("%s", error.message);
    }
    return CLI_GO_ON;
}

/* The engine, and a line for each part of the model that was a network. */
static void print_engine(const running *r) {
    const int islands = cnn_model_islands(r->model);
    cnn_island_info info;
    if (!islands) {
        cli_print_words("%s was run by the %s.\n\n", r->path, engines[cnn_model_engine(r->model)]);
        return;
    }
    int nodes = 0;
    for (int k = 0; k < islands && !cnn_model_island(r->model, k, &info, NULL); k++)
        nodes += info.nodes;
    cli_print_words("%s was run as %s: %d of its %s as planned networks, the others by the interpreter.\n",
                    r->path, cli_count(islands, "island").text, nodes,
                    cli_count(cnn_model_nodes(r->model), "node").text);
    for (int k = 0; k < islands && !cnn_model_island(r->model, k, &info, NULL); k++)
        cli_print_words("  from %s: %s, %s, %s\n", info.input, cli_count(info.layers, "layer").text,
                        cli_count(info.nodes, "node").text, cli_count(info.outputs, "output").text);
    cli_print_words("\n");
}

static int print_text(const running *r, bool verbose) {
    cli_table *table = cli_table_new(4, "llll");
    static const char *const heads[] = {"Output", "Type", "Shape", "File"};
    if (verbose)
        print_engine(r);
    for (int i = 0; i < 4; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int k = 0; k < cnn_model_outputs(r->model); k++) {
        const cnn_tensor *result = cnn_model_result(r->model, k);
        char *shape = cli_shape(result->shape, result->rank), *name = file_name(result->name);
        cli_table_cell(table, "%s", name);
        cli_table_cell(table, "%s", cnn_type_name(result->type));
        cli_table_cell(table, "%s", result->rank ? shape : "one number");
        cli_table_cell(table, "%s", r->files[k]);
        free(shape);
        free(name);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
    return CLI_DONE;
}

static int print_json(const running *r) {
    json_t *outputs = json_array();
    for (int k = 0; k < cnn_model_outputs(r->model); k++) {
        const cnn_tensor *result = cnn_model_result(r->model, k);
        cli_json_add(outputs, json_pack("{so ss so so}", "name", cli_json_text(result->name), "type",
                                        cnn_type_name(result->type), "shape",
                                        cli_json_shape(result->shape, result->rank), "file",
                                        cli_json_text(r->files[k])));
    }
    return cli_json_print(json_pack("{so ss sI so so}", "model", cli_json_text(r->path), "engine",
                                    engines[cnn_model_engine(r->model)], "nodes",
                                    (json_int_t)cnn_model_nodes(r->model), "islands",
                                    cli_json_islands(r->model), "outputs", outputs));
}

static double real_at(const cnn_tensor *tensor, int64_t index) {
    return tensor->type == CNN_TYPE_FLOAT64 ? ((const double *)tensor->data)[index]
                                            : (double)((const float *)tensor->data)[index];
}

/* How many elements are infinite or not numbers; *first is one of them. */
static int64_t count_not_finite(const cnn_tensor *tensor, int64_t *first) {
    int64_t elements = 1, count = 0;
    if (tensor->type != CNN_TYPE_FLOAT32 && tensor->type != CNN_TYPE_FLOAT64)
        return 0;
    for (int axis = 0; axis < tensor->rank; axis++)
        elements *= tensor->shape[axis];
    for (int64_t i = elements - 1; i >= 0; i--)
        if (!isfinite(real_at(tensor, i))) {
            *first = i;
            count++;
        }
    return count;
}

/* Results with values that are not finite are written and shown, but they are no success. */
static int check_results(const running *r) {
    for (int k = 0; k < cnn_model_outputs(r->model); k++) {
        const cnn_tensor *result = cnn_model_result(r->model, k);
        int64_t first = 0;
        const int64_t count = count_not_finite(result, &first);
        if (count)
            return cli_fail("%s: the output %s holds %s that %s not finite (infinite or not a number), the "
                            "first at element %" PRId64 " (from 0); it is written all the same",
                            r->path, result->name, cli_count(count, "value").text, count == 1 ? "is" : "are",
                            first);
    }
    return CLI_DONE;
}

static int run(running *r, const struct arguments *a) {
    cnn_error error;
    const cnn_model_options choice = {.engine = (cnn_engine)a->engine,
                                      .threads = (int)a->threads,
                                      .precision = (cnn_precision)a->precision};
    int code = CLI_GO_ON;
    for (int i = 0; code == CLI_GO_ON && i < a->inputs.count; i++)
        code = read_input(r, a->inputs.text[i]);
    if (code != CLI_GO_ON)
        return code;
    if (cnn_model_open(&r->model, r->path, &choice, &error) ||
        cnn_model_run(r->model, r->inputs, r->count, &error))
        return cli_fail("%s", error.message);
    code = write_outputs(r, a->folder);
    if (code != CLI_GO_ON)
        return code;
    code = a->json ? print_json(r) : print_text(r, a->verbose);
    return code == CLI_DONE ? check_results(r) : code;
}

static void release(running *r) {
    for (int k = 0; r->files && k < cnn_model_outputs(r->model); k++)
        free(r->files[k]);
    free(r->files);
    for (int i = 0; i < r->count; i++) {
        cnn_tensor_free(&r->inputs[i]);
        free(r->names[i]);
    }
    cnn_model_free(r->model);
}

int cli_run(int count, char **words) {
    struct arguments a = {0};
    int operands, code = cli_parse(&cli_run_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    if (!a.folder)
        return cli_fail_usage("run: -o DIR is missing: give a folder for the outputs; see 'cnn run --help'");
    running r = {.path = words[0]};
    code = run(&r, &a);
    release(&r);
    return code;
}
