/* What `cnn train` prints, in one of three forms. */
#ifndef CLI_TRAIN_REPORT_H
#define CLI_TRAIN_REPORT_H

#include "fit.h"
#include "iterations.h"
#include "progress.h"
#include "train_data.h"

#include <cnn_doctor.h>

typedef struct cli_train_report cli_train_report;

/* A training and its state. */
typedef struct cli_training {
    const cli_train_report *report;
    const cli_train_arguments *arguments;
    char *const *command; /* the words after "train", ended by NULL */
    const char *model;
    const cnn_net *net;
    cnn_net *teacher; /* NULL: none */
    cli_train_data data;
    bool trained; /* the model has parameters from which training continues */
    cli_fit fit;
    cli_progress progress;
    double begin;            /* when the command began */
    cnn_train_length length; /* as --time chose it at the beginning; epochs 0: it was not given */
    char *lengths;           /* iterations of the epochs that ended, with commas; NULL: none did */
    double seconds;
    cnn_status status; /* of cnn_train, and its message */
    cnn_error error;
} cli_training;

/* The iterations of an epoch, by the images and --batch. */
cli_epoch cli_training_epoch(const cli_training *training);

struct cli_train_report {
    void (*plan)(const cli_training *training); /* before the first epoch */
    void (*epoch)(const cnn_progress *progress);
    void (*finding)(const cnn_finding *finding); /* after an epoch that brought one to light */
    int (*end)(const cli_training *training);    /* whatever the status is; returns the exit code */
};

extern const cli_train_report cli_train_text;   /* for a person */
extern const cli_train_report cli_train_quiet;  /* the same without plan, epochs and advice */
extern const cli_train_report cli_train_silent; /* errors alone */
extern const cli_train_report cli_train_json; /* one JSON object per line: the plan, each epoch, the result */

#endif
