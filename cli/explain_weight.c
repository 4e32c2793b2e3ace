/* cnn explain --weight: why one gradient is what it is. */
#include "explain.h"

#include "options.h"
#include "output.h"
#include "wrap.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double most_macs = 1e9; /* of a network whose gradient is checked by differences */

typedef struct question {
    const cli_explaining *e;
    char *name; /* of the tensor; for free() */
    int64_t at[4], index;
    cnn_tensor_info tensor;
    cnn_gradient_account account;
    int64_t columns, area; /* of the layer's output */
    bool is_checked;
    double checked; /* by central differences */
} question;

/* ---- What is asked --------------------------------------------------------------------------------- */

/* The numbers between the brackets; how many, or -1 if they are none. */
static int read_indices(const char *text, int64_t at[4]) {
    for (int count = 0; count < 4; count++) {
        char *end;
        errno = 0;
        at[count] = strtoll(text, &end, 10);
        if (end == text || errno)
            return -1;
        if (!strcmp(end, "]"))
            return count + 1;
        if (*end != ',')
            return -1;
        text = end + 1;
    }
    return -1;
}

/* The tensor of this name. */
static int find_tensor(question *q) {
    const int count = cnn_net_tensors(q->e->net);
    const char **names = cli_allocate((size_t)count + 1, sizeof *names);
    for (int i = 0; i < count; i++) {
        cnn_tensor_info info;
        if (cnn_net_tensor(q->e->net, i, &info, NULL) == CNN_OK && !strcmp(info.name, q->name))
            q->tensor = info;
        names[i] = info.name;
    }
    const char *nearest = cnn_nearest_word(q->name, names);
    free(names);
    if (q->tensor.name)
        return CLI_GO_ON;
    if (nearest)
        return cli_fail("%s: there is no parameter named \"%s\": did you mean \"%s\"?", q->e->model, q->name,
                        nearest);
    return cli_fail("%s: there is no parameter named \"%s\"; a convolution's are \"conv_1.weight\" and "
                    "\"conv_1.bias\" ('cnn summary' lists the layers)",
                    q->e->model, q->name);
}

/* Where the element lies in the tensor. */
static int find_element(question *q, int count) {
    char *shape = cli_shape(q->tensor.shape, q->tensor.rank);
    bool inside = count == q->tensor.rank;
    for (int axis = 0; inside && axis < count; axis++) {
        inside = q->at[axis] >= 0 && q->at[axis] < q->tensor.shape[axis];
        q->index = q->index * q->tensor.shape[axis] + q->at[axis];
    }
    int code = inside ? CLI_GO_ON
                      : cli_fail("%s: parameter %s is %s: its elements have %s, each from 0 and below "
                                 "the size",
                                 q->e->model, q->name, shape, cli_count(q->tensor.rank, "number").text);
    free(shape);
    return code;
}

/* "conv_1.weight[3,0,1,2]" */
static int read_weight(question *q, const char *text) {
    const char *bracket = strchr(text, '[');
    const int count = bracket ? read_indices(bracket + 1, q->at) : -1;
    if (count < 0)
        return cli_fail_usage("explain: --weight expects a parameter and its indices, as in "
                              "'conv_1.weight[3,0,1,2]' or 'fc_1.bias[5]', not '%s'",
                              text);
    q->name = cli_format("%.*s", (int)(bracket - text), text);
    int code = find_tensor(q);
    return code == CLI_GO_ON ? find_element(q, count) : code;
}

/* ---- The account ----------------------------------------------------------------------------------- */

static double macs_of(const cnn_net *net) {
    double macs = 0;
    for (cnn_layer layer = 1; layer <= cnn_net_layers(net); layer++) {
        cnn_layer_info info;
        if (cnn_net_layer(net, layer, &info, NULL) == CNN_OK)
            macs += (double)info.macs;
    }
    return macs;
}

/* Rows and columns of the output of the layer that the parameter belongs to. */
static void find_shape(question *q) {
    cnn_layer number;
    cnn_layer_info info;
    q->columns = q->area = 1;
    if (cnn_inspector_find(q->e->inspector, q->account.layer, &number, NULL) == CNN_OK &&
        cnn_net_layer(q->e->net, number, &info, NULL) == CNN_OK && info.rank == 3) {
        q->columns = info.output[2];
        q->area = info.output[1] * info.output[2];
    }
}

static int answer(question *q) {
    cnn_error error;
    cnn_status status =
        cnn_inspector_gradient_account(q->e->inspector, q->name, q->index, &q->account, &error);
    q->is_checked = macs_of(q->e->net) <= most_macs;
    if (!status && q->is_checked)
        status = cnn_inspector_check_gradient(q->e->inspector, q->name, q->index, &q->checked, &error);
    if (status)
        return cli_fail("%s: %s", q->e->model, error.message);
    find_shape(q);
    return CLI_GO_ON;
}

