/* What the parts of `cnn explain` share: a model that has run one image. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <cnn.h>
#include <cnn_inspect.h>

#include <jansson.h>

typedef struct cli_explaining {
    const char *model, *image; /* as they were given; of a data set the image's name */
    const cnn_net *net;
    cnn_inspector *inspector;
    float *pixels;      /* C,H,W in 0..1 */
    int64_t predicted;  /* class; -1: the outputs are no scores of classes */
    double probability; /* of it */
    bool gradient;      /* maps are those of the gradient of the loss for `judged` */
    int64_t judged;     /* class; -1: there was no loss */
    double loss;
    const char *folder; /* for pictures; NULL: none */
    bool json;
} cli_explaining;

/* A layer and one image's values of it, or the gradients by them. "input" is the network's input. */
typedef struct cli_layer_maps {
    const char *name, *kind; /* the kind of "input" is "input" */
    int rank;
    int64_t shape[3]; /* C,H,W; of a vector its length, 1, 1 */
    float *values;    /* for free() */
    cnn_value_summary all;
} cli_layer_maps;

/* CLI_GO_ON, or the exit code after a message. Release with cli_layer_maps_free. */
int cli_layer_maps_read(const cli_explaining *e, const char *layer, cli_layer_maps *maps);
void cli_layer_maps_free(cli_layer_maps *maps);
int64_t cli_layer_maps_area(const cli_layer_maps *maps);
/* The largest magnitude: the end of the layer's scale; 1 if there is none. */
double cli_layer_maps_limit(const cli_layer_maps *maps);
/* Its output's shape, "32 x 26 x 26"; for free(). */
char *cli_layer_maps_shape(const cli_layer_maps *maps);

/* Of more than so many terms only the largest are printed, so many. */
enum { CLI_MAX_TERMS = 1200, CLI_LARGEST_TERMS = 24 };

/* Each way of explaining: CLI_DONE, or an exit code after a message. */
int cli_explain_tour(const cli_explaining *e);
int cli_explain_layer(const cli_explaining *e, const char *layer);
int cli_explain_value(const cli_explaining *e, const char *layer, const char *at);
int cli_explain_weight(const cli_explaining *e, const char *weight);

/* The lines that begin each of them: model, image, prediction, loss. The same as members of a JSON object. */
void cli_explain_head(const cli_explaining *e);
json_t *cli_explain_head_json(const cli_explaining *e);

#endif
