/* cnn test: accuracy, loss, precision and recall of each class, confusion matrix. */
#include "command.h"
#include "ensemble_options.h"
#include "metrics_text.h"
#include "mistakes.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "split_images.h"
#include "pixel_notes.h"
#include "pixel_options.h"
#include "probabilities.h"
#include "shared_options.h"
#include "table.h"
#include "target_text.h"
#include "text.h"
#include "wrap.h"

#include <cnn.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *data, *probabilities;
    int64_t limit, threads, top, wrong;
    int split /* CNN_SPLIT_TEST */, precision;
    bool skip_bad, json;
    cli_ensemble_options ensemble;
    cli_pixel_options pixels;
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    CLI_GROUP("Test"),
    {"--data", CLI_TEXT, AT(data), "DATA", .help = "images to test on (required)"},
    CLI_ROWS(cli_split_rows, AT(split)),
    {"--limit", CLI_INTEGER, AT(limit), "N", .help = "test on the first N images only", .min = 1},
    {"--top", CLI_INTEGER, AT(top), "K",
     .help = "measure how often the label is among the K most probable (5)", .min = 1, .max = 1 << 24},
    {"--wrong", CLI_INTEGER, AT(wrong), "N",
     .help = "list up to N misclassified images, the most confident mistakes first", .min = 1},
    {"--probabilities", CLI_TEXT, AT(probabilities), "FILE.npy",
     .help = "write the probabilities (of data of numbers the outputs), images x classes, as a NumPy file"},
    CLI_ROWS(cli_ensemble_rows, AT(ensemble)),
    CLI_ROWS(cli_threads_rows, AT(threads)),
    CLI_ROWS(cli_precision_rows, AT(precision)),
    CLI_ROWS(cli_skip_bad_rows, AT(skip_bad)),
    CLI_ROWS(cli_json_rows, AT(json)),
    CLI_ROWS(cli_pixel_rows, AT(pixels)),
    {0},
};

const cli_usage cli_test_usage = {
    .command = "test",
    .title = "measure accuracy and other figures of a trained model",
    .operands = "MODEL --data DATA",
    .min = 1,
    .max = 1,
    .help =
        "Test a trained model on images it has not seen: accuracy with the interval that 95 % of 1000 "
        "bootstrap resamples keep, the share of labels among the K most probable classes, balanced accuracy "
        "(mean recall), F1, area under the ROC curve and average precision (each class against all others, "
        "means over the classes), expected calibration error, loss; precision, recall and F1 of each class, "
        "and the confusion matrix. --json has the figures of each class, too. Of "
        "images that may have several classes it measures exact matches, F1, areas and precision; of numbers "
        "the absolute and squared error and R2.\n"
        "\n" CLI_TTA_HELP,
    .example = "  cnn test runs/first --data fashion-mnist\n"
               "  cnn test runs/first --data photos --wrong 20\n"
               "  cnn test runs/first --data fashion-mnist --tta mirror,shift:1",
    .options = options,
};

/* A matrix of more classes would fit nowhere; --json has it. */
enum { MAX_CLASSES_SHOWN = 40 };

/* A tested model. */
typedef struct result {
    const char *model, *source;
    const cli_split_images *shown;
    const cnn_evaluation *evaluation;
    const cnn_metrics *metrics;
    const cli_mistakes *mistakes; /* NULL: not asked for */
    const cli_ensemble_options *ensemble;
    char **classes; /* names */
} result;

/* How wide the matrix's columns may be so that a row fits the terminal. Rows and columns have the same order,
 * so a head that is cut short still says which it is. */
static int head_width(const result *r) {
    int names = 0, classes = (int)r->evaluation->classes;
    for (int i = 0; i < classes; i++)
        if (cli_text_width(r->classes[i]) > names)
            names = cli_text_width(r->classes[i]);
    int width = (cli_terminal_width(stdout) - names) / classes - 2;
    return width < 4 ? 4 : width;
}

