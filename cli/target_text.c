#include "target_text.h"

#include "options.h"
#include "output.h"
#include "table.h"
#include "wrap.h"

#include <cnn_metrics.h>

#include <math.h>
#include <stdlib.h>

/* ---- Several classes ---------------------------------------------------------------------------------- */

static void percent_cell(cli_table *table, double share) {
    if (isnan(share))
        cli_table_cell(table, "-");
    else
        cli_table_cell(table, "%.2f %%", 100 * share);
}

static void print_classes(const cnn_multi_label_metrics *m, char *const *classes) {
    static const char *const heads[] = {"Class", "Precision", "Recall", "F1", "Average precision", "Images"};
    enum { COLUMNS = sizeof heads / sizeof heads[0] };
    cli_table *table = cli_table_new(COLUMNS, "lr");
    for (int i = 0; i < COLUMNS; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int64_t c = 0; c < m->classes; c++) {
        cli_table_cell(table, "%s", classes[c]);
        percent_cell(table, m->of_class[c].precision);
        percent_cell(table, m->of_class[c].recall);
        percent_cell(table, m->of_class[c].f1);
        percent_cell(table, m->of_class[c].average_precision);
        cli_table_cell(table, "%s", cli_grouped(m->of_class[c].images).text);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
}

static void print_multi_label(const cnn_multi_label_metrics *m, double loss, char *const *classes) {
    cli_print_words("Exact match        %.2f %%\n"
                    "F1                 %.2f %%  (mean of the classes)\n"
                    "F1 micro           %.2f %%  (all classes together)\n"
                    "ROC AUC            %.4f\n"
                    "Average precision  %.4f\n"
                    "Loss               %.4f\n\n",
                    100 * m->exact_match, 100 * m->f1_macro, 100 * m->f1_micro, m->roc_auc,
                    m->average_precision, loss);
    print_classes(m, classes);
}

static void add_multi_label_json(json_t *json, const cnn_multi_label_metrics *m, char *const *classes) {
    json_t *list = json_array();
    for (int64_t c = 0; c < m->classes; c++) {
        const cnn_class_metrics *one = &m->of_class[c];
        cli_json_add(list, json_pack("{so sI so so so so so}", "name", cli_json_text(classes[c]), "images",
                                     (json_int_t)one->images, "precision", cli_json_real(one->precision),
                                     "recall", cli_json_real(one->recall), "f1", cli_json_real(one->f1),
                                     "roc_auc", cli_json_real(one->roc_auc), "average_precision",
                                     cli_json_real(one->average_precision)));
    }
    cli_json_set(json, "metrics",
                 json_pack("{so so so so so}", "exact_match", cli_json_real(m->exact_match), "f1_macro",
                           cli_json_real(m->f1_macro), "f1_micro", cli_json_real(m->f1_micro), "roc_auc",
                           cli_json_real(m->roc_auc), "average_precision",
                           cli_json_real(m->average_precision)));
    cli_json_set(json, "classes", list);
}

/* ---- Numbers ------------------------------------------------------------------------------------------ */

static void number_row(cli_table *table, const char *name, const cnn_number_metrics *m) {
    cli_table_cell(table, "%s", name);
    cli_table_cell(table, "%.4g", m->mean_absolute_error);
    cli_table_cell(table, "%.4g", m->root_mean_squared_error);
    if (isnan(m->r2))
        cli_table_cell(table, "-");
    else
        cli_table_cell(table, "%.4f", m->r2);
}

static void print_numbers(const cnn_number_metrics *all, const cnn_number_metrics *each, int64_t values,
                          char *const *names) {
    static const char *const heads[] = {"Target", "Mean absolute error", "Root mean squared error", "R2"};
    enum { COLUMNS = sizeof heads / sizeof heads[0] };
    cli_table *table = cli_table_new(COLUMNS, "lr");
    for (int i = 0; i < COLUMNS; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int64_t i = 0; i < values; i++)
        number_row(table, names[i], &each[i]);
    if (values > 1)
        number_row(table, "all", all);
    cli_table_print(table, stdout);
    cli_table_free(table);
}

static json_t *number_json(const cnn_number_metrics *m) {
    return json_pack("{so so so}", "mean_absolute_error", cli_json_real(m->mean_absolute_error),
                     "root_mean_squared_error", cli_json_real(m->root_mean_squared_error), "r2",
                     cli_json_real(m->r2));
}

static void add_number_json(json_t *json, const cnn_number_metrics *all, const cnn_number_metrics *each,
                            int64_t values) {
    json_t *list = json_array();
    for (int64_t i = 0; i < values; i++)
        cli_json_add(list, number_json(&each[i]));
    cli_json_set(json, "metrics", number_json(all));
    cli_json_set(json, "targets", list);
}

/* ---- Either ------------------------------------------------------------------------------------------- */

/* As JSON into `json`, or where that is NULL as text. */
static int show_multi_label(const cnn_ensemble_answers *a, char *const *classes, json_t *json) {
    cnn_error error;
    cnn_multi_label_metrics metrics;
    if (cnn_multi_label_metrics_of(a->probabilities, a->targets, a->images, a->classes, &metrics, &error))
        return cli_fail("%s", error.message);
    if (json)
        add_multi_label_json(json, &metrics, classes);
    else
        print_multi_label(&metrics, a->loss, classes);
    cnn_multi_label_metrics_free(&metrics);
    return CLI_GO_ON;
}

static int show_numbers(const cnn_ensemble_answers *a, char *const *names, json_t *json) {
    cnn_error error;
    cnn_number_metrics all, *each = cli_allocate((size_t)a->classes, sizeof *each);
    int code = CLI_GO_ON;
    if (cnn_number_metrics_of(a->probabilities, a->targets, a->images, a->classes, &all, each, &error))
        code = cli_fail("%s", error.message);
    else if (json)
        add_number_json(json, &all, each, a->classes);
    else
        print_numbers(&all, each, a->classes, names);
    free(each);
    return code;
}

int cli_targets_print(const cnn_ensemble_answers *answers, cnn_data_kind kind, char *const *classes) {
    const int code = kind == CNN_DATA_NUMBERS ? show_numbers(answers, classes, NULL)
                                              : show_multi_label(answers, classes, NULL);
    return code == CLI_GO_ON ? CLI_DONE : code;
}

int cli_targets_add_json(json_t *json, const cnn_ensemble_answers *answers, cnn_data_kind kind,
                         char *const *classes) {
    return kind == CNN_DATA_NUMBERS ? show_numbers(answers, classes, json)
                                    : show_multi_label(answers, classes, json);
}
