/* cnn_doctor.h - looks for what makes training fail or a model useless: in the images and labels, in the settings, in
 * the course of a training, in the network's parameters. Each check gives findings; where all is well there are none.
 * docs/doctor.md says what each check measures and from which value on it speaks. */
#ifndef CNN_DOCTOR_H
#define CNN_DOCTOR_H

#include "cnn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cnn_severity {
    CNN_WARNING, /* training works, but worse than it could, or its figures mislead */
    CNN_FAULT    /* it cannot work so, or its figures are wrong */
} cnn_severity;

/* An image that a finding is about. */
typedef struct cnn_found_image {
    cnn_split part; /* CNN_SPLIT_TRAIN, ... : of which of the data sets it is */
    int64_t index;  /* within that; -1: a file that was left out, which the text names */
    double score;   /* the checks' own measure; images of a finding are in descending order of it */
    char text[256]; /* "labelled 3, looks like 5 (99.8 %)" */
} cnn_found_image;

/* Texts are UTF-8, one line, always terminated. */
typedef struct cnn_finding {
    const char *check; /* the name of the check, a string literal: "duplicates" */
    cnn_severity severity;
    char what[160];          /* what is wrong */
    char where[256];         /* the part of the data, the layer, the epoch, the iteration */
    char evidence[512];      /* what was measured, and what would be well */
    char advice[512];        /* what to do */
    cnn_found_image *images; /* owned by the diagnosis; NULL: it is about none in particular */
    int64_t image_count, image_capacity;
} cnn_finding;

/* Start as {0}; release with cnn_diagnosis_free. */
typedef struct cnn_diagnosis {
    cnn_finding *findings; /* in the order of the checks */
    int64_t count, capacity;
} cnn_diagnosis;

typedef struct cnn_doctor_options {
    /* The images, in the shape of the network's input; what there is not is NULL. */
    const cnn_data *training, *validation, *test;
    const cnn_net *net; /* NULL: only the images are looked at */
    bool trained;       /* its parameters are judged, too */
    /* Of cnn_train: its history is read, and the options that its checkpoint keeps. NULL: none */
    const char *run_directory;
    /* What training is to be tried with where there is no run; NULL: the defaults. Of these the batch, the seed and
     * the options of an update are used. */
    const cnn_train_options *train;
    bool quick;    /* leave out the checks that train networks: labels, gradients and updates */
    uint64_t seed; /* of everything that is drawn */
    int threads;   /* 0: one for each processor the process may use. The findings do not depend on it */
} cnn_doctor_options;

/* Make all checks that the options give something to look at, and add their findings to *diagnosis. Anything that a
 * check cannot do (memory, files) is a failure, and no finding. */
CNN_API cnn_status cnn_doctor(cnn_diagnosis *diagnosis, const cnn_doctor_options *options, cnn_error *error);
CNN_API void cnn_diagnosis_free(cnn_diagnosis *diagnosis); /* leaves it empty; NULL is allowed */

/* ---- While a training goes on ------------------------------------------------------------------------- */

/* What an epoch of training did to the weights of one layer that has any (convolutions and dense layers, unless they are
 * frozen): means over the iterations that were measured, every 8th or, of more than 128 in an epoch, 16 of them. NaN: not
 * known, because the checkpoint that training went on from does not say. */
typedef struct cnn_layer_update {
    const char *layer; /* its name: "conv_1" */
    int64_t weights;   /* how many it has */
    double gradient;   /* norm of the gradient of the mean loss by them, before it is clipped */
    double update;     /* norm of what an update changed them by, divided by their norm before it */
} cnn_layer_update;

/* Makes the cheap checks after each epoch: loss stuck at that of guessing, training accuracy far above validation,
 * gradients that vanish or explode, updates too large or too small for the weights, dead ReLUs, one class for everything;
 * and keeps the first finding of each. */
typedef struct cnn_watch cnn_watch;

/* `net` and `data`: those that cnn_train gets; both must outlive the watch. */
CNN_API cnn_status cnn_watch_new(cnn_watch **watch, const cnn_net *net, const cnn_data *data, int threads,
                                 cnn_error *error);
CNN_API void cnn_watch_free(cnn_watch *watch); /* NULL is allowed */
/* To be called by the progress function of cnn_train with what that gets; looks at the ends of epochs alone. */
CNN_API cnn_status cnn_watch_epoch(cnn_watch *watch, const cnn_progress *progress, cnn_error *error);
/* All that was found so far; new findings are at its end. It belongs to the watch. */
CNN_API const cnn_diagnosis *cnn_watch_found(const cnn_watch *watch);

#ifdef __cplusplus
}
#endif

#endif
