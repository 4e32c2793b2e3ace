/* Options of `cnn train` that were found to work well together. */
#ifndef CLI_RECIPES_H
#define CLI_RECIPES_H

#include <stddef.h>

/* The one list: the name, what it is for, and the options as a person would type them. */
#define CLI_RECIPE_LIST(X)                                                                                   \
    X("fast", "one pass over the images",                                                                    \
      "--epochs 1 --batch 32 --lr 0.1 --momentum 0.85 --nesterov --weight-decay 0.0005 --clip-norm 1 "       \
      "--label-smoothing 0.1 --augment")

#define CLI_RECIPE_NAME(name, purpose, options) name,
static const char *const cli_recipe_names[] = {CLI_RECIPE_LIST(CLI_RECIPE_NAME) NULL};
#undef CLI_RECIPE_NAME

#define CLI_RECIPE_HELP(name, purpose, options) "  " name ": " purpose "\n    " options "\n"
#define CLI_RECIPES_HELP                        CLI_RECIPE_LIST(CLI_RECIPE_HELP)

#define CLI_RECIPE_OPTIONS(name, purpose, options) options,
static const char *const cli_recipe_options[] = {CLI_RECIPE_LIST(CLI_RECIPE_OPTIONS)};
#undef CLI_RECIPE_OPTIONS

#endif
