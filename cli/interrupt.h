/* Ctrl-C, SIGTERM and SIGHUP (the terminal was closed): exit codes 130, 143 and 129 in every command, and in a
 * long-running one a request to stop instead of an abrupt end. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM or SIGHUP ends the process with a message and the exit code CLI_INTERRUPTED or
 * CLI_TERMINATED. A signal that is ignored (nohup, a background job of sh) stays so. */
void cli_interrupt_exit(void);
/* From now on the first SIGINT, SIGTERM or SIGHUP is only remembered; the next one ends the process as above. */
void cli_interrupt_watch(void);
/* Back to the state of cli_interrupt_exit. */
void cli_interrupt_unwatch(void);
bool cli_interrupted(void);
/* The exit code for the signal that was remembered. */
int cli_interrupt_code(void);

#endif
