/* Files of the download cache, whose names anybody may have taken for something else. */
#ifndef CLI_REGULAR_FILE_H
#define CLI_REGULAR_FILE_H

#include <stdio.h>

/* Open a regular file with these flags of open(); one that is created follows the umask. NULL, with the reason in *why, for
 * anything else: a pipe that nobody reads or writes would never open, a device might never end. */
FILE *cli_open_regular(const char *path, int flags, const char **why);

#endif
