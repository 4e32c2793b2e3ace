/* Images that are the same as others or nearly so: all parts of a data set together. */
#ifndef CNN_DOCTOR_TWINS_H
#define CNN_DOCTOR_TWINS_H

#include "doctor/check.h"

typedef struct cnn_twin {
    cnn_split part;
    int64_t index; /* within the part */
    int64_t of;    /* the number of the first image that is like it; -1: there is none */
    bool exact;    /* the same in every pixel */
} cnn_twin;

/* The images of all parts, numbered in this order: training, validation, test. Start as {0}. */
typedef struct cnn_twins {
    cnn_twin *list;
    int64_t count;
} cnn_twins;

/* Near: of grey images without their mean, the correlation of the lowest frequencies and that of all pixels are at
 * least 0.998. What a person calls two photographs of one thing differs more; another encoding of a file or a slightly
 * other brightness less. */
cnn_status cnn_twins_find(cnn_twins *twins, const cnn_patient *patient, cnn_error *error);
void cnn_twins_free(cnn_twins *twins);

#endif
