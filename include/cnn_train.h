/* cnn_train.h - training: its options, the whole of it in one call, and single steps for loops of a caller's. cnn.h
 * includes it, and its rules on errors, threads and NULL hold here, too. */
#ifndef CNN_TRAIN_H
#define CNN_TRAIN_H

#include "cnn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cnn_optimizer {
    CNN_OPTIMIZER_DEFAULT, /* CNN_OPTIMIZER_SGD with momentum 0.9 and weight decay 0.0005 */
    CNN_OPTIMIZER_SGD,     /* with momentum and Nesterov as set */
    CNN_OPTIMIZER_ADAM,    /* Kingma and Ba 2014, arXiv:1412.6980; weight decay is added to the gradient */
    CNN_OPTIMIZER_ADAMW,   /* Loshchilov and Hutter 2017, arXiv:1711.05101; decoupled weight decay */
    CNN_OPTIMIZER_LION,    /* Chen et al. 2023, arXiv:2302.06675; decoupled weight decay */
    CNN_OPTIMIZER_RMSPROP, /* Tieleman and Hinton 2012, without momentum; weight decay is added to the gradient */
    /* Jordan 2024, kellerjordan.github.io/posts/muon: weights of convolutions (outputs x all others, for each group) and of
     * dense layers move by the gradient's momentum made nearly orthogonal, times sqrt(outputs / sums) where that is above
     * 1, with decoupled weight decay; all others as CNN_OPTIMIZER_SGD. Nesterov's momentum in both */
    CNN_OPTIMIZER_MUON
} cnn_optimizer;

/* All of them but the default one, in order: enumerator, name as --optimizer takes it, default learning rate. */
#define CNN_OPTIMIZERS(X)                                                                                    \
    X(CNN_OPTIMIZER_SGD, sgd, 0.1)                                                                           \
    X(CNN_OPTIMIZER_ADAM, adam, 0.001)                                                                       \
    X(CNN_OPTIMIZER_ADAMW, adamw, 0.001)                                                                     \
    X(CNN_OPTIMIZER_LION, lion, 0.0001)                                                                      \
    X(CNN_OPTIMIZER_RMSPROP, rmsprop, 0.001)                                                                 \
    X(CNN_OPTIMIZER_MUON, muon, 0.02)

/* How the learning rate changes over a training. */
typedef enum cnn_schedule {
    CNN_SCHEDULE_DEFAULT, /* CNN_SCHEDULE_ONECYCLE */
    CNN_SCHEDULE_CONSTANT,
    CNN_SCHEDULE_STEP,   /* multiply by step_factor every step_epochs epochs */
    CNN_SCHEDULE_COSINE, /* half a cosine down to zero (Loshchilov and Hutter 2016, arXiv:1608.03983) */
    /* cosine up from lr / 25 to lr over the first 30 %, cosine down to lr / 250,000 (Smith and Topin 2017,
     * arXiv:1708.07120; the constants of PyTorch's OneCycleLR) */
    CNN_SCHEDULE_ONECYCLE,
    CNN_SCHEDULE_POLYNOMIAL, /* (1 - progress)^power; power 1 falls in a line */
    /* in lines: up from lr / 5 to lr over the first 23 %, down to 0.07 lr (Jordan 2024, arXiv:2404.00498) */
    CNN_SCHEDULE_TRIANGULAR,
    /* multiply by step_factor when the loss (of validation, if there is one) has not fallen by a ten-thousandth for more
     * than step_epochs epochs, as PyTorch's ReduceLROnPlateau */
    CNN_SCHEDULE_PLATEAU
} cnn_schedule;

typedef enum cnn_loss {
    /* mean squared error of CNN_DATA_NUMBERS; else binary cross-entropy of a network that is CNN_OUTPUT_BINARY or
     * CNN_OUTPUT_SIGMOIDS; else cross-entropy */
    CNN_LOSS_DEFAULT,
    CNN_LOSS_CROSS_ENTROPY, /* of the softmax; a softmax at the network's end is taken into it */
    /* of CNN_OUTPUT_BINARY: -log p for label 1, -log(1 - p) for label 0; of CNN_OUTPUT_SIGMOIDS the mean of that over the
     * outputs, for the classes that an image belongs to (CNN_DATA_MULTI_LABEL), or its one class. The sigmoids are taken
     * into it */
    CNN_LOSS_BINARY_CROSS_ENTROPY,
    /* mean over outputs and images of (output - target)^2; the target is the data's own (the default loss of such
     * data), else one-hot, of one output the label */
    CNN_LOSS_MEAN_SQUARED,
    /* the same targets: half the square of a difference up to 1, the difference less 1/2 beyond (Huber 1964) */
    CNN_LOSS_HUBER
} cnn_loss;

