/* cnn data info: what a data set contains. */
#include "command.h"
#include "fit.h"
#include "split_summary.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "pipeline.h"
#include "shared_options.h"
#include "table.h"
#include "wrap.h"

#include <cnn.h>

#include <inttypes.h>
#include <string.h>

struct arguments {
    const char *model, *input_shape;
    bool json;
};

static const cli_option options[] = {
    {"--for", CLI_TEXT, offsetof(struct arguments, model), "MODEL",
     .help = "also show how MODEL turns one of these pictures into its input"},
    CLI_ROWS(cli_input_shape_rows, offsetof(struct arguments, input_shape)),
    CLI_ROWS(cli_json_rows, offsetof(struct arguments, json)),
    {0},
};

const cli_usage cli_data_info_usage = {
    .command = "data info",
    .title = "describe a data set",
    .operands = "DATA",
    .min = 1,
    .max = 1,
    .help = "Describe a data set: how many images it has for training, validation and testing and in each "
            "class; the format, size (height x width) and colour of the files; the mean and standard "
            "deviation of each channel (pixels in 0..1); and which files are left out.",
    .example = "  cnn data info fashion-mnist\n  cnn data info photographs --for runs/first",
    .options = options,
};

enum { SPLITS = 3, MAX_NAMED = 10 };

typedef struct data_set {
    const char *source;
    cli_split_summary splits[SPLITS];
    const cli_split_summary *naming; /* a split that exists; it knows all classes */
    bool divided;                    /* whether the source is divided into splits */
    cnn_net *net;                    /* the model of --for; NULL: none */
    bool trained;                    /* whether that brought parameters */
} data_set;

/* Read every split that the source has; all images count as training where it is not divided. */
static cnn_status read_splits(data_set *set, cnn_error *error) {
    static const cnn_split kinds[SPLITS] = {CNN_SPLIT_TRAIN, CNN_SPLIT_VALIDATION, CNN_SPLIT_TEST};
    bool has[SPLITS] = {false};
    cnn_status status = CNN_OK;
    for (int i = 0; i < SPLITS && !status; i++) {
        status = cnn_data_has(set->source, kinds[i], &has[i], error);
        set->divided |= has[i];
    }
    for (int i = 0; i < SPLITS && !status; i++) {
        if (!has[i] && (set->divided || kinds[i] != CNN_SPLIT_TRAIN))
            continue;
        status = cli_split_summary_read(&set->splits[i], kinds[i], set->source, error);
        set->naming = set->naming ? set->naming : &set->splits[i];
    }
    return status;
}

/* ---- As text --------------------------------------------------------------------------------------- */

/* A row of the table: its title, and what `cell` prints for each split that exists. */
typedef void cell_function(cli_table *table, const cli_split_summary *split, int64_t index);

/* Fill a row whose title stands already. */
static void print_row(const data_set *set, cli_table *table, cell_function *cell, int64_t index) {
    for (int i = 0; i < SPLITS; i++)
        if (set->splits[i].data)
            cell(table, &set->splits[i], index);
}

static void title_cell(cli_table *table, const cli_split_summary *split, int64_t index) {
    (void)index;
    cli_table_cell(table, "%s", split->title);
}

static void class_cell(cli_table *table, const cli_split_summary *split, int64_t label) {
    cli_table_cell(table, "%s", cli_grouped(cli_split_summary_class(split, label)).text);
}

static void format_cell(cli_table *table, const cli_split_summary *split, int64_t index) {
    (void)index;
    char text[256] = "";
    for (int i = 0; i < CLI_PICTURE_KINDS && split->formats[i]; i++) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%s %s", i ? ", " : "",
                 cli_grouped(split->format_counts[i]).text, split->formats[i]);
    }
    cli_table_cell(table, "%s", text);
}

enum { IMAGES, GREY, COLOUR, TRANSPARENT, SKIPPED };

/* One of the numbers of images that the table shows. */
static int64_t number_of(const cli_split_summary *split, int64_t which) {
    const int64_t numbers[] = {cnn_data_count(split->data), split->grey, split->colour, split->transparent,
                               cnn_data_skipped(split->data)};
    return numbers[which];
}

static void number_cell(cli_table *table, const cli_split_summary *split, int64_t which) {
    cli_table_cell(table, "%s", cli_grouped(number_of(split, which)).text);
}

/* A row of numbers; left out where all are 0, unless `always`. */
static void print_number_row(const data_set *set, cli_table *table, const char *title, int64_t which,
                             bool always) {
    for (int i = 0; i < SPLITS && !always; i++)
        always = set->splits[i].data && number_of(&set->splits[i], which) > 0;
    if (!always)
        return;
    cli_table_cell(table, "%s", title);
    print_row(set, table, number_cell, which);
}

enum { SMALLEST, LARGEST, USUAL };

