/* cnn lab: what is said of convolutional networks, measured on the user's own. */
#include "command.h"
#include "data_parts.h"
#include "fit.h"
#include "folder.h"
#include "interrupt.h"
#include "lab.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "split_images.h"
#include "text.h"
#include "wrap.h"
#include "written_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct arguments {
    const char *data, *folder, *input_shape;
    int64_t limit, epochs, seed, threads;
    bool quick, json;
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    CLI_GROUP("Lab"),
    {"--data", CLI_TEXT, AT(data), "DATA", .help = "the images to train and test on (required)"},
    CLI_ROWS(cli_input_shape_rows, AT(input_shape)),
    {"--limit", CLI_INTEGER, AT(limit), "N",
     .help = "the first N images only, of the training, the validation and the test images each", .min = 1},
    {"--epochs", CLI_INTEGER, AT(epochs), "N",
     .help = "epochs of each training (those of the run, else 4; with --quick 3)", .min = 1, .max = 1000000},
    {"--quick", CLI_FLAG, AT(quick),
     .help = "10,000 images to train on for 3 epochs, 1,000 to test with: under a minute on MNIST"},
    {"--seed", CLI_INTEGER, AT(seed), "N",
     .help = "seed of the order of the pixels, and of training where there is no run to take it from (1)",
     .min = 0},
    CLI_GROUP("Results"),
    {"--output", CLI_TEXT, AT(folder), "DIR",
     .help = "write heat maps, and the patches that excite each channel, as PNG files into DIR",
     .letter = "-o"},
    CLI_ROWS(cli_json_rows, AT(json)),
    CLI_GROUP("Machine"),
    CLI_ROWS(cli_threads_rows, AT(threads)),
    {0},
};

const cli_usage cli_lab_usage = {
    .command = "lab",
    .title = "measure what convolution is good for, on your own network",
    .operands = "MODEL --data DATA",
    .min = 1,
    .max = 1,
    .help =
        "Five experiments with a network against a dense one with about as many parameters, trained on the "
        "same images for as many epochs with the same seed and optimizer: invariance to shifts, parameter "
        "sharing, sparsity of connections, whether features are local (all pixels in one random order), and "
        "how receptive fields grow from layer to layer.\n"
        "\n"
        "A run directory is compared as it is, with the options that it was trained with; its results are "
        "also saved in it as lab.json. With --quick, and for other models, the network is trained anew. "
        "docs/lab.md says how each figure is measured.",
    .example = "  cnn lab basic --data fashion-mnist --quick\n"
               "  cnn lab runs/first --data fashion-mnist -o lab",
    .options = options,
};

typedef struct visit {
    const struct arguments *arguments;
    const char *model;
    char *run; /* the folder of the model's run; NULL: none */
    cnn_net *net;
    bool trained;
    cli_data_parts data;
    bool terminal; /* what is being done is shown */
} visit;

/* ---- Running ----------------------------------------------------------------------------------------- */

static void clear_line(const visit *v) {
    if (v->terminal)
        fputs("\r\033[K", stderr);
}

static bool show_progress(void *user, const cnn_lab_progress *progress) {
    const visit *v = user;
    if (v->terminal) {
        char *line = cli_format("%s: %.0f %%", progress->doing, 100 * progress->share);
        cli_text_cut(line, cli_terminal_width(stderr) - 1);
        fprintf(stderr, "\r%s\033[K", line);
        free(line);
    }
    return !cli_interrupted();
}

