/* cnn.h - convolutional neural networks in plain C: networks, files of models, data, training, prediction, measuring.
 * It includes cnn_layers.h, the layers, and cnn_train.h, training. cnn_model.h has tensors and ONNX models that run on
 * them.
 *
 * Shapes are written and stored N,C,H,W: images, channels, rows, columns (the order of ONNX and PyTorch).
 *
 * Pixels are float32 in 0..1. A network carries its own normalisation (mean and standard deviation of each
 * channel) and applies it itself, so that a caller never has to.
 *
 * Options structs: zero means the documented default, so designated initialisers read well. Where zero is a
 * meaningful value the field is named so that zero is the default (`no_bias`).
 *
 * Errors: every call that can fail returns a cnn_status; the message goes into the cnn_error that the caller
 * hands in (NULL if not wanted). The library never prints, aborts or exits.
 *
 * NULL is allowed for the cnn_error, for what a call that frees is to free, for options where each of them has a
 * default, and where a comment says so. Any other pointer that is NULL is CNN_ERROR_ARGUMENT, and the message names
 * the argument; calls that give no cnn_status then do nothing and return 0 or NULL. An array of 0 elements may be NULL.
 *
 * Threads: different objects may be used in different threads at the same time; one object only in one thread
 * at a time. Reading functions (those that take a const pointer) may run side by side. fork copies no threads: what has
 * more than one (a trainer, a predictor) is CNN_ERROR_ARGUMENT in a child process, and can only be freed there.
 *
 * Environment variables, read where they are first needed:
 *   CNN_CPU=scalar, avx2, avx512 or avx512_bf16
 *                                    the instruction set; without it the best that the processor has (cnn_cpu)
 *   CNN_WINOGRAD=0                   no Winograd for 3x3 convolutions: slower, and rounds less (docs/performance.md)
 *   CNN_DATA=FOLDER                  where cnn_data_open looks first for known data sets, each in a folder of its name
 *   XDG_CACHE_HOME, HOME             of the user's cache, the next place: $XDG_CACHE_HOME/cnn, else $HOME/.cache/cnn
 */
#ifndef CNN_H
#define CNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define CNN_API
#else
#define CNN_API __attribute__((visibility("default")))
#endif

#define CNN_VERSION     "0.1.0"
#define CNN_MAX_THREADS 256 /* that may be asked for */

/* ---- Errors ------------------------------------------------------------------------------------------- */

/* The one list of errors: enumerator, what it means. */
#define CNN_STATUS_LIST(X)                                                                                   \
    X(CNN_OK, "done")                                                                                        \
    X(CNN_STOPPED, "stopped on request; everything is saved")                                                \
    X(CNN_ERROR_ARGUMENT, "an argument is out of range")                                                     \
    X(CNN_ERROR_SHAPE, "a layer does not fit its input")                                                     \
    X(CNN_ERROR_MEMORY, "out of memory")                                                                     \
    X(CNN_ERROR_IO, "a file could not be read or written")                                                   \
    X(CNN_ERROR_FORMAT, "a file does not hold what its format promises")                                     \
    X(CNN_ERROR_UNSUPPORTED, "the format allows it, this library does not know it")                          \
    X(CNN_ERROR_DIVERGED, "the loss became infinite or not a number")

typedef enum cnn_status {
#define CNN_STATUS_ENUMERATOR(name, meaning) name,
    CNN_STATUS_LIST(CNN_STATUS_ENUMERATOR)
#undef CNN_STATUS_ENUMERATOR
} cnn_status;

/* What went wrong, kept by the caller: what, where (file, line, byte, layer), what was expected, what to do.
 * `message` is UTF-8, one line, always terminated. Needs no initialisation and no freeing. */
typedef struct cnn_error {
    cnn_status status;
    char message[1024];
} cnn_error;

CNN_API const char *cnn_status_name(cnn_status status); /* "CNN_OK", "CNN_ERROR_SHAPE", ...; never NULL */
/* The version of the library in use, as opposed to CNN_VERSION of the header compiled against. */
CNN_API const char *cnn_version(void);
/* The instruction set that the kernels will use: "scalar", "avx2", "avx512" or "avx512_bf16" (which has been tried, and
 * gives the bits of the others). NULL (and the error) if CNN_CPU names one that is unknown or that this processor lacks. */
