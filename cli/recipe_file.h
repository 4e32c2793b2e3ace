/* The options of a recipe, which is built in or a file. */
#ifndef CLI_RECIPE_FILE_H
#define CLI_RECIPE_FILE_H

/* The options of a built-in recipe of this name, or of a file, in one line without comments: *options is for free().
 * CLI_GO_ON, or the exit code after a message. */
int cli_recipe_read(const char *recipe, char **options);

#endif
