/* The optimizers that a training can take, by their numbers in cnn_optimizer. */
#include "engine.h"

typedef struct optimizer {
    const char *name; /* as `cnn train --optimizer` takes it */
    double learning_rate;
} optimizer;

static const optimizer optimizers[] = {
    [CNN_OPTIMIZER_DEFAULT] = {"default", 0}, /* number and rate of its own choice */
#define ROW(enumerator, name, learning_rate) [enumerator] = {#name, learning_rate},
    CNN_OPTIMIZERS(ROW)
#undef ROW
};

EXPORTED(engine_optimizers) int32_t engine_optimizers(void) {
    return (int32_t)(sizeof optimizers / sizeof *optimizers);
}

EXPORTED(engine_optimizer_name) const char *engine_optimizer_name(int32_t number) {
    return optimizers[number].name;
}

/* What it takes where no other learning rate is given. */
EXPORTED(engine_optimizer_rate) double engine_optimizer_rate(int32_t number) {
    return optimizers[number].learning_rate;
}
