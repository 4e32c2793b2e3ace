/* The attributes of one ONNX node: each is read by its name and checked as it is read, and none may be left unread. */
#ifndef CNN_ARRAYS_ATTRIBUTES_H
#define CNN_ARRAYS_ATTRIBUTES_H

#include "arrays/array.h"

typedef enum cnn_attribute_kind {
    CNN_ATTRIBUTE_INTEGER,
    CNN_ATTRIBUTE_REAL,
    CNN_ATTRIBUTE_TEXT,
    CNN_ATTRIBUTE_ARRAY,
    CNN_ATTRIBUTE_INTEGERS,
    CNN_ATTRIBUTE_REALS,
    CNN_ATTRIBUTE_TEXTS,
    CNN_ATTRIBUTE_OTHER /* graphs: no operator here has one */
} cnn_attribute_kind;

/* One attribute; what it points to stays the caller's. */
typedef struct cnn_attribute {
    const char *name;
    cnn_attribute_kind kind;
    int64_t integer;
    float real;
    const char *text;
    const cnn_array *array;
    const int64_t *integers;
    const float *reals;
    const char *const *texts;
    int64_t count; /* of integers, reals or texts */
} cnn_attribute;

enum { CNN_MAX_ATTRIBUTES = 64 };

typedef struct cnn_attributes {
    const cnn_attribute *all;
    int count;     /* at most CNN_MAX_ATTRIBUTES */
    uint64_t read; /* a bit for each that somebody asked for; starts as 0 */
    cnn_error *error;
} cnn_attributes;

bool cnn_attribute_given(const cnn_attributes *attributes, const char *name);

/* Each leaves *value as it is where there is no such attribute, and fails where it is of another kind. Lists, texts and
 * arrays are not copied. */
cnn_status cnn_attribute_integer(cnn_attributes *attributes, const char *name, int64_t *value);
cnn_status cnn_attribute_real(cnn_attributes *attributes, const char *name, double *value);
cnn_status cnn_attribute_text(cnn_attributes *attributes, const char *name, const char **value);
cnn_status cnn_attribute_array(cnn_attributes *attributes, const char *name, const cnn_array **value);
cnn_status cnn_attribute_integers(cnn_attributes *attributes, const char *name, const int64_t **values,
                                  int64_t *count);
cnn_status cnn_attribute_reals(cnn_attributes *attributes, const char *name, const float **values,
                               int64_t *count);
cnn_status cnn_attribute_texts(cnn_attributes *attributes, const char *name, const char *const **values,
                               int64_t *count);
/* Exactly `expected` integers, copied. */
cnn_status cnn_attribute_copy_integers(cnn_attributes *attributes, const char *name, int64_t *values,
                                       int64_t expected);
/* The index of the attribute's text among `words`, which NULL ends. */
cnn_status cnn_attribute_choice(cnn_attributes *attributes, const char *name, const char *const *words,
                                int *choice);

/* Fails if there is an attribute that nobody asked for. */
cnn_status cnn_attributes_all_read(const cnn_attributes *attributes);

#endif
