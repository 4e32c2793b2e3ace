#include "train/optimizers/optimizer.h"

/* Programs make tables of names by position, so the list is in the order of the enumeration. */
enum {
    POSITION_default,
#define POSITION(enumerator, name, rate) POSITION_##name,
    CNN_OPTIMIZERS(POSITION)
#undef POSITION
};
#define IS_IN_ORDER(enumerator, name, rate)                                                                  \
    _Static_assert((int)(enumerator) == POSITION_##name, "CNN_OPTIMIZERS is in the order of cnn_optimizer");
CNN_OPTIMIZERS(IS_IN_ORDER)
#undef IS_IN_ORDER

/* By cnn_optimizer. */
static const struct {
    const char *name;
    double learning_rate;
    const cnn_optimizer_kind *kind;
} list[] = {[CNN_OPTIMIZER_DEFAULT] = {"default", 0, NULL},
#define ROW(enumerator, name, rate) [enumerator] = {#name, rate, &cnn_optimizer_##name},
            CNN_OPTIMIZERS(ROW)
#undef ROW
};

int cnn_optimizer_count(void) {
    return (int)(sizeof list / sizeof list[0]) - 1;
}

const cnn_optimizer_kind *cnn_optimizer_of(cnn_optimizer optimizer) {
    return list[optimizer].kind;
}

const char *cnn_optimizer_name(cnn_optimizer optimizer) {
    return list[optimizer].name;
}

double cnn_optimizer_rate(const cnn_update_options *options) {
    const cnn_optimizer_kind *kind = list[options->optimizer].kind;
    return kind->learning_rate ? kind->learning_rate(options) : list[options->optimizer].learning_rate;
}
