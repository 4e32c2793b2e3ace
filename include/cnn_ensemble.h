/* cnn_ensemble.h - one network, or several together, that answer for images, each of which they may see in several views
 * (test-time augmentation). It includes cnn_report.h and cnn.h, whose rules on errors, threads and NULL hold here, too.
 *
 * Averaged are probabilities: each network's outputs become probabilities of classes, each by its own last layer, and
 * their mean over networks and views is the answer. Where outputs are no scores of classes (CNN_OUTPUT_VALUES), the
 * outputs themselves are averaged. Results do not depend on the number of threads. */
#ifndef CNN_ENSEMBLE_H
#define CNN_ENSEMBLE_H

#include "cnn_report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Views -------------------------------------------------------------------------------------------- */

/* How an image is shown: moved, then mirrored. All zero: as it is. */
typedef struct cnn_view {
    bool mirror; /* left and right change places */
    /* By so many pixels, fewer than it has; what comes in repeats the image as a mirror at its edge would, as PyTorch's
     * "reflect" padding does. */
    int64_t down, right;
    double weight; /* in the mean, relative to that of the others; 0: 1 */
} cnn_view;

/* That a text can ask for. */
enum { CNN_MAX_VIEWS = 6 };

/* Read "mirror", "shift:1" or "mirror,shift:1". mirror: every view mirrored left and right in addition. shift:N (N from 1
 * to 64; 1 if left out): in addition moved by N pixels down and right, and by N up and left; the image in its place has
 * as much weight as both together (K. Jordan 2024, arXiv:2404.00498, section 3.5). CNN_ERROR_ARGUMENT names a word that
 * does not exist, with the nearest one, an amount out of range, or what is named twice. */
CNN_API cnn_status cnn_views_parse(const char *text, cnn_view views[CNN_MAX_VIEWS], int *count,
                                   cnn_error *error);

/* ---- Networks that answer together -------------------------------------------------------------------- */

/* Networks made ready to run; independent of what it was made from. */
typedef struct cnn_ensemble cnn_ensemble;

typedef struct cnn_ensemble_options {
    int64_t batch;         /* at most so many images at once; 0: 128 */
    int threads;           /* 0: one for each processor the process may use */
    const cnn_view *views; /* copied; NULL: each image is seen as it is */
    int view_count;        /* 0 with NULL */
    /* Average the outputs themselves, whatever they mean: for networks that give numbers, one of which alone says of
     * itself that it is no classifier. Rows then have cnn_net_outputs values */
    bool outputs;
    cnn_precision precision;
} cnn_ensemble_options;

/* `nets`: `count` >= 1 of them, which take the same images. Their classes are those of the first: matched by name
 * where both have names, else by position. CNN_ERROR_SHAPE: the shapes of their inputs, or the numbers of their
 * classes, differ; CNN_ERROR_ARGUMENT: they prepare pictures differently, one lacks a class, the outputs of some are
 * probabilities of classes and those of others are not, or a view moves an image by more than its size. */
CNN_API cnn_status cnn_ensemble_new(cnn_ensemble **ensemble, const cnn_net *const *nets, int count,
                                    const cnn_ensemble_options *options, cnn_error *error);
CNN_API void cnn_ensemble_free(cnn_ensemble *ensemble); /* NULL is allowed */
/* Run `count` images (any number), N,C,H,W in 0..1; `probabilities` gets N rows of cnn_net_classes values of the first
 * network. Allocates nothing. CNN_ERROR_DIVERGED: the outputs for an image are not finite, though the pixels are. */
CNN_API cnn_status cnn_ensemble_run(cnn_ensemble *ensemble, const float *images, int64_t count,
                                    float *probabilities, cnn_error *error);

/* ---- What they answer for a data set ------------------------------------------------------------------ */

/* All of it is owned by the struct. */
typedef struct cnn_ensemble_answers {
    int64_t images, classes;
    float *probabilities; /* images x classes, as cnn_ensemble_run gives them */
    int32_t *labels; /* the class of the first network that is right (cnn_match_classes), of each image */
    bool by_name;    /* so matched, else by position */
    /* Mean cross-entropy, by the logarithms of the mean probabilities, never rounded to zero or infinity; of
     * CNN_OUTPUT_SIGMOIDS binary; of CNN_DATA_NUMBERS the mean squared error */
    double loss;
    /* instead of labels, where the data have targets: images x classes, those of CNN_DATA_MULTI_LABEL at the first
     * network's classes */
    float *targets;
} cnn_ensemble_answers;

/* Answers for all images of `data`. CNN_ERROR_ARGUMENT: they have several labels, but the network does not end in
 * sigmoids; or numbers, and the ensemble does not average `outputs`. Release with cnn_ensemble_answers_free. */
CNN_API cnn_status cnn_ensemble_answer(cnn_ensemble *ensemble, const cnn_data *data,
                                       cnn_ensemble_answers *answers, cnn_error *error);
CNN_API void cnn_ensemble_answers_free(cnn_ensemble_answers *answers); /* leaves it empty; NULL is allowed */
/* Accuracy, loss and confusion matrix of answers with labels, as cnn_evaluate has them. Release with cnn_evaluation_free. */
CNN_API cnn_status cnn_ensemble_evaluate(const cnn_ensemble_answers *answers, cnn_evaluation *evaluation,
                                         cnn_error *error);

/* The two most probable classes of each image, as cnn_answers has them: answers->images of them. */
CNN_API cnn_status cnn_ensemble_list(const cnn_ensemble_answers *answers, cnn_answer *list, cnn_error *error);

#ifdef __cplusplus
}
#endif

#endif