/* The parameter tensors whose names match `pattern` as a shell matches file names ("*.bias", "fc_1.*"): a number of theirs
 * is multiplied by `factor` >= 0; of all patterns that match. */
typedef struct cnn_parameter_factor {
    const char *pattern;
    double factor;
} cnn_parameter_factor;

/* Everything that decides an update. Rates are per update, not per epoch. */
typedef struct cnn_update_options {
    cnn_optimizer optimizer;
    double learning_rate; /* 0: that of CNN_OPTIMIZERS, but for SGD with momentum 0.05 */
    double momentum;      /* SGD, Muon, 0 <= momentum < 1; 0: none (CNN_OPTIMIZER_DEFAULT: 0.9; Muon: 0.95) */
    bool nesterov;        /* SGD with momentum */
    double beta1, beta2;  /* Adam: 0: 0.9 and 0.999; Lion: 0: 0.9 and 0.99; RMSprop: beta2 0: 0.99 */
    double epsilon;       /* Adam, RMSprop: 0: 1e-8 */
    double weight_decay;  /* >= 0; weights only, not biases; 0: none (CNN_OPTIMIZER_DEFAULT: 0.0005) */
    double clip_norm; /* scale gradients so that the norm of all together is at most this; 0: no clipping */
    double label_smoothing; /* cross-entropy, binary or not: 0 <= value < 1 */
    cnn_loss loss;
    /* gamma of the focal loss (Lin et al. 2017, arXiv:1708.02002): cross-entropy, binary or not, times (1 - p)^gamma with p
     * the probability of the right class, in training alone; 0: none */
    double focal;
    const cnn_parameter_factor *rate_factors,
        *decay_factors; /* of learning rate and weight decay; NULL: none */
    int rate_factor_count, decay_factor_count;
    /* For fine-tuning: each layer with weights has this share of the learning rate of the one behind it, the last one all of
     * it; a normalisation has that of the layer before it. 0 < value <= 1; 0: 1 */
    double layer_decay;
    /* Of what numbers the products of convolutions and dense layers are formed, forward and for their gradients; parameters,
     * gradients and all other layers are float32 (docs/precision.md). Validation goes by it, too */
    cnn_precision precision;
} cnn_update_options;

/* Where training stands; handed to the progress function. */
typedef struct cnn_progress {
    int epoch, epochs;                      /* from 1 */
    int64_t iteration, iterations;          /* of this epoch, from 1 */
    bool epoch_ended;                       /* then the validation fields are set */
    double images_per_second, seconds_left; /* the latter of the whole training, estimated */
    double learning_rate;
    double loss, accuracy; /* mean over the epoch so far, on the training images; accuracy 0..1 */
    bool validated;        /* whether there is a validation set */
    double validation_loss, validation_accuracy;
    bool best; /* this epoch is the best so far (cnn_best) */
    int kept_epoch; /* at an epoch's end: whose weights network and model.onnx have, and its (validation) figures */
    double kept_loss, kept_accuracy;
    const struct cnn_layer_update *layers; /* at the end of an epoch, during the call: cnn_doctor.h */
    int64_t layer_count;
    bool
        diverged; /* at an epoch's end: its (validation) loss is a cross-entropy above 1000; it is never the best */
} cnn_progress;

/* Called after every iteration and at the end of every epoch. Return true to go on, false to stop after this batch:
 * state is saved and cnn_train returns CNN_STOPPED. */
typedef bool (*cnn_progress_function)(void *user, const cnn_progress *progress);

/* Which of two epochs is better, by the validation images, else by the training images. */
typedef enum cnn_best {
    CNN_BEST_DEFAULT,  /* CNN_BEST_ACCURACY */
    CNN_BEST_ACCURACY, /* the higher accuracy; of two that are equal the lower loss */
    CNN_BEST_LOSS      /* the lower loss */
} cnn_best;