static int run_lab(visit *v, cnn_lab *lab) {
    const struct arguments *a = v->arguments;
    const cnn_train_options train = {.epochs = (int)a->epochs};
    const cnn_lab_options lab_options = {
        .net = v->net,
        .trained = v->trained,
        .training = v->data.part[CNN_SPLIT_TRAIN],
        .validation = v->data.part[CNN_SPLIT_VALIDATION],
        .test = v->data.part[CNN_SPLIT_TEST],
        .run_directory = v->run,
        .train = &train,
        .quick = a->quick,
        .seed = (uint64_t)a->seed,
        .threads = (int)a->threads,
        .progress = show_progress,
        .user = v,
    };
    const char *terminal = getenv("TERM");
    cnn_error error;
    v->terminal = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") && !cli_is_quiet();
    cli_interrupt_watch();
    const cnn_status status = cnn_lab_run(lab, &lab_options, &error);
    clear_line(v);
    const int code = cli_interrupted() ? cli_interrupt_code() : CLI_FAILED;
    cli_interrupt_unwatch();
    if (!status)
        return CLI_GO_ON;
    cli_fail("%s", error.message);
    return code;
}

/* ---- Results ----------------------------------------------------------------------------------------- */

static int write_json(const cli_lab_report *report, const char *path) {
    char *text = cli_json_dump(cli_lab_json(report), JSON_INDENT(1));
    const int code = cli_write_file(path, text, strlen(text));
    free(text);
    return code;
}

/* In the run's folder, where the model is one. */
static int save(const visit *v, const cli_lab_report *report) {
    struct stat about;
    if (!v->run || stat(v->model, &about) || !S_ISDIR(about.st_mode))
        return CLI_DONE;
    char *path = cli_format("%s/lab.json", v->run);
    const int code = write_json(report, path);
    if (code == CLI_DONE && !v->arguments->json)
        cli_print_words("\nSaved in %s\n", path);
    free(path);
    return code;
}

static int show(const visit *v, const cnn_lab *lab) {
    const struct arguments *a = v->arguments;
    const cli_lab_report report = {
        .lab = lab,
        .model = v->model,
        .data = a->data,
        .net = v->net,
        .shown = v->data.part[lab->test_part],
        .quick = a->quick,
        .seed = a->seed,
    };
    int code = a->folder ? cli_lab_draw(&report, a->folder) : CLI_GO_ON;
    if (code != CLI_GO_ON)
        return code;
    code = CLI_DONE;
    if (a->json)
        code = cli_json_print(cli_lab_json(&report));
    else
        cli_lab_print(&report);
    return code == CLI_DONE ? save(v, &report) : code;
}

/* ---- Opening ----------------------------------------------------------------------------------------- */

static int open_data(visit *v) {
    const struct arguments *a = v->arguments;
    cli_fit fit = {.model = v->model, .source = a->data, .trained = v->trained};
    const int code = cli_data_parts_fit(&v->data, v->net, &fit, v->run, a->limit, (uint64_t)a->seed);
    if (code == CLI_GO_ON && !v->data.part[CNN_SPLIT_TRAIN])
        return cli_fail("%s has no images to train on, which the lab needs", a->data);
    return code;
}

int cli_lab(int count, char **words) {
    struct arguments a = {.seed = 1};
    int operands, code = cli_parse(&cli_lab_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    if (!a.data)
        return cli_fail_usage(
            "lab: --data DATA is missing: give the images to train and test on; see 'cnn lab --help'");
    cnn_lab lab = {0};
    visit v = {.arguments = &a, .model = words[0]};
    code = cli_open_net(&v.net, words[0], a.input_shape, &v.trained);
    if (code != CLI_GO_ON)
        return code;
    v.run = v.trained ? cli_run_directory(words[0]) : NULL;
    code =
        v.run && a.epochs && !a.quick
            ? cli_fail_usage("lab: --epochs: a run is compared with the epochs that it had, unless --quick "
                             "has it trained anew")
            : open_data(&v);
    if (code == CLI_GO_ON && a.folder)
        code = cli_folder_make(a.folder);
    if (code == CLI_GO_ON)
        code = run_lab(&v, &lab);
    if (code == CLI_GO_ON)
        code = show(&v, &lab);
    cnn_lab_free(&lab);
    cli_data_parts_free(&v.data);
    cnn_net_free(v.net);
    free(v.run);
    return code;
}