/* Left out for more classes than a terminal shows. */
static void print_matrix(const result *r) {
    const cnn_evaluation *e = r->evaluation;
    if (e->classes > MAX_CLASSES_SHOWN) {
        cli_print_words("\n"
                        "The confusion matrix of %" PRId64
                        " classes is too wide to show; --json includes it.\n",
                        e->classes);
        return;
    }
    cli_print_words("\nConfusion matrix (rows: label, columns: prediction)\n");
    cli_table *table = cli_table_new((int)e->classes + 1, "lr");
    int width = head_width(r);
    cli_table_cell(table, "%s", "");
    for (int64_t i = 0; i < e->classes; i++) {
        char *head = cli_format("%s", r->classes[i]);
        cli_text_cut(head, width);
        cli_table_cell(table, "%s", head);
        free(head);
    }
    cli_table_rule(table);
    for (int64_t label = 0; label < e->classes; label++) {
        cli_table_cell(table, "%s", r->classes[label]);
        for (int64_t i = 0; i < e->classes; i++)
            cli_table_cell(table, "%" PRId64, e->confusion[label * e->classes + i]);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
}

/* Whose answers are averaged, if they are. */
static void print_views(const result *r) {
    for (int i = 0; i < r->ensemble->with.count; i++)
        cli_print_words("Averaged with %s\n", r->ensemble->with.text[i]);
    if (r->ensemble->tta)
        cli_print_words("Averaged over the views of --tta %s\n", r->ensemble->tta);
}

/* Model, data, and on which images all that follows was measured. */
static void print_heading(const result *r, bool by_name) {
    char *images = cli_split_text(r->shown);
    cli_print_words("%s on %s: %s\n", r->model, r->source, images);
    if (r->shown->others)
        cli_print_words("%s images were added to %s after training and belong to none of its splits\n",
                        cli_grouped(r->shown->others).text, r->source);
    print_views(r);
    if (!by_name)
        cli_print_words("Classes are matched by position, since the model has no class names\n");
    putchar('\n');
    free(images);
}

static int print_text(const result *r) {
    print_heading(r, r->evaluation->by_name);
    cli_metrics_print(r->metrics, r->evaluation);
    putchar('\n');
    cli_metrics_print_classes(r->metrics, r->classes);
    print_matrix(r);
    if (r->mistakes)
        cli_mistakes_print(r->mistakes, r->shown->data, r->classes);
    return CLI_DONE;
}

static json_t *with_json(const cli_texts *models) {
    json_t *list = json_array();
    for (int i = 0; i < models->count; i++)
        cli_json_add(list, cli_json_text(models->text[i]));
    return list;
}

/* What was averaged, if anything was. */
static void add_averaged(const result *r, json_t *json) {
    if (r->ensemble->tta)
        cli_json_set(json, "tta", cli_json_text(r->ensemble->tta));
    if (r->ensemble->with.count)
        cli_json_set(json, "with", with_json(&r->ensemble->with));
}

static int print_json(const result *r) {
    const cnn_evaluation *e = r->evaluation;
    json_t *confusion = json_array();
    for (int64_t i = 0; i < e->classes; i++)
        cli_json_add(confusion, cli_json_shape(e->confusion + i * e->classes, (int)e->classes));
    json_t *json = json_pack("{so so ss ss sI sI so so so so so}", "model", cli_json_text(r->model), "data",
                             cli_json_text(r->source), "split", cli_split_word(r->shown->split), "classes_by",
                             e->by_name ? "name" : "position", "images", (json_int_t)e->images, "correct",
                             (json_int_t)e->correct, "accuracy", cli_json_real(e->accuracy), "loss",
                             cli_json_real(e->loss), "metrics", cli_metrics_json(r->metrics), "classes",
                             cli_metrics_classes_json(r->metrics, r->classes), "confusion", confusion);
    add_averaged(r, json);
    if (r->mistakes)
        cli_json_set(json, "wrong", cli_mistakes_json(r->mistakes, r->shown->data, r->classes));
    return cli_json_print(json);
}

/* Find the mistakes to list, and print it all as text or JSON. */
static int print_result(const struct arguments *a, result *r, const cnn_ensemble_answers *answers) {
    cli_mistakes mistakes = {0};
    if (a->wrong) {
        cli_mistakes_find(&mistakes, answers, r->shown->data, a->wrong);
        r->mistakes = &mistakes;
    }
    const int code = a->json ? print_json(r) : print_text(r);
    cli_mistakes_free(&mistakes);
    return code;
}

/* What the answers come to, printed. */
static int measure_answers(const struct arguments *a, result *r, const cnn_ensemble_answers *answers) {
    cnn_error error;
    cnn_evaluation evaluation = {0};
    cnn_metrics metrics = {0};
    const cnn_metrics_options options = {.top = a->top};
    int code = CLI_FAILED;
    if (cnn_ensemble_evaluate(answers, &evaluation, &error) ||
        cnn_metrics_of(answers->probabilities, answers->labels, answers->images, answers->classes, &options,
                       &metrics, &error))
        cli_fail("%s", error.message);
    else {
        r->evaluation = &evaluation;
        r->metrics = &metrics;
        code = print_result(a, r, answers);
    }
    cnn_evaluation_free(&evaluation);
    cnn_metrics_free(&metrics);
    return code;
}

/* The same of images that may have several classes, or numbers. */
static int print_targets(const struct arguments *a, const result *r, const cnn_ensemble_answers *answers) {
    const cnn_data_kind kind = cnn_data_kind_of(r->shown->data);
    if (a->wrong || a->top)
        return cli_fail("--wrong and --top need images of one class each, but those of %s have %s", r->source,
                        kind == CNN_DATA_NUMBERS ? "numbers" : "any number of classes");
    if (!a->json) {
        print_heading(r, kind == CNN_DATA_NUMBERS || answers->by_name);
        return cli_targets_print(answers, kind, r->classes);
    }
    json_t *json = json_pack("{so so ss sI so}", "model", cli_json_text(r->model), "data",
                             cli_json_text(r->source), "split", cli_split_word(r->shown->split), "images",
                             (json_int_t)answers->images, "loss", cli_json_real(answers->loss));
    add_averaged(r, json);
    const int code = cli_targets_add_json(json, answers, kind, r->classes);
    return code == CLI_GO_ON ? cli_json_print(json) : code;
}

static int measure(const struct arguments *a, result *r, const cnn_net *net, cnn_ensemble *ensemble) {
    cnn_error error;
    cnn_ensemble_answers answers;
    if (cnn_ensemble_answer(ensemble, r->shown->data, &answers, &error))
        return cli_fail("%s", error.message);
    const bool numbers = cnn_data_kind_of(r->shown->data) == CNN_DATA_NUMBERS;
    r->classes = cli_allocate((size_t)answers.classes, sizeof *r->classes);
    for (int64_t i = 0; i < answers.classes; i++)
        r->classes[i] = cli_class_name(net, numbers ? NULL : r->shown->data, i);
    int code = CLI_GO_ON;
    if (a->probabilities)
        code =
            cli_write_probabilities(a->probabilities, answers.probabilities, answers.images, answers.classes);
    if (code == CLI_GO_ON)
        code = answers.targets ? print_targets(a, r, &answers) : measure_answers(a, r, &answers);
    for (int64_t i = 0; i < answers.classes; i++)
        free(r->classes[i]);
    free(r->classes);
    cnn_ensemble_answers_free(&answers);
    return code;
}

static int test(const struct arguments *a, const char *model, cnn_net *net) {
    cli_split_images shown = {0};
    const cli_split_request request = {model, a->data, (cnn_split)a->split, a->limit, a->skip_bad};
    cli_ensemble_request together = {.net = net,
                                     .pixels = &a->pixels,
                                     .threads = (int)a->threads,
                                     .precision = (cnn_precision)a->precision};
    result r = {.model = model, .source = a->data, .shown = &shown, .ensemble = &a->ensemble};
    cnn_ensemble *ensemble = NULL;
    int code = cli_expect_pixels(&a->pixels, model, net);
    if (code != CLI_GO_ON)
        return code;
    cli_note_unknown_pixels(net, model);
    code = cli_split_open(&shown, net, &request);
    if (code == CLI_GO_ON) {
        cli_note_negative_data(net, shown.data);
        together.outputs = cnn_data_kind_of(shown.data) == CNN_DATA_NUMBERS;
        code = cli_ensemble_open(&ensemble, &a->ensemble, &together);
    }
    if (code == CLI_GO_ON)
        code = measure(a, &r, net, ensemble);
    cnn_ensemble_free(ensemble);
    cli_split_free(&shown);
    return code;
}

int cli_test(int count, char **words) {
    struct arguments a = {.split = CNN_SPLIT_TEST};
    int operands, code = cli_parse(&cli_test_usage, count, words, &a, &operands);
    if (code == CLI_GO_ON)
        code = cli_ensemble_check("test", &a.ensemble);
    if (code != CLI_GO_ON)
        return code;
    if (!a.data)
        return cli_fail_usage(
            "test: --data DATA is missing: give the images to test on; see 'cnn test --help'");
    cnn_net *net;
    code = cli_open_trained(&net, words[0], a.pixels.input_shape);
    if (code != CLI_GO_ON)
        return code;
    code = test(&a, words[0], net);
    cnn_net_free(net);
    return code;
}
