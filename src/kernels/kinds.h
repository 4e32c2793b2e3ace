/* What the kernels `activate` and `pair` can do. cnn.h gives the formula of each word; ops/ finds the kernel's kind by it. */
#ifndef CNN_KERNELS_KINDS_H
#define CNN_KERNELS_KINDS_H

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
    X(CNN_KERNEL_SQRT, sqrt)

#define CNN_KERNEL_PAIRS(X)                                                                                  \
    X(CNN_KERNEL_MUL, mul)                                                                                   \
    X(CNN_KERNEL_SUB, sub)                                                                                   \
    X(CNN_KERNEL_DIV, div)                                                                                   \
    X(CNN_KERNEL_MAX, max)                                                                                   \
    X(CNN_KERNEL_MIN, min)

#define CNN_KERNEL_ENUMERATOR(name, word) name,
typedef enum cnn_kernel_activation {
    CNN_KERNEL_NO_ACTIVATION,
    CNN_KERNEL_ACTIVATIONS(CNN_KERNEL_ENUMERATOR)
} cnn_kernel_activation;

typedef enum cnn_kernel_pair { CNN_KERNEL_NO_PAIR, CNN_KERNEL_PAIRS(CNN_KERNEL_ENUMERATOR) } cnn_kernel_pair;
#undef CNN_KERNEL_ENUMERATOR

#endif
