/* cnn predict: the deck's table, classes down and images across. */
#include "command.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "table.h"
#include "text.h"

#include <cnn.h>

#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *data;
    int64_t count /* -1: not given */, first /* -1: not given */, threads;
    bool skip_bad, json;
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    {"--data", CLI_TEXT, AT(data), "DATA", .help = "predict test images of DATA, instead of files"},
    {"--count", CLI_INTEGER, AT(count), "N", .help = "how many images of DATA (6)", .least = 1,
     .most = 1 << 24},
    {"--first", CLI_INTEGER, AT(first), "N", .help = "the first of them, counted from 0 (0)", .least = 0,
     .most = 1 << 30},
    CLI_ROWS(cli_threads_rows, AT(threads)),
    CLI_ROWS(cli_skip_bad_rows, AT(skip_bad)),
    CLI_ROWS(cli_json_rows, AT(json)),
    {0},
};

const cli_usage cli_predict_usage = {
    .command = "predict",
    .title = "classify images with a trained model",
    .operands = "MODEL IMAGE...  |  cnn predict MODEL --data DATA --count N",
    .least = 1,
    .most = INT16_MAX,
    .help = "What a trained model sees in images: PNG and JPEG files, or test images of a data set. Classes "
            "down,\n"
            "images across; '*' marks the highest value of each image.",
    .example = "  cnn predict runs/first --data fashion-mnist --count 6\n  cnn predict runs/first photo.png",
    .options = options,
};

enum { DEFAULT_COUNT = 6, LONGEST_HEAD = 16 };

/* Images, what they are called, and what the network makes of them. Zero-initialised, then filled. */
typedef struct prediction {
    const char *model;
    const cnn_net *net;
    cnn_data *data; /* NULL: files */
    int64_t count, classes, pixels;
    float *images; /* count x pixels */
    float *
        outputs; /* count x classes: probabilities, whatever the network gives, unless its outputs are no scores */
    char **heads;  /* of each image: its label, or its file */
    char **names;  /* of the classes */
    int64_t first; /* number of the first image within the data */
} prediction;

