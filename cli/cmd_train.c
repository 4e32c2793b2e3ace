#define _GNU_SOURCE
/* cnn train: reads the options, trains, and says how it went and what to do next. */
#define _POSIX_C_SOURCE 200809L /* strtok_r */
#include "command.h"
#include "interrupt.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "recipes.h"

#include <cnn.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Zero is the library's default unless a comment says otherwise. */
struct arguments {
    const char *data, *run_directory, *weights, *freeze;
    int64_t classes;
    int64_t epochs, batch, patience, seed /* 1 */, threads, limit, step_epochs;
    int recipe, optimizer, schedule; /* indices of the words below; -1: not given */
    int loss;
    double learning_rate, momentum /* -1: not given */, weight_decay, clip_norm, label_smoothing, warmup;
    double step_factor, validation;
    bool nesterov, resume, augment, skip_bad;
};

/* In the order of cnn_optimizer and cnn_schedule, whose first stand for "not given", and of cnn_loss. */
static const char *const optimizers[] = {"sgd", "adam", "adamw", NULL};
static const char *const schedules[] = {"constant", "step", "cosine", "onecycle", NULL};
static const char *const losses[] = {"cross-entropy", "mse", NULL};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    {"--data", CLI_TEXT, AT(data), "DATA", .help = "images to train on (required)"},
    {"--output", CLI_TEXT, AT(run_directory), "RUN_DIR",
     .help = "where model, checkpoint and history go (required)", .letter = "-o"},
    {"--recipe", CLI_CHOICE, AT(recipe), .help = "options by name, see below; those given beside it go first",
     .choices = cli_recipe_names},
    {"--epochs", CLI_INTEGER, AT(epochs), "N", .help = "passes over the images (10)", .least = 1,
     .most = 1000000},
    {"--batch", CLI_INTEGER, AT(batch), "N", .help = "images in an update; typically 8 to 256 (128)",
     .least = 1, .most = 1 << 24},
    {"--optimizer", CLI_CHOICE, AT(optimizer),
     .help = "default: sgd with momentum 0.9 and weight decay 0.0005", .choices = optimizers},
    {"--lr", CLI_REAL, AT(learning_rate), "X",
     .help = "learning rate (sgd 0.1, with momentum 0.05, adam 0.001)", .least = 0, .most = 1e6,
     .above = true},
    {"--momentum", CLI_REAL, AT(momentum), "X", .help = "of sgd, below 1", .least = 0, .most = 1,
     .below = true},
    {"--nesterov", CLI_FLAG, AT(nesterov), .help = "sgd: Nesterov's momentum"},
    {"--weight-decay", CLI_REAL, AT(weight_decay), "X",
     .help = "pull of the weights towards zero (0; default optimizer: 0.0005)", .least = 0, .most = 1e6},
    {"--clip-norm", CLI_REAL, AT(clip_norm), "X",
     .help = "longest that all gradients together may be (no limit)", .least = 0, .most = 1e12,
     .above = true},
    {"--loss", CLI_CHOICE, AT(loss), .help = "default: cross-entropy", .choices = losses},
    {"--label-smoothing", CLI_REAL, AT(label_smoothing), "X",
     .help = "cross-entropy: share given to all classes (0)", .least = 0, .most = 1, .below = true},
    {"--schedule", CLI_CHOICE, AT(schedule), .help = "of the learning rate; default: onecycle",
     .choices = schedules},
    {"--warmup", CLI_REAL, AT(warmup), "EPOCHS",
     .help = "the rate rises from 0 so long (0; onecycle has its own)", .least = 0, .most = 1e6},
    {"--step-epochs", CLI_INTEGER, AT(step_epochs), "N",
     .help = "schedule step: epochs to a step (a third of all)", .least = 1, .most = 1000000},
    {"--step-factor", CLI_REAL, AT(step_factor), "X",
     .help = "schedule step: the rate times X at each step (0.1)", .least = 0, .most = 1, .above = true},
    {"--validation", CLI_REAL, AT(validation), "FRACTION",
     .help = "of the images, held out to validate with (0)", .least = 0, .most = 1, .below = true},
    {"--patience", CLI_INTEGER, AT(patience), "N", .help = "stop after N epochs without a lower loss (never)",
     .least = 1, .most = 1000000},
    {"--augment", CLI_FLAG, AT(augment), .help = "shift images by up to 2 pixels at random"},
    {"--seed", CLI_INTEGER, AT(seed), "N", .help = "of weights, shuffling and dropout (1)", .least = 0},
    {"--threads", CLI_INTEGER, AT(threads), "N", .help = "0: one for each processor (0)", .least = 0,
     .most = 1024},
    {"--limit", CLI_INTEGER, AT(limit), "N", .help = "train on the first N images only", .least = 1},
    {"--skip-bad", CLI_FLAG, AT(skip_bad), .help = "leave out images that do not decode"},
    {"--weights", CLI_TEXT, AT(weights), "FILE",
     .help = "begin with the parameters of a safetensors file, by name"},
    {"--classes", CLI_INTEGER, AT(classes), "N", .help = "replace the last layer by a new one for N classes",
     .least = 1, .most = 1 << 20},
    {"--freeze", CLI_TEXT, AT(freeze), "PATTERN",
     .help = "hold layers whose names match, as in a shell; several: 'conv_*,fc_1'"},
    {"--resume", CLI_FLAG, AT(resume), .help = "go on from the checkpoint in RUN_DIR"},
    {0}};

