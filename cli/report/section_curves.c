/* Loss, accuracy and learning rate, epoch by epoch. */
#include "sections.h"

#include "chart.h"

#include "output.h"

#include <math.h>
#include <stdlib.h>

/* The columns of the history, `count` values each. */
typedef struct columns {
    double *loss, *accuracy, *validation_loss, *validation_accuracy, *rate;
    int64_t count;
} columns;

static columns columns_of(const cnn_training_record *record) {
    const size_t count = (size_t)record->epoch_count;
    double *all = cli_allocate(5 * count, sizeof *all);
    const columns c = {
        all, all + count, all + 2 * count, all + 3 * count, all + 4 * count, record->epoch_count};
    for (size_t i = 0; i < count; i++) {
        const cnn_run_epoch *epoch = &record->epochs[i];
        c.loss[i] = epoch->loss;
        c.accuracy[i] = epoch->accuracy;
        c.validation_loss[i] = epoch->validation_loss;
        c.validation_accuracy[i] = epoch->validation_accuracy;
        c.rate[i] = epoch->learning_rate;
    }
    return c;
}

static void draw(cli_html *html, const columns *c, bool validated) {
    const cli_chart charts[] = {
        {"Loss",
         "%.4f",
         1,
         c->count,
         {{"training", c->loss}, {"validation", validated ? c->validation_loss : NULL}}},
        {"Accuracy, %",
         "%.1f",
         100,
         c->count,
         {{"training", c->accuracy}, {"validation", validated ? c->validation_accuracy : NULL}}},
        {"Learning rate", "%.3g", 1, c->count, {{"last update", c->rate}}},
    };
    cli_html_add(html, "<div class=charts>");
    for (size_t i = 0; i < sizeof charts / sizeof charts[0]; i++)
        cli_chart_draw(html, &charts[i]);
    cli_html_add(html, "</div>");
}

cnn_status cli_section_curves(cli_html *html, const cli_facts *f, cnn_error *error) {
    (void)error;
    const cnn_training_record *record = &f->record;
    if (!record->there || !record->epoch_count) {
        cli_section_lacks(
            html, record->there
                      ? "No epoch is complete yet: there is no history."
                      : "There is no history: the model was not opened as a run folder of cnn train.");
        return CNN_OK;
    }
    const columns c = columns_of(record);
    const bool validated = isfinite(c.validation_loss[c.count - 1]);
    draw(html, &c, validated);
    if (!validated)
        cli_section_lacks(
            html, "There is no validation curve: the run had no validation images (cnn train --validation).");
    cli_html_element(
        html, "p class=note",
        "The figures beside the names are those of the last epoch; pointing at a dot shows its value. "
        "Training figures are means over the epoch, while the network still learns.");
    free(c.loss);
    return CNN_OK;
}
