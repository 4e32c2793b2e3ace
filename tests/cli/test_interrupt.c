/* Ctrl-C in commands that have nothing to save. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* Let the command run for a while, send the signal, and check exit code and message. */
static void interrupt(const char *arguments, int number, int code) {
    const struct timespec while_it_runs = {.tv_nsec = 300000000};
    char *err;
    command_running running = command_start(arguments);
    nanosleep(&while_it_runs, NULL);
    assert_int_equal(kill(running.pid, number), 0);
    assert_int_equal(command_finish(&running, &err), code);
    assert_string_equal(err, "cnn: interrupted\n");
    free(err);
}

static void ctrl_c_ends_a_long_command_with_130(void **state) {
    (void)state;
    interrupt("bench model.txt --rounds 1000", SIGINT, 130);
}

static void a_request_to_end_is_143(void **state) {
    (void)state;
    interrupt("bench model.txt --rounds 1000", SIGTERM, 143);
}

static void a_closed_terminal_is_129(void **state) {
    (void)state;
    interrupt("bench model.txt --rounds 1000", SIGHUP, 129);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ctrl_c_ends_a_long_command_with_130),
        cmocka_unit_test(a_request_to_end_is_143),
        cmocka_unit_test(a_closed_terminal_is_129),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
