#define _GNU_SOURCE
#include "faults/trial.h"

#include "faults/events.h"
#include "support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_PRINTED = 1 << 20, PROBLEMS_SHOWN = 40 };

char *trial_printed(const char *stream) {
    char *text = calloc(MAX_PRINTED, 1);
    FILE *file = fopen(stream, "rb");
    assert_non_null(text);
    if (!file)
        return text;
    const size_t length = fread(text, 1, MAX_PRINTED - 1, file);
    assert_true(length < MAX_PRINTED - 1);
    fclose(file);
    return text;
}

static served start_again(const scene *scene) {
    char *words;
    const bool resumes = strstr(scene->words, " --resume");
    assert_true(asprintf(&words, "%s%s", scene->words, resumes ? "" : " --resume") > 0);
    char *over = strstr(words, " --overwrite");
    if (over)
        memset(over, ' ', strlen(" --overwrite"));
    const served command = served_start(words);
    free(words);
    return command;
}

trial trial_begin(const scene *scene) {
    trial trial = {.scene = scene, .command = served_start(scene->words)};
    const fault_request nothing = {0};
    if (scene->trains)
        trial.again = start_again(scene);
    if (scene->start)
        trial.start = tree_read(scene->start);
    trial.usual = trial_run(&trial, &nothing);
    trial.printed = trial_printed(SERVED_OUT);
    trial.expected = tree_read(SCENE_OUT);
    if (!WIFEXITED(trial.usual.status) || WEXITSTATUS(trial.usual.status) != scene->code)
        fail_msg("%s: cnn %s: status %d without a fault: %s", scene->name, scene->words, trial.usual.status,
                 trial_printed(SERVED_ERR));
    return trial;
}

int trial_end(trial *trial) {
    served_stop(&trial->command);
    if (trial->scene->trains)
        served_stop(&trial->again);
    tree_free(&trial->start);
    tree_free(&trial->expected);
    free(trial->printed);
    if (trial->problems)
        fprintf(stderr, "%s: %d problems in %lld runs\n", trial->scene->name, trial->problems,
                (long long)trial->runs);
    return trial->problems;
}

fault_report trial_run(trial *trial, const fault_request *request) {
    tree_remove(SCENE_OUT);
    tree_write(&trial->start, SCENE_OUT);
    trial->runs++;
    return served_run(&trial->command, request);
}

void trial_problem(trial *trial, const fault_request *request, const char *format, ...) {
    va_list arguments;
    if (trial->problems++ >= PROBLEMS_SHOWN)
        return;
    char *err = trial_printed(SERVED_ERR);
    fprintf(stderr, "%s [%u %d %d %lld %s]: ", trial->scene->name, request->classes, request->action,
            request->error, (long long)request->at, request->under);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; it said: %s\n", *err ? err : "nothing");
    free(err);
}

/* ---- Going on -------------------------------------------------------------------------------------- */

/* The command line of a training that went on is another one; that it is whole is judged where nothing went wrong. */
static bool tells_of_going_on(const char *path) {
    return events_named(path) || strcmp(tree_name(path), "command.json") == 0;
}

static void compare(trial *trial, const fault_request *request, const tree *found) {
    for (int i = 0; i < found->count; i++) {
        const tree_file *file = &found->files[i], *expected = tree_find(&trial->expected, file->path);
        if (tells_of_going_on(file->path))
            continue;
        if (!expected)
            trial_problem(trial, request, "%s was left over", file->path);
        else if (file->size != expected->size || memcmp(file->bytes, expected->bytes, file->size) != 0)
            trial_problem(trial, request, "%s is another one than without the fault", file->path);
    }
    for (int i = 0; i < trial->expected.count; i++)
        if (!events_named(trial->expected.files[i].path) && !tree_find(found, trial->expected.files[i].path))
            trial_problem(trial, request, "there is no %s", trial->expected.files[i].path);
}

/* Whether the run left the folder as it had found it: going on is then what the run without a fault has shown. */
static bool left_nothing(const trial *trial) {
    tree found = tree_read(SCENE_OUT);
    const bool nothing = trees_equal(&found, &trial->start);
    tree_free(&found);
    return nothing;
}

void trial_recover(trial *trial, const fault_request *request) {
    if (left_nothing(trial))
        return;
    const bool saved = access(SCENE_OUT "/checkpoint.safetensors", F_OK) == 0;
    const fault_request nothing = {0};
    const fault_report report = served_run(saved ? &trial->again : &trial->command, &nothing);
    trial->runs++;
    if (report.status != 0) {
        trial_problem(trial, request, "%s ended with status %d", saved ? "going on" : "beginning again",
                      report.status);
        return;
    }
    tree found = tree_read(SCENE_OUT);
    compare(trial, request, &found);
    for (int epoch = events_last(&trial->expected); epoch > 0; epoch--)
        if (!events_have(&found, epoch))
            trial_problem(trial, request, "no event file tells of epoch %d", epoch);
    tree_free(&found);
}

int64_t trial_stride(int64_t count, int64_t runs) {
    return scenes_whole() || count <= runs ? 1 : (count + runs - 1) / runs;
}
