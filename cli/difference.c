#include "difference.h"

#include "output.h"
#include "prediction.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Parameters ------------------------------------------------------------------------------------ */

/* The next tensor of the layer after tensor *at; false if there is none. */
static bool next_tensor(const cnn_net *net, const char *layer, int *at, cnn_tensor_info *info) {
    const size_t length = strlen(layer);
    while (++*at < cnn_net_tensors(net))
        if (!cnn_net_tensor(net, *at, info, NULL) && !strncmp(info->name, layer, length) &&
            info->name[length] == '.' && !strchr(info->name + length + 1, '.'))
            return true;
    return false;
}

static bool same_shape(const cnn_tensor_info *a, const cnn_tensor_info *b) {
    return a->rank == b->rank && !memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape);
}

/* The largest difference of two tensors of one shape. */
static double tensor_difference(cnn_net *const nets[2], const cnn_tensor_info info[2]) {
    const size_t count = (size_t)info[0].elements;
    float *values = cli_allocate(2 * count, sizeof *values);
    double largest = 0;
    for (int side = 0; side < 2; side++)
        cnn_net_get_parameter(nets[side], info[side].name, values + (size_t)side * count, info[side].elements,
                              NULL);
    for (size_t i = 0; i < count; i++) {
        const double difference = fabs((double)values[i] - values[count + i]);
        largest = difference > largest ? difference : largest;
    }
    free(values);
    return largest;
}

/* False when the layers have parameters of different shapes. */
static bool compare_parameters(cnn_net *const nets[2], cli_layer_pair *pair) {
    int at[2] = {-1, -1};
    for (;;) {
        cnn_tensor_info info[2];
        const bool found[2] = {next_tensor(nets[0], pair->info[0].name, &at[0], &info[0]),
                               next_tensor(nets[1], pair->info[1].name, &at[1], &info[1])};
        if (!found[0] && !found[1])
            return true;
        if (found[0] != found[1] || !same_shape(&info[0], &info[1]))
            return false;
        const double largest = tensor_difference(nets, info);
        pair->compared = true;
        pair->largest = largest > pair->largest ? largest : pair->largest;
    }
}

/* ---- Layers ---------------------------------------------------------------------------------------- */

/* A layer's line without its name: the same layer may be called differently. */
static char *text_without_name(const cnn_layer_info *info) {
    char *text = cli_format("%s", info->text), *name = strstr(text, " name ");
    if (name) {
        const char *rest = name + strlen(" name ") + strcspn(name + strlen(" name "), " ");
        memmove(name, rest, strlen(rest) + 1);
    }
    return text;
}

/* Same kind, options and output shape, whatever the name. */
static bool same_layer(const cnn_layer_info info[2]) {
    char *texts[2] = {text_without_name(&info[0]), text_without_name(&info[1])};
    const bool same = !strcmp(texts[0], texts[1]) && info[0].rank == info[1].rank &&
                      !memcmp(info[0].output, info[1].output, (size_t)info[0].rank * sizeof *info[0].output);
    free(texts[0]);
    free(texts[1]);
    return same;
}

/* Compare two layers, either of which may be absent (0), and add the result. */
static void add_pair(cli_difference *difference, cnn_net *const nets[2], cnn_layer first, cnn_layer second) {
    cli_layer_pair *pair = &difference->pairs[difference->count++];
    const cnn_layer layer[2] = {first, second};
    for (int side = 0; side < 2; side++)
        if (layer[side])
            cnn_net_layer(nets[side], layer[side], &pair->info[side], NULL);
    const bool fits = first && second && compare_parameters(nets, pair) && same_layer(pair->info);
    pair->same = fits && pair->largest == 0;
    difference->different_layers += !fits;
    difference->same = difference->same && pair->same;
    difference->largest = pair->largest > difference->largest ? pair->largest : difference->largest;
}

/* Whether both have the same kinds of layers in the same order. */
static bool same_kinds(cnn_net *const nets[2]) {
    const int count = cnn_net_layers(nets[0]);
    bool same = count == cnn_net_layers(nets[1]);
    for (cnn_layer layer = 1; same && layer <= count; layer++) {
        cnn_layer_info info[2];
        same = !cnn_net_layer(nets[0], layer, &info[0], NULL) &&
               !cnn_net_layer(nets[1], layer, &info[1], NULL) && !strcmp(info[0].kind, info[1].kind);
    }
    return same;
}

/* The layer of that name; 0: none. */
static cnn_layer find_layer(const cnn_net *net, const char *name) {
    cnn_layer_info info;
    for (cnn_layer layer = 1; layer <= cnn_net_layers(net); layer++)
        if (!cnn_net_layer(net, layer, &info, NULL) && !strcmp(info.name, name))
            return layer;
    return 0;
}

/* First with first, second with second: for models of the same sequence of layer kinds. */
static void pair_in_order(cli_difference *difference, cnn_net *const nets[2]) {
    for (cnn_layer layer = 1; layer <= cnn_net_layers(nets[0]); layer++)
        add_pair(difference, nets, layer, layer);
}

