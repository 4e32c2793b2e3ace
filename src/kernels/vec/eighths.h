/* The powers of two of which vec_power2 makes all others. */
#ifndef CNN_KERNELS_VEC_EIGHTHS_H
#define CNN_KERNELS_VEC_EIGHTHS_H

/* The bits of 2^(k / 8), rounded to single precision, less k x 2^20, for k = 0 .. 7: where n = 8 m + k is shifted by 20 bits, so
 * that m gets to the exponent, k adds just that. */
#define VEC_EIGHTHS                                                                                          \
    0x3f800000, 0x3f7b95c2, 0x3f7837f0, 0x3f75fed7, 0x3f7504f3, 0x3f75672a, 0x3f7744fd, 0x3f7ac0c7

#endif
