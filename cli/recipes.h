/* Options of `cnn train` that were found to work well together. */
#ifndef CLI_RECIPES_H
#define CLI_RECIPES_H

#include "recipe_list.h" /* CLI_RECIPE_LIST: the name, what it is for, the options; made of recipes/ */

#include <stddef.h>

#define CLI_RECIPE_NAME(name, purpose, options) name,
static const char *const cli_recipe_names[] = {CLI_RECIPE_LIST(CLI_RECIPE_NAME) NULL};
#undef CLI_RECIPE_NAME

#define CLI_RECIPE_HELP(name, purpose, options) "  " name ": " purpose "\n    " options "\n"
#define CLI_RECIPES_HELP                        CLI_RECIPE_LIST(CLI_RECIPE_HELP)

#define CLI_RECIPE_OPTIONS(name, purpose, options) options,
static const char *const cli_recipe_options[] = {CLI_RECIPE_LIST(CLI_RECIPE_OPTIONS)};
#undef CLI_RECIPE_OPTIONS

#endif
