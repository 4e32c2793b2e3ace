#include "folds.h"

#include "command.h"
#include "options.h"
#include "output.h"
#include "table.h"

#include <cnn.h>
#include <cnn_report.h>

#include <math.h>
#include <stdio.h>

static bool is_better(const cnn_run_epoch *a, const cnn_run_epoch *b, cnn_best best) {
    if (best != CNN_BEST_LOSS && a->validation_accuracy != b->validation_accuracy)
        return a->validation_accuracy > b->validation_accuracy;
    return a->validation_loss < b->validation_loss;
}

int cli_run_result_read(const char *folder, cli_run_result *result) {
    cnn_error error;
    cnn_training_record record;
    *result = (cli_run_result){0};
    if (cnn_training_record_read(&record, folder, &error))
        return cli_fail("%s", error.message);
    for (int i = 0; i < record.epoch_count; i++)
        if (!result->epoch ||
            is_better(&record.epochs[i], &record.epochs[result->epoch - 1], record.options.best))
            result->epoch = i + 1;
    if (result->epoch) {
        result->loss = record.epochs[result->epoch - 1].validation_loss;
        result->accuracy = record.epochs[result->epoch - 1].validation_accuracy;
    }
    result->there = record.there;
    cnn_training_record_free(&record);
    return CLI_GO_ON;
}

typedef double figure(const cli_run_result *result);

static double loss_of(const cli_run_result *result) {
    return result->loss;
}

static double accuracy_of(const cli_run_result *result) {
    return result->accuracy;
}

static double mean_of(figure *of, const cli_run_result *results, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += of(&results[i]);
    return sum / count;
}

/* Of a sample. */
static double deviation_of(figure *of, const cli_run_result *results, int count) {
    const double mean = mean_of(of, results, count);
    double squares = 0;
    for (int i = 0; i < count; i++)
        squares += (of(&results[i]) - mean) * (of(&results[i]) - mean);
    return sqrt(squares / (count - 1));
}

static void print_json(const cli_run_result *results, int count) {
    json_t *folds = json_array();
    for (int i = 0; i < count; i++)
        cli_json_add(folds, json_pack("{si so so}", "epoch", results[i].epoch, "loss",
                                      cli_json_real(results[i].loss), "accuracy",
                                      cli_json_real(results[i].accuracy)));
    cli_json_line(json_pack("{ss so s{so so} s{so so}}", "event", "folds", "folds", folds, "mean", "loss",
                            cli_json_real(mean_of(loss_of, results, count)), "accuracy",
                            cli_json_real(mean_of(accuracy_of, results, count)), "deviation", "loss",
                            cli_json_real(deviation_of(loss_of, results, count)), "accuracy",
                            cli_json_real(deviation_of(accuracy_of, results, count))));
}

static void add_row(cli_table *table, double loss, double accuracy) {
    cli_table_cell(table, "%.4f", loss);
    cli_table_cell(table, "%.2f %%", 100 * accuracy);
}

void cli_folds_print(const cli_run_result *results, int count, bool json) {
    if (json) {
        print_json(results, count);
        return;
    }
    cli_table *table = cli_table_new(3, "lr");
    cli_table_cell(table, "Fold");
    cli_table_cell(table, "loss");
    cli_table_cell(table, "accuracy");
    cli_table_rule(table);
    for (int i = 0; i < count; i++) {
        cli_table_cell(table, "%d", i + 1);
        add_row(table, results[i].loss, results[i].accuracy);
    }
    cli_table_rule(table);
    cli_table_cell(table, "mean");
    add_row(table, mean_of(loss_of, results, count), mean_of(accuracy_of, results, count));
    cli_table_cell(table, "deviation");
    add_row(table, deviation_of(loss_of, results, count), deviation_of(accuracy_of, results, count));
    putchar('\n');
    cli_table_print(table, stdout);
    cli_table_free(table);
}
