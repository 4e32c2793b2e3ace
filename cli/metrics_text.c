#include "metrics_text.h"

#include "output.h"
#include "table.h"
#include "wrap.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* ---- For a person ------------------------------------------------------------------------------------- */

static void print_line(const char *name, const char *figure, const char *more) {
    cli_print_words("%-18s %s%s%s\n", name, figure, *more ? "  " : "", more);
}

/* Takes both texts. */
static void print_made(const char *name, char *figure, char *more) {
    print_line(name, figure, more);
    free(figure);
    free(more);
}

static char *percent(double share) {
    return cli_format("%.2f %%", 100 * share);
}

static char *bounds(const cnn_interval *interval, const char *before) {
    return cli_format("(%s%.2f to %.2f %%)", before, 100 * interval->low, 100 * interval->high);
}

void cli_metrics_print(const cnn_metrics *m, const cnn_evaluation *e) {
    char *correct = cli_format("%s correct; 95 %% interval ", cli_grouped(e->correct).text);
    print_made("Accuracy", percent(m->accuracy.value), bounds(&m->accuracy, correct));
    free(correct);
    if (m->top < m->classes) {
        char *name = cli_format("Top-%" PRId64 " accuracy", m->top);
        print_made(name, percent(m->top_accuracy), cli_format("%s", ""));
        free(name);
    }
    print_made("Balanced accuracy", percent(m->balanced_accuracy.value), bounds(&m->balanced_accuracy, ""));
    print_made("F1", percent(m->f1_macro.value), bounds(&m->f1_macro, "mean of the classes; "));
    print_made("F1 weighted", percent(m->f1_weighted), cli_format("(each class by its images)"));
    if (!isnan(m->roc_auc))
        print_made("ROC AUC", cli_format("%.4f", m->roc_auc), cli_format("%s", ""));
    print_made("Average precision", cli_format("%.4f", m->average_precision), cli_format("%s", ""));
    if (!isnan(m->calibration_error))
        print_made("Calibration error", percent(m->calibration_error), cli_format("%s", ""));
    print_made("Loss", cli_format("%.4f", e->loss), cli_format("%s", ""));
}

/* A share as a percentage; "-" where it is 0 of 0. */
static void percent_cell(cli_table *table, double share) {
    if (isnan(share))
        cli_table_cell(table, "-");
    else
        cli_table_cell(table, "%.2f %%", 100 * share);
}

void cli_metrics_print_classes(const cnn_metrics *metrics, char *const *classes) {
    static const char *const heads[] = {"Class", "Precision", "Recall", "F1", "Images"};
    enum { COLUMNS = sizeof heads / sizeof heads[0] };
    cli_table *table = cli_table_new(COLUMNS, "lr");
    for (int i = 0; i < COLUMNS; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int64_t label = 0; label < metrics->classes; label++) {
        const cnn_class_metrics *figures = &metrics->of_class[label];
        cli_table_cell(table, "%s", classes[label]);
        percent_cell(table, figures->precision);
        percent_cell(table, figures->recall);
        percent_cell(table, figures->f1);
        cli_table_cell(table, "%s", cli_grouped(figures->images).text);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
}

/* ---- JSON --------------------------------------------------------------------------------------------- */

static json_t *interval_json(const cnn_interval *interval) {
    return json_pack("{so so so}", "value", cli_json_real(interval->value), "low",
                     cli_json_real(interval->low), "high", cli_json_real(interval->high));
}

json_t *cli_metrics_json(const cnn_metrics *m) {
    return json_pack("{so so so so sI so so so so}", "accuracy", interval_json(&m->accuracy),
                     "balanced_accuracy", interval_json(&m->balanced_accuracy), "f1_macro",
                     interval_json(&m->f1_macro), "f1_weighted", cli_json_real(m->f1_weighted), "top",
                     (json_int_t)m->top, "top_accuracy", cli_json_real(m->top_accuracy), "roc_auc",
                     cli_json_real(m->roc_auc), "average_precision", cli_json_real(m->average_precision),
                     "calibration_error", cli_json_real(m->calibration_error));
}

json_t *cli_metrics_classes_json(const cnn_metrics *metrics, char *const *classes) {
    json_t *list = json_array();
    for (int64_t i = 0; i < metrics->classes; i++) {
        const cnn_class_metrics *m = &metrics->of_class[i];
        cli_json_add(list, json_pack("{so sI so so so so so}", "name", cli_json_text(classes[i]), "images",
                                     (json_int_t)m->images, "precision", cli_json_value(m->precision),
                                     "recall", cli_json_value(m->recall), "f1", cli_json_value(m->f1),
                                     "roc_auc", cli_json_value(m->roc_auc), "average_precision",
                                     cli_json_value(m->average_precision)));
    }
    return list;
}
