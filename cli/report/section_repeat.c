/* What is needed to repeat the run: command lines, options, machine, and hashes of model and images. */
#include "sections.h"

#include "output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void begin_row(cli_html *html, const char *name) {
    cli_html_add(html, "<tr>");
    cli_html_element(html, "td class=name", "%s", name);
}

static void row(cli_html *html, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void row(cli_html *html, const char *name, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = cli_vformat(format, arguments);
    va_end(arguments);
    begin_row(html, name);
    cli_html_element(html, "td", "%s", text);
    cli_html_add(html, "</tr>\n");
    free(text);
}

/* ---- Command lines --------------------------------------------------------------------------------- */

/* As a shell takes it: in quotes unless nothing in it means anything to a shell. */
static void add_word(cli_html *html, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:@+";
    if (*word && strspn(word, plain) == strlen(word)) {
        cli_html_text(html, " %s", word);
        return;
    }
    cli_html_text(html, " '");
    for (; *word; word++)
        cli_html_text(html, *word == '\'' ? "'\\''" : "%c", *word);
    cli_html_text(html, "'");
}

static void write_command(cli_html *html, const json_t *command) {
    size_t i;
    json_t *word;
    cli_html_add(html, "<pre>cnn train");
    json_array_foreach(json_object_get(command, "words"), i, word) {
        add_word(html, json_is_string(word) ? json_string_value(word) : "?");
    }
    cli_html_add(html, "</pre>");
    const char *processor = json_string_value(json_object_get(command, "processor"));
    const char *version = json_string_value(json_object_get(command, "version"));
    const char *cpu = json_string_value(json_object_get(command, "cpu"));
    cli_html_element(html, "p class=note", "By cnn %s with the kernels for %s, %s, on %s.",
                     version ? version : "?", cpu ? cpu : "?",
                     cli_count(json_integer_value(json_object_get(command, "threads")), "thread").text,
                     processor && *processor ? processor : "a processor that does not say its name");
}

static void write_commands(cli_html *html, const cli_facts *f) {
    size_t i;
    json_t *command;
    const json_t *commands = json_object_get(f->command, "commands");
    if (!json_array_size(commands))
        cli_section_lacks(html, "The command line was not kept: the training was not finished by cnn train "
                                "of this version, or was done by another program.");
    json_array_foreach(commands, i, command) {
        write_command(html, command);
    }
}

/* ---- Options --------------------------------------------------------------------------------------- */

static const char *optimizer_word(cnn_optimizer optimizer) {
#define CASE(enumerator, word, rate)                                                                         \
    if (optimizer == enumerator)                                                                             \
        return #word;
    CNN_OPTIMIZERS(CASE)
#undef CASE
    return "default";
}

static const char *schedule_word(cnn_schedule schedule) {
    static const char *const words[] = {"default", "constant", "step", "cosine", "onecycle"};
    return (size_t)schedule < sizeof words / sizeof words[0] ? words[schedule] : "?";
}

static void write_update(cli_html *html, const cnn_update_options *u) {
    static const char *const losses[] = {"default", "cross-entropy", "binary cross-entropy",
                                         "mean squared error"};
    row(html, "Optimizer", "%s", optimizer_word(u->optimizer));
    row(html, "Learning rate", "%.6g", u->learning_rate);
    if (u->optimizer == CNN_OPTIMIZER_SGD || u->optimizer == CNN_OPTIMIZER_MUON)
        row(html, "Momentum", "%.6g%s", u->momentum, u->nesterov ? ", Nesterov's" : "");
    else
        row(html, "Betas", "%.6g, %.6g", u->beta1, u->beta2);
    row(html, "Weight decay", "%.6g", u->weight_decay);
    row(html, "Loss", "%s", (size_t)u->loss < sizeof losses / sizeof losses[0] ? losses[u->loss] : "?");
    if (u->label_smoothing > 0)
        row(html, "Label smoothing", "%.6g", u->label_smoothing);
    if (u->clip_norm > 0)
        row(html, "Gradients clipped at norm", "%.6g", u->clip_norm);
}

/* One number where all epochs are alike, else each. */
static void write_iterations(cli_html *html, const cnn_training_record *record) {
    char *all = cli_format("%s", "");
    bool same = true;
    for (int64_t i = 0; i < record->epoch_count; i++) {
        char *longer = cli_format("%s%s%" PRId64, all, i ? "," : "", record->epochs[i].updates);
        free(all);
        all = longer;
        same = same && record->epochs[i].updates == record->epochs[0].updates;
    }
    if (record->epoch_count && same)
        row(html, "Iterations an epoch", "%" PRId64, record->epochs[0].updates);
    else if (record->epoch_count)
        row(html, "Iterations of the epochs", "%s", all);
    free(all);
}

static void write_training(cli_html *html, const cnn_training_record *record) {
    const cnn_train_options *o = &record->options;
    row(html, "Seed", "%" PRIu64, o->seed);
    row(html, "Epochs", "%" PRId64 " of %d", record->epoch_count, o->epochs);
    if (o->folds)
        row(html, "Fold", "%d of %d", o->fold, o->folds);
    if (o->balance_sampling)
        row(html, "Sampling", "balanced");
    write_iterations(html, record);
    row(html, "Batch", "%" PRId64 " images", o->batch);
    write_update(html, &o->update);
    row(html, "Schedule", "%s", schedule_word(o->schedule));
    if (o->warmup_epochs > 0)
        row(html, "Warm-up", "%.6g epochs", o->warmup_epochs);
    row(html, "Augmentation", "%s",
        *record->augmentations ? record->augmentations
        : o->augment           ? "shifts by up to 2 pixels"
                               : "none");
    row(html, "Best epoch by", "%s", o->best == CNN_BEST_LOSS ? "loss" : "accuracy");
    row(html, "Held out", "%.6g of the images to test, %.6g of the others to validate", o->test,
        o->validation);
    row(html, "Images trained on", "%s, with those held out (fingerprint %s)",
        cli_grouped(record->images).text, record->fingerprint);
}

/* ---- Model and images ------------------------------------------------------------------------------ */

static void write_hashes(cli_html *html, const cli_facts *f) {
    static const char *const titles[] = {"Training images", "Test images", "Validation images"};
    row(html, "Model", "%s", f->request->model);
    if (*f->model_hash)
        row(html, "Its SHA-256", "%s", f->model_hash);
    row(html, "Data", "%s", f->request->data);
    for (int part = 0; part < CLI_DATA_PARTS; part++)
        if (f->data.part[part])
            row(html, titles[part], "%s, SHA-256 %s", cli_grouped(cnn_data_count(f->data.part[part])).text,
                f->data_hash[part]);
        else
            row(html, titles[part], "none");
}

static void write_normalisation(cli_html *html, const cli_facts *f) {
    float *mean = cli_allocate((size_t)f->view.channels, sizeof *mean);
    float *deviation = cli_allocate((size_t)f->view.channels, sizeof *deviation);
    cnn_net_normalisation(f->net, mean, deviation);
    char *text = cli_format("%s", "");
    for (int64_t c = 0; c < f->view.channels && c < 4; c++)
        cli_append(&text, "%s%.6g and %.6g", c ? "; " : "", (double)mean[c], (double)deviation[c]);
    row(html, "Mean and deviation of the pixels", "%s", text);
    free(text);
    free(mean);
    free(deviation);
}

cnn_status cli_section_repeat(cli_html *html, const cli_facts *f, cnn_error *error) {
    (void)error;
    write_commands(html, f);
    cli_html_add(html, "<table>");
    write_hashes(html, f);
    write_normalisation(html, f);
    if (f->record.there)
        write_training(html, &f->record);
    row(html, "This report by", "cnn %s, kernels for %s", cnn_version(), cnn_cpu(NULL));
    cli_html_add(html, "</table>");
    if (!f->record.there)
        cli_section_lacks(html, "There is no checkpoint: the options of the training are not known.");
    cli_html_element(html, "p class=note",
                     "The same options, seed, images and kernels give the same parameters bit for bit, on "
                     "any number of threads. "
                     "The SHA-256 of images is that of their number, shape, labels and pixels as the network "
                     "takes them (docs/report.md).");
    return CNN_OK;
}
