#include "split_images.h"

#include "model.h"
#include "output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* In the order of cnn_split. */
static const char *const splits[] = {"train", "test", "validation", "all", NULL};

const cli_option cli_split_rows[] = {
    {"--split", CLI_CHOICE, 0,
     .help = "which images of DATA to use; RUN_DIR knows which ones training held out (test)",
     .choices = splits},
    {0},
};

const char *cli_split_word(cnn_split split) {
    return splits[split];
}

char *cli_run_directory(const char *model) {
    struct stat about;
    const char *slash = strrchr(model, '/');
    if (stat(model, &about) == 0 && S_ISDIR(about.st_mode))
        return cli_format("%s", model);
    return slash ? cli_format("%.*s", (int)(slash - model), model) : cli_format(".");
}

int cli_split_open(cli_split_images *shown, const cnn_net *net, const cli_split_request *request) {
    cnn_error error;
    cnn_run_part found;
    cnn_data_options options = {.split = request->split,
                                .image = cnn_net_image_options(net),
                                .limit = request->limit,
                                .skip_bad = request->skip_bad};
    char *run = cli_run_directory(request->model);
    *shown = (cli_split_images){.split = request->split};
    cnn_status status = cnn_data_open_run(&shown->data, request->source, &options, run, &found, &error);
    free(run);
    if (status)
        return cli_fail("%s", error.message);
    cli_print_notes(shown->data);
    shown->listed = found.listed;
    shown->others = found.others;
    return CLI_GO_ON;
}

void cli_split_free(cli_split_images *shown) {
    cnn_data_free(shown->data);
    shown->data = NULL;
}

char *cli_split_text(const cli_split_images *shown) {
    static const char *const kinds[] = {"training ", "test ", "validation ", ""};
    bool held_out = shown->listed && shown->split != CNN_SPLIT_TRAIN;
    return cli_format("%s%s %simages%s", shown->split == CNN_SPLIT_ALL ? "all " : "",
                      cli_grouped(cnn_data_count(shown->data)).text, kinds[shown->split],
                      held_out ? ", held out in training" : "");
}
