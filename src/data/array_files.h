/* Data sets in NumPy's arrays: which array is what, by its name, and how images lie in it. */
#ifndef CNN_DATA_ARRAY_FILES_H
#define CNN_DATA_ARRAY_FILES_H

#include "arrays/array.h"

typedef enum cnn_array_role { CNN_ARRAY_NEITHER, CNN_ARRAY_IMAGES, CNN_ARRAY_LABELS } cnn_array_role;

/* What an array is for. */
typedef struct cnn_array_use {
    cnn_array_role role;
    cnn_split split; /* CNN_SPLIT_ALL: the name says nothing of it */
} cnn_array_use;

/* By its name: "x_train", "test_labels.npy", "kmnist-val-imgs.npz". */
cnn_array_use cnn_array_use_of(const char *name);

/* Whether it is a file of several arrays by its name. */
bool cnn_is_npz(const char *path);
/* Whether a folder holds files of arrays whose names say what they are. */
bool cnn_is_array_folder(const char *folder);

/* The arrays of a data set. Start as {0}; release with cnn_array_set_free, also after a failure. */
typedef struct cnn_array_set {
    struct {
        cnn_array images, labels;
    } part[CNN_SPLIT_ALL + 1]; /* the last one: of no split */
    bool has[CNN_SPLIT_ALL + 1];
} cnn_array_set;

/* Read a file .npz, or the files in a folder: the labels of all splits, images of those that are `wanted` (CNN_SPLIT_ALL:
 * all; NULL: only `has`, no arrays). CNN_ERROR_FORMAT: an array is there twice, or none has a name that is understood. */
cnn_status cnn_array_set_read(cnn_array_set *set, const char *path, const cnn_split *wanted,
                              cnn_error *error);
void cnn_array_set_free(cnn_array_set *set);

#endif
