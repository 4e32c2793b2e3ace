/* What a model expects of its images, as options of train, test, predict and convert. */
#ifndef CLI_PIXEL_OPTIONS_H
#define CLI_PIXEL_OPTIONS_H

#include "options.h"

#include <cnn.h>

typedef struct cli_pixel_options {
    const char *mean, *deviation, *background, *input_shape; /* NULL: not given */
    double scale;                                            /* 0: not given */
    int64_t resize, crop;                                    /* 0: not given */
    bool bgr, invert, centre;
} cli_pixel_options;

/* A group of rows whose offsets are those of the struct. */
extern const cli_option cli_pixel_rows[];

/* Whether the options decide the network's normalisation. */
bool cli_gives_normalisation(const cli_pixel_options *options);
/* Give the network, that of `model`, what the options say: CLI_GO_ON, or the exit code after a message. */
int cli_expect_pixels(const cli_pixel_options *options, const char *model, cnn_net *net);

#endif
