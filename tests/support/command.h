/* Runs the command `cnn` as a person would, in a folder of its own with a small model and small data. */
#ifndef TESTS_SUPPORT_COMMAND_H
#define TESTS_SUPPORT_COMMAND_H

#include <jansson.h>

#include <stdio.h>
#include <sys/types.h>

/* What the command printed, and its exit code (128 + the signal if one killed it). Free with command_free. */
typedef struct command_result {
    int code;
    char *out, *err;
} command_result;

/* A cmocka group set-up: makes a folder, goes there, and writes model.txt (1x8x8, 4 classes), the IDX folder
 * `data` (96 images to train, 24 to test with; a bright quarter says the class). Fails without CNN_COMMAND.
 * The tear-down deletes the folder. */
int command_set_up(void **state);
int command_tear_down(void **state);

/* Run `cnn ARGUMENTS`, which a shell takes apart. Fails the running test if it cannot be started. */
command_result command_run(const char *arguments);
void command_free(command_result *result);

/* Run, and check the exit code and that `out` and `err` hold these texts. NULL: that it is empty. */
void command_expect(const char *arguments, int code, const char *out, const char *err);

/* What the command prints as JSON, which must succeed; release with json_decref. */
json_t *command_json(const char *arguments);

/* A command that runs on while the test reads what it prints. */
typedef struct command_running {
    pid_t pid;
    FILE *out;
} command_running;
command_running command_start(const char *arguments);
/* Wait for its end; the exit code as above, and what it printed on stderr through `err` (for free()). */
int command_finish(command_running *running, char **err);

#endif