static int64_t highest(const prediction *p, int64_t image) {
    const float *values = p->outputs + image * p->classes;
    int64_t best = 0;
    for (int64_t output = 1; output < p->classes; output++)
        if (values[output] > values[best])
            best = output;
    return best;
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

static void print_block(const prediction *p, int64_t from, int64_t to) {
    cli_table *table = cli_table_new((int)(to - from) + 1, "lr");
    cli_table_cell(table, "%s", p->data ? "label" : "image");
    for (int64_t image = from; image < to; image++) {
        char *head = short_head(p->heads[image]);
        cli_table_cell(table, "%s ", head); /* stands over the digits, beside the column of stars */
        free(head);
    }
    cli_table_rule(table);
    for (int64_t output = 0; output < p->classes; output++) {
        cli_table_cell(table, "%s", p->names[output]);
        for (int64_t image = from; image < to; image++)
            cli_table_cell(table, "%.2f%c", (double)p->outputs[image * p->classes + output],
                           highest(p, image) == output ? '*' : ' ');
    }
    cli_table_rule(table);
    cli_table_cell(table, "predicted");
    for (int64_t image = from; image < to; image++)
        cli_table_cell(table, "%s ", p->names[highest(p, image)]);
    cli_table_print(table, stdout);
    cli_table_free(table);
}

/* How many images stand side by side: as many as fit the terminal, in blocks of about the same size. */
static int64_t block_size(const prediction *p) {
    int name = (int)strlen("predicted"), column = (int)strlen("-0.00*");
    for (int64_t i = 0; i < p->classes; i++)
        if (cli_text_width(p->names[i]) > name)
            name = cli_text_width(p->names[i]);
    for (int64_t i = 0; i < p->count; i++) {
        char *head = short_head(p->heads[i]);
        int predicted = cli_text_width(p->names[highest(p, i)]), width = cli_text_width(head);
        free(head);
        width = (width > predicted ? width : predicted) + 1;
        column = width > column ? width : column;
    }
    int fit = (cli_terminal_width(stdout) - name) / (column + 2);
    int64_t blocks = fit < 1 ? p->count : (p->count + fit - 1) / fit;
    return (p->count + blocks - 1) / blocks;
}

static int print_text(const prediction *p) {
    int64_t size = block_size(p);
    for (int64_t from = 0; from < p->count; from += size) {
        if (from)
            putchar('\n');
        print_block(p, from, from + size < p->count ? from + size : p->count);
    }
    return CLI_DONE;
}

static json_t *image_json(const prediction *p, int64_t image) {
    json_t *values = json_array();
    for (int64_t output = 0; output < p->classes; output++)
        json_array_append_new(values, json_real((double)p->outputs[image * p->classes + output]));
    json_t *predicted = cli_json_text(p->names[highest(p, image)]);
    if (p->data)
        return json_pack("{sI so so so}", "image", (json_int_t)(p->first + image), "label",
                         cli_json_text(p->heads[image]), "predicted", predicted, "values", values);
    return json_pack("{so so so}", "image", cli_json_text(p->heads[image]), "predicted", predicted, "values",
                     values);
}

static int print_json(const prediction *p) {
    json_t *classes = json_array(), *images = json_array();
    for (int64_t i = 0; i < p->classes; i++)
        json_array_append_new(classes, cli_json_text(p->names[i]));
    for (int64_t i = 0; i < p->count; i++)
        json_array_append_new(images, image_json(p, i));
    return cli_json_print(
        json_pack("{so so so}", "model", cli_json_text(p->model), "classes", classes, "images", images));
}

/* Take room for p->count images. */
static void make_room(prediction *p) {
    int64_t shape[3];
    cnn_net_input(p->net, shape);
    p->pixels = shape[0] * shape[1] * shape[2]; /* a network's input has been checked not to overflow */
    p->classes = cnn_net_classes(p->net);
    p->images = cli_allocate((size_t)p->count, (size_t)p->pixels * sizeof *p->images);
    p->outputs = cli_allocate((size_t)p->count, (size_t)p->classes * sizeof *p->outputs);
    p->heads = cli_allocate((size_t)p->count, sizeof *p->heads);
    p->names = cli_allocate((size_t)p->classes, sizeof *p->names);
}

static int read_data(prediction *p, const struct arguments *a) {
    cnn_error error;
    int64_t count = a->count > 0 ? a->count : DEFAULT_COUNT, first = a->first > 0 ? a->first : 0;
    p->data = cli_open_data(p->net, a->data, CNN_TEST, first + count, a->skip_bad);
    if (!p->data)
        return CLI_FAILED;
    if (cnn_data_count(p->data) < first + count)
        return cli_fail("%s has %lld test images; --first %lld --count %lld asks for more", a->data,
                        (long long)cnn_data_count(p->data), (long long)first, (long long)count);
    p->count = count;
    p->first = first;
    make_room(p);
    for (int64_t i = 0; i < count; i++)
        p->heads[i] = cli_format("%s", cnn_data_class(p->data, cnn_data_label(p->data, first + i)));
    if (cnn_data_images(p->data, first, count, p->images, &error))
        return cli_fail("%s", error.message);
    return CLI_GO_ON;
}

static int read_files(prediction *p, int count, char **files) {
    cnn_error error;
    cnn_image_options options = cli_image_options(p->net);
    p->count = count;
    make_room(p);
    for (int i = 0; i < count; i++) {
        p->heads[i] = cli_format("%s", files[i]);
        if (cnn_image_read(files[i], &options, p->images + i * p->pixels, &error))
            return cli_fail("%s", error.message);
    }
    return CLI_GO_ON;
}

/* Logits become probabilities, one sigmoid those of two classes. Outputs that are no scores stay as they are. */
static cnn_status take_probabilities(prediction *p, cnn_error *error) {
    if (cnn_net_output_kind(p->net) == CNN_VALUES)
        return CNN_OK;
    float *probabilities = cli_allocate((size_t)p->count, (size_t)p->classes * sizeof *probabilities);
    cnn_status status = cnn_net_probabilities(p->net, p->outputs, p->count, probabilities, error);
    free(p->outputs);
    p->outputs = probabilities;
    return status;
}

static int run(prediction *p, int threads) {
    cnn_error error;
    cnn_predictor *predictor;
    cnn_predictor_options predict = {.batch = p->count < 128 ? p->count : 128, .threads = threads};
    cnn_status status = cnn_predictor_new(&predictor, p->net, &predict, &error);
    if (!status) {
        status = cnn_predictor_run(predictor, p->images, p->count, p->outputs, &error);
        cnn_predictor_free(predictor);
    }
    if (!status)
        status = take_probabilities(p, &error);
    return status ? cli_fail("%s", error.message) : CLI_GO_ON;
}

static void release(prediction *p) {
    for (int64_t i = 0; p->heads && i < p->count; i++)
        free(p->heads[i]);
    for (int64_t i = 0; p->names && i < p->classes; i++)
        free(p->names[i]);
    free(p->heads);
    free(p->names);
    free(p->images);
    free(p->outputs);
    cnn_data_free(p->data);
}

static int predict(const struct arguments *a, const cnn_net *net, const char *model, int files,
                   char **paths) {
    prediction p = {.model = model, .net = net};
    int code = a->data ? read_data(&p, a) : read_files(&p, files, paths);
    if (code == CLI_GO_ON)
        code = run(&p, (int)a->threads);
    if (code == CLI_GO_ON) {
        for (int64_t i = 0; i < p.classes; i++)
            p.names[i] = cli_class_name(net, p.data, i);
        code = a->json ? print_json(&p) : print_text(&p);
    }
    release(&p);
    return code;
}

static int check_options(const struct arguments *a, int files) {
    if (a->data && files)
        return cli_fail_usage("predict: either image files or --data, not both");
    if (!a->data && !files)
        return cli_fail_usage("predict: what to predict is missing: image files, or --data DATA");
    if (!a->data && (a->count >= 0 || a->first >= 0))
        return cli_fail_usage("predict: --count and --first go with --data alone");
    if (!a->data && a->skip_bad)
        return cli_fail_usage("predict: --skip-bad goes with --data alone");
    return CLI_GO_ON;
}

int cli_predict(int count, char **words) {
    struct arguments a = {.count = -1, .first = -1};
    int operands, code = cli_parse(&cli_predict_usage, count, words, &a, &operands);
    if (code == CLI_GO_ON)
        code = check_options(&a, operands - 1);
    if (code != CLI_GO_ON)
        return code;
    cnn_net *net = cli_open_trained(words[0]);
    if (!net)
        return CLI_FAILED;
    code = predict(&a, net, words[0], operands - 1, words + 1);
    cnn_net_free(net);
    return code;
}
