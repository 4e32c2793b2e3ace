/* The figures of answers, for a person and as JSON. */
#ifndef CLI_METRICS_TEXT_H
#define CLI_METRICS_TEXT_H

#include <cnn_metrics.h>

#include <jansson.h>

/* Lines of a name and a figure each. */
void cli_metrics_print(const cnn_metrics *metrics, const cnn_evaluation *evaluation);
/* A table of the classes. */
void cli_metrics_print_classes(const cnn_metrics *metrics, char *const *classes);

json_t *cli_metrics_json(const cnn_metrics *metrics);
/* One object a class. */
json_t *cli_metrics_classes_json(const cnn_metrics *metrics, char *const *classes);

#endif
