/* Where the images of a data set lie: in memory or, where they are too many for it, in a temporary file. */
#ifndef CNN_DATA_ROOM_H
#define CNN_DATA_ROOM_H

#include "data/dataset.h"

/* Zeroed room for the pixels of a data set, `what` in messages, which becomes its own: in memory if that takes no more
 * than $CNN_DATA_MEMORY (in MB) or, without it, half of what is available; else in a temporary file. Where no file can be
 * made, in memory if there is enough. CNN_ERROR_MEMORY with all the numbers otherwise. */
cnn_status cnn_data_make_room(cnn_data *data, int64_t bytes, const char *what, void **room, cnn_error *error);
/* Release the pixels, wherever they are. */
void cnn_data_free_room(cnn_data *data);

/* Add a note on a temporary file if there is one. */
cnn_status cnn_data_note_room(cnn_data *data, cnn_error *error);

/* Tell that these images are wanted soon. */
void cnn_data_expect(const cnn_data *data, const int64_t *indices, int64_t count);
/* The same of an image some way behind the i-th of `count`, where one is taken after the other; indices NULL: all are. */
void cnn_data_expect_behind(const cnn_data *data, const int64_t *indices, int64_t i, int64_t count);

#endif
