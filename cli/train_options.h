/* The command line of `cnn train`: parsing, checks, and the resulting options of the library. */
#ifndef CLI_TRAIN_OPTIONS_H
#define CLI_TRAIN_OPTIONS_H

#include "augment_options.h"
#include "factor_options.h"
#include "pixel_options.h"

#include <cnn.h>

#include <stdbool.h>
#include <stdint.h>

enum { CLI_MOST_EPOCHS = 1000000 };

enum { CLI_MAX_LENGTHS = 1000 };

/* --iterations: of all epochs, or of the first ones one by one. */
typedef struct cli_iterations {
    const char *text; /* as given; NULL: not at all */
    int64_t list[CLI_MAX_LENGTHS];
    int count;
} cli_iterations;

/* Zero is the library's default unless a comment says otherwise. */
typedef struct cli_train_arguments {
    const char *teacher;
    double teacher_weight, temperature;
    const char *data, *run_directory, *weights, *freeze, *image;
    cnn_input_options image_size;               /* what `image` says */
    const char *validation, *validation_source; /* as given; the second NULL when it is a fraction */
    int64_t classes;
    cli_iterations iterations;
    const char *time; /* as given */
    double seconds;   /* what `time` says; 0: it was not given */
    int64_t epochs, batch, patience, seed /* 1 */, threads, limit, step_epochs;
    const char *recipe;                          /* a name or a file; NULL: none */
    int64_t folds, fold;                         /* the latter from 1; 0: not chosen yet */
    int optimizer, sample, schedule, loss, best; /* indices of the words below; -1: not given */
    int precision;
    double learning_rate, momentum /* -1: not given */, weight_decay, clip_norm, label_smoothing, warmup;
    int64_t lookahead, swa, accumulate, freeze_epochs /* -1: not given */;
    double layer_decay, ema, focal, power, step_factor, validation_fraction,
        test_fraction /* -1: not given */;
    bool unfreeze_gradually, nesterov, resume, overwrite, skip_bad, partial, report, json, find_lr;
    bool silent; /* say errors alone: no option, but how other commands train */
    cli_pixel_options pixels;
    cli_augment_options augment;
    cli_factors lr_factors, decay_factors;
    const char *class_weights; /* "balanced", or a file */
} cli_train_arguments;

/* Read the words after "train" into `a`, the options of a recipe first. CLI_GO_ON, and words[0] is the model;
 * or the exit code after a message or the help. The words are moved about. */
int cli_train_parse(int count, char **words, cli_train_arguments *a);

/* The same for cnn_train, but for what the data's classes decide; `trained`: the model has parameters from which training continues. Without a progress
 * function. */
cnn_train_options cli_train_library_options(const cli_train_arguments *a, bool trained);

#endif
