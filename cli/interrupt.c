#define _GNU_SOURCE
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static const int signals[] = {SIGINT, SIGTERM};
enum { SIGNALS = sizeof signals / sizeof signals[0] };

/* A signal handler can only be told things by a global. */
static volatile sig_atomic_t interrupted;

static void restore(void) {
    for (int i = 0; i < SIGNALS; i++)
        signal(signals[i], SIG_DFL);
}

static void remember(int number) {
    (void)number;
    interrupted = 1;
    restore(); /* of both, so that any second one kills; signal() may be called here */
}

void cli_interrupt_watch(void) {
    struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART};
    interrupted = 0;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, NULL);
}

void cli_interrupt_unwatch(void) {
    restore();
}

bool cli_interrupted(void) {
    return interrupted;
}
