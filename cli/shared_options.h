/* Option rows that mean the same in every command that has them; see CLI_ROWS. */
#ifndef CLI_SHARED_OPTIONS_H
#define CLI_SHARED_OPTIONS_H

#include "options.h"

extern const cli_option cli_threads_rows[];   /* --threads; int64_t */
extern const cli_option cli_precision_rows[]; /* --precision; int, a cnn_precision */
extern const char *const cli_precisions[];    /* the words for it, ended by NULL */
extern const cli_option cli_skip_bad_rows[];  /* --skip-bad; bool */
extern const cli_option cli_json_rows[];      /* --json; bool */

#endif
