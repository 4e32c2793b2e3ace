/* Buffers of a cnn_conv_loop, which conv and sparse share; c->conv is drawn before. */
#ifndef TESTS_KERNELS_DRAW_CONV_H
#define TESTS_KERNELS_DRAW_CONV_H

#include "kernels/kernel_case.h"

/* The loop with its taps, which a copied case has elsewhere. */
cnn_conv_loop kernel_case_conv_loop(const kernel_case *c);
/* c->flags, but absolute values leave no work for a limit. */
int kernel_case_conv_flags(const kernel_case *c, bool absolute);

/* The input values that the loop reaches, and nothing at either end of them: the case's first buffer. */
void kernel_case_add_conv_input(kernel_case *c);
void kernel_case_add_conv_outputs(kernel_case *c, bool written, bool filled);
void kernel_case_add_conv_weights(kernel_case *c, bool written);

/* Flags (those that every product knows, and more) and buffers: what add_x adds, weights, bias, output. */
void kernel_case_draw_product(kernel_case *c, void (*add_x)(kernel_case *), int more_flags);
/* Flags and buffers: what add_x adds, gradients by outputs, gradients by weights. */
void kernel_case_draw_weights_gradient(kernel_case *c, void (*add_x)(kernel_case *));

#endif
