/* What predict shows of images, and the forms in which it prints that: batch by batch, as they are predicted. */
#ifndef CLI_PREDICTION_H
#define CLI_PREDICTION_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of the words of --format. */
typedef enum cli_form {
    CLI_FORM_TABLE,
    CLI_FORM_LINES,
    CLI_FORM_CSV,
    CLI_FORM_JSON,
    CLI_FORM_JSONL
} cli_form;

/* What all images have in common. */
typedef struct cli_prediction_kind {
    const char *model;
    const char *values;   /* the kind of values: "probabilities", "logits", ... */
    char *const *classes; /* their names */
    int64_t count;        /* of the classes */
    int64_t
        top; /* how many classes of an image are named; 0: the highest one, and all values if the form has room for them */
    double threshold; /* no class below it is named */
    bool labelled;    /* images have labels */
    bool rows;        /* the table has a row for each image, rather than a column */
    cli_form form;
} cli_prediction_kind;

/* The images of a batch. */
typedef struct cli_predictions {
    int64_t count;
    char *const *names;  /* of each image: its file; NULL where it has none */
    int64_t first;       /* number of the first image, which takes the place of a name */
    char *const *labels; /* likewise, if labelled */
    const float *values; /* count x classes */
    bool continues;      /* other batches came before */
} cli_predictions;

/* The `max` highest classes of one image, in descending order of their values, into `order`. */
void cli_highest_classes(const float *values, int64_t classes, int64_t max, int64_t *order);
/* The file or the number of an image of the batch, for free(). */
char *cli_prediction_name(const cli_predictions *p, int64_t image);
/* How many classes are named of each image. */
int64_t cli_prediction_top(const cli_prediction_kind *kind);

void cli_predictions_begin(const cli_prediction_kind *kind);
void cli_predictions_print(const cli_prediction_kind *kind, const cli_predictions *p);
/* `skipped`: files that were left out because they do not decode. */
void cli_predictions_end(const cli_prediction_kind *kind, char *const *skipped, int64_t count);

/* The table's part of these (prediction_table.c). */
void cli_predictions_print_table(const cli_prediction_kind *kind, const cli_predictions *p);

#endif
