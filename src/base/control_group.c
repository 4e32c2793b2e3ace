#define _GNU_SOURCE
#include "base/control_group.h"

#include "base/number_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096, LINE_BYTES = 3 * PATH_BYTES };

/* The files of one version of the groups. */
typedef struct version {
    const char *type; /* of the file system in which groups are folders */
    const char *memory_limit, *memory_used, *memory_cached;
    const char *quota,
        *period; /* of processors' time, in microseconds; one file in version 2: "QUOTA PERIOD" */
    bool named;  /* each controller has a mount of its own, which is called after it */
} version;

static const version versions[] = {
    {.type = "cgroup",
     .memory_limit = "memory.limit_in_bytes",
     .memory_used = "memory.usage_in_bytes",
     .memory_cached = "total_inactive_file ",
     .quota = "cpu.cfs_quota_us",
     .period = "cpu.cfs_period_us",
     .named = true},
    {.type = "cgroup2",
     .memory_limit = "memory.max",
     .memory_used = "memory.current",
     .memory_cached = "inactive_file ",
     .quota = "cpu.max"},
};
enum { VERSIONS = sizeof versions / sizeof versions[0] };

/* The process's group as a folder: its last `below` bytes lie below the outermost group. */
typedef struct group {
    char folder[2 * PATH_BYTES];
    size_t below;
} group;

/* Whether `word` is among the words of `list`, which commas separate. */
static bool is_listed(const char *list, const char *word) {
    const size_t length = strlen(word);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

/* Call `found` with each line of a file below `root`, without its end, until it says true. */
static bool find_line(const char *root, const char *name,
                      bool (*found)(char *line, const char *controller, const version *of, void *out),
                      const char *controller, const version *of, void *out) {
    char path[PATH_BYTES], line[LINE_BYTES];
    snprintf(path, sizeof path, "%s%s", root, name);
    FILE *file = fopen(path, "re");
    bool done = false;
    while (file && !done && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        done = found(line, controller, of, out);
    }
    if (file)
        fclose(file);
    return done;
}

/* A line of /proc/self/cgroup, NUMBER:CONTROLLERS:PATH; in version 2 CONTROLLERS is empty. out: char[PATH_BYTES]. */
static bool take_path(char *line, const char *controller, const version *of, void *out) {
    char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path)
        return false;
    *path++ = '\0';
    controllers++;
    if (of->named ? !is_listed(controllers, controller) : *controllers != '\0')
        return false;
    snprintf(out, PATH_BYTES, "%s", path);
    return true;
}

typedef struct mount {
    char root[PATH_BYTES]; /* the group that is mounted */
    char point[PATH_BYTES];
} mount;

/* A line of /proc/self/mountinfo: ID PARENT DEVICE ROOT POINT OPTIONS ... - TYPE SOURCE OPTIONS. */
static bool take_mount(char *line, const char *controller, const version *of, void *out) {
    mount *place = out;
    char type[64], options[PATH_BYTES];
    const char *after = strstr(line, " - ");
    return after && sscanf(after, " - %63s %*s %4095s", type, options) == 2 && strcmp(type, of->type) == 0 &&
           (!of->named || is_listed(options, controller)) &&
           sscanf(line, "%*s %*s %*s %4095s %4095s", place->root, place->point) == 2;
}

/* Where the process's group lies. A container may see only a part of the tree: then the mounted group's path is the beginning
 * of the process's, or, of another name space, has nothing to do with it. */
static bool find_group(const char *root, const char *controller, const version *of, group *out) {
    char path[PATH_BYTES];
    mount place;
    if (!find_line(root, "/proc/self/cgroup", take_path, controller, of, path) ||
        !find_line(root, "/proc/self/mountinfo", take_mount, controller, of, &place))
        return false;
    const size_t mounted = strcmp(place.root, "/") == 0 ? 0 : strlen(place.root);
    const bool inside =
        strncmp(path, place.root, mounted) == 0 && (path[mounted] == '/' || path[mounted] == '\0');
    const char *below = inside && strcmp(path + mounted, "/") != 0 ? path + mounted : "";
    out->below = strlen(below);
    const int bytes = snprintf(out->folder, sizeof out->folder, "%s%s%s", root, place.point, below);
    return bytes < (int)sizeof out->folder;
}

/* Go on to the group around this one; false if there is none. */
static bool leave_group(group *at) {
    if (at->below == 0)
        return false;
    char *slash = strrchr(at->folder, '/');
    at->below -= strlen(slash);
    *slash = '\0';
    return true;
}

static int64_t read_number(const group *at, const char *file, const char *key) {
    char path[sizeof at->folder + 64];
    snprintf(path, sizeof path, "%s/%s", at->folder, file);
    return cnn_number_in_file(path, key);
}

static int64_t memory_left(const group *at, const version *of) {
    const int64_t limit = read_number(at, of->memory_limit, "");
    const int64_t used = read_number(at, of->memory_used, "");
    if (limit < 0 || used < 0)
        return INT64_MAX;
    const int64_t cached = read_number(at, "memory.stat", of->memory_cached);
    const int64_t held = cached > 0 && cached <= used ? used - cached : used;
    return limit > held ? limit - held : 0;
}

int64_t cnn_control_group_memory(const char *root) {
    int64_t left = INT64_MAX;
    for (int v = 0; v < VERSIONS; v++) {
        group at;
        for (bool more = find_group(root, "memory", &versions[v], &at); more; more = leave_group(&at)) {
            const int64_t here = memory_left(&at, &versions[v]);
            left = here < left ? here : left;
        }
    }
    return left;
}

static double processors_of(const group *at, const version *of) {
    char path[sizeof at->folder + 64];
    int64_t quota = -1, period = -1;
    snprintf(path, sizeof path, "%s/%s", at->folder, of->quota);
    FILE *file = fopen(path, "re");
    const int numbers =
        file ? fscanf(file, "%" SCNd64 " %" SCNd64, &quota, &period) : 0; /* "max 100000": none */
    if (file)
        fclose(file);
    if (numbers >= 1 && of->period)
        period = read_number(at, of->period, "");
    return quota > 0 && period > 0 ? (double)quota / (double)period : (double)INFINITY;
}

double cnn_control_group_processors(const char *root) {
    double processors = (double)INFINITY;
    for (int v = 0; v < VERSIONS; v++) {
        group at;
        for (bool more = find_group(root, "cpu", &versions[v], &at); more; more = leave_group(&at))
            processors = fmin(processors, processors_of(&at, &versions[v]));
    }
    return processors;
}