typedef struct cnn_train_options {
    cnn_update_options update;
    int epochs;    /* 0: 10 */
    int64_t batch; /* images in a step, typically 8 to 256; 0: 128 */
    cnn_schedule schedule;
    double warmup_epochs; /* linear rise from 0 before the schedule; CNN_SCHEDULE_ONECYCLE has its own */
    int step_epochs;      /* CNN_SCHEDULE_STEP: 0: a third of the epochs, rounded up; PLATEAU: 0: a tenth */
    double step_factor;   /* CNN_SCHEDULE_STEP, PLATEAU: 0: 0.1 */
    /* Fraction of the images held out for testing, 0 <= value < 1: training never looks at them. From each class its
     * share, drawn by `seed`; run_directory's split.csv lists them, and cnn_data_open_run finds them again */
    double test;
    double validation;               /* fraction of the others held out to validate with, in the same way */
    const cnn_data *validation_data; /* images to validate with instead; NULL: none */
    cnn_best best; /* which epoch is best: its weights are kept where there is a validation set or patience */
    int patience;  /* stop after so many epochs without a better one; 0: never */
    uint64_t seed; /* of initial weights, shuffling, dropout */
    int threads;   /* 0: one for each processor the process may use. The result does not depend on it */
    bool keep_parameters;    /* go on from the network's parameters instead of drawing new ones */
    bool keep_normalisation; /* with new parameters, too: the network's rather than the data's */
    bool augment;            /* shift each training image by up to 2 pixels at random; see docs */
    /* model.onnx, checkpoint.safetensors, history.csv and a TensorBoard event file are written here after every
     * epoch; created if missing; NULL: nothing is written */
    const char *run_directory;
    /* Go on from run_directory's checkpoint, as if training had never stopped. Images, labels and options must be the
     * same but for threads, patience, epochs and learning_rate; of the last two 0 means the checkpoint's. A training
     * that is complete is written again, in case that was interrupted, and reported once */
    bool resume;
    /* Let the run that run_directory holds be replaced: its files go when the first epoch is saved. Without it, and
     * without resume, such a directory is CNN_ERROR_ARGUMENT */
    bool overwrite;
    cnn_progress_function progress;               /* NULL: none */
    void *user;                                   /* handed to `progress` */
    const struct cnn_augmentation *augmentations; /* of cnn_augment.h; NULL: none */
    int augmentation_count;
    /* An average of the weights, with the statistics of batch normalisation, is what is validated, kept and returned; at
     * most one of the three */
    double ema; /* exponential moving average, 0 <= decay < 1; after update n at most n / (n + 9). 0: none */
    int lookahead; /* after so many updates, weights and average meet half way (arXiv:1907.08610); 0: none */
    int swa_from; /* mean of the weights at the ends of this epoch and later ones (arXiv:1803.05407); 0: none */
    double power; /* CNN_SCHEDULE_POLYNOMIAL: 0: 1 */
    /* Batches whose gradients make one update, 0: 1. An epoch's last update may have fewer. As one batch so many times as
     * large, but for rounding, dropout's masks, and batch normalisation, which sees each batch by itself */
    int accumulate;
    /* Each image's loss in training times the weight of its class: `class_weight_count` weights >= 0, one for each class of
     * the data; NULL: 1. Or `balance_classes`: images / (classes x images of the class), counted where it trains */
    const float *class_weights;
    int64_t class_weight_count;
    bool balance_classes;
    /* Updates in an epoch, on so many of the images as its order begins with; 0, or more than the images make: all of them,
     * each once. With resume 0 means the checkpoint's */
    int64_t epoch_updates;
    /* Every class as often as any other in an epoch of as many images: those of rare classes come several times, those of
     * frequent ones by turns. Not together with weights of classes */
    bool balance_sampling;
    /* Cross-validation: of `folds` >= 2 parts of each class, drawn by `seed`, number `fold` (from 1) validates; 0: none. Not
     * together with the other ways to validate */
    int folds, fold;
    /* For fine-tuning: the first epochs train the head alone, the last layer with parameters, as if cnn_net_freeze held all
     * others; then all layers that the caller does not hold, by an optimizer that begins anew. Either part has the whole
     * schedule. Fewer than `epochs`; needs keep_parameters */
    int freeze_epochs;
    /* Distillation (Hinton et al. 2015, arXiv:1503.02531): a trained network with the same input and classes (matched by
     * name where both have names) answers the same augmented images. An image's loss is (1 - w) times what it is without,
     * plus w T^2 KL(teacher || network), both softened: softmax(logits / T). Cross-entropy only; training alone: validation
     * does not look at it. NULL: none; its parameters are read before the first epoch */
    const cnn_net *teacher;
    double teacher_weight; /* w, above 0 and at most 1; 0: 0.5 */
    double temperature;    /* T, above 0 and at most 1000; 0: 4 */
    /* Each of the freeze_epochs trains one more of as many equal parts of the layers with weights, from the last to the first
     * (gradual unfreezing, Howard and Ruder 2018, arXiv:1801.06146), by a new optimizer and with the whole schedule */
    bool unfreeze_gradually;
    /* Updates of the first epochs one by one, each at least 1, the first also in place of epoch_updates; all later epochs have as
     * many as the last one here. Each epoch has its share of the schedule, however long it is. With resume they are the
     * checkpoint's; NULL: none */
    const int64_t *epoch_lengths;
    int epoch_length_count;
    /* Above 0: end about so many seconds after the call. What cnn_train_fit_time says is the beginning; before each later epoch
     * its length and that of all that follow are chosen anew, by the pace of the last one. With the lengths that came out
     * (cnn_progress.iterations) as epoch_lengths the same training is repeated. 0, or with resume: no */
    double seconds;
} cnn_train_options;

