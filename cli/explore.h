/* The parts of the page of `cnn explore` that come from the model and the data. */
#ifndef CLI_EXPLORE_H
#define CLI_EXPLORE_H

#include <cnn.h>

#include <stdbool.h>
#include <stdio.h>

/* What goes into a page. */
typedef struct cli_exploring {
    const char *model; /* its name on the command line */
    const cnn_net *net;
    const cnn_data *test, *train; /* NULL: none */
    bool float16;                 /* parameters by half precision */
} cli_exploring;

/* Write the elements of the document that hold engine, model and images, as web/src/page_data.js reads them. CLI_GO_ON, or
 * CLI_FAILED after a message. */
int cli_explore_write(const cli_exploring *e, FILE *page);

/* The float of half precision that is nearest, of two equally near ones the even one; as 16 bits. */
uint16_t cli_half(float value);

#endif
