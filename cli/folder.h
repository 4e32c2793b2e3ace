/* Folders that results are written into, and names of files in them. */
#ifndef CLI_FOLDER_H
#define CLI_FOLDER_H

/* Make it, unless it is there; not those that it lies in. CLI_GO_ON, or CLI_FAILED after a message. */
int cli_folder_make(const char *folder);
/* A layer's name as part of a file's: what separates folders becomes '_'. For free(). */
char *cli_file_name(const char *name);

#endif
