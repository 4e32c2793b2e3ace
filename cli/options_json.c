#include "options_json.h"

#include "output.h"

#include <stdlib.h>
#include <string.h>

/* A number outside the option's range stands for one that was not given. */
static json_t *number_json(const cli_option *option, double value) {
    return cli_option_takes(option, value) ? cli_json_value(value) : json_null();
}

static json_t *texts_json(const cli_texts *texts) {
    json_t *json = json_array();
    for (int i = 0; i < texts->count; i++)
        cli_json_add(json, cli_json_text(texts->text[i]));
    return json;
}

/* The option's value, null where it was not given. */
static json_t *value_json(const cli_option *option, const void *field) {
    switch (option->kind) {
    case CLI_FLAG:
        return json_boolean(*(const bool *)field);
    case CLI_INTEGER:
        return number_json(option, (double)*(const int64_t *)field);
    case CLI_REAL:
        return number_json(option, *(const double *)field);
    case CLI_TEXT:
        return *(const char *const *)field ? cli_json_text(*(const char *const *)field) : json_null();
    case CLI_TEXTS:
        return texts_json(field);
    case CLI_CHOICE:
        return *(const int *)field < 0 ? json_null() : json_string(option->choices[*(const int *)field]);
    case CLI_HELP:
    case CLI_QUIET:
    case CLI_HEADING:
    case CLI_INCLUDE:
    case CLI_END:
        break;
    }
    return json_null();
}

json_t *cli_options_json(const cli_usage *usage, const void *values) {
    json_t *json = json_object();
    cli_option *all = cli_all_options(usage);
    for (const cli_option *option = all; option->kind != CLI_END; option++)
        if (option->kind >= CLI_FLAG)
            cli_json_set(json, option->name + strspn(option->name, "-"),
                         value_json(option, (const char *)values + option->offset));
    free(all);
    return json;
}
