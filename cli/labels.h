/* Layers by the names that diagrams of networks use: "Conv_1 + ReLU", "Max Pool", "FC_2 (Output)". */
#ifndef CLI_LABELS_H
#define CLI_LABELS_H

#include <cnn.h>

typedef struct cli_label {
    char *text;
    cnn_layer_info info; /* of the layer itself */
    int64_t macs;        /* with those of the activation that is shown with it */
} cli_label;

/* One label per layer, with an activation joined to the layer before it; *count gets their number. Release with
 * cli_labels_free; the infos' strings belong to the network. */
cli_label *cli_labels(const cnn_net *net, int *count);
void cli_labels_free(cli_label *labels, int count);

#endif
