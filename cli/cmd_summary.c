/* cnn summary: a table of layers with output shapes, parameters and MACs, and the memory that they need. */
#include "command.h"
#include "iterations.h"
#include "labels.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "parameter_formula.h"
#include "pipeline.h"
#include "shared_options.h"
#include "summary_model.h"
#include "table.h"
#include "wrap.h"

#include <cnn.h>

#include <stdlib.h>

struct arguments {
    int64_t batch, images, epochs;
    cli_texts shapes;
    bool json;
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    {"--batch", CLI_INTEGER, AT(batch), "N", .help = "batch size for the memory figures and iterations (128)",
     .min = 1, .max = 1 << 24},
    {"--images", CLI_INTEGER, AT(images), "N",
     .help = "also show how many iterations an epoch of so many training images has", .min = 1, .max = 1e12},
    {"--epochs", CLI_INTEGER, AT(epochs), "N", .help = "with --images: also the iterations of so many epochs",
     .min = 1, .max = 1e6},
    {"--input-shape", CLI_TEXTS, AT(shapes), "NAME=SHAPE",
     .help = "sizes of an input whose sizes an ONNX model leaves free, as x=1x3x224x224; repeat for each "
             "input"},
    CLI_ROWS(cli_json_rows, AT(json)),
    {0},
};

const cli_usage cli_summary_usage = {
    .command = "summary",
    .title = "show layers, output shapes, parameters, MACs and memory of a model",
    .operands = "MODEL",
    .min = 1,
    .max = 1,
    .help =
        "Show the layers of a model: output shapes (channels x rows x columns), how the number of "
        "parameters is calculated, multiply-accumulate operations (MACs) for one image, and the memory "
        "that training and inference need. Of an ONNX model that is no network as a whole it shows inputs, "
        "outputs, operators, and which parts of it run as planned networks.",
    .example = "  cnn summary basic --batch 64\n  cnn summary basic --images 60000 --epochs 10",
    .options = options,
};

/* What summary knows of a model. */
typedef struct model {
    const char *name;
    const cnn_net *net;
    bool trained;
    int64_t batch, macs;
    int64_t images, epochs; /* to train on, and how often; 0: not given */
    cnn_memory memory;
} model;

/* One layer: label, output shape, how its parameters are calculated, parameters, MACs. */
static void add_row(cli_table *table, const cnn_net *net, const cli_label *label) {
    char *shape = cli_shape(label->info.output, label->info.rank);
    char *formula = cli_parameter_formula(net, &label->info);
    cli_table_cell(table, "%s", label->text);
    cli_table_cell(table, "%s", shape);
    cli_table_cell(table, "%s", formula);
    cli_table_cell(table, "%s", cli_grouped(label->info.parameters).text);
    cli_table_cell(table, "%s", cli_grouped(label->macs).text);
    free(shape);
    free(formula);
}

static void print_layers(const model *m) {
    static const char *const heads[] = {"Layer", "Output", "", "Parameters", "MACs"};
    cli_table *table = cli_table_new(5, "lllrr");
    int rows;
    cli_label *labels = cli_labels(m->net, &rows);
    for (int i = 0; i < 5; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int i = 0; i < rows; i++)
        add_row(table, m->net, &labels[i]);
    cli_table_rule(table);
    const char *totals[] = {"Total", "", ""};
    for (int i = 0; i < 3; i++)
        cli_table_cell(table, "%s", totals[i]);
    cli_table_cell(table, "%s", cli_grouped(cnn_net_parameters(m->net)).text);
    cli_table_cell(table, "%s", cli_grouped(m->macs).text);
    cli_table_print(table, stdout);
    cli_table_free(table);
    cli_labels_free(labels, rows);
}

/* What batch normalisation keeps beside the parameters. */
static void print_statistics(const cnn_net *net) {
    if (cnn_net_statistics(net) > 0)
        cli_print_words("\n"
                        "Running statistics (not trained): %s\n",
                        cli_grouped(cnn_net_statistics(net)).text);
}

/* The names of the classes, if the model has them. */
static void print_classes(const cnn_net *net) {
    if (!cnn_net_class(net, 0))
        return;
    const int64_t classes = cnn_net_classes(net);
    cli_wrapping lines = cli_wrapping_start(stdout, 0);
    cli_wrap_unbroken(&lines, "Classes:");
    for (int64_t i = 0; i < classes; i++)
        cli_wrap_unbroken(&lines, " %s%s", cnn_net_class(net, i), i + 1 < classes ? "," : "");
    cli_wrap_end_line(&lines);
}

/* The iterations of training, if the number of images was given. */
static void print_iterations(const model *m) {
    if (!m->images)
        return;
    const cli_epoch epoch = cli_epoch_of(m->images, m->batch);
    char *text = cli_epoch_text(&epoch), *all = cli_format("%s", "");
    if (m->epochs) {
        free(all);
        all = cli_format(", %s in %s", cli_grouped(m->epochs * epoch.iterations).text,
                         cli_count(m->epochs, "epoch").text);
    }
    cli_print_words("Training on %s at batch %s: %s%s\n", cli_count(m->images, "image").text,
                    cli_grouped(m->batch).text, text, all);
    free(text);
    free(all);
}

