/* How many parameters a layer has, as a formula with its values. */
#ifndef CLI_PARAMETER_FORMULA_H
#define CLI_PARAMETER_FORMULA_H

#include <cnn.h>

/* "((3 x 3 x 32) + 1) x 64": ((height x width x depth) + bias) x filters; "(9216 + 1) x 128": (length + bias) x units.
 * "" for a layer without parameters. For free(). */
char *cli_parameter_formula(const cnn_net *net, const cnn_layer_info *info);

#endif
