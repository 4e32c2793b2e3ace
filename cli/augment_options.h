/* The option --augment of commands that change images at random. */
#ifndef CLI_AUGMENT_OPTIONS_H
#define CLI_AUGMENT_OPTIONS_H

#include "options.h"

#include <cnn_augment.h>

typedef struct cli_augment_options {
    const char *text; /* as given; NULL: not at all */
    bool alone;       /* what the option alone means: cnn_train_options.augment */
    cnn_augmentation list[CNN_AUGMENT_KINDS];
    int count;
} cli_augment_options;

extern const cli_option cli_augment_rows[];
/* The paragraph of the help that lists all augmentations. */
#define CLI_AUGMENTATION_HELP(enumerator, word, amount, min, max, meaning)                                   \
    "  " #word ":" #amount ": " meaning "\n"
#define CLI_AUGMENTATIONS_HELP CNN_AUGMENTATION_LIST(CLI_AUGMENTATION_HELP)

/* Fill the list from the text. CLI_GO_ON, or the exit code after a message. */
int cli_augment_take(const char *command, cli_augment_options *options);

#endif
