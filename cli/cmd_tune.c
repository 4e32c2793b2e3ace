/* cnn tune: learning rate, weight decay and augmentation by successive halving. */
#include "augment_options.h"
#include "command.h"
#include "folder.h"
#include "options.h"
#include "output.h"
#include "recipe_file.h"
#include "shared_options.h"
#include "train_run.h"
#include "trials.h"
#include "written_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WORDS = 128, HALVINGS = 2 };

typedef struct arguments {
    const char *data, *folder, *rate, *decay, *validation;
    int64_t trials, epochs, seed, threads, limit;
    cli_augment_options augment;
    bool json;
} arguments;

#define AT(field) offsetof(arguments, field)

static const cli_option options[] = {
    CLI_GROUP("Data"),
    {"--data", CLI_TEXT, AT(data), "DATA", .help = "the images to train on (required)"},
    {"--limit", CLI_INTEGER, AT(limit), "N", .help = "train on the first N images only", .min = 1},
    {"--validation", CLI_TEXT, AT(validation), "FRACTION|DATA",
     .help = "compare on this fraction of the training images, or on the images of DATA (0.1)"},

    CLI_GROUP("Search"),
    {"--trials", CLI_INTEGER, AT(trials), "N", .help = "how many settings are tried (8)", .min = 1,
     .max = 1000},
    {"--epochs", CLI_INTEGER, AT(epochs), "N",
     .help = "of the last trainings; all trials begin with a quarter of them (8)", .min = 1, .max = 1000000},
    {"--lr", CLI_TEXT, AT(rate), "MIN,MAX", .help = "learning rates (0.005,0.5)"},
    {"--weight-decay", CLI_TEXT, AT(decay), "MIN,MAX", .help = "weight decays (0.00001,0.01)"},
    {"--augment", CLI_TEXT, AT(augment.text), "LIST",
     .help = "augmentations at full strength, as those of 'cnn train'; trials take none, a third, two thirds "
             "or all of each amount (crop:3)"},
    {"--seed", CLI_INTEGER, AT(seed), "N", .help = "seed of the search and of each training (1)", .min = 0},
    CLI_ROWS(cli_threads_rows, AT(threads)),

    CLI_GROUP("Output"),
    {"--output", CLI_TEXT, AT(folder), "FOLDER",
     .help =
         "folder for the trainings and recipe.txt (required); what is complete in it is not trained again",
     .letter = "-o"},
    {"--json", CLI_FLAG, AT(json), .help = "print the results as JSON"},
    {0},
};

const cli_usage cli_tune_usage = {
    .command = "tune",
    .title = "search for a learning rate, weight decay and augmentation",
    .operands = "MODEL --data DATA -o FOLDER [-- TRAIN_OPTION...]",
    .min = 1,
    .max = MAX_WORDS / 2,
    .help =
        "Train MODEL with settings that are drawn at random, for a quarter of the epochs; the better half "
        "again, for half of them; the better half of those for all of them (successive halving). "
        "Trainings are compared by the accuracy of their best epochs on the validation images. "
        "FOLDER/recipe.txt has the options of the best one for 'cnn train --recipe', and the folder of each "
        "training its own. What follows -- are "
        "options of 'cnn train' for all trainings. The whole search follows from the seed; after an "
        "interruption the same command goes on with it.",
    .example = "  cnn tune basic --data fashion-mnist -o runs/tune --trials 8 --epochs 8 -- --batch 64\n"
               "  cnn train basic --data fashion-mnist -o runs/tuned --recipe runs/tune/recipe.txt",
    .options = options,
};

typedef struct tuning {
    arguments a;
    cli_search search;
    const char *model;
    char **more; /* options of all trainings, ended by NULL */
    cli_trial *trials;
} tuning;

/* ---- One training ---------------------------------------------------------------------------------- */

static void add(char **words, int *count, const char *word) {
    if (*count < MAX_WORDS - 1)
        words[(*count)++] = (char *)word;
    words[*count] = NULL;
}

static void add_pair(char **words, int *count, const char *name, const char *value) {
    if (value) {
        add(words, count, name);
        add(words, count, value);
    }
}

/* Split `options`, which is changed, at its blanks. */
static void add_options(char **words, int *count, char *line) {
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        add(words, count, word);
}

/* Train with these words, or go on; a training that diverges is lost, which is no failure of the search. */
static int train(int count, char **words, cli_trial *trial) {
    cli_train_arguments a;
    char **command = cli_copy_words(count, words);
    cnn_status ended = CNN_OK;
    int code = cli_train_parse(count, words, &a);
    a.silent = true;
    if (code == CLI_GO_ON)
        code = cli_train_run(&a, words[0], command, &ended);
    free(command);
    trial->lost = ended == CNN_ERROR_DIVERGED;
    return trial->lost ? CLI_DONE : code;
}

