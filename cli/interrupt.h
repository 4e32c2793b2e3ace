/* Ctrl-C as a wish to stop, not as a death. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on the first SIGINT or SIGTERM is only remembered; the next one ends the process as usual. */
void cli_interrupt_watch(void);
/* Back to the usual. */
void cli_interrupt_unwatch(void);
bool cli_interrupted(void);

#endif
