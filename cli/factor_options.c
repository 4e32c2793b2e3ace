#define _GNU_SOURCE /* strsep */
#include "factor_options.h"

#include "options.h"
#include "output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "PATTERN=FACTOR", whose pattern may hold further '='. */
static bool take_one(char *word, cnn_parameter_factor *factor) {
    char *end, *sign = strrchr(word, '=');
    if (!sign || sign == word || !sign[1])
        return false;
    *sign = '\0';
    *factor = (cnn_parameter_factor){.pattern = word, .factor = strtod(sign + 1, &end)};
    return !*end && isfinite(factor->factor) && factor->factor >= 0;
}

int cli_factors_take(const char *option, cli_factors *factors) {
    char *rest = factors->copy;
    factors->count = 0;
    if (!factors->text)
        return CLI_GO_ON;
    snprintf(factors->copy, sizeof factors->copy, "%s", factors->text);
    bool good = strlen(factors->text) < sizeof factors->copy;
    for (char *word; good && (word = strsep(&rest, ","));)
        good = factors->count < CLI_MAX_FACTORS && take_one(word, &factors->list[factors->count++]);
    if (good)
        return CLI_GO_ON;
    return cli_fail_usage(
        "train: %s expects up to %d times PATTERN=FACTOR with factors of at least 0, commas "
        "between them, such as '*.bias=64,fc_1.*=0.1', not %s",
        option, CLI_MAX_FACTORS, factors->text);
}
