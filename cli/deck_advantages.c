/* The deck's page on advantages: of each what can be computed without data. */
#include "deck.h"
#include "deck_basic.h"
#include "output.h"
#include "parameter_formula.h"
#include "pooled.h"

#include <cnn.h>

#include <inttypes.h>
#include <stdlib.h>

/* ---- Invariance -------------------------------------------------------------------------------------------- */

/* The image with the columns of each 2 x 2 window swapped; and with everything one column further right. */
static cli_grid swap_columns(const cli_grid *image) {
    cli_grid swapped = cli_grid_new(1, image->rows, image->columns);
    for (int64_t i = 0; i < cli_grid_count(image); i++)
        swapped.values[i] = image->values[i ^ 1];
    return swapped;
}

static cli_grid shift_right(const cli_grid *image) {
    cli_grid shifted = cli_grid_new(1, image->rows, image->columns);
    for (int64_t i = 0; i < cli_grid_count(image); i++)
        shifted.values[i] = i % image->columns ? image->values[i - 1] : 0;
    return shifted;
}

/* How many values of two grids of the same size are equal. */
static int64_t count_equal(const cli_grid *a, const cli_grid *b) {
    int64_t equal = 0;
    for (int64_t i = 0; i < cli_grid_count(a); i++)
        equal += a->values[i] == b->values[i];
    return equal;
}

/* Three poolings: of the image, of the one with swapped columns, and of the one shifted right. */
static void show_pooled(cli_page *page, const cli_pooled pooled[3]) {
    const int64_t all = cli_grid_count(&pooled[0].output);
    cli_page_say(
        page, "Invariance. Remember the example of max pooling: where in its window the largest value lies "
              "makes no difference. Here is the image again, with the two columns of each window swapped:");
    cli_page_grid(page, "swapped", "Input, columns of each window swapped", pooled[1].input);
    cli_page_grid(page, "pooled_swapped", "After max pooling", &pooled[1].output);
    cli_page_say(page,
                 "%" PRId64 " of %" PRId64 " values are as before. Beyond a window the invariance ends: with "
                 "the whole image one column further right, only %" PRId64 " of %" PRId64 " are.",
                 count_equal(&pooled[0].output, &pooled[1].output), all,
                 count_equal(&pooled[0].output, &pooled[2].output), all);
    cli_page_grid(page, "pooled_shifted", "After max pooling of the shifted image", &pooled[2].output);
    cli_page_number(page, "equal_swapped", (double)count_equal(&pooled[0].output, &pooled[1].output));
    cli_page_number(page, "equal_shifted", (double)count_equal(&pooled[0].output, &pooled[2].output));
}

static int show_invariance(cli_page *page) {
    cli_grid images[3] = {0};
    cli_pooled pooled[3] = {0};
    int code = cli_grid_read(&images[0], "image", cli_deck_pooling);
    if (code == CLI_DONE) {
        images[1] = swap_columns(&images[0]);
        images[2] = shift_right(&images[0]);
    }
    for (int i = 0; i < 3 && code == CLI_DONE; i++) {
        pooled[i] = (cli_pooled){.input = &images[i], .window = {2, 2}};
        code = cli_pooled_run(&pooled[i]);
    }
    if (code == CLI_DONE)
        show_pooled(page, pooled);
    for (int i = 0; i < 3; i++) {
        free(images[i].values);
        free(pooled[i].output.values);
    }
    return code;
}

/* ---- Parameter sharing, sparsity --------------------------------------------------------------------------- */

/* Parameters of a dense layer with the inputs of the network and so many outputs, counted by the library. */
static int count_dense(const cnn_net *net, int64_t outputs, int64_t *parameters) {
    int64_t input[3];
    cnn_net_input(net, input);
    cnn_net *dense =
        cnn_net_new(&(cnn_input_options){.channels = input[0], .height = input[1], .width = input[2]});
    int code = CLI_DONE;
    if (dense) {
        cnn_flatten(dense);
        cnn_dense(dense, .units = outputs);
    }
    if (cnn_net_status(dense))
        code = cli_fail("%s", dense ? cnn_net_error(dense) : "out of memory for a dense layer");
    else
        *parameters = cnn_net_parameters(dense);
    cnn_net_free(dense);
    return code;
}

