/* What a run's checkpoint says of its training, for those who do not go on with it. */
#ifndef CNN_TRAIN_RUN_RECORD_H
#define CNN_TRAIN_RUN_RECORD_H

#include "cnn_augment.h"

#include "data/fingerprint.h"
#include "train/history.h"
#include "train/lengths.h"

/* Start as {0}; release with cnn_run_record_free. */
typedef struct cnn_run_record {
    bool there; /* false: the folder has no checkpoint */
    /* What decides the result, as far as a number or a word says it, and whether the normalisation was the caller's
     * (keep_normalisation); all else is 0. */
    cnn_train_options options;
    int64_t images; /* of the data, with those held out */
    double test,
        validation; /* which fractions of them were held out; not in the options, which others train with */
    char fingerprint
        [CNN_FINGERPRINT_BYTES]; /* of their pixels and labels; "": a checkpoint from before there was one */
    cnn_augmentation augmentations[CNN_AUGMENT_KINDS]; /* those that `options` points to */
    cnn_lengths lengths; /* to which `options` points if they differ; count 0: not known */
    cnn_history history; /* with those layers of which the checkpoint has one, in its order */
} cnn_run_record;

/* `folder` may be NULL: nothing is there. */
cnn_status cnn_run_record_read(cnn_run_record *record, const char *folder, cnn_error *error);
void cnn_run_record_free(cnn_run_record *record);

#endif
