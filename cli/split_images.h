/* The images that --split selects: those of a split of DATA, as the training run that made the model divided them. */
#ifndef CLI_SPLIT_IMAGES_H
#define CLI_SPLIT_IMAGES_H

#include "options.h"

#include <cnn.h>

/* --split; int, a cnn_split. Set it to CNN_SPLIT_TEST beforehand. */
extern const cli_option cli_split_rows[];

typedef struct cli_split_request {
    const char *model;  /* its run directory says what was held out in training */
    const char *source; /* DATA */
    cnn_split split;
    int64_t limit; /* 0: all */
    bool skip_bad;
} cli_split_request;

typedef struct cli_split_images {
    cnn_data *data;
    cnn_split split;
    bool listed;    /* as split.csv of the run directory has it */
    int64_t others; /* images that came to DATA after training */
} cli_split_images;

/* Open the images, converted to the network's input. CLI_GO_ON, or CLI_FAILED after a message. Release with
 * cli_split_free, also after a failure. */
int cli_split_open(cli_split_images *shown, const cnn_net *net, const cli_split_request *request);
void cli_split_free(cli_split_images *shown);

/* The folder of the run that a model belongs to, for free(): a run directory itself, or where its file lies. */
char *cli_run_directory(const char *model);

/* "24 test images, held out in training"; for free(). */
char *cli_split_text(const cli_split_images *shown);
/* "test", ...: what --split takes, and what JSON says. */
const char *cli_split_word(cnn_split split);

#endif
