#include "softmaxed.h"

#include "forward.h"
#include "output.h"

#include <cnn.h>

#include <math.h>
#include <stdlib.h>

/* Beyond this, exp(x) or its inverse comes near the ends of a double's range. */
#define LARGEST_EXPONENT 700.0

/* Divide by the temperature. */
static int scale(cli_softmaxed *s) {
    s->scaled = cli_allocate((size_t)s->count, sizeof *s->scaled);
    for (int i = 0; i < s->count; i++) {
        s->scaled[i] = (float)(s->logits[i] / s->temperature);
        if (!isfinite(s->scaled[i]))
            return cli_fail(
                "softmax: the logit %g divided by the temperature %g is beyond the range of float32",
                s->logits[i], s->temperature);
    }
    return CLI_DONE;
}

static void take_exponentials(cli_softmaxed *s) {
    double largest = s->scaled[0];
    for (int i = 1; i < s->count; i++)
        largest = fmax(largest, s->scaled[i]);
    s->subtracted = fabs(largest) > LARGEST_EXPONENT ? largest : 0;
    s->exponentials = cli_allocate((size_t)s->count, sizeof *s->exponentials);
    s->sum = 0;
    for (int i = 0; i < s->count; i++) {
        s->exponentials[i] = exp(s->scaled[i] - s->subtracted);
        s->sum += s->exponentials[i];
    }
}

/* The quotients that are shown must be the library's probabilities, up to the rounding of float32. */
static int check_quotients(const cli_softmaxed *s) {
    for (int i = 0; i < s->count; i++)
        if (!(fabs(s->exponentials[i] / s->sum - s->output.values[i]) <= 1e-5))
            return cli_fail(
                "the library's softmax gives %g for logit %d, where the quotient is %g: this is a bug in "
                "cnn, please report it",
                s->output.values[i], i + 1, s->exponentials[i] / s->sum);
    return CLI_DONE;
}

int cli_softmaxed_run(cli_softmaxed *s) {
    int code = scale(s);
    if (code != CLI_DONE)
        return code;
    take_exponentials(s);
    const cli_grid image = {1, 1, s->count, s->scaled};
    cnn_net *net = cnn_net_new(&(cnn_input_options){.channels = 1, .height = 1, .width = s->count});
    if (net) {
        cnn_flatten(net);
        cnn_softmax(net);
    }
    code = cli_forward_free(net, &image, &s->output);
    return code == CLI_DONE ? check_quotients(s) : code;
}

void cli_softmaxed_free(cli_softmaxed *s) {
    free(s->scaled);
    free(s->exponentials);
    free(s->output.values);
}

char *cli_softmaxed_sum(const cli_softmaxed *s) {
    char *text = cli_format("%s", cli_value(s->exponentials[0]).text);
    for (int i = 1; i < s->count; i++)
        cli_append(&text, " + %s", cli_value(s->exponentials[i]).text);
    cli_append(&text, " = %s", cli_value(s->sum).text);
    return text;
}

char *cli_softmaxed_quotient(const cli_softmaxed *s, int i) {
    return cli_format("%s / %s = %s", cli_value(s->exponentials[i]).text, cli_value(s->sum).text,
                      cli_value(s->output.values[i]).text);
}
