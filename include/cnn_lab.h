/* cnn_lab.h - what is said of convolutional networks, measured on one of them: invariance to shifts, parameter sharing,
 * sparsity of connections, features that are local, high-level features made of low-level ones. The opponent is a dense
 * network with about as many parameters, trained on the same images for as many epochs with the same seed and optimizer.
 * docs/lab.md says how each figure is measured. */
#ifndef CNN_LAB_H
#define CNN_LAB_H

#include "cnn.h"
#include "cnn_inspect.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Images are shifted by -6 to 6 pixels along each axis; `side` is the number of shifts of an axis. */
enum { CNN_LAB_LARGEST_SHIFT = 6, CNN_LAB_SIDE = 2 * CNN_LAB_LARGEST_SHIFT + 1, CNN_LAB_PATCHES = 8 };

/* ---- Options ------------------------------------------------------------------------------------------ */

/* Where the lab stands; handed to the progress function. */
typedef struct cnn_lab_progress {
    const char *doing; /* "training the dense network"; a string literal */
    double share;      /* of this that is done, 0..1 */
} cnn_lab_progress;

typedef struct cnn_lab_options {
    const cnn_net *net; /* a classifier */
    bool trained;       /* it has parameters: its layers are looked at as they are */
    /* The images, in the shape of the network's input. Without test images a sixth of the training images, drawn by the
     * seed, is held out. validation may be NULL, too. */
    const cnn_data *training, *validation, *test;
    /* Of the cnn_train that made the network: the others are trained with its options, and it is not trained anew, unless
     * `quick` or without test images: what is held out here has trained it. NULL, or a folder without a checkpoint: with
     * those of `train` */
    const char *run_directory;
    /* What networks are trained with where there is no run; NULL: the defaults. Its epochs count with `quick`, too; 0: 3 then, else 4. */
    const cnn_train_options *train;
    bool quick;    /* 10,000 images to train on for 3 epochs, 1,000 to test */
    uint64_t seed; /* of the order of the pixels, and of training where there is no run */
    int threads;   /* 0: one for each processor the process may use. No figure depends on it */
    /* Called now and then; returns true to go on, false to stop: cnn_lab then returns CNN_STOPPED. NULL: none */
    bool (*progress)(void *user, const cnn_lab_progress *progress);
    void *user; /* handed to `progress` */
} cnn_lab_options;

/* ---- Results ------------------------------------------------------------------------------------------ */

typedef enum cnn_lab_role {
    CNN_LAB_MODEL, /* the network as it came; only where it was trained, but CNN_LAB_CNN was trained anew; not of a
                    * run without test images */
    CNN_LAB_CNN,
    CNN_LAB_DENSE,          /* its opponent */
    CNN_LAB_CNN_SHUFFLED,   /* both trained and tested on images whose pixels are in one fixed random order */
    CNN_LAB_DENSE_SHUFFLED, /* */
    CNN_LAB_ROLES
} cnn_lab_role;

typedef struct cnn_lab_network {
    bool there;
    bool trained_here;  /* false: its parameters are those that it came with */
    int64_t parameters; /* trainable values */
    int64_t correct;    /* of the test images */
    double accuracy;    /* 0..1 */
    /* How many of `shifted_images` test images are classified correctly when they are shifted: [6 + rows down][6 + columns
     * right]. Pixels that come in repeat the image's edge. Not of the shuffled ones */
    int64_t shifted[CNN_LAB_SIDE][CNN_LAB_SIDE];
} cnn_lab_network;

/* A place in an image that excites a channel. */
typedef struct cnn_lab_patch {
    int64_t image; /* number within the data's `test_part`; -1: there is none (fewer images than patches) */
    float value;
    int64_t row, column;                                  /* of the value in the layer's map */
    int64_t first_row, end_row, first_column, end_column; /* the pixels that it depends on: [first, end) */
} cnn_lab_patch;

typedef struct cnn_lab_layer {
    char *name;
    char *kind; /* the word of the text format: "conv" */
    int rank;   /* of the output: 3 for C,H,W; 1 for a vector */
    int64_t output[3];
    /* Parameter sharing, of convolutions (also transposed ones), else 0; each number with the biases. */
    int64_t parameters; /* of the layer, whatever it is */
    int64_t
        unshared_parameters;  /* with a weight of its own for each connection, and a bias for each output */
    int64_t dense_parameters; /* of a dense layer with the same inputs and outputs. At most INT64_MAX */
    /* Connections between inputs and outputs, of convolutions, dense layers and poolings, else 0; padding is no input. */
    int64_t connections;       /* all of them */
    int64_t value_connections; /* of an output that has most */
    int64_t inputs, possible;  /* of the layer; inputs x outputs, at most INT64_MAX */
    cnn_receptive_field field; /* of the value in the middle of the first map; of a vector the first one */
    /* How far the maps of an image change when it is shifted by 1 to 6 pixels: the norm of the difference by the norm of
     * the maps, over 4 directions and the images looked at. 0: invariant */
    double change[CNN_LAB_LARGEST_SHIFT];
    /* The same once the maps have been moved back by the shift, rounded to whole positions of the map, over the interior:
     * values whose receptive field lies in the image both times. 0: equivariant. Not a number: there is no interior */
    double equivariance_error[CNN_LAB_LARGEST_SHIFT];
    /* Of convolutions: for each channel the CNN_LAB_PATCHES largest values in different images, the largest first; else
     * NULL */
    int64_t channels;
    cnn_lab_patch *patches;
} cnn_lab_layer;

typedef struct cnn_lab {
    cnn_train_options train; /* with which all were trained: epochs, batch, update, seed */
    bool from_run;           /* these are the run's */
    int64_t training_images; /* that each was trained on */
    int64_t test_images;
    cnn_split test_part;    /* CNN_SPLIT_TEST; CNN_SPLIT_TRAIN: held out of the training images */
    int64_t shifted_images; /* test images behind networks[].shifted, evenly spread over all */
    int64_t moved_images;   /* test images behind `change` and `equivariance_error` */
    int64_t patch_images;   /* test images in which patches were looked for */
    cnn_lab_network networks[CNN_LAB_ROLES];
    cnn_lab_layer *layers; /* of the network, in its order; owned */
    int64_t layer_count;
} cnn_lab;

/* Do all experiments. The layers' figures are those of the network as it came if it is trained, else of CNN_LAB_CNN.
 * CNN_ERROR_UNSUPPORTED: it is no classifier; CNN_ERROR_ARGUMENT: the run had another number of images. On success release with cnn_lab_free; after a failure *lab is empty. */
CNN_API cnn_status cnn_lab_run(cnn_lab *lab, const cnn_lab_options *options, cnn_error *error);
CNN_API void cnn_lab_free(cnn_lab *lab); /* leaves it empty; NULL is allowed */

#ifdef __cplusplus
}
#endif

#endif