static int print_text(const model *m) {
    int64_t input[3];
    cnn_net_input(m->net, input);
    char *shape = cli_shape(input, 3);
    cli_print_words("%s: input %s, %s outputs, %s\n", m->name, shape,
                    cli_grouped(cnn_net_outputs(m->net)).text, m->trained ? "trained" : "not trained");
    free(shape);
    print_iterations(m);
    putchar('\n');
    print_layers(m);
    print_statistics(m->net);
    cli_print_words("\nMemory at batch %s: training %s, inference %s, parameters alone %s\n",
                    cli_grouped(m->batch).text, cli_bytes(m->memory.training).text,
                    cli_bytes(m->memory.inference).text, cli_bytes(m->memory.parameters).text);
    print_classes(m->net);
    cli_pipeline_print(m->net, m->trained);
    cli_print_model_notes(m->net);
    return CLI_DONE;
}

static json_t *layer_json(const cnn_layer_info *info) {
    json_t *inputs = json_array();
    for (int i = 0; i < info->inputs; i++)
        cli_json_add(inputs, json_integer(info->input[i]));
    return json_pack("{so so so so so sI sI sI sI}", "name", cli_json_text(info->name), "kind",
                     cli_json_text(info->kind), "text", cli_json_text(info->text), "inputs", inputs, "output",
                     cli_json_shape(info->output, info->rank), "parameters", (json_int_t)info->parameters,
                     "statistics", (json_int_t)info->statistics, "macs", (json_int_t)info->macs, "shares",
                     (json_int_t)info->shares);
}

/* What --images and --epochs ask for. */
static void add_iterations(const model *m, json_t *json) {
    if (!m->images)
        return;
    const cli_epoch epoch = cli_epoch_of(m->images, m->batch);
    cli_json_set(json, "images", json_integer(m->images));
    cli_epoch_json(&epoch, json);
    if (!m->epochs)
        return;
    cli_json_set(json, "epochs", json_integer(m->epochs));
    cli_json_set(json, "iterations", json_integer(m->epochs * epoch.iterations));
}

static int print_json(const model *m) {
    int64_t input[3];
    cnn_net_input(m->net, input);
    json_t *layers = json_array(), *classes = json_array();
    for (cnn_layer layer = 1; layer <= cnn_net_layers(m->net); layer++) {
        cnn_layer_info info;
        if (cnn_net_layer(m->net, layer, &info, NULL) == CNN_OK)
            cli_json_add(layers, layer_json(&info));
    }
    for (int64_t i = 0; i < cnn_net_classes(m->net) && cnn_net_class(m->net, i); i++)
        cli_json_add(classes, cli_json_text(cnn_net_class(m->net, i)));
    json_t *json = json_pack(
        "{so sb so sI so so so sI sI sI sI s{sI sI sI} so}", "model", cli_json_text(m->name), "trained",
        m->trained, "input", cli_json_shape(input, 3), "outputs", (json_int_t)cnn_net_outputs(m->net),
        "classes", classes, "notes", cli_json_model_notes(m->net), "layers", layers, "parameters",
        (json_int_t)cnn_net_parameters(m->net), "statistics", (json_int_t)cnn_net_statistics(m->net), "macs",
        (json_int_t)m->macs, "batch", (json_int_t)m->batch, "memory", "training",
        (json_int_t)m->memory.training, "inference", (json_int_t)m->memory.inference, "parameters",
        (json_int_t)m->memory.parameters, "pipeline", cli_pipeline_json(m->net, m->trained));
    add_iterations(m, json);
    return cli_json_print(json);
}

/* MACs of the whole network and the memory that it needs at this batch size. */
static cnn_status measure(model *m, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (cnn_layer layer = 1; !status && layer <= cnn_net_layers(m->net); layer++) {
        cnn_layer_info info;
        status = cnn_net_layer(m->net, layer, &info, error);
        if (!status && __builtin_add_overflow(m->macs, info.macs, &m->macs))
            m->macs = INT64_MAX;
    }
    cnn_update_options update = {0};
    return status ? status : cnn_net_memory(m->net, m->batch, &update, 0, &m->memory, error);
}

/* A network has one input; what is said of several, or of other axes than an image has, is for the model that is none. */
static cnn_status open_net(model *m, const cli_texts *shapes, cnn_net **net, cnn_error *error) {
    cnn_input_size size;
    char *name = NULL;
    const bool sized = shapes->count == 1 && cli_read_input_shape(shapes->text[0], &size, &name);
    const cnn_status status = cnn_net_open_sized(net, m->name, sized ? &size : NULL, &m->trained, error);
    free(name);
    return status;
}

int cli_summary(int count, char **words) {
    struct arguments a = {.batch = CLI_DEFAULT_BATCH};
    int operands, code = cli_parse(&cli_summary_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    if (a.epochs && !a.images)
        return cli_fail_usage("summary: --epochs needs --images N, the number of training images");
    cnn_error error;
    cnn_net *net;
    model m = {.name = words[0], .batch = a.batch, .images = a.images, .epochs = a.epochs};
    if (open_net(&m, &a.shapes, &net, &error))
        return cli_summarise_model(m.name, &a.shapes, a.json, &error);
    m.net = net;
    if (measure(&m, &error))
        code = cli_fail("%s", error.message);
    else
        code = a.json ? print_json(&m) : print_text(&m);
    cnn_net_free(net);
    return code;
}
