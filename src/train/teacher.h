/* Distillation (Hinton et al. 2015, arXiv:1503.02531): a trained network answers the images that another one learns from. */
#ifndef CNN_TRAIN_TEACHER_H
#define CNN_TRAIN_TEACHER_H

#include "data/fingerprint.h"
#include "data/loader.h"
#include "graph/net.h"
#include "train/loss.h"

typedef struct cnn_teacher {
    cnn_predictor *predictor; /* NULL: there is none */
    double weight, temperature;
    int32_t *output_of; /* the teacher's output for each of the student's */
    int64_t outputs, values, channels;
    float *scale,
        *shift;     /* of each channel, from the student's normalisation to the teacher's; NULL: the same */
    float *images;  /* a batch of the teacher's, where they differ */
    float *answers; /* of a batch, in the student's order */
} cnn_teacher;

/* Starts as zeros; cnn_teacher_free releases it also after a failure. CNN_ERROR_ARGUMENT: the teacher's input, classes or
 * pixels are not the student's, or it gives no scores of classes. The teacher may go afterwards. */
cnn_status cnn_teacher_make(cnn_teacher *teacher, const cnn_net *net, const cnn_net *student, int64_t batch,
                            int threads, cnn_error *error);
void cnn_teacher_free(cnn_teacher *teacher);

/* What it says of a batch that was made for the student: rows in the order of its outputs, valid until the next call. The
 * same bits on any number of threads. No answers where there is no teacher. */
cnn_lesson cnn_teacher_answer(const cnn_teacher *teacher, const cnn_batch *batch);

/* Of layers, normalisation and parameters. CNN_ERROR_MEMORY is possible. */
cnn_status cnn_teacher_fingerprint(const cnn_net *net, char fingerprint[CNN_FINGERPRINT_BYTES],
                                   cnn_error *error);

#endif
