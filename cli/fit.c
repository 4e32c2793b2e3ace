#include "fit.h"

#include "command.h"
#include "image_sizes.h"
#include "options.h"
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The largest side that a network gets of itself. MAX_SAMPLED images tell what the data are like. */
enum { LARGEST_SIDE = 64, MAX_SAMPLED = 256, MAX_ASKED = 4096 };

/* ---- What the command line asks for ---------------------------------------------------------------- */

int cli_read_image_size(const char *text, cnn_input_options *input) {
    int64_t number[3];
    char rest;
    const bool plain = strspn(text, "0123456789x") == strlen(text) && strlen(text) < 18;
    const int count = plain ? sscanf(text, "%" SCNd64 "x%" SCNd64 "x%" SCNd64 "%c", &number[0], &number[1],
                                     &number[2], &rest)
                            : 0;
    bool good = count >= 1 && count <= 3 && text[strlen(text) - 1] != 'x';
    for (int i = 0; i < count && i < 3; i++)
        good = good && number[i] > 0 && number[i] <= MAX_ASKED;
    if (!good)
        return cli_fail_usage("train: --image %s: expected pixels (64), rows x columns (48x64) or channels x "
                              "rows x columns (3x48x64), each at most %d",
                              text, MAX_ASKED);
    *input = (cnn_input_options){
        .channels = count == 3 ? number[0] : 0, .height = number[count == 3], .width = number[count - 1]};
    return CLI_GO_ON;
}

/* ---- What suits the data --------------------------------------------------------------------------- */

