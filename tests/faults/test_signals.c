/* The terminal closes, and everybody who notices tells the process so again and again while it saves: nothing is lost. */
#include "faults/trial.h"
#include "support/cmocka.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { QUICK_RUNS = 15, STOPPED = 128 + SIGHUP };

static fault_request hanging_up(int64_t at) {
    return (fault_request){.classes = FAULT_CHANGES, .action = FAULT_HANG_UP, .at = at, .under = SCENE_OUT};
}

/* How a run ends that saves first, whether or not that was the end of the training. Returns whether it stopped within an
 * epoch, whose beginning nothing else has saved. */
static bool expect_saved(trial *trial, const fault_request *request, const fault_report *report) {
    char *message = trial_printed(SERVED_ERR);
    const int code = WIFEXITED(report->status) ? WEXITSTATUS(report->status) : -1;
    const bool within = strstr(message, "stopped in epoch 1, iteration 1 of 5");
    if (code != STOPPED && code != 0)
        trial_problem(trial, request, "status %d", report->status);
    if (code == STOPPED && !strstr(message, "everything is saved in " SCENE_OUT))
        trial_problem(trial, request, "not everything was saved");
    free(message);
    return within;
}

/* The first signal comes with the N-th call that changes the run directory, more come with each call after it. */
static void signals_that_come_while_it_saves_do_not_end_it(void **state) {
    (void)state;
    trial trial = trial_begin(&scenes[0]);
    const fault_request none = hanging_up(INT64_MAX);
    const int64_t calls = trial_run(&trial, &none).counted, stride = trial_stride(calls, QUICK_RUNS);
    int within = 0;
    for (int64_t at = 1; at <= calls; at += stride) {
        const fault_request request = hanging_up(at);
        const fault_report report = trial_run(&trial, &request);
        within += expect_saved(&trial, &request, &report);
        trial_recover(&trial, &request);
    }
    assert_true(within > 0);
    assert_int_equal(trial_end(&trial), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_that_come_while_it_saves_do_not_end_it),
    };
    return cmocka_run_group_tests(tests, scenes_set_up, scenes_tear_down);
}
