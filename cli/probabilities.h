/* Probabilities as a NumPy file. */
#ifndef CLI_PROBABILITIES_H
#define CLI_PROBABILITIES_H

#include <stdint.h>

/* Write images x classes as float32. CLI_GO_ON, or CLI_FAILED after a message. */
int cli_write_probabilities(const char *path, float *values, int64_t images, int64_t classes);

#endif
