/* Predictions as other programs read them: lines, CSV, JSON. */
#include "prediction.h"

#include "output.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cli_highest_classes(const float *values, int64_t classes, int64_t max, int64_t *order) {
    for (int64_t i = 0; i < classes; i++) {
        int64_t place = i < max ? i : max - 1;
        if (i >= max && !(values[i] > values[order[place]]))
            continue;
        for (; place > 0 && values[i] > values[order[place - 1]]; place--)
            order[place] = order[place - 1];
        order[place] = i;
    }
}

char *cli_prediction_name(const cli_predictions *p, int64_t image) {
    return p->names[image] ? cli_format("%s", p->names[image]) : cli_format("%" PRId64, p->first + image);
}

int64_t cli_prediction_top(const cli_prediction_kind *kind) {
    return kind->top ? kind->top : 1;
}

/* ---- Lines of fields ------------------------------------------------------------------------------- */

/* Tab-separated: what would end a field or a line is written \t, \n, \r; a backslash \\. */
static void print_escaped(const char *text) {
    static const char special[] = "\t\n\r\\", letters[] = "tnr\\";
    for (; *text; text++) {
        const char *found = strchr(special, *text);
        if (found)
            printf("\\%c", letters[found - special]);
        else
            putchar(*text);
    }
}

/* RFC 4180: in quotes if need be, and quotes doubled. */
static void print_quoted(const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

/* Programs get names as they are; on a terminal they are cleaned, but for what the form escapes. */
static void print_field(cli_form form, const char *text) {
    char *field = cli_format("%s", text);
    if (isatty(STDOUT_FILENO))
        cli_text_clean(field, form == CLI_FORM_CSV ? "\n" : "\t\n\r");
    if (form == CLI_FORM_CSV)
        print_quoted(field);
    else
        print_escaped(field);
    free(field);
}

/* The classes of one image in falling order, as the form separates them. */
static void print_fields(const cli_prediction_kind *kind, const cli_predictions *p, int64_t image,
                         int64_t *order) {
    const bool csv = kind->form == CLI_FORM_CSV;
    const char separator = csv ? ',' : '\t';
    const float *values = p->values + image * kind->count;
    const int64_t top = cli_prediction_top(kind);
    char *name = cli_prediction_name(p, image);
    cli_highest_classes(values, kind->count, top, order);
    print_field(kind->form, name);
    free(name);
    if (csv && kind->labelled) {
        putchar(separator);
        print_field(kind->form, p->labels[image]);
    }
    for (int64_t i = 0; i < top; i++) {
        const double value = (double)values[order[i]];
        putchar(separator);
        print_field(kind->form, value >= kind->threshold ? kind->classes[order[i]] : "");
        printf("%c%.6g", separator, value);
    }
    putchar('\n');
}

/* The header line, which names as many classes as each line has. */
static void begin_csv(const cli_prediction_kind *kind) {
    const char *value = !strcmp(kind->values, "probabilities") ? "probability" : "value";
    printf("image%s,predicted,%s", kind->labelled ? ",label" : "", value);
    for (int64_t i = 2; i <= kind->top; i++)
        printf(",predicted_%" PRId64 ",%s_%" PRId64, i, value, i);
    putchar('\n');
}

/* ---- JSON ------------------------------------------------------------------------------------------ */

static json_t *value_json(const cli_prediction_kind *kind, const float *values, int64_t class) {
    return json_pack("{so so}", "class", cli_json_text(kind->classes[class]), "value",
                     cli_json_real((double)values[class]));
}

/* One image: its name, label, and classes or probabilities. */
static json_t *image_json(const cli_prediction_kind *kind, const cli_predictions *p, int64_t image,
                          int64_t *order) {
    const float *values = p->values + image * kind->count;
    const int64_t shown = kind->top ? kind->top : kind->count;
    const bool named = kind->form == CLI_FORM_JSONL && !kind->top; /* a line stands for itself */
    json_t *json = json_object(), *list = named ? json_object() : json_array();
    cli_highest_classes(values, kind->count, cli_prediction_top(kind), order);
    cli_json_set(json, "image",
                 p->names[image] ? cli_json_text(p->names[image])
                                 : json_integer((json_int_t)(p->first + image)));
    if (kind->labelled)
        cli_json_set(json, "label", cli_json_text(p->labels[image]));
    cli_json_set(json, "predicted",
                 (double)values[order[0]] >= kind->threshold ? cli_json_text(kind->classes[order[0]])
                                                             : json_null());
    for (int64_t i = 0; i < shown; i++)
        if (named)
            cli_json_set(list, kind->classes[i], cli_json_real((double)values[i]));
        else
            cli_json_add(list,
                         kind->top ? value_json(kind, values, order[i]) : cli_json_real((double)values[i]));
    cli_json_set(json, kind->top ? "top" : "values", list);
    return json;
}

static json_t *texts_json(char *const *texts, int64_t count) {
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        cli_json_add(list, cli_json_text(texts[i]));
    return list;
}

/* The document is written as it comes about: a line for each image. */
static void begin_json(const cli_prediction_kind *kind) {
    printf("{\n  \"model\": ");
    cli_json_write(cli_json_text(kind->model), JSON_ENCODE_ANY);
    printf(",\n  \"output\": \"%s\",\n  \"classes\": ", kind->values);
    cli_json_write(texts_json(kind->classes, kind->count), JSON_ENCODE_ANY);
    printf(",\n  \"images\": [");
}

/* ---- All forms ------------------------------------------------------------------------------------- */

void cli_predictions_begin(const cli_prediction_kind *kind) {
    if (kind->form == CLI_FORM_CSV)
        begin_csv(kind);
    else if (kind->form == CLI_FORM_JSON)
        begin_json(kind);
}

/* One image in the form that was chosen; tables are printed by the batch. */
static void print_one(const cli_prediction_kind *kind, const cli_predictions *p, int64_t image,
                      int64_t *order) {
    if (kind->form == CLI_FORM_JSON)
        printf("%s\n    ", image || p->continues ? "," : "");
    if (kind->form == CLI_FORM_JSON || kind->form == CLI_FORM_JSONL)
        cli_json_write(image_json(kind, p, image, order), JSON_ENCODE_ANY);
    else
        print_fields(kind, p, image, order);
    if (kind->form == CLI_FORM_JSONL)
        putchar('\n');
}

void cli_predictions_print(const cli_prediction_kind *kind, const cli_predictions *p) {
    if (kind->form == CLI_FORM_TABLE) {
        cli_predictions_print_table(kind, p);
        return;
    }
    int64_t *order = cli_allocate((size_t)cli_prediction_top(kind), sizeof *order);
    for (int64_t image = 0; image < p->count; image++)
        print_one(kind, p, image, order);
    free(order);
    fflush(stdout); /* whoever reads along through a pipe wants it now */
}

void cli_predictions_end(const cli_prediction_kind *kind, char *const *skipped, int64_t count) {
    if (kind->form != CLI_FORM_JSON)
        return;
    printf("\n  ],\n  \"skipped\": ");
    cli_json_write(texts_json(skipped, count), JSON_ENCODE_ANY);
    puts("\n}");
}
