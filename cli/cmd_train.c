/* cnn train: makes model and data ready, and trains as the command line asks. */
#define _GNU_SOURCE /* strsep */
#include "command.h"
#include "find_rate.h"
#include "folds.h"
#include "interrupt.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "pixel_notes.h"
#include "progress.h"
#include "report/report.h"
#include "run_command.h"
#include "train_options.h"
#include "train_report.h"
#include "train_run.h"
#include "train_watch.h"
#include "wrap.h"

#include <cnn.h>

#include <stdlib.h>
#include <string.h>

cli_epoch cli_training_epoch(const cli_training *training) {
    const cli_train_arguments *a = training->arguments;
    const int64_t batch = a->batch ? a->batch : CLI_DEFAULT_BATCH;
    cli_epoch epoch =
        cli_epoch_of(training->data.counts.training, batch * (a->accumulate ? a->accumulate : 1));
    const int64_t iterations =
        training->length.epochs ? training->length.epoch_updates : a->iterations.list[0];
    if (iterations && iterations < epoch.iterations) {
        epoch.iterations = iterations;
        epoch.last = epoch.batch;
    }
    return epoch;
}

/* What to print: text, JSON lines, or only the result. */
static const cli_train_report *report_of(const cli_train_arguments *a) {
    if (a->silent)
        return &cli_train_silent;
    if (a->json)
        return &cli_train_json;
    return cli_is_quiet() ? &cli_train_quiet : &cli_train_text;
}

/* Write RUN_DIR/report.html, and say so. */
static int write_report(const cli_training *training) {
    const cli_train_arguments *a = training->arguments;
    char *path = cli_format("%s/report.html", a->run_directory);
    const cli_report_request request = {a->run_directory, a->data, path, NULL, true, a->threads};
    const int code = cli_report_make(&request);
    if (code == CLI_DONE && a->json)
        cli_json_line(json_pack("{ss so}", "event", "report", "path", cli_json_text(path)));
    else if (code == CLI_DONE && !cli_is_quiet())
        cli_print_words("Report   %s\n", path);
    free(path);
    return code;
}

/* Say how it ended; then the report, if it is wanted. */
static int end(const cli_training *training, int noted) {
    const int ended = training->report->end(training);
    if (ended != CLI_DONE || noted != CLI_DONE || !training->arguments->report)
        return ended == CLI_DONE ? noted : ended;
    return write_report(training);
}

/* Keep the command line beside what it saved. */
static int note_command(const cli_training *training) {
    const cli_train_arguments *a = training->arguments;
    if (training->status != CNN_OK && training->status != CNN_STOPPED)
        return CLI_DONE;
    return cli_run_command_note(a->run_directory, training->command, (int)a->threads, a->resume);
}

/* The library's options of this training. */
static cnn_train_options library_options(const cli_training *training) {
    cnn_train_options options = cli_train_library_options(training->arguments, training->trained);
    cli_train_data_apply(&training->data, &options);
    options.teacher = training->teacher;
    options.teacher_weight = training->arguments->teacher_weight;
    options.temperature = training->arguments->temperature;
    if (training->length.epochs) {
        options.epochs = training->length.epochs;
        options.epoch_updates = training->length.epoch_updates;
        options.seconds = training->arguments->seconds - (cli_now() - training->begin);
    }
    return options;
}

/* Choose the length of the training by the time that is left; a checkpoint has it already. */
static int fit_time(cli_training *training, const cnn_net *net) {
    const cli_train_arguments *a = training->arguments;
    const double left = a->seconds - (cli_now() - training->begin);
    cnn_error error;
    if (!a->time || a->resume)
        return CLI_GO_ON;
    if (left <= 0)
        return cli_fail("--time %s: opening model and data took longer", a->time);
    const cnn_train_options options = library_options(training);
    return cnn_train_fit_time(net, training->data.images, &options, left, &training->length, &error)
               ? cli_fail("%s", error.message)
               : CLI_GO_ON;
}

