/* Names that the ONNX reader and writer agree on. */
#ifndef CNN_ONNX_NAMES_H
#define CNN_ONNX_NAMES_H

#define CNN_ONNX_PRODUCER "cnn"
#define CNN_ONNX_INPUT    "input"
#define CNN_ONNX_OUTPUT   "output"
#define CNN_ONNX_CLASSES  "classes" /* metadata: a JSON array of strings */

#endif
