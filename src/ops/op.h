/* What an op is: one file each, one line in the list below. An op knows its own arithmetic and nothing of its
 * neighbours. */
#ifndef CNN_OPS_OP_H
#define CNN_OPS_OP_H

#include "base/status.h"
#include "kernels/kernels.h"
#include "tensor/shape.h"

#include <string.h>

/* The one list of ops, X(_, name, ...): the prefix `cnn_op_` and this name. */
#define CNN_OP_LIST(X) CNN_LAYER_LIST(X) CNN_ACTIVATION_LIST(X) CNN_PAIR_LIST(X)

enum { CNN_MAX_PARAMETERS = 4 };

/* The typed parameters of any op, those of a layer under its name. Their `name` and `input` are not used here: those
 * of a node live in the graph. */
typedef union cnn_options {
#define CNN_LAYER_MEMBER(how, layer, type, ...) cnn_##type##_options layer;
    CNN_LAYER_LIST(CNN_LAYER_MEMBER)
#undef CNN_LAYER_MEMBER
    cnn_pool2d_options pool2d; /* of maximum and average */
    cnn_activation_options activation;
    cnn_pair_options pair;
} cnn_options;

/* ---- Typed parameters as a table: the text format and the ONNX attributes both come from it -------- */

typedef enum cnn_field_type {
    CNN_FIELD_INTEGER,   /* int64_t */
    CNN_FIELD_REAL,      /* double */
    CNN_FIELD_PAIR,      /* int64_t[2]: "3x3", or "3" for both */
    CNN_FIELD_REAL_PAIR, /* double[2]: "1.5x2", or "1.5" for both */
    CNN_FIELD_PADDING,   /* int64_t[4] top, left, bottom, right: "1", "1x2" (rows x columns), "0,1,2,1" */
    CNN_FIELD_FLAG,      /* bool: the word alone */
    CNN_FIELD_SPAN,  /* int64_t[3] first, count, step: "4", "4,8" or "4,8,2"; a count of 0 is all the rest */
    CNN_FIELD_CHOICE /* int (an enum): one of `choices`, whose index is the value */
} cnn_field_type;

typedef struct cnn_field {
    const char *word; /* in the text format: "stride" */
    cnn_field_type type;
    size_t offset;              /* within cnn_options */
    bool positional;            /* precedes the named ones, without its word, and must be given */
    const char *const *choices; /* CNN_FIELD_CHOICE, ended by NULL */
    const char
        *onnx; /* ONNX attribute: ints for PAIR and PADDING, int, float, the word of a CHOICE; NULL: none */
    int onnx_input; /* ONNX takes it as this input instead, for all axes of N,C,H,W; 0: it does not */
    bool zero;      /* 0 is a value like any other: CNN_FIELD_REAL and CNN_FIELD_PAIR */
} cnn_field;

#define CNN_FIELD(name, kind, member, ...)                                                                   \
    { .word = (name), .type = (kind), .offset = offsetof(cnn_options, member), __VA_ARGS__ }

extern const char *const cnn_init_words[]; /* the choices of a cnn_init, ended by NULL */

/* ---- Parameters ------------------------------------------------------------------------------------ */

typedef struct cnn_parameter_spec {
    const char *suffix; /* "weight", "bias" */
    cnn_shape shape;    /* logical, as in ONNX and PyTorch */
    cnn_order order;    /* logical to physical */
    int64_t fan_in, fan_out;
    cnn_init init;  /* never CNN_INIT_DEFAULT */
    float start;    /* CNN_INIT_ZEROS: what all values start from instead, if it is not 0 */
    bool decays;    /* weight decay applies */
    bool statistic; /* kept by forward passes in training, not trained: its gradient is zero */
} cnn_parameter_spec;

/* The helper for complete(): `value` or, where it is 0, `fallback`. */
static inline int64_t cnn_or(int64_t value, int64_t fallback) {
    return value ? value : fallback;
}

/* ---- A step: a node made ready to run -------------------------------------------------------------- */

/* Floats of one image: `image_stride` apart for each image, or (where it is 0) one image per worker. */
typedef struct cnn_buffer {
    float *data;
    int64_t image_stride, worker_stride;
    bool
        pairs; /* each holds two neighbouring numbers in bfloat16 (kernels/bf16/number.h): half as many floats */
} cnn_buffer;

/* Values in one of the buffer's floats. */
static inline int64_t cnn_numbers_in_float(const cnn_buffer *buffer) {
    return buffer->pairs ? 2 : 1;
}

