/* The values of a command's options as JSON. */
#ifndef CLI_OPTIONS_JSON_H
#define CLI_OPTIONS_JSON_H

#include "options.h"

#include <jansson.h>

/* An object with a key for each option ("batch"), from the command's struct of values. An option that was not given is
 * null where the command's struct holds nothing for it. */
json_t *cli_options_json(const cli_usage *usage, const void *values);

#endif
