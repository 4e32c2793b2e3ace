/* What an optimizer is: a file of this folder for each, and the list CNN_OPTIMIZERS of cnn.h, from which everything
 * else that knows optimizers takes them. */
#ifndef CNN_TRAIN_OPTIMIZERS_OPTIMIZER_H
#define CNN_TRAIN_OPTIMIZERS_OPTIMIZER_H

#include "kernels/kernels.h"

#include <cnn.h>

enum { CNN_MAX_OPTIMIZER_STATES = 2 };

/* One update of neighbouring parameters that are treated alike. */
typedef struct cnn_optimizer_step {
    const cnn_kernels *kernels;
    const cnn_update_options *options; /* complete */
    double learning_rate;              /* of this update: the schedule's factor is in it */
    double weight_decay;               /* 0 where biases are updated */
    float gradient_scale;              /* of clipping; 1: none */
    int64_t number;                    /* of this update, from 1 */
    int64_t count;                     /* of values in each of the arrays below */
    const float *gradient;
    const float *direction; /* of a matrix of weights, where the optimizer has whole_matrices; else NULL */
    float *weights;
    float *state[CNN_MAX_OPTIMIZER_STATES]; /* zeros before the first update; NULL beyond those in use */
} cnn_optimizer_step;

typedef struct cnn_optimizer_kind {
    bool takes_momentum; /* it may be asked for */
    bool whole_matrices; /* it moves matrices of weights along `direction` (train/directions.h) */
    double momentum, beta1, beta2,
        epsilon; /* what a zero in the options stands for; 0: none, or the optimizer has no such number */

    /* How many numbers it keeps for each parameter, 0 to CNN_MAX_OPTIMIZER_STATES; complete options. */
    int (*states)(const cnn_update_options *options);
    /* The learning rate where the options have 0, if it is not that of the list. May be NULL. */
    double (*learning_rate)(const cnn_update_options *options);
    void (*update)(const cnn_optimizer_step *step);
} cnn_optimizer_kind;

#define CNN_DECLARE_OPTIMIZER(enumerator, name, rate) extern const cnn_optimizer_kind cnn_optimizer_##name;
CNN_OPTIMIZERS(CNN_DECLARE_OPTIMIZER)
#undef CNN_DECLARE_OPTIMIZER

/* How many there are beside the default one, which is 0: they are 1 .. count. */
int cnn_optimizer_count(void);
/* NULL for the default one, which complete options never have. */
const cnn_optimizer_kind *cnn_optimizer_of(cnn_optimizer optimizer);
/* As --optimizer takes it; "default" for the default one. */
const char *cnn_optimizer_name(cnn_optimizer optimizer);
/* What a learning rate of 0 in the options stands for; they name an optimizer and have its momentum. */
double cnn_optimizer_rate(const cnn_update_options *options);

#endif
