/* cnn predict: the classes of pictures, by a trained model. */
#include "command.h"
#include "ensemble_options.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "pixel_notes.h"
#include "pixel_options.h"
#include "predict_source.h"
#include "probabilities.h"
#include "shared_options.h"

#include <cnn.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *data, *probabilities;
    int64_t count /* -1: not given */, first /* -1: not given */, top, threads;
    double threshold;
    int form, split /* CNN_SPLIT_TEST */, precision;
    bool skip_bad, json, raw;
    cli_ensemble_options ensemble;
    cli_pixel_options pixels;
};

#define AT(field) offsetof(struct arguments, field)

static const char *const forms[] = {"table", "lines", "csv", "json", "jsonl", NULL};

static const cli_option options[] = {
    CLI_GROUP("Images"),
    {"--data", CLI_TEXT, AT(data), "DATA", .help = "classify images of DATA instead of files"},
    CLI_ROWS(cli_split_rows, AT(split)),
    {"--count", CLI_INTEGER, AT(count), "N", .help = "how many images of DATA to classify (6)", .min = 1,
     .max = 1 << 24},
    {"--first", CLI_INTEGER, AT(first), "N", .help = "index of the first of them, counted from 0 (0)",
     .min = 0, .max = 1 << 30},
    CLI_ROWS(cli_skip_bad_rows, AT(skip_bad)),
    CLI_GROUP("Results"),
    {"--format", CLI_CHOICE, AT(form), .help = "how to print the results; see above (table)",
     .choices = forms},
    {"--top", CLI_INTEGER, AT(top), "N", .help = "show the N most probable classes of each image", .min = 1,
     .max = 1 << 24},
    {"--threshold", CLI_REAL, AT(threshold), "P",
     .help = "leave out classes less probable than P; a table then shows 'unsure'", .min = 0, .max = 1},
    {"--raw", CLI_FLAG, AT(raw),
     .help = "show the raw outputs of a model that does not output probabilities"},
    {"--probabilities", CLI_TEXT, AT(probabilities), "FILE.npy",
     .help = "write the probabilities (with --raw the outputs), images x classes, as a NumPy file, too"},
    CLI_ROWS(cli_ensemble_rows, AT(ensemble)),
    CLI_ROWS(cli_json_rows, AT(json)),
    CLI_ROWS(cli_pixel_rows, AT(pixels)),
    CLI_GROUP("Machine"),
    CLI_ROWS(cli_threads_rows, AT(threads)),
    CLI_ROWS(cli_precision_rows, AT(precision)),
    {0},
};

const cli_usage cli_predict_usage = {
    .command = "predict",
    .title = "classify images with a trained model",
    .operands = "MODEL FILE|FOLDER...\nMODEL --data DATA",
    .min = 1,
    .max = INT16_MAX,
    .help =
        "Predict the class of pictures: files, all picture files in folders and their subfolders, or the "
        "test images of a data set.\n"
        "\n"
        "Formats:\n"
        "  table: one row per class and one column per image, with '*' at the highest value; for "
        "folders, for many classes and with --top, one row per image\n"
        "  lines: one line per image: file, class and probability, separated by tabs (a tab in a name "
        "becomes \\t); --top N gives N classes and probabilities\n"
        "  csv: the same with a header line, and with the label for images of DATA\n"
        "  json: all probabilities of each image, or those of --top N\n"
        "  jsonl: JSON lines: an object for each image, with its probabilities by the names of the classes\n"
        "\n"
        "Lines, CSV, JSON and JSON lines are printed while the images are being read. If a model does not "
        "end in a "
        "softmax, one is applied.\n"
        "\n" CLI_TTA_HELP,
    .example = "  cnn predict runs/first --data fashion-mnist --count 6\n"
               "  cnn predict runs/first photo.png\n"
               "  cnn predict runs/first photos --format csv --top 3",
    .options = options,
};

enum { MAX_CLASSES_DOWN = 40, TOP_OF_MANY = 5 };

/* A model at work on the images of a source, batch by batch. */
typedef struct prediction {
    cli_predict_source source;
    cli_prediction_kind kind;
    cnn_predictor *predictor;
    cnn_ensemble *ensemble;           /* instead, where several answers are averaged */
    bool raw;                         /* the outputs themselves are shown */
    float *images, *outputs, *values; /* of a batch: its pixels, cnn_net_outputs and kind.count values each */
    float *kept; /* for --probabilities: the values of all images, of which `kept_images` are there; NULL */
    int64_t kept_images;
    char **classes;
} prediction;

