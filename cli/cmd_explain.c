/* cnn explain: every value inside a network, for one image. */
#include "command.h"
#include "explain.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "pixel_notes.h"
#include "pixel_options.h"
#include "shared_options.h"
#include "split_images.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *image, *data, *layer, *at, *class, *weight, *folder;
    int64_t first, threads;
    int split; /* CNN_SPLIT_TEST */
    bool gradient, json;
    cli_pixel_options pixels;
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    CLI_GROUP("Image"),
    {"--image", CLI_TEXT, AT(image), "FILE", .help = "the picture to run through the network"},
    {"--data", CLI_TEXT, AT(data), "DATA", .help = "an image of DATA instead; --class is its label then"},
    {"--first", CLI_INTEGER, AT(first), "N", .help = "with --data: which image, counted from 0 (0)", .min = 0,
     .max = 1 << 30},
    CLI_ROWS(cli_split_rows, AT(split)),
    CLI_GROUP("What to explain"),
    {"--layer", CLI_TEXT, AT(layer), "LAYER",
     .help = "one layer: the figures and values of each of its maps"},
    {"--at", CLI_TEXT, AT(at), "C,Y,X",
     .help = "one value of the layer (channel, row, column, counted from 0; of a vector one number): every "
             "product, the sum, the engine's float, and the pixels that it depends on"},
    {"--gradient", CLI_FLAG, AT(gradient),
     .help = "gradients of the loss by the values, instead of the values"},
    {"--class", CLI_TEXT, AT(class), "CLASS",
     .help = "the class, by name or number, whose loss that is (the one that is predicted)"},
    {"--weight", CLI_TEXT, AT(weight), "NAME[I,...]",
     .help = "one parameter, as 'conv_1.weight[3,0,1,2]': the places that add up to its gradient"},
    CLI_GROUP("Results"),
    {"--output", CLI_TEXT, AT(folder), "DIR",
     .help = "write the maps as PNG files into DIR; with --at, how strongly the value depends on each pixel",
     .letter = "-o"},
    CLI_ROWS(cli_json_rows, AT(json)),
    CLI_ROWS(cli_pixel_rows, AT(pixels)),
    CLI_GROUP("Machine"),
    CLI_ROWS(cli_threads_rows, AT(threads)),
    {0},
};

const cli_usage cli_explain_usage = {
    .command = "explain",
    .title = "show every value inside a network, and how it came about",
    .operands = "MODEL --image FILE\nMODEL --data DATA",
    .min = 1,
    .max = 1,
    .help =
        "Run one image through a trained network and show what is inside. Without --layer all layers at a "
        "glance: smallest, largest and mean value, and the share of zeros. 'input' is the network's "
        "input, normalised. A terminal with colours shows small maps, too: purple is below zero, orange "
        "above.\n"
        "\n"
        "docs/inspect.md says how values and gradients are computed.",
    .example = "  cnn explain runs/first --image photo.png\n"
               "  cnn explain runs/first --image photo.png --layer conv_1 -o maps\n"
               "  cnn explain runs/first --image photo.png --layer conv_1 --at 3,10,12\n"
               "  cnn explain runs/first --image photo.png --weight 'conv_1.weight[3,0,1,2]'",
    .options = options,
};

/* ---- Opening --------------------------------------------------------------------------------------- */

/* An image of a data set, and its label as a class of the network. */
static int read_from_data(const struct arguments *a, cli_explaining *e, char **name, int64_t *label) {
    cnn_error error;
    cli_split_images shown;
    const cli_split_request request = {e->model, a->data, (cnn_split)a->split, a->first + 1, false};
    int code = cli_split_open(&shown, e->net, &request);
    if (code == CLI_GO_ON && cnn_data_count(shown.data) <= a->first)
        code = cli_fail("%s has %s; --first %" PRId64 " asks for more", a->data,
                        cli_count(cnn_data_count(shown.data), "image").text, a->first);
    if (code == CLI_GO_ON) {
        int32_t *outputs = cli_allocate((size_t)cnn_data_classes(shown.data), sizeof *outputs);
        const int32_t own = cnn_data_label(shown.data, a->first);
        if (cnn_data_images(shown.data, a->first, 1, e->pixels, &error) ||
            cnn_match_classes(e->net, shown.data, outputs, NULL, &error))
            code = cli_fail("%s", error.message);
        *label = outputs[own];
        const char *file = cnn_data_name(shown.data, a->first);
        *name = file ? cli_format("%s", file) : cli_format("%" PRId64 " of %s", a->first, a->data);
        free(outputs);
    }
    cli_split_free(&shown);
    return code;
}

/* e->pixels and e->image; *label stays -1 for a file. */
static int read_image(const struct arguments *a, cli_explaining *e, char **name, int64_t *label) {
    cnn_error error;
    int64_t shape[3];
    cnn_net_input(e->net, shape);
    e->pixels = cli_allocate((size_t)(shape[0] * shape[1] * shape[2]), sizeof *e->pixels);
    if (a->data)
        return read_from_data(a, e, name, label);
    const cnn_image_options image = cnn_net_image_options(e->net);
    *name = cli_format("%s", a->image);
    return cnn_image_read(a->image, &image, e->pixels, &error) ? cli_fail("%s", error.message) : CLI_GO_ON;
}

/* ---- Running --------------------------------------------------------------------------------------- */

