/* A data set in memory, and what its readers share. */
#ifndef CNN_DATA_DATASET_H
#define CNN_DATA_DATASET_H

#include "base/status.h"
#include "data/ignored.h"

/* An image that was skipped because it could not be read. */
typedef struct cnn_skipped {
    char *name, *reason; /* owned */
} cnn_skipped;

struct cnn_data {
    int64_t count;
    int64_t channels, height, width;
    uint8_t *pixels; /* N,H,W,C: channels last, as the kernels take them */
    float *values;   /* the same in 0..1, instead of `pixels`, if floats were given; otherwise NULL */
    int64_t spilled; /* so many bytes of them lie in a temporary file (data/room.h); 0: they are in memory */
    int32_t *labels; /* N values, 0 .. classes - 1; 0 where there are targets */
    float *targets;  /* count x targets_per_image; NULL: the images are classified */
    int64_t targets_per_image;
    bool multi_label; /* the targets are 0 or 1, one for each class */
    int64_t classes;
    char **names; /* of the classes, each owned */
    char **files; /* N paths below `origin`, each owned; NULL: the images are no files of their own */
    cnn_picture *pictures; /* N, what the files held; NULL: all as `picture` */
    cnn_picture picture;
    int64_t skipped;
    cnn_skipped *skips; /* as many */
    cnn_ignored ignored;
    char **notes; /* each owned */
    int64_t notes_count, notes_capacity;
    char *origin;
};

/* An empty data set; NULL and CNN_ERROR_MEMORY when out of memory. Release with cnn_data_free. */
cnn_data *cnn_data_new(const char *origin, cnn_error *error);

/* Set shape (C,H,W) and count, and make room for that many pixels and labels (data/room.h). Fails with the requested size if
 * the machine does not have that much. */
cnn_status cnn_data_reserve(cnn_data *data, int64_t count, const int64_t shape[3], cnn_error *error);

/* The same with room for pixels that are floats. */
cnn_status cnn_data_reserve_floats(cnn_data *data, int64_t count, const int64_t shape[3], cnn_error *error);

/* CNN_ERROR_MEMORY with the numbers if `bytes` are not available. `advice`: what would need less. */
cnn_status cnn_data_check_memory(int64_t bytes, const char *what, const char *advice, cnn_error *error);

/* Name the classes; names NULL: "0", "1", ... */
cnn_status cnn_data_name_classes(cnn_data *data, int64_t classes, const char *const *names, cnn_error *error);

/* Prepare the images as the options say. */
cnn_status cnn_data_convert(cnn_data *data, const cnn_image_options *options, cnn_error *error);

/* Release skipped and ignored files and notes. */
void cnn_data_free_report(cnn_data *data);

/* Add a note on how the data were read. Copied. */
cnn_status cnn_data_note_add(cnn_data *data, const char *note, cnn_error *error);
/* cnn_data_statistics of the images with these indices; NULL: of the first `count`. */
void cnn_data_statistics_of(const cnn_data *data, const int64_t *indices, int64_t count, float *mean,
                            float *deviation);

/* Keep only the images with these indices, which must be ascending. */
void cnn_data_keep(cnn_data *data, const int64_t *indices, int64_t count);

/* C,H,W -> H,W,C; `plane` is H x W. */
void cnn_interleave(const uint8_t *planar, int64_t channels, int64_t plane, uint8_t *interleaved);

/* As many as values. */
static inline int64_t cnn_data_image_bytes(const cnn_data *data) {
    return data->channels * data->height * data->width;
}

/* H,W,C */
static inline uint8_t *cnn_data_pixels(const cnn_data *data, int64_t index) {
    return data->pixels + index * cnn_data_image_bytes(data);
}

/* H,W,C, of a data set of floats */
static inline float *cnn_data_values(const cnn_data *data, int64_t index) {
    return data->values + index * cnn_data_image_bytes(data);
}

#endif
