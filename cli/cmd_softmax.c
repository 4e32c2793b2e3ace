/* cnn softmax: the softmax of a few logits worked out, quotient by quotient. */
#include "command.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"
#include "softmaxed.h"
#include "table.h"
#include "wrap.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_LOGITS = 1000 };

struct arguments {
    double temperature;
    bool json;
};

static const cli_option options[] = {
    {"--temperature", CLI_REAL, offsetof(struct arguments, temperature), "T",
     .help = "divide the logits by T first: above 1 the probabilities become more alike, below 1 the largest "
             "one grows (1)",
     .above = true},
    CLI_ROWS(cli_json_rows, offsetof(struct arguments, json)),
    {0},
};

const cli_usage cli_softmax_usage = {
    .command = "softmax",
    .title = "show a softmax step by step: every exponential, their sum, every quotient",
    .operands = "LOGIT...",
    .min = 1,
    .max = MAX_LOGITS,
    .help =
        "Show how a softmax turns logits, the scores that a network gives its classes, into probabilities: "
        "the exponential of each, their sum, and each quotient, which is also shown rounded to one decimal.",
    .example = "  cnn softmax 2.0 1.0 0.1\n  cnn softmax 2.0 1.0 0.1 --temperature 2",
    .options = options,
};

static int read_logits(int count, char *const *words, double *logits) {
    for (int i = 0; i < count; i++) {
        char *end;
        logits[i] = strtod(words[i], &end);
        if (end == words[i] || *end)
            return cli_fail_usage(
                "softmax: '%s' is not a number; expected logits separated by spaces, such as "
                "2.0 1.0 0.1",
                words[i]);
        if (!isfinite((float)logits[i]))
            return cli_fail_usage(
                "softmax: a logit must be a finite number in the range of float32, not '%s'", words[i]);
    }
    return CLI_DONE;
}

/* ---- Text ------------------------------------------------------------------------------------------------ */

/* "exp(2) = 7.38906", with what is done to the logit before: "exp(2 / 0.5)", "exp(1000 - 1000)". For free(). */
static char *exponential_text(const cli_softmaxed *s, int i) {
    char *text = cli_format("exp(%s", cli_value(s->logits[i]).text);
    if (s->temperature != 1)
        cli_append(&text, " / %s", cli_value(s->temperature).text);
    if (s->subtracted != 0)
        cli_append(&text, " %s %s", s->subtracted < 0 ? "+" : "-", cli_value(fabs(s->subtracted)).text);
    cli_append(&text, ") = %s", cli_value(s->exponentials[i]).text);
    return text;
}

static void print_subtracted(const cli_softmaxed *s) {
    if (s->subtracted == 0)
        return;
    cli_print_words(
        "\nExponentials of these logits lie beyond what floating-point numbers can hold. So the largest %s, "
        "%s, is "
        "subtracted from each first: this divides every exponential by the same number and changes no "
        "quotient.\n",
        s->temperature == 1 ? "logit" : "quotient x / T", cli_value(s->subtracted).text);
}

static void print_exponentials(const cli_softmaxed *s) {
    cli_print_words("\nEvery exponential\n");
    for (int i = 0; i < s->count; i++) {
        char *text = exponential_text(s, i);
        cli_print_words("  %s\n", text);
        free(text);
    }
}

static void print_sum(const cli_softmaxed *s) {
    cli_wrapping lines = cli_wrapping_start(stdout, 2);
    char *sum = cli_softmaxed_sum(s);
    cli_print_words("\nTheir sum\n");
    cli_wrap_column(&lines, 2);
    cli_wrap_formula(&lines, sum);
    cli_wrap_end_line(&lines);
    free(sum);
}

static void print_quotients(const cli_softmaxed *s) {
    cli_table *table = cli_table_new(3, "llr");
    cli_print_words("\nEvery quotient, and the same to one decimal\n");
    for (int i = 0; i < s->count; i++) {
        char *quotient = cli_softmaxed_quotient(s, i);
        cli_table_cell(table, "%s", ""); /* sets the table in from the margin */
        cli_table_cell(table, "%s", quotient);
        cli_table_cell(table, "%.1f", s->output.values[i]);
        free(quotient);
    }
    cli_table_print(table, stdout);
    cli_table_free(table);
}

static int print_text(const cli_softmaxed *s) {
    cli_print_words(s->temperature == 1 ? "softmax(x)_i = exp(x_i) / sum_j exp(x_j)\n"
                                        : "softmax(x / T)_i = exp(x_i / T) / sum_j exp(x_j / T)\n");
    print_subtracted(s);
    print_exponentials(s);
    print_sum(s);
    print_quotients(s);
    return CLI_DONE;
}

/* ---- JSON ------------------------------------------------------------------------------------------------ */

static json_t *values_json(const double *values, int count) {
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        cli_json_add(array, cli_json_value(values[i]));
    return array;
}

static int print_json(const cli_softmaxed *s) {
    json_t *rounded = json_array();
    for (int i = 0; i < s->count; i++)
        cli_json_add(rounded, cli_json_value(round(10 * s->output.values[i]) / 10));
    return cli_json_print(
        json_pack("{so so so so so so so}", "logits", values_json(s->logits, s->count), "temperature",
                  cli_json_value(s->temperature), "subtracted", cli_json_value(s->subtracted), "exponentials",
                  values_json(s->exponentials, s->count), "sum", cli_json_value(s->sum), "probabilities",
                  values_json(s->output.values, s->count), "rounded", rounded));
}

int cli_softmax(int count, char **words) {
    struct arguments a = {.temperature = 1};
    double logits[MAX_LOGITS];
    int operands, code = cli_parse(&cli_softmax_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    cli_softmaxed softmax = {.count = operands, .logits = logits, .temperature = a.temperature};
    code = read_logits(operands, words, logits);
    if (code == CLI_DONE)
        code = cli_softmaxed_run(&softmax);
    if (code == CLI_DONE)
        code = a.json ? print_json(&softmax) : print_text(&softmax);
    cli_softmaxed_free(&softmax);
    return code;
}
