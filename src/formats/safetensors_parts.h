/* What reading and writing safetensors share. */
#ifndef CNN_FORMATS_SAFETENSORS_PARTS_H
#define CNN_FORMATS_SAFETENSORS_PARTS_H

#include "formats/safetensors.h"

/* The header's length stands before it: 8 bytes, little-endian. */
enum { CNN_SAFETENSORS_LENGTH = 8 };

/* The type's name as this library spells it, for the life of the program; NULL if it is unknown. */
const char *cnn_safetensors_dtype(const char *name);
/* Check that a tensor has as many bytes as its type and shape ask for. `origin` is the file. */
cnn_status cnn_safetensors_check(const cnn_safetensor *tensor, const char *origin, cnn_error *error);

#endif
