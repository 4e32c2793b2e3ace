/* Two models side by side. */
#ifndef CLI_DIFFERENCE_H
#define CLI_DIFFERENCE_H

#include <cnn.h>

/* A layer of each model; `info[side].name` is NULL where that model has none. */
typedef struct cli_layer_pair {
    cnn_layer_info info[2];
    bool same;      /* the same line of text, shape and parameters */
    bool compared;  /* both have parameters of the same shapes */
    double largest; /* difference of a parameter */
} cli_layer_pair;

/* An image for which the models predict different classes. */
typedef struct cli_changed {
    int64_t image, class[2];
} cli_changed;

enum { CLI_EXAMPLES = 10 };

typedef struct cli_difference {
    cli_layer_pair *pairs;
    int count, different_layers; /* by text, shape or shape of parameters */
    bool same;
    double largest; /* of all pairs */
    int64_t images, changed;
    bool by_name; /* outputs were matched by the names of their classes, else by position */
    cli_changed example[CLI_EXAMPLES]; /* the first ones */
    int examples;
    double largest_output;
} cli_difference;

/* Never NULL. Strings belong to the networks. */
cli_difference *cli_difference_new(cnn_net *const nets[2]);
/* Run both on all images. */
cnn_status cli_difference_predict(cli_difference *difference, cnn_net *const nets[2], const cnn_data *data,
                                  cnn_error *error);
void cli_difference_free(cli_difference *difference);

#endif
