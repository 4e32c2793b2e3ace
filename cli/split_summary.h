/* One split of a data set, read and summarised for `cnn data info`. */
#ifndef CLI_SPLIT_SUMMARY_H
#define CLI_SPLIT_SUMMARY_H

#include <cnn.h>

enum { CLI_PICTURE_KINDS = 16 }; /* at most so many formats are counted separately */

typedef struct cli_split_summary {
    const char *title, *word; /* "Training", "train" */
    cnn_data *data;           /* NULL: the data set has no such split */
    int64_t *counts;          /* of the images of each class */
    float *mean, *deviation;  /* of each channel */
    int64_t shape[3];         /* C,H,W that the images were read in */
    /* What the files hold: how many of each format, by number of channels, sizes as height and width. */
    const char *formats[CLI_PICTURE_KINDS];
    int64_t format_counts[CLI_PICTURE_KINDS];
    int64_t grey, colour, transparent;
    int64_t smallest[2], largest[2], usual[2],
        usual_count; /* smallest and largest by area; the most frequent */
} cli_split_summary;

/* Read the split and summarise it. Images that do not decode are left out and counted. Release with
 * cli_split_summary_release, also after a failure. */
cnn_status cli_split_summary_read(cli_split_summary *summary, cnn_split split, const char *source,
                                  cnn_error *error);
void cli_split_summary_release(cli_split_summary *summary);

/* Images of a class; 0 if the split has none. */
int64_t cli_split_summary_class(const cli_split_summary *summary, int64_t label);

#endif
