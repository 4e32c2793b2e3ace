/* The kernels for any processor, in the compiler's generic vectors. */
#include "kernels/vec/generic.h"

#include "kernels/isa/templates.h"

KERNEL_TABLE(scalar);
