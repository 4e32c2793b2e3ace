#define _GNU_SOURCE
#include "picture_files.h"

#include "options.h"
#include "output.h"

#include <cnn.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_ENDINGS = 8 }; /* that are named; all others count as one */

/* Files of a folder that are no pictures, by the endings of their names. */
typedef struct others {
    char *ending[MAX_ENDINGS]; /* owned; "" for names without one */
    int64_t count[MAX_ENDINGS], further, all;
} others;

void cli_picture_files_free(cli_picture_files *files) {
    for (int64_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (cli_picture_files){0};
}

/* `path` is the list's from now on. */
static void add_path(cli_picture_files *files, char *path) {
    if (files->count == files->capacity) {
        int64_t capacity = 2 * files->capacity + 64;
        char **paths = cli_allocate((size_t)capacity, sizeof *paths);
        if (files->count)
            memcpy(paths, files->paths, (size_t)files->count * sizeof *paths);
        free(files->paths);
        files->paths = paths;
        files->capacity = capacity;
    }
    files->paths[files->count++] = path;
}

/* Count the file by its extension; beyond MAX_ENDINGS kinds they count as one. */
static void count_other(others *o, const char *name) {
    const char *dot = strrchr(name, '.'), *ending = dot ? dot : "";
    int kind = 0;
    while (kind < MAX_ENDINGS && o->ending[kind] && strcmp(o->ending[kind], ending))
        kind++;
    o->all++;
    if (kind == MAX_ENDINGS) {
        o->further++;
        return;
    }
    if (!o->ending[kind])
        o->ending[kind] = cli_format("%s", ending);
    o->count[kind]++;
}

/* `text`, which is freed, with one kind of file more; for free(). */
static char *lengthen(char *text, const char *separator, int64_t count, const char *kind) {
    char *longer = cli_format("%s%s %s %s", text, separator, cli_grouped(count).text, kind);
    free(text);
    return longer;
}

/* "left out 3 files not named as pictures are: 2 .txt, 1 without an ending". */
static void report_others(const others *o) {
    char *kinds = cli_format("%s", ":");
    for (int kind = 0; kind < MAX_ENDINGS && o->ending[kind]; kind++)
        kinds = lengthen(kinds, kind ? "," : "", o->count[kind],
                         *o->ending[kind] ? o->ending[kind] : "without an extension");
    if (o->further)
        kinds = lengthen(kinds, ",", o->further, "of other kinds");
    if (o->all)
        cli_note("left out %s file%s not named like pictures%s", cli_grouped(o->all).text,
                 o->all == 1 ? "" : "s", kinds);
    free(kinds);
}

static void release_others(others *o) {
    for (int kind = 0; kind < MAX_ENDINGS; kind++)
        free(o->ending[kind]);
}

/* ---- What lies in folders ------------------------------------------------------------------------- */

/* A folder that is being looked through; `above` is NULL for an operand. */
typedef struct folder {
    const struct folder *above;
    const char *path;
    dev_t device;
    ino_t node;
} folder;

/* What is found. */
typedef struct search {
    cli_picture_files *files;
    others *others;
} search;

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All entries that are not hidden, by their paths, sorted by name. Only meanwhile is the folder open. */
static int list_entries(const char *path, cli_picture_files *entries) {
    const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
    DIR *stream = opendir(path);
    for (const struct dirent *entry; stream && (errno = 0, entry = readdir(stream));)
        if (entry->d_name[0] != '.')
            add_path(entries, cli_format("%s%s%s", path, slash, entry->d_name));
    const int reason = errno; /* 0 where the list ended */
    if (stream)
        closedir(stream);
    if (reason)
        return cli_fail("cannot read the folder %s: %s", path, strerror(reason));
    if (entries->count)
        qsort(entries->paths, (size_t)entries->count, sizeof *entries->paths, by_name);
    return CLI_GO_ON;
}

/* A file that was named is always taken; one below a folder only if its name is a picture's. */
static int take_file(search *search, const char *path, const folder *above) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (!above || cnn_is_image_name(name))
        add_path(search->files, cli_format("%s", path));
    else
        count_other(search->others, name);
    return CLI_GO_ON;
}

/* Where a link leads nowhere below a folder, it is named as a bad image when it is read. */
static int take_missing(search *search, const char *path, const folder *above) {
    const int reason = errno;
    struct stat about;
    const bool link = lstat(path, &about) == 0 && S_ISLNK(about.st_mode);
    if (link && above)
        return take_file(search, path, above);
    if (link && reason == ENOENT)
        return cli_fail("%s: a symbolic link to a file that does not exist", path);
    return cli_fail("%s: %s", path, strerror(reason));
}

static int take_folder(search *search, const folder *here);

/* A file, a folder, or what is wrong with it. CLI_GO_ON, or an exit code after a message. */
static int take_entry(search *search, const char *path, const folder *above) {
    struct stat about;
    if (stat(path, &about) != 0)
        return take_missing(search, path, above);
    if (S_ISDIR(about.st_mode))
        return take_folder(search, &(folder){above, path, about.st_dev, about.st_ino});
    if (S_ISREG(about.st_mode) || !above) /* a device or pipe only a person names */
        return take_file(search, path, above);
    return CLI_GO_ON;
}

/* No deeper than the system allows paths to be long. */
static int take_folder(search *search, const folder *here) {
    cli_picture_files entries = {0};
    for (const folder *above = here->above; above; above = above->above)
        if (above->device == here->device && above->node == here->node)
            return cli_fail("%s: a symbolic link that leads back to %s", here->path, above->path);
    search->files->folders = true;
    int code = list_entries(here->path, &entries);
    for (int64_t i = 0; i < entries.count && code == CLI_GO_ON; i++)
        code = take_entry(search, entries.paths[i], here);
    cli_picture_files_free(&entries);
    return code;
}

/* The pictures of one operand, which must have at least one. */
static int find_below(search *search, const char *operand) {
    const int64_t before = search->files->count;
    const int code = take_entry(search, operand, NULL);
    if (code == CLI_GO_ON && search->files->count == before)
        return cli_fail("%s: no picture files in this folder or its subfolders", operand);
    return code;
}

int cli_picture_files_find(cli_picture_files *files, int count, char *const *operands) {
    others o = {0};
    search search = {files, &o};
    int code = CLI_GO_ON;
    for (int i = 0; i < count && code == CLI_GO_ON; i++)
        code = find_below(&search, operands[i]);
    report_others(&o);
    release_others(&o);
    return code;
}
