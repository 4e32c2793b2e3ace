/* One part of a data set, read and summed up for `cnn data info`. */
#ifndef CLI_DATA_PART_H
#define CLI_DATA_PART_H

#include <cnn.h>

enum { CLI_PICTURE_KINDS = 16 }; /* most formats that are told apart */

typedef struct cli_part {
    const char *title, *word; /* "Training", "train" */
    cnn_data *data;           /* NULL: the data set has no such part */
    int64_t *counts;          /* of the images of each class */
    float *mean, *deviation;  /* of each channel */
    int64_t shape[3];         /* C,H,W that the images were read in */
    /* What the files hold: how many of each format, by number of channels, sizes as height and width. */
    const char *formats[CLI_PICTURE_KINDS];
    int64_t format_counts[CLI_PICTURE_KINDS];
    int64_t grey, colour, transparent;
    int64_t smallest[2], largest[2], usual[2],
        usual_count; /* smallest and largest by area; the most frequent */
} cli_part;

/* Read the part and sum it up. Images that do not decode are left out and counted. Release with
 * cli_part_release, also after a failure. */
cnn_status cli_part_read(cli_part *part, cnn_split split, const char *source, cnn_error *error);
void cli_part_release(cli_part *part);

/* Images of a class; 0 where the part does not have it. */
int64_t cli_part_class(const cli_part *part, int64_t label);

#endif
