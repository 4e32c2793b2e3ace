/* What an ONNX file has and a network has no place for. */
#ifndef CNN_FORMATS_ONNX_NOTES_H
#define CNN_FORMATS_ONNX_NOTES_H

#include "formats/onnx_reader.h"

/* A note for each in reader->net. */
void cnn_onnx_note_losses(const cnn_onnx_reader *reader, const CnnOnnx__ModelProto *model);

#endif