CNN_API const char *cnn_cpu(cnn_error *error);
/* The number of threads for which `threads` stands in an options struct: itself, or for 0 as many as there are
 * processors that this process may use, by its affinity and the quota of its control groups (rounded up). */
CNN_API int cnn_thread_count(int threads);

/* What numbers the products of convolutions and dense layers are formed of. */
typedef enum cnn_precision {
    CNN_PRECISION_FLOAT32,
    /* bfloat16, the upper half of a float32: weights and inputs are rounded to it (to the nearest, of two equally near ones to the
     * even one; below 2^-126 to zero of their sign), products are added up in float32. Two neighbouring inputs are a pair, of
     * which the second product is added first, each with one rounding, after which numbers below 2^-126 are zero: as the
     * instruction VDPBF16PS does it. A sum begins with the bias; bounds, and all values between layers, are float32. 3x3 convolutions of
     * many channels go by Winograd's F(2x2, 3x3), whose transforms are float32 and round the same everywhere. Depthwise
     * and transposed convolutions and all other layers stay as they are. The same bits on any number of threads, for any batch
     * and, of the layers that use it, on every processor; fast only on those with AVX512_BF16 (docs/precision.md) */
    CNN_PRECISION_BF16
} cnn_precision;

/* ---- Networks ----------------------------------------------------------------------------------------- */

/* A network: layers with their parameters. Holds no intermediate results; those belong to a predictor or a trainer.
 * Parameters are zero, and take no memory, until one of them is written. */
typedef struct cnn_net cnn_net;

typedef struct cnn_input_options {
    int64_t channels, height, width; /* each >= 1 */
} cnn_input_options;

/* A network that has an input and no layers yet; of an input that is NULL or out of range, one that has failed
 * already (cnn_net_status). NULL only when out of memory. Free it with cnn_net_free. */
CNN_API cnn_net *cnn_net_new(const cnn_input_options *input);
CNN_API void cnn_net_free(cnn_net *net); /* NULL is allowed */
/* CNN_OK, or that of the first failure; CNN_ERROR_ARGUMENT for NULL. */
CNN_API cnn_status cnn_net_status(const cnn_net *net);
CNN_API const char *cnn_net_error(const cnn_net *net); /* its message, "" if there is none; never NULL */

/* Draw all parameters anew: weights by their layer's cnn_init from `seed`, biases zero. The same seed gives the same
 * parameters on every machine. A network that does not say what pixels it takes takes 0..1 then. CNN_ERROR_MEMORY is
 * kept as the network's failure. */
CNN_API cnn_status cnn_net_initialise(cnn_net *net, uint64_t seed);

/* Hold all layers with parameters whose names match `pattern`, as a shell matches file names (* ? []): training
 * leaves their parameters as they are, bit for bit, statistics of batch normalisation included. Adds to what is held
 * already. CNN_ERROR_ARGUMENT when no name matches. */
CNN_API cnn_status cnn_net_freeze(cnn_net *net, const char *pattern, cnn_error *error);
/* Replace the last layer with parameters, dense or a convolution, by one for `classes` outputs, its parameters drawn
 * from `seed` as cnn_net_initialise does; all others keep theirs. Class names are forgotten. CNN_ERROR_UNSUPPORTED
 * when the network would not have that many outputs then. */
CNN_API cnn_status cnn_net_replace_head(cnn_net *net, int64_t classes, uint64_t seed, cnn_error *error);

/* Make a network that is not trained fit other images and classes: sizes of `input` that are 0, or a NULL, stay as
 * they are, and so do 0 classes. The last dense layer or convolution gets an output for each class; one sigmoid for
 * two classes stays. Where something changes, all parameters are zero afterwards and class names are forgotten.
 * CNN_ERROR_SHAPE: a layer does not fit such images; it is named, and the least size that would do.
 * CNN_ERROR_UNSUPPORTED: no layer decides the number of outputs. After a failure the network is as it was. */
CNN_API cnn_status cnn_net_fit(cnn_net *net, const cnn_input_options *input, int64_t classes,
                               cnn_error *error);

CNN_API void cnn_net_input(const cnn_net *net, int64_t shape[3]); /* C,H,W */
CNN_API int64_t cnn_net_outputs(const cnn_net *net);              /* values per image in the last layer */
CNN_API int64_t cnn_net_parameters(const cnn_net *net);           /* all trainable values together */
CNN_API int64_t cnn_net_statistics(const cnn_net *net); /* values beside them: running mean, variance */

