/* cnn train: trains as the command line asks, and says how it went and what to do next. */
#define _GNU_SOURCE /* strsep */
#include "command.h"
#include "interrupt.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "recipes.h"
#include "train_options.h"

#include <cnn.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* How many parameters stay as they are. */
static void print_frozen(const cnn_net *net) {
    int64_t layers = 0, parameters = 0;
    for (cnn_layer layer = 1; layer <= cnn_net_layers(net); layer++) {
        cnn_layer_info info;
        if (cnn_net_layer(net, layer, &info, NULL) || !info.frozen)
            continue;
        layers++;
        parameters += info.parameters;
    }
    printf("Frozen   %s layers with %s parameters\n", cli_grouped(layers).text, cli_grouped(parameters).text);
}

static void print_plan(const cli_train_arguments *a, const char *model, bool trained, const cnn_net *net,
                       const cnn_data *data) {
    int64_t input[3];
    cnn_net_input(net, input);
    char *shape = cli_shape(input, 3);
    printf("Model    %s: %s parameters, input %s, %s outputs\n", model,
           cli_grouped(cnn_net_parameters(net)).text, shape, cli_grouped(cnn_net_outputs(net)).text);
    printf("Data     %s: %s training images, %s classes", a->data, cli_grouped(cnn_data_count(data)).text,
           cli_grouped(cnn_data_classes(data)).text);
    if (a->validation > 0)
        printf(", %.3g %% of the images held out for validation", 100 * a->validation);
    if (cnn_data_skipped(data))
        printf(", %s skipped", cli_grouped(cnn_data_skipped(data)).text);
    if (a->recipe >= 0)
        printf("\nRecipe   %s: %s", cli_recipe_names[a->recipe], cli_recipe_options[a->recipe]);
    printf("\nMachine  %d threads, %s\n", cli_threads(a->threads), cnn_cpu(NULL));
    if (a->resume)
        printf("Training goes on from the checkpoint in %s\n", a->run_directory);
    else if (trained)
        printf("Training goes on from the parameters of %s\n", a->weights ? a->weights : model);
    if (a->classes)
        printf("The last layer is a new one for %s classes\n", cli_grouped(a->classes).text);
    if (a->freeze)
        print_frozen(net);
    putchar('\n');
    fflush(stdout);
    free(shape);
}

/* A word as a shell reads it back: in quotes unless it is plain. */
static void print_word(const char *word, FILE *to) {
    bool plain = *word;
    for (const char *c = word; *c; c++)
        plain = plain && (isalnum((unsigned char)*c) || strchr("-_./=,:+@%", *c));
    if (plain) {
        fprintf(to, " %s", word);
        return;
    }
    fputs(" '", to);
    for (const char *c = word; *c; c++)
        fprintf(to, *c == '\'' ? "'\\''" : "%c", *c);
    fputc('\'', to);
}

static int report_stop(const cli_train_arguments *a, const cli_progress *progress, char *const *command) {
    cli_fail("stopped in epoch %d, iteration %lld of %lld; everything is saved in %s", progress->last.epoch,
             (long long)progress->last.iteration, (long long)progress->last.iterations, a->run_directory);
    fputs("To go on: cnn train", stderr);
    for (; *command; command++)
        print_word(*command, stderr);
    fputs(a->resume ? "\n" : " --resume\n", stderr);
    return cli_interrupt_code();
}

/* A command to go on with: "Test     cnn test RUN_DIR --data DATA". */
static void print_next(const char *title, const char *command, const cli_train_arguments *a,
                       const char *more) {
    printf("%-8s cnn %s", title, command);
    print_word(a->run_directory, stdout);
    fputs(" --data", stdout);
    print_word(a->data, stdout);
    printf("%s%s\n", more, a->skip_bad ? " --skip-bad" : "");
}

static int report_end(const cli_train_arguments *a, const cli_progress *progress, double seconds) {
    const cnn_progress *last = &progress->last;
    printf("\nTrained in %s", cli_duration(seconds).text);
    if (last->validated && progress->best_epoch)
        printf("; the best epoch by validation was %d", progress->best_epoch);
    printf("\nModel    %s/model.onnx\n", a->run_directory);
    print_next("Test", "test", a, "");
    print_next("Predict", "predict", a, " --count 6");
    return CLI_DONE;
}

static int train(const cli_train_arguments *a, cnn_net *net, bool trained, const cnn_data *data,
                 char *const *command) {
    cnn_error error;
    cli_progress progress;
    double begin = cli_now();
    cli_progress_start(&progress);
    cnn_train_options train = cli_train_library_options(a, trained);
    train.progress = cli_progress_report;
    train.user = &progress;
    cli_interrupt_watch();
    cnn_status status = cnn_train(net, data, &train, &error);
    cli_interrupt_unwatch();
    cli_progress_end(&progress);
    if (status == CNN_STOPPED)
        return report_stop(a, &progress, command);
    if (status)
        return cli_fail("%s", error.message);
    return report_end(a, &progress, cli_now() - begin);
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
    if (status || !a->freeze)
        return status;
    if (*trained)
        return freeze(net, a->freeze, error);
    snprintf(error->message, sizeof error->message,
             "--freeze holds the parameters that a model brings, but %s brings none", model);
    return CNN_ERROR_ARGUMENT;
}

/* Open model and data, and train. `command` is the command line, ended by NULL. */
static int open_and_train(const cli_train_arguments *a, const char *model, char *const *command) {
    cnn_error error;
    cnn_net *net;
    bool trained;
    if (!cnn_cpu(&error) || cnn_net_open(&net, model, &trained, &error))
        return cli_fail("%s", error.message);
    int code = CLI_FAILED;
    cnn_data *data = NULL;
    if (adapt(a, model, net, &trained, &error))
        cli_fail("%s", error.message);
    else
        data = cli_open_data(net, a->data, CNN_TRAIN, a->limit, a->skip_bad);
    if (data) {
        print_plan(a, model, trained, net, data);
        code = train(a, net, trained, data, command);
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
