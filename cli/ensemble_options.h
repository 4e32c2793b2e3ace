/* Several models that answer together, and the views in which they see an image: options of test and predict. */
#ifndef CLI_ENSEMBLE_OPTIONS_H
#define CLI_ENSEMBLE_OPTIONS_H

#include "options.h"
#include "pixel_options.h"

#include <cnn_ensemble.h>

typedef struct cli_ensemble_options {
    const char *tta; /* a list of views; NULL: not given */
    cli_texts with;  /* further models */
} cli_ensemble_options;

/* Rows whose offsets are those of the struct. */
extern const cli_option cli_ensemble_rows[];
/* What the list of --tta means, as a paragraph of the help. */
#define CLI_TTA_HELP                                                                                         \
    "Several answers are better than one: --with adds models, and --tta shows each image in several views; " \
    "the probabilities of all are averaged. Views are a list: mirror adds the mirror image of every view, "  \
    "shift:N the image moved by N pixels down and right and by N up and left, which together count as much " \
    "as the image in its place. So mirror,shift:1 makes six views, and takes six times as long."

/* CLI_GO_ON, or the exit code after a message: --tta of `command` is no list of views. */
int cli_ensemble_check(const char *command, const cli_ensemble_options *options);

typedef struct cli_ensemble_request {
    const cnn_net *net;              /* of the model that is named first */
    const cli_pixel_options *pixels; /* for all models */
    int64_t batch;                   /* 0: the library's */
    int threads;
    bool outputs; /* average outputs, not probabilities */
    cnn_precision precision;
} cli_ensemble_request;

/* Open the further models, and make them ready to run. CLI_GO_ON, or the exit code after a message. Release with
 * cnn_ensemble_free. */
int cli_ensemble_open(cnn_ensemble **ensemble, const cli_ensemble_options *options,
                      const cli_ensemble_request *request);

#endif
