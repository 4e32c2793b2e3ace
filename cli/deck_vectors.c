/* The deck's pages on vectors: flatten and dense, softmax. */
#include "deck.h"
#include "deck_basic.h"
#include "forward.h"
#include "output.h"
#include "pooled.h"
#include "softmaxed.h"

#include <cnn.h>

#include <inttypes.h>
#include <stdlib.h>

/* One node of a dense layer, with made-up weights, on the four values of the pooling page. */
static const double example_weights[] = {0.5, 0, -0.5, 1}, example_bias = 1;
enum { EXAMPLE_INPUTS = sizeof example_weights / sizeof example_weights[0] };

/* The pooled map of the page before: 2 x 2. */
static int pool(cli_grid *map) {
    cli_grid image = {0};
    cli_pooled pooled = {.input = &image, .window = {2, 2}};
    int code = cli_grid_read(&image, "image", cli_deck_pooling);
    if (code == CLI_DONE)
        code = cli_pooled_run(&pooled);
    *map = pooled.output;
    free(image.values);
    return code;
}

/* A network that flattens the map; with `dense` also the one node. */
static cnn_net *build(const cli_grid *map, bool dense) {
    double weights[EXAMPLE_INPUTS], bias = example_bias;
    cnn_net *net =
        cnn_net_new(&(cnn_input_options){.channels = 1, .height = map->rows, .width = map->columns});
    if (!net)
        return NULL;
    cnn_flatten(net);
    if (!dense)
        return net;
    for (int i = 0; i < EXAMPLE_INPUTS; i++)
        weights[i] = example_weights[i];
    cnn_dense(net, .units = 1);
    if (cli_set_parameter(net, "fc_1.weight", &(cli_grid){1, 1, EXAMPLE_INPUTS, weights}, NULL) ||
        cli_set_parameter(net, "fc_1.bias", &(cli_grid){1, 1, 1, &bias}, NULL)) {
        cnn_net_free(net);
        return NULL;
    }
    return net;
}

/* "(123 x 0.5) + (167 x 0) + ... + 1 = 134" */
static void show_node(cli_page *page, const cli_grid *vector, double output) {
    char *sum = cli_format("%s", "");
    for (int i = 0; i < EXAMPLE_INPUTS; i++)
        cli_append(&sum, "(%s x %s) + ", cli_value(vector->values[i]).text,
                   cli_value(example_weights[i]).text);
    cli_page_formula(page, "%s%s = %s", sum, cli_value(example_bias).text, cli_value(output).text);
    cli_page_number(page, "node", output);
    free(sum);
}

/* The Basic CNN's own flatten and first dense layer. */
static int show_basic(cli_page *page) {
    cnn_net *net;
    cnn_layer_info pool, flatten, dense;
    int code = cli_basic_open(&net);
    if (code == CLI_DONE)
        code = cli_basic_layer(net, "max_pool_1", &pool);
    if (code == CLI_DONE)
        code = cli_basic_layer(net, "flatten_1", &flatten);
    if (code == CLI_DONE)
        code = cli_basic_layer(net, "fc_1", &dense);
    if (code == CLI_DONE) {
        cli_page_say(page,
                     "In the Basic CNN the max pooling gives %" PRId64 " maps of %" PRId64 " x %" PRId64
                     ". Flattened, and then seen by each of the %" PRId64
                     " nodes of the dense layer, with a weight for each value and a bias:",
                     pool.output[0], pool.output[1], pool.output[2], dense.output[0]);
        cli_page_formula(page, "%" PRId64 " x %" PRId64 " x %" PRId64 " = %s values", pool.output[1],
                         pool.output[2], pool.output[0], cli_grouped(flatten.output[0]).text);
        cli_page_formula(page, "(%" PRId64 " + 1) x %" PRId64 " = %s parameters", flatten.output[0],
                         dense.output[0], cli_grouped(dense.parameters).text);
        cli_page_number(page, "flattened", (double)flatten.output[0]);
        cli_page_number(page, "dense_parameters", (double)dense.parameters);
    }
    cnn_net_free(net);
    return code;
}

int cli_show_flatten(cli_page *page) {
    cli_grid map = {0}, vector = {0}, node = {0};
    int code = pool(&map);
    if (code == CLI_DONE)
        code = cli_forward_free(build(&map, false), &map, &vector);
    if (code == CLI_DONE)
        code = cli_forward_free(build(&map, true), &map, &node);
    if (code == CLI_DONE) {
        cli_page_say(page,
                     "The maps of the last max pooling are flattened: their values, row by row and map after "
                     "map, become one vector. Of the map on the page before:");
        cli_page_grid(page, "flattened_example", "Flattened", &vector);
        cli_page_say(
            page, "Each node of a dense layer, also called fully connected, sees the whole vector: it "
                  "multiplies every value by a weight of its own and adds a bias. With the made-up weights "
                  "0.5, 0, -0.5 and 1 and the bias 1:");
        show_node(page, &vector, node.values[0]);
        code = show_basic(page);
        cli_page_try(page, "cnn summary basic", "the layers of the Basic CNN and their sizes");
    }
    free(map.values);
    free(vector.values);
    free(node.values);
    return code;
}

/* Each logit: exponential, quotient, and that to one decimal. */
static void show_quotients(cli_page *page, const cli_softmaxed *s) {
    json_t *probabilities = json_array();
    cli_table *table = cli_table_new(4, "rrlr");
    static const char *const heads[] = {"Logit", "exp", "exp / sum", "Rounded"};
    for (int i = 0; i < 4; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int i = 0; i < s->count; i++) {
        char *quotient = cli_softmaxed_quotient(s, i);
        cli_table_cell(table, "%.1f", s->logits[i]);
        cli_table_cell(table, "%s", cli_value(s->exponentials[i]).text);
        cli_table_cell(table, "%s", quotient);
        cli_table_cell(table, "%.1f", s->output.values[i]);
        cli_json_add(probabilities, cli_json_value(s->output.values[i]));
        free(quotient);
    }
    cli_page_table(page, table);
    cli_page_json(page, "probabilities", probabilities);
    cli_page_number(page, "sum", s->sum);
}

int cli_show_softmax(cli_page *page) {
    static const double logits[] = {2.0, 1.0, 0.1};
    cli_softmaxed s = {.count = 3, .logits = logits, .temperature = 1};
    int code = cli_softmaxed_run(&s);
    if (code == CLI_DONE) {
        char *sum = cli_softmaxed_sum(&s);
        cli_page_say(
            page, "The last dense layer gives each class a score, its logit. The softmax makes probabilities "
                  "of them: positive numbers that add up to 1.");
        cli_page_formula(page, "softmax(x)_i = exp(x_i) / sum_j exp(x_j)");
        cli_page_say(
            page, "The sum of the exponentials of the logits 2.0, 1.0 and 0.1, and each one's share of it:");
        cli_page_formula(page, "exp(2.0) + exp(1.0) + exp(0.1) = %s", sum);
        show_quotients(page, &s);
        cli_page_try(page, "cnn softmax 2.0 1.0 0.1", "the same with every step");
        cli_page_try(page, "cnn softmax 2.0 1.0 0.1 --temperature 2", "logits that lie closer together");
        free(sum);
    }
    cli_softmaxed_free(&s);
    return code;
}
