/* Precision, recall, F1 and number of images of each class. */
#include "sections.h"

#include "class_figures.h"
#include "output.h"

#include <math.h>

/* Means over the classes that have the figure. */
typedef struct mean {
    double sum;
    int64_t count;
} mean;

static void add_share(cli_html *html, double share, mean *all) {
    if (isnan(share)) {
        cli_html_element(html, "td class=number", "-");
        return;
    }
    all->sum += share;
    all->count++;
    cli_html_element(html, "td class=number", "%.2f %%", 100 * share);
}

static void write_row(cli_html *html, const cli_facts *f, int64_t label, mean means[3]) {
    const cli_class_figures figures = cli_class_figures_of(&f->evaluation, label);
    cli_html_add(html, "<tr>");
    cli_html_element(html, "td class=name", "%s", f->classes[label]);
    add_share(html, figures.precision, &means[0]);
    add_share(html, figures.recall, &means[1]);
    add_share(html, figures.f1, &means[2]);
    cli_html_element(html, "td class=number", "%s", cli_grouped(figures.images).text);
    cli_html_add(html, "</tr>\n");
}

cnn_status cli_section_classes(cli_html *html, const cli_facts *f, cnn_error *error) {
    (void)error;
    mean means[3] = {0};
    if (!cli_section_needs_scores(html, f))
        return CNN_OK;
    cli_html_add(html, "<div class=wide><table><tr><th>Class<th class=number>Precision<th class=number>Recall"
                       "<th class=number>F1<th class=number>Images</tr>\n");
    for (int64_t label = 0; label < f->evaluation.classes; label++)
        write_row(html, f, label, means);
    cli_html_add(html, "<tr>");
    cli_html_element(html, "td class=name", "Mean of the classes");
    for (int i = 0; i < 3; i++)
        add_share(html, means[i].count ? means[i].sum / (double)means[i].count : NAN, &(mean){0});
    cli_html_element(html, "td class=number", "%s", cli_grouped(f->evaluation.images).text);
    cli_html_add(html, "</tr></table></div>");
    cli_html_element(html, "p class=note",
                     "Precision: of the images predicted as the class, the share that is of it. Recall: of "
                     "the images of the class, the share that was predicted so. F1: their harmonic mean.");
    return CNN_OK;
}
