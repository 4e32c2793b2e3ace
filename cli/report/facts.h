/* What the sections of a report tell of: everything that more than one of them needs, computed once. */
#ifndef CLI_REPORT_FACTS_H
#define CLI_REPORT_FACTS_H

#include "data_parts.h"
#include "html.h"
#include "picture.h"
#include "report.h"
#include "sha256.h"

#include <cnn.h>
#include <cnn_doctor.h>
#include <cnn_ensemble.h>
#include <cnn_inspect.h>
#include <cnn_metrics.h>
#include <cnn_report.h>

#include <jansson.h>

typedef struct cli_facts {
    const cli_report_request *request;
    cnn_net *net;
    char *run;                  /* the folder of the model's run, or where its file lies */
    cnn_training_record record; /* record.there: it is a run */
    json_t *command;            /* of command.json; NULL: there is none */
    json_t *lab;                /* of lab.json; NULL: there is none */
    cli_data_parts data;
    const cnn_data *images; /* the part that is measured */
    cnn_split part;
    cli_image_view view;
    char **classes; /* names of the network's classes */
    int64_t class_count;
    bool scored; /* the outputs are scores of classes, and what follows is there */
    cnn_evaluation evaluation;
    cnn_metrics metrics;
    cnn_answer *answers; /* one for each of `images` */
    cnn_calibration calibration;
    bool calibrated;    /* probabilities that exclude each other */
    int64_t *mistakes;  /* images, the most confident first */
    int64_t *uncertain; /* all images, the two most probable classes nearest to each other first */
    int64_t mistake_count;
    cnn_inspector *inspector; /* of one image at a time */
    cnn_diagnosis diagnosis;
    char model_hash[CLI_SHA256_TEXT];
    char data_hash[CLI_DATA_PARTS][CLI_SHA256_TEXT]; /* "": there is no such part */
} cli_facts;

/* Start as {0}. CLI_GO_ON, or the exit code after a message; release with cli_facts_free in either case. */
int cli_facts_collect(cli_facts *facts, const cli_report_request *request);
void cli_facts_free(cli_facts *facts);

/* One image of those measured, C,H,W; for free(). */
float *cli_facts_image(const cli_facts *facts, int64_t image);
/* Its file's name, or "test 17"; for free(). */
char *cli_facts_image_name(const cli_facts *facts, int64_t image);
/* The number of layers; each by its number from 0. */
int cli_facts_layers(const cli_facts *facts);
cnn_layer_info cli_facts_layer(const cli_facts *facts, int layer);
/* Whether the layer is a convolution, plain or transposed. */
bool cli_facts_is_convolution(const cnn_layer_info *layer);
bool cli_facts_is_pooling(const cnn_layer_info *layer);
/* Whether layer number `layer` gives maps larger than one value that differ from its input's: no dropout. */
bool cli_facts_gives_maps(const cli_facts *facts, int layer);
/* "test images", "validation images", ... */
const char *cli_facts_part_words(cnn_split part);

#endif
