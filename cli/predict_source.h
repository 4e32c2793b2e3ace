/* Where predict's images come from: picture files, or a data set; read batch by batch. */
#ifndef CLI_PREDICT_SOURCE_H
#define CLI_PREDICT_SOURCE_H

#include "split_images.h"
#include "picture_files.h"
#include "prediction.h"

#include <cnn.h>

/* The most images at once. */
enum { CLI_PREDICT_BATCH = 128 };

/* Set the first fields, open, then read until a batch is empty. Release with cli_predict_source_free. */
typedef struct cli_predict_source {
    const cnn_net *net;
    bool skip_bad;  /* files that do not decode are left out */
    int64_t pixels; /* of an image: C x H x W */
    int64_t batch;  /* images at once: fewer than the most where they are large */
    cnn_data *data; /* NULL: files */
    cli_picture_files files;
    int64_t first, end, next; /* images of the data or files, from first to before end */
    char **skipped;           /* the paths of those left out, which belong to `files` */
    int64_t skipped_count;
    char *names[CLI_PREDICT_BATCH], *labels[CLI_PREDICT_BATCH]; /* of the batch; owned by files and data */
} cli_predict_source;

/* CLI_GO_ON, or the exit code after a message. `count` < 0: as many as there are, but no more than a few. */
int cli_predict_open_files(cli_predict_source *source, int count, char *const *operands);
/* The request's limit is not used: it follows from `first` and `count`. */
int cli_predict_open_data(cli_predict_source *source, const cli_split_request *request, int64_t first,
                          int64_t count);
/* Read the next images into `images` (batch x pixels) and say in `batch` which they are; a count of 0
 * ends them. */
int cli_predict_read(cli_predict_source *source, float *images, cli_predictions *batch);
void cli_predict_source_free(cli_predict_source *source);

#endif
