#include "train_values.h"

#include "command.h"
#include "output.h"

#include <stdlib.h>
#include <string.h>

int cli_train_take_validation(cli_train_arguments *a) {
    char *end;
    if (!a->validation)
        return CLI_GO_ON;
    a->validation_fraction = strtod(a->validation, &end);
    if (end == a->validation || *end) {
        a->validation_fraction = 0;
        a->validation_source = a->validation;
        return CLI_GO_ON;
    }
    if (a->validation_fraction >= 0 && a->validation_fraction < 1)
        return CLI_GO_ON;
    return cli_fail_usage(
        "train: --validation expects a fraction of at least 0 and less than 1, or a data set, not %s",
        a->validation);
}

int cli_train_take_time(cli_train_arguments *a) {
    char *unit;
    if (!a->time)
        return CLI_GO_ON;
    const double number = strtod(a->time, &unit);
    const double factor = !strcmp(unit, "s") ? 1 : !strcmp(unit, "m") ? 60 : !strcmp(unit, "h") ? 3600 : 0;
    a->seconds = number * factor;
    if (unit != a->time && a->seconds >= 1 && a->seconds <= 1e7)
        return CLI_GO_ON;
    return cli_fail_usage("train: --time expects a time of at least 1s, such as 90s, 10m or 1.5h, not %s",
                          a->time);
}

int cli_train_take_iterations(cli_train_arguments *a) {
    enum { MOST = 1000000000 };
    cli_iterations *lengths = &a->iterations;
    const char *number = lengths->text;
    lengths->count = 0;
    while (number) {
        char *end;
        const long long value = strtoll(number, &end, 10);
        if (end == number || (*end && *end != ',') || value < 1 || value > MOST ||
            lengths->count == CLI_MAX_LENGTHS)
            return cli_fail_usage(
                "train: --iterations expects one number of 1 to %d, or up to %d with commas "
                "between them, such as 443,520, not %s",
                MOST, CLI_MAX_LENGTHS, lengths->text);
        lengths->list[lengths->count++] = value;
        number = *end ? end + 1 : NULL;
    }
    return CLI_GO_ON;
}
