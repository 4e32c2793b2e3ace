/* cnn data info: what a data set holds. */
#include "command.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "table.h"

#include <cnn.h>

#include <stdlib.h>
#include <string.h>

struct arguments {
    bool skip_bad, json;
};

static const cli_option options[] = {
    CLI_ROWS(cli_skip_bad_rows, offsetof(struct arguments, skip_bad)),
    CLI_ROWS(cli_json_rows, offsetof(struct arguments, json)),
    {0},
};

const cli_usage cli_data_info_usage = {
    .command = "data info",
    .title = "what a data set holds",
    .operands = "DATA",
    .least = 1,
    .most = 1,
    .help = "What a data set holds: images for training and testing, their shape (channels x rows x "
            "columns), the\n"
            "images of each class, mean and standard deviation of each channel (pixels in 0..1).",
    .example = "  cnn data info fashion-mnist",
    .options = options,
};

/* One part of a data set, read. */
typedef struct part {
    const char *title, *word;
    cnn_data *data;
    int64_t *counts; /* of each class */
    float *mean, *deviation;
    int64_t shape[3];
} part;

enum { PARTS = 2 };

static cnn_status read_part(part *p, cnn_split split, const char *source, bool skip_bad, cnn_error *error) {
    cnn_data_options open = {.split = split, .skip_bad = skip_bad};
    cnn_status status = cnn_data_open(&p->data, source, &open, error);
    if (status)
        return status;
    cnn_data_shape(p->data, p->shape);
    p->counts = cli_allocate((size_t)cnn_data_classes(p->data), sizeof *p->counts);
    p->mean = cli_allocate((size_t)p->shape[0], sizeof *p->mean);
    p->deviation = cli_allocate((size_t)p->shape[0], sizeof *p->deviation);
    cnn_data_statistics(p->data, p->mean, p->deviation);
    for (int64_t i = 0; i < cnn_data_count(p->data); i++)
        p->counts[cnn_data_label(p->data, i)]++;
    return CNN_OK;
}

static void release_part(part *p) {
    free(p->counts);
    free(p->mean);
    free(p->deviation);
    cnn_data_free(p->data);
}

static void print_values(const char *title, const float *values, int64_t count) {
    printf("%s", title);
    for (int64_t i = 0; i < count; i++)
        printf(" %.4f", (double)values[i]);
}

static void print_part(const part *p) {
    char *shape = cli_shape(p->shape, 3);
    printf("%-9s %s images, %s;", p->title, cli_grouped(cnn_data_count(p->data)).text, shape);
    print_values(" mean", p->mean, p->shape[0]);
    print_values(", deviation", p->deviation, p->shape[0]);
    if (cnn_data_skipped(p->data))
        printf("; %s skipped", cli_grouped(cnn_data_skipped(p->data)).text);
    putchar('\n');
    free(shape);
}

static int64_t class_count(const part *p, int64_t label) {
    return label < cnn_data_classes(p->data) ? p->counts[label] : 0;
}

static int64_t most_classes(const part parts[PARTS]) {
    int64_t most = 0;
    for (int i = 0; i < PARTS; i++)
        if (cnn_data_classes(parts[i].data) > most)
            most = cnn_data_classes(parts[i].data);
    return most;
}

static const char *class_name(const part parts[PARTS], int64_t label) {
    int i = label < cnn_data_classes(parts[0].data) ? 0 : 1;
    return cnn_data_class(parts[i].data, label);
}

static int print_text(const char *source, const part parts[PARTS]) {
    printf("%s (%s), %s classes\n", source, cnn_data_origin(parts[0].data),
           cli_grouped(most_classes(parts)).text);
    for (int i = 0; i < PARTS; i++)
        print_part(&parts[i]);
    cli_table *table = cli_table_new(1 + PARTS, "lr");
    cli_table_cell(table, "Class");
    for (int i = 0; i < PARTS; i++)
        cli_table_cell(table, "%s", parts[i].title);
    cli_table_rule(table);
    for (int64_t label = 0; label < most_classes(parts); label++) {
        cli_table_cell(table, "%s", class_name(parts, label));
        for (int i = 0; i < PARTS; i++)
            cli_table_cell(table, "%s", cli_grouped(class_count(&parts[i], label)).text);
    }
    putchar('\n');
    cli_table_print(table, stdout);
    cli_table_free(table);
    return CLI_DONE;
}

static json_t *values_json(const float *values, int64_t count) {
    json_t *json = json_array();
    for (int64_t i = 0; i < count; i++)
        json_array_append_new(json, json_real((double)values[i]));
    return json;
}

static json_t *part_json(const part *p, int64_t classes) {
    json_t *counts = json_array();
    for (int64_t label = 0; label < classes; label++)
        json_array_append_new(counts, json_integer(class_count(p, label)));
    return json_pack("{sI so so so so sI}", "images", (json_int_t)cnn_data_count(p->data), "shape",
                     cli_json_shape(p->shape, 3), "class_counts", counts, "mean",
                     values_json(p->mean, p->shape[0]), "deviation", values_json(p->deviation, p->shape[0]),
                     "skipped", (json_int_t)cnn_data_skipped(p->data));
}

static int print_json(const char *source, const part parts[PARTS]) {
    json_t *classes = json_array();
    for (int64_t label = 0; label < most_classes(parts); label++)
        json_array_append_new(classes, cli_json_text(class_name(parts, label)));
    json_t *json = json_pack("{so so so}", "data", cli_json_text(source), "origin",
                             cli_json_text(cnn_data_origin(parts[0].data)), "classes", classes);
    for (int i = 0; i < PARTS; i++)
        json_object_set_new(json, parts[i].word, part_json(&parts[i], most_classes(parts)));
    return cli_json_print(json);
}

static int info(const struct arguments *a, const char *source) {
    part parts[PARTS] = {{.title = "Training", .word = "train"}, {.title = "Test", .word = "test"}};
    const cnn_split splits[PARTS] = {CNN_TRAIN, CNN_TEST};
    cnn_error error;
    cnn_status status = CNN_OK;
    for (int i = 0; i < PARTS && !status; i++)
        status = read_part(&parts[i], splits[i], source, a->skip_bad, &error);
    int code;
    if (status)
        code = cli_fail("%s", error.message);
    else
        code = a->json ? print_json(source, parts) : print_text(source, parts);
    for (int i = 0; i < PARTS; i++)
        release_part(&parts[i]);
    return code;
}

int cli_data_info(int count, char **words) {
    struct arguments a = {0};
    int operands, code = cli_parse(&cli_data_info_usage, count, words, &a, &operands);
    return code == CLI_GO_ON ? info(&a, words[0]) : code;
}
