/* Activation functions of one value. cnn.h gives the formula of each word; ops/ finds the kernel's kind by it. */
#ifndef CNN_KERNELS_ACTIVATION_LOOP_H
#define CNN_KERNELS_ACTIVATION_LOOP_H

#include <stdint.h>

/* Enumerator, word. */
#define CNN_KERNEL_ACTIVATIONS(X)                                                                            \
    X(CNN_KERNEL_SIGMOID, sigmoid)                                                                           \
    X(CNN_KERNEL_TANH, tanh)                                                                                 \
    X(CNN_KERNEL_LEAKY_RELU, leakyrelu)                                                                      \
    X(CNN_KERNEL_ELU, elu)                                                                                   \
    X(CNN_KERNEL_SELU, selu)                                                                                 \
    X(CNN_KERNEL_HARD_SIGMOID, hardsigmoid)                                                                  \
    X(CNN_KERNEL_HARD_SWISH, hardswish)                                                                      \
    X(CNN_KERNEL_CLIP, clip)                                                                                 \
    X(CNN_KERNEL_SOFTPLUS, softplus)                                                                         \
    X(CNN_KERNEL_SOFTSIGN, softsign)                                                                         \
    X(CNN_KERNEL_THRESHOLDED_RELU, thresholdedrelu)                                                          \
    X(CNN_KERNEL_SWISH, swish)                                                                               \
    X(CNN_KERNEL_ABS, abs)                                                                                   \
    X(CNN_KERNEL_NEG, neg)                                                                                   \
    X(CNN_KERNEL_EXP, exp)                                                                                   \
    X(CNN_KERNEL_LOG, log)                                                                                   \
    X(CNN_KERNEL_SQRT, sqrt)                                                                                 \
    X(CNN_KERNEL_GELU, gelu)

typedef enum cnn_kernel_activation {
    CNN_KERNEL_NO_ACTIVATION,
#define CNN_KERNEL_ENUMERATOR(name, word) name,
    CNN_KERNEL_ACTIVATIONS(CNN_KERNEL_ENUMERATOR)
#undef CNN_KERNEL_ENUMERATOR
} cnn_kernel_activation;

/* A function with its constants as cnn.h gives them. */
typedef struct cnn_activation_function {
    cnn_kernel_activation kind;
    float alpha, beta;
} cnn_activation_function;

/* activate           y = the function's value at x
 * activate_backward  dx = dy times the function's derivative at x, where it has the value y. At a kink the derivative is that of
 *                    the flat side */
#define CNN_ACTIVATION_KERNELS(X)                                                                            \
    X(activate, (const cnn_activation_function *function, int64_t count, const float *x, float *y))          \
    X(activate_backward, (const cnn_activation_function *function, int64_t count, const float *x,            \
                          const float *y, const float *dy, float *dx))

#endif
