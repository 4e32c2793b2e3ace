/* What an ONNX file has and a network has no place for. */
#ifndef CNN_ONNX_NOTES_H
#define CNN_ONNX_NOTES_H

#include "onnx/reader.h"

/* A note for each in reader->net. */
void cnn_onnx_note_losses(const cnn_onnx_reader *reader, const CnnOnnx__ModelProto *model);

#endif
