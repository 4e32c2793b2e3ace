/* Which open files are watched. */
#ifndef TESTS_FAULTS_INTERPOSE_FILES_H
#define TESTS_FAULTS_INTERPOSE_FILES_H

#include <stdbool.h>

/* Of a path that the command was called with, or made: as it is written from the working directory; NULL for those that
 * lie elsewhere. */
const char *files_watched(const char *path);
/* An open file is known by this path from now on, until it is closed. */
void files_name(int file, const char *path);

#endif
