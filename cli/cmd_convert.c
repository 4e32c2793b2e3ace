/* cnn convert: a model from one file format into another. */
#include "command.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "pixel_options.h"
#include "shared_options.h"

#include <cnn.h>

#include <string.h>

struct arguments {
    const char *weights;
    int64_t seed; /* -1: not given */
    bool json;
    cli_pixel_options pixels;
};

static const cli_option options[] = {
    CLI_GROUP("Conversion"),
    {"--weights", CLI_TEXT, offsetof(struct arguments, weights), "FILE",
     .help = "take the parameters from a safetensors file, matched by name"},
    {"--seed", CLI_INTEGER, offsetof(struct arguments, seed), "N",
     .help = "initialise the parameters at random with this seed, for a model that has none", .min = 0},
    CLI_ROWS(cli_json_rows, offsetof(struct arguments, json)),
    CLI_ROWS(cli_pixel_rows, offsetof(struct arguments, pixels)),
    {0},
};

const cli_usage cli_convert_usage = {
    .command = "convert",
    .title = "convert a model to ONNX, safetensors or text",
    .operands = "MODEL FILE",
    .min = 2,
    .max = 2,
    .help = "Write a model as FILE.onnx (everything), FILE.safetensors (the parameters by name, with the "
            "network as metadata) or FILE.txt (the layers without parameters). MODEL may be the name of a "
            "built-in model, a run directory, or a file in one of these formats, whatever program wrote it.",
    .example = "  cnn convert runs/first weights.safetensors\n"
               "  cnn convert net.txt net.onnx --weights weights.safetensors",
    .options = options,
};

typedef struct format {
    const char *end, *name;
    bool needs_parameters;
} format;

static const format formats[] = {
    {".onnx", "ONNX", true}, {".safetensors", "safetensors", true}, {".txt", "text", false}};

/* The format that the file's extension selects; NULL: none. */
static const format *format_of(const char *path) {
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const size_t end = strlen(formats[i].end);
        if (length > end && !strcmp(path + length - end, formats[i].end))
            return &formats[i];
    }
    return NULL;
}

/* What was written: size and notes of the model. */
static int report(const struct arguments *a, const char *model, const char *path, const format *to,
                  const cnn_net *net) {
    const int64_t parameters = to->needs_parameters ? cnn_net_parameters(net) : 0;
    if (a->json)
        return cli_json_print(json_pack("{so so ss si sI so}", "model", cli_json_text(model), "file",
                                        cli_json_text(path), "format", to->name, "layers",
                                        cnn_net_layers(net), "parameters", (json_int_t)parameters, "notes",
                                        cli_json_model_notes(net)));
    cli_print(stdout, "%s (%s): %d layers, %s parameters\n", path, to->name, cnn_net_layers(net),
              cli_grouped(parameters).text);
    cli_print_model_notes(net);
    return CLI_DONE;
}

/* Give the network the parameters that the options ask for, and what they say of its pixels. CLI_GO_ON if all is well.
 */
static int complete(const struct arguments *a, const char *model, const format *to, cnn_net *net,
                    bool trained) {
    cnn_error error;
    if (a->weights && cnn_net_load_weights(net, a->weights, &error))
        return cli_fail("%s", error.message);
    if (a->seed >= 0 && (trained || a->weights))
        return cli_fail("--seed only applies to models without parameters, but %s has its own",
                        a->weights ? a->weights : model);
    if (a->seed >= 0 && to->needs_parameters && cnn_net_initialise(net, (uint64_t)a->seed))
        return cli_fail("%s: %s", model, cnn_net_error(net));
    if (a->seed < 0 && to->needs_parameters && !trained && !a->weights)
        return cli_fail("%s has no parameters: train it first, or give --weights FILE or --seed N", model);
    if (!to->needs_parameters && cli_gives_normalisation(&a->pixels))
        return cli_fail_usage("a text model cannot hold --scale, --mean and --std, since it has no "
                              "parameters: convert to .onnx or .safetensors instead");
    return cli_expect_pixels(&a->pixels, model, net);
}

static int convert(const struct arguments *a, const char *model, const char *path, const format *to) {
    cnn_error error;
    cnn_net *net;
    bool trained;
    int code = cli_open_net(&net, model, a->pixels.input_shape, &trained);
    if (code != CLI_GO_ON)
        return code;
    code = complete(a, model, to, net, trained);
    if (code == CLI_GO_ON)
        code =
            cnn_net_save(net, path, &error) ? cli_fail("%s", error.message) : report(a, model, path, to, net);
    cnn_net_free(net);
    return code;
}

int cli_convert(int count, char **words) {
    struct arguments a = {.seed = -1};
    int operands, code = cli_parse(&cli_convert_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    const format *to = format_of(words[1]);
    if (!to)
        return cli_fail_usage("convert: %s must end in .onnx, .safetensors or .txt, which selects the format",
                              words[1]);
    return convert(&a, words[0], words[1], to);
}
