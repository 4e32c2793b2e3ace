/* What the parts of `cnn lab` share: the results, and what they are of. */
#ifndef CLI_LAB_H
#define CLI_LAB_H

#include <cnn_lab.h>

#include <jansson.h>

typedef struct cli_lab_report {
    const cnn_lab *lab;
    const char *model, *data; /* as they were given */
    const cnn_net *net;
    const cnn_data *shown; /* the images that patches are of: those of lab->test_part */
    bool quick;
    int64_t seed;
} cli_lab_report;

extern const char *const cli_lab_roles[CNN_LAB_ROLES]; /* as JSON names them, and pictures: "cnn_shuffled" */

/* "sgd": the optimizer of the budget. */
const char *cli_lab_optimizer(const cnn_lab *lab);
/* How many of the shifts whose larger part is `distance` pixels there are on average correct, 0..1. */
double cli_lab_accuracy_at(const cnn_lab *lab, cnn_lab_role role, int64_t distance);

void cli_lab_print(const cli_lab_report *report);
json_t *cli_lab_json(const cli_lab_report *report);
/* Write heat maps and patches as PNG files into a folder that is there. CLI_GO_ON, or CLI_FAILED after a message. */
int cli_lab_draw(const cli_lab_report *report, const char *folder);

#endif