static inline float *cnn_buffer_at(const cnn_buffer *buffer, int64_t image, int worker) {
    return buffer->data + image * buffer->image_stride + worker * buffer->worker_stride;
}

/* The kernels' flag for prefetching: set if a batch of images is larger than the caches, so that the next image is
 * not cached. */
static inline int cnn_far_flag(const cnn_buffer *buffer, int64_t batch) {
    enum { NEAR_FLOATS = 1 << 20 };
    return buffer->image_stride * batch > NEAR_FLOATS ? CNN_CONV_FAR : 0;
}

typedef struct cnn_op cnn_op;

typedef struct cnn_step {
    const cnn_op *op;
    const cnn_kernels *kernels;
    cnn_options options; /* complete: defaults are filled in */
    bool adds;           /* a sum was fused: output holds its other part, which forward adds in the end */
    bool relu;           /* a following ReLU was fused into this step */
    float limit;         /* and so was an upper bound; 0: none */
    cnn_activation_function activation; /* or this, which forward applies in the end (op.takes_activation) */
    bool training;
    bool bf16;                    /* sum up numbers in bfloat16, forward (op.takes_bf16) */
    int inputs;                   /* length of the arrays below, which belong to the plan */
    const cnn_shape *input_shape; /* of one image, logical, like output_shape */
    cnn_shape output_shape;
    cnn_layout input_layout; /* of the first input */

    const cnn_buffer *input;
    cnn_buffer *input_gradient; /* data NULL if it is not needed; overwritten, not added to */
    bool input_is_relu; /* input[0] is the output of a ReLU: the gradient is not needed where it is 0 */
    cnn_buffer output, output_gradient;
    cnn_buffer saved;           /* what forward keeps for backward, sizes.saved floats an image */
    cnn_buffer scratch;         /* sizes.scratch floats, one per worker */
    cnn_buffer shared;          /* sizes.shared floats for each image, while forward and finish run */
    cnn_buffer shared_backward; /* likewise, while backward and finish_backward run */
    cnn_buffer
        gathered;    /* sizes.gathered floats, one per worker: what backward gathers over images of a slice */
    float *prepared; /* sizes.prepared floats that stay: of prepare, or of forward for backward */
    float *prepared_backward;             /* sizes.prepared_backward floats of prepare_backward */
    float *parameter[CNN_MAX_PARAMETERS]; /* physical order; forward may write statistics only */
    float *gradient[CNN_MAX_PARAMETERS];  /* the same order; imagewise ops add to slice * gradient_slice */
    int64_t gradient_slice;               /* floats between the gradients of two slices; 0 for other ops */
    bool frozen;          /* the gradients of the parameters are not needed: an op may leave them 0 */
    int64_t slice_images; /* the largest number of images in a slice */
    uint64_t seed;        /* of this node's random numbers */
} cnn_step;

/* The kernels' flags for what was fused, and for how the output is stored. */
static inline int cnn_step_flags(const cnn_step *step) {
    return (step->adds ? CNN_CONV_ADD : 0) | (step->relu ? CNN_CONV_RELU : 0) |
           (step->limit > 0 ? CNN_CONV_LIMIT : 0) | (step->output.pairs ? CNN_CONV_PAIRS : 0);
}

/* What a run passes to every step. */
typedef struct cnn_run {
    int64_t batch;      /* images in this run, at most the batch that the plan was made for */
    uint64_t iteration; /* with the step's seed: random numbers of dropout */
} cnn_run;

/* How much memory a step needs, in floats. */
typedef struct cnn_step_sizes {
    int64_t saved, scratch, prepared, prepared_backward, shared, shared_backward, gathered;
    bool weights_pass; /* in inference `prepare` alone reads the weights (parameter 0) */
} cnn_step_sizes;

/* Where a piece of work stands. Imagewise ops: `index` is the image and `slice` the group of images whose parameter
 * gradients one worker sums up, image after image. Others: `index` is the piece of forward_pieces() or
 * backward_pieces(). */
typedef struct cnn_place {
    int64_t index, slice;
    int worker;
    int64_t part,
        parts; /* imagewise, where workers share images: which part of the image's work; parts 0: all of it */
    int64_t nth; /* imagewise, backward: the image's number in its slice */
    bool last;   /* and whether it is the slice's last */
} cnn_place;

typedef struct cnn_range {
    int64_t first, end;
} cnn_range;

/* The place's part of `count` things. */
static inline cnn_range cnn_part_of(cnn_place place, int64_t count) {
    if (place.parts == 0)
        return (cnn_range){0, count};
    return (cnn_range){count * place.part / place.parts, count * (place.part + 1) / place.parts};
}

