/* Every part of DATA that there is, for commands that look at all of its images: doctor, lab, report. */
#ifndef CLI_DATA_PARTS_H
#define CLI_DATA_PARTS_H

#include "fit.h"

#include <cnn.h>

enum { CLI_DATA_PARTS = 3 };

/* By cnn_split: training, test, validation; NULL: there is none. Start as {0}. */
typedef struct cli_data_parts {
    cnn_data *part[CLI_DATA_PARTS];
} cli_data_parts;

/* Open them in the shape of the network's input, as `run` shared them out where it did; NULL: no run. Of each part `limit`
 * images at most; 0: all. Files that cannot be read are left out; cnn_data_skipped names them. CLI_GO_ON, or CLI_FAILED after a
 * message. Release with cli_data_parts_free, also after a failure. */
int cli_data_parts_open(cli_data_parts *data, const cnn_net *net, const char *source, const char *run,
                        int64_t limit);
/* The same for a network that is adapted to the images, as 'cnn train' does it, where it is not trained. `seed`: of new
 * parameters. */
int cli_data_parts_fit(cli_data_parts *data, cnn_net *net, cli_fit *fit, const char *run, int64_t limit,
                       uint64_t seed);
void cli_data_parts_free(cli_data_parts *data);

#endif
