/* The arithmetic of training in batches: how many iterations make an epoch. */
#ifndef CLI_ITERATIONS_H
#define CLI_ITERATIONS_H

#include <jansson.h>

#include <stdint.h>

enum { CLI_DEFAULT_BATCH = 128 }; /* of training, where --batch is not given: cnn_train's own */

/* An epoch of `images` images, `batch` at a time; both are at least 1. */
typedef struct cli_epoch {
    int64_t images, batch;
    int64_t iterations; /* images / batch, rounded up */
    int64_t last;       /* images in the last batch, 1 to `batch` */
} cli_epoch;

cli_epoch cli_epoch_of(int64_t images, int64_t batch);
/* "469 iterations an epoch (the last batch has 96 images)", for free(). */
char *cli_epoch_text(const cli_epoch *epoch);
/* Put the iterations and the size of the last batch into `object`. */
void cli_epoch_json(const cli_epoch *epoch, json_t *object);

#endif
