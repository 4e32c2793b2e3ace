/* The test images that a model misclassifies. */
#ifndef CLI_MISTAKES_H
#define CLI_MISTAKES_H

#include <cnn_ensemble.h>

#include <jansson.h>

typedef struct cli_mistake {
    int64_t image;     /* number within the data */
    int32_t label;     /* a class of the data */
    int64_t predicted; /* a class of the network */
    double
        probability; /* of that one: the larger, the worse the mistake; the output where it is no probability */
} cli_mistake;

typedef struct cli_mistakes {
    cli_mistake *list; /* the worst ones first */
    int64_t count, max, all /* found, of which `count` are listed */;
} cli_mistakes;

/* Find at most `max` of them among the answers for `data`. Release with cli_mistakes_free. */
void cli_mistakes_find(cli_mistakes *mistakes, const cnn_ensemble_answers *answers, const cnn_data *data,
                       int64_t max);
void cli_mistakes_free(cli_mistakes *mistakes);

/* `classes`: the network's names for them. */
void cli_mistakes_print(const cli_mistakes *mistakes, const cnn_data *data, char *const *classes);
json_t *cli_mistakes_json(const cli_mistakes *mistakes, const cnn_data *data, char *const *classes);

#endif
