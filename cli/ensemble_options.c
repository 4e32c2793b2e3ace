#include "ensemble_options.h"

#include "model.h"
#include "output.h"

#include <stdio.h>

#define AT(field) offsetof(cli_ensemble_options, field)

const cli_option cli_ensemble_rows[] = {
    {"--tta", CLI_TEXT, AT(tta), "LIST",
     .help = "test-time augmentation: average over views of each image, such as mirror,shift:1; see above"},
    {"--with", CLI_TEXTS, AT(with), "MODEL",
     .help = "average with this model, too; may be given several times"},
    {0},
};

int cli_ensemble_check(const char *command, const cli_ensemble_options *options) {
    cnn_view views[CNN_MAX_VIEWS];
    cnn_error error;
    int count;
    if (options->tta && cnn_views_parse(options->tta, views, &count, &error))
        return cli_fail_usage("%s: --tta: %s; see 'cnn %s --help'", command, error.message, command);
    return CLI_GO_ON;
}

/* Open the models of --with behind the first one. */
static int open_further(cnn_net **nets, const cli_texts *models, const cli_pixel_options *pixels) {
    for (int i = 0; i < models->count; i++) {
        int code = cli_open_trained(&nets[i], models->text[i], pixels->input_shape);
        if (code == CLI_GO_ON)
            code = cli_expect_pixels(pixels, models->text[i], nets[i]);
        if (code != CLI_GO_ON)
            return code;
    }
    return CLI_GO_ON;
}

/* The message counts networks; the user knows them by name. */
static int fail_for(const cli_texts *models, const cnn_error *error) {
    int number;
    if (sscanf(error->message, "network %d", &number) == 1 && number > 1 && number - 2 < models->count)
        return cli_fail("--with %s: %s", models->text[number - 2], error->message);
    return cli_fail("%s", error->message);
}

int cli_ensemble_open(cnn_ensemble **ensemble, const cli_ensemble_options *options,
                      const cli_ensemble_request *request) {
    const cnn_net *nets[1 + CLI_MAX_TEXTS] = {request->net};
    cnn_net *further[CLI_MAX_TEXTS] = {NULL};
    cnn_view views[CNN_MAX_VIEWS];
    cnn_ensemble_options made = {.batch = request->batch,
                                 .threads = request->threads,
                                 .views = views,
                                 .outputs = request->outputs,
                                 .precision = request->precision};
    cnn_error error;
    int code = open_further(further, &options->with, request->pixels);
    for (int i = 0; i < options->with.count; i++)
        nets[1 + i] = further[i];
    if (code == CLI_GO_ON && options->tta && cnn_views_parse(options->tta, views, &made.view_count, &error))
        code = cli_fail("%s", error.message);
    if (code == CLI_GO_ON && cnn_ensemble_new(ensemble, nets, 1 + options->with.count, &made, &error))
        code = fail_for(&options->with, &error);
    for (int i = 0; i < options->with.count; i++)
        cnn_net_free(further[i]);
    return code;
}
