/* How fast a processor can compute at all. */
#ifndef CNN_KERNELS_PEAK_H
#define CNN_KERNELS_PEAK_H

#include "kernels/kernels.h"

/* FLOP/s of the calling thread: multiplications and additions in registers with these kernels' instructions.
 * Takes a few milliseconds. */
double cnn_peak_flops(const cnn_kernels *kernels);

#endif