static int show_sharing(cli_page *page, const cnn_net *net) {
    cnn_layer_info conv;
    int64_t dense = 0, input[3];
    cnn_net_input(net, input);
    const int64_t pixels = input[0] * input[1] * input[2];
    int code = cli_basic_layer(net, "conv_1", &conv);
    const int64_t outputs = code == CLI_DONE ? conv.output[0] * conv.output[1] * conv.output[2] : 0;
    if (code == CLI_DONE)
        code = count_dense(net, outputs, &dense);
    if (code != CLI_DONE)
        return code;
    cli_page_say(page,
                 "Parameter sharing. One filter serves all parts of the image. Conv_1 of the Basic CNN makes "
                 "%s values from %" PRId64
                 " pixels with %s parameters. A dense layer with the same inputs and outputs has %s "
                 "times as many:",
                 cli_grouped(outputs).text, pixels, cli_grouped(conv.parameters).text,
                 cli_grouped(dense / conv.parameters).text);
    char *formula = cli_parameter_formula(net, &conv);
    cli_page_formula(page, "convolution: %s = %s", formula, cli_grouped(conv.parameters).text);
    cli_page_formula(page, "dense: (%" PRId64 " + 1) x %" PRId64 " = %s", pixels, outputs,
                     cli_grouped(dense).text);
    free(formula);
    cli_page_number(page, "convolution_parameters", (double)conv.parameters);
    cli_page_number(page, "dense_parameters", (double)dense);
    return CLI_DONE;
}

/* Behind the title of a layer: the inputs that one of its outputs is made of, and how many there are. */
static void add_connections(cli_table *table, json_t *rows, const cnn_net *net, const cnn_layer_info *info) {
    cnn_layer_info before = {.rank = 3};
    cnn_net_input(net, before.output);
    if (info->input[0] != CNN_NETWORK_INPUT)
        cnn_net_layer(net, info->input[0], &before, NULL);
    int64_t inputs = 1, outputs = 1;
    for (int axis = 0; axis < before.rank; axis++)
        inputs *= before.output[axis];
    for (int axis = 0; axis < info->rank; axis++)
        outputs *= info->output[axis];
    const int64_t connections = info->macs / outputs;
    cli_table_cell(table, "%s", cli_grouped(connections).text);
    cli_table_cell(table, "%s", cli_grouped(inputs).text);
    cli_table_cell(table, "%.1f %%", 100.0 * (double)connections / (double)inputs);
    cli_json_add(rows, json_pack("{ss sI sI}", "layer", info->name, "connections", (json_int_t)connections,
                                 "inputs", (json_int_t)inputs));
}

static int show_sparsity(cli_page *page, const cnn_net *net) {
    static const char *const layers[][2] = {
        {"conv_1", "Conv_1"}, {"conv_2", "Conv_2"}, {"fc_1", "FC_1"}, {"fc_2", "FC_2"}};
    static const char *const heads[] = {"Layer", "Connections of a value", "Inputs of the layer", "Share"};
    cli_table *table = cli_table_new(4, "lrrr");
    json_t *rows = json_array();
    int code = CLI_DONE;
    cli_page_say(
        page, "Sparsity of connections. A value of a feature map is connected only to the inputs below its "
              "kernel; a node of a dense layer to all of them:");
    for (int i = 0; i < 4; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int i = 0; i < 4 && code == CLI_DONE; i++) {
        cnn_layer_info info;
        cli_table_cell(table, "%s", layers[i][1]);
        code = cli_basic_layer(net, layers[i][0], &info);
        if (code == CLI_DONE)
            add_connections(table, rows, net, &info);
    }
    cli_page_table(page, table);
    cli_page_json(page, "connections", rows);
    return code;
}

int cli_show_advantages(cli_page *page) {
    cnn_net *net;
    int code = cli_basic_open(&net);
    if (code == CLI_DONE)
        code = show_invariance(page);
    if (code == CLI_DONE)
        code = show_sharing(page, net);
    if (code == CLI_DONE)
        code = show_sparsity(page, net);
    cli_page_try(page, "cnn convolve --pool 2x2", "the max pooling as it was");
    cli_page_try(page, "cnn explain runs/first --data fashion-mnist --layer max_pool_1",
                 "the pooled maps of a network that you trained");
    cli_page_try(page, "cnn summary basic", "parameters and arithmetic, layer by layer");
    cli_page_try(page, "cnn lab basic --data fashion-mnist --quick",
                 "all three measured, beside a dense network with as many parameters");
    cnn_net_free(net);
    return code;
}
