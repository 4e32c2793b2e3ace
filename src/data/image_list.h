/* The image files of a data set of class folders, and their labels. */
#ifndef CNN_DATA_IMAGE_LIST_H
#define CNN_DATA_IMAGE_LIST_H

#include "data/dataset.h"
#include "data/ignored.h"
#include "data/listing.h"
#include "data/picture_files.h"
#include "data/splits.h"

typedef struct cnn_image_list {
    cnn_listing classes; /* the class folders: their position is the label */
    cnn_splits splits;
    cnn_picture_files files;
    size_t origin; /* the length of the data's folder and of the slash behind it, which begin each path */
    cnn_ignored ignored; /* files below the source that are not pictures by their names */
} cnn_image_list;

/* Find the files of a split below `folder`, class by class, each class sorted; with a limit > 0 that many, taken in
 * turn from each class. What lies beside the folders of the splits is counted with the training images. Start with
 * {0}; release with cnn_image_list_free, also after a failure. */
cnn_status cnn_image_list_find(cnn_image_list *list, const char *folder, cnn_split split, int64_t limit,
                               cnn_error *error);
void cnn_image_list_free(cnn_image_list *list);

/* Add notes on what was found and what was left out. */
cnn_status cnn_image_list_note(const cnn_image_list *list, cnn_split split, cnn_data *data, cnn_error *error);

#endif
