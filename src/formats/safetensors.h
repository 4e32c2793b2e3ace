/* safetensors files: an 8-byte header length, a JSON header, the tensors without holes. */
#ifndef CNN_FORMATS_SAFETENSORS_H
#define CNN_FORMATS_SAFETENSORS_H

#include "base/file.h"
#include "tensor/shape.h"

typedef struct cnn_safetensor {
    const char *name;
    const char *dtype; /* "F32", "F64", "I64", "U8", ... */
    cnn_shape shape;
    const void *data; /* when read: within cnn_safetensors.bytes, not necessarily aligned */
    size_t size;      /* bytes */
} cnn_safetensor;

typedef struct cnn_metadata {
    const char *key, *value;
} cnn_metadata;

/* A file that was read. Release with cnn_safetensors_free. */
typedef struct cnn_safetensors {
    cnn_bytes bytes;
    cnn_safetensor *tensors;
    int64_t count;
    cnn_metadata *metadata;
    int64_t metadata_count;
} cnn_safetensors;

cnn_status cnn_safetensors_write(const char *path, const cnn_safetensor *tensors, int64_t count,
                                 const cnn_metadata *metadata, int64_t metadata_count, cnn_error *error);
cnn_status cnn_safetensors_read(const char *path, cnn_safetensors *file, cnn_error *error);
/* The same from memory. Takes `bytes` over, also on failure; `origin` names them in messages. */
cnn_status cnn_safetensors_parse(cnn_bytes bytes, const char *origin, cnn_safetensors *file,
                                 cnn_error *error);
void cnn_safetensors_free(cnn_safetensors *file);
const cnn_safetensor *cnn_safetensors_find(const cnn_safetensors *file, const char *name); /* NULL: none */
const char *cnn_safetensors_metadata(const cnn_safetensors *file, const char *key);        /* NULL: none */

#endif
