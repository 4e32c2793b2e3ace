/* What the kernel `pair` can do. cnn.h gives the formula of each word; ops/ finds the kernel's kind by it. */
#ifndef CNN_KERNELS_KINDS_H
#define CNN_KERNELS_KINDS_H

#define CNN_KERNEL_PAIRS(X)                                                                                  \
    X(CNN_KERNEL_MUL, mul)                                                                                   \
    X(CNN_KERNEL_SUB, sub)                                                                                   \
    X(CNN_KERNEL_DIV, div)                                                                                   \
    X(CNN_KERNEL_MAX, max)                                                                                   \
    X(CNN_KERNEL_MIN, min)

#define CNN_KERNEL_ENUMERATOR(name, word) name,
typedef enum cnn_kernel_pair { CNN_KERNEL_NO_PAIR, CNN_KERNEL_PAIRS(CNN_KERNEL_ENUMERATOR) } cnn_kernel_pair;
#undef CNN_KERNEL_ENUMERATOR

#endif
