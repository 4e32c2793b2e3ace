/* Which folders of a data set hold which of its splits: train/, Test/, validation_set/ ... */
#ifndef CNN_DATA_SPLITS_H
#define CNN_DATA_SPLITS_H

#include "data/listing.h"

typedef struct cnn_splits {
    char *folder
        [CNN_SPLIT_ALL]; /* of CNN_SPLIT_TRAIN, CNN_SPLIT_TEST and CNN_SPLIT_VALIDATION, owned; NULL if there is none */
    cnn_listing others; /* folders beside them, which belong to no split */
    bool any;           /* whether there is one */
} cnn_splits;

/* Find the folders that are named like a split and contain class folders. Start with {0}; release with
 * cnn_splits_free, also after a failure. Two for the same split are an error. */
cnn_status cnn_splits_find(cnn_splits *splits, const char *folder, cnn_error *error);
void cnn_splits_free(cnn_splits *splits);

/* The split that a folder's name, or a word in a table, stands for; CNN_SPLIT_ALL if none. */
cnn_split cnn_split_of_name(const char *name);

/* The folder whose class folders define the classes of all splits: that of the training images if there is one. */
const char *cnn_splits_naming(const cnn_splits *splits);

/* CNN_ERROR_FORMAT, with the splits that exist, if the data in `folder` have no such split. */
cnn_status cnn_splits_check(const cnn_splits *splits, const char *folder, cnn_split split, cnn_error *error);

/* The same for data of which it is only known which splits they have (has[CNN_SPLIT_TRAIN] ...). */
cnn_status cnn_split_missing(const char *folder, cnn_split split, const bool has[CNN_SPLIT_ALL],
                             cnn_error *error);

#endif
