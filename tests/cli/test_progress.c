/* The progress bar, as a terminal of 90 columns gets it. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"

#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COLUMNS = 90, MOST = 1 << 20 };

static const char ERASE[] = "\033[K"; /* ECMA-48: to the end of the line */

/* What a terminal of so many columns gets from a short training, for free(). */
static char *train_on_terminal(const char *terminal, unsigned short columns) {
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    char *text = calloc(MOST, 1);
    size_t length = 0;
    ssize_t count;
    int end, status;
    assert_non_null(text);
    pid_t pid = forkpty(&end, NULL, NULL, &size);
    assert_true(pid >= 0);
    if (!pid) {
        setenv("TERM", terminal, 1);
        execl("/bin/sh", "sh", "-c",
              "exec \"$CNN_COMMAND\" train model.txt --data data -o run --overwrite --epochs 2 --batch 16 "
              "--validation 0.25",
              (char *)NULL);
        _exit(127);
    }
    while (length < MOST - 1 && (count = read(end, text + length, MOST - 1 - length)) > 0)
        length += (size_t)count;
    close(end);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    return text;
}

/* Check every bar's length, and that none is left over when a line is printed; how many bars there were. */
static int check_bars(const char *text, size_t columns) {
    int bars = 0;
    for (const char *at = strstr(text, "\rEpoch"); at; at = strstr(at + 1, "\rEpoch")) {
        const char *erase = strstr(at, ERASE), *line = strchr(at, '\n');
        assert_true(erase && line && erase < line);
        assert_true((size_t)(erase - at - 1) < columns);
        assert_int_equal(erase[sizeof ERASE - 1], '\r'); /* the next bar, or its removal: never a new line */
        bars++;
    }
    return bars;
}

static void the_bar_is_rewritten_in_place_and_removed(void **state) {
    (void)state;
    char *text = train_on_terminal("xterm", COLUMNS);
    assert_true(check_bars(text, COLUMNS) >= 1);
    const char *bar = strstr(text, "\rEpoch  1/2 [");
    assert_non_null(bar);
    static const char *const parts[] = {"] 1/5  ", " images/s  loss ", "  accuracy ", " left"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_true(strstr(bar, parts[i]) && strstr(bar, parts[i]) < strstr(bar, ERASE));
    assert_non_null(strstr(text, "\r\033[KEpoch  1/2  training loss "));
    assert_non_null(strstr(text, "Epoch  2/2  training loss "));
    free(text);
}

static void a_narrow_terminal_gets_the_figures_alone(void **state) {
    (void)state;
    char *text = train_on_terminal("xterm", 40);
    assert_true(check_bars(text, 40) >= 1);
    assert_null(strstr(text, "/2 ["));
    free(text);
}

static void a_terminal_that_cannot_rewrite_gets_plain_lines(void **state) {
    (void)state;
    char *text = train_on_terminal("dumb", COLUMNS);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "Epoch  1/2  training loss "));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bar_is_rewritten_in_place_and_removed),
        cmocka_unit_test(a_narrow_terminal_gets_the_figures_alone),
        cmocka_unit_test(a_terminal_that_cannot_rewrite_gets_plain_lines),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
