/* Files that another file names: only those in its own folder and below are opened, whatever the name says. */
#ifndef CNN_BASE_FILE_BELOW_H
#define CNN_BASE_FILE_BELOW_H

#include "base/file.h"

/* Whether a name may be one of a file in a folder or below it: not absolute, and without "..". */
bool cnn_name_is_below(const char *name);

/* Open the regular file `name` of `folder`; release with cnn_file_close. CNN_ERROR_FORMAT where the file that was opened
 * does not lie in the folder or below it, as when a symbolic link leads out; CNN_ERROR_IO with the system's reason. */
cnn_status cnn_file_open_below(const char *folder, const char *name, cnn_open_file *file, cnn_error *error);

#endif
