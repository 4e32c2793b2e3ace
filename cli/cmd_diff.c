/* cnn diff: what two models have in common: layers, shapes, parameters, and what they predict. */
#include "command.h"
#include "difference.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "split_images.h"
#include "shared_options.h"
#include "table.h"
#include "wrap.h"

#include <cnn.h>

#include <math.h>
#include <stdlib.h>

struct arguments {
    const char *data, *input_shape;
    int64_t limit;
    int split; /* CNN_SPLIT_TEST */
    bool json, skip_bad;
};

static const cli_option options[] = {
    {"--data", CLI_TEXT, offsetof(struct arguments, data), "DATA",
     .help = "also compare the predictions for the images of DATA"},
    CLI_ROWS(cli_input_shape_rows, offsetof(struct arguments, input_shape)),
    CLI_ROWS(cli_split_rows, offsetof(struct arguments, split)),
    {"--limit", CLI_INTEGER, offsetof(struct arguments, limit), "N", .help = "use the first N images only",
     .min = 1},
    CLI_ROWS(cli_skip_bad_rows, offsetof(struct arguments, skip_bad)),
    CLI_ROWS(cli_json_rows, offsetof(struct arguments, json)),
    {0},
};

const cli_usage cli_diff_usage = {
    .command = "diff",
    .title = "compare two models: layers, parameters, predictions",
    .operands = "MODEL MODEL",
    .min = 2,
    .max = 2,
    .help = "Compare two models: layers, output shapes and the largest difference of their parameters, layer "
            "by layer; with --data also the images for which they predict different classes. Models with the "
            "same sequence of layer kinds are compared in order, others by layer name.",
    .example = "  cnn diff runs/first runs/second --data fashion-mnist",
    .options = options,
};

/* ---- As a person reads it -------------------------------------------------------------------------- */

/* "-" where one of the models has no such layer. */
static const char *layer_text(const cnn_layer_info *info) {
    return info->name ? info->text : "-";
}

/* As layer_text; for free(). */
static char *shape_text(const cnn_layer_info *info) {
    return info->name ? cli_shape(info->output, info->rank) : cli_format("-");
}

/* A pair of layers that differ: both lines, both output shapes, the largest difference. */
static void add_row(cli_table *table, const cli_layer_pair *pair) {
    char *shapes[2] = {shape_text(&pair->info[0]), shape_text(&pair->info[1])};
    cli_table_cell(table, "%s", pair->info[0].name ? pair->info[0].name : pair->info[1].name);
    for (int side = 0; side < 2; side++) {
        cli_table_cell(table, "%s", layer_text(&pair->info[side]));
        cli_table_cell(table, "%s", shapes[side]);
        free(shapes[side]);
    }
    if (pair->compared)
        cli_table_cell(table, "%.3g", pair->largest);
    else
        cli_table_cell(table, "%s", "");
}

static void print_layers(const cli_difference *d) {
    static const char *const heads[] = {"Layer", "First", "", "Second", "", "Largest difference"};
    cli_table *table = cli_table_new(6, "lllllr");
    for (int i = 0; i < 6; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int i = 0; i < d->count; i++)
        if (!d->pairs[i].same)
            add_row(table, &d->pairs[i]);
    cli_table_print(table, stdout);
    cli_table_free(table);
}

/* How many images get different classes, and the first of them. */
static void print_predictions(const cli_difference *d, cnn_net *const nets[2],
                              const cli_split_images *shown) {
    const cnn_data *data = shown->data;
    char *images = cli_split_text(shown);
    cli_print_words("\n"
                    "Predictions for %s: %s differ; largest difference between outputs %.3g\n",
                    images, cli_grouped(d->changed).text, d->largest_output);
    free(images);
    if (!d->by_name)
        cli_print_words("Classes are matched by position, since not both models have class names\n");
    for (int i = 0; i < d->examples; i++) {
        const cli_changed *changed = &d->example[i];
        char *classes[2];
        for (int side = 0; side < 2; side++)
            classes[side] = cli_class_name(nets[side], data, changed->class[side]);
        cli_print_words("  image %s, label %s: %s, %s\n", cli_grouped(changed->image).text,
                        cnn_data_class(data, cnn_data_label(data, changed->image)), classes[0], classes[1]);
        free(classes[0]);
        free(classes[1]);
    }
    if (d->changed > d->examples)
        printf("  and %s more\n", cli_grouped(d->changed - d->examples).text);
}

