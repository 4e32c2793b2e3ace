#include "train/loss_rows.h"

#include "support/cmocka.h"

#include <math.h>
#include <string.h>

const float loss_outputs[ROWS * VALUES] = {0.5F, -2, 3, 0.25F, 1.5F, -0.75F};
const int32_t loss_labels[ROWS] = {2, 0};

double loss_of(cnn_loss_input input, const float *given, float *gradient) {
    double sum;
    int64_t correct;
    input.outputs = given;
    cnn_loss_gradient(&input, gradient, &sum, &correct);
    return sum / ROWS;
}

void check_slopes(cnn_loss_input input) {
    float gradient[ROWS * VALUES], unused[ROWS * VALUES], moved[ROWS * VALUES];
    loss_of(input, loss_outputs, gradient);
    for (int i = 0; i < ROWS * VALUES; i++) {
        double sides[2];
        for (int side = 0; side < 2; side++) {
            memcpy(moved, loss_outputs, sizeof moved);
            moved[i] += side ? 0.0078125F : -0.0078125F; /* exact in float */
            sides[side] = loss_of(input, moved, unused);
        }
        const double quotient = (sides[1] - sides[0]) / 0.015625;
        if (!(fabs((double)gradient[i] - quotient) < 2e-5))
            fail_msg("loss %d, value %d: gradient %.8g, quotient %.8g", input.loss, i, (double)gradient[i],
                     quotient);
    }
}
