#define _GNU_SOURCE /* strtok_r */
#include "train_recipe.h"

#include "command.h"
#include "options.h"
#include "output.h"
#include "recipe_file.h"
#include "train_displaced.h"

#include <stdlib.h>
#include <string.h>

/* Parse a recipe's options into `a`, which keeps their words: the text is not freed. */
static int take_options(const char *recipe, cli_train_arguments *a) {
    enum { MAX_WORDS = 512 };
    static char *text;
    char *words[MAX_WORDS] = {"MODEL"}, *rest;
    int count = 1, operands;
    free(text);
    text = NULL;
    int code = cli_recipe_read(recipe, &text);
    if (code != CLI_GO_ON)
        return code;
    for (char *word = strtok_r(text, " \t\r", &rest); word; word = strtok_r(NULL, " \t\r", &rest)) {
        if (count == MAX_WORDS)
            return cli_fail_usage("train: the recipe %s has more than %d words", recipe, MAX_WORDS - 1);
        words[count++] = word;
    }
    code = cli_parse(&cli_train_usage, count, words, a, &operands);
    return code == CLI_GO_ON && a->recipe
               ? cli_fail_usage("train: the recipe %s names another recipe", recipe)
               : code;
}

int cli_train_take_recipe(const cli_train_arguments *given, cli_train_arguments *a) {
    const cli_train_arguments blank = *a;
    const int code = take_options(given->recipe, a);
    if (code == CLI_GO_ON)
        cli_train_displace(given, &blank, a);
    return code;
}
