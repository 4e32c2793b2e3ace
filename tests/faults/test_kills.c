/* kill -9 before and after every call that changes the run directory: the run goes on to the bits of one that was never
 * killed, and no other file stays behind. */
#include "faults/trial.h"
#include "support/cmocka.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

enum { QUICK_RUNS = 12 };

static fault_request killing(fault_action action, int64_t at) {
    return (fault_request){.classes = FAULT_CHANGES, .action = action, .at = at, .under = SCENE_OUT};
}

static void kill_at(trial *trial, fault_action action, int64_t at) {
    const fault_request request = killing(action, at);
    const fault_report report = trial_run(trial, &request);
    if (!WIFSIGNALED(report.status) || WTERMSIG(report.status) != SIGKILL)
        trial_problem(trial, &request, "status %d instead of a kill", report.status);
    else
        trial_recover(trial, &request);
}

static int kill_everywhere(const scene *scene) {
    trial trial = trial_begin(scene);
    const fault_request count = killing(FAULT_COUNT, 0);
    const int64_t calls = trial_run(&trial, &count).counted;
    assert_true(calls > 20);
    const int64_t stride = trial_stride(calls, QUICK_RUNS);
    for (int64_t at = 1; at <= calls; at += stride) {
        kill_at(&trial, FAULT_KILL, at);
        kill_at(&trial, FAULT_KILL_AFTER, at);
    }
    printf("%s: %lld calls that change the run directory, a kill before and after every %lld.\n", scene->name,
           (long long)calls, (long long)stride);
    return trial_end(&trial);
}

static void a_killed_training_goes_on_as_if_it_had_not_been(void **state) {
    int problems = 0;
    (void)state;
    for (int i = 0; i < scene_count; i++)
        if (scenes_go_on(&scenes[i]) && scenes_wanted(&scenes[i]))
            problems += kill_everywhere(&scenes[i]);
    assert_int_equal(problems, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_training_goes_on_as_if_it_had_not_been),
    };
    return cmocka_run_group_tests(tests, scenes_set_up, scenes_tear_down);
}
