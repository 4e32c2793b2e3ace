/* The islands of a model's last run, for those who print JSON. */
#ifndef CLI_ISLANDS_H
#define CLI_ISLANDS_H

#include <cnn_model.h>

#include <jansson.h>

/* An array with an object for each. */
json_t *cli_json_islands(const cnn_model *model);

#endif