/* Train `net` on `data`: shuffled mini-batches, forward, loss, backward, update. Sets the network's normalisation
 * from the training images (unless keep_parameters or keep_normalisation) and its class names; with keep_parameters a
 * network that has names keeps them, and labels are matched as cnn_match_classes does. On return the network has the
 * weights of the best epoch (options->best) when there is a validation set or patience, else the last ones. The same
 * seed gives the same weights bit for bit on any number of threads (of one instruction set). CNN_STOPPED: `progress`
 * asked for it. CNN_ERROR_DIVERGED: the loss is not finite; the network keeps the weights of the last good epoch, and
 * the message names epoch, iteration and layer. */
CNN_API cnn_status cnn_train(cnn_net *net, const cnn_data *data, const cnn_train_options *options,
                             cnn_error *error);

/* How long a training may be. */
typedef struct cnn_train_length {
    int epochs;
    int64_t epoch_updates;
    double seconds; /* that it is expected to take */
} cnn_train_length;

/* How many epochs, and updates in each, fit into `seconds` on this machine as it is now, this call included: measured by a
 * short training of a copy. What cnn_train makes of these two numbers depends on them alone, so that they, unlike the
 * time, repeat a training; options->epochs is not looked at. */
CNN_API cnn_status cnn_train_fit_time(const cnn_net *net, const cnn_data *data,
                                      const cnn_train_options *options, double seconds,
                                      cnn_train_length *length, cnn_error *error);

/* Which rates cnn_train_find_rate tries; zeros are defaults. */
typedef struct cnn_rate_range {
    double least, most; /* 0: 1e-5 and 10; they rise by the same factor from update to update */
    int updates;        /* at most, 10 to 100,000; 0: 100 */
} cnn_rate_range;

/* An update of such a trial: its rate, its loss before it, and the running mean of the losses. */
typedef struct cnn_rate_point {
    double rate, loss, smoothed;
} cnn_rate_point;

typedef struct cnn_rate_curve {
    cnn_rate_point *points; /* owned by the curve */
    int64_t count;
    double suggestion; /* a tenth of the rate at which the smoothed loss is least */
} cnn_rate_curve;

/* Train a copy at rates that rise until the loss is four times its least value or not finite, and suggest one (Smith 2017,
 * arXiv:1506.01186). The schedule and the run directory of the options are not looked at. options and range may be NULL.
 * Release with cnn_rate_curve_free. */
CNN_API cnn_status cnn_train_find_rate(const cnn_net *net, const cnn_data *data,
                                       const cnn_train_options *options, const cnn_rate_range *range,
                                       cnn_rate_curve *curve, cnn_error *error);
CNN_API void cnn_rate_curve_free(cnn_rate_curve *curve); /* leaves it empty; NULL is allowed */

/* What cnn_train would refuse before it looks at network and images: options out of range, a run_directory that holds
 * a run already, or none to resume. */
CNN_API cnn_status cnn_train_check(const cnn_train_options *options, cnn_error *error);
/* The learning rate that cnn_train takes for this network: that of the options, else the optimizer's own. *lowered: a tenth
 * of the latter, because the network goes on from its parameters, trains at least 12 layers with weights and has no
 * normalisation: exporters fold it into the weights, which then bear small steps only. Not of resume, which takes that of
 * the checkpoint. */
CNN_API cnn_status cnn_train_rate(const cnn_net *net, const cnn_train_options *options, double *rate,
                                  bool *lowered, cnn_error *error);

/* How cnn_train would share out the images of `data`. */
typedef struct cnn_train_images {
    int64_t training, validation, test;
    int64_t others; /* with resume: in none of these, since they came to the data later */
} cnn_train_images;
CNN_API cnn_status cnn_train_count(const cnn_data *data, const cnn_train_options *options,
                                   cnn_train_images *images, cnn_error *error);