static const cli_usage usage = {
    .command = "train",
    .operands = "MODEL --data DATA -o RUN_DIR",
    .least = 1,
    .most = 1,
    .help =
        "Train a model on images. A model that is trained already goes on from its parameters. RUN_DIR gets\n"
        "model.onnx (the best by validation), checkpoint.safetensors, history.csv and a TensorBoard event "
        "file.\n"
        "Ctrl-C finishes the running batch and saves; --resume goes on from "
        "there.\n\nRecipes:\n" CLI_RECIPES_HELP,
    .example = "  cnn train basic --data fashion-mnist -o runs/first --epochs 12 --validation 0.1\n"
               "  cnn train basic --data mnist -o runs/quick --recipe fast",
    .options = options};

/* The default optimizer takes a zero for its own momentum and weight decay; a zero that was given means none.
 */
static cnn_optimizer optimizer_of(const struct arguments *a) {
    if (a->optimizer < 0 && (a->momentum == 0 || a->weight_decay == 0))
        return CNN_SGD;
    return (cnn_optimizer)(a->optimizer + 1);
}

static double momentum_of(const struct arguments *a) {
    if (a->momentum >= 0)
        return a->momentum;
    return a->optimizer < 0 ? 0.9 : 0;
}

static cnn_schedule schedule_of(const struct arguments *a) {
    return (cnn_schedule)(a->schedule + 1);
}

/* Options that say something only beside another one; CLI_GO_ON if all is well. */
static int check_options(const struct arguments *a) {
    cnn_optimizer optimizer = optimizer_of(a);
    cnn_schedule schedule = schedule_of(a);
    const struct {
        bool wrong;
        const char *message;
    } rules[] = {
        {!a->data, "--data DATA is missing: the images to train on"},
        {!a->run_directory, "-o RUN_DIR is missing: where the trained model goes"},
        {a->momentum >= 0 && optimizer > CNN_SGD, "--momentum is of --optimizer sgd alone"},
        {a->nesterov && optimizer > CNN_SGD, "--nesterov is of --optimizer sgd alone"},
        {a->nesterov && momentum_of(a) == 0, "--nesterov needs a --momentum above 0"},
        {a->label_smoothing > 0 && a->loss != CNN_CROSS_ENTROPY,
         "--label-smoothing is of cross-entropy alone"},
        {a->step_epochs && schedule != CNN_STEP, "--step-epochs is of --schedule step alone"},
        {a->step_factor > 0 && schedule != CNN_STEP, "--step-factor is of --schedule step alone"},
        {a->warmup > 0 && (schedule == CNN_ONECYCLE || schedule == CNN_SCHEDULE_DEFAULT),
         "--warmup does not go with --schedule onecycle, which has its own"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].wrong)
            return cli_fail_usage("train: %s; see 'cnn train --help'", rules[i].message);
    return CLI_GO_ON;
}

static cnn_update_options update_options(const struct arguments *a) {
    return (cnn_update_options){.optimizer = optimizer_of(a),
                                .learning_rate = a->learning_rate,
                                .momentum = momentum_of(a),
                                .nesterov = a->nesterov,
                                .weight_decay = a->weight_decay > 0 ? a->weight_decay : 0,
                                .clip_norm = a->clip_norm,
                                .label_smoothing = a->label_smoothing,
                                .loss = (cnn_loss)a->loss};
}