static int print_text(const cli_difference *d, cnn_net *const nets[2], const cli_split_images *shown) {
    if (d->same)
        cli_print_words("Both have the same %d layers and the same parameters\n", d->count);
    else if (d->different_layers == 0)
        cli_print_words("Both have the same %d layers; their parameters differ by up to %.3g\n\n", d->count,
                        d->largest);
    else
        cli_print_words("%d of %d layers differ\n\n", d->different_layers, d->count);
    if (!d->same)
        print_layers(d);
    if (shown)
        print_predictions(d, nets, shown);
    return CLI_DONE;
}

/* ---- As a machine reads it ------------------------------------------------------------------------- */

static json_t *layer_json(const cnn_layer_info *info) {
    if (!info->name)
        return json_null();
    return json_pack("{so so so}", "name", cli_json_text(info->name), "text", cli_json_text(info->text),
                     "output", cli_json_shape(info->output, info->rank));
}

static json_t *pair_json(const cli_layer_pair *pair) {
    return json_pack("{so so sb so}", "first", layer_json(&pair->info[0]), "second",
                     layer_json(&pair->info[1]), "same", pair->same, "largest",
                     pair->compared ? cli_json_real(pair->largest) : json_null());
}

static json_t *predictions_json(const cli_difference *d, const cli_split_images *shown) {
    json_t *examples = json_array();
    for (int i = 0; i < d->examples; i++)
        cli_json_add(examples, json_pack("{sI sI sI}", "image", (json_int_t)d->example[i].image, "first",
                                         (json_int_t)d->example[i].class[0], "second",
                                         (json_int_t)d->example[i].class[1]));
    return json_pack("{ss sI sI so so}", "split", cli_split_word(shown->split), "images",
                     (json_int_t)d->images, "different", (json_int_t)d->changed, "largest",
                     cli_json_real(d->largest_output), "examples", examples);
}

static int print_json(const cli_difference *d, char *const models[2], const cli_split_images *shown) {
    json_t *layers = json_array();
    for (int i = 0; i < d->count; i++)
        cli_json_add(layers, pair_json(&d->pairs[i]));
    return cli_json_print(json_pack("{so so sb si so so so}", "first", cli_json_text(models[0]), "second",
                                    cli_json_text(models[1]), "same", d->same, "different_layers",
                                    d->different_layers, "largest", cli_json_real(d->largest), "layers",
                                    layers, "predictions", shown ? predictions_json(d, shown) : json_null()));
}

/* ---- The command ----------------------------------------------------------------------------------- */

static int compare(const struct arguments *a, char *const models[2], cnn_net *const nets[2],
                   const cli_split_images *shown) {
    cnn_error error;
    cli_difference *difference = cli_difference_new(nets);
    int code = CLI_DONE;
    if (shown && cli_difference_predict(difference, nets, shown->data, &error))
        code = cli_fail("%s", error.message);
    else
        code = a->json ? print_json(difference, models, shown) : print_text(difference, nets, shown);
    cli_difference_free(difference);
    return code;
}

/* Whether both networks preprocess pictures in the same way. */
static bool see_the_same(cnn_net *const nets[2]) {
    const cnn_image_options a = cnn_net_image_options(nets[0]), b = cnn_net_image_options(nets[1]);
    return a.resize == b.resize && a.bgr == b.bgr && a.invert == b.invert && a.centre == b.centre &&
           a.background == b.background;
}

static int open_and_compare(const struct arguments *a, char *const models[2], cnn_net *nets[2]) {
    cnn_error error;
    for (int side = 0; side < 2; side++)
        if (cli_open_other_net(&nets[side], models[side], a->input_shape, NULL, "") != CLI_GO_ON)
            return CLI_FAILED;
    for (int side = 0; side < 2; side++)
        if (cnn_net_check_finite(nets[side], &error))
            return cli_fail("%s: %s", models[side], error.message);
    if (!a->data)
        return compare(a, models, nets, NULL);
    if (!see_the_same(nets))
        return cli_fail("%s and %s preprocess pictures differently (cnn summary shows how), so their "
                        "predictions for the same images cannot be compared",
                        models[0], models[1]);
    cli_split_images shown;
    const cli_split_request request = {models[0], a->data, (cnn_split)a->split, a->limit, a->skip_bad};
    int code = cli_split_open(&shown, nets[0], &request);
    if (code == CLI_GO_ON)
        code = compare(a, models, nets, &shown);
    cli_split_free(&shown);
    return code;
}

int cli_diff(int count, char **words) {
    struct arguments a = {.split = CNN_SPLIT_TEST};
    cnn_net *nets[2] = {NULL, NULL};
    int operands, code = cli_parse(&cli_diff_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    code = open_and_compare(&a, words, nets);
    cnn_net_free(nets[0]);
    cnn_net_free(nets[1]);
    return code;
}
