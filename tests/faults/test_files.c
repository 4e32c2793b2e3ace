/* Each call that opens, lists, reads, writes or renames a file fails, once alone and once with all after it. */
#include "faults/judge.h"
#include "support/cmocka.h"

#include <errno.h>
#include <stdio.h>

/* How calls of each class fail on real disks. */
static const struct {
    fault_class class;
    fault_action action;
    int error;
} failures[] = {
    {FAULT_OPEN, FAULT_FAIL, EACCES},     {FAULT_OPEN, FAULT_FAIL_ON, EMFILE},
    {FAULT_LIST, FAULT_FAIL, EACCES},     {FAULT_READ, FAULT_FAIL, EIO},
    {FAULT_READ, FAULT_FAIL_ON, EIO},     {FAULT_CREATE, FAULT_FAIL, ENOSPC},
    {FAULT_CREATE, FAULT_FAIL, EACCES},   {FAULT_CREATE, FAULT_FAIL_ON, EROFS},
    {FAULT_WRITE, FAULT_FAIL, EIO},       {FAULT_WRITE, FAULT_FAIL, EDQUOT},
    {FAULT_WRITE, FAULT_FAIL_ON, ENOSPC}, {FAULT_WRITE, FAULT_SHORT, ENOSPC},
    {FAULT_SYNC, FAULT_FAIL, EIO},        {FAULT_SYNC, FAULT_FAIL_ON, ENOSPC},
    {FAULT_RENAME, FAULT_FAIL, EIO},      {FAULT_RENAME, FAULT_FAIL_ON, EACCES},
    {FAULT_REMOVE, FAULT_FAIL, EACCES},   {FAULT_REMOVE, FAULT_FAIL_ON, EIO},
    {FAULT_TRUNCATE, FAULT_FAIL, EIO},    {FAULT_FOLDER, FAULT_FAIL, EACCES},
    {FAULT_FOLDER, FAULT_FAIL, ENOSPC},   {FAULT_CLOSE, FAULT_FAIL, EIO},
};
enum { FAILURES = sizeof failures / sizeof failures[0], QUICK_RUNS = 2 };

static int64_t fail_each(trial *trial, int failure) {
    int64_t runs = 0;
    const fault_class class = failures[failure].class;
    const int64_t calls = trial->usual.counts[class], stride = trial_stride(calls, QUICK_RUNS);
    for (int64_t at = 1; at <= calls; at += stride, runs++) {
        const fault_request request = {.classes = 1u << class,
                                       .action = failures[failure].action,
                                       .error = failures[failure].error,
                                       .at = at};
        const fault_report report = trial_run(trial, &request);
        if (!judge(trial, &request, &report) && scenes_go_on(trial->scene))
            trial_recover(trial, &request);
    }
    return runs;
}

static int fail_everywhere(const scene *scene) {
    trial trial = trial_begin(scene);
    int64_t runs = 0, calls = 0;
    for (int i = 0; i < FAILURES; i++)
        runs += fail_each(&trial, i);
    for (int class = FAULT_OPEN; class < FAULT_CLASSES; class ++)
        calls += trial.usual.counts[class];
    printf("%s: %lld calls on files, failed %lld times\n", scene->name, (long long)calls, (long long)runs);
    fflush(stdout);
    return trial_end(&trial);
}

static void a_failed_call_on_a_file_is_an_error_that_names_it(void **state) {
    int problems = 0;
    (void)state;
    for (int i = 0; i < scene_count; i++)
        if (scenes_wanted(&scenes[i]))
            problems += fail_everywhere(&scenes[i]);
    assert_int_equal(problems, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_call_on_a_file_is_an_error_that_names_it),
    };
    return cmocka_run_group_tests(tests, scenes_set_up, scenes_tear_down);
}