static int train_in(const tuning *t, cli_trial *trial, int64_t epochs, const char *folder) {
    char *words[MAX_WORDS], *line = cli_trial_options(&t->search, trial, epochs),
                            *seed = cli_format("%" PRId64, t->a.seed),
                            *threads = cli_format("%" PRId64, t->a.threads),
                            *limit = t->a.limit ? cli_format("%" PRId64, t->a.limit) : NULL;
    int count = 0;
    add(words, &count, t->model);
    add_options(words, &count, line);
    add_pair(words, &count, "--data", t->a.data);
    add_pair(words, &count, "--validation", t->a.validation);
    add_pair(words, &count, "--seed", seed);
    add_pair(words, &count, "--threads", t->a.threads ? threads : NULL);
    add_pair(words, &count, "--limit", limit);
    add_pair(words, &count, "-o", folder);
    if (trial->result.there)
        add(words, &count, "--resume");
    for (char **word = t->more; *word; word++)
        add(words, &count, *word);
    const int code = train(count, words, trial);
    free(line);
    free(seed);
    free(threads);
    free(limit);
    return code;
}

static void report(const tuning *t, const cli_trial *trial, bool quiet) {
    char *line = cli_trial_options(&t->search, trial, trial->epochs);
    if (quiet || t->a.json) {
        free(line);
        return;
    }
    if (trial->lost)
        printf("Trial %2d  diverged          %s\n", trial->number, line);
    else
        printf("Trial %2d  accuracy %6.2f %%  %s\n", trial->number, 100 * trial->result.accuracy, line);
    fflush(stdout);
    free(line);
}

/* ---- Recipes --------------------------------------------------------------------------------------- */

/* The trial's options, and those of all trainings; for free(). */
static char *options_of(const tuning *t, const cli_trial *trial) {
    char *options = cli_trial_options(&t->search, trial, trial->epochs);
    for (char **word = t->more; *word; word++) {
        char *longer = cli_format("%s %s", options, *word);
        free(options);
        options = longer;
    }
    return options;
}

static int write_recipe(const tuning *t, const cli_trial *trial, const char *path) {
    char *options = options_of(t, trial);
    char *text =
        cli_format("# found by cnn tune\n# Made for: %s on %s\n# Reached: %.2f %% on the validation images, "
                   "trial %d, seed %d\n%s\n",
                   t->model, t->a.data, 100 * trial->result.accuracy, trial->number, (int)t->a.seed, options);
    const int code = cli_write_file(path, text, strlen(text));
    free(options);
    free(text);
    return code == CLI_DONE ? CLI_GO_ON : code;
}

/* A trial whose recipe is there is done: it is written last. One of other options belongs to another search. */
static int look_for_recipe(const tuning *t, const cli_trial *trial, const char *path, bool *done) {
    char *found = NULL;
    *done = access(path, F_OK) == 0;
    int code = *done ? cli_recipe_read(path, &found) : CLI_GO_ON;
    if (code != CLI_GO_ON || !*done)
        return code;
    char *options = options_of(t, trial);
    const size_t length = strlen(options);
    if (strncmp(found, options, length) != 0 || found[length + strspn(found + length, " ")])
        code = cli_fail("%s has the options '%s', not '%s': it is of another search; give another -o FOLDER",
                        path, found, options);
    free(options);
    free(found);
    return code;
}

/* ---- One trial ------------------------------------------------------------------------------------- */

/* Train or go on, then keep what is the sign of its end. */
static int train_trial(const tuning *t, cli_trial *trial, const char *folder, const char *recipe) {
    int code = train_in(t, trial, trial->epochs, folder);
    if (code != CLI_DONE || trial->lost)
        return trial->lost ? CLI_GO_ON : code;
    code = cli_run_result_read(folder, &trial->result);
    return code == CLI_GO_ON ? write_recipe(t, trial, recipe) : code;
}

/* For so many epochs, from the beginning; nothing if that is done already. */
static int run_trial(const tuning *t, cli_trial *trial, int64_t epochs) {
    char *folder = cli_format("%s/trial-%d-epochs-%d", t->a.folder, trial->number, (int)epochs);
    char *recipe = cli_format("%s/recipe.txt", folder);
    bool done = false;
    trial->epochs = epochs;
    int code = cli_run_result_read(folder, &trial->result);
    if (code == CLI_GO_ON)
        code = look_for_recipe(t, trial, recipe, &done);
    if (code == CLI_GO_ON && !done)
        code = train_trial(t, trial, folder, recipe);
    free(folder);
    free(recipe);
    return code;
}

