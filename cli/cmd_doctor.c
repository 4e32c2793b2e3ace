/* cnn doctor: what is wrong with data, training or model. */
#include "command.h"
#include "data_parts.h"
#include "findings.h"
#include "fit.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "split_images.h"

#include <cnn_doctor.h>

#include <stdlib.h>

struct arguments {
    const char *data, *input_shape;
    double learning_rate;
    int64_t limit, batch, seed, threads;
    bool quick, json;
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    CLI_GROUP("Doctor"),
    {"--data", CLI_TEXT, AT(data), "DATA", .help = "the images to look at (required)"},
    CLI_ROWS(cli_input_shape_rows, AT(input_shape)),
    {"--limit", CLI_INTEGER, AT(limit), "N",
     .help = "look at the first N images only, of the training, the validation and the test images each",
     .min = 1},
    {"--quick", CLI_FLAG, AT(quick),
     .help = "leave out the checks that train networks: labels, gradients and updates"},
    {"--lr", CLI_REAL, AT(learning_rate), "X",
     .help = "learning rate that training would use (that of the run, else of 'cnn train')", .min = 0,
     .max = 1e6, .above = true},
    {"--batch", CLI_INTEGER, AT(batch), "N",
     .help = "images per update that training would use (those of the run, else of 'cnn train')", .min = 1,
     .max = 1 << 24},
    {"--seed", CLI_INTEGER, AT(seed), "N", .help = "seed of all that is drawn (1)", .min = 0},
    CLI_ROWS(cli_threads_rows, AT(threads)),
    CLI_ROWS(cli_json_rows, AT(json)),
    {0},
};

const cli_usage cli_doctor_usage = {
    .command = "doctor",
    .title = "find out what is wrong with data, training or a model",
    .operands = "MODEL --data DATA",
    .min = 1,
    .max = 1,
    .help =
        "Look for what makes training fail or a model useless: files that cannot be read, pixels in a wrong "
        "range, empty images, duplicates within the data and between training and test images, labels that "
        "look wrong, classes with too few images; a loss that is stuck, overfitting, dead ReLUs, gradients "
        "that vanish, a learning rate that is too high or too low.\n"
        "\n"
        "Each finding says what, where, what was measured, and what to do. Prints nothing when all is well. "
        "The exit code is 1 if there is a finding.",
    .example = "  cnn doctor basic --data fashion-mnist --quick\n"
               "  cnn doctor runs/first --data fashion-mnist",
    .options = options,
};

typedef struct visit {
    const struct arguments *arguments;
    const char *model;
    char *run; /* the folder of the model's run; NULL: none */
    cnn_net *net;
    bool trained;
    cli_data_parts data;
} visit;

static int examine(const visit *v) {
    const struct arguments *a = v->arguments;
    const cnn_train_options train = {.update = {.learning_rate = a->learning_rate}, .batch = a->batch};
    const cnn_doctor_options options = {
        .training = v->data.part[CNN_SPLIT_TRAIN],
        .validation = v->data.part[CNN_SPLIT_VALIDATION],
        .test = v->data.part[CNN_SPLIT_TEST],
        .net = v->net,
        .trained = v->trained,
        .run_directory = v->run,
        .train = &train,
        .quick = a->quick,
        .seed = (uint64_t)a->seed,
        .threads = (int)a->threads,
    };
    cnn_error error;
    cnn_diagnosis diagnosis = {0};
    int code = CLI_DONE;
    if (cnn_doctor(&diagnosis, &options, &error))
        code = cli_fail("%s", error.message);
    else if (a->json)
        code = cli_json_print(json_pack("{so so so}", "model", cli_json_text(v->model), "data",
                                        cli_json_text(a->data), "findings",
                                        cli_findings_json(&diagnosis, v->data.part)));
    else
        cli_findings_print(&diagnosis, v->data.part);
    if (code == CLI_DONE && diagnosis.count)
        code = CLI_FAILED;
    cnn_diagnosis_free(&diagnosis);
    return code;
}

int cli_doctor(int count, char **words) {
    struct arguments a = {.seed = 1};
    int operands, code = cli_parse(&cli_doctor_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    if (!a.data)
        return cli_fail_usage(
            "doctor: --data DATA is missing: give the images to look at; see 'cnn doctor --help'");
    visit v = {.arguments = &a, .model = words[0]};
    code = cli_open_net(&v.net, words[0], a.input_shape, &v.trained);
    if (code != CLI_GO_ON)
        return code;
    v.run = v.trained ? cli_run_directory(words[0]) : NULL;
    cli_fit fit = {.model = v.model, .source = a.data, .trained = v.trained};
    code = cli_data_parts_fit(&v.data, v.net, &fit, v.run, a.limit, (uint64_t)a.seed);
    if (code == CLI_GO_ON)
        code = examine(&v);
    cli_data_parts_free(&v.data);
    cnn_net_free(v.net);
    free(v.run);
    return code;
}
