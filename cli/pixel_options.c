#include "pixel_options.h"

#include "model.h"
#include "output.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(cli_pixel_options, field)

const cli_option cli_pixel_rows[] = {
    CLI_GROUP("Normalisation of imported models"),
    {"--scale", CLI_REAL, AT(scale), "X",
     .help = "multiply pixels in 0..1 by X: 255 for a model that takes 0..255 (1)", .min = 0, .max = 1e6,
     .above = true},
    {"--mean", CLI_TEXT, AT(mean), "M[,M...]",
     .help =
         "then subtract M: one number for all channels, or one per channel such as 0.485,0.456,0.406 (0)"},
    {"--std", CLI_TEXT, AT(deviation), "D[,D...]",
     .help = "then divide by the standard deviation D, given likewise: 0.229,0.224,0.225 (1)"},
    {"--bgr", CLI_FLAG, AT(bgr), .help = "give the model its channels in the order blue, green, red"},

    CLI_GROUP("Pictures"),
    CLI_ROWS(cli_input_shape_rows, AT(input_shape)),
    {"--resize", CLI_INTEGER, AT(resize), "N",
     .help = "resize the shorter side to N pixels and crop the centre, instead of distorting the picture",
     .min = 1, .max = 1 << 16},
    {"--crop", CLI_INTEGER, AT(crop), "N",
     .help = "height and width of the crop: the size of the network's input", .min = 1, .max = 1 << 16},
    {"--invert", CLI_FLAG, AT(invert),
     .help = "invert the picture, which turns dark ink on white paper into bright ink on black"},
    {"--centre", CLI_FLAG, AT(centre),
     .help = "place a drawing like MNIST's digits: cut out, scaled to 20/28 of the input, with its centre of "
             "mass in the middle"},
    {"--background", CLI_TEXT, AT(background), "RRGGBB",
     .help = "colour behind transparent pixels, as six hexadecimal digits (ffffff)"},
    {0},
};

bool cli_gives_normalisation(const cli_pixel_options *options) {
    return options->mean || options->deviation || options->scale > 0;
}

/* ---- Normalisation --------------------------------------------------------------------------------- */

/* Numbers with commas between them, for free(): one for each channel, or one that is repeated. */
static int read_values(const char *option, const char *text, int64_t channels, float **values) {
    int64_t count = 0;
    const char *next = text;
    *values = cli_allocate((size_t)channels, sizeof **values);
    for (bool more = true; more; count++) {
        char *end;
        const double value = strtod(next, &end);
        if (end == next || (*end && *end != ',') || !isfinite(value))
            return cli_fail_usage("%s expects numbers separated by commas, like 0.485,0.456,0.406, not '%s'",
                                  option, text);
        if (count < channels)
            (*values)[count] = (float)value;
        more = *end == ',';
        next = end + 1;
    }
    if (count != 1 && count != channels)
        return cli_fail_usage("%s %s has %" PRId64 " numbers, but the network takes %" PRId64
                              " %s: give one number for all, or one for each",
                              option, text, count, channels, channels == 1 ? "channel" : "channels");
    for (int64_t c = count; c < channels; c++)
        (*values)[c] = (*values)[0];
    return CLI_GO_ON;
}

/* --scale, --mean and --std into the network. */
static int normalise(const cli_pixel_options *options, cnn_net *net) {
    int64_t input[3];
    float *mean = NULL, *deviation = NULL;
    cnn_error error;
    cnn_net_input(net, input);
    int code = options->mean ? read_values("--mean", options->mean, input[0], &mean) : CLI_GO_ON;
    if (code == CLI_GO_ON && options->deviation)
        code = read_values("--std", options->deviation, input[0], &deviation);
    const cnn_pixel_options pixels = {.scale = options->scale, .mean = mean, .deviation = deviation};
    if (code == CLI_GO_ON && cnn_net_expect_pixels(net, &pixels, &error))
        code = cli_fail("%s", error.message);
    free(mean);
    free(deviation);
    return code;
}

/* ---- Pictures -------------------------------------------------------------------------------------- */

/* "ff8000"; the top byte marks that a colour was given. */
static int read_colour(const char *text, uint32_t *colour) {
    if (strlen(text) != 6 || strspn(text, "0123456789abcdefABCDEF") != 6)
        return cli_fail_usage("--background expects six hexadecimal digits, like ff8000, not '%s'", text);
    *colour = 0xff000000 | (uint32_t)strtoul(text, NULL, 16);
    return CLI_GO_ON;
}

/* The crop is the network's input, which the model decides. */
static int check_crop(const cli_pixel_options *options, const cnn_preprocessing *preprocessing,
                      const char *model, const cnn_net *net) {
    int64_t input[3];
    cnn_net_input(net, input);
    if (options->crop && !preprocessing->resize)
        return cli_fail_usage("--crop cuts the centre out of a resized picture: give --resize N as well");
    if (options->crop && (options->crop != input[1] || options->crop != input[2]))
        return cli_fail_usage("--crop %" PRId64 " does not fit: %s takes %" PRId64 " x %" PRId64 " pixels",
                              options->crop, model, input[1], input[2]);
    return CLI_GO_ON;
}

/* The options of pictures into the network, in addition to what the model brings. */
static int preprocess(const cli_pixel_options *options, const char *model, cnn_net *net) {
    cnn_error error;
    cnn_preprocessing preprocessing;
    cnn_net_preprocessing(net, &preprocessing);
    preprocessing.bgr |= options->bgr;
    preprocessing.invert |= options->invert;
    preprocessing.centre |= options->centre;
    if (options->resize)
        preprocessing.resize = options->resize;
    int code = options->background ? read_colour(options->background, &preprocessing.background) : CLI_GO_ON;
    if (code == CLI_GO_ON)
        code = check_crop(options, &preprocessing, model, net);
    if (code == CLI_GO_ON && cnn_net_set_preprocessing(net, &preprocessing, &error))
        code = cli_fail("%s", error.message);
    return code;
}

/* ---- Both ------------------------------------------------------------------------------------------ */

int cli_expect_pixels(const cli_pixel_options *options, const char *model, cnn_net *net) {
    const bool knows = cnn_net_pixels(net) == CNN_PIXELS_NORMALISED;
    cnn_preprocessing before;
    cnn_net_preprocessing(net, &before);
    if (knows && cli_gives_normalisation(options))
        return cli_fail_usage("%s normalises its pixels itself (see cnn summary): --scale, --mean and --std "
                              "only apply to models that do not specify a normalisation",
                              model);
    if (knows && options->bgr && !before.bgr)
        return cli_fail_usage("%s was trained on red, green, blue: --bgr only applies to models that do not "
                              "specify the order of channels",
                              model);
    int code = cli_gives_normalisation(options) ? normalise(options, net) : CLI_GO_ON;
    return code == CLI_GO_ON ? preprocess(options, model, net) : code;
}
