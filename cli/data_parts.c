#include "data_parts.h"

#include "options.h"
#include "output.h"

/* A part that is missing rather than damaged: then neither the data nor the run has any images for it. `status` is that of
 * opening it, which stands unless looking for it fails, too. */
static cnn_status allow_missing(cnn_status status, const char *source, cnn_split split, cnn_error *error) {
    bool has = true;
    cnn_error reason;
    if (status != CNN_ERROR_FORMAT)
        return status;
    const cnn_status looked = cnn_data_has(source, split, &has, &reason);
    if (looked != CNN_OK)
        return cli_refuse(error, looked, "%s", reason.message);
    return has ? status : CNN_OK;
}

static cnn_status open_part(cnn_data **data, const cnn_net *net, const char *source, const char *run,
                            cnn_split split, int64_t limit, cnn_error *error) {
    const cnn_data_options options = {
        .split = split, .image = cnn_net_image_options(net), .limit = limit, .skip_bad = true};
    const cnn_status status = cnn_data_open_run(data, source, &options, run, NULL, error);
    return allow_missing(status, source, split, error);
}

int cli_data_parts_open(cli_data_parts *data, const cnn_net *net, const char *source, const char *run,
                        int64_t limit) {
    cnn_error error;
    for (int i = 0; i < CLI_DATA_PARTS; i++)
        if (open_part(&data->part[i], net, source, run, (cnn_split)i, limit, &error))
            return cli_fail("%s", error.message);
    if (data->part[CNN_SPLIT_TRAIN] || data->part[CNN_SPLIT_TEST] || data->part[CNN_SPLIT_VALIDATION])
        return CLI_GO_ON;
    return cli_fail("%s", error.message);
}

int cli_data_parts_fit(cli_data_parts *data, cnn_net *net, cli_fit *fit, const char *run, int64_t limit,
                       uint64_t seed) {
    int code = cli_fit_input(fit, net);
    if (code == CLI_GO_ON)
        code = cli_data_parts_open(data, net, fit->source, run, limit);
    const cnn_data *training = data->part[CNN_SPLIT_TRAIN];
    if (code == CLI_GO_ON && training && !fit->trained)
        code = cli_fit_classes(fit, net, training, seed);
    return code;
}

void cli_data_parts_free(cli_data_parts *data) {
    for (int i = 0; i < CLI_DATA_PARTS; i++)
        cnn_data_free(data->part[i]);
    *data = (cli_data_parts){0};
}