/* A class by name or by number. */
static int find_class(const cli_explaining *e, const char *text, int64_t *class) {
    char *end;
    const int64_t classes = cnn_net_classes(e->net);
    for (int64_t i = 0; i < classes; i++) {
        const char *name = cnn_net_class(e->net, i);
        if (name && !strcmp(name, text)) {
            *class = i;
            return CLI_GO_ON;
        }
    }
    *class = strtoll(text, &end, 10);
    if (end == text || *end || *class < 0 || *class >= classes)
        return cli_fail("%s: there is no class '%s': give a name, or a number from 0 to %" PRId64, e->model,
                        text, classes - 1);
    return CLI_GO_ON;
}

/* The class with the highest probability; the outputs may be no scores of classes. */
static cnn_status find_prediction(cli_explaining *e, cnn_error *error) {
    cnn_layer_info last;
    cnn_status status = cnn_net_layer(e->net, cnn_net_layers(e->net), &last, error);
    if (status || cnn_net_output_kind(e->net) == CNN_OUTPUT_VALUES)
        return status;
    const int64_t classes = cnn_net_classes(e->net), count = cnn_net_outputs(e->net);
    float *outputs = cli_allocate((size_t)count, sizeof *outputs);
    float *probabilities = cli_allocate((size_t)classes, sizeof *probabilities);
    status = cnn_inspector_output(e->inspector, last.name, outputs, count, error);
    if (!status)
        status = cnn_net_probabilities(e->net, outputs, 1, probabilities, error);
    e->predicted = 0;
    for (int64_t i = 1; !status && i < classes; i++)
        if (probabilities[i] > probabilities[e->predicted])
            e->predicted = i;
    e->probability = (double)probabilities[e->predicted];
    free(outputs);
    free(probabilities);
    return status;
}

/* The loss for the class that was asked for, the label, or the prediction. */
static int judge(cli_explaining *e, const char *class, int64_t label) {
    cnn_error error;
    e->judged = label >= 0 ? label : e->predicted;
    int code = class ? find_class(e, class, &e->judged) : CLI_GO_ON;
    if (code != CLI_GO_ON)
        return code;
    const int32_t judged = (int32_t)e->judged;
    if (cnn_inspector_loss(e->inspector, e->judged < 0 ? NULL : &judged, &e->loss, &error))
        return cli_fail("%s: %s", e->model, error.message);
    return CLI_GO_ON;
}

/* The inspector runs the image forward and, if that is asked for, backward. */
static int run(const struct arguments *a, cli_explaining *e, int64_t label) {
    cnn_error error;
    const bool backward = a->gradient || a->weight, effective = a->at && a->folder;
    const cnn_inspector_options made = {.threads = (int)a->threads, .no_gradients = !backward && !effective};
    cnn_status status = cnn_inspector_new(&e->inspector, e->net, &made, &error);
    if (!status)
        status = cnn_inspector_run(e->inspector, e->pixels, 1, &error);
    if (!status)
        status = find_prediction(e, &error);
    if (status)
        return cli_fail("%s: %s", e->model, error.message);
    return backward ? judge(e, a->class, label) : CLI_GO_ON;
}

static int explain(const struct arguments *a, cnn_net *net, const char *model) {
    cli_explaining e = {.model = model,
                        .net = net,
                        .predicted = -1,
                        .judged = -1,
                        .gradient = a->gradient,
                        .folder = a->folder,
                        .json = a->json};
    char *name = NULL;
    int64_t label = -1;
    int code = read_image(a, &e, &name, &label);
    e.image = name;
    if (code == CLI_GO_ON)
        code = run(a, &e, label);
    if (code == CLI_GO_ON)
        code = a->weight  ? cli_explain_weight(&e, a->weight)
               : a->at    ? cli_explain_value(&e, a->layer, a->at)
               : a->layer ? cli_explain_layer(&e, a->layer)
                          : cli_explain_tour(&e);
    cnn_inspector_free(e.inspector);
    free(e.pixels);
    free(name);
    return code;
}

/* Refuse options that contradict each other; CLI_GO_ON if all is well. */
static int check_options(const struct arguments *a) {
    if (!a->image == !a->data)
        return cli_fail_usage("explain: give one image: --image FILE, or --data DATA with --first N");
    if (a->first && !a->data)
        return cli_fail_usage("explain: --first only applies to --data");
    if (a->at && !a->layer)
        return cli_fail_usage("explain: --at needs the layer: --layer LAYER --at C,Y,X");
    if (a->weight && (a->layer || a->gradient || a->folder))
        return cli_fail_usage(
            "explain: --weight is about one parameter: --layer, --gradient and -o do not apply");
    if (a->class && !a->gradient && !a->weight)
        return cli_fail_usage("explain: --class says whose loss --gradient and --weight are about; give one "
                              "of them");
    return CLI_GO_ON;
}

int cli_explain(int count, char **words) {
    struct arguments a = {.split = CNN_SPLIT_TEST};
    int operands, code = cli_parse(&cli_explain_usage, count, words, &a, &operands);
    if (code == CLI_GO_ON)
        code = check_options(&a);
    if (code != CLI_GO_ON)
        return code;
    cnn_net *net;
    code = cli_open_trained(&net, words[0], a.pixels.input_shape);
    if (code != CLI_GO_ON)
        return code == CLI_FAILED ? cli_say_if_interpreted(words[0]) : code;
    code = cli_expect_pixels(&a.pixels, words[0], net);
    if (code == CLI_GO_ON) {
        cli_note_unknown_pixels(net, words[0]);
        code = explain(&a, net, words[0]);
    }
    cnn_net_free(net);
    return code;
}