/* Names of the kinds of outputs, and the note if they are turned into probabilities. */
static const struct output_kind {
    const char *raw, *note;
} output_kinds[] = {
    [CNN_OUTPUT_VALUES] = {"values", NULL},
    [CNN_OUTPUT_LOGITS] = {"logits", "the model outputs logits; softmax applied (--raw shows the logits)"},
    [CNN_OUTPUT_PROBABILITIES] = {"probabilities", NULL},
    [CNN_OUTPUT_LOG_PROBABILITIES] =
        {"log_probabilities",
         "the model outputs log-probabilities; exp applied (--raw shows the log-probabilities)"},
    [CNN_OUTPUT_BINARY] = {"probabilities", NULL},
    [CNN_OUTPUT_SIGMOIDS] = {"probabilities", NULL},
};

/* Raw values are shown if requested, or if they cannot be turned into probabilities. */
static void settle_values(prediction *p, bool raw) {
    const cnn_output_kind kind = cnn_net_output_kind(p->source.net);
    p->raw = kind == CNN_OUTPUT_VALUES || (raw && kind != CNN_OUTPUT_BINARY);
    p->kind.values = p->raw ? output_kinds[kind].raw : "probabilities";
    p->kind.count = p->raw ? cnn_net_outputs(p->source.net) : cnn_net_classes(p->source.net);
    if (!p->raw && output_kinds[kind].note)
        cli_note("%s", output_kinds[kind].note);
}

/* Then outputs are numbers, too, whatever the last layer. */
static bool is_of_numbers(const cli_predict_source *source) {
    return source->data && cnn_data_kind_of(source->data) == CNN_DATA_NUMBERS;
}

/* Names of the values that are shown, in order. */
static void name_classes(prediction *p) {
    p->classes = cli_allocate((size_t)p->kind.count, sizeof *p->classes);
    for (int64_t i = 0; i < p->kind.count; i++)
        p->classes[i] = cli_class_name(p->source.net, is_of_numbers(&p->source) ? NULL : p->source.data, i);
    p->kind.classes = p->classes;
}

/* Which table or format suits what was asked for: rows instead of columns for folders, many classes and --top. */
static void settle_form(prediction *p, const struct arguments *a, const char *model) {
    const bool many = p->kind.count > MAX_CLASSES_DOWN;
    p->kind.model = model;
    p->kind.form = a->json ? CLI_FORM_JSON : (cli_form)a->form;
    p->kind.labelled = p->source.data && cnn_data_kind_of(p->source.data) == CNN_DATA_CLASSES;
    p->kind.threshold = a->threshold > 0 ? a->threshold : -INFINITY;
    p->kind.rows = a->top || many || p->source.files.folders;
    p->kind.top = a->top || p->kind.form != CLI_FORM_TABLE || !many ? a->top : TOP_OF_MANY;
    if (p->kind.top > p->kind.count)
        p->kind.top = p->kind.count;
}

/* What runs a batch, and room for it. */
static int prepare(prediction *p, const struct arguments *a) {
    cnn_error error;
    const cli_predict_source *s = &p->source;
    const int64_t count = s->end - s->first, batch = count < s->batch ? count : s->batch;
    const cnn_predictor_options options = {
        .batch = batch, .threads = (int)a->threads, .precision = (cnn_precision)a->precision};
    const cli_ensemble_request request = {.net = s->net,
                                          .pixels = &a->pixels,
                                          .batch = batch,
                                          .threads = (int)a->threads,
                                          .precision = (cnn_precision)a->precision};
    p->images = cli_allocate((size_t)batch, (size_t)s->pixels * sizeof *p->images);
    p->outputs = cli_allocate((size_t)batch, (size_t)cnn_net_outputs(s->net) * sizeof *p->outputs);
    p->values = cli_allocate((size_t)batch, (size_t)p->kind.count * sizeof *p->values);
    if (a->probabilities)
        p->kept = cli_allocate((size_t)count, (size_t)p->kind.count * sizeof *p->kept);
    if (a->ensemble.tta || a->ensemble.with.count)
        return cli_ensemble_open(&p->ensemble, &a->ensemble, &request);
    return cnn_predictor_new(&p->predictor, s->net, &options, &error) ? cli_fail("%s", error.message)
                                                                      : CLI_GO_ON;
}

/* Run the batch, and turn outputs into probabilities where they are not. */
static cnn_status run(prediction *p, int64_t count, cnn_error *error) {
    if (p->ensemble)
        return cnn_ensemble_run(p->ensemble, p->images, count, p->values, error);
    cnn_status status =
        cnn_predictor_run(p->predictor, p->images, count, p->raw ? p->values : p->outputs, error);
    return status || p->raw ? status
                            : cnn_net_probabilities(p->source.net, p->outputs, count, p->values, error);
}