static cnn_train_options train_options(const struct arguments *a, bool trained, cli_progress *progress) {
    return (cnn_train_options){.update = update_options(a),
                               .epochs = (int)a->epochs,
                               .batch = a->batch,
                               .schedule = schedule_of(a),
                               .warmup_epochs = a->warmup,
                               .step_epochs = (int)a->step_epochs,
                               .step_factor = a->step_factor,
                               .validation = a->validation,
                               .patience = (int)a->patience,
                               .seed = (uint64_t)a->seed,
                               .threads = (int)a->threads,
                               .keep_parameters = trained,
                               .augment = a->augment,
                               .run_directory = a->run_directory,
                               .resume = a->resume,
                               .progress = cli_progress_report,
                               .user = progress};
}

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

static void print_plan(const struct arguments *a, const char *model, bool trained, const cnn_net *net,
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

static int report_stop(const struct arguments *a, const cli_progress *progress, char *const *command) {
    cli_fail("stopped in epoch %d, iteration %lld of %lld; everything is saved in %s", progress->last.epoch,
             (long long)progress->last.iteration, (long long)progress->last.iterations, a->run_directory);
    fputs("To go on: cnn train", stderr);
    for (; *command; command++)
        print_word(*command, stderr);
    fputs(a->resume ? "\n" : " --resume\n", stderr);
    return CLI_FAILED;
}

/* A command to go on with: "Test     cnn test RUN_DIR --data DATA". */
static void print_next(const char *title, const char *command, const struct arguments *a, const char *more) {
    printf("%-8s cnn %s", title, command);
    print_word(a->run_directory, stdout);
    fputs(" --data", stdout);
    print_word(a->data, stdout);
    printf("%s%s\n", more, a->skip_bad ? " --skip-bad" : "");
}

static int report_end(const struct arguments *a, const cli_progress *progress, double seconds) {
    const cnn_progress *last = &progress->last;
    printf("\nTrained in %s", cli_duration(seconds).text);
    if (last->validated && progress->best_epoch)
        printf("; the best epoch by validation was %d", progress->best_epoch);
    printf("\nModel    %s/model.onnx\n", a->run_directory);
    print_next("Test", "test", a, "");
    print_next("Predict", "predict", a, " --count 6");
    return CLI_DONE;
}

static int train(const struct arguments *a, cnn_net *net, bool trained, const cnn_data *data,
                 char *const *command) {
    cnn_error error;
    cli_progress progress;
    double begin = cli_now();
    cli_progress_start(&progress);
    cnn_train_options train = train_options(a, trained, &progress);
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
static cnn_status adapt(const struct arguments *a, const char *model, cnn_net *net, bool *trained,
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
static int open_and_train(const struct arguments *a, const char *model, char *const *command) {
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

/* For free(); ended by NULL. */
static char **copy_words(int count, char *const *words) {
    char **copy = cli_allocate((size_t)count + 1, sizeof *copy);
    memcpy(copy, words, (size_t)count * sizeof *copy);
    return copy;
}

/* Parse a recipe's options into `a`, which keeps none of their words: a recipe has numbers, flags and choices. */
static int take_recipe(const char *options_of_recipe, struct arguments *a) {
    enum { MOST_WORDS = 64 };
    char *text = cli_format("MODEL %s", options_of_recipe), *words[MOST_WORDS], *rest = text;
    int count = 0, operands;
    for (char *word = strtok_r(rest, " ", &rest); word && count < MOST_WORDS;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    int code = cli_parse(&usage, count, words, a, &operands);
    free(text);
    return code;
}

int cli_train(int count, char **words) {
    struct arguments a = {
        .recipe = -1, .optimizer = -1, .schedule = -1, .seed = 1, .momentum = -1, .weight_decay = -1};
    struct arguments given = a;
    int operands;
    char **command = copy_words(count, words),
         **again = copy_words(count, words); /* cli_parse moves them about */
    int code = cli_parse(&usage, count, words, &given, &operands);
    if (code == CLI_GO_ON && given.recipe >= 0)
        code = take_recipe(cli_recipe_options[given.recipe], &a);
    if (code == CLI_GO_ON)
        code = cli_parse(&usage, count, again, &a, &operands);
    if (code == CLI_GO_ON)
        code = check_options(&a);
    if (code == CLI_GO_ON)
        code = open_and_train(&a, words[0], command);
    free(command);
    free(again);
    return code;
}
