/* cnn explain --at: how one value came about, product by product, and which pixels it depends on. */
#include "explain.h"

#include "folder.h"
#include "map_picture.h"
#include "options.h"
#include "output.h"
#include "wrap.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A value with its account; `shape` is that of its layer's output. */
typedef struct question {
    const cli_explaining *e;
    const char *layer;
    int rank;
    int64_t at[3], shape[3];
    int64_t index;
    cnn_layer_info info;
    cnn_account account;
    cnn_receptive_field field;
    float gradient; /* of the loss by the value, if there was one */
} question;

/* ---- What is asked --------------------------------------------------------------------------------- */

/* "3", "3,4,5": channel, row, column. */
static int read_place(question *q, const char *text) {
    int count = 0;
    for (const char *at = text; count < 3;) {
        char *end;
        errno = 0;
        q->at[count] = strtoll(at, &end, 10);
        if (end == at || errno || (*end && *end != ','))
            break;
        count++;
        if (!*end)
            return count == 1 || count == 3
                       ? CLI_GO_ON
                       : cli_fail_usage("explain: --at expects CHANNEL,ROW,COLUMN, not '%s'", text);
        at = end + 1;
    }
    return cli_fail_usage(
        "explain: --at expects CHANNEL,ROW,COLUMN (of a vector one number), each from 0, not '%s'", text);
}

/* Layer, place and account, and the receptive field. */
static int answer(question *q) {
    cnn_error error;
    cnn_layer number;
    const cnn_inspector *inspector = q->e->inspector;
    cnn_status status = cnn_inspector_find(inspector, q->layer, &number, &error);
    if (!status)
        status = cnn_inspector_index(inspector, q->layer, q->at, &q->index, &error);
    if (!status)
        status = cnn_inspector_account(inspector, q->layer, 0, q->index, &q->account, &error);
    if (!status)
        status = cnn_net_layer(q->e->net, number, &q->info, &error);
    if (!status)
        status = cnn_inspector_receptive_field(inspector, q->layer, q->index, &q->field, NULL, &error);
    return status ? cli_fail("%s: %s", q->e->model, error.message) : CLI_GO_ON;
}

/* The gradient of the loss by the value. */
static int read_gradient(question *q) {
    cli_layer_maps maps;
    if (!q->e->gradient)
        return CLI_GO_ON;
    int code = cli_layer_maps_read(q->e, q->layer, &maps);
    if (code == CLI_GO_ON)
        q->gradient = maps.values[q->index];
    cli_layer_maps_free(&maps);
    return code;
}

/* ---- In words -------------------------------------------------------------------------------------- */

/* Name and shape of one of the layer's inputs; the shape's rank. */
static int input_shape(const question *q, int input, const char **name, int64_t shape[3]) {
    cnn_layer_info info;
    const cnn_layer from = q->info.input[input];
    *name = "input";
    cnn_net_input(q->e->net, shape);
    if (from == CNN_NETWORK_INPUT || cnn_net_layer(q->e->net, from, &info, NULL) != CNN_OK)
        return 3;
    *name = info.name;
    memcpy(shape, info.output, sizeof info.output);
    return info.rank;
}

/* Which channel of which input a term's value is of; a term in the padding has that of the term before it. */
typedef struct source {
    int input;
    int64_t channel;
} source;

static source source_of(const question *q, const cnn_term *term, source before) {
    const char *name;
    int64_t shape[3];
    if (term->index < 0)
        return before;
    const int rank = input_shape(q, term->input, &name, shape);
    return (source){term->input, rank == 1 ? 0 : term->index / (shape[1] * shape[2])};
}

static void name_source(const question *q, source s) {
    const char *name;
    int64_t shape[3];
    const int rank = input_shape(q, s.input, &name, shape);
    if (rank == 1)
        cli_print_words("  %s:\n", name);
    else
        cli_print_words("  %s, channel %" PRId64 ":\n", name, s.channel);
}

/* "(0.5 x -0.12)"; without a factor "0.5". The winner of a window is marked. */
static void write_term(cli_wrapping *lines, const question *q, int64_t t, bool first) {
    const cnn_term *term = &q->account.terms[t];
    const char *plus = first ? "    " : q->account.kind == CNN_ACCOUNT_SUM ? " + " : "  ";
    if (q->account.kind == CNN_ACCOUNT_SUM)
        cli_wrap_unbroken(lines, "%s(%s x %s)", plus, cli_value(term->value).text,
                          cli_value(term->factor).text);
    else
        cli_wrap_unbroken(lines, "%s%s%s", plus, cli_value(term->product).text,
                          t == q->account.winner ? "*" : "");
}

/* The terms of one channel, and what they come to if there are several channels. */
static int64_t write_channel(const question *q, int64_t first, source own) {
    const cnn_account *a = &q->account;
    cli_wrapping lines = cli_wrapping_start(stdout, 4);
    double sum = 0;
    int64_t t = first;
    for (; t < a->count; t++) {
        const source of = source_of(q, &a->terms[t], own);
        if (of.input != own.input || of.channel != own.channel)
            break;
        write_term(&lines, q, t, t == first);
        sum += a->terms[t].product;
    }
    if (a->kind == CNN_ACCOUNT_SUM)
        cli_wrap_unbroken(&lines, " = %s", cli_value(sum).text);
    cli_wrap_end_line(&lines);
    return t;
}

