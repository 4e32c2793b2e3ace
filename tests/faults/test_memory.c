/* Each allocation and each start of a thread fails, once alone and once with all after it. */
#include "faults/judge.h"
#include "support/cmocka.h"

#include <errno.h>
#include <stdio.h>

enum { QUICK_RUNS = 15 };

/* Fail at each of the calls of a class, as far apart as time allows. */
static int64_t fail_each(trial *trial, fault_class class, fault_action action) {
    int64_t runs = 0;
    const int64_t calls = trial->usual.counts[class];
    const int64_t stride = trial_stride(calls, trial->scene->tried ? trial->scene->tried : QUICK_RUNS);
    for (int64_t at = 1; at <= calls; at += stride, runs++) {
        const fault_request request = {.classes = 1u << class, .action = action, .error = ENOMEM, .at = at};
        const fault_report report = trial_run(trial, &request);
        if (!judge(trial, &request, &report) && scenes_go_on(trial->scene) && scenes_whole())
            trial_recover(trial, &request);
    }
    return runs;
}

static int fail_everywhere(const scene *scene) {
    trial trial = trial_begin(scene);
    assert_true(trial.usual.counts[FAULT_ALLOCATION] > 10);
    int64_t runs = fail_each(&trial, FAULT_ALLOCATION, FAULT_FAIL);
    runs += fail_each(&trial, FAULT_ALLOCATION, FAULT_FAIL_ON);
    runs += fail_each(&trial, FAULT_THREAD, FAULT_FAIL);
    runs += fail_each(&trial, FAULT_THREAD, FAULT_FAIL_ON);
    printf("%s: %lld allocations, %lld threads: failed %lld times\n", scene->name,
           (long long)trial.usual.counts[FAULT_ALLOCATION], (long long)trial.usual.counts[FAULT_THREAD],
           (long long)runs);
    fflush(stdout);
    return trial_end(&trial);
}

static void a_failed_allocation_is_an_error_with_its_message(void **state) {
    int problems = 0;
    (void)state;
    for (int i = 0; i < scene_count; i++)
        if (scenes_wanted(&scenes[i]))
            problems += fail_everywhere(&scenes[i]);
    assert_int_equal(problems, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_allocation_is_an_error_with_its_message),
    };
    return cmocka_run_group_tests(tests, scenes_set_up, scenes_tear_down);
}