/* ---- Printing -------------------------------------------------------------------------------------- */

static int compare_terms(const void *a, const void *b) {
    const double x = fabs(((const cnn_gradient_term *)a)->product),
                 y = fabs(((const cnn_gradient_term *)b)->product);
    return (x < y) - (x > y);
}

/* "row 3, column 4: -0.01 x 0.5 = -0.005" */
static void write_term(const question *q, const cnn_gradient_term *term) {
    const int64_t position = term->index % q->area;
    char *where = q->area > 1 ? cli_format("row %" PRId64 ", column %" PRId64, position / q->columns,
                                           (position % q->columns))
                              : cli_format("element %" PRId64, term->index);
    cli_print_words("  %s: %s x %s = %s\n", where, cli_value(term->upstream).text,
                    cli_value(term->slope).text, cli_value(term->product).text);
    free(where);
}

/* All that are not zero, or of very many those that count most. */
static void write_terms(const question *q) {
    const cnn_gradient_account *a = &q->account;
    cnn_gradient_term *terms = cli_allocate((size_t)a->count, sizeof *terms);
    int64_t count = 0;
    double rest = 0;
    for (int64_t t = 0; t < a->count; t++)
        if (a->terms[t].product != 0)
            terms[count++] = a->terms[t];
    cli_print_words("\nOf %s where the parameter takes part, %s %s (gradient there x value)\n",
                    cli_count(a->count, "place").text, cli_grouped(count).text,
                    count == 1 ? "adds to its gradient" : "add to its gradient");
    const int64_t shown = count > CLI_MAX_TERMS ? CLI_LARGEST_TERMS : count;
    if (shown < count)
        qsort(terms, (size_t)count, sizeof *terms, compare_terms);
    for (int64_t t = 0; t < shown; t++)
        write_term(q, &terms[t]);
    for (int64_t t = shown; t < count; t++)
        rest += terms[t].product;
    if (shown < count)
        cli_print_words("  the other %s together: %s\n", cli_grouped(count - shown).text,
                        cli_value(rest).text);
    free(terms);
}

static int print_text(const question *q, const char *weight) {
    const cnn_gradient_account *a = &q->account;
    cli_explain_head(q->e);
    cli_print_words("\nGradient of the loss by %s, which is %.9g (layer %s)\n", weight, a->weight, a->layer);
    write_terms(q);
    cli_print_words("\n  %-20s %.9g\n", "in double precision", a->result);
    cli_print_words("  %-20s %.9g\n", "the engine's float", (double)a->engine);
    cli_print_words("  %-20s %.3g (rounding may come to %.3g, at worst %.3g)\n", "difference", a->difference,
                    a->bound, a->worst);
    if (q->is_checked)
        cli_print_words(
            "  %-20s %.9g (the loss with a weight a little larger, minus that with a smaller one)\n",
            "by differences", q->checked);
    else
        cli_print_words("  %-20s left out: the network is too large\n", "by differences");
    return CLI_DONE;
}

static json_t *terms_json(const cnn_gradient_account *a) {
    json_t *terms = json_array();
    for (int64_t t = 0; t < a->count; t++) {
        const cnn_gradient_term *term = &a->terms[t];
        cli_json_add(terms, json_pack("{sI so so so so}", "index", (json_int_t)term->index, "input",
                                      term->input < 0 ? json_null() : json_integer(term->input), "upstream",
                                      cli_json_real(term->upstream), "slope", cli_json_real(term->slope),
                                      "product", cli_json_real(term->product)));
    }
    return terms;
}

static int print_json(const question *q, const char *weight) {
    const cnn_gradient_account *a = &q->account;
    json_t *json = cli_explain_head_json(q->e);
    cli_json_set(json, "weight", cli_json_text(weight));
    cli_json_set(json, "layer", cli_json_text(a->layer));
    cli_json_set(json, "value", cli_json_real(a->weight));
    cli_json_set(json, "terms", terms_json(a));
    cli_json_set(json, "result", cli_json_real(a->result));
    cli_json_set(json, "engine", cli_json_real((double)a->engine));
    cli_json_set(json, "difference", cli_json_real(a->difference));
    cli_json_set(json, "bound", cli_json_real(a->bound));
    cli_json_set(json, "worst", cli_json_real(a->worst));
    cli_json_set(json, "by_differences", q->is_checked ? cli_json_real(q->checked) : json_null());
    return cli_json_print(json);
}

int cli_explain_weight(const cli_explaining *e, const char *weight) {
    question q = {.e = e};
    int code = read_weight(&q, weight);
    if (code == CLI_GO_ON)
        code = answer(&q);
    if (code == CLI_GO_ON)
        code = e->json ? print_json(&q, weight) : print_text(&q, weight);
    cnn_gradient_account_free(&q.account);
    free(q.name);
    return code;
}
