/* Options that give parameters factors by patterns of their names: '*.bias=64,fc_1.*=0.1'. */
#ifndef CLI_FACTOR_OPTIONS_H
#define CLI_FACTOR_OPTIONS_H

#include <cnn.h>

enum { CLI_MAX_FACTORS = 32, CLI_FACTOR_TEXT = 1024 };

typedef struct cli_factors {
    const char *text;           /* as given; NULL: not at all */
    char copy[CLI_FACTOR_TEXT]; /* its patterns, each ended */
    cnn_parameter_factor list[CLI_MAX_FACTORS];
    int count;
} cli_factors;

/* Fill the list from the text. CLI_GO_ON, or the exit code after a message that names the option. The list points into
 * `factors`, which must stay where it is. */
int cli_factors_take(const char *option, cli_factors *factors);

#endif