bool cli_is_builtin(const char *model) {
    for (const char *const *name = cnn_builtin_models(); *name; name++)
        if (!strcmp(*name, model))
            return true;
    return false;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Even after three layers of stride 2. */
static int64_t rounded(int64_t side) {
    return side >= 16 ? side - side % 8 : side;
}

/* Whether images of one size are taken as they are: none is smaller than the model says, none too large. */
static bool keeps_size(const cli_image_sizes *sizes, const int64_t min[3]) {
    return sizes->one_size && sizes->height[0] >= min[1] && sizes->width[0] >= min[2] &&
           sizes->height[0] <= larger(LARGEST_SIDE, min[1]) &&
           sizes->width[0] <= larger(LARGEST_SIDE, min[2]);
}

/* A model in a file takes at least the size that its author gave it. One that says how pictures are cut or centred keeps
 * its size. */
static void suit_size(const cli_fit *fit, const cnn_net *net, const cli_image_sizes *sizes,
                      cnn_input_options *input) {
    const int64_t nothing[3] = {0};
    const int64_t *min = cli_is_builtin(fit->model) ? nothing : fit->own;
    const int64_t side = rounded(sizes->median_side < LARGEST_SIDE ? sizes->median_side : LARGEST_SIDE);
    cnn_preprocessing preprocessing;
    cnn_net_preprocessing(net, &preprocessing);
    if (preprocessing.resize || preprocessing.centre)
        return;
    const bool whole = keeps_size(sizes, min);
    input->height = whole ? sizes->height[0] : larger(side, min[1]);
    input->width = whole ? sizes->width[0] : larger(side, min[2]);
}

/* The sizes of the first images of the data, read in their own shapes. */
static int survey(const cli_fit *fit, cli_image_sizes *sizes) {
    cnn_error error;
    cnn_data *sample;
    const cnn_data_options options = {
        .limit = MAX_SAMPLED, .skip_bad = true, .image = {.channels = 1, .height = 1, .width = 1}};
    if (cnn_data_open(&sample, fit->source, &options, &error))
        return cli_fail("%s", error.message);
    cli_image_sizes_of(sample, sizes);
    cnn_data_free(sample);
    return CLI_GO_ON;
}

/* ---- The input ------------------------------------------------------------------------------------- */

/* A size that was not asked for must not be what fails: the model's own one does. Where memory is short, nothing is known of
 * either. */
static int take_suited(const cli_fit *fit, cnn_net *net) {
    cnn_error error;
    cli_image_sizes sizes;
    int code = survey(fit, &sizes);
    if (code != CLI_GO_ON)
        return code;
    cnn_input_options input = fit->asked;
    if (!input.channels)
        input.channels = sizes.colour ? 3 : 1;
    if (!input.height)
        suit_size(fit, net, &sizes, &input);
    cnn_status status = cnn_net_fit(net, &input, 0, &error);
    if (status != CNN_OK && status != CNN_ERROR_MEMORY && !fit->asked.height) {
        input.height = input.width = 0;
        status = cnn_net_fit(net, &input, 0, &error);
    }
    return status == CNN_OK ? CLI_GO_ON : cli_fail("%s", error.message);
}

int cli_fit_input(cli_fit *fit, cnn_net *net) {
    cnn_net_input(net, fit->own);
    if (!fit->trained)
        return take_suited(fit, net);
    if (fit->asked.height)
        return cli_fail(
            "--image only applies to an untrained network, but %s was trained on images of %" PRId64
            "x%" PRId64 "x%" PRId64,
            fit->model, fit->own[0], fit->own[1], fit->own[2]);
    return CLI_GO_ON;
}

/* ---- The classes ----------------------------------------------------------------------------------- */

/* Whether the classes are known by names; IDX files have numbers, and maybe not all of them. */
static bool has_class_names(const cnn_data *data) {
    if (cnn_data_name(data, 0))
        return true;
    bool names = false;
    for (int64_t i = 0; i < cnn_data_classes(data); i++) {
        char *number = cli_format("%" PRId64, i);
        names = names || strcmp(number, cnn_data_class(data, i)) != 0;
        free(number);
    }
    return names;
}

/* A trained network whose classes have names is left alone: that the data have others is for a person to decide. */
static bool wants_other_classes(const cli_fit *fit, const cnn_net *net, const cnn_data *data) {
    const int64_t has = cnn_net_classes(net), needs = cnn_data_outputs(data);
    if (cnn_data_kind_of(data) != CNN_DATA_CLASSES) /* one output for each target, no more and no less */
        return cnn_net_outputs(net) != needs && !(fit->trained && cnn_net_class(net, 0));
    if (fit->trained)
        return needs > has && !cnn_net_class(net, 0);
    return needs > has || (needs < has && needs > 1 && has_class_names(data));
}

int cli_fit_classes(cli_fit *fit, cnn_net *net, const cnn_data *data, uint64_t seed) {
    cnn_error error;
    const int64_t classes = cnn_data_outputs(data);
    if (!wants_other_classes(fit, net, data))
        return CLI_GO_ON;
    fit->outputs = cnn_net_outputs(net);
    cnn_status status = fit->trained ? cnn_net_replace_head(net, classes, seed, &error)
                                     : cnn_net_fit(net, NULL, classes, &error);
    if (status)
        return cli_fail("%s has %" PRId64 " %s: %s", fit->source, classes, cli_data_kind_words(data),
                        error.message);
    return CLI_GO_ON;
}

const char *cli_data_kind_words(const cnn_data *data) {
    static const char *const words[] = {
        [CNN_DATA_CLASSES] = "classes",
        [CNN_DATA_MULTI_LABEL] = "classes, of which an image may have several",
        [CNN_DATA_NUMBERS] = "numbers an image",
    };
    return words[cnn_data_kind_of(data)];
}

/* ---- What is said ---------------------------------------------------------------------------------- */

/* How much smaller pictures become, where that is worth a word. */
static char *shrinking(const cli_image_sizes *sizes, const int64_t input[3]) {
    enum { MUCH = 4 };
    const int64_t times = sizes->median_side / larger(input[1], input[2]);
    return times >= MUCH ? cli_format(", with the pictures shrunk to about 1/%" PRId64, times)
                         : cli_format("%s", "");
}

char *cli_fit_images_text(const cli_fit *fit, const cnn_net *net, const cnn_data *data) {
    int64_t input[3];
    cli_image_sizes sizes;
    cnn_net_input(net, input);
    cli_image_sizes_of(data, &sizes);
    const bool changed = memcmp(input, fit->own, sizeof input) != 0;
    const bool same = sizes.one_size && sizes.height[0] == input[1] && sizes.width[0] == input[2];
    if (same && !changed && sizes.colour == (input[0] == 3))
        return NULL;
    char *range = cli_image_sizes_text(&sizes), *shape = cli_shape(input, 3), *own = cli_shape(fit->own, 3);
    char *shrunk = shrinking(&sizes, input), *instead = cli_format(" instead of %s", own);
    char *text =
        cli_format("%s; the %snetwork takes %s%s%s%s%s", range, fit->trained ? "trained " : "", shape,
                   changed ? instead : "", sizes.colour && input[0] == 1 ? ", without colour" : "", shrunk,
                   fit->trained ? "" : " (--image changes that)");
    free(range);
    free(shape);
    free(own);
    free(shrunk);
    free(instead);
    return text;
}

char *cli_fit_classes_text(const cli_fit *fit, const cnn_net *net, const cnn_data *data) {
    const int64_t outputs = cnn_net_outputs(net), classes = cnn_data_outputs(data);
    if (fit->outputs)
        return cli_format("%s; the last layer %s%s outputs instead of %s", cli_grouped(classes).text,
                          fit->trained ? "is new and has " : "has ", cli_grouped(outputs).text,
                          cli_grouped(fit->outputs).text);
    if (cnn_net_classes(net) != classes)
        return cli_format("%s, but the network has %s outputs; --classes %" PRId64 " replaces its last layer",
                          cli_grouped(classes).text, cli_grouped(outputs).text, classes);
    return NULL;
}