/* ---- The search ------------------------------------------------------------------------------------ */

/* Rounds that have the same number of epochs are one. */
static int64_t epochs_of(const tuning *t, int round) {
    const int64_t epochs = t->a.epochs >> (HALVINGS - round);
    return epochs ? epochs : 1;
}

static int search(tuning *t, bool quiet) {
    int code = CLI_GO_ON;
    int64_t left = t->a.trials;
    for (int round = 0; code == CLI_GO_ON && round <= HALVINGS; round++) {
        if (round < HALVINGS && epochs_of(t, round) == epochs_of(t, round + 1))
            continue;
        for (int64_t i = 0; code == CLI_GO_ON && i < left; i++) {
            code = run_trial(t, &t->trials[i], epochs_of(t, round));
            if (code == CLI_GO_ON)
                report(t, &t->trials[i], quiet);
        }
        qsort(t->trials, (size_t)t->a.trials, sizeof *t->trials, cli_trial_order);
        left = (left + 1) / 2;
    }
    return code;
}

static int write_best(const tuning *t) {
    char *path = cli_format("%s/recipe.txt", t->a.folder);
    const int code = write_recipe(t, &t->trials[0], path);
    if (code == CLI_GO_ON && !t->a.json)
        printf("Recipe   %s\n", path);
    free(path);
    return code == CLI_GO_ON ? CLI_DONE : code;
}

static int tune(tuning *t) {
    const bool quiet = cli_is_quiet();
    int code = cli_folder_make(t->a.folder);
    t->trials = cli_allocate((size_t)t->a.trials, sizeof *t->trials);
    for (int i = 0; i < t->a.trials; i++)
        t->trials[i] = cli_trial_draw(&t->search, i + 1);
    cli_be_quiet(); /* the trainings */
    if (code == CLI_GO_ON)
        code = search(t, quiet);
    if (code == CLI_GO_ON && t->trials[0].lost)
        code = cli_fail("all trials diverged: search among lower rates (--lr MIN,MAX)");
    if (code == CLI_GO_ON) {
        cli_trials_print(&t->search, t->trials, (int)t->a.trials, t->a.json);
        code = write_best(t);
    }
    free(t->trials);
    return code;
}

/* ---- The command line ------------------------------------------------------------------------------ */

/* "MIN,MAX". */
static int take_range(const char *name, const char *text, double range[2]) {
    char rest;
    if (!text)
        return CLI_GO_ON;
    const bool read = sscanf(text, "%lf,%lf%c", &range[0], &range[1], &rest) == 2;
    if (read && range[0] > 0 && range[1] >= range[0] && range[1] <= 1e6)
        return CLI_GO_ON;
    return cli_fail_usage(
        "tune: %s expects two numbers above 0, the lower one first, such as 0.01,0.1, not %s", name, text);
}

static int take_augmentations(tuning *t) {
    int code = cli_augment_take("train", &t->a.augment);
    memcpy(t->search.augmentations, t->a.augment.list, sizeof t->search.augmentations);
    t->search.augmentation_count = t->a.augment.count;
    return code;
}

static int check(tuning *t) {
    int code = CLI_GO_ON;
    if (!t->a.data)
        code = cli_fail_usage("tune: --data DATA is missing: give the images to train on");
    else if (!t->a.folder)
        code = cli_fail_usage("tune: -o FOLDER is missing: give a folder for the trainings");
    if (code == CLI_GO_ON)
        code = take_range("--lr", t->a.rate, t->search.rate);
    if (code == CLI_GO_ON)
        code = take_range("--weight-decay", t->a.decay, t->search.decay);
    return code == CLI_GO_ON ? take_augmentations(t) : code;
}

int cli_tune(int count, char **words) {
    tuning t = {.a = {.trials = 8, .epochs = 8, .seed = 1, .validation = "0.1", .augment.text = "crop:3"},
                .search = {.rate = {0.005, 0.5}, .decay = {1e-5, 1e-2}}};
    int operands, code = cli_parse(&cli_tune_usage, count, words, &t.a, &operands);
    if (code == CLI_GO_ON)
        code = check(&t);
    if (code != CLI_GO_ON)
        return code;
    t.model = words[0];
    t.search.seed = (uint64_t)t.a.seed;
    t.more = cli_copy_words(operands - 1, words + 1);
    code = tune(&t);
    free(t.more);
    return code;
}
