#include "labels.h"

#include "output.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* How a layer is called that has the name the library gave it ("max_pool_1"). */
static const struct kind {
    const char *kind, *prefix, *title;
    bool numbered; /* always; else only where the network has several */
    bool weights;  /* takes a ReLU onto its line, and may be the "(Output)" */
} kinds[] = {
    {"conv", "conv_", "Conv", true, true},
    {"dense", "fc_", "FC", true, true},
    {"relu", "relu_", "ReLU", false, false},
    {"maxpool", "max_pool_", "Max Pool", false, false},
    {"avgpool", "avg_pool_", "Average Pool", false, false},
    {"globalavgpool", "global_avg_pool_", "Global Average Pool", false, false},
    {"globalmaxpool", "global_max_pool_", "Global Max Pool", false, false},
    {"globall2pool", "global_l2_pool_", "Global L2 Pool", false, false},
    {"channelpool", "channel_pool_", "Channel Pool", false, false},
    {"flatten", "flatten_", "Flatten", false, false},
    {"dropout", "dropout_", "Dropout", false, false},
    {"droppath", "drop_path_", "Drop Path", false, false},
    {"softmax", "softmax_", "Softmax", false, false},
    {"add", "add_", "Add", false, true},
    {"batchnorm", "batch_norm_", "Batch Norm", false, true},
    {"concat", "concat_", "Concat", false, true},
};

static const struct kind *find_kind(const char *word) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strcmp(kinds[i].kind, word))
            return &kinds[i];
    return NULL;
}

/* The number that ends a name which the library gave, or NULL for a name of the user's. */
static const char *given_number(const struct kind *kind, const char *name) {
    size_t length = strlen(kind->prefix);
    if (strncmp(name, kind->prefix, length) || !name[length])
        return NULL;
    for (const char *c = name + length; *c; c++)
        if (!isdigit((unsigned char)*c))
            return NULL;
    return name + length;
}

/* How many layers of this kind the network has. */
static int count_kind(const cnn_layer_info *infos, int layers, const char *kind) {
    int count = 0;
    for (int i = 0; i < layers; i++)
        count += !strcmp(infos[i].kind, kind);
    return count;
}

/* Whether the layer is one of the inputs. */
static bool reads(const cnn_layer_info *info, cnn_layer layer) {
    for (int i = 0; i < info->inputs; i++)
        if (info->input[i] == layer)
            return true;
    return false;
}

/* Whether the layer at `i` is a ReLU that alone reads the layer before it. */
static bool joins_previous(const cnn_layer_info *infos, int layers, int i) {
    if (i == 0 || i >= layers || strcmp(infos[i].kind, "relu") || !reads(&infos[i], i))
        return false;
    const struct kind *previous = find_kind(infos[i - 1].kind);
    int readers = 0;
    for (int other = 0; other < layers; other++)
        readers += reads(&infos[other], i);
    return previous && previous->weights && readers == 1;
}

/* Whether nothing but a softmax comes after the layer at `i`. */
static bool is_output(const cnn_layer_info *infos, int layers, int i) {
    const struct kind *kind = find_kind(infos[i].kind);
    if (!kind || !kind->weights)
        return false;
    for (int later = i + 1; later < layers; later++)
        if (strcmp(infos[later].kind, "softmax"))
            return false;
    return true;
}

/* The layer's name as a diagram has it; a name that the user gave stays. */
static char *title(const cnn_layer_info *infos, int layers, int i) {
    const struct kind *kind = find_kind(infos[i].kind);
    const char *number = kind ? given_number(kind, infos[i].name) : NULL;
    if (!number)
        return cli_format("%s", infos[i].name);
    if (kind->numbered)
        return cli_format("%s_%s", kind->title, number);
    if (count_kind(infos, layers, infos[i].kind) > 1)
        return cli_format("%s %s", kind->title, number);
    return cli_format("%s", kind->title);
}

/* The title, with "+ ReLU" where the next layer is shown on the same line and "(Output)" for the last one with
 * weights. */
static cli_label make_label(const cnn_layer_info *infos, int layers, int i) {
    char *name = title(infos, layers, i);
    bool joined = joins_previous(infos, layers, i + 1);
    cli_label label = {.info = infos[i], .macs = infos[i].macs + (joined ? infos[i + 1].macs : 0)};
    label.text =
        cli_format("%s%s%s", name, joined ? " + ReLU" : "", is_output(infos, layers, i) ? " (Output)" : "");
    free(name);
    return label;
}

cli_label *cli_labels(const cnn_net *net, int *count) {
    int layers = cnn_net_layers(net);
    cnn_layer_info *infos = cli_allocate((size_t)layers, sizeof *infos);
    cli_label *labels = cli_allocate((size_t)layers, sizeof *labels);
    for (int i = 0; i < layers; i++)
        cnn_net_layer(net, i + 1, &infos[i], NULL); /* cannot fail: the number is one of the network's */
    *count = 0;
    for (int i = 0; i < layers; i++)
        if (!joins_previous(infos, layers, i))
            labels[(*count)++] = make_label(infos, layers, i);
    free(infos);
    return labels;
}

void cli_labels_free(cli_label *labels, int count) {
    for (int i = 0; i < count; i++)
        free(labels[i].text);
    free(labels);
}
