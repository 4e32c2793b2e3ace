/* A random call of each kernel of the list. A new kernel without one here does not link. */
#ifndef TESTS_KERNELS_DRAW_H
#define TESTS_KERNELS_DRAW_H

#include "kernels/kernel_case.h"

/* `c` comes with its random numbers seeded and nothing else. */
#define KERNEL_DRAW(name, arguments) void kernel_draw_##name(kernel_case *c);
CNN_KERNEL_LIST(KERNEL_DRAW)
#undef KERNEL_DRAW

#endif
