#include "train_displaced.h"

#include "command.h"
#include "options.h"

#include <string.h>

/* ---- When a choice makes details meaningless ------------------------------------------------------- */

/* What the library takes where nothing is said, as an index of the words. */
enum { DEFAULT_OPTIMIZER = CNN_OPTIMIZER_SGD - 1, DEFAULT_SCHEDULE = CNN_SCHEDULE_ONECYCLE - 1 };

static int chosen(int given, int otherwise) {
    return given < 0 ? otherwise : given;
}

static bool other_optimizer(const cli_train_arguments *given, const cli_train_arguments *recipe) {
    return given->optimizer != chosen(recipe->optimizer, DEFAULT_OPTIMIZER);
}

static bool no_momentum(const cli_train_arguments *given, const cli_train_arguments *recipe) {
    (void)recipe;
    return given->momentum == 0;
}

static bool other_schedule(const cli_train_arguments *given, const cli_train_arguments *recipe) {
    return given->schedule != chosen(recipe->schedule, DEFAULT_SCHEDULE);
}

static bool warms_up_itself(const cli_train_arguments *given, const cli_train_arguments *recipe) {
    (void)recipe;
    return given->schedule == CNN_SCHEDULE_ONECYCLE - 1;
}

static bool loss_of_numbers(const cli_train_arguments *given, const cli_train_arguments *recipe) {
    (void)recipe;
    return given->loss >= CNN_LOSS_MEAN_SQUARED - 1;
}

static bool loss_without_teacher(const cli_train_arguments *given, const cli_train_arguments *recipe) {
    (void)recipe;
    return given->loss != CNN_LOSS_CROSS_ENTROPY - 1;
}

/* ---- When epochs are too few ----------------------------------------------------------------------- */

static bool freezes_none(const cli_train_arguments *given, const cli_train_arguments *recipe) {
    (void)recipe;
    return given->freeze_epochs == 0;
}

static bool all_frozen(const cli_train_arguments *given, const cli_train_arguments *recipe) {
    return given->epochs <= recipe->freeze_epochs;
}

static bool all_warming_up(const cli_train_arguments *given, const cli_train_arguments *recipe) {
    return (double)given->epochs <= recipe->warmup;
}

static bool none_averaged(const cli_train_arguments *given, const cli_train_arguments *recipe) {
    return given->epochs < recipe->swa;
}

/* ---- The table ------------------------------------------------------------------------------------- */

enum { MOST_DISPLACED = 4 };

/* An option that is given, when it matters (NULL: always), and what of the recipe gives way to it. */
static const struct {
    const char *given;
    bool (*when)(const cli_train_arguments *given, const cli_train_arguments *recipe);
    const char *displaced[MOST_DISPLACED];
} rules[] = {
    {"--time", NULL, {"--epochs", "--iterations", "--find-lr"}},
    {"--epochs", NULL, {"--time"}},
    {"--epochs", all_frozen, {"--freeze-epochs", "--unfreeze-gradually"}},
    {"--freeze-epochs", freezes_none, {"--unfreeze-gradually"}},
    {"--epochs", all_warming_up, {"--warmup"}},
    {"--epochs", none_averaged, {"--swa"}},
    {"--iterations", NULL, {"--time"}},
    {"--find-lr", NULL, {"--time", "--folds", "--resume"}},
    {"--folds", NULL, {"--validation", "--find-lr"}},
    {"--validation", NULL, {"--folds"}},
    {"--resume", NULL, {"--weights", "--partial", "--overwrite", "--find-lr"}},
    {"--overwrite", NULL, {"--resume"}},
    {"--weights", NULL, {"--resume"}},
    {"--optimizer", other_optimizer, {"--lr", "--momentum", "--nesterov"}},
    {"--momentum", no_momentum, {"--nesterov"}},
    {"--loss", loss_of_numbers, {"--label-smoothing", "--focal"}},
    {"--loss", loss_without_teacher, {"--teacher", "--teacher-weight", "--temperature"}},
    {"--class-weights", NULL, {"--sample"}},
    {"--sample", NULL, {"--class-weights"}},
    {"--ema", NULL, {"--lookahead", "--swa"}},
    {"--lookahead", NULL, {"--ema", "--swa"}},
    {"--swa", NULL, {"--ema", "--lookahead"}},
    {"--schedule", other_schedule, {"--power", "--step-epochs", "--step-factor"}},
    {"--schedule", warms_up_itself, {"--warmup"}},
};

/* Where an option's value is; the struct is not written to. */
static const void *value_of(const char *option, const cli_train_arguments *a, size_t *size) {
    return cli_option_field(&cli_train_usage, option, (void *)a, size);
}

static bool has(const cli_train_arguments *a, const cli_train_arguments *blank, const char *option) {
    size_t size;
    const void *value = value_of(option, a, &size);
    return memcmp(value, value_of(option, blank, &size), size) != 0;
}

static void take_back(cli_train_arguments *a, const cli_train_arguments *blank, const char *option) {
    size_t size;
    void *value = cli_option_field(&cli_train_usage, option, a, &size);
    memcpy(value, value_of(option, blank, &size), size);
}

void cli_train_displace(const cli_train_arguments *given, const cli_train_arguments *blank,
                        cli_train_arguments *recipe) {
    const cli_train_arguments whole = *recipe; /* one rule does not undo what another looks at */
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!has(given, blank, rules[i].given) || (rules[i].when && !rules[i].when(given, &whole)))
            continue;
        for (int k = 0; k < MOST_DISPLACED && rules[i].displaced[k]; k++)
            take_back(recipe, blank, rules[i].displaced[k]);
    }
}
