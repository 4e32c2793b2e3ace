#include "run_command.h"

#include "output.h"
#include "written_file.h"

#include <cnn.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "command.json";

/* What Linux calls the processor; "" where it does not say. */
static char *processor_name(void) {
    char line[256], name[256] = "";
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file && errno == ENOMEM)
        exit(cli_fail("out of memory: the processor's name"));
    while (file && !*name && fgets(line, sizeof line, file))
        if (sscanf(line, "model name : %255[^\n]", name) != 1)
            name[0] = '\0';
    if (file)
        fclose(file);
    return cli_format("%s", name);
}

static json_t *command_json(char *const *words, int threads) {
    json_t *list = json_array();
    for (; *words; words++)
        cli_json_add(list, cli_json_text(*words));
    char *processor = processor_name();
    json_t *command =
        json_pack("{so ss ss si so}", "words", list, "version", cnn_version(), "cpu", cnn_cpu(NULL),
                  "threads", cnn_thread_count(threads), "processor", cli_json_text(processor));
    free(processor);
    return command;
}

/* Jansson leaves out a character where it has no memory for it, and goes on: the text counts if it reads the same twice. */
static json_t *parse_twice(FILE *file, json_error_t *why) {
    json_t *json = json_loadf(file, 0, why);
    rewind(file);
    json_t *again = json ? json_loadf(file, 0, why) : NULL;
    if (json && again && !json_equal(json, again))
        exit(cli_fail("out of memory: a run's JSON file"));
    json_decref(json);
    return again;
}

json_t *cli_run_json(const char *folder, const char *name) {
    char *path = cli_format("%s/%s", folder, name);
    json_error_t why;
    json_t *json = NULL;
    FILE *file = fopen(path, "r");
    if (!file && errno != ENOENT && errno != ENOTDIR)
        exit(cli_fail("cannot read %s: %s", path, strerror(errno)));
    if (file && !(json = parse_twice(file, &why)))
        exit(cli_fail("cannot read %s: line %d: %s (memory ran out, or the file is damaged: then remove it)",
                      path, why.line, why.text));
    if (file)
        fclose(file);
    free(path);
    return json;
}

json_t *cli_run_command_read(const char *folder) {
    return cli_run_json(folder, file_name);
}

/* All commands so far, in an object of their own. */
static json_t *earlier(const char *folder, bool resumed) {
    json_t *notes = resumed ? cli_run_command_read(folder) : NULL, *all = json_object();
    json_t *commands = json_object_get(notes, "commands");
    cli_json_set(all, "commands", json_is_array(commands) ? json_incref(commands) : json_array());
    json_decref(notes);
    return all;
}

int cli_run_command_note(const char *folder, char *const *words, int threads, bool resumed) {
    json_t *all = earlier(folder, resumed);
    cli_json_add(json_object_get(all, "commands"), command_json(words, threads));
    char *text = cli_json_dump(all, JSON_INDENT(2)), *path = cli_format("%s/%s", folder, file_name);
    const int code = cli_write_file(path, text, strlen(text));
    free(text);
    free(path);
    return code;
}