/* Of the terms from `from` on, which may begin in the padding. */
static source first_source(const question *q, int64_t from) {
    source s = {0, 0};
    while (from < q->account.count && q->account.terms[from].index < 0)
        from++;
    return from < q->account.count ? source_of(q, &q->account.terms[from], s) : s;
}

static int compare_terms(const void *a, const void *b) {
    const double x = fabs(((const cnn_term *)a)->product), y = fabs(((const cnn_term *)b)->product);
    return (x < y) - (x > y);
}

/* Of very many terms those that count most, and what the others come to. */
static void write_largest(const question *q) {
    const cnn_account *a = &q->account;
    cnn_term *sorted = cli_allocate((size_t)a->count, sizeof *sorted);
    double rest = 0;
    memcpy(sorted, a->terms, (size_t)a->count * sizeof *sorted);
    qsort(sorted, (size_t)a->count, sizeof *sorted, compare_terms);
    cli_print_words("\nThe %d largest of %s products (--json has all)\n", CLI_LARGEST_TERMS,
                    cli_grouped(a->count).text);
    for (int i = 0; i < CLI_LARGEST_TERMS; i++)
        cli_print_words("  input %" PRId64 ": %s x %s = %s\n", sorted[i].index,
                        cli_value(sorted[i].value).text, cli_value(sorted[i].factor).text,
                        cli_value(sorted[i].product).text);
    for (int64_t i = CLI_LARGEST_TERMS; i < a->count; i++)
        rest += sorted[i].product;
    cli_print_words("  the other %s together: %s\n", cli_grouped(a->count - CLI_LARGEST_TERMS).text,
                    cli_value(rest).text);
    free(sorted);
}

static void write_terms(const question *q) {
    static const char *const titles[] = {
        [CNN_ACCOUNT_SUM] = "Every product (value x weight)",
        [CNN_ACCOUNT_LARGEST] = "The window; * marks the largest value, the first where several are equal",
        [CNN_ACCOUNT_FUNCTION] = "What goes in",
    };
    const cnn_account *a = &q->account;
    if (a->count > CLI_MAX_TERMS) {
        write_largest(q);
        return;
    }
    cli_print_words("\n%s\n", titles[a->kind]);
    for (int64_t t = 0; t < a->count;) {
        const source own = first_source(q, t);
        name_source(q, own);
        t = write_channel(q, t, own);
    }
}

/* "bias c.bias[3]" and its value; figures; the result and what the engine has. */
static void write_result(const cnn_account *a) {
    for (int i = 0; i < a->figure_count; i++)
        cli_print_words("  %-20s %.9g\n", a->figures[i].name, a->figures[i].value);
    if (a->bias_index >= 0) {
        char *name = cli_format("%s[%" PRId64 "]", a->bias_name, a->bias_index);
        cli_print_words("  %-20s %.9g\n", name, a->bias);
        free(name);
    }
    cli_print_words("  %-20s %.9g\n", "in double precision", a->result);
    cli_print_words("  %-20s %.9g\n", "the engine's float", (double)a->engine);
    if (a->bound > 0)
        cli_print_words("  %-20s %.3g (rounding may come to %.3g, at worst %.3g)\n", "difference",
                        a->difference, a->bound, a->worst);
    else
        cli_print_words("  %-20s %.3g (nothing is rounded)\n", "difference", a->difference);
}

static void write_field(const cnn_receptive_field *f) {
    if (!f->pixels) {
        cli_print_words("\nReceptive field: no pixel of the image\n");
        return;
    }
    cli_print_words("\nReceptive field: rows %" PRId64 " to %" PRId64 ", columns %" PRId64 " to %" PRId64
                    " of the image, %s\n",
                    f->first_row, f->end_row - 1, f->first_column, f->end_column - 1,
                    cli_count(f->pixels, "pixel").text);
    if (!f->rows)
        return;
    char *line = cli_format("  %" PRId64 " x %" PRId64 " where the image has no edges", f->rows, f->columns);
    if (f->row_jump > 0 && f->column_jump > 0)
        cli_append(&line, "; that of the next value lies %s (rows) or %s (columns) further",
                   cli_value(f->row_jump).text, cli_value(f->column_jump).text);
    cli_print_words("%s\n", line);
    free(line);
}

static int print_text(const question *q) {
    char *shape = cli_shape(q->shape, q->rank);
    cli_explain_head(q->e);
    if (q->rank == 1)
        cli_print_words("\nElement %" PRId64 " of layer %s (%s, %s)\n", q->at[0], q->info.name, q->info.kind,
                        shape);
    else
        cli_print_words("\nChannel %" PRId64 ", row %" PRId64 ", column %" PRId64 " of layer %s (%s, %s)\n",
                        q->at[0], q->at[1], q->at[2], q->info.name, q->info.kind, shape);
    write_terms(q);
    cli_print_words("\nTogether: %s\n", q->account.formula);
    write_result(&q->account);
    if (q->e->gradient)
        cli_print_words("\nGradient of the loss by this value: %.9g\n", (double)q->gradient);
    write_field(&q->field);
    free(shape);
    return CLI_DONE;
}

