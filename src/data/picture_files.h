/* Picture files and what is known of them: read, decoded and prepared all together. */
#ifndef CNN_DATA_PICTURE_FILES_H
#define CNN_DATA_PICTURE_FILES_H

#include "base/file.h"
#include "data/dataset.h"

typedef struct cnn_picture_file {
    char *path;  /* owned */
    size_t name; /* where in `path` the name begins that the data set gives the image */
    int32_t label;
    int64_t rank;         /* position within its class and split, from 0 */
    int64_t line;         /* of the table that lists it, from 1; 0: it is in none */
    const float *targets; /* targets_per_image of them; NULL: it has none */
    cnn_bytes
        bytes; /* owned: the file as it was found in an archive; data NULL: it is to be read from `path` */
} cnn_picture_file;

/* Start as {0}; release with cnn_picture_files_free. */
typedef struct cnn_picture_files {
    cnn_picture_file *list;
    int64_t count, capacity;
    const char *table, *unit; /* the path of the table and what its lines are called; NULL: there is none */
    int64_t targets_per_image;
} cnn_picture_files;

/* Take the file over; when that fails it is released. */
cnn_status cnn_picture_files_add(cnn_picture_files *files, cnn_picture_file *file, cnn_error *error);
/* Keep that many, in the order of their ranks: the first of each class, the second of each, ..., so that classes stay
 * balanced. */
void cnn_picture_files_limit(cnn_picture_files *files, int64_t limit);
void cnn_picture_files_free(cnn_picture_files *files);

/* Fill the data set, which has its classes already: decode on all processors, once, and prepare as the options say. The
 * first file that decodes decides about the shape where they do not. What does not decode is an error, which names it
 * and its line, or is skipped (options->skip_bad). */
cnn_status cnn_picture_files_decode(const cnn_picture_files *files, cnn_data *data,
                                    const cnn_data_options *options, cnn_error *error);

#endif
