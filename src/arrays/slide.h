/* A window that slides over one to three axes: what convolutions and poolings have in common. */
#ifndef CNN_ARRAYS_SLIDE_H
#define CNN_ARRAYS_SLIDE_H

#include "arrays/call.h"

enum { CNN_SLIDE_AXES = 3 };

/* Always three axes: those that the tensor does not have stand first, with the size 1. */
typedef struct cnn_slide {
    int axes; /* of the tensor, 1 to 3 */
    int64_t input[CNN_SLIDE_AXES], output[CNN_SLIDE_AXES];
    int64_t kernel[CNN_SLIDE_AXES], stride[CNN_SLIDE_AXES], dilation[CNN_SLIDE_AXES];
    int64_t before[CNN_SLIDE_AXES], after[CNN_SLIDE_AXES]; /* padding */
    int auto_pad;                                          /* a cnn_auto_pad */
} cnn_slide;

typedef enum cnn_auto_pad {
    CNN_PAD_NOT_SET,
    CNN_PAD_SAME_UPPER,
    CNN_PAD_SAME_LOWER,
    CNN_PAD_VALID
} cnn_auto_pad;

/* Read kernel_shape, strides, dilations, pads and auto_pad of a node whose input is N,C and one to three axes.
 * `weight` (NULL: none) is that of a convolution: its kernel is the default, and kernel_shape must agree. */
cnn_status cnn_slide_read(cnn_call *call, const cnn_shape *input, const cnn_shape *weight, cnn_slide *slide);
/* Set the output's sizes, and the padding where auto_pad asks for some. `up` rounds up (ceil_mode). */
cnn_status cnn_slide_fit(const cnn_call *call, cnn_slide *slide, bool up);
/* N, `channels`, and the output's axes. */
cnn_shape cnn_slide_shape(const cnn_slide *slide, int64_t images, int64_t channels, const int64_t *sizes);

int64_t cnn_slide_area(const int64_t sizes[CNN_SLIDE_AXES]);

/* A run of outputs and the inputs that one element of the window lays under them: `count` outputs from
 * `output` on, the inputs from `input` on, `step` apart. Positions count within one channel. */
typedef void (*cnn_slide_row)(void *context, int64_t output, int64_t input, int64_t count, int64_t step);
/* All runs of the window's element `tap` (0 to the kernel's area - 1), without those that lie in the padding. */
void cnn_slide_visit(const cnn_slide *slide, int64_t tap, cnn_slide_row row, void *context);

/* The inputs that element `tap` lays under outputs [first, first + count) of one channel, side by side; 0 in the padding. */
void cnn_slide_gather(const cnn_slide *slide, int64_t tap, const float *input, int64_t first, int64_t count,
                      float *to);

#endif