/* ---- As JSON --------------------------------------------------------------------------------------- */

static json_t *index_json(int64_t index) {
    return index < 0 ? json_null() : json_integer(index);
}

static json_t *terms_json(const cnn_account *a) {
    json_t *terms = json_array();
    for (int64_t t = 0; t < a->count; t++) {
        const cnn_term *term = &a->terms[t];
        cli_json_add(terms, json_pack("{si so so so so so}", "input", term->input, "index",
                                      index_json(term->index), "weight", index_json(term->weight), "value",
                                      cli_json_real(term->value), "factor", cli_json_real(term->factor),
                                      "product", cli_json_real(term->product)));
    }
    return terms;
}

static json_t *figures_json(const cnn_account *a) {
    json_t *figures = json_object();
    for (int i = 0; i < a->figure_count; i++)
        cli_json_set(figures, a->figures[i].name, cli_json_real(a->figures[i].value));
    return figures;
}

static json_t *field_json(const cnn_receptive_field *f) {
    return json_pack("{sI sI sI sI sI sI sI so so}", "first_row", (json_int_t)f->first_row, "end_row",
                     (json_int_t)f->end_row, "first_column", (json_int_t)f->first_column, "end_column",
                     (json_int_t)f->end_column, "pixels", (json_int_t)f->pixels, "rows", (json_int_t)f->rows,
                     "columns", (json_int_t)f->columns, "row_jump", cli_json_real(f->row_jump), "column_jump",
                     cli_json_real(f->column_jump));
}

static int print_json(const question *q) {
    const cnn_account *a = &q->account;
    json_t *json = cli_explain_head_json(q->e);
    cli_json_set(json, "layer", cli_json_text(q->info.name));
    cli_json_set(json, "kind", cli_json_text(q->info.kind));
    cli_json_set(json, "at", cli_json_shape(q->at, q->rank));
    cli_json_set(json, "formula", cli_json_text(a->formula));
    cli_json_set(json, "terms", terms_json(a));
    cli_json_set(json, "winner", index_json(a->winner));
    cli_json_set(json, "figures", figures_json(a));
    cli_json_set(json, "bias", a->bias_index < 0 ? json_null() : cli_json_real(a->bias));
    cli_json_set(json, "result", cli_json_real(a->result));
    cli_json_set(json, "engine", cli_json_real((double)a->engine));
    cli_json_set(json, "difference", cli_json_real(a->difference));
    cli_json_set(json, "bound", cli_json_real(a->bound));
    cli_json_set(json, "worst", cli_json_real(a->worst));
    if (q->e->gradient)
        cli_json_set(json, "value_gradient", cli_json_real((double)q->gradient));
    cli_json_set(json, "receptive_field", field_json(&q->field));
    return cli_json_print(json);
}

/* ---- The effective field --------------------------------------------------------------------------- */

/* FOLDER/LAYER_C_Y_X_field.png: how strongly the value depends on each pixel. Ends what was known of gradients. */
static int write_effective_field(const question *q) {
    cnn_error error;
    int64_t input[3];
    cnn_value_summary summary;
    cnn_net_input(q->e->net, input);
    const int64_t area = input[1] * input[2];
    int code = cli_folder_make(q->e->folder);
    if (code != CLI_GO_ON)
        return code;
    float *field = cli_allocate((size_t)area, sizeof *field);
    cnn_status status = cnn_inspector_effective_field(q->e->inspector, q->layer, 0, q->index, field, &error);
    if (!status)
        status = cnn_summarise(field, area, &summary, &error);
    code = status ? cli_fail("%s", error.message) : CLI_GO_ON;
    if (code == CLI_GO_ON) {
        const cli_map map = {.values = field,
                             .rows = input[1],
                             .columns = input[2],
                             .limit = summary.largest > 0 ? summary.largest : 1};
        char *path = cli_format("%s/%s_%" PRId64 "_%" PRId64 "_%" PRId64 "_field.png", q->e->folder,
                                q->info.name, q->at[0], q->at[1], q->at[2]);
        code = cli_map_write(&map, path);
        free(path);
    }
    free(field);
    return code;
}

int cli_explain_value(const cli_explaining *e, const char *layer, const char *at) {
    question q = {.e = e, .layer = layer};
    int code = read_place(&q, at);
    if (code == CLI_GO_ON)
        code = answer(&q);
    if (code == CLI_GO_ON) {
        q.rank = q.info.rank;
        memcpy(q.shape, q.info.output, sizeof q.shape);
        code = read_gradient(&q);
    }
    if (code == CLI_GO_ON && e->folder)
        code = write_effective_field(&q);
    if (code == CLI_GO_ON)
        code = e->json ? print_json(&q) : print_text(&q);
    cnn_account_free(&q.account);
    return code;
}
