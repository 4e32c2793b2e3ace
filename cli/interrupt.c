#define _GNU_SOURCE
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM};
enum {
    SIGNALS = sizeof signals / sizeof signals[0],
    CODE_OF_SIGNAL = 128 /* plus its number, as in a shell */
};

/* A signal handler can only be told things by a global: the signal that came, or 0. */
static volatile sig_atomic_t interrupted;

/* Leave at once: on the second signal, or on the first where nothing needs finishing. */
static void end(int number) {
    static const char message[] = "cnn: interrupted\n";
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1); /* stdio may not be used here */
    (void)written;
    _exit(CODE_OF_SIGNAL + number);
}

/* Set the handler of all signals that are not ignored. */
static void handle(void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNALS; i++)
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
}

/* The first signal: the command finishes what it is doing. */
static void remember(int number) {
    interrupted = number;
    handle(end); /* for both, so that any second one ends the process; sigaction() may be called here */
}

void cli_interrupt_exit(void) {
    handle(end);
}

void cli_interrupt_watch(void) {
    interrupted = 0;
    handle(remember);
}

void cli_interrupt_unwatch(void) {
    handle(end);
}

bool cli_interrupted(void) {
    return interrupted;
}

int cli_interrupt_code(void) {
    return CODE_OF_SIGNAL + interrupted;
}