/* The images of slice `slice` of as many as `slices` in the run. */
static inline cnn_range cnn_slice_of(const cnn_run *run, int64_t slice, int64_t slices) {
    return (cnn_range){run->batch * slice / slices, run->batch * (slice + 1) / slices};
}

/* The kernels' flag for sums of parameter gradients: parts of an image start from zero, whole images add to the sums
 * of the images before them. */
static inline int cnn_sum_flag(cnn_place place) {
    return place.parts > 0 ? 0 : CNN_CONV_ACCUMULATE;
}

/* Clear `rows` runs of `count` floats. */
static inline void cnn_clear_rows(int64_t rows, int64_t row, int64_t count, float *to) {
    for (int64_t i = 0; i < rows; i++)
        memset(to + i * row, 0, (size_t)count * sizeof *to);
}

typedef enum cnn_op_kind {
    CNN_IMAGEWISE, /* each image's result depends on that image alone: the plan runs image by image */
    CNN_BATCHWISE, /* works on the whole batch, in pieces that it chooses */
    CNN_VIEW       /* the output is the input, seen differently: no arithmetic */
} cnn_op_kind;

struct cnn_op {
    const char *word;      /* in the text format: "conv" */
    const char *prefix;    /* of automatic names: "conv" in "conv_1", "fc" in "fc_1" */
    const char *onnx;      /* ONNX operator */
    int onnx_opset;        /* the oldest operator set in which it is this layer; 0: any that is written */
    const char *algorithm; /* which algorithm it uses, for measurements; NULL: its word says it */
    const char *(*algorithm_of)(
        const cnn_step *step); /* instead of it, if the algorithm depends on the options */
    cnn_op_kind kind;
    int inputs;
    bool more_inputs; /* any number from `inputs` on */
    bool takes_scale; /* parameter 0 is a weight, 1 a bias: a batch normalisation after it can be folded in */
    bool takes_relu;  /* a following ReLU can be fused into forward (step.relu); the plan does its backward */
    bool
        takes_limit; /* and so can one with an upper bound (step.limit), in training only if it passes_relu_back */
    bool
        takes_activation; /* and so can, in inference in float32, any op of ops/activation.h (step.activation) */
    bool keeps_layout;    /* element by element: a flattened input stays in the order it was flattened in */
    bool joins_channels; /* the output's channels are those of all inputs, one after another */
    bool needs_order;    /* a vector as input must not be several flattened maps, but where... */
    bool (*orders)(const cnn_options *options,
                   const cnn_layout *layout); /* ... the op puts such a vector in order; NULL: nowhere */
    bool spreads_maps;      /* an input C,1,1 is broadcast over one of C,H,W; infer has checked the shapes */
    bool idle_in_inference; /* forward only copies in inference: the plan skips it */
    bool passes_relu_back;  /* backward includes that of a fused ReLU */
    bool
        begins_in_slices; /* the pieces of forward and backward are slices (cnn_slice_of), and read nothing of other images */
    bool forgets_inputs;     /* backward does not read the values of its inputs */
    bool forgets_output;     /* nor, but for a fused ReLU that the plan passes back, those of its output */
    const cnn_field *fields; /* ended by word NULL; NULL: no parameters */