/* What the outputs mean, by the layer that the network ends in (a flatten or a dropout behind it does not count). */
typedef enum cnn_output_kind {
    CNN_OUTPUT_VALUES, /* no scores of classes: maps, a single number, or what an activation gives (tanh, relu) */
    CNN_OUTPUT_LOGITS, /* scores of any size, one for each class; a softmax would make probabilities of them */
    CNN_OUTPUT_PROBABILITIES,     /* of a softmax: one for each class, together 1 */
    CNN_OUTPUT_LOG_PROBABILITIES, /* of a log-softmax: their logarithms */
    CNN_OUTPUT_BINARY,            /* of one sigmoid: the probability of the second of two classes */
    CNN_OUTPUT_SIGMOIDS           /* of several sigmoids: probabilities that do not exclude each other */
} cnn_output_kind;

CNN_API cnn_output_kind cnn_net_output_kind(const cnn_net *net);
/* How many classes the outputs tell apart: cnn_net_outputs, but 2 for CNN_OUTPUT_BINARY. */
CNN_API int64_t cnn_net_classes(const cnn_net *net);
/* Turn `count` rows of cnn_net_outputs values into rows of cnn_net_classes probabilities, whatever the kind: a
 * softmax of logits, both classes of CNN_OUTPUT_BINARY. CNN_ERROR_UNSUPPORTED for CNN_OUTPUT_VALUES. */
CNN_API cnn_status cnn_net_probabilities(const cnn_net *net, const float *outputs, int64_t count,
                                         float *probabilities, cnn_error *error);

/* Pixel x of channel c enters the first layer as (x - mean[c]) / deviation[c]. Starts as mean 0, deviation 1. One
 * value a channel each; deviation > 0. What is not wanted of cnn_net_normalisation may be NULL. */
CNN_API cnn_status cnn_net_set_normalisation(cnn_net *net, const float *mean, const float *deviation,
                                             cnn_error *error);
CNN_API void cnn_net_normalisation(const cnn_net *net, float *mean, float *deviation);

/* How a picture becomes the network's input, before the normalisation. Kept with the network in every file. */
typedef struct cnn_preprocessing {
    bool bgr; /* the channels are blue, green, red; needs 3 of them */
    /* The short side becomes this many pixels, then the centre of the input's size is cut out, as torchvision
     * evaluates; at least the input's height and width. 0: squashed to its size. */
    int64_t resize;
    bool invert; /* 1 - x, of the pixels of 0..1 */
    /* As MNIST's digits: the box of what is drawn, bright on dark, scaled to fit 20 of 28 parts of the input, its
     * centre of mass in the middle. Not together with `resize`. */
    bool centre;
    uint32_t background; /* laid under transparent pixels, 0xffRRGGBB; 0: white */
} cnn_preprocessing;

/* CNN_ERROR_ARGUMENT where a value does not fit the network's input. */
CNN_API cnn_status cnn_net_set_preprocessing(cnn_net *net, const cnn_preprocessing *preprocessing,
                                             cnn_error *error);
CNN_API void cnn_net_preprocessing(const cnn_net *net, cnn_preprocessing *preprocessing);

/* What a model says of the values that it takes. The ranges are ONNX's (Image.NominalPixelRange); the network brings
 * pixels into them by its normalisation, so that a caller hands in 0..1 all the same. */
typedef enum cnn_pixels {
    CNN_PIXELS_UNKNOWN,    /* nothing: 0..1 is assumed */
    CNN_PIXELS_NORMALISED, /* 0..1: the normalisation was set, by cnn_train or by cnn_net_set_normalisation */
    CNN_PIXELS_0_1,        /* the same, where it changes nothing */
    CNN_PIXELS_0_255,
    CNN_PIXELS_MINUS_1_1,
    CNN_PIXELS_16_235
} cnn_pixels;
CNN_API cnn_pixels cnn_net_pixels(const cnn_net *net);

typedef struct cnn_pixel_options {
    double scale; /* 255: values in 0..255; 0: the range that the model's file names, 0..1 without one */
    const float *mean, *deviation; /* one a channel, in the scaled range; NULL: 0, 1 */
} cnn_pixel_options;

/* Say what a model from elsewhere was trained on: pixel x of 0..1 reaches it as (x * scale - mean) / deviation. This
 * goes into the network's normalisation, in front of what the model does itself. */
