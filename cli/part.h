/* Which part of a data set a command looks at, and how that is said: the images of a split, as the training that left
 * the model shared them out. */
#ifndef CLI_PART_H
#define CLI_PART_H

#include "options.h"

#include <cnn.h>

/* --split; int, a cnn_split. Set it to CNN_SPLIT_TEST beforehand. */
extern const cli_option cli_split_rows[];

typedef struct cli_part_request {
    const char *model;  /* its run directory says what was held out in training */
    const char *source; /* DATA */
    cnn_split split;
    int64_t limit; /* 0: all */
    bool skip_bad;
} cli_part_request;

typedef struct cli_part {
    cnn_data *data;
    cnn_split split;
    bool listed;    /* as split.csv of the run directory has it */
    int64_t others; /* images that came to DATA after training */
} cli_part;

/* Open the images, converted to the network's input. CLI_GO_ON, or CLI_FAILED after a message. Release with
 * cli_part_free, also after a failure. */
int cli_part_open(cli_part *part, const cnn_net *net, const cli_part_request *request);
void cli_part_free(cli_part *part);

/* "24 test images, held out in training"; for free(). */
char *cli_part_text(const cli_part *part);
/* "test", ...: what --split takes, and what JSON says. */
const char *cli_split_word(cnn_split split);

#endif
