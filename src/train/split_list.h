/* How a training split its images, as a readable CSV file: split.csv of the run directory. After the line
 * "split,class,image" a line for each image: train, validation or test; the class; the path below the data's folder,
 * or the number (from 0) in a data set whose images have no names. */
#ifndef CNN_TRAIN_SPLIT_LIST_H
#define CNN_TRAIN_SPLIT_LIST_H

#include "base/file.h"

typedef struct cnn_split_entry {
    cnn_split split;
    const char *class_name, *image; /* into the list's bytes */
    int64_t index;                  /* within the data, by cnn_split_list_find; -1: it is not there */
} cnn_split_entry;

/* Start as {0}; release with cnn_split_list_free. */
typedef struct cnn_split_list {
    char *path;
    cnn_bytes bytes;
    cnn_split_entry *entries;
    int64_t count, capacity;
} cnn_split_list;

/* `splits`: of each image of the data; those that are in none (CNN_NO_SPLIT) are left out. */
cnn_status cnn_split_list_write(const char *path, const cnn_data *data, const uint8_t *splits,
                                cnn_error *error);
cnn_status cnn_split_list_read(cnn_split_list *list, const char *path, cnn_error *error);
void cnn_split_list_free(cnn_split_list *list);

/* How many images the list has in a split. */
int64_t cnn_split_list_count(const cnn_split_list *list, cnn_split split);

/* Find every image in the data. Fails if one has a different class there than in the list: then they are different
 * data. */
cnn_status cnn_split_list_find(cnn_split_list *list, const cnn_data *data, cnn_error *error);

/* CNN_ERROR_FORMAT that says which images of a split (CNN_SPLIT_ALL: of any) the data lack, `missing` of them. */
cnn_status cnn_split_list_lacks(const cnn_split_list *list, const cnn_data *data, cnn_split split,
                                int64_t missing, cnn_error *error);

/* "train", "test", "validation", "all". */
const char *cnn_split_word(cnn_split split);

#endif
