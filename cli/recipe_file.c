#include "recipe_file.h"

#include "command.h"
#include "options.h"
#include "output.h"
#include "recipes.h"

#include <cnn.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 1 << 16 };

static int no_such_recipe(const char *recipe) {
    const char *near = cnn_nearest_word(recipe, cli_recipe_names);
    return cli_fail_usage("train: --recipe %s: neither a built-in recipe nor a file%s%s%s", recipe,
                          near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* Without the lines that begin with #; line feeds, of which each line has one, become blanks. */
static void remove_comments(char *text) {
    char *to = text;
    for (char *line = text; *line;) {
        const size_t length = strcspn(line, "\n");
        if (*line != '#') {
            memmove(to, line, length);
            to += length;
            *to++ = ' ';
        }
        line += length + 1;
    }
    *to = '\0';
}

static int read_file(FILE *file, const char *path, char **options) {
    char *text = cli_allocate(MAX_BYTES + 2, 1);
    const size_t size = fread(text, 1, MAX_BYTES, file);
    const bool bad = ferror(file) || size == MAX_BYTES || memchr(text, '\0', size);
    memcpy(text + size, "\n", 2); /* the last line may lack it */
    if (bad) {
        free(text);
        return cli_fail("--recipe %s: not a file of options, which is a text of at most %d bytes", path,
                        MAX_BYTES);
    }
    remove_comments(text);
    *options = text;
    return CLI_GO_ON;
}

int cli_recipe_read(const char *recipe, char **options) {
    for (int i = 0; cli_recipe_names[i]; i++)
        if (!strcmp(cli_recipe_names[i], recipe)) {
            *options = cli_format("%s", cli_recipe_options[i]);
            return CLI_GO_ON;
        }
    FILE *file = fopen(recipe, "r");
    if (!file && errno == ENOENT)
        return no_such_recipe(recipe);
    if (!file)
        return cli_fail("cannot read %s: %s", recipe, strerror(errno));
    const int code = read_file(file, recipe, options);
    fclose(file);
    return code;
}
