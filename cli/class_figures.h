/* Precision, recall and F1 of each class, from a confusion matrix. */
#ifndef CLI_CLASS_FIGURES_H
#define CLI_CLASS_FIGURES_H

#include <cnn.h>

typedef struct cli_class_figures {
    int64_t images;    /* of this class: the row's sum */
    int64_t predicted; /* as this class: the column's sum */
    double precision;  /* of those predicted so the share that is; NAN: none was */
    double recall;     /* of those that are so the share that was predicted; NAN: there are none */
    double f1;         /* the harmonic mean of both; NAN where one of them is */
} cli_class_figures;

cli_class_figures cli_class_figures_of(const cnn_evaluation *evaluation, int64_t label);

#endif