    /* Replace zeros with defaults and check ranges that do not depend on the input shape. NULL: nothing to do. */
    cnn_status (*complete)(cnn_options *options, cnn_error *error);
    /* The output shape, or CNN_ERROR_SHAPE with what would fit. May complete options further ("same"). Ops with
     * more_inputs have infer_many instead, which also gets the number of inputs. */
    cnn_status (*infer)(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error);
    cnn_status (*infer_many)(const cnn_shape *inputs, int count, cnn_shape *output, cnn_error *error);
    /* Fill `specs`, return how many. `layout` is that of the first input. NULL: no parameters. */
    int (*parameters)(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]);
    int64_t (*macs)(const cnn_options *options, const cnn_shape *input,
                    const cnn_shape *output); /* NULL: 0 */

    /* Whether it can sum up numbers in bfloat16 in inference (step.bf16). NULL: no. */
    bool (*takes_bf16)(const cnn_step *step);
    /* In inference in that precision: whether forward can write an output that is pairs of numbers in bfloat16 (buffer.pairs), and
     * read such inputs, where step.output.pairs is known. Neither may depend on the batch, nor on the threads. NULL: no. */
    bool (*reads_pairs)(const cnn_step *step);
    bool (*writes_pairs)(const cnn_step *step);
    cnn_step_sizes (*sizes)(const cnn_step *step); /* NULL: none */
    /* Into how many parts one image's forward can be cut, so that several workers share it (place.part), and its
     * backward. In the backward pass each part starts the gradients of parameters from zero: if another worker
     * cleared them, they would have to be fetched from its cache, which takes as long as a small sum. NULL: one.
     * CNN_IMAGEWISE only */
    int64_t (*divisions)(const cnn_step *step);
    int64_t (*backward_divisions)(const cnn_step *step);
    /* Called after every change of the parameters, in pieces (NULL: one) that any worker may take. NULL: nothing to
     * do. */
    int64_t (*prepare_pieces)(const cnn_step *step);
    void (*prepare)(const cnn_step *step, int64_t piece);
    /* In training: the same of what backward alone reads, in prepared_backward. An op that has it fills `prepared` in prepare
     * alone and reads it forward alone, so that both may be prepared when they are wanted, and be forgotten in between. */
    int64_t (*prepare_backward_pieces)(const cnn_step *step);
    void (*prepare_backward)(const cnn_step *step, int64_t piece);
    int64_t (*forward_pieces)(const cnn_step *step, const cnn_run *run); /* CNN_BATCHWISE only */
    /* A second round of pieces, after all pieces of forward are done. CNN_BATCHWISE only; NULL: none. */
    int64_t (*finish_pieces)(const cnn_step *step, const cnn_run *run);
    void (*finish)(const cnn_step *step, const cnn_run *run, cnn_place place);
    int64_t (*backward_pieces)(const cnn_step *step, const cnn_run *run); /* CNN_BATCHWISE only */
    /* The same for backward. */
    int64_t (*finish_backward_pieces)(const cnn_step *step, const cnn_run *run);
    void (*finish_backward)(const cnn_step *step, const cnn_run *run, cnn_place place);
    struct cnn_moves (*moves)(const cnn_step *step); /* of ops that only move values: ops/moves.h; NULL */
    void (*forward)(const cnn_step *step, const cnn_run *run, cnn_place place);
    void (*backward)(const cnn_step *step, const cnn_run *run, cnn_place place);
    /* A second round image by image, which the plan may put off until the output's only reader runs, and repeat backward until the
     * step's own backward pass. CNN_BATCHWISE only; NULL: none. First, and once, what all images need is made of the pieces of
     * forward; then write_image writes the output of image `place.index` to `to`. May use scratch. */
    void (*settle)(const cnn_step *step, const cnn_run *run);
    void (*write_image)(const cnn_step *step, cnn_place place, float *to);
    /* The same for backward: the gradient of input 0, which the plan may put off until the input's producer runs backward. */
    void (*settle_backward)(const cnn_step *step, const cnn_run *run);
    void (*write_image_gradient)(const cnn_step *step, cnn_place place, float *to);
};

/* forward_pieces() and backward_pieces() of ops whose first round goes image by image, and alone reads the inputs. */
int64_t cnn_pieces_of_images(const cnn_step *step, const cnn_run *run);
/* The gradient of an image's output, in place, once it has passed the step's fused ReLU, which it does where the output is
 * positive; returns it. */
float *cnn_relu_passed_back(const cnn_step *step, int64_t image, int worker);
/* divisions() of elementwise ops. */
int64_t cnn_divisions_of_elements(const cnn_step *step);
/* infer() of ops whose output has the shape of their input. */
cnn_status cnn_infer_same_shape(cnn_options *options, const cnn_shape *inputs, cnn_shape *output,
                                cnn_error *error);
/* The bias of a layer with this many outputs. */
cnn_parameter_spec cnn_bias_spec(int64_t outputs);
/* An image's gradient of parameter 1, a bias per channel. Imagewise; the first part computes all of it. */
void cnn_bias_gradient(const cnn_step *step, cnn_place place);
/* The same of a whole batch of vectors, a bias per value. Batchwise. */
void cnn_bias_gradient_of_batch(const cnn_step *step, int64_t batch);

#define CNN_OP_DECLARATION(how, name, ...) extern const cnn_op cnn_op_##name;
CNN_OP_LIST(CNN_OP_DECLARATION)
#undef CNN_OP_DECLARATION

/* All ops, ended by NULL. */
const cnn_op *const *cnn_ops(void);
const cnn_op *cnn_op_by_word(const char *word); /* NULL: none */
const cnn_op *cnn_op_by_onnx(const char *name); /* NULL: none */

#endif
