/* The images of `cnn train`: those of DATA and --validation, and which are held out. */
#ifndef CLI_TRAIN_DATA_H
#define CLI_TRAIN_DATA_H

#include "train_options.h"

typedef struct cli_train_data {
    cnn_data *images;                          /* to train on, with those that are held out */
    cnn_data *validation;                      /* separate images to validate on, or NULL */
    const char *validated_by;                  /* where these come from */
    double test_fraction, validation_fraction; /* held out */
    float *class_weights;                      /* one for each class of the images; NULL: of no file */
    cnn_train_images counts;
    bool tested; /* there are images to test on, the data's own or held out */
} cli_train_data;

/* Open everything. CLI_GO_ON, or the exit code after a message. Release with cli_train_data_free, also after a failure. */
int cli_train_data_open(cli_train_data *data, const cli_train_arguments *a, const cnn_net *net);
void cli_train_data_free(cli_train_data *data);

/* Put the images into the options of cnn_train. */
void cli_train_data_apply(const cli_train_data *data, cnn_train_options *options);

#endif
