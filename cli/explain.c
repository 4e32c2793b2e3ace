#include "explain.h"

#include "model.h"
#include "options.h"
#include "output.h"
#include "wrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- A layer's values ------------------------------------------------------------------------------ */

static int describe(const cli_explaining *e, const char *layer, cli_layer_maps *maps) {
    cnn_error error;
    cnn_layer number;
    cnn_layer_info info;
    *maps = (cli_layer_maps){.kind = "input", .rank = 3, .name = layer};
    if (cnn_inspector_find(e->inspector, layer, &number, &error))
        return cli_fail("%s: %s", e->model, error.message);
    if (number == CNN_NETWORK_INPUT) {
        cnn_net_input(e->net, maps->shape);
        return CLI_GO_ON;
    }
    if (cnn_net_layer(e->net, number, &info, &error))
        return cli_fail("%s", error.message);
    maps->name = info.name;
    maps->kind = info.kind;
    maps->rank = info.rank;
    for (int axis = 0; axis < 3; axis++)
        maps->shape[axis] = axis < info.rank ? info.output[axis] : 1;
    return CLI_GO_ON;
}

int cli_layer_maps_read(const cli_explaining *e, const char *layer, cli_layer_maps *maps) {
    cnn_error error;
    int code = describe(e, layer, maps);
    if (code != CLI_GO_ON)
        return code;
    const int64_t count = maps->shape[0] * cli_layer_maps_area(maps);
    maps->values = cli_allocate((size_t)count, sizeof *maps->values);
    cnn_status status = (e->gradient ? cnn_inspector_gradient : cnn_inspector_output)(
        e->inspector, layer, maps->values, count, &error);
    if (!status)
        status = cnn_summarise(maps->values, count, &maps->all, &error);
    return status ? cli_fail("%s", error.message) : CLI_GO_ON;
}

void cli_layer_maps_free(cli_layer_maps *maps) {
    free(maps->values);
    maps->values = NULL;
}

int64_t cli_layer_maps_area(const cli_layer_maps *maps) {
    return maps->shape[1] * maps->shape[2];
}

double cli_layer_maps_limit(const cli_layer_maps *maps) {
    const double limit = fmax(fabs(maps->all.smallest), fabs(maps->all.largest));
    return limit > 0 ? limit : 1;
}

char *cli_layer_maps_shape(const cli_layer_maps *maps) {
    return cli_shape(maps->shape, maps->rank);
}

/* ---- What was run ----------------------------------------------------------------------------------- */

void cli_explain_head(const cli_explaining *e) {
    cli_print_words("%s, image %s\n", e->model, e->image);
    if (e->predicted >= 0) {
        char *name = cli_class_name(e->net, NULL, e->predicted);
        cli_print_words("Predicted: %s (%.2f %%)\n", name, 100 * e->probability);
        free(name);
    }
    if (e->judged >= 0) {
        char *name = cli_class_name(e->net, NULL, e->judged);
        cli_print_words("Loss for class %s: %s\n", name, cli_value(e->loss).text);
        free(name);
    }
}

/* A class by its name; null for -1. */
static json_t *class_json(const cli_explaining *e, int64_t class) {
    if (class < 0)
        return json_null();
    char *name = cli_class_name(e->net, NULL, class);
    json_t *json = cli_json_text(name);
    free(name);
    return json;
}

json_t *cli_explain_head_json(const cli_explaining *e) {
    return json_pack("{so so so so sb so so}", "model", cli_json_text(e->model), "image",
                     cli_json_text(e->image), "predicted", class_json(e, e->predicted), "probability",
                     e->predicted < 0 ? json_null() : cli_json_real(e->probability), "gradient", e->gradient,
                     "class", class_json(e, e->judged), "loss",
                     e->judged < 0 ? json_null() : cli_json_real(e->loss));
}
