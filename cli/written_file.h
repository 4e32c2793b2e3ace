/* Files that the command writes at once or not at all. */
#ifndef CLI_WRITTEN_FILE_H
#define CLI_WRITTEN_FILE_H

#include <stddef.h>

/* Write beside the path, then take its place; what a killed command left there half written goes. CLI_DONE, or CLI_FAILED after a message; then what was there still is. */
int cli_write_file(const char *path, const char *bytes, size_t count);

#endif
