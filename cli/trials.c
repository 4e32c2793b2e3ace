#include "trials.h"

#include "options.h"
#include "output.h"
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Drawing --------------------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea and Flood 2014) of a position: 0 <= value < 1. */
static double uniform(uint64_t seed, int number, int which) {
    uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(8 * number + which + 1);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

/* Of three digits, so that what is printed is what was used. */
static double between(const double range[2], double place) {
    char text[32];
    snprintf(text, sizeof text, "%.3g", range[0] * pow(range[1] / range[0], place));
    return strtod(text, NULL);
}

cli_trial cli_trial_draw(const cli_search *search, int number) {
    const bool first = number == 1;
    return (cli_trial){.number = number,
                       .rate = between(search->rate, first ? 0.5 : uniform(search->seed, number, 0)),
                       .decay = between(search->decay, first ? 0.5 : uniform(search->seed, number, 1)),
                       .strength = first ? CLI_STRENGTHS / 2
                                         : (int)(CLI_STRENGTHS * uniform(search->seed, number, 2))};
}

/* ---- As options ------------------------------------------------------------------------------------ */

static const char *word_of(cnn_augmentation_kind kind) {
#define WORD(enumerator, word, amount, min, max, meaning) #word,
    static const char *const words[] = {CNN_AUGMENTATION_LIST(WORD)};
#undef WORD
    return words[kind];
}

static double least_of(cnn_augmentation_kind kind) {
#define LEAST(enumerator, word, amount, min, max, meaning) min,
    static const double least[] = {CNN_AUGMENTATION_LIST(LEAST)};
#undef LEAST
    return least[kind];
}

/* Pixels stay whole. */
static double amount_of(const cnn_augmentation *augmentation, int strength) {
    const double amount = augmentation->amount * strength / (CLI_STRENGTHS - 1);
    return augmentation->kind == CNN_AUGMENT_CROP || augmentation->kind == CNN_AUGMENT_CUTOUT ? round(amount)
                                                                                              : amount;
}

char *cli_trial_augment(const cli_search *search, const cli_trial *trial) {
    char *list = NULL;
    for (int i = 0; trial->strength > 0 && i < search->augmentation_count; i++) {
        const cnn_augmentation *augmentation = &search->augmentations[i];
        const double amount = amount_of(augmentation, trial->strength);
        if (amount <= 0 || amount < least_of(augmentation->kind))
            continue;
        char *longer =
            cli_format("%s%s%s:%.3g", list ? list : "", list ? "," : "", word_of(augmentation->kind), amount);
        free(list);
        list = longer;
    }
    return list;
}

char *cli_trial_options(const cli_search *search, const cli_trial *trial, int64_t epochs) {
    char *augment = cli_trial_augment(search, trial);
    char *options = cli_format("--epochs %d --lr %.3g --weight-decay %.3g%s%s", (int)epochs, trial->rate,
                               trial->decay, augment ? " --augment " : "", augment ? augment : "");
    free(augment);
    return options;
}

/* ---- Results --------------------------------------------------------------------------------------- */

static int compare(double a, double b) {
    return (a > b) - (a < b);
}

int cli_trial_order(const void *left, const void *right) {
    const cli_trial *a = left, *b = right;
    if (a->lost != b->lost)
        return a->lost - b->lost;
    if (a->epochs != b->epochs)
        return compare((double)b->epochs, (double)a->epochs);
    if (!a->lost && a->result.accuracy != b->result.accuracy)
        return compare(b->result.accuracy, a->result.accuracy);
    if (!a->lost && a->result.loss != b->result.loss)
        return compare(a->result.loss, b->result.loss);
    return a->number - b->number;
}

static json_t *trial_json(const cli_search *search, const cli_trial *trial) {
    char *options = cli_trial_options(search, trial, trial->epochs);
    json_t *json = json_pack(
        "{si so so si sI sb so so so}", "trial", trial->number, "learning_rate", cli_json_real(trial->rate),
        "weight_decay", cli_json_real(trial->decay), "strength", trial->strength, "epochs",
        (json_int_t)trial->epochs, "diverged", trial->lost, "accuracy",
        trial->lost ? json_null() : cli_json_real(trial->result.accuracy), "loss",
        trial->lost ? json_null() : cli_json_real(trial->result.loss), "options", cli_json_text(options));
    free(options);
    return json;
}

static void print_json(const cli_search *search, const cli_trial *trials, int count) {
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        cli_json_add(list, trial_json(search, &trials[i]));
    cli_json_line(json_pack("{ss so}", "event", "trials", "trials", list));
}

static void add_row(cli_table *table, const cli_search *search, const cli_trial *trial) {
    char *augment = cli_trial_augment(search, trial);
    cli_table_cell(table, "%d", trial->number);
    cli_table_cell(table, "%d", (int)trial->epochs);
    if (trial->lost) {
        cli_table_cell(table, "diverged");
        cli_table_cell(table, "%s", "");
    } else {
        cli_table_cell(table, "%.2f %%", 100 * trial->result.accuracy);
        cli_table_cell(table, "%.4f", trial->result.loss);
    }
    cli_table_cell(table, "%.3g", trial->rate);
    cli_table_cell(table, "%.3g", trial->decay);
    cli_table_cell(table, "%s", augment ? augment : "none");
    free(augment);
}

void cli_trials_print(const cli_search *search, const cli_trial *trials, int count, bool json) {
    static const char *const heads[] = {"Trial", "epochs", "accuracy", "loss", "lr", "decay", "augment"};
    if (json) {
        print_json(search, trials, count);
        return;
    }
    cli_table *table = cli_table_new(7, "rrrrrrl");
    for (int i = 0; i < 7; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int i = 0; i < count; i++)
        add_row(table, search, &trials[i]);
    cli_table_print(table, stdout);
    cli_table_free(table);
}
