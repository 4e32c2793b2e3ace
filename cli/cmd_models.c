/* cnn models: the built-in models, each with what the comments of its text say of it. */
#include "command.h"
#include "help.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "table.h"
#include "wrap.h"

#include <cnn.h>

#include <stdlib.h>
#include <string.h>

struct arguments {
    bool json;
};

static const cli_option options[] = {
    CLI_ROWS(cli_json_rows, offsetof(struct arguments, json)),
    {0},
};

const cli_usage cli_models_usage = {
    .command = "models",
    .title = "list the built-in models: input, parameters, accuracy",
    .operands = "",
    .help = "List the built-in models; 'cnn train NAME' trains one. The accuracy is measured on the test "
            "images of a data set after training for the given number of epochs with seed 1 and otherwise "
            "default options.",
    .example = "  cnn models\n  cnn summary resnet20",
    .options = options,
};

/* What a model's text says in its first lines, and its network. */
typedef struct description {
    const char *name;
    char *title, *purpose;
    char data[64]; /* what the accuracy was measured on; "": it was not */
    double percent;
    int epochs;
    cnn_net *net;
} description;

/* The text of the comment line that begins with `key`, for free(); NULL if there is none. */
static char *comment(const char *text, const char *key) {
    for (const char *line = text; *line == '#'; line += strcspn(line, "\n") + 1) {
        const char *words = line + 1 + strspn(line + 1, " ");
        if (!strncmp(words, key, strlen(key))) {
            words += strlen(key);
            return cli_format("%.*s", (int)strcspn(words, "\n"), words);
        }
    }
    return NULL;
}

/* Read the comments at the head of the model's text, and build its network for the sizes. */
static int describe(const char *name, description *d) {
    cnn_error error;
    const char *text = cnn_builtin_text(name);
    char *accuracy = comment(text, "Accuracy: ");
    *d = (description){.name = name, .title = comment(text, ""), .purpose = comment(text, "For: ")};
    if (accuracy && sscanf(accuracy, "%lf %% on %63s after %d epochs", &d->percent, d->data, &d->epochs) != 3)
        *d->data = '\0';
    free(accuracy);
    return cnn_net_open(&d->net, name, NULL, &error) ? cli_fail("%s", error.message) : CLI_GO_ON;
}

static void release(description *d) {
    free(d->title);
    free(d->purpose);
    cnn_net_free(d->net);
}

static void add_row(cli_table *table, const description *d) {
    int64_t input[3];
    cnn_net_input(d->net, input);
    char *shape = cli_shape(input, 3);
    cli_table_cell(table, "%s", d->name);
    cli_table_cell(table, "%s", shape);
    cli_table_cell(table, "%s", cli_grouped(cnn_net_parameters(d->net)).text);
    if (*d->data)
        cli_table_cell(table, "%.1f %%", d->percent);
    else
        cli_table_cell(table, "-");
    free(shape);
}

static void print_table(const description *models, int count) {
    static const char *const heads[] = {"Model", "Input", "Parameters", "Accuracy"};
    cli_table *table = cli_table_new(4, "llr");
    for (int i = 0; i < 4; i++)
        cli_table_cell(table, "%s", heads[i]);
    cli_table_rule(table);
    for (int i = 0; i < count; i++)
        add_row(table, &models[i]);
    cli_table_print(table, stdout);
    cli_table_free(table);
}

/* What the model is, what it is good for, and how its accuracy was measured. */
static void print_purpose(const description *d) {
    enum { TEXT_COLUMN = 19 };
    char *measured = *d->data ? cli_format(" Accuracy measured on %s after %s.", d->data,
                                           cli_count(d->epochs, "epoch").text)
                              : cli_format("%s", "");
    char *text = cli_format("%s. Good for %s.%s", d->title, d->purpose, measured);
    cli_wrap_row(stdout, d->name, text, TEXT_COLUMN, cli_help_width());
    free(measured);
    free(text);
}

static int print_text(const description *models, int count) {
    print_table(models, count);
    putchar('\n');
    for (int i = 0; i < count; i++)
        print_purpose(&models[i]);
    return CLI_DONE;
}

static json_t *to_json(const description *d) {
    int64_t input[3];
    cnn_net_input(d->net, input);
    json_t *accuracy = json_null();
    if (*d->data)
        accuracy = json_pack("{so ss si}", "value", cli_json_real(d->percent / 100), "data", d->data,
                             "epochs", d->epochs);
    return json_pack("{ss ss ss so sI sI so}", "name", d->name, "title", d->title, "purpose", d->purpose,
                     "input", cli_json_shape(input, 3), "outputs", (json_int_t)cnn_net_outputs(d->net),
                     "parameters", (json_int_t)cnn_net_parameters(d->net), "accuracy", accuracy);
}

static int print_json(const description *models, int count) {
    json_t *json = json_array();
    for (int i = 0; i < count; i++)
        cli_json_add(json, to_json(&models[i]));
    return cli_json_print(json);
}

int cli_models(int count, char **words) {
    const char *const *names = cnn_builtin_models();
    struct arguments a = {0};
    int models = 0, operands, code = cli_parse(&cli_models_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    while (names[models])
        models++;
    description *all = cli_allocate((size_t)models, sizeof *all);
    for (int i = 0; i < models && code == CLI_GO_ON; i++)
        code = describe(names[i], &all[i]);
    if (code == CLI_GO_ON)
        code = a.json ? print_json(all, models) : print_text(all, models);
    for (int i = 0; i < models; i++)
        release(&all[i]);
    free(all);
    return code;
}