static void size_cell(cli_table *table, const cli_split_summary *split, int64_t which) {
    const int64_t *size = which == SMALLEST  ? split->smallest
                          : which == LARGEST ? split->largest
                                             : split->usual;
    cli_table_cell(table, "%" PRId64 "x%" PRId64, size[0], size[1]);
}

/* A single row if all images of all splits have the same size. */
static void print_size_rows(const data_set *set, cli_table *table) {
    static const char *const titles[] = {"smallest", "largest", "most frequent"};
    const int64_t *first = set->naming->smallest;
    bool same = true;
    for (int i = 0; i < SPLITS; i++)
        if (set->splits[i].data)
            same = same && !memcmp(set->splits[i].smallest, first, 2 * sizeof *first) &&
                   !memcmp(set->splits[i].largest, first, 2 * sizeof *first);
    for (int which = same ? USUAL : SMALLEST; which <= USUAL; which++) {
        cli_table_cell(table, "%s", same ? "size" : titles[which]);
        print_row(set, table, size_cell, which);
    }
}

static void mean_cell(cli_table *table, const cli_split_summary *split, int64_t channel) {
    cli_table_cell(table, "%.4f", (double)split->mean[channel < split->shape[0] ? channel : 0]);
}

static void deviation_cell(cli_table *table, const cli_split_summary *split, int64_t channel) {
    cli_table_cell(table, "%.4f", (double)split->deviation[channel < split->shape[0] ? channel : 0]);
}

/* One row for each channel, by colour where there are three. */
static void print_statistics_rows(const data_set *set, cli_table *table, const char *title,
                                  cell_function *cell) {
    static const char *const colours[] = {" red", " green", " blue"};
    int64_t channels = 1;
    for (int i = 0; i < SPLITS; i++)
        if (set->splits[i].data && set->splits[i].shape[0] > channels)
            channels = set->splits[i].shape[0];
    for (int64_t c = 0; c < channels; c++) {
        cli_table_cell(table, "%s%s", title, channels == 3 ? colours[c] : "");
        print_row(set, table, cell, c);
    }
}

static void print_class_rows(const data_set *set, cli_table *table) {
    for (int64_t label = 0; label < cnn_data_classes(set->naming->data); label++) {
        cli_table_cell(table, "%s", cnn_data_class(set->naming->data, label));
        print_row(set, table, class_cell, label);
    }
    cli_table_rule(table);
}

static void print_table(const data_set *set, int splits) {
    cli_table *table = cli_table_new(1 + splits, "lr");
    cli_table_cell(table, "Images");
    print_row(set, table, title_cell, 0);
    cli_table_rule(table);
    cli_table_cell(table, "format");
    print_row(set, table, format_cell, 0);
    print_number_row(set, table, "grey", GREY, false);
    print_number_row(set, table, "colour", COLOUR, false);
    print_number_row(set, table, "with transparency", TRANSPARENT, false);
    print_number_row(set, table, "unreadable", SKIPPED, false);
    print_size_rows(set, table);
    print_statistics_rows(set, table, "mean", mean_cell);
    print_statistics_rows(set, table, "deviation", deviation_cell);
    cli_table_rule(table);
    if (cnn_data_kind_of(set->naming->data) != CNN_DATA_NUMBERS)
        print_class_rows(set, table);
    print_number_row(set, table, "in all", IMAGES, true);
    cli_table_print(table, stdout);
    cli_table_free(table);
}

/* The first files that could not be read, with their reasons. */
static void print_skipped(const cli_split_summary *split) {
    int64_t skipped = cnn_data_skipped(split->data);
    if (skipped)
        puts("\n"
             "Files that could not be read:");
    for (int64_t i = 0; i < skipped && i < MAX_NAMED; i++)
        cli_print_words("  %s\n", cnn_data_skipped_reason(split->data, i));
    if (skipped > MAX_NAMED)
        cli_print_words("  and %s more (--json lists them all)\n", cli_grouped(skipped - MAX_NAMED).text);
}

static int print_text(const data_set *set) {
    const cnn_data *data = set->naming->data;
    int splits = 0;
    for (int i = 0; i < SPLITS; i++)
        splits += set->splits[i].data != NULL;
    const char *origin = cnn_data_origin(data);
    bool found = strcmp(set->source, origin) != 0;
    cli_print_words("%s%s%s%s, %s %s\n\n", set->source, found ? " (" : "", found ? origin : "",
                    found ? ")" : "", cli_grouped(cnn_data_outputs(data)).text, cli_data_kind_words(data));
    print_table(set, splits);
    for (int i = 0; i < SPLITS; i++)
        if (set->splits[i].data)
            print_skipped(&set->splits[i]);
    if (set->net)
        cli_pipeline_print(set->net, set->trained);
    return CLI_DONE;
}

/* ---- As JSON --------------------------------------------------------------------------------------- */

