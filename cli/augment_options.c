#include "augment_options.h"

#include "output.h"

#include <string.h>

#define WORD(enumerator, word, amount, min, max, meaning) #word,
static const char *const words[] = {CNN_AUGMENTATION_LIST(WORD) NULL};

static const char SHIFT[] = "crop:2";

const cli_option cli_augment_rows[] = {
    {"--augment", CLI_TEXT, offsetof(cli_augment_options, text), "[LIST]",
     .help = "change each training image at random in every epoch: a list such as flip,crop:4,erase:0.25, "
             "see above; "
             "alone, crop:2",
     .choices = words, .alone = SHIFT},
    {0},
};

int cli_augment_take(const char *command, cli_augment_options *options) {
    cnn_error error;
    options->count = 0;
    options->alone = options->text && !strcmp(options->text, SHIFT);
    if (!options->text)
        return CLI_GO_ON;
    if (cnn_augmentations_parse(options->text, options->list, &options->count, &error) == CNN_OK)
        return CLI_GO_ON;
    return cli_fail_usage("%s: --augment: %s; 'cnn %s --help' lists all", command, error.message, command);
}
