#define _GNU_SOURCE
#include "faults/judge.h"

#include "faults/events.h"
#include "support/cmocka.h"

#include <jansson.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* ---- A run that came through ----------------------------------------------------------------------- */

/* A description of data also lists what could not be read, with the reason. */
static void expect_same_output(trial *trial, const fault_request *request) {
    char *printed = trial_printed(SERVED_OUT);
    const bool says_so = request->error != ENOMEM && strstr(printed, strerror(request->error));
    if (!says_so && strcmp(printed, trial->printed) != 0)
        trial_problem(trial, request, "it came through, but what it printed is not whole");
    free(printed);
}

static void expect_same_files(trial *trial, const fault_request *request) {
    tree found = tree_read(SCENE_OUT);
    for (int i = 0; i < trial->expected.count; i++) {
        const tree_file *expected = &trial->expected.files[i], *file = tree_find(&found, expected->path);
        if (!events_named(expected->path) &&
            (!file || file->size != expected->size || memcmp(file->bytes, expected->bytes, file->size) != 0))
            trial_problem(trial, request, "it came through, but %s is not whole", expected->path);
    }
    tree_free(&found);
}

/* ---- A run that failed ----------------------------------------------------------------------------- */

/* The last part of a path, without what is put behind it while the file is being written. */
static char *name_in(const char *path) {
    char *name = strdup(tree_name(path)), *mark = strstr(name, ".tmp-");
    if (mark)
        *mark = '\0';
    return name;
}

static bool names_file(const char *message, const char *path) {
    char *name = name_in(path);
    const bool named = strstr(message, name) != NULL;
    free(name);
    return named;
}

/* Whether the message names what failed. */
static bool names_cause(const char *message, const fault_request *request, const fault_report *report) {
    const bool memory = strstr(message, "memory");
    if (report->met == FAULT_ALLOCATION) /* a thread needs memory, too */
        return memory || strstr(message, "cannot start th");
    if (report->met == FAULT_THREAD)
        return strstr(message, "thread");
    /* Half of what a lock says of its owner does no harm, so it is the next file whose write fails. */
    const bool lock_cut = request->action == FAULT_SHORT && names_file(".lock", report->path);
    if (lock_cut || request->action == FAULT_FAIL_ON) /* each of many files may be the one that is named */
        return strstr(message, strerror(request->error)) || strstr(message, "could not be") || memory;
    return names_file(message, report->path) &&
           (strstr(message, strerror(request->error)) || strstr(message, "could not be") || memory);
}

/* Every line is a JSON value, or all of it is one. */
static bool is_json(const char *text) {
    json_t *whole = json_loads(text, 0, NULL);
    json_decref(whole);
    if (whole || !*text)
        return true;
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        json_t *line = json_loadb(text, length, 0, NULL);
        json_decref(line);
        if (!line || text[length] != '\n')
            return false;
    }
    return true;
}

/* A failing disk may have taken half of what is printed: that is no fault of the command's. Predictions are printed while
 * images are being read, so they end where reading did. */
static void expect_whole_json(trial *trial, const fault_request *request, const fault_report *report) {
    char *printed = trial_printed(SERVED_OUT);
    const bool cut = report->met == FAULT_WRITE && strcmp(report->path, "standard output") == 0;
    const bool streamed = strncmp(trial->scene->words, "predict", strlen("predict")) == 0;
    if (strstr(trial->scene->words, "--json") && !cut && !streamed && !is_json(printed))
        trial_problem(trial, request, "its JSON is cut short");
    free(printed);
}

/* Files that are no results, unless removing them is what failed. */
static void expect_no_leftovers(trial *trial, const fault_request *request, const fault_report *report) {
    tree found = tree_read(SCENE_OUT);
    for (int i = 0; report->met != FAULT_REMOVE && i < found.count; i++)
        if (strstr(found.files[i].path, ".tmp-") || strstr(found.files[i].path, ".writable") ||
            (strstr(found.files[i].path, ".lock") && report->blocks >= 0))
            trial_problem(trial, request, "%s was left over", found.files[i].path);
    tree_free(&found);
}

static void expect_message(trial *trial, const fault_request *request, const fault_report *report) {
    char *message = trial_printed(SERVED_ERR);
    if (!strstr(message, "cnn: "))
        trial_problem(trial, request, "exit code %d without a message", WEXITSTATUS(report->status));
    else if (!names_cause(message, request, report))
        trial_problem(trial, request, "the message does not name the cause (%s)",
                      report->path[0] ? report->path : "memory or thread");
    free(message);
}

/* Where findings end a command with the code of a failure, only a message tells the two apart. */
static bool came_through(const trial *trial, const fault_report *report) {
    if (report->status != trial->usual.status)
        return false;
    char *message = report->status == 0 ? NULL : trial_printed(SERVED_ERR);
    const bool silent = !message || !strstr(message, "cnn: ");
    free(message);
    return silent;
}

/* ---- Either ---------------------------------------------------------------------------------------- */

bool judge(trial *trial, const fault_request *request, const fault_report *report) {
    if (WIFSIGNALED(report->status)) {
        trial_problem(trial, request, "signal %d (%s)", WTERMSIG(report->status), report->path);
        return false;
    }
    if (report->blocks > trial->usual.blocks && report->blocks > 0)
        trial_problem(trial, request, "%lld blocks of memory were not given back (%s)",
                      (long long)(report->blocks - trial->usual.blocks), report->path);
    expect_no_leftovers(trial, request, report);
    if (came_through(trial, report)) {
        expect_same_output(trial, request);
        expect_same_files(trial, request);
        return true;
    }
    if (WEXITSTATUS(report->status) != 1)
        trial_problem(trial, request, "exit code %d", WEXITSTATUS(report->status));
    expect_message(trial, request, report);
    expect_whole_json(trial, request, report);
    return false;
}
