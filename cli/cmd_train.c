/* cnn train: makes model and data ready, and trains as the command line asks. */
#define _GNU_SOURCE /* strsep */
#include "command.h"
#include "interrupt.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "train_options.h"
#include "train_report.h"

#include <cnn.h>

#include <stdlib.h>
#include <string.h>

static const cli_train_report *report_of(const cli_train_arguments *a) {
    if (a->json)
        return &cli_train_json;
    return cli_is_quiet() ? &cli_train_quiet : &cli_train_text;
}

static int train(cli_training *training, cnn_net *net) {
    const cli_train_report *report = report_of(training->arguments);
    double begin = cli_now();
    report->plan(training);
    cli_progress_start(&training->progress, report->epoch);
    cnn_train_options train = cli_train_library_options(training->arguments, training->trained);
    train.progress = cli_progress_report;
    train.user = &training->progress;
    cli_interrupt_watch();
    training->status = cnn_train(net, training->data, &train, &training->error);
    cli_interrupt_unwatch();
    cli_progress_end(&training->progress);
    training->seconds = cli_now() - begin;
    return report->end(training);
}

/* Hold the layers that match one of the patterns, which commas separate. */
static cnn_status freeze(cnn_net *net, const char *patterns, cnn_error *error) {
    char *copy = cli_format("%s", patterns), *rest = copy;
    cnn_status status = CNN_OK;
    for (char *pattern; !status && (pattern = strsep(&rest, ","));)
        status = cnn_net_freeze(net, pattern, error);
    free(copy);
    return status;
}

/* What the options change about the model before training. */
static cnn_status adapt(const cli_train_arguments *a, const char *model, cnn_net *net, bool *trained,
                        cnn_error *error) {
    cnn_status status = a->weights ? cnn_net_load_weights(net, a->weights, error) : CNN_OK;
    *trained |= a->weights != NULL;
    if (!status && a->classes)
        status = cnn_net_replace_head(net, a->classes, (uint64_t)a->seed, error);
    if (status || !a->freeze || *trained)
        return status;
    snprintf(error->message, sizeof error->message,
             "--freeze keeps the parameters of trained layers, but %s has not been trained", model);
    return CNN_ERROR_ARGUMENT;
}

/* Fit the network to the data, which are opened on the way; NULL after a message. */
static cnn_data *open_data(cli_training *training, cnn_net *net) {
    const cli_train_arguments *a = training->arguments;
    cnn_error error;
    training->fit = (cli_fit){.model = training->model,
                              .source = a->data,
                              .trained = training->trained || a->weights,
                              .asked = a->image_size};
    if (cli_fit_input(&training->fit, net) != CLI_GO_ON)
        return NULL;
    if (adapt(a, training->model, net, &training->trained, &error)) {
        cli_fail("%s", error.message);
        return NULL;
    }
    cnn_data *data = cli_open_data(net, a->data, CNN_TRAIN, a->limit, a->skip_bad);
    int code = CLI_GO_ON;
    if (data && !a->classes)
        code = cli_fit_classes(&training->fit, net, data, (uint64_t)a->seed);
    if (data && code == CLI_GO_ON && a->freeze && freeze(net, a->freeze, &error))
        code = cli_fail("%s", error.message);
    if (code == CLI_GO_ON)
        return data;
    cnn_data_free(data);
    return NULL;
}

/* Open model and data, and train. `command` is the command line, ended by NULL. */
static int open_and_train(const cli_train_arguments *a, const char *model, char *const *command) {
    cnn_error error;
    cnn_net *net;
    cli_training training = {.arguments = a, .command = command, .model = model};
    if (!cnn_cpu(&error) || cnn_net_open(&net, model, &training.trained, &error))
        return cli_fail("%s", error.message);
    int code = CLI_FAILED;
    cnn_data *data = open_data(&training, net);
    if (data) {
        training.net = net;
        training.data = data;
        code = train(&training, net);
    }
    cnn_data_free(data);
    cnn_net_free(net);
    return code;
}

int cli_train(int count, char **words) {
    cli_train_arguments a;
    char **command = cli_copy_words(count, words);
    int code = cli_train_parse(count, words, &a);
    if (code == CLI_GO_ON)
        code = open_and_train(&a, words[0], command);
    free(command);
    return code;
}