CNN_API cnn_status cnn_net_expect_pixels(cnn_net *net, const cnn_pixel_options *options, cnn_error *error);

/* Names of the classes, in the order of the outputs (CNN_OUTPUT_BINARY: that of output 0, then that of 1); `count`
 * must be cnn_net_classes. Copied. */
CNN_API cnn_status cnn_net_set_classes(cnn_net *net, const char *const *names, int64_t count,
                                       cnn_error *error);
CNN_API const char *cnn_net_class(const cnn_net *net, int64_t index); /* NULL: it was given no name */
/* What the file said that a network cannot hold, and what became of it, in sentences: nodes that were left out,
 * weights that were shared. Notes come with cnn_net_open; NULL beyond the last one. A net of NULL has none. */
CNN_API int cnn_net_notes(const cnn_net *net);
CNN_API const char *cnn_net_note(const cnn_net *net, int note);

/* ---- Models in files ---------------------------------------------------------------------------------- */

/* Open a model: a built-in's name ("basic"), a text or ONNX file (also a pipe; "-" is standard input), a safetensors
 * file that this library wrote (cnn_net_save, or a checkpoint), or a run directory of cnn_train (its model.onnx). On
 * success *net is new and the caller's; on failure it is NULL. A text model's parameters are zero, and *trained (may
 * be NULL) says whether the file brought parameters. */
CNN_API cnn_status cnn_net_open(cnn_net **net, const char *model, bool *trained, cnn_error *error);
/* How large the images shall be for which an ONNX file is opened that leaves sizes of its input free. */
typedef struct cnn_input_size {
    const char *name; /* of the file's input; NULL: whatever it is called */
    int64_t
        shape[8]; /* in the order of the file's axes; how many images, which is the first, decides nothing */
    int axes;     /* of them; 0: four, as N,C,H,W has; a model N,C,L has three */
} cnn_input_size;
/* The same as cnn_net_open, for images of this size (NULL: of the model's own). The network then takes no other, nor does what is
 * saved of it. CNN_ERROR_ARGUMENT where the model says another size or name. */
CNN_API cnn_status cnn_net_open_sized(cnn_net **net, const char *model, const cnn_input_size *size,
                                      bool *trained, cnn_error *error);
/* The same from a string in the text format; `origin` names it in messages (NULL: "text"). */
CNN_API cnn_status cnn_net_parse(cnn_net **net, const char *text, const char *origin, cnn_error *error);
/* Write a network; the name's end says how. "x.txt": in the text format, without parameters. "x.safetensors": every
 * parameter by its name, with the text as metadata. Anything else: as ONNX (opset 13, IR 7) with parameters,
 * normalisation (as the graph's first nodes) and class names; the graph takes "input", float32 N,C,H,W in 0..1, and
 * gives "output". The file is replaced at once or not at all. */
CNN_API cnn_status cnn_net_save(const cnn_net *net, const char *path, cnn_error *error);
/* Take all parameters from a safetensors file, by name. CNN_ERROR_FORMAT, and nothing changed, when one is missing,
 * the network does not have one, or a shape or type differs. */
CNN_API cnn_status cnn_net_load_weights(cnn_net *net, const char *path, cnn_error *error);
/* What cnn_net_load_weights_partial took and left; the names are the first few of each, for a person. */
typedef struct cnn_partial_weights {
    int64_t taken;  /* parameter tensors of the network that the file gave */
    int64_t left;   /* those that stay as they are: not in the file, or of another shape or type there */
    int64_t unused; /* tensors of the file that are no parameter of the network */
    char taken_names[256], left_names[256], unused_names[256];
} cnn_partial_weights;
/* The same, but take the parameters that match by name, shape and type, and leave the rest as it is. CNN_ERROR_FORMAT
 * when none does. `result` may be NULL. */
CNN_API cnn_status cnn_net_load_weights_partial(cnn_net *net, const char *path, cnn_partial_weights *result,
                                                cnn_error *error);
/* The network in the text format, without parameters; allocated, release it with cnn_free. NULL: out of memory. */
CNN_API char *cnn_net_text(const cnn_net *net);
CNN_API void cnn_free(void *memory); /* frees what the library said is to be freed so; NULL is allowed */
CNN_API const char *const *cnn_builtin_models(void); /* names, ended by NULL */
/* A built-in model in the text format. It begins with comments: what it is, "# For: " what it is good for, and "#
 * Accuracy: 93.0 % on fashion-mnist after 10 epochs" where that was measured. NULL: there is none of this name. */
