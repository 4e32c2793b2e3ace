/* The kernels as plain loops: what kernels.h says and nothing else. Sums are formed in double and rounded
 * once, so that these are the most exact of all. */
#include "kernels/kernels.h"

#include "kernels/conv/ref.h"
#include "kernels/bf16/ref.h"
#include "kernels/products/ref.h"
#include "kernels/sparse/ref.h"
#include "kernels/depthwise/ref.h"
#include "kernels/channels/ref.h"
#include "kernels/pool/ref.h"
#include "kernels/pooled/ref.h"
#include "kernels/elements/ref.h"
#include "kernels/optimizers/ref.h"
#include "kernels/activation/ref.h"
#include "kernels/pair/ref.h"
#include "kernels/slopes/ref.h"
#include "kernels/winograd/ref.h"

const cnn_kernels cnn_kernels_reference = {.name = "reference",
                                           .conv_outputs = 16,
#define CNN_REFERENCE_KERNEL(name, arguments) .name = name,
                                           CNN_KERNEL_LIST(CNN_REFERENCE_KERNEL)
#undef CNN_REFERENCE_KERNEL
};
