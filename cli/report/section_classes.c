/* Precision, recall, F1 and number of images of each class. */
#include "sections.h"

#include "output.h"

#include <math.h>

static void add_share(cli_html *html, double share) {
    if (isnan(share))
        cli_html_element(html, "td class=number", "-");
    else
        cli_html_element(html, "td class=number", "%.2f %%", 100 * share);
}

static void add_area(cli_html *html, double area) {
    if (isnan(area))
        cli_html_element(html, "td class=number", "-");
    else
        cli_html_element(html, "td class=number", "%.4f", area);
}

static void write_row(cli_html *html, const char *name, const cnn_class_metrics *figures) {
    cli_html_add(html, "<tr>");
    cli_html_element(html, "td class=name", "%s", name);
    add_share(html, figures->precision);
    add_share(html, figures->recall);
    add_share(html, figures->f1);
    add_area(html, figures->roc_auc);
    add_area(html, figures->average_precision);
    cli_html_element(html, "td class=number", "%s", cli_grouped(figures->images).text);
    cli_html_add(html, "</tr>\n");
}

/* Of the classes that have one. */
static double mean_precision(const cnn_metrics *metrics) {
    double sum = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < metrics->classes; i++)
        if (!isnan(metrics->of_class[i].precision)) {
            sum += metrics->of_class[i].precision;
            count++;
        }
    return count ? sum / (double)count : NAN;
}

cnn_status cli_section_classes(cli_html *html, const cli_facts *f, cnn_error *error) {
    const cnn_metrics *m = &f->metrics;
    (void)error;
    if (!cli_section_needs_scores(html, f))
        return CNN_OK;
    cli_html_add(html, "<div class=wide><table><tr><th>Class<th class=number>Precision<th class=number>Recall"
                       "<th class=number>F1<th class=number>ROC AUC<th class=number>Average precision"
                       "<th class=number>Images</tr>\n");
    for (int64_t label = 0; label < m->classes; label++)
        write_row(html, f->classes[label], &m->of_class[label]);
    const cnn_class_metrics means = {.precision = mean_precision(m),
                                     .recall = m->balanced_accuracy.value,
                                     .f1 = m->f1_macro.value,
                                     .roc_auc = m->roc_auc,
                                     .average_precision = m->average_precision,
                                     .images = m->images};
    write_row(html, m->classes == 2 ? "Both" : "Mean of the classes", &means);
    cli_html_add(html, "</table></div>");
    cli_html_element(html, "p class=note",
                     "Precision: of the images predicted as the class, the share that is of it. Recall: of "
                     "the images of the class, the share that was predicted so. F1: their harmonic mean. "
                     "ROC AUC and average precision: how well the probability of the class ranks its images "
                     "before all others.");
    return CNN_OK;
}
