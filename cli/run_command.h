/* The command lines that made a run: kept in its folder, so that it can be repeated. */
#ifndef CLI_RUN_COMMAND_H
#define CLI_RUN_COMMAND_H

#include <jansson.h>

#include <stdbool.h>

/* Note in the run's folder that `cnn train` was called with these words (ended by NULL), and by what machine: in
 * command.json, as a further command where the run went on (`resumed`). CLI_DONE, or CLI_FAILED after a message. */
int cli_run_command_note(const char *folder, char *const *words, int threads, bool resumed);

/* The notes of a folder: {"commands": [{"words": [text], "version": text, "cpu": text, "threads": int, "processor":
 * text}]}. NULL: there are none. */
json_t *cli_run_command_read(const char *folder);

/* A JSON file of a run's folder; NULL: it is not there. One that cannot be read ends the program with a message. */
json_t *cli_run_json(const char *folder, const char *name);

#endif
