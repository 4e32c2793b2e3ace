/* Predictions as a person reads them: a column for each image and a row for each class, or a row for each image. */
#include "prediction.h"

#include "output.h"
#include "table.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_HEAD = 16 };

static const char UNSURE[] = "unsure"; /* no class reaches the threshold */

static const char *class_text(const cli_prediction_kind *kind, const float *values, int64_t class) {
    return (double)values[class] >= kind->threshold ? kind->classes[class] : UNSURE;
}

/* The end of a path says more than its beginning. */
static char *short_head(const char *head) {
    const char *end = head;
    if (cli_text_width(head) <= LONGEST_HEAD)
        return cli_format("%s", head);
    while (cli_text_width(end) > LONGEST_HEAD - 3)
        end++;
    while (((unsigned char)*end & 0xc0) == 0x80) /* not within a character */
        end++;
    return cli_format("...%s", end);
}

/* A row of texts; they stand over the digits, beside the column of stars. */
static void add_heads(cli_table *table, const char *title, int64_t count, char *const *texts) {
    cli_table_cell(table, "%s", title);
    for (int64_t image = 0; image < count; image++) {
        char *head = short_head(texts[image]);
        cli_table_cell(table, "%s ", head);
        free(head);
    }
}

/* The row of one class: its value for every image, '*' where it is the highest. */
static void add_class(cli_table *table, const cli_prediction_kind *kind, const cli_predictions *p,
                      int64_t class, const int64_t *highest) {
    cli_table_cell(table, "%s", kind->classes[class]);
    for (int64_t image = 0; image < p->count; image++)
        cli_table_cell(table, "%.2f%c", (double)p->values[image * kind->count + class],
                       highest[image] == class ? '*' : ' ');
}

/* Classes down, images across. */
static void print_columns(const cli_prediction_kind *kind, const cli_predictions *p) {
    cli_table *table = cli_table_new((int)p->count + 1, "lr");
    int64_t *highest = cli_allocate((size_t)p->count, sizeof *highest);
    for (int64_t image = 0; image < p->count; image++)
        cli_highest_classes(p->values + image * kind->count, kind->count, 1, &highest[image]);
    if (p->names[0])
        add_heads(table, "image", p->count, p->names);
    if (kind->labelled)
        add_heads(table, "label", p->count, p->labels);
    cli_table_rule(table);
    for (int64_t class = 0; class < kind->count; class ++)
        add_class(table, kind, p, class, highest);
    cli_table_rule(table);
    cli_table_cell(table, "predicted");
    for (int64_t image = 0; image < p->count; image++)
        cli_table_cell(table, "%s ", class_text(kind, p->values + image * kind->count, highest[image]));
    cli_table_fit(table, cli_terminal_width(stdout));
    cli_table_print(table, stdout);
    cli_table_free(table);
    free(highest);
}

static void add_row_heads(cli_table *table, const cli_prediction_kind *kind) {
    const int64_t top = cli_prediction_top(kind);
    cli_table_cell(table, "Image");
    if (kind->labelled)
        cli_table_cell(table, "Label");
    for (int64_t i = 1; i <= top; i++) {
        if (i == 1)
            cli_table_cell(table, "Predicted");
        else
            cli_table_cell(table, "%" PRId64 ".", i);
        cli_table_cell(table, "%s", "");
    }
    cli_table_rule(table);
}

static void add_row(cli_table *table, const cli_prediction_kind *kind, const cli_predictions *p,
                    int64_t image, int64_t *order) {
    const float *values = p->values + image * kind->count;
    const int64_t top = cli_prediction_top(kind);
    char *name = cli_prediction_name(p, image);
    cli_highest_classes(values, kind->count, top, order);
    cli_table_cell(table, "%s", name);
    free(name);
    if (kind->labelled)
        cli_table_cell(table, "%s", p->labels[image]);
    for (int64_t i = 0; i < top; i++) {
        const bool named = i == 0 || (double)values[order[i]] >= kind->threshold;
        cli_table_cell(table, "%s", named ? class_text(kind, values, order[i]) : "");
        cli_table_cell(table, "%.2f", (double)values[order[i]]);
    }
}

/* "llrlr...": names, then classes and their values. For free(). */
static char *row_alignment(const cli_prediction_kind *kind) {
    const size_t names = kind->labelled ? 2 : 1, top = (size_t)cli_prediction_top(kind);
    char *alignment = cli_allocate(names + 2 * top + 1, 1);
    memset(alignment, 'l', names);
    for (size_t i = 0; i < 2 * top; i++)
        alignment[names + i] = i % 2 ? 'r' : 'l';
    return alignment;
}

/* Images down: name, label, and the highest classes with their values. */
static void print_rows(const cli_prediction_kind *kind, const cli_predictions *p) {
    char *alignment = row_alignment(kind);
    cli_table *table = cli_table_new((int)strlen(alignment), alignment);
    int64_t *order = cli_allocate((size_t)cli_prediction_top(kind), sizeof *order);
    add_row_heads(table, kind);
    for (int64_t image = 0; image < p->count; image++)
        add_row(table, kind, p, image, order);
    cli_table_print(table, stdout);
    cli_table_free(table);
    free(alignment);
    free(order);
}

void cli_predictions_print_table(const cli_prediction_kind *kind, const cli_predictions *p) {
    if (p->continues)
        putchar('\n'); /* between the tables of two batches */
    if (kind->rows)
        print_rows(kind, p);
    else
        print_columns(kind, p);
}
