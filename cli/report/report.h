/* The report on a trained model: one page of HTML that needs nothing else. */
#ifndef CLI_REPORT_REPORT_H
#define CLI_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct cli_report_request {
    const char *model, *data; /* as they were given */
    const char *path;         /* of the page */
    const char *input_shape;  /* --input-shape; NULL: the model's own */
    bool quick;               /* leave out the doctor's checks that train networks */
    int64_t threads;
} cli_report_request;

/* Write the page. CLI_DONE, or the exit code after a message. */
int cli_report_make(const cli_report_request *request);

#endif