/* Open options->split of a data set as the training in run_directory shared its images out (split.csv): those held
 * out for CNN_SPLIT_TEST, unless the data set has test images of its own; those that trained or validated. What the
 * training did not share out is opened as cnn_data_open does it, as is everything when run_directory is NULL.
 * CNN_ERROR_FORMAT when the data set lacks one of the images, unless it has none of that class; and for CNN_SPLIT_TEST
 * and CNN_SPLIT_VALIDATION when neither it nor split.csv has such images. options and part may be NULL. */
typedef struct cnn_run_part {
    bool listed;    /* by split.csv */
    int64_t others; /* images of the data set that are not in split.csv: they came later */
} cnn_run_part;
CNN_API cnn_status cnn_data_open_run(cnn_data **data, const char *source, const cnn_data_options *options,
                                     const char *run_directory, cnn_run_part *part, cnn_error *error);

/* One step at a time, for programs with a loop of their own and for tests. */
typedef struct cnn_trainer cnn_trainer;
typedef struct cnn_trainer_options {
    cnn_update_options update;
    int64_t batch; /* at most so many images in a step; 0: 128 */
    int threads;   /* 0: one for each processor the process may use */
    uint64_t seed; /* of dropout */
} cnn_trainer_options;

/* Takes the parameters from `net`; they live in the trainer until cnn_trainer_store puts them back. */
CNN_API cnn_status cnn_trainer_new(cnn_trainer **trainer, const cnn_net *net,
                                   const cnn_trainer_options *options, cnn_error *error);
CNN_API void cnn_trainer_free(cnn_trainer *trainer); /* NULL is allowed */
/* Forward, loss, backward: computes the gradients of the mean loss of `count` images (N,C,H,W in 0..1; count at most
 * `batch`) and changes no parameter. `loss` and `correct` (how many images were classified rightly) may be NULL.
 * CNN_ERROR_DIVERGED if the loss is not finite; the message names the layer. */
CNN_API cnn_status cnn_trainer_gradients(cnn_trainer *trainer, const float *images, const int32_t *labels,
                                         int64_t count, double *loss, int64_t *correct, cnn_error *error);
/* The same by `targets`, `count` rows of cnn_net_outputs values: any finite numbers for CNN_LOSS_MEAN_SQUARED and
 * CNN_LOSS_HUBER, 0..1 for CNN_LOSS_BINARY_CROSS_ENTROPY. */
CNN_API cnn_status cnn_trainer_target_gradients(cnn_trainer *trainer, const float *images,
                                                const float *targets, int64_t count, double *loss,
                                                cnn_error *error);
/* Forward alone, as in inference: without dropout, batch normalisation by its running statistics. Mean loss of
 * `count` images (any number; N,C,H,W in 0..1), without label smoothing, and how many were classified rightly; either
 * may be NULL. Changes no parameter and no gradient. Takes memory of its own at the first call. */
CNN_API cnn_status cnn_trainer_loss(cnn_trainer *trainer, const float *images, const int32_t *labels,
                                    int64_t count, double *loss, int64_t *correct, cnn_error *error);
/* Update the parameters from the last gradients. `learning_rate_factor` multiplies the rate (a schedule). */
CNN_API cnn_status cnn_trainer_update(cnn_trainer *trainer, double learning_rate_factor, cnn_error *error);
/* That factor, as cnn_train has it at `update` (from 0, of all epochs together) with `updates` in each epoch. */
CNN_API cnn_status cnn_train_factor(const cnn_train_options *options, int64_t updates, int64_t update,
                                    double *factor, cnn_error *error);
/* Copy the last gradient of a parameter tensor, in the order of its shape. */
CNN_API cnn_status cnn_trainer_get_gradient(const cnn_trainer *trainer, const char *name, float *values,
                                            int64_t elements, cnn_error *error);
/* Copy the trainer's parameters into `net`, which must have the same layers. */
CNN_API cnn_status cnn_trainer_store(const cnn_trainer *trainer, cnn_net *net, cnn_error *error);

/* Bytes that a trainer or a predictor for `batch` images takes, as they will allocate them. */
typedef struct cnn_memory {
    int64_t parameters; /* the network's own copy */
    int64_t training;   /* a trainer: weights, gradients, optimizer state, intermediate results */
    int64_t inference;  /* a predictor: weights and intermediate results */
} cnn_memory;
CNN_API cnn_status cnn_net_memory(const cnn_net *net, int64_t batch, const cnn_update_options *update,
                                  int threads, cnn_memory *memory, cnn_error *error);

#ifdef __cplusplus
}
#endif

#endif
