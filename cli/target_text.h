/* The figures of answers where an image has several classes, or numbers: measured and printed. */
#ifndef CLI_TARGET_TEXT_H
#define CLI_TARGET_TEXT_H

#include <cnn_ensemble.h>

#include <jansson.h>

/* Print the figures as text. `classes`: names of the outputs; `kind` that of the data. CLI_DONE, or CLI_FAILED after a
 * message. */
int cli_targets_print(const cnn_ensemble_answers *answers, cnn_data_kind kind, char *const *classes);
/* Add them to JSON. CLI_GO_ON, or CLI_FAILED after a message. */
int cli_targets_add_json(json_t *json, const cnn_ensemble_answers *answers, cnn_data_kind kind,
                         char *const *classes);

#endif
