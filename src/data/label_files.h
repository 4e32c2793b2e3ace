/* From a table of labels to classes and picture files. */
#ifndef CNN_DATA_LABEL_FILES_H
#define CNN_DATA_LABEL_FILES_H

#include "data/label_table.h"
#include "data/picture_files.h"

typedef struct cnn_label_files {
    char **classes; /* the names, in order; they belong to the table */
    int64_t class_count;
    int (*order)(const void *, const void *); /* in which they are, of two char ** */
    float *targets;                           /* of all rows of the table; owned; NULL: none */
    cnn_picture_files files;
} cnn_label_files;

/* The files of a split (without a split column all train), with labels or targets. `folder`: from where their names
 * lead; its string must live as long. The classes are those of the training rows where the table is divided and has
 * such; in the order of their numbers if all are whole numbers, else bytewise. CNN_ERROR_FORMAT, with the line: a class
 * that is none of these, a file that is listed twice. What the table has of the files' bytes is taken from it. Start as {0}; release with cnn_label_files_free, also after a
 * failure. */
cnn_status cnn_label_files_find(cnn_label_files *found, cnn_label_table *table, const char *folder,
                                cnn_split split, cnn_error *error);
void cnn_label_files_free(cnn_label_files *found);

/* Fill a data set from a table: its files of a split, decoded. `folder` as above. */
cnn_status cnn_read_label_table(cnn_data *data, cnn_label_table *table, const char *folder,
                                const cnn_data_options *options, cnn_error *error);

#endif