/* By layer name; layers that only one model has are paired with none. */
static void pair_by_name(cli_difference *difference, cnn_net *const nets[2]) {
    cnn_layer_info info;
    for (cnn_layer layer = 1; layer <= cnn_net_layers(nets[0]); layer++)
        if (!cnn_net_layer(nets[0], layer, &info, NULL))
            add_pair(difference, nets, layer, find_layer(nets[1], info.name));
    for (cnn_layer layer = 1; layer <= cnn_net_layers(nets[1]); layer++)
        if (!cnn_net_layer(nets[1], layer, &info, NULL) && !find_layer(nets[0], info.name))
            add_pair(difference, nets, 0, layer);
}

cli_difference *cli_difference_new(cnn_net *const nets[2]) {
    cli_difference *difference = cli_allocate(1, sizeof *difference);
    const int max = cnn_net_layers(nets[0]) + cnn_net_layers(nets[1]);
    difference->pairs = cli_allocate((size_t)max, sizeof *difference->pairs);
    difference->same = true;
    if (same_kinds(nets))
        pair_in_order(difference, nets);
    else
        pair_by_name(difference, nets);
    return difference;
}

void cli_difference_free(cli_difference *difference) {
    free(difference->pairs);
    free(difference);
}

/* ---- Predictions ----------------------------------------------------------------------------------- */

enum { BATCH = 100 };

/* Two predictors, and which of the first's outputs each of the second's is; -1: none. */
typedef struct sides {
    cnn_predictor *predictors[2];
    int32_t *first_of;
    int64_t outputs; /* of each */
} sides;

/* Whether both models predict the same class for each image, and how far their outputs are apart. */
static void compare_rows(cli_difference *d, const sides *s, const float *first, const float *second) {
    cli_changed changed = {.image = d->images};
    cli_highest_classes(first, s->outputs, 1, &changed.class[0]);
    cli_highest_classes(second, s->outputs, 1, &changed.class[1]);
    for (int64_t i = 0; i < s->outputs; i++)
        if (s->first_of[i] >= 0)
            d->largest_output = fmax(d->largest_output, fabs((double)first[s->first_of[i]] - second[i]));
    d->images++;
    if (changed.class[0] == s->first_of[changed.class[1]])
        return;
    d->changed++;
    if (d->examples < CLI_EXAMPLES)
        d->example[d->examples++] = changed;
}

/* The outputs of both models for the same images. */
static cnn_status run_both(cli_difference *d, const sides *s, const cnn_data *data, float *images,
                           float *rows, cnn_error *error) {
    cnn_status status = CNN_OK;
    const int64_t outputs = s->outputs;
    for (int64_t first = 0; !status && first < cnn_data_count(data); first += BATCH) {
        const int64_t left = cnn_data_count(data) - first, count = left < BATCH ? left : BATCH;
        status = cnn_data_images(data, first, count, images, error);
        for (int side = 0; !status && side < 2; side++)
            status =
                cnn_predictor_run(s->predictors[side], images, count, rows + side * BATCH * outputs, error);
        for (int64_t i = 0; !status && i < count; i++)
            compare_rows(d, s, rows + i * outputs, rows + (BATCH + i) * outputs);
    }
    return status;
}

/* Both must take and give the same. */
static cnn_status check_models(cnn_net *const nets[2], cnn_error *error) {
    int64_t shapes[2][3];
    for (int side = 0; side < 2; side++)
        cnn_net_input(nets[side], shapes[side]);
    if (!memcmp(shapes[0], shapes[1], sizeof shapes[0]) &&
        cnn_net_outputs(nets[0]) == cnn_net_outputs(nets[1]))
        return CNN_OK;
    snprintf(error->message, sizeof error->message,
             "--data needs two models with the same input shape and number of outputs: the first has %" PRId64
             " x %" PRId64 " x %" PRId64 " and %" PRId64 " outputs, the second %" PRId64 " x %" PRId64
             " x %" PRId64 " and %" PRId64,
             shapes[0][0], shapes[0][1], shapes[0][2], cnn_net_outputs(nets[0]), shapes[1][0], shapes[1][1],
             shapes[1][2], cnn_net_outputs(nets[1]));
    return CNN_ERROR_ARGUMENT;
}

cnn_status cli_difference_predict(cli_difference *difference, cnn_net *const nets[2], const cnn_data *data,
                                  cnn_error *error) {
    sides s = {.outputs = cnn_net_outputs(nets[0])};
    int64_t shape[3];
    cnn_data_shape(data, shape);
    float *images = cli_allocate((size_t)(BATCH * shape[0] * shape[1] * shape[2]), sizeof *images);
    float *rows = cli_allocate((size_t)(2 * BATCH * s.outputs), sizeof *rows);
    s.first_of = cli_allocate((size_t)s.outputs, sizeof *s.first_of);
    cnn_status status = check_models(nets, error);
    if (!status)
        difference->by_name = cnn_match_outputs(nets[0], nets[1], s.first_of);
    for (int side = 0; !status && side < 2; side++)
        status = cnn_predictor_new(&s.predictors[side], nets[side], &(cnn_predictor_options){.batch = BATCH},
                                   error);
    if (!status)
        status = run_both(difference, &s, data, images, rows, error);
    for (int side = 0; side < 2; side++)
        cnn_predictor_free(s.predictors[side]);
    free(s.first_of);
    free(images);
    free(rows);
    return status;
}