static void keep_values(prediction *p, int64_t count) {
    if (p->kept)
        memcpy(p->kept + p->kept_images * p->kind.count, p->values,
               (size_t)(count * p->kind.count) * sizeof *p->kept);
    p->kept_images += count;
}

/* Nothing is printed before the first batch has succeeded. */
static int predict_batch(prediction *p, cli_predictions *batch) {
    cnn_error error;
    if (run(p, batch->count, &error))
        return cli_fail("%s", error.message);
    batch->values = p->values;
    keep_values(p, batch->count);
    if (!batch->continues)
        cli_predictions_begin(&p->kind);
    cli_predictions_print(&p->kind, batch);
    return CLI_GO_ON;
}

static int predict_all(prediction *p) {
    cli_predictions batch;
    int code;
    bool begun = false;
    while ((code = cli_predict_read(&p->source, p->images, &batch)) == CLI_GO_ON && batch.count) {
        if (!begun)
            cli_note_negatives(p->source.net, p->images, batch.count,
                               p->source.data ? NULL : p->source.names);
        batch.continues = begun;
        code = predict_batch(p, &batch);
        if (code != CLI_GO_ON)
            break;
        begun = true;
    }
    if (begun) /* what was begun is completed, so that it can be read */
        cli_predictions_end(&p->kind, p->source.skipped, p->source.skipped_count);
    return code == CLI_GO_ON ? CLI_DONE : code;
}

static void release(prediction *p) {
    for (int64_t i = 0; p->classes && i < p->kind.count; i++)
        free(p->classes[i]);
    free(p->classes);
    free(p->images);
    free(p->outputs);
    free(p->values);
    free(p->kept);
    cnn_predictor_free(p->predictor);
    cnn_ensemble_free(p->ensemble);
    cli_predict_source_free(&p->source);
}

/* Everything after the model is open: source, settings, all batches. */
static int predict(const struct arguments *a, const cnn_net *net, const char *model, int files,
                   char **paths) {
    prediction p = {.source = {.net = net, .skip_bad = a->skip_bad}};
    const cli_split_request request = {model, a->data, (cnn_split)a->split, 0, a->skip_bad};
    int code = a->data ? cli_predict_open_data(&p.source, &request, a->first > 0 ? a->first : 0, a->count)
                       : cli_predict_open_files(&p.source, files, paths);
    if (code == CLI_GO_ON) {
        settle_values(&p, a->raw || is_of_numbers(&p.source));
        name_classes(&p);
        settle_form(&p, a, model);
        code = prepare(&p, a);
    }
    if (code == CLI_GO_ON)
        code = predict_all(&p);
    if (code == CLI_DONE && p.kept) {
        code = cli_write_probabilities(a->probabilities, p.kept, p.kept_images, p.kind.count);
        code = code == CLI_GO_ON ? CLI_DONE : code;
    }
    release(&p);
    return code;
}

/* Refuse options that contradict each other; CLI_GO_ON if all is well. */
static int check_options(const struct arguments *a, int files) {
    if (a->data && files)
        return cli_fail_usage("predict: give either image files or --data, not both");
    if (!a->data && !files)
        return cli_fail_usage("predict: nothing to predict: give image files, folders, or --data DATA");
    if (!a->data && (a->count >= 0 || a->first >= 0))
        return cli_fail_usage("predict: --count and --first only apply to --data");
    if (a->json && a->form)
        return cli_fail_usage("predict: --json is short for --format json; give one of them");
    if (a->raw && a->threshold > 0)
        return cli_fail_usage("predict: --threshold is a probability; it cannot be used with --raw");
    if (a->raw && (a->ensemble.tta || a->ensemble.with.count))
        return cli_fail_usage(
            "predict: --tta and --with average probabilities; they cannot be used with --raw");
    return cli_ensemble_check("predict", &a->ensemble);
}

int cli_predict(int count, char **words) {
    struct arguments a = {.count = -1, .first = -1, .split = CNN_SPLIT_TEST};
    int operands, code = cli_parse(&cli_predict_usage, count, words, &a, &operands);
    if (code == CLI_GO_ON)
        code = check_options(&a, operands - 1);
    if (code != CLI_GO_ON)
        return code;
    cnn_net *net;
    code = cli_open_trained(&net, words[0], a.pixels.input_shape);
    if (code != CLI_GO_ON)
        return code;
    code = cli_expect_pixels(&a.pixels, words[0], net);
    if (code == CLI_GO_ON) {
        cli_note_unknown_pixels(net, words[0]);
        code = predict(&a, net, words[0], operands - 1, words + 1);
    }
    cnn_net_free(net);
    return code;
}
