/* Members of a .tar.gz file (POSIX ustar). */
#ifndef CLI_UNTAR_H
#define CLI_UNTAR_H

#include "fetch_table.h"

#include <cnn.h>

/* Write those of `members` (ended by one without a name) into files of their names below `folder`, whose subfolders
 * exist; all other members are skipped. An existing file is replaced completely or not at all. CNN_ERROR_FORMAT when
 * the archive is damaged, or a member is missing or has another size. */
cnn_status cli_untar(const char *archive, const char *folder, const cli_fetch_file *members,
                     cnn_error *error);

#endif