CNN_API const char *cnn_builtin_text(const char *name);
/* Of `words`, ended by NULL, the one that `word` was probably meant to be, leading dashes aside. NULL: none is near. */
CNN_API const char *cnn_nearest_word(const char *word, const char *const *words);

/* ---- Data --------------------------------------------------------------------------------------------- */

/* A set of images with a label each, held in memory or, if they are too many for it, in a temporary file (docs/data.md). */
typedef struct cnn_data cnn_data;

/* The parts of a data set. CNN_SPLIT_ALL: all of them together, each image once. */
typedef enum cnn_split { CNN_SPLIT_TRAIN, CNN_SPLIT_TEST, CNN_SPLIT_VALIDATION, CNN_SPLIT_ALL } cnn_split;

/* How a picture becomes an image. In this order: what is transparent is laid over the background; colour becomes grey
 * (ITU-R BT.601) or grey colour; values are inverted; the size is changed (bilinear with antialiasing, as Pillow and
 * torchvision do; large JPEG files are decoded at reduced scale before); the channels are put in order. Before all that a picture is turned as its EXIF orientation says. */
typedef struct cnn_image_options {
    int64_t channels, height, width; /* wanted shape, channels 1 or 3; 0: as the (first) picture is */
    /* > 0: the short side becomes this many pixels, then the middle height x width (0: resize x resize) is cut out,
     * as torchvision evaluates; black where the picture does not reach. 0: squash to height x width. */
    int64_t resize;
    bool bgr;    /* give blue, green, red instead of red, green, blue */
    bool invert; /* 255 - value */
    /* MNIST's way: the box of what is drawn, bright on dark, is scaled to fit 20/28 of height and width (0: 28) and
     * placed on black, its centre of mass in the middle. Not together with resize. */
    bool centre;
    /* 0xffRRGGBB, laid under transparent pixels, its grey under those of grey pictures; 0: white */
    uint32_t background;
    int64_t max_pixels; /* larger pictures are refused; 0: 2^26 */
} cnn_image_options;

/* How a picture becomes an image that the network takes: its input's shape and its preprocessing. All zero for NULL. */
CNN_API cnn_image_options cnn_net_image_options(const cnn_net *net);

typedef struct cnn_data_options {
    cnn_split split;         /* which part of the data set */
    cnn_image_options image; /* what becomes of each picture */
    /* at most so many images, the first ones; of class folders and tables of labels the first of each class in turn, so that all classes
     * take part; 0: all */
    int64_t limit;
    bool skip_bad; /* class folders, tables: leave images out that do not decode, rather than fail */
} cnn_data_options;

/* Open a data set: a known name ("mnist", "fashion-mnist", "kmnist", "cifar10": looked for in $CNN_DATA/NAME, the
 * user's cache folder and the system's packaged data), a folder of IDX files (.gz or not), one of CIFAR-10's binary
 * files, or a folder of class folders with picture files (cnn_is_image_name), which may lie in folders for training,
 * test and validation: train, Training_set, val, ..., or a table of files and labels or targets (.csv, .jsonl),
 * NumPy's arrays (.npz, or a folder of .npy) or a tar file in WebDataset's form (docs/data.md). Every file is read and checked here; later calls cannot fail for
 * a file's sake. Class folders get their labels in the sorted order of their names, those for training where there
 * are splits; names that start with a dot are left out, and what else is left out is told (cnn_data_note).
 * CNN_ERROR_FORMAT: the data have no such split. Class folders that lie in no split's folder are all for training.
 * options may be NULL. */
CNN_API cnn_status cnn_data_open(cnn_data **data, const char *source, const cnn_data_options *options,
                                 cnn_error *error);
/* Whether a data set has a part of its own for a split, as cnn_data_open finds it; decodes nothing. Class folders
 * without such parts have none, not even for training. */