static json_t *values_json(const float *values, int64_t count) {
    json_t *json = json_array();
    for (int64_t i = 0; i < count; i++)
        cli_json_add(json, cli_json_real((double)values[i]));
    return json;
}

static json_t *counts_json(const cli_split_summary *split, int64_t classes) {
    json_t *json = json_array();
    for (int64_t label = 0; label < classes; label++)
        cli_json_add(json, json_integer(cli_split_summary_class(split, label)));
    return json;
}

static json_t *pictures_json(const cli_split_summary *split) {
    json_t *formats = json_object();
    for (int i = 0; i < CLI_PICTURE_KINDS && split->formats[i]; i++)
        cli_json_set(formats, split->formats[i], json_integer((json_int_t)split->format_counts[i]));
    return json_pack("{so sI sI sI so so so sI}", "formats", formats, "grey", (json_int_t)split->grey,
                     "colour", (json_int_t)split->colour, "transparent", (json_int_t)split->transparent,
                     "smallest", cli_json_shape(split->smallest, 2), "largest",
                     cli_json_shape(split->largest, 2), "most_frequent", cli_json_shape(split->usual, 2),
                     "most_frequent_images", (json_int_t)split->usual_count);
}

static json_t *skipped_json(const cnn_data *data) {
    json_t *json = json_array();
    for (int64_t i = 0; i < cnn_data_skipped(data); i++)
        cli_json_add(json, json_pack("{so so}", "file", cli_json_text(cnn_data_skipped_name(data, i)),
                                     "reason", cli_json_text(cnn_data_skipped_reason(data, i))));
    return json;
}

static json_t *ignored_json(const cnn_data *data) {
    json_t *json = json_object();
    const char *ending;
    int64_t count;
    for (int64_t i = 0; (ending = cnn_data_ignored(data, i, &count)); i++)
        cli_json_set(json, ending, json_integer((json_int_t)count));
    return json;
}

static json_t *split_json(const cli_split_summary *split, int64_t classes) {
    if (!split->data)
        return json_pack("{si si}", "images", 0, "skipped", 0);
    return json_pack("{sI so so so so so sI so so}", "images", (json_int_t)cnn_data_count(split->data),
                     "shape", cli_json_shape(split->shape, 3), "class_counts", counts_json(split, classes),
                     "mean", values_json(split->mean, split->shape[0]), "deviation",
                     values_json(split->deviation, split->shape[0]), "files", pictures_json(split), "skipped",
                     (json_int_t)cnn_data_skipped(split->data), "skipped_files", skipped_json(split->data),
                     "ignored", ignored_json(split->data));
}

static json_t *notes_json(const data_set *set) {
    json_t *json = json_array();
    for (int p = 0; p < SPLITS; p++)
        for (int64_t i = 0; set->splits[p].data && cnn_data_note(set->splits[p].data, i); i++)
            cli_json_add(json, cli_json_text(cnn_data_note(set->splits[p].data, i)));
    return json;
}

static int print_json(const data_set *set) {
    const cnn_data *data = set->naming->data;
    int64_t count = cnn_data_classes(data);
    json_t *classes = json_array();
    for (int64_t label = 0; label < count; label++)
        cli_json_add(classes, cli_json_text(cnn_data_class(data, label)));
    json_t *json =
        json_pack("{so so sb so}", "data", cli_json_text(set->source), "origin",
                  cli_json_text(cnn_data_origin(data)), "divided", set->divided, "classes", classes);
    for (int i = 0; i < SPLITS; i++)
        cli_json_set(json, set->splits[i].word, split_json(&set->splits[i], count));
    cli_json_set(json, "notes", notes_json(set));
    if (set->net)
        cli_json_set(json, "pipeline", cli_pipeline_json(set->net, set->trained));
    return cli_json_print(json);
}

int cli_data_info(int count, char **words) {
    struct arguments a = {0};
    int operands, code = cli_parse(&cli_data_info_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    cnn_error error;
    data_set set = {.source = words[0],
                    .splits = {{.title = "training", .word = "train"},
                               {.title = "validation", .word = "validation"},
                               {.title = "test", .word = "test"}}};
    if (a.input_shape && !a.model)
        return cli_fail_usage(
            "data info: --input-shape is the size of the images of --for MODEL, which is missing");
    if (a.model)
        code = cli_open_net(&set.net, a.model, a.input_shape, &set.trained);
    if (code != CLI_GO_ON)
        return code;
    const cnn_status status = read_splits(&set, &error);
    if (!set.divided)
        set.splits[0].title = "all";
    if (status)
        code = cli_fail("%s", error.message);
    else
        code = a.json ? print_json(&set) : print_text(&set);
    fflush(stdout);
    for (int i = 0; i < SPLITS; i++) {
        if (!status && set.splits[i].data)
            cli_print_notes(set.splits[i].data);
        cli_split_summary_release(&set.splits[i]);
    }
    cnn_net_free(set.net);
    return code;
}
