/* The most important figures. */
#include "sections.h"

#include "output.h"

#include <inttypes.h>
#include <stdlib.h>

static void card(cli_html *html, const char *title, const char *value, const char *below) {
    cli_html_add(html, "<div class=card>");
    cli_html_element(html, "dt", "%s", title);
    cli_html_add(html, "<dd>");
    cli_html_text(html, "%s", value);
    cli_html_element(html, "small", "%s", below);
    cli_html_add(html, "</dd></div>\n");
}

/* A card whose value or line below is made by cli_format, and is freed. */
static void made_card(cli_html *html, const char *title, char *value, char *below) {
    card(html, title, value, below);
    free(value);
    free(below);
}

static void write_scores(cli_html *html, const cli_facts *f) {
    const cnn_evaluation *e = &f->evaluation;
    made_card(html, "Accuracy", cli_format("%.2f %%", 100 * e->accuracy),
              cli_format("%s of %s %s", cli_grouped(e->correct).text, cli_grouped(e->images).text,
                         cli_facts_part_words(f->part)));
    const cnn_metrics *m = &f->metrics;
    made_card(html, "95 % interval",
              cli_format("%.2f to %.2f %%", 100 * m->accuracy.low, 100 * m->accuracy.high),
              cli_format("of the accuracy, by bootstrap"));
    if (m->top < m->classes)
        made_card(html, "Top-5 accuracy", cli_format("%.2f %%", 100 * m->top_accuracy),
                  cli_format("label among the most probable"));
    made_card(html, "Balanced accuracy", cli_format("%.2f %%", 100 * m->balanced_accuracy.value),
              cli_format("mean recall of the classes"));
    made_card(html, "F1", cli_format("%.2f %%", 100 * m->f1_macro.value), cli_format("mean of the classes"));
    made_card(html, "Loss", cli_format("%.4f", e->loss), cli_format("mean cross-entropy"));
    if (f->calibrated)
        made_card(html, "Calibration error", cli_format("%.2f %%", 100 * f->calibration.expected_error),
                  cli_format("expected (ECE)"));
}

static void write_run(cli_html *html, const cli_facts *f) {
    double seconds = 0;
    for (int64_t i = 0; i < f->record.epoch_count; i++)
        seconds += f->record.epochs[i].seconds;
    made_card(html, "Epochs", cli_format("%" PRId64, f->record.epoch_count),
              cli_format("of %d asked for", f->record.options.epochs));
    made_card(html, "Training time", cli_format("%s", cli_duration(seconds).text),
              cli_format("all epochs together"));
}

cnn_status cli_section_glance(cli_html *html, const cli_facts *f, cnn_error *error) {
    (void)error;
    char *shape =
        cli_format("%" PRId64 " x %" PRId64 " x %" PRId64, f->view.channels, f->view.height, f->view.width);
    cli_html_element(html, "p class=lead", "Measured on %s %s of %s.",
                     cli_grouped(cnn_data_count(f->images)).text, cli_facts_part_words(f->part),
                     f->request->data);
    if (f->part != CNN_SPLIT_TEST)
        cli_section_lacks(html,
                          "There are no test images: the figures are those of images that training used%s, "
                          "and flatter the model.",
                          f->part == CNN_SPLIT_VALIDATION ? " to choose the best epoch" : "");
    cli_html_add(html, "<dl class=cards>");
    if (f->scored)
        write_scores(html, f);
    card(html, "Parameters", cli_grouped(cnn_net_parameters(f->net)).text, "trained values");
    made_card(html, "Input", shape, cli_format("channels x rows x columns"));
    made_card(html, "Classes", cli_format("%" PRId64, f->class_count), cli_format("outputs told apart"));
    if (f->record.there)
        write_run(html, f);
    card(html, "Findings", cli_grouped(f->diagnosis.count).text, "of the doctor");
    cli_html_add(html, "</dl>\n");
    if (!f->record.there)
        cli_section_lacks(html,
                          "%s is not a run folder of cnn train with a checkpoint: what belongs to the "
                          "training is left out below.",
                          f->request->model);
    return CNN_OK;
}
