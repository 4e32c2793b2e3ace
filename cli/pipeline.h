/* The way of a picture from its file to the network's input, step by step. */
#ifndef CLI_PIPELINE_H
#define CLI_PIPELINE_H

#include <cnn.h>
#include <jansson.h>

/* `trained`: the normalisation is known; else training takes it from its images. A network of channels that no picture
 * has prints nothing. */
void cli_pipeline_print(const cnn_net *net, bool trained);
/* [{"step": "resized", "text": "..."}, ...] */
json_t *cli_pipeline_json(const cnn_net *net, bool trained);

#endif
