#include "class_figures.h"

#include <math.h>

cli_class_figures cli_class_figures_of(const cnn_evaluation *evaluation, int64_t label) {
    const int64_t classes = evaluation->classes;
    const double right = (double)evaluation->confusion[label * classes + label];
    cli_class_figures f = {0};
    for (int64_t i = 0; i < classes; i++) {
        f.images += evaluation->confusion[label * classes + i];
        f.predicted += evaluation->confusion[i * classes + label];
    }
    f.precision = f.predicted ? right / (double)f.predicted : NAN;
    f.recall = f.images ? right / (double)f.images : NAN;
    f.f1 = f.images && f.predicted ? 2 * right / (double)(f.images + f.predicted) : NAN;
    return f;
}
