/* The arithmetic, as a table of functions that exists once per instruction set. A family of kernels is a folder: loop.h says what
 * they do (structs, contracts, rows of the list), ref.h does it in plain loops, template.h over vectors.
 *
 * Images lie channels-last: [rows][columns][channels], so that a vector holds neighbouring channels.
 * Everything that multiplies weights - convolution forward, its two gradients, dense layers - is one of two
 * kernels over one description of the loop, cnn_conv_loop: which input values meet which weights for each
 * output position. Others do the same where it needs less work: without zeros, on one channel at a time, or many
 * small products in one call. */
#ifndef CNN_KERNELS_KERNELS_H
#define CNN_KERNELS_KERNELS_H

#include "kernels/activation/loop.h"
#include "kernels/bf16/loop.h"
#include "kernels/channels/loop.h"
#include "kernels/conv/loop.h"
#include "kernels/depthwise/loop.h"
#include "kernels/elements/loop.h"
#include "kernels/optimizers/loop.h"
#include "kernels/pair/loop.h"
#include "kernels/pool/loop.h"
#include "kernels/pooled/loop.h"
#include "kernels/products/loop.h"
#include "kernels/slopes/loop.h"
#include "kernels/sparse/loop.h"
#include "kernels/winograd/loop.h"

struct cnn_error; /* of cnn.h, which would compile all kernels anew with each of its changes */

/* All kernels: name, arguments. What each does stands in its family's loop.h.
 * No buffer may overlap another unless said. Nothing outside the described elements is read or written. */
#define CNN_KERNEL_LIST(X)                                                                                   \
    CNN_CONV_KERNELS(X)                                                                                      \
    CNN_BF16_KERNELS(X)                                                                                      \
    CNN_PRODUCTS_KERNELS(X)                                                                                  \
    CNN_SPARSE_KERNELS(X)                                                                                    \
    CNN_DEPTHWISE_KERNELS(X)                                                                                 \
    CNN_CHANNELS_KERNELS(X)                                                                                  \
    CNN_POOL_KERNELS(X)                                                                                      \
    CNN_WINOGRAD_KERNELS(X)                                                                                  \
    CNN_POOLED_KERNELS(X)                                                                                    \
    CNN_ELEMENTS_KERNELS(X)                                                                                  \
    CNN_ACTIVATION_KERNELS(X)                                                                                \
    CNN_PAIR_KERNELS(X)                                                                                      \
    CNN_SLOPES_KERNELS(X)                                                                                    \
    CNN_OPTIMIZERS_KERNELS(X)

typedef struct cnn_kernels {
    const char *name; /* of the instruction set: "avx512" */
    int64_t
        conv_outputs; /* of a tile of conv: weights of so many neighbouring outputs should lie side by side */
#define CNN_KERNEL_MEMBER(name, arguments) void(*name) arguments;
    CNN_KERNEL_LIST(CNN_KERNEL_MEMBER)
#undef CNN_KERNEL_MEMBER
} cnn_kernels;

/* Plain loops, never optimised: what every other implementation is tested against. */
extern const cnn_kernels cnn_kernels_reference;

/* The table for this processor, or the one that the environment variable CNN_CPU names; NULL and the error if
 * that is unknown or not to be had here. */
const cnn_kernels *cnn_kernels_select(struct cnn_error *error);

/* Write the tables that this processor can run, best last, into `tables`; returns how many, at most `max`.
 * For the tests, which try each. */
int cnn_kernels_available(const cnn_kernels *tables[], int max);

#endif
