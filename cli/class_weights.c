#define _GNU_SOURCE /* getline */
#include "class_weights.h"

#include "options.h"
#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cli_is_balanced(const char *text) {
    return text && !strcmp(text, "balanced");
}

/* -1: the data have no class of this name; then the nearest one is in *nearest, or NULL. */
static int64_t class_named(const cnn_data *data, const char *name, const char **nearest) {
    const int64_t classes = cnn_data_classes(data);
    const char **names = cli_allocate((size_t)classes + 1, sizeof *names);
    int64_t found = -1;
    for (int64_t i = 0; i < classes; i++) {
        names[i] = cnn_data_class(data, i);
        if (!strcmp(names[i], name))
            found = i;
    }
    *nearest = found < 0 ? cnn_nearest_word(name, names) : NULL;
    free(names);
    return found;
}

/* A line without its end; blank ones and those that start with # say nothing. */
static int take_line(char *line, const char *path, int number, const cnn_data *data, float *weights) {
    char *comma = strrchr(line, ','), *end = comma;
    const char *nearest;
    if (!*line || *line == '#')
        return CLI_GO_ON;
    const double weight = comma ? strtod(comma + 1, &end) : -1;
    if (!comma || end == comma + 1 || *end || !(weight >= 0) || !isfinite((float)weight))
        return cli_fail("%s, line %d: expected CLASS,WEIGHT with a weight of at least 0, not \"%s\"", path,
                        number, line);
    *comma = '\0';
    const int64_t label = class_named(data, line, &nearest);
    if (label < 0)
        return cli_fail("%s, line %d: the data have no class \"%s\"%s%s%s", path, number, line,
                        nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    weights[label] = (float)weight;
    return CLI_GO_ON;
}

static int take_lines(FILE *file, const char *path, const cnn_data *data, float *weights) {
    char *line = NULL;
    size_t room = 0;
    int code = CLI_GO_ON;
    for (int number = 1; code == CLI_GO_ON && getline(&line, &room, file) >= 0; number++) {
        line[strcspn(line, "\r\n")] = '\0';
        code = take_line(line, path, number, data, weights);
    }
    free(line);
    /* Where memory is short getline fails without an error of the file. */
    return code == CLI_GO_ON && !feof(file) ? cli_fail("%s: %s", path, strerror(errno)) : code;
}

int cli_class_weights_read(const char *path, const cnn_data *data, float **weights) {
    const int64_t classes = cnn_data_classes(data);
    *weights = NULL;
    FILE *file = fopen(path, "r");
    if (!file)
        return cli_fail("--class-weights %s: %s; give \"balanced\", or a file with CLASS,WEIGHT in each line",
                        path, strerror(errno));
    *weights = cli_allocate((size_t)classes, sizeof **weights);
    for (int64_t i = 0; i < classes; i++)
        (*weights)[i] = 1;
    const int code = take_lines(file, path, data, *weights);
    fclose(file);
    return code;
}
