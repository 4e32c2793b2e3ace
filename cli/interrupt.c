#define _GNU_SOURCE
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
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

/* What is ignored stays so: nohup has SIGHUP ignored. */
static void handle(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

static void handle_all(void (*handler)(int)) {
    for (int i = 0; i < SIGNALS; i++)
        handle(signals[i], handler);
}

/* A second one of any of them ends the process, but for SIGHUP: where a terminal closes, both the shell and the system send
 * one. sigaction() may be called here. */
static void remember(int number) {
    interrupted = number;
    handle_all(end);
    handle(SIGHUP, remember);
}

void cli_interrupt_exit(void) {
    handle_all(end);
}

void cli_interrupt_watch(void) {
    interrupted = 0;
    handle_all(remember);
}

void cli_interrupt_unwatch(void) {
    handle_all(end);
}

bool cli_interrupted(void) {
    return interrupted;
}

int cli_interrupt_code(void) {
    return CODE_OF_SIGNAL + interrupted;
}