/* Print the plan, train with progress and Ctrl-C watched, print how it ended. */
static int train(cli_training *training, cnn_net *net) {
    const cli_train_report *report = training->report = report_of(training->arguments);
    double begin = cli_now();
    report->plan(training);
    cli_progress_start(&training->progress, report->epoch);
    cli_train_watch watch;
    cli_train_watch_start(&watch, training);
    cnn_train_options train = library_options(training);
    train.progress = cli_train_watch_report;
    train.user = &watch;
    cli_interrupt_watch();
    training->status = cnn_train(net, training->data.images, &train, &training->error);
    const int noted = note_command(training);
    cli_interrupt_unwatch();
    cli_progress_end(&training->progress);
    cli_train_watch_end(&watch);
    training->seconds = cli_now() - begin;
    return end(training, noted);
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

/* Parameters that the file does not have are the model's, or drawn where it has none. */
static cnn_status take_partial(const cli_train_arguments *a, cnn_net *net, bool trained, cnn_error *error) {
    cnn_partial_weights partial;
    if (!trained && cnn_net_initialise(net, (uint64_t)a->seed))
        return cli_refuse(error, cnn_net_status(net), "%s", cnn_net_error(net));
    cnn_status status = cnn_net_load_weights_partial(net, a->weights, &partial, error);
    if (status == CNN_OK && !a->json && !cli_is_quiet())
        cli_print_partial(a->weights, &partial);
    return status;
}

/* Load the file of --weights, whole or in part; the network counts as trained from then on. */
static cnn_status take_weights(const cli_train_arguments *a, cnn_net *net, bool *trained, cnn_error *error) {
    if (!a->weights)
        return CNN_OK;
    const bool had = *trained;
    *trained = true;
    return a->partial ? take_partial(a, net, had, error) : cnn_net_load_weights(net, a->weights, error);
}

/* What the options change about the model before training. */
static cnn_status adapt(const cli_train_arguments *a, const char *model, cnn_net *net, bool *trained,
                        cnn_error *error) {
    cnn_status status = take_weights(a, net, trained, error);
    if (!status && a->classes)
        status = cnn_net_replace_head(net, a->classes, (uint64_t)a->seed, error);
    if (status || !(a->freeze || a->freeze_epochs > 0) || *trained)
        return status;
    const char *option = a->freeze ? "--freeze" : "--freeze-epochs";
    snprintf(error->message, sizeof error->message,
             "%s keeps the parameters of trained layers, but %s has not been trained: give --weights "
             "FILE, or leave out %s",
             option, model, option);
    return CNN_ERROR_ARGUMENT;
}

/* The size of input that the command line names: a crop is the input. Where pictures are resized, an untrained built-in
 * network takes all of them; a model of a file, or one for centred drawings, keeps its size. */
static cnn_input_options asked_size(const cli_training *training, const cnn_net *net) {
    const cli_train_arguments *a = training->arguments;
    cnn_input_options asked = a->image_size;
    int64_t own[3];
    cnn_net_input(net, own);
    if (asked.height || training->fit.trained || !(a->pixels.resize || a->pixels.centre))
        return asked;
    const bool whole = a->pixels.resize && (a->pixels.crop || cli_is_builtin(training->model));
    const int64_t side = a->pixels.crop ? a->pixels.crop : a->pixels.resize;
    asked.height = whole ? side : own[1];
    asked.width = whole ? side : own[2];
    return asked;
}

/* Open the data, once the network takes such images. */
static int open_images(cli_training *training, cnn_net *net) {
    const cli_train_arguments *a = training->arguments;
    cnn_error error;
    int code = cli_fit_input(&training->fit, net);
    if (code == CLI_GO_ON && adapt(a, training->model, net, &training->trained, &error))
        code = cli_fail("%s", error.message);
    if (code == CLI_GO_ON)
        code = cli_expect_pixels(&a->pixels, training->model, net);
    if (code != CLI_GO_ON)
        return code;
    if (training->trained)
        cli_note_unknown_pixels(net, training->model);
    return cli_train_data_open(&training->data, a, net);
}

/* Fit the network to the data, which are opened on the way. CLI_GO_ON, or the exit code after a message. */
static int open_data(cli_training *training, cnn_net *net) {
    const cli_train_arguments *a = training->arguments;
    cnn_error error;
    training->fit =
        (cli_fit){.model = training->model, .source = a->data, .trained = training->trained || a->weights};
    training->fit.asked = asked_size(training, net);
    int code = open_images(training, net);
    if (code == CLI_GO_ON && !a->classes)
        code = cli_fit_classes(&training->fit, net, training->data.images, (uint64_t)a->seed);
    if (code == CLI_GO_ON && a->freeze && freeze(net, a->freeze, &error))
        code = cli_fail("%s", error.message);
    return code;
}

/* Open the model of --teacher. */
static int open_teacher(cli_training *training) {
    const cli_train_arguments *a = training->arguments;
    bool trained;
    if (!a->teacher)
        return CLI_GO_ON;
    const int code =
        cli_open_other_net(&training->teacher, a->teacher, a->pixels.input_shape, &trained, "--teacher: ");
    if (code != CLI_GO_ON)
        return code;
    if (!trained)
        return cli_fail("--teacher: %s has not been trained", a->teacher);
    cli_note_unknown_pixels(training->teacher, a->teacher);
    return CLI_GO_ON;
}

int cli_train_run(const cli_train_arguments *a, const char *model, char *const *command, cnn_status *ended) {
    cnn_error error;
    cnn_net *net;
    cli_training training = {.arguments = a, .command = command, .model = model, .begin = cli_now()};
    cnn_train_options options =
        cli_train_library_options(a, true); /* as far as one knows before it is opened */
    if (ended)
        *ended = CNN_OK;
    if (!cnn_cpu(&error) || cnn_train_check(&options, &error))
        return cli_fail("%s", error.message);
    int code = cli_open_net(&net, model, a->pixels.input_shape, &training.trained);
    if (code != CLI_GO_ON)
        return code;
    code = open_teacher(&training);
    if (code == CLI_GO_ON)
        code = open_data(&training, net);
    training.net = net;
    if (code == CLI_GO_ON)
        code = fit_time(&training, net);
    if (code == CLI_GO_ON && a->find_lr) {
        options = library_options(&training);
        code = cli_find_rate(&training, net, &options);
    } else if (code == CLI_GO_ON) {
        code = train(&training, net);
        if (ended)
            *ended = training.status;
    }
    free(training.lengths);
    cli_train_data_free(&training.data);
    cnn_net_free(training.teacher);
    cnn_net_free(net);
    return code;
}

/* One fold in a folder of its own; with --resume those that are not begun yet begin. */
static int train_fold(const cli_train_arguments *a, const char *model, char *const *command, int fold,
                      cli_run_result *result) {
    cli_train_arguments one = *a;
    char *folder = cli_format("%s/fold-%d", a->run_directory, fold);
    int code = cli_run_result_read(folder, result);
    one.fold = fold;
    one.run_directory = folder;
    one.resume = a->resume && result->there;
    if (code == CLI_GO_ON)
        code = cli_train_run(&one, model, command, NULL);
    if (code == CLI_DONE)
        code = cli_run_result_read(folder, result);
    free(folder);
    return code;
}

/* All folds, then what came out of them. */
static int train_folds(const cli_train_arguments *a, const char *model, char *const *command) {
    cli_run_result *results = cli_allocate((size_t)a->folds, sizeof *results);
    int code = CLI_GO_ON;
    for (int i = 0; code == CLI_GO_ON && i < a->folds; i++)
        code = train_fold(a, model, command, i + 1, &results[i]);
    if (code == CLI_GO_ON)
        cli_folds_print(results, (int)a->folds, a->json);
    free(results);
    return code == CLI_GO_ON ? CLI_DONE : code;
}

int cli_train(int count, char **words) {
    cli_train_arguments a;
    char **command = cli_copy_words(count, words);
    int code = cli_train_parse(count, words, &a);
    if (code == CLI_GO_ON)
        code = a.folds ? train_folds(&a, words[0], command) : cli_train_run(&a, words[0], command, NULL);
    free(command);
    return code;
}
