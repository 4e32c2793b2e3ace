/* The picture files that a command line of files and folders names. */
#ifndef CLI_PICTURE_FILES_H
#define CLI_PICTURE_FILES_H

#include <stdbool.h>
#include <stdint.h>

/* Start as {0}, release with cli_picture_files_free. */
typedef struct cli_picture_files {
    char **paths; /* each owned */
    int64_t count, capacity;
    bool folders; /* an operand was a folder */
} cli_picture_files;

/* Find them, in the order of the operands: a file as it is, whatever its name; of a folder all pictures
 * (cnn_is_image_name) in it and below, sorted by name, hidden ones left out. Prints how many files of which
 * endings are no pictures. CLI_GO_ON, or an exit code after a message: on what is not there, folders that
 * cannot be read or hold no pictures, links that lead back. */
int cli_picture_files_find(cli_picture_files *files, int count, char *const *operands);
void cli_picture_files_free(cli_picture_files *files);

#endif
