/* The images that `cnn doctor` looks at: every part of DATA that there is. */
#ifndef CLI_DOCTOR_DATA_H
#define CLI_DOCTOR_DATA_H

#include <cnn.h>

enum { CLI_DOCTOR_PARTS = 3 };

/* By cnn_split: training, test, validation; NULL: there is none. Start as {0}. */
typedef struct cli_doctor_data {
    cnn_data *part[CLI_DOCTOR_PARTS];
} cli_doctor_data;

/* Open them in the shape of the network's input, as `run` shared them out where it did; NULL: no run. Of each part `limit`
 * images at most; 0: all. Files that cannot be read are left out, for the doctor to tell. CLI_GO_ON, or CLI_FAILED after a
 * message. Release with cli_doctor_data_free, also after a failure. */
int cli_doctor_data_open(cli_doctor_data *data, const cnn_net *net, const char *source, const char *run,
                         int64_t limit);
void cli_doctor_data_free(cli_doctor_data *data);

#endif