CNN_API cnn_status cnn_data_has(const char *source, cnn_split split, bool *has, cnn_error *error);
/* Images of a caller's: their pixels either as bytes or as floats. */
typedef struct cnn_data_arrays {
    int64_t count;                   /* N, >= 1 */
    int64_t channels, height, width; /* each >= 1 */
    const uint8_t *bytes;            /* N,C,H,W: 0 black, 255 white */
    const float *floats;             /* instead, N,C,H,W: 0 black, 1 white; any finite number will do */
    const int32_t *labels;           /* N of 0 .. classes - 1 */
    int64_t classes;
    const char *const *class_names; /* `classes` of them; NULL: "0", "1", ... */
    /* instead of labels: what the network is to give, N rows of finite numbers. Without classes any numbers (all images
     * are of class 0 then); with `classes` a 1 for each class that the image belongs to, 0 for the others */
    const float *targets;
    int64_t
        targets_per_image; /* the numbers in a row, one for each output of the network; with classes: 0, or as many */
} cnn_data_arrays;

/* All of it is copied. */
CNN_API cnn_status cnn_data_from_arrays(cnn_data **data, const cnn_data_arrays *arrays, cnn_error *error);
CNN_API void cnn_data_free(cnn_data *data); /* NULL is allowed */
/* The folder, there or not, where cnn_data_open looks first for a known name: in $CNN_DATA, else in the user's cache.
 * Release with cnn_free. */
CNN_API cnn_status cnn_data_folder(char **folder, const char *name, cnn_error *error);

CNN_API int64_t cnn_data_count(const cnn_data *data);
CNN_API void cnn_data_shape(const cnn_data *data, int64_t shape[3]); /* C,H,W */
CNN_API int64_t cnn_data_classes(const cnn_data *data);
CNN_API const char *cnn_data_class(const cnn_data *data, int64_t label); /* never NULL for a valid label */
CNN_API int32_t cnn_data_label(const cnn_data *data, int64_t index);     /* -1 for an index out of range */
/* What is known of each image. */
typedef enum cnn_data_kind {
    CNN_DATA_CLASSES,     /* the one class that it belongs to, cnn_data_label */
    CNN_DATA_MULTI_LABEL, /* the classes that it belongs to, any number of them: targets, 0 or 1 for each class */
    CNN_DATA_NUMBERS      /* targets, any finite numbers */
} cnn_data_kind;
CNN_API cnn_data_kind cnn_data_kind_of(const cnn_data *data);
/* The outputs of a network for such images: one for each class, or for each number. */
CNN_API int64_t cnn_data_outputs(const cnn_data *data);
/* An image's targets, cnn_data_outputs of them; NULL for CNN_DATA_CLASSES and an index out of range. */
CNN_API const float *cnn_data_targets(const cnn_data *data, int64_t index);
/* Its file, as a path below cnn_data_origin; NULL where images are no files of their own (IDX, CIFAR-10, arrays). */
CNN_API const char *cnn_data_name(const cnn_data *data, int64_t index);
/* What it was before it became an image of the data's shape. */
typedef struct cnn_picture {
    const char *format; /* "PNG", "JPEG", ..., "IDX", "CIFAR-10", "memory" */
    int64_t channels;   /* 1 grey, 2 grey with transparency, 3 colour, 4 colour with transparency */
    int64_t height, width;
} cnn_picture;
CNN_API cnn_picture cnn_data_picture(const cnn_data *data, int64_t index);
/* Images left out because of skip_bad: how many, their paths below cnn_data_origin, and why; NULL behind the last. */
CNN_API int64_t cnn_data_skipped(const cnn_data *data);
CNN_API const char *cnn_data_skipped_name(const cnn_data *data, int64_t index);
CNN_API const char *cnn_data_skipped_reason(const cnn_data *data, int64_t index);
/* Files that are no images of the data, by their names or places: the index-th ending (".txt"; "": none; NULL behind
 * the last), the most frequent first, and how many have it (`count` may be NULL). What lies beside the splits'
 * folders counts with the training images. */
CNN_API const char *cnn_data_ignored(const cnn_data *data, int64_t index, int64_t *count);
/* What a person should know about how the data were read, a line each: files and folders left out, class folders that
 * look like splits. How many; NULL behind the last. */
CNN_API int64_t cnn_data_notes(const cnn_data *data);
CNN_API const char *cnn_data_note(const cnn_data *data, int64_t index);
CNN_API const char *cnn_data_origin(const cnn_data *data); /* the folder it was read from, "memory" if none */
/* Copy images [first, first + count) as float32 N,C,H,W in 0..1. */
CNN_API cnn_status cnn_data_images(const cnn_data *data, int64_t first, int64_t count, float *images,
                                   cnn_error *error);
