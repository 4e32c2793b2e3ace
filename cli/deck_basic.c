/* The deck's pages on the Basic CNN: its layers, and their parameters. */
#include "deck_basic.h"

#include "deck.h"
#include "labels.h"
#include "output.h"
#include "parameter_formula.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const cli_basic_window cli_basic_windows[] = {
    {"conv_1", "Conv_1", 3, 1}, {"conv_2", "Conv_2", 3, 1}, {"max_pool_1", "Max Pool", 2, 2}, {0}};

int cli_basic_open(cnn_net **net) {
    cnn_error error;
    return cnn_net_open(net, "basic", NULL, &error) ? cli_fail("%s", error.message) : CLI_DONE;
}

int cli_basic_layer(const cnn_net *net, const char *name, cnn_layer_info *info) {
    for (cnn_layer layer = 1; layer <= cnn_net_layers(net); layer++)
        if (cnn_net_layer(net, layer, info, NULL) == CNN_OK && !strcmp(info->name, name))
            return CLI_DONE;
    return cli_fail("the Basic CNN has no layer %s", name);
}

/* How the size of the layer's output follows from `rows` of its input, for free(); "" where it stays. */
static char *size_text(const cnn_layer_info *info, int64_t rows) {
    for (const cli_basic_window *w = cli_basic_windows; w->layer; w++)
        if (!strcmp(w->layer, info->name))
            return cli_format("(%" PRId64 " + 2*0 - %" PRId64 ")/%" PRId64 " + 1 = %" PRId64, rows, w->kernel,
                              w->stride, info->output[1]);
    return cli_format("%s", "");
}

static void add_layer(cli_table *table, json_t *layers, const cli_label *label, int64_t rows) {
    char *shape = cli_shape(label->info.output, label->info.rank), *size = size_text(&label->info, rows);
    cli_table_cell(table, "%s", label->text);
    cli_table_cell(table, "%s", shape);
    cli_table_cell(table, "%s", size);
    cli_json_add(layers, json_pack("{ss so}", "layer", label->text, "output",
                                   cli_json_shape(label->info.output, label->info.rank)));
    free(shape);
    free(size);
}

static void show_layers(cli_page *page, const cnn_net *net) {
    cli_table *table = cli_table_new(3, "lll");
    json_t *layers = json_array();
    int count;
    cli_label *labels = cli_labels(net, &count);
    int64_t input[3];
    cnn_net_input(net, input);
    char *shape = cli_shape(input, 3);
    const char *const head[] = {"Layer",       "Output", "Rows and columns, (n + 2p - f)/s + 1",
                                "Input image", shape,    ""};
    for (int i = 0; i < 6; i++) {
        if (i == 3)
            cli_table_rule(table);
        cli_table_cell(table, "%s", head[i]);
    }
    for (int i = 0; i < count; i++)
        add_layer(table, layers, &labels[i], i ? labels[i - 1].info.output[1] : input[1]);
    cli_page_table(page, table);
    cli_page_json(page, "layers", layers);
    cli_labels_free(labels, count);
    free(shape);
}

int cli_show_basic(cli_page *page) {
    cnn_net *net;
    int code = cli_basic_open(&net);
    if (code != CLI_DONE)
        return code;
    cli_page_say(page, "Put together, these layers are a network that tells small grey images of ten classes "
                       "apart, such as handwritten digits. Sizes are channels x rows x columns:");
    show_layers(page, net);
    cli_page_say(
        page,
        "The convolutions find features, the max pooling makes the maps smaller, and the dense layers "
        "decide from the features which class it is: %s outputs, one for each class.",
        cli_grouped(cnn_net_outputs(net)).text);
    cli_page_number(page, "outputs", (double)cnn_net_outputs(net));
    cli_page_try(page, "cnn summary basic", "the same with arithmetic and memory");
    cli_page_try(page, "cnn models", "other networks that are built in");
    cnn_net_free(net);
    return CLI_DONE;
}

/* A row for each layer with parameters or without, and the total of the library. */
static void show_parameters(cli_page *page, const cnn_net *net) {
    cli_table *table = cli_table_new(3, "llr");
    json_t *layers = json_object();
    int count;
    cli_label *labels = cli_labels(net, &count);
    static const char *const heads[] = {"Layer", "", "Parameters"};
    for (int i = 0; i < 3; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int i = 0; i < count; i++) {
        char *formula = cli_parameter_formula(net, &labels[i].info);
        cli_table_cell(table, "%s", labels[i].text);
        cli_table_cell(table, "%s", formula);
        cli_table_cell(table, "%s", cli_grouped(labels[i].info.parameters).text);
        cli_json_set(layers, labels[i].info.name, json_integer(labels[i].info.parameters));
        free(formula);
    }
    cli_table_rule(table);
    cli_table_cell(table, "Total");
    cli_table_cell(table, "%s", "");
    cli_table_cell(table, "%s", cli_grouped(cnn_net_parameters(net)).text);
    cli_page_table(page, table);
    cli_page_json(page, "parameters", layers);
    cli_page_number(page, "total", (double)cnn_net_parameters(net));
    cli_labels_free(labels, count);
}

/* The deck's slip, and where most parameters are. */
static int show_remarks(cli_page *page, const cnn_net *net) {
    enum { PRINTED = 18494 }; /* on the deck's slide, for Conv_2 */
    cnn_layer_info convolution, dense;
    int code = cli_basic_layer(net, "conv_2", &convolution);
    if (code == CLI_DONE)
        code = cli_basic_layer(net, "fc_1", &dense);
    if (code != CLI_DONE)
        return code;
    const int64_t total = cnn_net_parameters(net);
    const double share = 100.0 * (double)dense.parameters / (double)total;
    cli_page_say(
        page,
        "The deck's slide prints %s for Conv_2. That is a slip: its own formula gives %s, and only that adds "
        "up to its total of %s.",
        cli_grouped(PRINTED).text, cli_grouped(convolution.parameters).text, cli_grouped(total).text);
    cli_page_say(
        page,
        "ReLU, max pooling, flatten and softmax have nothing to train. FC_1 alone holds %.1f %% of all "
        "parameters.",
        share);
    cli_page_number(page, "fc_1_percent", share);
    return CLI_DONE;
}

int cli_show_parameters(cli_page *page) {
    cnn_net *net;
    int code = cli_basic_open(&net);
    if (code != CLI_DONE)
        return code;
    cli_page_say(page,
                 "Parameters are the numbers that training finds: the weights, and a bias for each filter or "
                 "node.");
    cli_page_formula(page, "convolution: ((height x width x depth) + bias) x filters");
    cli_page_formula(page, "dense: (length + bias) x nodes");
    show_parameters(page, net);
    code = show_remarks(page, net);
    cli_page_try(page, "cnn summary basic", "the same table with output sizes and arithmetic");
    cnn_net_free(net);
    return code;
}
