#define _GNU_SOURCE
#include "picture_files.h"

#include "options.h"
#include "output.h"

#include <cnn.h>

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

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

static void add_path(cli_picture_files *files, const char *path) {
    if (files->count == files->capacity) {
        int64_t capacity = 2 * files->capacity + 64;
        char **paths = cli_allocate((size_t)capacity, sizeof *paths);
        if (files->count)
            memcpy(paths, files->paths, (size_t)files->count * sizeof *paths);
        free(files->paths);
        files->paths = paths;
        files->capacity = capacity;
    }
    files->paths[files->count++] = cli_format("%s", path);
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

static int by_name(const FTSENT **a, const FTSENT **b) {
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_hidden(const FTSENT *entry) {
    return entry->fts_level > FTS_ROOTLEVEL && entry->fts_name[0] == '.';
}

/* A file that was named is always taken; one below a folder only if its name is a picture's. */
static void take_file(cli_picture_files *files, others *o, const FTSENT *entry) {
    if (entry->fts_level == FTS_ROOTLEVEL || cnn_is_image_name(entry->fts_name))
        add_path(files, entry->fts_path);
    else
        count_other(o, entry->fts_name);
}

/* A file, a folder, or what is wrong with it. CLI_GO_ON, or an exit code after a message. */
static int take_entry(cli_picture_files *files, others *o, const FTSENT *entry) {
    switch (entry->fts_info) {
    case FTS_D:
        files->folders = true;
        break;
    case FTS_DC:
        return cli_fail("%s: a symbolic link that leads back to %s", entry->fts_path,
                        entry->fts_cycle->fts_path);
    case FTS_DNR:
        return cli_fail("cannot read the folder %s: %s", entry->fts_path, strerror(entry->fts_errno));
    case FTS_F:
        take_file(files, o, entry);
        break;
    case FTS_SLNONE: /* below a folder it is named as a bad image when it is read */
        if (entry->fts_level == FTS_ROOTLEVEL)
            return cli_fail("%s: a symbolic link to a file that does not exist", entry->fts_path);
        take_file(files, o, entry);
        break;
    case FTS_NS:
    case FTS_ERR:
        return cli_fail("%s: %s", entry->fts_path, strerror(entry->fts_errno));
    default: /* a device or pipe, which only a person names */
        if (entry->fts_level == FTS_ROOTLEVEL && entry->fts_info == FTS_DEFAULT)
            add_path(files, entry->fts_path);
    }
    return CLI_GO_ON;
}

/* All entries of one operand, sorted by name; hidden ones are skipped. */
static int walk(cli_picture_files *files, others *o, FTS *stream) {
    int code = CLI_GO_ON;
    FTSENT *entry;
    errno = 0;
    while (code == CLI_GO_ON && (entry = fts_read(stream)))
        if (is_hidden(entry))
            fts_set(stream, entry, FTS_SKIP);
        else
            code = take_entry(files, o, entry);
    if (code == CLI_GO_ON && errno)
        code = cli_fail("the folders could not be read: %s", strerror(errno));
    return code;
}

/* The pictures of one operand, which must have at least one. */
static int find_below(cli_picture_files *files, others *o, char *operand) {
    char *roots[] = {operand, NULL};
    int64_t before = files->count;
    FTS *stream = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!stream)
        return cli_fail("%s: %s", operand, strerror(errno));
    int code = walk(files, o, stream);
    fts_close(stream);
    if (code == CLI_GO_ON && files->count == before)
        code = cli_fail("%s: no picture files in this folder or its subfolders", operand);
    return code;
}

int cli_picture_files_find(cli_picture_files *files, int count, char *const *operands) {
    others o = {0};
    int code = CLI_GO_ON;
    for (int i = 0; i < count && code == CLI_GO_ON; i++)
        code = find_below(files, &o, operands[i]);
    report_others(&o);
    release_others(&o);
    return code;
}