/* Mean and standard deviation of each channel over all images, in 0..1. What is not wanted may be NULL. */
CNN_API void cnn_data_statistics(const cnn_data *data, float *mean, float *deviation);
/* Whether a file's name ends as those of pictures that are read do, in upper or lower case: ".jpg", ".PNG". docs/data.md
 * lists all formats and their endings. What a file is its first bytes say, not its name. */
CNN_API bool cnn_is_image_name(const char *path);
/* Read one picture file into C,H,W float32 in 0..1. The options must give channels, height and width. The picture is
 * turned the way up that its EXIF orientation says; of an animation or several pages the first is read.
 * CNN_ERROR_UNSUPPORTED: this build cannot read the format, because the library for it was missing (docs/data.md). */
CNN_API cnn_status cnn_image_read(const char *path, const cnn_image_options *options, float *image,
                                  cnn_error *error);
/* The same, bit for bit, from a file's bytes in memory; `name` is for messages, NULL: "image". */
CNN_API cnn_status cnn_image_decode(const void *bytes, size_t size, const char *name,
                                    const cnn_image_options *options, float *image, cnn_error *error);

/* ---- Prediction --------------------------------------------------------------------------------------- */

/* A network made ready to run: weights laid out for the kernels, all memory taken. Independent of the network it was
 * made from, which may be changed or freed. */
typedef struct cnn_predictor cnn_predictor;
typedef struct cnn_predictor_options {
    int64_t batch; /* at most so many images at once; 0: 1 */
    int threads;   /* 0: one for each processor the process may use */
    cnn_precision precision;
} cnn_predictor_options;

CNN_API cnn_status cnn_predictor_new(cnn_predictor **predictor, const cnn_net *net,
                                     const cnn_predictor_options *options, cnn_error *error);
CNN_API void cnn_predictor_free(cnn_predictor *predictor); /* NULL is allowed */
/* Run `count` images (any number; cut into batches), N,C,H,W in 0..1; `outputs` gets N rows of cnn_net_outputs.
 * Allocates nothing. CNN_ERROR_DIVERGED: one of them is not finite, though the pixels are; all are there. */
CNN_API cnn_status cnn_predictor_run(cnn_predictor *predictor, const float *images, int64_t count,
                                     float *outputs, cnn_error *error);

/* ---- Measuring ---------------------------------------------------------------------------------------- */

/* Which output of `net` each class of `data` is: outputs[label], cnn_data_classes values. By name where both have
 * names, or where the network has all of the data's. Otherwise one side has no names, or only made-up ones ("0", "1",
 * ...), and class n is output n; *by_name (may be NULL) tells. CNN_ERROR_ARGUMENT names a class that the network does
 * not have; CNN_ERROR_SHAPE: by position, there are more classes than outputs. */
CNN_API cnn_status cnn_match_classes(const cnn_net *net, const cnn_data *data, int32_t *outputs,
                                     bool *by_name, cnn_error *error);
/* The same for two networks: which output of `net` each of the cnn_net_outputs outputs of `other` is; -1: `net` has
 * none of that name. Returns whether names decided. */
CNN_API bool cnn_match_outputs(const cnn_net *net, const cnn_net *other, int32_t *outputs);

typedef struct cnn_evaluation {
    int64_t images, correct;
    double accuracy; /* 0..1 */
    /* mean cross-entropy, binary for CNN_OUTPUT_BINARY; of data with targets the mean squared error: then nothing is
     * correct and there are no classes */
    double loss;
    int64_t classes;    /* of the network */
    int64_t *confusion; /* classes x classes, row: label, column: prediction; owned by the evaluation */
    bool by_name;       /* labels were matched by class name (cnn_match_classes), else by position */
} cnn_evaluation;

/* Accuracy, loss and confusion matrix of `net` on `data`, whose classes are matched as cnn_match_classes does: a
 * class that the data lack is a row of zeros. Release with cnn_evaluation_free. */
CNN_API cnn_status cnn_evaluate(const cnn_net *net, const cnn_data *data, int threads,
                                cnn_evaluation *evaluation, cnn_error *error);
CNN_API void cnn_evaluation_free(cnn_evaluation *evaluation);

#ifdef __cplusplus
}
#endif

#include "cnn_layers.h"
#include "cnn_train.h"

#endif
