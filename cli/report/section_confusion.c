/* The confusion matrix as a picture, and which classes are taken for which most often. */
#include "sections.h"

#include "output.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>

/* In the units of the drawing's own. More classes than NARROW make it scroll on a small screen, more than MAX_COUNTED leave no
 * room for counts. */
enum {
    CELL = 40,
    SMALL_CELL = 14,
    LEAST_LABEL = 24,
    LETTER = 7,
    MAX_COUNTED = 30,
    MAX_DRAWN = 200,
    MAX_PAIRS = 10,
    NARROW = 14,
    NAME = 13
};

typedef struct drawing {
    const cli_facts *facts;
    int64_t classes;
    int cell, label; /* sides of a cell, and of the names' margin */
    bool counted;
} drawing;

static int64_t row_sum(const cnn_evaluation *e, int64_t row) {
    int64_t sum = 0;
    for (int64_t i = 0; i < e->classes; i++)
        sum += e->confusion[row * e->classes + i];
    return sum;
}

static void draw_name(cli_html *html, const char *name, const char *attributes) {
    char *copy = cli_format("%s", name);
    cli_text_clean(copy, "");
    cli_text_cut(copy, NAME);
    cli_html_add(html, "<text class=word %s>", attributes);
    cli_html_text(html, "%s", copy);
    cli_html_add(html, "</text>");
    free(copy);
}

static void draw_names(cli_html *html, const drawing *d, int64_t i) {
    const double middle = d->label + ((double)i + 0.5) * d->cell;
    char *row = cli_format("text-anchor=end font-size=12 x=%d y=%.1f", d->label - 6, middle + 4);
    char *column =
        cli_format("font-size=12 transform=\"translate(%.1f %d) rotate(-60)\"", middle + 4, d->label - 6);
    draw_name(html, d->facts->classes[i], row);
    draw_name(html, d->facts->classes[i], column);
    free(row);
    free(column);
}

/* The deeper the colour, the larger the share of the row; beside the diagonal its root, so that few mistakes are seen. */
static void draw_cell(cli_html *html, const drawing *d, int64_t row, int64_t column, int64_t all) {
    const int64_t count = d->facts->evaluation.confusion[row * d->classes + column];
    const double share = all ? (double)count / (double)all : 0;
    const int64_t x = d->label + column * d->cell, y = d->label + row * d->cell;
    cli_html_add(html, "<rect class=\"cell%s\" x=%lld y=%lld width=%d height=%d fill-opacity=%.3f><title>",
                 row == column ? "" : " wrong", (long long)x, (long long)y, d->cell, d->cell,
                 row == column ? share : sqrt(share));
    cli_html_text(html, "%s predicted as %s: %s of %s (%.1f %%)", d->facts->classes[row],
                  d->facts->classes[column], cli_grouped(count).text, cli_grouped(all).text, 100 * share);
    cli_html_add(html, "</title></rect>");
    if (d->counted)
        cli_html_add(html, "<text text-anchor=middle font-size=%d class=%s x=%.1f y=%.1f>%lld</text>",
                     count > 9999 ? 10 : 13,
                     row == column && share > 0.5 ? "on"
                     : count                      ? "off"
                                                  : "zero",
                     (double)x + d->cell / 2.0, (double)y + d->cell / 2.0 + 4.5, (long long)count);
}

static void draw_matrix(cli_html *html, const drawing *d) {
    /* Names of columns lean to the right, by half their length. */
    const int64_t high = d->label + d->classes * d->cell + 2, wide = high + (d->label - LEAST_LABEL) / 2;
    cli_html_add(html,
                 "<div class=wide><svg class=\"matrix%s\" width=%lld viewBox=\"0 0 %lld %lld\" role=img "
                 "aria-label=\"Confusion matrix: rows are labels, columns predictions\">",
                 d->classes > NARROW ? " large" : "", (long long)(d->counted ? wide * 5 / 4 : wide),
                 (long long)wide, (long long)high);
    for (int64_t row = 0; row < d->classes; row++) {
        const int64_t all = row_sum(&d->facts->evaluation, row);
        draw_names(html, d, row);
        for (int64_t column = 0; column < d->classes; column++)
            draw_cell(html, d, row, column, all);
    }
    cli_html_add(html, "</svg></div>");
}

/* ---- Pairs ----------------------------------------------------------------------------------------- */

typedef struct pair {
    int64_t label, predicted, count;
} pair;

/* The most frequent confusions, sorted; returns how many. */
static int find_pairs(const cnn_evaluation *e, pair pairs[MAX_PAIRS]) {
    int found = 0;
    for (int64_t i = 0; i < e->classes * e->classes; i++) {
        const pair p = {i / e->classes, i % e->classes, e->confusion[i]};
        if (p.label == p.predicted || !p.count || (found == MAX_PAIRS && p.count <= pairs[found - 1].count))
            continue;
        int at = found < MAX_PAIRS ? found++ : found - 1;
        for (; at > 0 && pairs[at - 1].count < p.count; at--)
            pairs[at] = pairs[at - 1];
        pairs[at] = p;
    }
    return found;
}

static void write_pairs(cli_html *html, const cli_facts *f) {
    pair pairs[MAX_PAIRS];
    const int count = find_pairs(&f->evaluation, pairs);
    if (!count)
        return;
    cli_html_add(html, "<h3>Most frequent confusions</h3><div class=wide><table><tr><th>Label<th>Predicted as"
                       "<th class=number>Images<th class=number>Of the class</tr>");
    for (const pair *p = pairs; p < pairs + count; p++) {
        cli_html_add(html, "<tr>");
        cli_html_element(html, "td", "%s", f->classes[p->label]);
        cli_html_element(html, "td", "%s", f->classes[p->predicted]);
        cli_html_element(html, "td class=number", "%s", cli_grouped(p->count).text);
        cli_html_element(html, "td class=number", "%.1f %%",
                         100.0 * (double)p->count / (double)row_sum(&f->evaluation, p->label));
        cli_html_add(html, "</tr>");
    }
    cli_html_add(html, "</table></div>");
}

/* Room for the longest name, of NAME letters at most. */
static int margin_of(const cli_facts *f) {
    int longest = 0;
    for (int64_t i = 0; i < f->evaluation.classes; i++) {
        const int width = cli_text_width(f->classes[i]);
        longest = width > longest ? width : longest;
    }
    longest = longest < NAME ? longest : NAME;
    return LEAST_LABEL + LETTER * (longest - 1);
}

cnn_status cli_section_confusion(cli_html *html, const cli_facts *f, cnn_error *error) {
    (void)error;
    if (!cli_section_needs_scores(html, f))
        return CNN_OK;
    const int64_t classes = f->evaluation.classes;
    const bool counted = classes <= MAX_COUNTED;
    const drawing d = {f, classes, counted ? CELL : SMALL_CELL, margin_of(f), counted};
    cli_html_element(html, "p class=note",
                     "Rows are labels, columns predictions; the deeper the colour, the larger the share of "
                     "the row: right answers on the diagonal, mistakes beside it.");
    if (classes <= MAX_DRAWN)
        draw_matrix(html, &d);
    else
        cli_section_lacks(html, "The matrix of %lld classes is too large to draw; cnn test --json has it.",
                          (long long)classes);
    write_pairs(html, f);
    return CNN_OK;
}
