#include "folder.h"

#include "options.h"
#include "output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int cli_folder_make(const char *folder) {
    if (mkdir(folder, 0777) && errno != EEXIST)
        return cli_fail("cannot create the folder %s: %s", folder, strerror(errno));
    return CLI_GO_ON;
}

char *cli_file_name(const char *name) {
    char *safe = cli_format("%s%s", *name == '.' ? "_" : "", name);
    for (char *c = safe; *c; c++)
        if (*c == '/' || *c == '\\')
            *c = '_';
    return safe;
}
