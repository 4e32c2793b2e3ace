/* cnn_model.h - tensors of any kind, and ONNX models that run on them. For models of images cnn.h, which this header
 * includes, is enough: it makes networks of them, which are faster and can be trained. */
#ifndef CNN_MODEL_H
#define CNN_MODEL_H

#include "cnn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Tensors ------------------------------------------------------------------------------------------ */

/* The types of elements: enumerator, its number in ONNX (TensorProto.DataType), in C, its name. A bool is a byte that
 * is 0 or 1. */
#define CNN_TYPE_LIST(X)                                                                                     \
    X(CNN_TYPE_FLOAT32, 1, float, "float32")                                                                 \
    X(CNN_TYPE_UINT8, 2, uint8_t, "uint8")                                                                   \
    X(CNN_TYPE_INT8, 3, int8_t, "int8")                                                                      \
    X(CNN_TYPE_UINT16, 4, uint16_t, "uint16")                                                                \
    X(CNN_TYPE_INT16, 5, int16_t, "int16")                                                                   \
    X(CNN_TYPE_INT32, 6, int32_t, "int32")                                                                   \
    X(CNN_TYPE_INT64, 7, int64_t, "int64")                                                                   \
    X(CNN_TYPE_BOOL, 9, uint8_t, "bool")                                                                     \
    X(CNN_TYPE_FLOAT64, 11, double, "float64")                                                               \
    X(CNN_TYPE_UINT32, 12, uint32_t, "uint32")                                                               \
    X(CNN_TYPE_UINT64, 13, uint64_t, "uint64")

typedef enum cnn_type {
#define CNN_TYPE_ENUMERATOR(name, number, c_type, text) name = number,
    CNN_TYPE_LIST(CNN_TYPE_ENUMERATOR)
#undef CNN_TYPE_ENUMERATOR
} cnn_type;

/* "float32", "int64", ...; never NULL. */
CNN_API const char *cnn_type_name(cnn_type type);
/* Bytes of an element; 0 for a number that is no type. */
CNN_API size_t cnn_type_size(cnn_type type);

enum { CNN_TENSOR_AXES = 8 };

/* A tensor of any kind. Where it describes an input or an output of a model, without data: type 0 and rank -1 stand
 * for "not said", a size of -1 for "any". */
typedef struct cnn_tensor {
    const char *name; /* NULL: none */
    cnn_type type;
    int rank; /* 0 to CNN_TENSOR_AXES; 0 is one number */
    int64_t shape[CNN_TENSOR_AXES];
    const void *data; /* row-major: the last axis lies side by side */
} cnn_tensor;

/* Read a NumPy file (.npy, versions 1 to 3, little-endian) or an ONNX TensorProto (.pb). On success tensor->data is
 * new and released with cnn_tensor_free; there is no name. */
CNN_API cnn_status cnn_tensor_read(cnn_tensor *tensor, const char *path, cnn_error *error);
CNN_API void cnn_tensor_free(cnn_tensor *tensor); /* what cnn_tensor_read filled; leaves it empty */
/* Write as a NumPy file. The file is replaced at once or not at all. */
CNN_API cnn_status cnn_tensor_write(const cnn_tensor *tensor, const char *path, cnn_error *error);

/* ---- Any ONNX model, on raw tensors ------------------------------------------------------------------- */

/* A model that runs on tensors instead of images: any number of inputs and outputs, of any rank and type. */
typedef struct cnn_model cnn_model;

/* What runs a model. */
typedef enum cnn_engine {
    CNN_ENGINE_DEFAULT,     /* the network if the model fits it, else islands */
    CNN_ENGINE_NETWORK,     /* a planned network, as a predictor runs it: fast; images alone */
    CNN_ENGINE_INTERPRETER, /* one operator after the other, on one thread: the reference */
    CNN_ENGINE_ISLANDS /* planned networks where parts of the model fit them, the interpreter between them */
} cnn_engine;

typedef struct cnn_model_options {
    cnn_engine engine;       /* CNN_ENGINE_NETWORK: fail with the reason if the model does not fit */
    int threads;             /* of networks; 0: one for each processor the process may use */
    cnn_precision precision; /* of networks; the interpreter calculates in what the model says */
} cnn_model_options;

/* Open an ONNX file or a run directory (its model.onnx). External data must lie below the file's folder.
 * CNN_ERROR_UNSUPPORTED names all operators that are not supported, each with a node. */
CNN_API cnn_status cnn_model_open(cnn_model **model, const char *path, const cnn_model_options *options,
                                  cnn_error *error);
CNN_API void cnn_model_free(cnn_model *model); /* NULL is allowed */

/* The engine that runs the model; of NULL CNN_ENGINE_DEFAULT. Whether a model that is no network has islands is known
 * after its first run: CNN_ENGINE_INTERPRETER until then, and where it has none. */
CNN_API cnn_engine cnn_model_engine(const cnn_model *model);

/* A part of the model that the last run gave to a planned network. Text is valid until the next run. */
typedef struct cnn_island_info {
    const char *input; /* the value that it begins with */
    int layers;        /* of the network */
    int nodes;         /* of the model, whose work it does */
    int outputs;       /* values that are used outside of it */
} cnn_island_info;

/* The islands of the last run, in the order in which they ran; 0 for the other engines. They are cut and planned by the
 * first run on tensors of some shapes, and kept for the next ones; the shapes of the last four such runs are remembered. */
CNN_API int cnn_model_islands(const cnn_model *model);
CNN_API cnn_status cnn_model_island(const cnn_model *model, int island, cnn_island_info *info,
                                    cnn_error *error);
/* How many nodes of the model its outputs need. */
CNN_API int64_t cnn_model_nodes(const cnn_model *model);

/* An operator of those nodes, and of the graphs within them. */
typedef struct cnn_operator_info {
    const char *domain; /* "" is ONNX's own */
    const char *name;
    int64_t nodes;
} cnn_operator_info;

/* The operators in alphabetical order. Text is the model's. */
CNN_API int cnn_model_operators(const cnn_model *model);
CNN_API cnn_status cnn_model_operator(const cnn_model *model, int number, cnn_operator_info *info,
                                      cnn_error *error);
/* How many inputs a run needs, how many outputs it gives; what the file says of them, without data. */
CNN_API int cnn_model_inputs(const cnn_model *model);
CNN_API int cnn_model_outputs(const cnn_model *model);
CNN_API const cnn_tensor *cnn_model_input(const cnn_model *model, int input);
CNN_API const cnn_tensor *cnn_model_output(const cnn_model *model, int output);

/* Run on tensors that have the names of the inputs, in any order. Old models list initialisers among their inputs:
 * such a one may be given, too, and then replaces its value (by the interpreter). Results may be infinite or not numbers,
 * but a planned network refuses such parameters (CNN_ERROR_DIVERGED, as cnn_predictor_new). */
CNN_API cnn_status cnn_model_run(cnn_model *model, const cnn_tensor *inputs, int count, cnn_error *error);
/* What the last run gave; the data lives until the next run. NULL before the first one. */
CNN_API const cnn_tensor *cnn_model_result(const cnn_model *model, int output);

#ifdef __cplusplus
}
#endif

#endif
