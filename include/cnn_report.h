/* cnn_report.h - what a report on a trained model is made of: how it was trained, what it answers for each image, and
 * how far its probabilities can be trusted. It includes cnn.h, whose rules on errors, threads and NULL hold here, too. */
#ifndef CNN_REPORT_H
#define CNN_REPORT_H

#include "cnn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Runs --------------------------------------------------------------------------------------------- */

/* What one epoch came to: a row of history.csv. */
typedef struct cnn_run_epoch {
    double seconds;       /* training and validation */
    double learning_rate; /* of its last update */
    double loss, accuracy;
    double validation_loss, validation_accuracy; /* NaN without a validation set */
    int64_t updates;                             /* 0: not known */
} cnn_run_epoch;

/* What a run directory says of its training. */
typedef struct cnn_training_record {
    bool there; /* false: the folder has no checkpoint, and all else is 0 */
    /* Complete, but for what is not kept: threads, patience, directories, pointers and augmentations. */
    cnn_train_options options;
    int64_t images;          /* of the data set that was trained on, with those held out */
    char fingerprint[17];    /* of its images and labels: their number, all labels, the pixels of 64 images */
    char augmentations[256]; /* as --augment takes them, each with its amount; "": none */
    cnn_run_epoch *epochs;   /* owned by the record; the first is epoch 1 */
    int64_t epoch_count;     /* that are complete */
} cnn_training_record;

/* Read a run directory's checkpoint. Release with cnn_training_record_free. CNN_ERROR_FORMAT: there is one, but it is damaged. */
CNN_API cnn_status cnn_training_record_read(cnn_training_record *record, const char *directory,
                                            cnn_error *error);
CNN_API void cnn_training_record_free(cnn_training_record *record); /* leaves it empty; NULL is allowed */

/* ---- Answers ------------------------------------------------------------------------------------------ */

/* What a network answers for one image. Classes are those of the network. */
typedef struct cnn_answer {
    int32_t label;     /* the class that is right, by cnn_match_classes */
    int32_t predicted; /* the one with the highest probability; of several equal ones the first */
    int32_t second;    /* the next probable; -1: there is one class alone */
    float probability,
        second_probability; /* of a network whose outputs are no scores of classes, the outputs */
} cnn_answer;

/* The answers of `net` for all images of `data`; `count` must be cnn_data_count. They do not depend on `threads` (0: one
 * for each processor the process may use). */
CNN_API cnn_status cnn_answers(const cnn_net *net, const cnn_data *data, int threads, cnn_answer *answers,
                               int64_t count, cnn_error *error);

/* ---- Calibration -------------------------------------------------------------------------------------- */

enum { CNN_CALIBRATION_BINS = 15 };

typedef struct cnn_calibration_bin {
    int64_t images;
    double confidence,
        accuracy; /* their mean probability, and the share of them that is right; NaN where images is 0 */
} cnn_calibration_bin;

/* Whether, of the answers that are given with a probability of p, a share of p is right (C. Guo et al., On Calibration
 * of Modern Neural Networks, 2017, arXiv:1706.04599). Bin k of 15 has the probabilities in (k / 15, (k + 1) / 15]. */
typedef struct cnn_calibration {
    cnn_calibration_bin bins[CNN_CALIBRATION_BINS];
    double confidence, accuracy; /* over all images */
    double expected_error;       /* ECE: mean over the images of |accuracy - confidence| of their bin */
    double largest_error;        /* MCE: of the bin where it is largest */
} cnn_calibration;

/* CNN_ERROR_ARGUMENT: there are no answers, or a probability is not within 0..1. */
CNN_API cnn_status cnn_calibrate(const cnn_answer *answers, int64_t count, cnn_calibration *calibration,
                                 cnn_error *error);

#ifdef __cplusplus
}
#endif

#endif
