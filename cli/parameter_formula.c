#include "parameter_formula.h"

#include "output.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* A parameter tensor "LAYER.part"; false if the layer has none. */
static bool find_tensor(const cnn_net *net, const char *layer, const char *part, cnn_tensor_info *info) {
    size_t length = strlen(layer);
    for (int i = 0; i < cnn_net_tensors(net); i++)
        if (cnn_net_tensor(net, i, info, NULL) == CNN_OK && !strncmp(info->name, layer, length) &&
            info->name[length] == '.' && !strcmp(info->name + length + 1, part))
            return true;
    return false;
}

char *cli_parameter_formula(const cnn_net *net, const cnn_layer_info *info) {
    const char *layer = info->name;
    cnn_tensor_info weight, bias;
    cnn_layer_info owner;
    if (info->shares && cnn_net_layer(net, info->shares, &owner, NULL) == CNN_OK)
        return cli_format("those of %s", owner.name);
    if (!find_tensor(net, layer, "weight", &weight))
        return cli_format("%s", "");
    const char *open = "", *close = "";
    if (find_tensor(net, layer, "bias", &bias)) {
        open = "(";
        close = " + 1)";
    }
    const int64_t *n = weight.shape;
    if (weight.rank == 1)
        return cli_format("2 x %" PRId64, n[0]);
    if (weight.rank == 4)
        return cli_format("%s(%" PRId64 " x %" PRId64 " x %" PRId64 ")%s x %" PRId64, open, n[2], n[3], n[1],
                          close, n[0]);
    return cli_format("%s%" PRId64 "%s x %" PRId64, open, n[1], close, n[0]);
}
